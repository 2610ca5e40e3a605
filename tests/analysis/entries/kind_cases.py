"""Notebooks, and what in them could serve: cells (a tuple is a source and its tags), and symbols with kinds."""

from __future__ import annotations

from collections.abc import Mapping

from jupyter_containerize.domain.notebook import CandidateKind, Notebook
from jupyter_containerize.notebooks import parse_notebook
from tests.notebooks.made import content_of

Cells = list[str | tuple[str, str]]
FUNCTION, METHOD, CLASS = CandidateKind.FUNCTION, CandidateKind.METHOD, CandidateKind.CLASS
ESTIMATOR, PYFUNC, CELL, JOB = CandidateKind.ESTIMATOR, CandidateKind.PYFUNC, CandidateKind.CELL, CandidateKind.JOB


def notebook_with(cells: Cells) -> Notebook:
    """Return a notebook of sources, some with a tag."""
    pairs = [(cell, "") if isinstance(cell, str) else cell for cell in cells]
    content = content_of(*(source for source, _ in pairs))
    for cell, (_, tag) in zip(content["cells"], pairs, strict=True):  # type: ignore[call-overload]
        cell["metadata"] = {"tags": [tag] if tag else []}
    return parse_notebook(content, path="made.ipynb")


_MODEL = "class Model:\n    def __init__(self, k): self.k = k\n    def predict(self, x: float): return self.k"
_COG = (
    "from cog import BasePredictor, Input\nclass Predictor(BasePredictor):\n    def setup(self):\n        self.k = 2\n"
    "    def predict(self, text: str = Input(description='x')) -> str:\n        return text * self.k"
)
_PYFUNC = (
    "import mlflow\nclass M(mlflow.pyfunc.PythonModel):\n    def predict(self, context, model_input, params=None):\n"
    "        return model_input"
)
_FIT = "from sklearn.linear_model import LogisticRegression, Ridge\nfrom sklearn.svm import SVC"
_NET = "import torch\nfrom torch import nn, optim\nclass Net(nn.Module):\n    def forward(self, x):\n        return x"
_KERAS = "from tensorflow.keras.models import Sequential\nfrom tensorflow import keras"

