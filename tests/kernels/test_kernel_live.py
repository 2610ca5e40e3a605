"""Objects are taken out of the kernel that runs now, and nobody who works with it notices."""

from __future__ import annotations

import json
import os
import pickle
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager
from jupyter_core.utils import ensure_event_loop
from kernel_notebooks import notebook_of

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.errors import Cancelled
from jupyter_containerize.domain.notebook import CandidateKind, ExampleCall, Location, Notebook, ServingCandidate, Slice
from jupyter_containerize.domain.serving import CapturedState, StateSource
from jupyter_containerize.kernels import inspect_kernel
from jupyter_containerize.kernels.edited import edited_cells
from jupyter_containerize.kernels.errors import CaptureBroken, KernelNotPython, NameMissing, ObjectsUnpicklable
from jupyter_containerize.kernels.live import LiveKernel, capture_live
from jupyter_containerize.kernels.live_errors import (
    ConnectionFileUnusable,
    EnvironmentDiffers,
    KernelBusy,
    KernelElsewhere,
    KernelGone,
    KernelInterrupted,
    RanMeanwhile,
)
from jupyter_containerize.kernels.running import RunningFacts, running_facts, text_digest

PREDICT = "def predict(x: float = 1.0) -> float:\n    'Say it.'\n    return x * factor"
# Long enough for a slow machine; only a test that has gone wrong waits so long.
DEADLINE_SECONDS = 60.0
SESSION = (
    "import json as _j, sys as _s; print(_j.dumps([list(In), sorted(Out), get_ipython().execution_count, "
    "sorted(n for n in dir() if not n.startswith('_')), "
    "sorted(n for n in _s.modules if 'containerize' in n or n.startswith('cloudpickle')), "
    "repr(_s.stdout), hasattr(_s, 'last_value')]))"
)


