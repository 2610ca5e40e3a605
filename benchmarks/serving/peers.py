"""The peers, each in an environment of its own with our model's pins, and started as its documentation says.

They have a fair chance: no access log, warnings only, uvloop and httptools where they can use them.
"""

from __future__ import annotations

import importlib
import json
import sys
from abc import ABC, abstractmethod
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import ClassVar

from load import Question
from questions import ROWS, v2_bodies
from running import Server, free_port
from shell import run, tool

_MODEL_PINS = ("scikit-learn", "numpy", "scipy", "joblib")


class Peer(ABC):
    """One other server. ``fit`` is put beside it as joblib files, by ``prepare``."""

    name: str
    packages: tuple[str, ...]

    def __init__(self, cache: Path, work: Path) -> None:
        self._venv = cache / f"{self.name}-{'.'.join(map(str, sys.version_info[:2]))}"
        self._work = work / self.name

    def prepare(self, models: Path) -> None:
        """Make its environment, unless it is there as it should be, and lay out what it serves."""
        pins = (*self.packages, *(f"{name}=={metadata.version(name)}" for name in _MODEL_PINS))
        done = self._venv / "pins.txt"
        if not done.exists() or done.read_text() != "\n".join(pins):
            run(tool("uv"), "venv", "--clear", "--python", sys.executable, str(self._venv))
            run(tool("uv"), "pip", "install", "--python", self._program("python"), *pins)
            done.write_text("\n".join(pins))
        self._work.mkdir(parents=True, exist_ok=True)
        self._lay(models)

    @abstractmethod
    def _lay(self, models: Path) -> None:
        """Write its configuration, or its code."""

    @abstractmethod
    def server(self, port: int) -> Server:
        """Return how it is started."""

    def question(self, port: int, _model: str = "iris") -> Question:
        """Return what it is asked: the rows as one has them by hand."""
        bodies = tuple(json.dumps({"rows": [row]}) for row in ROWS)
        return Question(url=f"http://127.0.0.1:{port}/predict", bodies=bodies, answer="[1]")

    def _program(self, name: str) -> str:
        return str(self._venv / "bin" / name)


class MLServer(Peer):
    """Seldon's server, in one process (``parallel_workers: 0``), without batching."""

    name = "mlserver"
    packages = ("mlserver==1.7.1", "mlserver-sklearn==1.7.1")
    batching: ClassVar[dict[str, float]] = {}

    def _lay(self, models: Path) -> None:
        for model in ("iris", "forest"):
            folder = self._work / model
            folder.mkdir(exist_ok=True)
            parameters = {"uri": str(models / f"{model}.joblib")}
            implementation = "mlserver_sklearn.SKLearnModel"
            card = {"name": model, "implementation": implementation, "parameters": parameters, **self.batching}
            (folder / "model-settings.json").write_text(json.dumps(card))

    def server(self, port: int) -> Server:
        """Return how it is started; its gRPC and metrics servers are on, as they are by default."""
        settings = {"debug": False, "parallel_workers": 0, "host": "127.0.0.1", "http_port": port}
        settings |= {"grpc_port": free_port(), "metrics_port": free_port()}
        (self._work / "settings.json").write_text(json.dumps(settings))
        command = (self._program("mlserver"), "start", str(self._work))
        return Server(name=self.name, command=command, cwd=self._work)

    def question(self, port: int, model: str = "iris") -> Question:
        """Return the rows in the Open Inference Protocol; the class alone is asked for, which is its default."""
        url = f"http://127.0.0.1:{port}/v2/models/{model}/infer"
        return Question(url=url, bodies=v2_bodies("predict"), answer='"data":[1]')


class MLServerBatching(MLServer):
    """The same with its adaptive batching, set to what was fastest for it of 16 to 128 rows and 1 to 50 ms."""

    name = "mlserver-batching"
    batching: ClassVar[dict[str, float]] = {"max_batch_size": 64, "max_batch_time": 0.01}

    def __init__(self, cache: Path, work: Path) -> None:
        super().__init__(cache, work)
        self._venv = self._venv.with_name(self._venv.name.replace(self.name, MLServer.name))


_FASTAPI = """\
import joblib
from fastapi import FastAPI
from pydantic import BaseModel

model = joblib.load({model!r})
app = FastAPI()

class Rows(BaseModel):
    rows: list[list[float]]

class Classes(BaseModel):
    predictions: list[int]

# Not a plain def, which would be called in a thread.
@app.post("/predict")
async def predict(asked: Rows) -> Classes:
    return Classes(predictions=model.predict(asked.rows).tolist())
"""


class FastAPI(Peer):
    """What one would write by hand."""

    name = "fastapi"
    packages = ("fastapi==0.165.0", "uvicorn[standard]==0.54.0")

    def _lay(self, models: Path) -> None:
        (self._work / "main.py").write_text(_FASTAPI.format(model=str(models / "iris.joblib")))

    def server(self, port: int) -> Server:
        """Return how it is started."""
        quiet = ("--no-access-log", "--log-level", "warning")
        command = (self._program("uvicorn"), "main:app", "--host", "127.0.0.1", "--port", str(port), *quiet)
        return Server(name=self.name, command=command, cwd=self._work)


