"""No notebook, however broken, makes us raise what is not ours to raise, or hang.

JUPYTER_CONTAINERIZE_FUZZ_INPUTS   how many inputs in all (default 10,000)
JUPYTER_CONTAINERIZE_FUZZ_START    the first number of the mutations (default 0): another number, other inputs
JUPYTER_CONTAINERIZE_FUZZ_SEEDS    a folder of notebooks to mutate too, which stay out of this repository
"""

from __future__ import annotations

import os
import traceback
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from tests.fuzz.making import corpus_of, mutated, notebooks
from tests.fuzz.one_input import TookTooLong, lay_beside, read_one
from tests.fuzz.stress import STRESS

_INPUTS = int(os.environ.get("JUPYTER_CONTAINERIZE_FUZZ_INPUTS", "10000"))
_START = int(os.environ.get("JUPYTER_CONTAINERIZE_FUZZ_START", "0"))
_BATCHES = 10
# Making an example costs hypothesis as much as reading it costs us, so most inputs are mutations.
_INVENTED = _INPUTS // 5
_MUTATED = _INPUTS - _INVENTED

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Give a folder with local modules, for the notebook to lie in."""
    place = tmp_path_factory.mktemp("fuzz")
    lay_beside(place)
    return place


@pytest.mark.parametrize("batch", range(_BATCHES))
def test_read__mutated_notebooks__nothing_but_our_errors_and_no_hang(batch, folder, record_property):
    """Every mutation of a seed is read or refused within three seconds."""
    seeds = sorted(corpus_of(os.environ.get("JUPYTER_CONTAINERIZE_FUZZ_SEEDS")).items())
    failures: dict[str, str] = {}
    numbers = range(_START + batch, _START + _MUTATED, _BATCHES)
    taken = 0
    for number in numbers:
        name, content = seeds[number // _BATCHES % len(seeds)]
        try:
            taken += read_one(mutated(content, number), folder)
        except (Exception, TookTooLong) as error:  # noqa: BLE001 - any exception is what we look for
            failures.setdefault(_place(error), f"mutation {number} of {name}: {type(error).__name__}: {error}"[:500])
    record_property("inputs", len(numbers))
    print(f"{len(numbers)} mutations, {taken} of them notebooks")  # noqa: T201 - the count is part of the result
    assert not failures, "\n".join(f"{place}\n  {what}" for place, what in failures.items())
    assert taken > len(numbers) // 2, "most mutations should still be notebooks"


@settings(
    max_examples=_INVENTED,
    deadline=None,
    derandomize=_START == 0,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(content=notebooks())
def test_read__invented_notebooks__nothing_but_our_errors_and_no_hang(content, folder):
    """Every invented notebook is read or refused within three seconds."""
    read_one(content, folder)


@pytest.mark.parametrize("name", STRESS)
def test_read__big_or_deep_in_one_direction__nothing_but_our_errors_and_no_hang(name, folder):
    """No direction makes us slow or breaks us."""
    read_one(STRESS[name], folder)


def _place(error: BaseException) -> str:
    last = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in last if "jupyter_containerize" in frame.filename and "tests" not in frame.filename]
    frame = ours[-1] if ours else last[-1]
    return f"{type(error).__name__} at {Path(frame.filename).name}:{frame.lineno} in {frame.name}"