@dataclass
class User:
    """Somebody who works with a kernel, as JupyterLab does."""

    manager: KernelManager
    client: BlockingKernelClient
    folder: Path
    counts: list[int] = field(default_factory=list)

    @property
    def file(self) -> Path:
        """The kernel's connection file."""
        return Path(self.manager.connection_file)

    def start(self, source: str) -> str:
        """Begin to run a cell."""
        return self.client.execute(source)

    def end(self, request: str) -> dict[str, Any]:
        """Wait until a cell has run."""
        while True:
            reply = self.client.get_shell_msg(timeout=DEADLINE_SECONDS)
            if reply["parent_header"].get("msg_id") == request:
                return dict(reply["content"])

    def run(self, *sources: str) -> None:
        """Run cells."""
        for source in sources:
            reply = self.end(self.start(source))
            assert reply["status"] == "ok", reply
            self.counts.append(reply["execution_count"])

    def seen(self) -> list[dict[str, Any]]:
        """Return what the kernel has told all of its clients, up to now."""
        marker = self.client.execute("", silent=True)
        found = []
        while True:
            message = self.client.get_iopub_msg(timeout=DEADLINE_SECONDS)
            if message["parent_header"].get("msg_id") == marker and message["content"].get("execution_state") == "idle":
                return found
            found.append(message)

    def session(self) -> list[Any]:
        """Return what the user can see of the session: history, outputs, count, names, our modules, errors."""
        request = self.client.execute(SESSION, store_history=False)
        self.end(request)
        printed = [
            message["content"]["text"]
            for message in self.seen()
            if message["msg_type"] == "stream" and message["parent_header"]["msg_id"] == request
        ]
        found: list[Any] = json.loads("".join(printed))
        return found

    def wait_for(self, path: Path) -> None:
        """Wait until a cell has made a file."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not path.exists():
            assert time.monotonic() < deadline
            time.sleep(0.01)


@pytest.fixture
def user(tmp_path: Path) -> Iterator[User]:
    """Start a kernel and somebody who works with it."""
    manager = KernelManager(kernel_name="python3", connection_file=str(tmp_path / "kernel-live.json"))
    manager.start_kernel(cwd=str(tmp_path))
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=DEADLINE_SECONDS)
        yield User(manager, client, tmp_path)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        manager.cleanup_resources()
        client.context.destroy(linger=0)
        # jupyter_client keeps a loop for its synchronous calls.
        ensure_event_loop().close()


@pytest.fixture
def capture(user: User) -> Callable[..., CapturedState]:
    """Return what takes a notebook's objects out of the user's kernel."""
    into = user.folder / "into"
    into.mkdir()

    def captured(
        notebook: Notebook, *live_in: str, example: ExampleCall | None = None, **options: Any
    ) -> CapturedState:
        serving = Slice(symbol="predict", source="", live_in=live_in, imports=(), cells=(1,), example=example)
        given: dict[str, Any] = {
            "notebook": notebook,
            "serving": serving,
            "environment": inspect_kernel("python3"),
            "connection_file": user.file,
            "into": into,
            "cancel": CancelToken(),
            "patience_seconds": DEADLINE_SECONDS,
        }
        return capture_live(**{**given, **options})

    return captured


def call_at(cell: int, *arguments: tuple[str, str], line: int = 1, result_name: str | None = None) -> ExampleCall:
    """Return an example call as the analysis finds it."""
    return ExampleCall(
        location=Location(path="work.ipynb", cell=cell, line=line), arguments=arguments, result_name=result_name
    )


def test_capture_live__notebook_that_ran__its_objects_and_its_example(user, capture):
    """What the session has is taken, with the call as the session made it; no cell runs again."""
    sources = ("ran = []", "ran.append(1)\nfactor = 3", PREDICT, "predict(2.0)")
    user.run(*sources)
    state = capture(notebook_of(*sources), "factor", "ran", example=call_at(4, ("x", "2.0")))
    assert {item.name: pickle.loads(item.payload.read_bytes()) for item in state.objects} == {"factor": 3, "ran": [1]}
    assert state.source is StateSource.LIVE
    assert state.spec.doc == "Say it."
    assert state.spec.example is not None
    assert (state.spec.example.request, state.spec.example.response) == ({"x": 2.0}, 6.0)
    assert state.findings == ()


def test_capture_live__session_before_and_after__is_the_same(user, capture):
    """History, outputs, count, names, modules and streams stay; nothing is shown to other clients."""
    sources = ("factor = 3", PREDICT, "predict(2.0)")
    user.run(*sources)
    before = user.session()
    user.seen()
    capture(notebook_of(*sources), "factor", example=call_at(3, ("x", "2.0")))
    assert {message["msg_type"] for message in user.seen()} <= {"status"}
    assert user.session() == before
    user.run("_ + 1")
    assert user.counts[-1] == 4


def test_capture_live__object_that_talks_while_it_is_pickled__is_not_heard(user, capture):
    """What our request prints belongs to nobody's cell; what another thread prints does."""
    talking = (
        "import sys, threading\nclass Loud:\n    def __reduce__(self):\n        print('pickling')\n"
        "        print('warned', file=sys.stderr)\n"
        "        thread = threading.Thread(target=print, args=('from a thread',))\n"
        "        thread.start()\n        thread.join()\n        return (int, (7,))\nfactor = Loud()"
    )
    user.run(talking, PREDICT)
    user.seen()
    state = capture(notebook_of(talking, PREDICT), "factor")
    assert pickle.loads(state.objects[0].payload.read_bytes()) == 7
    printed = "".join(message["content"]["text"] for message in user.seen() if message["msg_type"] == "stream")
    assert printed.strip() in {"", "from a thread"}


def test_capture_live__names_of_builtins_taken_by_the_user__do_not_matter(user, capture):
    """A session may call its things as it likes."""
    sources = ("factor = 3\nexec = open = json = print = sys = None", PREDICT)
    user.run(*sources)
    assert [item.name for item in capture(notebook_of(*sources), "factor").objects] == ["factor"]


def test_capture_live__busy_kernel__gives_up_and_never_runs_late(user, capture):
    """A request that was withdrawn does nothing when the kernel comes to it."""
    started, go_on = user.folder / "started", user.folder / "go on"
    user.run("factor = 3", PREDICT)
    waiting = (
        "import pathlib, time\npathlib.Path('started').touch()\n"
        "while not pathlib.Path('go on').exists():\n    time.sleep(0.01)"
    )
    request = user.start(waiting)
    user.wait_for(started)
    with pytest.raises(KernelBusy) as caught:
        capture(notebook_of("factor = 3", PREDICT), "factor", patience_seconds=0.3)
    assert (caught.value.name, caught.value.notebook, caught.value.patience_seconds) == ("python3", "work.ipynb", 0.3)
    go_on.touch()
    assert user.end(request)["status"] == "ok"
    user.seen()
    assert list((user.folder / "into").iterdir()) == []
    assert user.session()[4] == []


