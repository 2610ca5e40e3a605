"""What an image gets of a notebook's objects does not depend on what the store knew before."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from test_state_sources import Builds

from jupyter_containerize.domain.serving import CapturedState
from jupyter_containerize.explain import explain
from jupyter_containerize.kernels.errors import CellFailed
from jupyter_containerize.publishing import LocalStore

pytestmark = pytest.mark.slow

MODEL = (
    "class Model:\n    def fit(self, rows):\n        self.by = len(rows) / 10\n        return self\n"
    "    def weigh(self, a, b):\n        return self.by * a + b"
)
DATA = "rows = [[n / 3, float(n % 7)] for n in range(40)] + [[float('nan'), 1.0]]"
FIT = "model = Model().fit(rows)"
PREDICT = "def predict(a: float, b: float) -> float:\n    return model.weigh(a, b)"
CHANGED = "def predict(a: float, b: float) -> float:\n    return model.weigh(a, b) ** 2 + 0.125"
CALL = "predict(2.0, 1.0)"
DATES = "import datetime\nrows = [[datetime.date(2024, 1, n % 28 + 1), n % 7] for n in range(40)]"
WEEKS = "def predict(a: str, b: int) -> str:\n    return f'{b} {a[:4]}' + str(model.by)"


@dataclass(frozen=True)
class Case:
    """A notebook before and after a change, and whether the change makes it run."""

    before: tuple[str, ...]
    after: tuple[str, ...]
    runs: bool = False


CASES = {
    "its function": Case((MODEL, DATA, FIT, PREDICT, CALL), (MODEL, DATA, FIT, CHANGED, CALL)),
    "a function of dates": Case(
        (MODEL, DATES, FIT, WEEKS, "predict('2024-01-02', 1)"),
        (MODEL, DATES, FIT, WEEKS.replace("4", "7"), "predict('2024-01-02', 1)"),
    ),
    "a function that fails for rows now": Case(
        (MODEL, DATA, FIT, PREDICT, CALL),
        (MODEL, DATA, FIT, PREDICT + " if a == 2.0 else [][0]", CALL),
    ),
    "other parameters": Case(
        (MODEL, DATA, FIT, PREDICT, CALL),
        (MODEL, DATA, FIT, PREDICT.replace("b: float)", "b: float, c: float = 1.0)"), CALL),
        runs=True,
    ),
    "nothing that was trained": Case(
        (MODEL, DATA, FIT, "by = model.by", PREDICT.replace("model.weigh(a, b)", "by * a + b"), CALL),
        (MODEL, DATA, FIT, "by = model.by", CHANGED.replace("model.weigh(a, b)", "by * a + b"), CALL),
    ),
    "a longer function above a class": Case(
        (f"{PREDICT}\n{MODEL}", DATA, FIT, CALL),
        (f"{CHANGED.replace('return', 'a += 1.0;' + chr(10) + '    return')}\n{MODEL}", DATA, FIT, CALL),
        runs=True,
    ),
}


@pytest.fixture
def builds(write_notebook: Callable[..., Path], tmp_path: Path) -> Callable[[str], Builds]:
    """Return what obtains states in a store of a name."""
    return lambda name: Builds(LocalStore(tmp_path / name), write_notebook)


def image_of(state: CapturedState) -> str:
    """Return what of a state is in an image, as a text."""
    objects = [[item.name, item.sha256, [part.sha256 for part in item.parts]] for item in state.objects]
    specs = [repr(spec) for spec in (state.spec, *state.more)]
    return json.dumps([objects, specs, state.baseline], indent=1, sort_keys=True)


@pytest.mark.parametrize("name", CASES)
def test_obtain_state__changed_code__gives_the_same_as_in_an_empty_store(
    builds: Callable[[str], Builds], name: str
) -> None:
    """Objects, description and baseline are those of a build that knew nothing."""
    case = CASES[name]
    first, empty = builds("first"), builds("empty")
    before = first(*case.before)
    changed = first(*case.after)
    assert bool(first.runs) is case.runs
    assert image_of(changed) == image_of(empty(*case.after))
    assert image_of(changed) != image_of(before)
    # A second change begins from what the first left.
    assert image_of(first(*case.before)) == image_of(before)


INSTALL = "%pip install --target installed no-such-distribution-of-ours"


def test_obtain_state__installation_commands__change_no_environment(
    builds: Callable[[str], Builds], tmp_path: Path
) -> None:
    """Neither the part nor the whole runs them, and without them nothing is compared that is the same."""
    build = builds("first")
    state = build(f"{INSTALL}\n{DATA}", PREDICT.replace("model.weigh(a, b)", "a * len(rows) + b"), CALL)
    assert build.runs == 1
    assert state.spec.example is not None
    assert state.spec.example.response == 83.0
    assert state.parity is not None
    assert state.parity.proof.value == "whole"
    assert not list(tmp_path.rglob("installed"))


def test_obtain_state__module_only_installed_by_a_cell__says_where_to_install_it(
    builds: Callable[[str], Builds],
) -> None:
    """The error of the import has the next step."""
    with pytest.raises(CellFailed) as caught:
        builds("first")("%pip install no_such_module\nimport no_such_module", DATA, PREDICT, CALL)
    assert "a build installs nothing there" in explain(caught.value).todo
