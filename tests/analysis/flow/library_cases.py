"""Notebooks by hand with numpy, pandas, scikit-learn, matplotlib and torch, as tutorials write them."""

from __future__ import annotations

from tests.analysis.flow.cases import Case, case

_DATA = """import numpy as np
        from sklearn.datasets import make_regression  # keep
        X, y = make_regression(n_samples=20, n_features=2, random_state=0)  # keep"""
_ANSWER = """---
        def predict(x):
            return model.predict([[x, 1.0]]).tolist()"""
_CSV = "a,b,y\n1,2.0,3\n2,,5\n3,6.0,6\n4,8.0,9\n5,1.0,7\n6,3.0,8\n"

NUMPY: dict[str, Case] = {
    "store through a view": case("""
        import numpy as np  # keep
        a = np.zeros(4)  # keep
        tail = a[2:]  # keep
        tail[:] = 5  # keep
        ---
        def predict(x):
            return a.tolist()
    """),
    "store into a copy": case("""
        import numpy as np  # keep
        a = np.zeros(4)  # keep
        b = a.copy()  # drop
        b[0] = 1  # drop
        c = a + 1  # drop
        c[0] = 9  # drop
        ---
        def predict(x):
            return a.tolist()
    """),
    "view of a view": case("""
        import numpy as np  # keep
        a = np.arange(6.0)  # keep
        b = a.reshape(2, 3)  # keep
        c = b.T  # keep
        c[0] = -1  # keep
        d = b.ravel()  # keep
        d += 1  # keep
        ---
        def predict(x):
            return a.tolist()
    """),
    "augmented": case("""
        import numpy as np  # keep
        a = np.arange(3.0)  # keep
        b = a  # keep
        b *= 2  # keep
        b = b * 3  # drop
        ---
        def predict(x):
            return a.tolist()
    """),
    "out": case("""
        import numpy as np  # keep
        a = np.arange(3.0)  # keep
        total = np.empty(3)  # keep
        np.add(a, 1, out=total)  # keep
        np.multiply(a, 2)  # drop
        ---
        def predict(x):
            return total.tolist()
    """),
    "functions that write into their argument": case("""
        import numpy as np  # keep
        a = np.zeros((3, 3))  # keep
        np.fill_diagonal(a, 1)  # keep
        np.put(a, [1], 7)  # keep
        np.copyto(a[2], [4, 4, 4])  # keep
        np.mean(a)  # drop
        ---
        def predict(x):
            return a.tolist()
    """),
    "shuffled through a second name": case("""
        import numpy as np  # keep
        np.random.seed(3)  # keep
        X = np.arange(8)  # keep
        rows = X  # keep
        np.random.shuffle(rows)  # keep
        ---
        def predict(x):
            return X.tolist()
    """),
    "permuted copy": case("""
        import numpy as np  # keep
        rng = np.random.default_rng(3)  # keep
        X = np.arange(8)  # keep
        rng.permutation(X)  # keep
        rng.shuffle(X)  # keep
        ---
        def predict(x):
            return X.tolist()
    """),
    "draw between seed and use": case("""
        import numpy as np  # keep
        np.random.seed(0)  # keep
        ---
        noise = np.random.randn(5)  # keep
        print(noise.mean())  # drop
        ---
        w = np.random.rand(2)  # keep
        def predict(x):
            return w.tolist()
    """),
    "generators do not meet": case("""
        import random  # drop
        import numpy as np  # keep
        random.seed(0)  # drop
        np.random.seed(0)  # keep
        random.random()  # drop
        rng = np.random.default_rng(0)  # drop
        rng.random(3)  # drop
        w = np.random.rand(2)  # keep
        late = np.random.rand(2)  # drop
        ---
        def predict(x):
            return w.tolist()
    """),
    "global generator as an object": case("""
        import numpy as np  # keep
        np.random.seed(0)  # keep
        rs = np.random  # keep
        rs.rand()  # keep
        w = np.random.mtrand._rand.rand()  # keep
        ---
        def predict(x):
            return w
    """),
    "seterr": case("""
        import numpy as np  # keep
        np.seterr(all="raise")  # keep
        try:  # keep
            w = np.float64(1) / np.float64(0)
        except FloatingPointError:
            w = -1
        ---
        def predict(x):
            return w
    """),
    "seterr when it serves": case("""
        import numpy as np  # keep
        np.seterr(divide="raise")  # keep
        ---
        def predict(x):
            try:
                return np.float64(1) / np.float64(x)
            except FloatingPointError:
                return -1
    """),
    "printoptions when it serves": case("""
        import numpy as np  # keep
        np.set_printoptions(precision=2)  # keep
        w = np.array([1.23456])  # keep
        ---
        def predict(x):
            return str(w * x)
    """),
    "gradient descent": case("""
        import numpy as np  # keep
        rng = np.random.default_rng(0)  # keep
        X = rng.normal(size=(30, 2))  # keep
        y = X @ np.array([1.0, -2.0]) + rng.normal(size=30) * 0.1  # keep
        w = np.zeros(2)  # keep
        losses = []  # keep
        ---
        for epoch in range(20):  # keep
            error = X @ w - y
            w -= 0.1 * X.T @ error / len(y)
            losses.append(float((error ** 2).mean()))
        print(losses[-1])  # drop
        ---
        def predict(x):
            return float(w @ np.array([x, 1.0]))
    """),
    "layers in a list": case("""
        import numpy as np  # keep
        np.random.seed(1)  # keep
        layers = [{"W": np.random.randn(2, 2), "b": np.zeros(2)} for _ in range(2)]  # keep
        def step(layers, rate):  # keep
            for layer in layers:
                layer["W"] -= rate * layer["W"]
                layer["b"] += rate
        for _ in range(3):  # keep
            step(layers, 0.1)
        ---
        def predict(x):
            out = np.array([x, 1.0])
            for layer in layers:
                out = np.tanh(out @ layer["W"] + layer["b"])
            return out.tolist()
    """),
    "masked store": case("""
        import numpy as np  # keep
        a = np.arange(6)  # keep
        a[a > 3] = 0  # keep
        a[a > 1]  # drop
        a.sort()  # keep
        ---
        def predict(x):
            return a.tolist()
    """),
    "array in a dict": case("""
        import numpy as np  # keep
        a = np.arange(3)  # keep
        d = dict(a=a)  # keep
        for key in d:  # keep
            d[key] += 1
        ---
        def predict(x):
            return a.tolist()
    """),
    "saved and loaded": case("""
        import numpy as np  # keep
        a = np.arange(3)  # keep
        np.save("a.npy", a)  # keep
        np.save("other.npy", a)
        ---
        w = np.load("a.npy")  # keep
        def predict(x):
            return w.tolist()
    """),
}