def test_capture_live__kernel_that_is_free_in_time__is_waited_for(user, capture):
    """A short cell that runs is no reason to give up."""
    user.run("factor = 3", PREDICT)
    user.start("import time; time.sleep(0.5)")
    assert len(capture(notebook_of("factor = 3", PREDICT), "factor").objects) == 1


def test_capture_live__cell_that_fails_before_it__is_asked_again(user, capture):
    """A failing cell makes the kernel drop what waits behind it; that is no answer."""
    user.run("factor = 3", PREDICT)
    user.start("import time; time.sleep(0.5); 1 / 0")
    assert len(capture(notebook_of("factor = 3", PREDICT), "factor").objects) == 1


def test_capture_live__cell_of_the_user_behind_it__runs(user, capture):
    """What fails on our side does not drop the cells that wait."""
    user.run("lock = __import__('threading').Lock()", PREDICT)
    with pytest.raises(ObjectsUnpicklable):
        capture(notebook_of("lock = 1", PREDICT), "lock")
    user.run("after = 1")


@pytest.mark.parametrize("deleting", ["del factor", "%reset_selective -f factor"])
def test_capture_live__deleted_name__is_missing(user, capture, deleting):
    """A name that the cells bind, and that the session does not have any more."""
    user.run("factor = 3", PREDICT, deleting)
    with pytest.raises(NameMissing) as caught:
        capture(notebook_of("factor = 3", PREDICT), "factor")
    assert caught.value.names == ("factor",)
    assert caught.value.location.cell == 1


def test_capture_live__cell_run_while_objects_are_taken__is_refused(user, capture):
    """Objects of two moments do not go into one image."""
    counting = (
        "class Sly:\n    def __reduce__(self):\n"
        "        get_ipython().history_manager.store_inputs(9, 'a cell')\n        return (int, (1,))\nfactor = Sly()"
    )
    user.run(counting, PREDICT)
    with pytest.raises(RanMeanwhile):
        capture(notebook_of(counting, PREDICT), "factor")


def test_capture_live__interrupted__says_so_and_shows_nothing(user, capture):
    """Whoever presses stop while we are at it stops us, without an error in the notebook."""
    slow = (
        "import pathlib, time\nclass Slow:\n    def __reduce__(self):\n        pathlib.Path('slow').touch()\n"
        "        time.sleep(60)\nfactor = Slow()"
    )
    user.run(slow, PREDICT)
    user.seen()

    def interrupt() -> None:
        user.wait_for(user.folder / "slow")
        os.kill(user.manager.provisioner.process.pid, signal.SIGINT)

    thread = threading.Thread(target=interrupt, daemon=True)
    thread.start()
    with pytest.raises(KernelInterrupted):
        capture(notebook_of(slow, PREDICT), "factor")
    thread.join()
    assert {message["msg_type"] for message in user.seen()} <= {"status"}


def test_capture_live__cancelled__at_once(user, capture):
    """A build that is cancelled does not wait for the kernel."""
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        capture(notebook_of("factor = 3", PREDICT), "factor", cancel=cancel)


@pytest.mark.parametrize(
    "change",
    [{"executable": "/elsewhere/bin/python"}, {"python_version": "3.11.0rc1"}],
    ids=lambda change: next(iter(change)),
)
def test_capture_live__other_environment__is_refused(user, capture, change):
    """The image's distributions are the inspected ones; the objects must be of the same."""
    environment = replace(inspect_kernel("python3"), **change)
    with pytest.raises(EnvironmentDiffers) as caught:
        capture(notebook_of("factor = 3", PREDICT), "factor", environment=environment)
    assert next(iter(change.values())) in caught.value.inspected


