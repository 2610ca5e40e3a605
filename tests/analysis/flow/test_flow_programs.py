"""Random programs, run whole and sliced, never differ. For many more: ``python -m tests.analysis.flow.many``."""

from __future__ import annotations

import ast

import matplotlib as mpl
import pytest
from hypothesis import HealthCheck, assume, given, note, settings
from hypothesis import strategies as st

from jupyter_containerize.analysis import SliceOptions, analyze, slice_for
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


def kept_of(serving: Slice) -> set[tuple[int | None, int]]:
    """Return cell and first line of all that is kept."""
    return {
        (each.location.cell, each.location.line or 0) for each in serving.statements if each.training or each.serving
    }


@checked(60)
@given(st.sampled_from(["pure", "data"]).flatmap(lambda profile: st.tuples(st.just(profile), programs(profile))))
def test_slice_for__random_program__says_of_every_statement_what_becomes_of_it(drawn):
    """Each statement is there once, in order, with a reason; the program has just the lines of those that run."""
    notebook, serving = sliced_notebook(*drawn)
    python = {cell.index: cell.python or "" for cell in notebook.code_cells}
    expected = [
        (index, min([node.lineno, *(item.lineno for item in getattr(node, "decorator_list", ()))]), node.end_lineno)
        for index, text in python.items()
        for node in ast.parse(text).body
    ]
    assert [(each.location.cell, each.location.line, each.end_line) for each in serving.statements] == expected
    assert all(each.reason for each in serving.statements)
    for cell in serving.program:
        kept = {
            line
            for each in serving.statements
            if each.training and each.location.cell == cell.index
            for line in range(each.location.line or 0, each.end_line + 1)
        }
        ast.parse(cell.python or "")
        before, after = (text.split("\n") for text in (python[cell.index], cell.python or ""))
        assert kept == {number for number, line in enumerate(after, 1) if line.strip()} | {
            number for number in kept if not before[number - 1].strip()
        }
        assert all(after[number - 1] == before[number - 1] for number in kept if number <= len(after))
    assert {cell.index for cell in serving.program} == {
        each.location.cell for each in serving.statements if each.training
    }


@checked(40)
@given(programs("pure"))
def test_slice_for__same_program_twice__gives_the_same(made_of):
    """A slice depends on the notebook alone."""
    assert sliced_notebook("pure", made_of)[1] == sliced_notebook("pure", made_of)[1]


@checked(40)
@given(programs("pure"))
def test_slice_for__cells_about_other_things__change_nothing_else(made_of):
    """What is kept of the program stays the same with more cells between, and none of those is kept."""
    bare = sliced_notebook("pure", made_of)[1]
    noisy = sliced_notebook("pure", made_of, *NOISE)[1]
    assume(not bare.whole and not noisy.whole)
    cells = cells_of("pure", made_of)
    order = list(range(1, len(cells) + 1))
    for place, _ in enumerate(NOISE):
        order.insert(2 * place, 0)
    assert {(order[(cell or 0) - 1], line) for cell, line in kept_of(noisy)} == kept_of(bare)


@checked(40)
@given(programs("pure"), st.integers(1, 20))
def test_slice_for__cell_to_keep__is_kept(made_of, number):
    """``keep`` keeps all of a cell, and what that needs."""
    notebook, bare = sliced_notebook("pure", made_of)
    assume(number <= len(notebook.cells))
    serving = slice_for(notebook, analyze(notebook, root=None), "predict", SliceOptions(keep=(number,)))
    assert all(each.training for each in serving.statements if each.location.cell == number)
    assert kept_of(bare) <= kept_of(serving)


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