PANDAS: dict[str, Case] = {
    "drop in place through a second name": case("""
        import pandas as pd  # keep
        df = pd.DataFrame({"a": [1, 2], "b": [3, 4]})  # keep
        df2 = df  # keep
        df2.drop(columns="b", inplace=True)  # keep
        df2.drop(columns="a")  # drop
        ---
        def predict(x):
            return list(df.columns)
    """),
    "drop from a copy": case("""
        import pandas as pd  # keep
        df = pd.DataFrame({"a": [1, 2], "b": [3, 4]})  # keep
        df2 = df.copy()  # drop
        df2.drop(columns="b", inplace=True)  # drop
        df2["c"] = 1  # drop
        ---
        def predict(x):
            return list(df.columns)
    """),
    "looks": case(
        """
        import pandas as pd  # keep
        df = pd.read_csv("data.csv")  # keep
        ---
        df.head()  # drop
        df.info()  # drop
        df.describe()  # drop
        df["a"].value_counts()  # drop
        df.isnull().sum()  # drop
        df.shape, df.columns, df.dtypes  # drop
        df.groupby("a")["b"].mean()  # drop
        df.corr()  # drop
        ---
        def predict(x):
            return df["b"].fillna(0).tolist()
    """,
        files={"data.csv": _CSV},
    ),
    "cleaning in place": case(
        """
        import pandas as pd  # keep
        df = pd.read_csv("data.csv")  # keep
        df.fillna({"b": 0}, inplace=True)  # keep
        df.rename(columns={"a": "key"}, inplace=True)  # keep
        df.sort_values("b", inplace=True)  # keep
        df.reset_index(drop=True, inplace=True)  # keep
        print(df.isna().sum())  # drop
        df["ratio"] = df["b"] / df["y"]  # keep
        df.loc[df["b"] > 5, "b"] = 5  # keep
        df.at[0, "b"] = -1  # keep
        df.drop(df.index[0])  # drop
        df.insert(0, "first", 1)  # keep
        df.pop("first")  # keep
        ---
        means = df.mean()  # keep
        def predict(x):
            return means.to_dict()
    """,
        files={"data.csv": _CSV},
    ),
    "cleaning by binding again": case(
        """
        import pandas as pd  # keep
        df = pd.read_csv("data.csv")  # keep
        raw = df.copy()  # drop
        df = df.dropna()  # keep
        df = df[df["a"] > 1]  # keep
        df.columns = [c.upper() for c in df.columns]  # keep
        print(raw.shape, df.shape)  # drop
        ---
        w = df["B"].sum()  # keep
        def predict(x):
            return w
    """,
        files={"data.csv": _CSV},
    ),
    "attribute is a column": case("""
        import pandas as pd  # keep
        df = pd.DataFrame({"a": [1, 2]})  # keep
        df.a = df.a * 2  # keep
        df.index = ["u", "v"]  # keep
        ---
        def predict(x):
            return df.to_dict()
    """),
    "function that cleans": case("""
        import pandas as pd  # keep
        def clean(frame):  # keep
            frame["a"] = frame["a"].clip(upper=2)
            return frame
        df = pd.DataFrame({"a": [1, 5]})  # keep
        clean(df)  # keep
        clean(df.copy())  # drop
        ---
        def predict(x):
            return df["a"].tolist()
    """),
    "several frames in a loop": case("""
        import pandas as pd  # keep
        train, test = pd.DataFrame({"a": [1, 2]}), pd.DataFrame({"a": [3]})  # keep
        for frame in [train, test]:  # keep
            frame["b"] = frame["a"] * 2
        ---
        def predict(x):
            return train["b"].tolist()
    """),
    "columns in a loop": case("""
        import pandas as pd  # keep
        df = pd.DataFrame({"a": ["x", "y", "x"], "b": ["u", "u", "v"]})  # keep
        codes = {}  # keep
        for column in df.columns:  # keep
            codes[column] = {v: i for i, v in enumerate(df[column].unique())}
            df[column] = df[column].map(codes[column])
        for column in df.columns:  # drop
            print(column, df[column].nunique())
        ---
        def predict(x):
            return codes, df["a"].tolist()
    """),
    "sample between seed and use": case("""
        import numpy as np  # keep
        import pandas as pd  # keep
        np.random.seed(0)  # keep
        df = pd.DataFrame({"a": range(9)})  # keep
        df.sample(3)  # keep
        df.sample(3, random_state=1)  # drop
        w = df.sample(2)["a"].tolist()  # keep
        ---
        def predict(x):
            return w
    """),
    "option": case("""
        import pandas as pd  # keep
        pd.set_option("display.max_columns", 50)
        pd.set_option("display.precision", 2)
        df = pd.DataFrame({"a": [1.23456]})  # keep
        ---
        w = df["a"].sum()  # keep
        def predict(x):
            return w
    """),
    "option when it serves": case("""
        import pandas as pd  # keep
        pd.set_option("display.precision", 2)  # keep
        ---
        def predict(x):
            return pd.DataFrame({"a": [1.23456 * x]}).to_string()
    """),
    "method put on frames": case("""
        import pandas as pd  # keep
        pd.DataFrame.twice = lambda self: self * 2  # keep
        w = pd.DataFrame({"a": [1]}).twice()["a"].tolist()  # keep
        ---
        def predict(x):
            return w
    """),
    "written and read": case("""
        import pandas as pd  # keep
        df = pd.DataFrame({"a": [1, 2]})  # keep
        df.to_csv("clean.csv", index=False)  # keep
        df["a"] = 0
        ---
        again = pd.read_csv("clean.csv")  # keep
        def predict(x):
            return again["a"].tolist()
    """),
    "written for others": case("""
        import pandas as pd  # keep
        df = pd.DataFrame({"a": [1, 2]})  # keep
        df.to_csv("out.csv")  # drop
        df.to_json()  # drop
        ---
        def predict(x):
            return df["a"].tolist()
    """),
    "values that share memory": case("""
        import pandas as pd  # keep
        df = pd.DataFrame({"a": [3, 1, 2]})  # keep
        s = df["a"]  # keep
        df["a"] += 1  # keep
        ---
        def predict(x):
            return s.tolist(), df["a"].tolist()
    """),
    "get_dummies and the columns to come": case("""
        import pandas as pd  # keep
        df = pd.DataFrame({"city": ["u", "v"], "n": [1, 2]})  # keep
        df = pd.get_dummies(df, columns=["city"])  # keep
        columns = df.columns.tolist()  # keep
        df.hist()  # drop
        ---
        def predict(x):
            return columns
    """),
}