def test_live_kernel__ends_while_it_is_asked__is_gone(user, monkeypatch):
    """A kernel that dies under our request is told from a busy one."""
    with LiveKernel(user.file, notebook="work.ipynb", cancel=CancelToken()) as kernel:
        monkeypatch.setattr("jupyter_containerize.kernels.side._SILENCE_SECONDS", 0.5)
        os.kill(user.manager.provisioner.process.pid, signal.SIGKILL)
        with pytest.raises(KernelGone) as caught:
            kernel.call("program", "call", {}, after=Location(path="work.ipynb"))
    assert caught.value.reason == "it stopped answering while it was asked"


def test_live_kernel__restarted_while_it_is_asked__is_gone(user, monkeypatch):
    """A restarted kernel answers at the same ports and has none of the objects."""
    monkeypatch.setattr("jupyter_containerize.kernels.side._PING_SECONDS", 0.0)
    with LiveKernel(user.file, notebook="work.ipynb", cancel=CancelToken()) as kernel:
        user.manager.restart_kernel(now=True)
        with pytest.raises(KernelGone) as caught:
            running_facts(kernel, notebook_of("1"), user.folder)
    assert caught.value.reason == "it was restarted while it was asked"


def test_live_kernel__stale_connection_file__nobody_answers(user, monkeypatch):
    """The file of a kernel that has ended leads nowhere, and says so soon."""
    monkeypatch.setattr("jupyter_containerize.kernels.side._NOBODY_SECONDS", 0.5)
    stale = user.folder / "stale.json"
    stale.write_text(user.file.read_text())
    user.manager.shutdown_kernel(now=True)
    with pytest.raises(KernelGone) as caught, LiveKernel(stale, notebook="work.ipynb", cancel=CancelToken()):
        pass
    assert caught.value.reason == "nobody answers where its connection file says"


def test_live_kernel__wrong_key__is_not_let_in(user):
    """The heartbeat answers everybody, the kernel only those who have its key."""
    other = user.folder / "other.json"
    other.write_text(json.dumps({**json.loads(user.file.read_text()), "key": "guess"}))
    with (
        pytest.raises(KernelBusy),
        LiveKernel(other, notebook="work.ipynb", cancel=CancelToken(), patience_seconds=0.5),
    ):
        pass


def test_live_kernel__failing_program__is_our_bug_and_shows_nothing(user):
    """What goes wrong inside of our programs is not shown to the user's clients."""
    user.seen()
    with LiveKernel(user.file, notebook="work.ipynb", cancel=CancelToken()) as kernel, pytest.raises(CaptureBroken):
        kernel.call("program", "call", {}, after=Location(path="work.ipynb"))
    assert {message["msg_type"] for message in user.seen()} <= {"status"}
    assert user.session()[-1] is False


FILES: dict[str, tuple[str | None, type[Exception]]] = {
    "missing": (None, ConnectionFileUnusable),
    "not JSON": ("{", ConnectionFileUnusable),
    "a list": ("[]", ConnectionFileUnusable),
    "no ports": ('{"ip": "127.0.0.1"}', ConnectionFileUnusable),
    "port of the wrong type": ('{"shell_port": "1", "control_port": 2, "hb_port": 3}', ConnectionFileUnusable),
    "another machine": ('{"ip": "203.0.113.7", "shell_port": 1, "control_port": 2, "hb_port": 3}', KernelElsewhere),
    "another machine by name": (
        '{"ip": "kernels.example", "shell_port": 1, "control_port": 2, "hb_port": 3}',
        KernelElsewhere,
    ),
}


@pytest.mark.parametrize(("content", "error"), FILES.values(), ids=FILES)
def test_live_kernel__connection_file__is_read_with_care(tmp_path, content, error):
    """Only a kernel of this machine is asked."""
    file = tmp_path / "kernel.json"
    if content is not None:
        file.write_text(content)
    with pytest.raises(error) as caught:
        LiveKernel(file, notebook="work.ipynb", cancel=CancelToken())
    assert caught.value.file == file


