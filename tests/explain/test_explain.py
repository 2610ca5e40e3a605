"""Every error has words, an exit code and no stack trace."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

import pytest

import jupyter_containerize
from jupyter_containerize.domain.errors import Cancelled, ContainerizeError, InternalError, OutsideError, UserError
from jupyter_containerize.domain.notebook import Location
from jupyter_containerize.explain import EXIT_CODES, exit_code, explain, words
from jupyter_containerize.kernels.errors import CellFailed
from jupyter_containerize.registry import RegistryRefused

ROOTS = {ContainerizeError, UserError, OutsideError, InternalError}


def error_classes() -> list[type[ContainerizeError]]:
    """Return every error class of every room."""
    for module in pkgutil.walk_packages(jupyter_containerize.__path__, "jupyter_containerize."):
        if module.name.endswith((".errors", ".words", "_words", ".image")):
            importlib.import_module(module.name)

    def below(cls: type[ContainerizeError]) -> Iterator[type[ContainerizeError]]:
        for child in cls.__subclasses__():
            yield child
            yield from below(child)

    found = {cls for cls in below(ContainerizeError) if cls.__module__.startswith("jupyter_containerize.")}
    return sorted(found - ROOTS, key=lambda cls: cls.code)


@pytest.mark.parametrize("cls", error_classes(), ids=lambda cls: cls.__name__)
def test_words__each_error_class__has_its_own(cls):
    """No error of ours falls back to the words for a bug."""
    assert words.dispatch(cls) is not words.dispatch(BaseException)


def test_code__all_error_classes__are_different():
    """A code names one error."""
    codes = [cls.code for cls in error_classes()]
    assert sorted(set(codes)) == codes


@pytest.mark.parametrize("cls", error_classes(), ids=lambda cls: cls.__name__)
def test_exit_code__each_error_class__is_not_zero_and_names_our_bugs(cls):
    """70 is for our own bugs alone."""
    if issubclass(cls, InternalError):
        assert exit_code(cls.code) in {20, 70}
    else:
        assert exit_code(cls.code) in {2, 10, 11, 12, 13, 20, 30, 40, 50, 60, 70, 130}


def test_explain__failed_cell__has_four_parts_and_the_place():
    """The problem says what happened, where, and what to do; the traceback comes last."""
    error = CellFailed(Location(path="a.ipynb", cell=3, line=2), "ValueError", "no data", "Traceback: ...")
    problem = explain(error)
    assert problem.code == "JC-KERNELS-05"
    assert problem.title == "A cell of the notebook failed"
    assert problem.saw == "a.ipynb[3]:2: ValueError: no data"
    assert problem.location == "a.ipynb[3]:2"
    assert problem.details == "Traceback: ..."
    assert problem.exit_code == 13


@pytest.mark.parametrize(
    ("status", "todo"),
    [(401, "`docker login registry.example.org`"), (403, "your login may push"), (404, "the image's name")],
)
def test_explain__registry_refuses__says_whether_it_is_the_login(status, todo):
    """A login that is not accepted is another thing than one that may not push."""
    problem = explain(RegistryRefused("registry.example.org", status, "UNAUTHORIZED", "authentication required"))
    assert todo in problem.todo
    assert f"answered {status}: UNAUTHORIZED authentication required" in problem.saw


def test_explain__cancelled__is_130():
    """A cancelled build ends as a shell expects of an interrupted program."""
    assert explain(Cancelled()).exit_code == 130


def test_explain__unforeseen_error__is_our_bug():
    """What we did not raise on purpose is said to be our bug, with its details."""
    problem = explain(KeyError("x"))
    assert (problem.code, problem.exit_code) == ("JC-BUG", 70)
    assert "KeyError" in problem.saw


def test_exit_codes__every_prefix__is_one_of_ours():
    """No entry of the table is left over."""
    codes = [cls.code for cls in error_classes()]
    assert not [prefix for prefix in EXIT_CODES if not any(code.startswith(prefix) for code in codes)]