SKLEARN: dict[str, Case] = {
    "fit": case(f"""
        {_DATA}
        from sklearn.linear_model import LinearRegression  # keep
        model = LinearRegression()  # keep
        model.fit(X, y)  # keep
        model.score(X, y)  # drop
        print(model.coef_)  # drop
        model.predict(X[:2])  # drop
        {_ANSWER}
    """),
    "split, scale, fit, look": case(f"""
        {_DATA}
        from sklearn.linear_model import Ridge  # keep
        from sklearn.metrics import mean_squared_error  # drop
        from sklearn.model_selection import train_test_split  # keep
        from sklearn.preprocessing import StandardScaler  # keep
        ---
        X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=1)  # keep
        scaler = StandardScaler()  # keep
        X_train = scaler.fit_transform(X_train)  # keep
        X_test = scaler.transform(X_test)  # drop
        ---
        model = Ridge().fit(X_train, y_train)  # keep
        print(mean_squared_error(y_test, model.predict(X_test)))  # drop
        ---
        def predict(x):
            return model.predict(scaler.transform([[x, 1.0]])).tolist()
    """),
    "draw count from a split": case(f"""
        {_DATA}
        from sklearn.linear_model import Ridge  # keep
        from sklearn.model_selection import train_test_split  # keep
        np.random.seed(5)  # keep
        A, B = train_test_split(X)  # keep
        ---
        X1, X2, y1, y2 = train_test_split(X, y)  # keep
        model = Ridge().fit(X1, y1)  # keep
        {_ANSWER}
    """),
    "draw count from a fit": case(f"""
        {_DATA}
        from sklearn.tree import DecisionTreeRegressor  # keep
        np.random.seed(5)  # keep
        first = DecisionTreeRegressor(max_features=1)  # keep
        first.fit(X, y)  # keep
        fixed = DecisionTreeRegressor(max_features=1, random_state=0)  # drop
        fixed.fit(X, y)  # drop
        ---
        model = DecisionTreeRegressor(max_features=1)  # keep
        model.fit(X, y)  # keep
        {_ANSWER}
    """),
    "scaler fitted in a function": case(f"""
        {_DATA}
        from sklearn.preprocessing import StandardScaler  # keep
        scaler = StandardScaler()  # keep
        def prepare(data):  # keep
            return scaler.fit_transform(data)
        prepared = prepare(X)  # keep
        print(prepared.mean())  # drop
        ---
        def predict(x):
            return scaler.transform([[x, 1.0]]).tolist()
    """),
    "fitted again": case(f"""
        {_DATA}
        from sklearn.linear_model import LinearRegression  # keep
        model = LinearRegression()  # keep
        model.fit(X[:5], y[:5])
        model.fit(X, y)  # keep
        {_ANSWER}
    """),
    "partial fit": case(f"""
        {_DATA}
        from sklearn.linear_model import SGDRegressor  # keep
        model = SGDRegressor(random_state=0)  # keep
        for start in range(0, 20, 5):  # keep
            model.partial_fit(X[start:start + 5], y[start:start + 5])
        {_ANSWER}
    """),
    "grid search": case(f"""
        {_DATA}
        from sklearn.model_selection import GridSearchCV  # keep
        from sklearn.neighbors import KNeighborsRegressor  # keep
        grid = GridSearchCV(KNeighborsRegressor(), {{"n_neighbors": [1, 3]}}, cv=2)  # keep
        grid.fit(X, y)  # keep
        print(grid.best_params_)  # drop
        model = grid.best_estimator_  # keep
        {_ANSWER}
    """),
    "best of a loop": case(f"""
        {_DATA}
        from sklearn.linear_model import LinearRegression, Ridge  # keep
        from sklearn.neighbors import KNeighborsRegressor  # keep
        models = {{"lin": LinearRegression(), "knn": KNeighborsRegressor(2), "ridge": Ridge()}}  # keep
        scores = {{}}  # keep
        for name, each in models.items():  # keep
            each.fit(X, y)
            scores[name] = each.score(X, y)
        best = max(scores, key=scores.get)  # keep
        print(best)  # drop
        model = models[best]  # keep
        {_ANSWER}
    """),
    "comparison that is not used": case(f"""
        {_DATA}
        from sklearn.linear_model import LinearRegression  # keep
        from sklearn.neighbors import KNeighborsRegressor  # drop
        from sklearn.svm import SVR  # drop
        rival = KNeighborsRegressor().fit(X, y)  # drop
        other = SVR()  # drop
        other.fit(X, y)  # drop
        print(rival.score(X, y), other.score(X, y))  # drop
        model = LinearRegression().fit(X, y)  # keep
        {_ANSWER}
    """),
    "folds": case(f"""
        {_DATA}
        from sklearn.base import clone  # drop
        from sklearn.linear_model import Ridge  # keep
        from sklearn.model_selection import KFold, cross_val_score  # drop
        model = Ridge()  # keep
        for train, test in KFold(3).split(X):  # drop
            fold = clone(model).fit(X[train], y[train])
            print(fold.score(X[test], y[test]))
        print(cross_val_score(model, X, y, cv=2))  # drop
        model.fit(X, y)  # keep
        {_ANSWER}
    """),
    "model of the last fold": case(f"""
        {_DATA}
        from sklearn.linear_model import Ridge  # keep
        from sklearn.model_selection import KFold  # keep
        model = Ridge()  # keep
        for train, test in KFold(3, shuffle=True, random_state=0).split(X):  # keep
            model.fit(X[train], y[train])
        {_ANSWER}
    """),
    "pipeline whose step is changed": case(f"""
        {_DATA}
        from sklearn.linear_model import Ridge  # keep
        from sklearn.pipeline import make_pipeline  # keep
        from sklearn.preprocessing import StandardScaler  # keep
        step = Ridge()  # keep
        model = make_pipeline(StandardScaler(), step)  # keep
        step.set_params(alpha=50.0)  # keep
        model.fit(X, y)  # keep
        model.named_steps["ridge"].coef_[0] = 0.5  # keep
        {_ANSWER}
    """),
    "attributes of a model changed": case(f"""
        {_DATA}
        from sklearn.linear_model import LinearRegression  # keep
        model = LinearRegression().fit(X, y)  # keep
        model.intercept_ += 5  # keep
        coef = model.coef_  # keep
        coef[:] = 1  # keep
        {_ANSWER}
    """),
    "labels encoded": case("""
        import pandas as pd  # keep
        from sklearn.preprocessing import LabelEncoder  # keep
        from sklearn.tree import DecisionTreeClassifier  # keep
        df = pd.DataFrame({"c": ["u", "v", "u"], "n": [1, 2, 3]})  # keep
        encoder = LabelEncoder()  # keep
        df["c"] = encoder.fit_transform(df["c"])  # keep
        model = DecisionTreeClassifier(random_state=0)  # keep
        model.fit(df[["n"]].values, df["c"])  # keep
        ---
        def predict(x):
            return encoder.inverse_transform(model.predict([[x]])).tolist()
    """),
    "encoders of several columns": case("""
        import pandas as pd  # keep
        from sklearn.preprocessing import LabelEncoder  # keep
        df = pd.DataFrame({"c": ["u", "v"], "d": ["p", "p"]})  # keep
        encoders = {}  # keep
        for column in ["c", "d"]:  # keep
            encoders[column] = LabelEncoder().fit(df[column])
        ---
        def predict(x):
            return encoders["c"].transform(["v"]).tolist()
    """),
    "one encoder fitted twice": case("""
        from sklearn.preprocessing import LabelEncoder  # keep
        encoder = LabelEncoder()  # keep
        cities = encoder.fit_transform(["u", "v"])
        names = encoder.fit_transform(["p", "q", "r"])  # keep
        ---
        def predict(x):
            return encoder.classes_.tolist()
    """),
    "model saved and loaded": case(f"""
        {_DATA}
        import pickle  # keep
        from sklearn.linear_model import LinearRegression  # keep
        trained = LinearRegression().fit(X, y)  # keep
        pickle.dump(trained, open("model.pkl", "wb"))  # keep
        ---
        model = pickle.load(open("model.pkl", "rb"))  # keep
        {_ANSWER}
    """),
    "class that trains": case(f"""
        {_DATA}
        from sklearn.linear_model import Ridge  # keep
        class Trainer:  # keep
            def __init__(self, model):
                self.model = model
                self.history = []
            def run(self, X, y):
                self.model.fit(X, y)
                self.history.append(self.model.score(X, y))
        model = Ridge()  # keep
        trainer = Trainer(model)  # keep
        trainer.run(X, y)  # keep
        print(trainer.history)  # drop
        {_ANSWER}
    """),
    "trained by a function": case(f"""
        {_DATA}
        from sklearn.linear_model import Ridge  # keep
        def train(model, X, y):  # keep
            model.fit(X, y)
            print("done")
        def evaluate(model, X, y):  # drop
            return model.score(X, y)
        model, other = Ridge(), Ridge(5.0)  # keep
        train(model, X, y)  # keep
        train(other, X, y)  # drop
        evaluate(model, X, y)  # drop
        {_ANSWER}
    """),
    "vectorizer": case("""
        from sklearn.feature_extraction.text import CountVectorizer  # keep
        from sklearn.naive_bayes import MultinomialNB  # keep
        texts, labels = ["good day", "bad day", "good"], [1, 0, 1]  # keep
        vectorizer = CountVectorizer()  # keep
        X = vectorizer.fit_transform(texts)  # keep
        print(vectorizer.get_feature_names_out())  # drop
        clf = MultinomialNB().fit(X, labels)  # keep
        ---
        def predict(x):
            return clf.predict(vectorizer.transform(["good"] * (x + 1))).tolist()
    """),
    "predictions put into the data": case(f"""
        {_DATA}
        import pandas as pd  # drop
        from sklearn.linear_model import Ridge  # keep
        model = Ridge().fit(X, y)  # keep
        results = pd.DataFrame({{"y": y, "p": model.predict(X)}})  # drop
        results["error"] = results["y"] - results["p"]  # drop
        results.sort_values("error", inplace=True)  # drop
        results.head()  # drop
        {_ANSWER}
    """),
}