EXAMPLES: dict[str, tuple[tuple[str, ...], ExampleCall, Any]] = {
    "names": (
        ("factor = 3\nx = 2.5", PREDICT, "answer = predict(x)"),
        call_at(3, ("x", "x"), result_name="answer"),
        ({"x": 2.5}, 7.5),
    ),
    "only looked at later": (
        ("factor = 3\nx = 2.5", PREDICT, "answer = predict(x)", "print(answer, x)\nanswer\npredict(1)"),
        call_at(3, ("x", "x"), result_name="answer"),
        ({"x": 2.5}, 7.5),
    ),
    "list of names": (
        (
            "factor = 3\nx = 2",
            "def predict(x: list[int]) -> list[int]:\n    return [factor * i for i in x]",
            "predict([x, -1])",
        ),
        call_at(3, ("x", "[x, -1]")),
        ({"x": [2, -1]}, [6, -3]),
    ),
    "argument rebound later": (
        ("factor = 3\nx = 2.5", PREDICT, "answer = predict(x)", "x = 1"),
        call_at(3, ("x", "x"), result_name="answer"),
        "x may have changed",
    ),
    "argument rebound in the same cell": (
        ("factor = 3\nx = 2.5", PREDICT, "answer = predict(x)\nx += 1"),
        call_at(3, ("x", "x"), result_name="answer"),
        "x may have changed",
    ),
    "object trained again": (
        ("factor = 3", PREDICT, "answer = predict(2.0)", "factor = 4"),
        call_at(3, ("x", "2.0"), result_name="answer"),
        "factor may have changed",
    ),
    "function written again": (
        ("factor = 3", PREDICT, "answer = predict(2.0)", PREDICT.replace("Say", "Tell")),
        call_at(3, ("x", "2.0"), result_name="answer"),
        "predict may have changed",
    ),
    "argument that runs code": (
        ("factor = 3", PREDICT, "predict(float('2'))"),
        call_at(3, ("x", "float('2')")),
        "float('2') would have to run in the kernel",
    ),
    "nothing displayed": (("factor = 3", PREDICT, "predict(2.0);"), call_at(3, ("x", "2.0")), "displayed no value"),
    "read only once": (
        ("factor = 3", "def predict(x: float):\n    return {'all': iter([x])}", "answer = predict(2.0)"),
        call_at(3, ("x", "2.0"), result_name="answer"),
        "read only once",
    ),
}


@pytest.mark.parametrize(("sources", "example", "expected"), EXAMPLES.values(), ids=EXAMPLES)
def test_capture_live__example__is_what_the_session_remembers(user, capture, sources, example, expected):
    """The call is read, never made again; where it may not fit the objects any more there is none, and why."""
    user.run(*sources)
    state = capture(notebook_of(*sources), "factor", example=example)
    if isinstance(expected, str):
        assert state.spec.example is None
        (finding,) = state.findings
        assert finding.code == "JC-KERNELS-21"
        assert expected in finding.message
    else:
        assert state.spec.example is not None
        assert (state.spec.example.request, state.spec.example.response) == expected
        assert state.findings == ()


@pytest.mark.parametrize(("asked", "has"), [("X", True), ("X + 1", False)])
def test_capture_live__fitted_model__is_asked_about_what_has_a_name(user, capture, asked, has):
    """A model's example is its answer to the first rows; nothing is computed for it in the session."""
    training = (
        "import numpy as np\nfrom sklearn.linear_model import LinearRegression\nX = np.arange(8.0).reshape(-1, 1)"
    )
    sources = (training, "model = LinearRegression().fit(X, X[:, 0] * 2)", f"model.predict({asked})")
    user.run(*sources)
    place = Location(path="work.ipynb", cell=2, line=1)
    entry = ServingCandidate(symbol="model", kind=CandidateKind.ESTIMATOR, location=place, reasons=())
    example = ExampleCall(location=place, arguments=(("", asked),), result_name=None, symbol="model.predict")
    serving = Slice(
        symbol="model",
        source="",
        live_in=("model",),
        imports=(),
        cells=(),
        example=example,
        entries=(entry,),
        examples=(example,),
    )
    state = capture(notebook_of(*sources), serving=serving)
    assert (state.spec.kind, state.spec.example is not None) == ("estimator", has)
    reasons = [] if has else ["it would have to be computed in the running kernel"]
    assert [finding.message.partition(": ")[2] for finding in state.findings] == reasons
    user.run("assert X.shape == (8, 1)")


