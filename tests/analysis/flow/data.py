"""The statements of random programs that use numpy, pandas and scikit-learn, on six rows and two features."""

from __future__ import annotations

from tests.analysis.flow.programs import DATA, Picks, Scope, statement
from tests.analysis.flow.pure import SIMPLE, numbers

IMPORTS = (
    "import numpy as np\nimport pandas as pd",
    "from sklearn.linear_model import LinearRegression, SGDRegressor",
    "from sklearn.tree import DecisionTreeRegressor\nfrom sklearn.neighbors import KNeighborsRegressor",
    "from sklearn.preprocessing import StandardScaler\nfrom sklearn.pipeline import make_pipeline",
    "from sklearn.model_selection import train_test_split, GridSearchCV, KFold\nfrom sklearn.base import clone",
)
BEGINNING = "a = np.arange(6.0)\nd = pd.DataFrame({'a': a, 'b': a * 2 + 1})"


def beginning() -> Scope:
    """Return what is bound once the imports and the first values are there."""
    scope = Scope()
    scope.bind("a", "arr")
    scope.bind("d", "frame")
    return scope


def _rows(scope: Scope, picks: Picks) -> str:
    """Return an expression of six numbers."""
    array, frame = scope.some(picks, "arr", "series"), scope.some(picks, "frame")
    generator = scope.some(picks, "nprng")
    options = ["np.arange(6.0)", "np.random.rand(6)", "np.random.permutation(6) * 1.0", "np.linspace(0, 1, 6)"]
    if array:
        options += [f"{array} + 1", f"np.sort({array})", f"np.asarray({array}) * 2", f"np.where({array} > 2, 1.0, 0.0)"]
    if frame:
        options += [f"{frame}['a']", f"{frame}['b'].to_numpy()", f"{frame}.b * 3", f"{frame}.sum(axis=1)"]
    if generator:
        options += [f"{generator}.random(6)", f"{generator}.permutation(6) * 1.0"]
    return picks.one(options)


@statement(10, DATA)
def bind_array(scope: Scope, picks: Picks) -> list[str]:
    """Bind an array: a new one, a view of one, or a generator."""
    array = scope.some(picks, "arr")
    if array and picks.chance(3):
        name = scope.target(picks, "arr")
        scope.bind(name, "arr")
        return [f"{name} = {picks.one([f'{array}[::-1]', f'{array}.view()', f'{array}', f'{array}.reshape(6)'])}"]
    if picks.chance(4):
        name = scope.target(picks, "nprng")
        scope.bind(name, "nprng")
        return [f"{name} = np.random.default_rng({picks.number(4)})"]
    value = f"np.array({_rows(scope, picks)})"
    name = scope.target(picks, "arr")
    scope.bind(name, "arr")
    return [f"{name} = {value}"]


@statement(10, DATA)
def change_array(scope: Scope, picks: Picks) -> list[str]:
    """Change an array in place."""
    array = scope.some(picks, "arr")
    if array is None:
        return []
    other = scope.some(picks, "arr") or array
    value = numbers(scope, picks, 1)
    options = [
        *(f"{array} += 1", f"{array}[0] = {value}", f"{array}[{array} > 2] = 0", f"np.add({other}, 1, out={array})"),
        *(f"{array}.sort()", f"np.random.shuffle({array})", f"{array}.fill({value})", f"np.copyto({array}, {other})"),
        *(f"np.put({array}, [1], {value})", f"np.clip({array}, 0, 3, out={array})", f"{array}[1:3] *= 2"),
        *(
            f"{array}[:] = {other}",
            f"np.fill_diagonal({array}.reshape(2, 3), 9)",
            f"np.random.default_rng(1).shuffle({array})",
        ),
        *(f"for i in range(3):\n    {array}[i] = i + {other}[-1]", f"{array}.flat[2] = {value}"),
    ]
    return [picks.one(options)]


@statement(8, DATA)
def seed(scope: Scope, picks: Picks) -> list[str]:
    """Seed or use numpy's global generator."""
    name = scope.target(picks, "num")
    options = [
        f"np.random.seed({picks.number(4)})",
        "np.random.rand(3)",
        "print(np.random.rand())",
        "np.random.choice(5)",
    ]
    chosen = picks.number(5)
    if chosen < 4:
        return [options[chosen]]
    scope.bind(name, "num")
    return [f"{name} = int(np.random.randint(9))"]


@statement(10, DATA)
def bind_frame(scope: Scope, picks: Picks) -> list[str]:
    """Bind a frame or a series."""
    frame = scope.some(picks, "frame")
    if frame is None or picks.chance(4):
        value = f"pd.DataFrame({{'a': np.asarray({_rows(scope, picks)}), 'b': np.asarray({_rows(scope, picks)})}})"
        name = scope.target(picks, "frame")
        scope.bind(name, "frame")
        return [f"{name} = {value}"]
    if picks.chance(3):
        name = scope.target(picks, "series")
        scope.bind(name, "series")
        return [f"{name} = {frame}['{picks.one('ab')}']"]
    forms = [f"{frame}", f"{frame}.copy()", f"{frame}.sort_values('a')", f"{frame}.assign(b=1.0)", f"{frame}.fillna(0)"]
    forms += [f"{frame}.sample(frac=1)", f"{frame}.reset_index(drop=True)", f"{frame}.head(6)", f"{frame}[['a', 'b']]"]
    value = picks.one(forms)
    name = scope.target(picks, "frame")
    scope.bind(name, "frame")
    return [f"{name} = {value}"]