PLOTS: dict[str, Case] = {
    "between": case("""
        import matplotlib  # drop
        matplotlib.use("Agg")  # drop
        import matplotlib.pyplot as plt  # drop
        import numpy as np  # keep
        w = np.arange(3.0)  # keep
        ---
        plt.figure(figsize=(2, 2))  # drop
        plt.plot(w, w ** 2, label="w")  # drop
        plt.legend()  # drop
        plt.savefig("w.png")  # drop
        plt.show()  # drop
        ---
        fig, ax = plt.subplots()  # drop
        ax.hist(w)  # drop
        ax.set_title("w")  # drop
        fig.tight_layout()  # drop
        plt.close("all")  # drop
        ---
        w += 1  # keep
        def predict(x):
            return w.tolist()
    """),
    "function that plots": case("""
        import matplotlib.pyplot as plt  # drop
        import numpy as np  # keep
        w = np.arange(3.0)  # keep
        def show(values, title=""):  # drop
            plt.plot(values)
            plt.title(title)
            plt.close()
        show(w)  # drop
        show(w, "again")  # drop
        ---
        def predict(x):
            return w.tolist()
    """),
    "loop over axes": case("""
        import matplotlib.pyplot as plt  # drop
        import pandas as pd  # keep
        df = pd.DataFrame({"a": [1, 2], "b": [3, 4]})  # keep
        fig, axes = plt.subplots(1, 2)  # drop
        for ax, column in zip(axes, df.columns):  # drop
            ax.plot(df[column])
            ax.set_title(column)
        df.plot()  # drop
        plt.close("all")  # drop
        ---
        def predict(x):
            return df["a"].tolist()
    """),
    "what a plot gives is used": case("""
        import matplotlib.pyplot as plt  # keep
        import numpy as np  # keep
        counts, edges, _ = plt.hist(np.arange(6.0), bins=3)  # keep
        plt.title("counts")  # drop
        ---
        def predict(x):
            return counts.tolist(), edges.tolist()
    """),
    "plot that draws at random": case("""
        import matplotlib.pyplot as plt
        import numpy as np  # keep
        np.random.seed(0)  # keep
        plt.scatter(np.random.rand(5), np.random.rand(5))  # keep
        w = np.random.rand()  # keep
        ---
        def predict(x):
            return w
    """),
}