def test_capture_live__iterator_in_the_answer__is_left_for_the_user(user, capture):
    """Reading the answer would take it from the session."""
    sources = ("factor = 3", "def predict(x: float):\n    return {'all': iter([x])}", "answer = predict(2.0)")
    user.run(*sources)
    capture(notebook_of(*sources), "factor", example=call_at(3, ("x", "2.0"), result_name="answer"))
    user.run("assert list(answer['all']) == [2.0]")


def facts_of(*inputs: str) -> RunningFacts:
    """Return a kernel in which these texts ran, from 1 on."""
    digests = tuple(text_digest(text) for text in ("", *inputs))
    return RunningFacts(executable="", python_version="", execution_count=len(inputs), inputs=digests)


# Texts that ran, the cells with their counts, and the codes by cell.
EDITED: dict[str, tuple[tuple[str, ...], tuple[tuple[str, int | None], ...], dict[int, str]]] = {
    "as it ran": (("a", "b"), (("a", 1), ("b", 2)), {}),
    "white space at the ends": (("a\n",), (("\n a ", 1),), {}),
    "not saved since": (("a", "b"), (("a", None), ("b", 7)), {}),
    "edited": (("a", "b"), (("a", 1), ("b2", 2)), {2: "JC-KERNELS-41"}),
    "edited, run, and put back": (("a", "b", "b2"), (("a", 1), ("b", 3)), {2: "JC-KERNELS-41"}),
    "run again": (("a", "a0", "a"), (("a", 2),), {}),
    "never ran": (("a",), (("a", 1), ("b", None)), {2: "JC-KERNELS-42"}),
    "count of another session": (("a",), (("a", 1), ("b", 9)), {2: "JC-KERNELS-43"}),
    "count of another session, taken by another cell": (
        ("b", "a"),
        (("a", 2), ("c", 1), ("b", None)),
        {2: "JC-KERNELS-43"},
    ),
    "restarted, and run in another order": (("b", "a"), (("a", 1), ("b", 2)), {}),
    "empty": (("a",), (("a", 1), ("  ", None)), {}),
    "nothing ran": ((), (("a", None), ("b", 1)), {1: "JC-KERNELS-42", 2: "JC-KERNELS-43"}),
}


@pytest.mark.parametrize(("inputs", "cells", "codes"), EDITED.values(), ids=EDITED)
def test_edited_cells__history_and_cells__what_is_not_the_same(inputs, cells, codes):
    """A cell is warned of when its text is not what made the objects."""
    made = notebook_of(*(source for source, _ in cells))
    counted = tuple(replace(cell, execution_count=count) for cell, (_, count) in zip(made.cells, cells, strict=True))
    found = edited_cells(facts_of(*inputs), replace(made, cells=counted))
    assert {item.location.cell: item.code for item in found} == codes


def test_edited_cells__only_some_cells_asked__no_word_of_others():
    """A plot that was edited changes no object."""
    assert edited_cells(facts_of(), notebook_of("a", "b"), {2})[0].location.cell == 2
    assert edited_cells(facts_of(), notebook_of("a", "b"), set()) == ()


def test_capture_live__edited_cell__is_named(user, capture):
    """The real history is compared, magics included."""
    user.run("%time factor = 3", PREDICT, "print(1)")
    notebook = notebook_of("%time factor = 3", PREDICT.replace("Say", "Tell"), "print(1)")
    notebook = replace(notebook, cells=tuple(replace(cell, execution_count=cell.index) for cell in notebook.cells))
    findings = capture(notebook, "factor").findings
    assert [(item.code, item.location.cell) for item in findings] == [("JC-KERNELS-41", 2)]


def test_live_kernel__other_language__is_refused(user, monkeypatch):
    """Programs of ours run in Python alone."""
    patching = (
        "from ipykernel.ipkernel import IPythonKernel\n"
        "IPythonKernel.language_info = {'name': 'julia', 'version': '1', 'mimetype': '', 'file_extension': ''}"
    )
    user.run(patching)
    with pytest.raises(KernelNotPython) as caught, LiveKernel(user.file, notebook="work.ipynb", cancel=CancelToken()):
        pass
    assert caught.value.language == "julia"
