"""A process that stays answers as a new one would."""

from __future__ import annotations

import os
import shutil
import signal
import threading
import time
from pathlib import Path

import pytest
from test_kernel_answer import again_in, earlier, environment, serving  # noqa: F401  # fixtures are imported by name

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.errors import Cancelled
from jupyter_containerize.kernels import Standby, begin_standby
from jupyter_containerize.kernels.standby import VARIABLE, connect, first_imports, idle_seconds

PARENT = "def predict(x: float) -> float:\n    import os\n    return float(os.getppid())"


@pytest.fixture(autouse=True)
def wanted(monkeypatch):
    """Let processes stay, which tests otherwise do without."""
    monkeypatch.setenv(VARIABLE, "60")


@pytest.fixture
def standby(tmp_path):
    """Return where processes stay; they are gone when the test is."""
    there = Standby(folder=tmp_path / "standby", surroundings="as ever", owner=0)
    yield there
    for pid in processes(there):
        os.kill(pid, signal.SIGKILL)


@pytest.fixture
def answered(earlier, environment, tmp_path, standby):  # noqa: F811
    """Return a function that answers by serving code, and gives the answer or ``None``."""

    def answer(source: str, cancel: CancelToken | None = None) -> object:
        state = again_in(earlier, environment, tmp_path, serving(source), cancel=cancel, standby=standby)
        return None if state is None else state.spec.example.response

    return answer


def processes(standby: Standby) -> list[int]:
    """Return the ids of the processes that belong to a folder."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                text = (folder / "cmdline").read_bytes().decode(errors="replace")
            except OSError:
                continue
            if "answer.py" in text and str(standby.folder) in text:
                found.append(int(folder.name))
    return found


def places(standby: Standby) -> list[Path]:
    """Return the folders that processes listen in."""
    return sorted(path.parent for path in standby.folder.glob("*/socket"))


def until(true) -> None:
    """Return when it is true; the suite's own limit is the end of waiting."""
    while not true():
        time.sleep(0.02)


def test_answer_again__process_that_stays__answers_the_next_change(answered, standby):
    """The second answer comes from a fork of the same process as the first."""
    first = answered(PARENT)
    until(lambda: places(standby))
    assert answered(f"{PARENT} + 0.0") == first
    assert processes(standby) == [int(first)]


def test_answer_again__code_that_changes_objects__leaves_nothing_behind(answered, standby):
    """Each answer begins with the objects as they were captured."""
    source = "def predict(x: float):\n    scale.by += x\n    scale.rows[0] += 1\n    return scale.by + scale.rows[0]"
    assert answered(source) == 7.0
    until(lambda: places(standby))
    assert [answered(f"{source}  # {number}") for number in range(2)] == [7.0, 7.0]


def test_answer_again__code_that_fails__is_no_end(answered, standby):
    """Where changed code does not answer, the process stays for the next change."""
    first = answered(PARENT)
    until(lambda: places(standby))
    for source in (
        "def predict(x: float) -> float:\n    return 1 / 0",
        "import os\nos._exit(0)",
        "import os\nos.abort()",
    ):
        assert answered(source.replace("import os\n", "seven = 7\nimport os\n")) is None
    assert answered(PARENT) == first


def test_answer_again__unseeded_numbers__are_new_each_time(answered, standby):
    """Numbers that were never seeded differ between answers, as between processes."""
    source = (
        "import numpy, random\ndef predict(x: float) -> float:\n    return numpy.random.rand() + 10 * random.random()"
    )
    answers = [answered(source)]
    until(lambda: places(standby))
    answers += [answered(source), answered(source)]
    assert len(set(answers)) == 3
    assert len(processes(standby)) == 1


DO_NOT_STAY = {
    "seeded random": "import random\nrandom.seed(4)",
    "seeded numpy": "import numpy\nnumpy.random.seed(4)",
    "a thread": "import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()",
    "an import that fails": "raise ImportError",
}


@pytest.mark.parametrize("text", DO_NOT_STAY.values(), ids=DO_NOT_STAY.keys())
def test_answer_again__import_that_a_fork_would_not_repeat__answers_in_a_new_process(answered, standby, tmp_path, text):
    """What a module does when imported counts for each answer, and nothing stays where a fork would lack it."""
    (tmp_path / "helping.py").write_text(f"{text}\n")
    source = "import helping\ndef predict(x: float) -> float:\n    import numpy, random\n    return x * scale.by"
    assert answered(source) == (None if "ImportError" in text else 6.0)
    until(lambda: not processes(standby))
    assert places(standby) == []


def test_answer_again__module_changed_since__is_read_anew(answered, standby, tmp_path):
    """A file that was imported and has changed since is the changed one in the next answer."""
    (tmp_path / "helping.py").write_text("PLUS = 1\n")
    source = "import helping\ndef predict(x: float) -> float:\n    return x + helping.PLUS"
    assert answered(source) == 3.0
    until(lambda: places(standby))
    (tmp_path / "helping.py").write_text("PLUS = 100\n")
    assert answered(f"{source}  # again") == 102.0