_UVICORN = """\
import json

async def app(scope, receive, send):
    assert scope["type"] == "http"
    content, more = b"", True
    while more:
        message = await receive()
        content += message.get("body", b"")
        more = message.get("more_body", False)
    answer = json.dumps(json.loads(content)["value"]).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(answer)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": answer})
"""


class Uvicorn(FastAPI):
    """The server below FastAPI and others, with a no-op function by hand and nothing between them."""

    name = "uvicorn"

    def __init__(self, cache: Path, work: Path) -> None:
        super().__init__(cache, work)
        self._venv = self._venv.with_name(self._venv.name.replace(self.name, FastAPI.name))

    def _lay(self, _models: Path) -> None:
        (self._work / "main.py").write_text(_UVICORN)

    def server(self, port: int) -> Server:
        """Return how it is started."""
        server = super().server(port)
        return replace(server, command=(*server.command, "--lifespan", "off"))


_LITSERVE = """\
import joblib, litserve

class Iris(litserve.LitAPI):
    def setup(self, device):
        self.model = joblib.load({model!r})

    def decode_request(self, request):
        return request["rows"]

    def predict(self, rows):
        return self.model.predict(rows)

    def encode_response(self, classes):
        return {{"predictions": classes.tolist()}}

if __name__ == "__main__":
    import sys
    server = litserve.LitServer(Iris(), accelerator="cpu", workers_per_device=1)
    server.run(host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", access_log=False,
               generate_client_file=False, num_api_servers=1)
"""


class LitServe(Peer):
    """Lightning's server: a process for HTTP, one for the model."""

    name = "litserve"
    packages = ("litserve==0.2.19", "uvicorn[standard]==0.54.0")

    def _lay(self, models: Path) -> None:
        (self._work / "main.py").write_text(_LITSERVE.format(model=str(models / "iris.joblib")))

    def server(self, port: int) -> Server:
        """Return how it is started."""
        return Server(name=self.name, command=(self._program("python"), "main.py", str(port)), cwd=self._work)


_MLFLOW = """\
import joblib, mlflow.sklearn, sys
model = joblib.load(sys.argv[1])
mlflow.sklearn.save_model(model, sys.argv[2], serialization_format="cloudpickle", pip_requirements=[])
"""


class MLflow(Peer):
    """``mlflow models serve``: its scoring server."""

    name = "mlflow"
    packages = ("mlflow==3.17.0", "uvicorn[standard]==0.54.0")

    def _lay(self, models: Path) -> None:
        saved = self._work / "model"
        if not saved.exists():
            run(self._program("python"), "-c", _MLFLOW, str(models / "iris.joblib"), str(saved))

    def server(self, port: int) -> Server:
        """Return how it is started."""
        options = ("--env-manager", "local", "--host", "127.0.0.1", "--port", str(port), "--workers", "1")
        command = (self._program("mlflow"), "models", "serve", "--model-uri", str(self._work / "model"), *options)
        env = {"PATH": f"{self._venv / 'bin'}:/usr/bin:/bin", "UVICORN_LOG_LEVEL": "warning"}
        return Server(name=self.name, command=command, env=env, cwd=self._work)

    def question(self, port: int, _model: str = "iris") -> Question:
        """Return the rows as its inputs."""
        bodies = tuple(json.dumps({"inputs": [row]}) for row in ROWS)
        return Question(url=f"http://127.0.0.1:{port}/invocations", bodies=bodies, answer="[1]")


_BENTOML = """\
import bentoml, joblib

@bentoml.service(workers=1, traffic={{"timeout": 30}}, logging={{"access": {{"enabled": False}}}})
class Iris:
    def __init__(self) -> None:
        self.model = joblib.load({model!r})

    @bentoml.api
    def predict(self, rows: list[list[float]]) -> list[int]:
        return self.model.predict(rows).tolist()
"""


class BentoML(Peer):
    """``bentoml serve`` with one worker."""

    name = "bentoml"
    packages = ("bentoml==1.4.39",)

    def _lay(self, models: Path) -> None:
        (self._work / "service.py").write_text(_BENTOML.format(model=str(models / "iris.joblib")))

    def server(self, port: int) -> Server:
        """Return how it is started."""
        command = (self._program("bentoml"), "serve", "service:Iris", "--host", "127.0.0.1", "--port", str(port))
        env = {"BENTOML_DO_NOT_TRACK": "True", "PATH": f"{self._venv / 'bin'}:/usr/bin:/bin"}
        return Server(name=self.name, command=command, env=env, cwd=self._work)


PEERS: dict[str, type[Peer]] = {kind.name: kind for kind in (MLServer, FastAPI, LitServe, MLflow, BentoML)}


def fitted(work: Path) -> Path:
    """Fit the models that the notebooks fit, and write them as the peers want them; return the folder."""
    # By name: these libraries have no types.
    joblib, datasets, ensemble, linear = (
        importlib.import_module(name)
        for name in ("joblib", "sklearn.datasets", "sklearn.ensemble", "sklearn.linear_model")
    )
    folder = work / "models"
    folder.mkdir()
    rows, classes = datasets.load_iris(return_X_y=True)
    joblib.dump(linear.LogisticRegression(max_iter=500).fit(rows, classes), folder / "iris.joblib")
    forest = ensemble.RandomForestClassifier(n_estimators=100, random_state=0)
    joblib.dump(forest.fit(rows, classes), folder / "forest.joblib")
    return folder