OTHERS: dict[str, Case] = {
    "default dtype": case(
        """
        import torch  # keep
        torch.set_default_dtype(torch.float64)  # keep
        torch.manual_seed(0)  # keep
        layer = torch.nn.Linear(2, 1)  # keep
        ---
        def predict(x):
            return layer(torch.tensor([x, 1.0])).tolist()
    """,
        runs=False,
    ),
    "torch training loop": case(
        """
        import torch  # keep
        from torch import nn, optim  # keep
        torch.manual_seed(0)  # keep
        model = nn.Linear(2, 1)  # keep
        optimizer = optim.SGD(model.parameters(), lr=0.1)  # keep
        loss_fn = nn.MSELoss()  # keep
        X, y = torch.randn(8, 2), torch.randn(8, 1)  # keep
        losses = []  # keep
        ---
        for epoch in range(3):  # keep
            optimizer.zero_grad()
            loss = loss_fn(model(X), y)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        model.eval()  # keep
        print(losses)  # drop
        ---
        def predict(x):
            return model(torch.tensor([x, 1.0])).tolist()
    """,
        runs=False,
    ),
    "torch steps by hand": case(
        """
        import torch  # keep
        torch.manual_seed(0)  # keep
        model = torch.nn.Linear(2, 1)  # keep
        opt = torch.optim.Adam(model.parameters())  # keep
        X, y = torch.ones(4, 2), torch.ones(4, 1)  # keep
        loss = ((model(X) - y) ** 2).mean()  # keep
        loss.backward()  # keep
        opt.step()  # keep
        ---
        def predict(x):
            return model(torch.tensor([x, 1.0])).tolist()
    """,
        runs=False,
    ),
    "keras": case(
        """
        import tensorflow as tf  # keep
        from tensorflow import keras  # keep
        tf.random.set_seed(0)  # keep
        model = keras.Sequential([keras.layers.Dense(1)])  # keep
        model.compile(loss="mse")  # keep
        history = model.fit([[1.0]], [[2.0]], verbose=0)  # keep
        model.summary()  # drop
        model.evaluate([[1.0]], [[2.0]])
        ---
        def predict(x):
            return model.predict([[x]]).tolist()
    """,
        runs=False,
    ),
    "xgboost": case(
        """
        import xgboost as xgb  # keep
        import numpy as np  # keep
        dtrain = xgb.DMatrix(np.eye(3), label=[1, 2, 3])  # keep
        booster = xgb.train({"max_depth": 1}, dtrain)  # keep
        xgb.plot_importance(booster)  # drop
        booster.save_model("m.json")  # drop
        ---
        def predict(x):
            return booster.predict(xgb.DMatrix(np.eye(3) * x)).tolist()
    """,
        runs=False,
    ),
}

LIBRARY_CASES: dict[str, Case] = {
    f"{group}: {name}": each
    for group, table in {"numpy": NUMPY, "pandas": PANDAS, "sklearn": SKLEARN, "plots": PLOTS, "others": OTHERS}.items()
    for name, each in table.items()
}