def test_answer_again__other_imports__are_another_process(answered, standby):
    """A module that the code no longer imports is not there, as it will not be in the image."""
    assert answered("import decimal\nimport sys\ndef predict(x: float):\n    return 'colorsys' in sys.modules") is False
    assert answered("import colorsys\nimport sys\ndef predict(x: float):\n    return 'colorsys' in sys.modules") is True
    until(lambda: len(places(standby)) == 2)
    assert answered("import decimal\nimport sys\ndef predict(x: float):\n    return 'colorsys' in sys.modules") is False


def test_answer_again__third_process__ends_the_one_used_least_lately(answered, standby):
    """No more than two stay."""
    for name in ("decimal", "fractions", "colorsys"):
        before = set(places(standby))
        assert answered(f"import {name}\ndef predict(x: float) -> float:\n    return x") == 2.0
        until(lambda before=before: set(places(standby)) - before)
    until(lambda: len(processes(standby)) == 2)


def test_answer_again__cancelled_while_the_process_answers__stops_it(answered, standby):
    """A cancel ends the answering, and the process stays."""
    first = answered(PARENT)
    until(lambda: places(standby))
    cancel = CancelToken()
    threading.Timer(0.3, cancel.cancel).start()
    with pytest.raises(Cancelled):
        answered("def predict(x: float) -> float:\n    import time\n    time.sleep(60)", cancel)
    assert answered(PARENT) == first


def test_answer_again__cancelled_while_a_new_process_answers__leaves_nothing(answered, standby, tmp_path):
    """Neither the process nor its fork goes on."""
    cancel = CancelToken()
    begun = tmp_path / "begun"

    def stop() -> None:
        until(begun.exists)
        cancel.cancel()

    threading.Thread(target=stop).start()
    body = f"open({str(begun)!r}, 'w').close()\n    import time\n    time.sleep(60)"
    with pytest.raises(Cancelled):
        answered(f"def predict(x: float) -> float:\n    {body}", cancel)
    until(lambda: not processes(standby))
    assert places(standby) == []


def test_answer_again__killed_process__is_no_obstacle(answered, standby):
    """What a killed process left is taken away; a new one answers."""
    first = answered(PARENT)
    until(lambda: places(standby))
    os.kill(int(first), signal.SIGKILL)
    until(lambda: not processes(standby))
    assert answered(PARENT) != first


def test_standby__store_removed__ends(answered, standby):
    """A process does not outlive its store."""
    answered(PARENT)
    until(lambda: places(standby))
    shutil.rmtree(standby.folder)
    until(lambda: not processes(standby))


def test_standby__nobody_asks__ends_and_leaves_nothing(answered, standby, monkeypatch):
    """After the time that the setting says, process and folder are gone."""
    monkeypatch.setenv(VARIABLE, "0.1")
    answered(PARENT)
    until(lambda: not processes(standby) and not list(standby.folder.iterdir()))


@pytest.mark.parametrize("value", ["0", "never"])
def test_standby__not_wanted__is_not_left(answered, standby, monkeypatch, value):
    """The setting says so."""
    monkeypatch.setenv(VARIABLE, value)
    assert answered("def predict(x: float) -> float:\n    return x * scale.by") == 6.0
    assert not standby.folder.exists()


def test_connect__folder_that_others_may_enter__is_not_trusted(answered, standby):
    """Who could have put a socket there is not asked."""
    answered(PARENT)
    until(lambda: places(standby))
    place = places(standby)[0]
    place.chmod(0o755)
    assert connect(place) is None


def test_begin_standby__after_a_run__answers_the_first_change(answered, earlier, environment, tmp_path, standby):  # noqa: F811
    """A process that was begun after a run is the one that answers."""
    asked = {"environment": environment, "folder": tmp_path, "standby": standby}
    kept = earlier
    assert begin_standby(kept, serving=serving(PARENT), **asked)
    until(lambda: places(standby))
    assert not begin_standby(kept, serving=serving(PARENT), **asked)
    assert [int(answered(PARENT))] == processes(standby)


IMPORTS = {
    "none": ("def predict(): pass\nimport os", ""),
    "after a text": ("'Doc.'\nimport os\nfrom a import b as c\nx = 1\nimport sys", "import os\nfrom a import b as c"),
    "inside": ("try:\n    import os\nexcept ImportError:\n    pass", ""),
}


@pytest.mark.parametrize(("source", "expected"), IMPORTS.values(), ids=IMPORTS.keys())
def test_first_imports__source__only_what_runs_first(source, expected):
    """Imports before which nothing else happens."""
    assert first_imports(source) == expected


def test_idle_seconds__ci__none(monkeypatch):
    """A machine of CI is left as it was, unless it is asked for."""
    monkeypatch.setenv("CI", "true")
    assert idle_seconds() == 60.0
    monkeypatch.delenv(VARIABLE)
    assert idle_seconds() == 0.0