FOUND: Mapping[str, tuple[Cells, list[tuple[str, CandidateKind]]]] = {
    # Functions.
    "a traced function": (["import mlflow\n@mlflow.trace\ndef answer(x): return x"], [("answer", FUNCTION)]),
    "a traced function, called with options": (
        ["from mlflow import trace\n@trace(name='a')\ndef answer(x): return x"],
        [("answer", FUNCTION)],
    ),
    "another decorator": (["from functools import cache\n@cache\ndef answer(x): return x"], []),
    # Routes.
    "fastapi": (
        ["from fastapi import FastAPI\napp = FastAPI()", "@app.post('/rate')\ndef rate(x: int): return x"],
        [("rate", FUNCTION)],
    ),
    "fastapi, a router": (
        ["import fastapi\nr = fastapi.APIRouter()", "@r.put('/rate')\nasync def rate(x: int): return x"],
        [("rate", FUNCTION)],
    ),
    "fastapi, without input": (
        ["from fastapi import FastAPI\napp = FastAPI()\n@app.get('/health')\ndef health(): return 1"],
        [],
    ),
    "fastapi, with the framework's request": (
        ["from fastapi import FastAPI, Request\napp = FastAPI()\n@app.post('/a')\ndef a(r: Request): return 1"],
        [],
    ),
    "fastapi, a path with a part that varies": (
        ["from fastapi import FastAPI\napp = FastAPI()\n@app.post('/a/{x}')\ndef a(x: int): return 1"],
        [],
    ),
    "fastapi, an error of its own": (
        [
            "from fastapi import FastAPI, HTTPException\napp = FastAPI()",
            "@app.post('/a')\ndef a(x: int):\n    raise HTTPException(400)",
        ],
        [("a", FUNCTION)],
    ),
    "flask, with the global request": (
        ["from flask import Flask, request\napp = Flask('x')\n@app.route('/a')\ndef a(x=1): return request.json"],
        [],
    ),
    "post of something else": (["app = Client()\n@app.post('/a')\ndef a(x: int): return 1"], []),
    # Objects and classes of the notebook.
    "an object": ([_MODEL, "m = Model(2)"], [("m.predict", METHOD)]),
    "two objects": ([_MODEL, "m = Model(2)\nn = Model(3)"], [("m.predict", METHOD), ("n.predict", METHOD)]),
    "an object of two names": ([_MODEL, "m = Model(2)\nn = m"], [("m.predict", METHOD)]),
    "an object whose first name is gone": ([_MODEL, "m = Model(2)\nn = m\nm = 1"], [("n.predict", METHOD)]),
    "an object that is gone": ([_MODEL, "m = Model(2)", "m = 3"], []),
    "an object that was deleted": ([_MODEL, "m = Model(2)", "del m"], []),
    "an object, inherited": ([_MODEL, "class Better(Model): pass", "m = Better(1)"], [("m.predict", METHOD)]),
    "an object, fitted at once": (
        ["class M:\n    def fit(self, x):\n        return self\n    def predict(self, x): return x", "m = M().fit(1)"],
        [("m.predict", METHOD)],
    ),
    "an object, fitted to something else": (
        ["class M:\n    def fit(self, x):\n        return 3\n    def predict(self, x): return x", "m = M().fit(1)"],
        [],
    ),
    "an object of a function": (
        [_MODEL, "def make():\n    m = Model(1)\n    return m", "b = make()"],
        [("b.predict", METHOD)],
    ),
    "an object with __call__, by the class's name": (
        ["class TextClassifier:\n    def __call__(self, text): return 1", "c = TextClassifier()"],
        [("c.__call__", METHOD)],
    ),
    "an object with __call__, a transform": (["class Crop:\n    def __call__(self, x): return x", "c = Crop()"], []),
    "a function before an object": (
        [_MODEL, "m = Model(2)\ndef predict(x): return m.predict(x)"],
        [("predict", FUNCTION), ("m.predict", METHOD)],
    ),
    "a class that nothing makes": (["class P:\n    def predict(self, x): return x"], [("P.predict", CLASS)]),
    "a class that is only tried": (
        ["class P:\n    def predict(self, x): return x", "P().predict(1)"],
        [("P.predict", CLASS)],
    ),
    "a class that a function makes": (["class P:\n    def predict(self, x): return x", "def f(): return P()"], []),
    "a class that needs arguments": ([_MODEL], []),
    "a dataclass that needs arguments": (
        ["from dataclasses import dataclass\n@dataclass\nclass P:\n    k: int\n    def predict(self, x): return x"],
        [],
    ),
    "a class to derive from": (["class P:\n    def predict(self, x):\n        raise NotImplementedError"], []),
    "a class of a library that we do not know": (
        ["import lib\nclass P(lib.Base):\n    def predict(self, x): return x"],
        [],
    ),
    "cog": ([_COG], [("Predictor.predict", CLASS)]),
    "cog, tried": ([_COG, "p = Predictor()\np.setup()\np.predict('a')"], [("p.predict", METHOD)]),
    "cog before a function": (
        [_COG, "def predict(x): return x"],
        [("Predictor.predict", CLASS), ("predict", FUNCTION)],
    ),
    "cog, a runner": (
        ["from cog import BaseRunner\nclass R(BaseRunner):\n    def run(self, x: int) -> int: return x"],
        [("R.run", CLASS)],
    ),
    "a setup that needs arguments": (
        ["import litserve as s\nclass A(s.LitAPI):\n  def setup(self, device): pass\n  def predict(self, x): return x"],
        [],
    ),
    # MLflow.
    "a pyfunc": ([_PYFUNC, "m = M()"], [("m", PYFUNC)]),
    "a pyfunc class": ([_PYFUNC], [("M", PYFUNC)]),
    "a pyfunc that is set": ([_PYFUNC, "m = M()", "mlflow.models.set_model(m)"], [("m", PYFUNC)]),
    "a pyfunc class that is set": ([_PYFUNC, "from mlflow.models import set_model\nset_model(M())"], [("M", PYFUNC)]),
    "a pyfunc that is logged": (
        [
            _PYFUNC,
            "def predict(x): return x",
            "with mlflow.start_run():\n    mlflow.pyfunc.log_model(name='a', python_model=M())",
        ],
        [("M", PYFUNC), ("predict", FUNCTION)],
    ),
    "a function that is set": (
        ["import mlflow\ndef answer(model_input): return model_input", "mlflow.models.set_model(answer)"],
        [("answer", FUNCTION)],
    ),
    # Kernel Gateway.
    "a cell": (["import json", "# POST /score\nprint(json.loads(REQUEST))"], [("post_score", CELL)]),
    "cells of one endpoint": (["# GET /a\nx = REQUEST", "# GET /a\nprint(x)"], [("get_a", CELL)]),
    "cells of two methods": (["# GET /a\nREQUEST", "# DELETE /a\nREQUEST"], [("get_a", CELL), ("delete_a", CELL)]),
    "cells with parts that vary": (["# GET /hello/:first/:last\nprint(REQUEST)"], [("get_hello_first_last", CELL)]),
    "a cell before a function": (
        ["def predict(x): return x", "# POST /\nprint(predict(REQUEST))"],
        [("post_root", CELL), ("predict", FUNCTION)],
    ),
    "a cell whose symbol is taken": (["def post_a(): pass", "# POST /a\nREQUEST"], [("post_a_2", CELL)]),
    "a comment about another server": (
        ["def predict(x): return x", "# GET /users\nx = 1"],
        [("predict", FUNCTION), ("get_users", CELL)],
    ),
    "only its status": (["# ResponseInfo GET /a\nprint(1)"], []),
    "not its first line": (["x = 1\n# GET /a\nREQUEST"], []),
    "another verb": (["# PATCH /a\nREQUEST"], []),
    # Models.
    "a fitted model": ([_FIT, "m = Ridge()\nm.fit(X, y)"], [("m", ESTIMATOR)]),
    "a model fitted at once": ([_FIT, "m = Ridge().fit(X, y)"], [("m", ESTIMATOR)]),
    "a model that is not fitted": ([_FIT, "m = Ridge()"], []),
    "a model that is fitted in a loop": (
        [_FIT, "a = Ridge()\nb = SVC()\nfor m in [a, b]:\n    m.fit(X, y)"],
        [("a", ESTIMATOR), ("b", ESTIMATOR)],
    ),
    "models of a dictionary": (
        [_FIT, "a = Ridge()\nd = {'a': a, 'b': SVC()}\nfor k, m in d.items():\n    m.fit(X, y)"],
        [("a", ESTIMATOR)],
    ),
    "a model that a function fits": (
        [_FIT, "def train(m, X):\n    m.fit(X)", "a = Ridge()", "train(a, X)"],
        [("a", ESTIMATOR)],
    ),
    "a model that a function fits by its name": (
        [_FIT, "a = Ridge()\ndef train(X):\n    a.fit(X)", "train(X)"],
        [("a", ESTIMATOR)],
    ),
    "a model of a function": (
        [_FIT, "def train(X):\n    m = Ridge()\n    m.fit(X)\n    return m", "a = train(X)"],
        [("a", ESTIMATOR)],
    ),
    "a model of a function with its score": (
        [_FIT, "def train(X):\n    m = Ridge().fit(X)\n    return m, 1", "a, s = train(X)"],
        [("a", ESTIMATOR)],
    ),
    "a model of functions that call each other": ([_FIT, "def f(): return g()\ndef g(): return f()", "a = f()"], []),
    "a name bound again": ([_FIT, "m = Ridge().fit(X, y)", "m = 3"], []),
    "a name bound again to one that is not fitted": ([_FIT, "m = Ridge().fit(X, y)", "m = SVC()"], []),
    "a scaler": (["from sklearn.preprocessing import StandardScaler\ns = StandardScaler().fit(X)"], []),
    "a clustering without predict": (["from sklearn.cluster import DBSCAN\ns = DBSCAN().fit(X)"], []),
    "a model before a job": ([_FIT, ("k = 1", "parameters"), "m = Ridge().fit(X, y)"], [("m", ESTIMATOR)]),
    "a function instead of a model": (
        [_FIT, "m = Ridge().fit(X, y)\ndef predict(x): return m.predict(x)"],
        [("predict", FUNCTION)],
    ),
    "two models": ([_FIT, "a = Ridge().fit(X, y)\nb = SVC().fit(X, y)"], [("a", ESTIMATOR), ("b", ESTIMATOR)]),
    "a pipeline and its step": (
        [
            _FIT,
            "from sklearn.pipeline import make_pipeline\na = Ridge()\na.fit(X, y)\np = make_pipeline(S(), a)",
            "p.fit(X, y)",
        ],
        [("p", ESTIMATOR)],
    ),
    "a vote of fitted ones": (
        [
            _FIT,
            "from sklearn.ensemble import VotingClassifier as V\na = Ridge().fit(X)\nb = SVC().fit(X)",
            "v = V([('a', a), ('b', b)])\nv.fit(X)",
        ],
        [("v", ESTIMATOR)],
    ),
    "a search and its best": (
        [
            _FIT,
            "from sklearn.model_selection import GridSearchCV\ng = GridSearchCV(SVC(), {})\ng.fit(X, y)",
            "best = g.best_estimator_",
        ],
        [("best", ESTIMATOR)],
    ),
    "a search": (
        [_FIT, "from sklearn.model_selection import GridSearchCV\ng = GridSearchCV(SVC(), {})\ng.fit(X, y)"],
        [("g", ESTIMATOR)],
    ),
    "the one that was assigned last": (
        [_FIT, "a = Ridge().fit(X, y)\nb = SVC().fit(X, y)\nmodel = b"],
        [("model", ESTIMATOR), ("a", ESTIMATOR)],
    ),
    "the one that is named the best": (
        [_FIT, "a = Ridge().fit(X, y)\nbest_model = SVC().fit(X, y)"],
        [("best_model", ESTIMATOR), ("a", ESTIMATOR)],
    ),
    "the one that is saved": (
        [_FIT, "import joblib\na = Ridge().fit(X, y)\nb = SVC().fit(X, y)\njoblib.dump(b, 'b')"],
        [("b", ESTIMATOR), ("a", ESTIMATOR)],
    ),
    "the one that is logged": (
        [_FIT, "import mlflow\na = Ridge().fit(X)\nb = SVC().fit(X)\nmlflow.sklearn.log_model(b, name='b')"],
        [("b", ESTIMATOR), ("a", ESTIMATOR)],
    ),
    "by module": (["import sklearn.linear_model as lm\nm = lm.Ridge()\nm.fit(X, y)"], [("m", ESTIMATOR)]),
    "in a try": ([_FIT, "try:\n    m = Ridge()\n    m.fit(X, y)\nexcept ValueError:\n    pass"], [("m", ESTIMATOR)]),
    "xgboost": (["import xgboost as xgb\nb = xgb.train({}, d)"], [("b", ESTIMATOR)]),
    "xgboost, loaded": (["import xgboost as xgb\nb = xgb.XGBClassifier()\nb.load_model('a.json')"], [("b", ESTIMATOR)]),
    "lightgbm": (["import lightgbm as lgb\nb = lgb.train({}, d)\nc = lgb.LGBMRegressor()"], [("b", ESTIMATOR)]),
    "catboost": (
        ["from catboost import CatBoostClassifier\nc = CatBoostClassifier(verbose=0)\nc.fit(X, y)"],
        [("c", ESTIMATOR)],
    ),
    "statsmodels": (["import statsmodels.api as sm\nm = sm.OLS(y, X)\nr = m.fit()"], [("r", ESTIMATOR)]),
    "statsmodels, by formula": (
        ["import statsmodels.formula.api as smf\nr = smf.ols('y ~ x', data=d).fit()"],
        [("r", ESTIMATOR)],
    ),
    "keras": (
        [_KERAS, "m = Sequential()\nm.add(keras.layers.Dense(1))\nm.compile('adam')\nh = m.fit(X, y)"],
        [("m", ESTIMATOR)],
    ),
    "keras, functional": ([_KERAS, "m = keras.Model(a, b)\nm.fit(X, y)"], [("m", ESTIMATOR)]),
    "keras, of a function": (
        [_KERAS, "def build():\n    m = Sequential([])\n    m.compile()\n    return m", "m = build()\nm.fit(X)"],
        [("m", ESTIMATOR)],
    ),
    "keras, a class of the notebook": (
        [_KERAS, "class M(keras.Model):\n    def call(self, x): return x", "m = M()\nm.fit(X)"],
        [("m", ESTIMATOR)],
    ),
    "keras, loaded": ([_KERAS, "m = keras.models.load_model('m.keras')"], [("m", ESTIMATOR)]),
    "torch": (
        [_NET, "net = Net()\nopt = optim.SGD(net.parameters(), lr=0.1)\nloss = nn.MSELoss()"],
        [("net", ESTIMATOR)],
    ),
    "torch, on a device": ([_NET, "net = Net().to(device)\nopt = optim.SGD(net.parameters())"], [("net", ESTIMATOR)]),
    "torch, trained by a function": (
        [
            _NET,
            "def train(m, opt):\n    loss = m(x)\n    loss.backward()\n    opt.step()",
            "net = nn.Sequential(nn.Linear(1, 1))",
            "train(net, opt)",
        ],
        [("net", ESTIMATOR)],
    ),
    "torch, loaded": ([_NET, "net = Net()\nnet.load_state_dict(torch.load('n.pt'))\nnet.eval()"], [("net", ESTIMATOR)]),
    "torch, not trained": ([_NET, "net = Net()\nprint(net)"], []),
    "transformers": (["from transformers import pipeline\nask = pipeline('sentiment-analysis')"], [("ask", ESTIMATOR)]),
    "onnx": (["import onnxruntime as ort\ns = ort.InferenceSession('m.onnx')"], [("s", ESTIMATOR)]),
    # Jobs.
    "a job": ([("k = 1", "parameters"), "print(k)"], [("notebook", JOB)]),
    "a function before a job": ([("k = 1", "parameters"), "def score(x): return x"], [("score", FUNCTION)]),
    # Tags.
    "a tagged object": (
        [_MODEL, "a = Model(1)", ("m = Model(2)", "serve")],
        [("m.predict", METHOD), ("a.predict", METHOD)],
    ),
    "a tagged class": (
        ["def predict(x): return x", ("class P:\n    def predict(self, x): return x", "serve")],
        [("P.predict", CLASS), ("predict", FUNCTION)],
    ),
    "a tagged model": (
        [_FIT, "a = Ridge().fit(X)", ("b = SVC().fit(X)", "serve")],
        [("b", ESTIMATOR), ("a", ESTIMATOR)],
    ),
}