@statement(10, DATA)
def change_frame(scope: Scope, picks: Picks) -> list[str]:
    """Change a frame or a series in place."""
    series = scope.some(picks, "series")
    if series and picks.chance(4):
        return [picks.one([f"{series}.iloc[0] = 5.0", f"{series}.name = 'q'", f"{series}.fillna(1.0, inplace=True)"])]
    frame = scope.some(picks, "frame")
    if frame is None:
        return []
    value = numbers(scope, picks, 1)
    options = [
        *(f"{frame}['a'] = np.asarray({_rows(scope, picks)})", f"{frame}.loc[{frame}['a'] > 1, 'b'] = 0.0"),
        *(
            f"{frame}.iloc[0, 0] = {value}",
            f"{frame}['c'] = {frame}['a'] * 2",
            f"{frame}.sort_values('b', inplace=True)",
        ),
        *(f"{frame}.drop(columns='c', inplace=True, errors='ignore')", f"{frame}.fillna(0, inplace=True)"),
        *(f"{frame}.reset_index(drop=True, inplace=True)", f"{frame}.rename(columns={{'c': 'e'}}, inplace=True)"),
        *(f"{frame}.at[0, 'b'] = 3.0", f"{frame}.index = range(6)", f"{frame}['b'] += 1", f"{frame}.a = 1.0"),
        *(f"{frame}.pop('c') if 'c' in {frame} else None", f"{frame}.update(pd.DataFrame({{'a': [{value} * 1.0]}}))"),
        *(f"for column in {frame}.columns:\n    {frame}[column] = {frame}[column] * 1.0", f"{frame}.describe()"),
        *(f"{frame}.where({frame} > 0, 0, inplace=True)", f"{frame}.groupby('a').mean()", f"print({frame}.head())"),
    ]
    return [picks.one(options)]


_ESTIMATORS = (
    *(
        "LinearRegression()",
        "DecisionTreeRegressor(max_features=1)",
        "KNeighborsRegressor(2)",
        "SGDRegressor(max_iter=3, tol=None)",
    ),
    *("make_pipeline(StandardScaler(), LinearRegression())", "DecisionTreeRegressor(random_state=0)"),
)


@statement(10, DATA)
def fit(scope: Scope, picks: Picks) -> list[str]:  # noqa: PLR0911  # one for each form
    """Bind a fitted model or scaler, in one statement or several, or fit one again."""
    frame = scope.some(picks, "frame")
    if frame is None:
        return []
    features = picks.one(
        [f"{frame}[['a', 'b']].to_numpy()", f"np.c_[{frame}['a'], {frame}.b]", f"{frame}[['a', 'b']].values"]
    )
    answer = f"np.asarray({_rows(scope, picks)})"
    estimator = picks.one(_ESTIMATORS)
    what = picks.number(8)
    old = scope.some(picks, "model")
    if what == 7 and old:
        return [f"{old}.fit({features}, {answer})"]
    take = f"X, y = {features}, {answer}"
    if what == 6:
        name = scope.target(picks, "scaler")
        scope.bind(name, "scaler")
        return [take, f"{name} = StandardScaler()", f"_ = {name}.fit_transform(X)"]
    name = scope.target(picks, "model")
    scope.bind(name, "model")
    if what == 0:
        return [take, f"{name} = {estimator}", f"{name}.fit(X, y)"]
    if what == 1:
        return [f"{name} = {estimator}.fit({features}, {answer})"]
    if what == 2:
        split = "X1, X2, y1, y2 = train_test_split(X, y)"
        return [take, split, f"{name} = {estimator}", f"{name}.fit(X1, y1)", f"print({name}.score(X2, y2))"]
    if what == 3:
        loop = "for k in (1, 2):\n    each = KNeighborsRegressor(k).fit(X, y)"
        return [take, f"best = None\n{loop}\n    if best is None or k > 1:\n        best = each", f"{name} = best"]
    if what == 4:
        search = "search = GridSearchCV(DecisionTreeRegressor(max_features=1), {'max_depth': [1, 2]}, cv=2)"
        return [take, search, "search.fit(X, y)", f"{name} = search.best_estimator_"]
    folds = f"for train, test in KFold(2, shuffle=True).split(X):\n    {name}.fit(X[train], y[train])"
    return [take, f"{name} = {estimator}", folds]


@statement(2, DATA)
def plot(scope: Scope, picks: Picks) -> list[str]:
    """Draw a figure of what is there."""
    array = scope.some(picks, "arr", "series") or "[1, 2]"
    form = picks.one([f"plt.plot({array})\nplt.show()", f"fig, ax = plt.subplots()\nax.plot({array})\nplt.close(fig)"])
    return [f"import matplotlib.pyplot as plt\n{form}"] if picks.chance(3) and not scope.frozen else []


SIMPLE_DATA = [*SIMPLE, (4, bind_array), (6, change_array), (3, seed), (4, change_frame)]
