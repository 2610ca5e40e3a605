"""Our servers, as the benchmark starts them, and what they are asked."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from image import Unpacked
from load import Question
from questions import ROWS, v2_bodies
from running import Server
from shell import tool

_ROOT = Path(__file__).parents[2]


def here(app: Path, port: int) -> Server:
    """Serve an application folder by this Python, which the peers have too: what is compared is the servers."""
    env = {"HOST": "127.0.0.1", "PORT": str(port), "JUPYTER_CONTAINERIZE_APP": str(app)}
    command = (sys.executable, "-m", "jupyter_containerize.runtime")
    return Server(name="ours", command=command, env=env, cwd=_ROOT)


def contained(image: Unpacked, port: int, *command: str) -> Server:
    """Serve an image in namespaces, as ``jupyter containerize run`` does; or run something else in it."""
    bubblewrap = (
        *(tool("bwrap"), "--ro-bind", str(image.root), "/", "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"),
        *("--cap-drop", "ALL", "--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts"),
        *("--die-with-parent", "--uid", "65532", "--gid", "65532", "--chdir", "/workspace"),
    )
    settings = {"HOST": "127.0.0.1", "PORT": str(port)}
    env = {**image.env, **settings}
    return Server(name="ours", command=(*bubblewrap, *(command or image.entrypoint)), env=env, cwd=Path("/"))


def bare(kind: str, port: int, *app: str) -> Server:
    """Serve without our application: a ``constant`` answer, a no-op ``by-hand``, or the ``model`` of an app folder."""
    command = (sys.executable, str(Path(__file__).with_name("bare.py")), kind, str(port), *app)
    return Server(name=f"bare, {kind}", command=command, env={"PYTHONPATH": str(_ROOT)}, cwd=_ROOT)


def rows_question(port: int, route: str, answer: str = "1") -> Question:
    """Ask by the function's own signature, one row at a time."""
    bodies = tuple(json.dumps({"rows": [row]}) for row in ROWS)
    return Question(url=f"http://127.0.0.1:{port}{route}", bodies=bodies, answer=answer)


def value_question(port: int, route: str) -> Question:
    """Ask a function of one number."""
    return Question(url=f"http://127.0.0.1:{port}{route}", bodies=('{"value": 1.5}',), answer="1.5")


def v2_question(port: int, model: str) -> Question:
    """Ask by the Open Inference Protocol, one row at a time."""
    return Question(
        url=f"http://127.0.0.1:{port}/v2/models/{model}/infer", bodies=v2_bodies("rows"), answer='"data":[1]'
    )
