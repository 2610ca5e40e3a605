"""Random programs, run whole and sliced, never differ. For many more: ``python -m tests.analysis.flow.many``."""

from __future__ import annotations

import matplotlib as mpl
import pytest
from hypothesis import HealthCheck, assume, given, note, settings
from hypothesis import strategies as st

from jupyter_containerize.analysis import analyze, slice_for
from jupyter_containerize.domain.notebook import Notebook, Slice
from tests.analysis.flow.harness import everything, sliced, truth
from tests.analysis.flow.profiles import ASKS, Program, cells_of, makers_of, random_program
from tests.analysis.flow.programs import Choice
from tests.notebooks.made import notebook_of

mpl.use("Agg")

# Cells that have nothing to do with any name of the programs.
NOISE = (
    "print('about')",
    "other_ = [1, 2]\nother_.append(3)\nprint(other_)",
    "for other__ in range(2):\n    print(other__)",
)


SEEDED = st.sampled_from([True, True, True, False])


def programs(profile: str) -> st.SearchStrategy[Program]:
    """Return programs of up to 20 statements."""
    choice = st.builds(
        Choice,
        maker=st.integers(0, makers_of(profile) - 1),
        data=st.binary(min_size=20, max_size=20),
        new_cell=st.booleans(),
    )
    after = st.sampled_from([0, 0, 0, 1, 2])
    return st.builds(
        Program, choices=st.lists(choice, min_size=2, max_size=20), serving=choice, after=after, seeded=SEEDED
    )


def sliced_notebook(profile: str, made_of: Program, *noise: str) -> tuple[Notebook, Slice]:
    """Return the program as a notebook, with cells put between its own, and its slice."""
    cells = cells_of(profile, made_of)
    for place, cell in enumerate(noise):
        cells.insert(2 * place, cell)
    notebook = notebook_of(*cells)
    return notebook, slice_for(notebook, analyze(notebook, root=None), "predict")


def checked(examples: int) -> settings:
    """Return how a property is checked: the same programs each time."""
    return settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    )


def agree(profile: str, made_of: Program, *, keep_all: bool = False) -> None:
    """Run the program whole and sliced, and compare all answers."""
    notebook, serving = sliced_notebook(profile, made_of)
    expected = truth(notebook, ASKS)
    assume(not expected.failed)
    if keep_all:
        serving = everything(notebook, serving)
    note("\n---\n".join(cell.source for cell in notebook.code_cells))
    note("\n=== live in: " + " ".join(serving.live_in) + "\n" + serving.source)
    assert sliced(notebook, serving, ASKS, one_process=keep_all) == expected


@checked(100)
@given(programs("pure"))
def test_harness__nothing_dropped__agrees(made_of):
    """With the whole notebook as the program, there is nothing to differ: the harness itself is right."""
    agree("pure", made_of, keep_all=True)


@checked(50)
@given(programs("data"))
def test_harness__nothing_dropped_with_libraries__agrees(made_of):
    """The same for numpy, pandas and scikit-learn."""
    agree("data", made_of, keep_all=True)


@pytest.mark.parametrize("profile", ["pure", "data"])
def test_programs__drawn__run_to_their_end(profile):
    """Fewer than one program in five fails as a whole, or answers at random."""
    failed = [
        outcome.failed
        for seed in range(60)
        if (outcome := truth(notebook_of(*cells_of(profile, random_program(profile, seed))), ASKS)).failed
    ]
    assert len(failed) < 12, failed


@pytest.mark.slow
@checked(300)
@given(programs("pure"))
def test_slice_for__random_program__answers_as_the_notebook_does(made_of):
    """What was dropped changes no answer."""
    agree("pure", made_of)


@pytest.mark.slow
@checked(300)
@given(programs("data"))
def test_slice_for__random_program_with_libraries__answers_as_the_notebook_does(made_of):
    """What was dropped changes no answer, with numpy, pandas and scikit-learn."""
    agree("data", made_of)
