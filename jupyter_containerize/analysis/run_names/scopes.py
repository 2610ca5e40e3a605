"""The names of one notebook while its statements are gone through: who binds them, and who reads them too early."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import IntEnum
from typing import NewType

from jupyter_containerize.analysis.uses import ALWAYS_BOUND

Place = NewType("Place", tuple[int, int])
"""A cell's index and a line."""

# Read as names, they let code bind what no statement shows.
_SEES_ALL = frozenset({"__builtins__", "eval", "exec", "globals", "locals", "vars"})
# What IPython, a platform's kernel, Kernel Gateway and class bodies bind; what newer versions of Python have built in.
_PROVIDED = frozenset({
    "In", "Out", "_", "__", "___", "_dh", "_i", "_ih", "_ii", "_iii", "_oh", "display", "exit", "get_ipython", "quit",
    "REQUEST", "dbutils", "displayHTML", "sc", "spark", "sqlContext",
    "__class__", "__module__", "__qualname__", "BaseExceptionGroup", "EncodingWarning", "ExceptionGroup",
    "PythonFinalizationError", "WindowsError", "aiter", "anext",
})  # fmt: skip


# _3 and _i3: the third cell's value, and its code.
_OUTPUTS = re.compile(r"_i?\d+")


class Chance(IntEnum):
    """Whether the code at hand runs when its cell does."""

    CERTAIN = 0
    LATER = 1
    """In a branch, or when a function is called."""
    FORGIVEN = 2
    """It may fail for want of a name: that is caught, or expected."""


@dataclass(slots=True, eq=False)
class Scope:
    """The names of a function, a class or a comprehension; ``inner`` are those that functions in a class read.

    ``outer`` are declared global or nonlocal.
    """

    is_class: bool = False
    is_comprehension: bool = False
    bound: set[str] = field(default_factory=set)
    outer: set[str] = field(default_factory=set)
    reads: dict[str, tuple[Chance, int]] = field(default_factory=dict)
    inner: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Names:
    """The notebook's names so far, and the scopes around the code at hand, the innermost last.

    ``early`` are names that were read before anything bound them, with the first place, and ``binders`` the place that
    binds each of them later; ``late`` are read when a function is called or in a branch. ``unseen`` says that something
    up to here can bind any name, ``quoted`` that annotations are not evaluated.
    """

    bound: set[str] = field(default_factory=lambda: set((ALWAYS_BOUND | _PROVIDED) - _SEES_ALL))
    early: dict[str, Place] = field(default_factory=dict)
    binders: dict[str, Place] = field(default_factory=dict)
    late: dict[str, Place] = field(default_factory=dict)
    scopes: list[Scope] = field(default_factory=list)
    chance: Chance = Chance.CERTAIN
    cell: int = 0
    line: int = 0
    unseen: bool = False
    quoted: bool = False

    def read(self, name: str, line: int) -> None:
        """Note that a name is read, unless something has bound it."""
        if name not in self.bound:
            self._note(name, line, self.chance)

    def bind(self, name: str) -> None:
        """Note that a name is bound where the code at hand stands."""
        for scope in reversed(self.scopes):
            if name in scope.outer:
                break
            if not scope.is_comprehension:
                scope.bound.add(name)
                return
        else:
            self._bind_global(name)
            return
        # A name of the notebook, bound whenever the function is called; or one of the function around it, which has it.
        self.bound.add(name)

    def leave(self, *, later: bool) -> None:
        """End the innermost scope: what it does not bind itself, it reads from those around it."""
        scope = self.scopes.pop()
        for name, (chance, line) in scope.reads.items():
            if name not in scope.bound:
                self._note(name, line, max(chance, self.chance, Chance.LATER if later else Chance.CERTAIN), deep=later)
        for name, line in scope.inner.items():
            self._note(name, line, max(self.chance, Chance.LATER), deep=True)

    def _note(self, name: str, line: int, chance: Chance, *, deep: bool = False) -> None:
        if name in _SEES_ALL:
            self.unseen = True
        elif chance is Chance.FORGIVEN:
            pass
        elif not self.scopes:
            self._note_global(name, line, chance)
        elif deep and self.scopes[-1].is_class:
            # A function does not see the names of the class around it.
            self.scopes[-1].inner.setdefault(name, line)
        else:
            reads = self.scopes[-1].reads
            if name not in reads or chance < reads[name][0]:
                reads[name] = (chance, line)

    def _note_global(self, name: str, line: int, chance: Chance) -> None:
        if _OUTPUTS.fullmatch(name):
            return
        if chance is Chance.LATER:
            self.late.setdefault(name, Place((self.cell, line)))
        elif not self.unseen and name not in self.bound:
            self.early.setdefault(name, Place((self.cell, line)))

    def _bind_global(self, name: str) -> None:
        self.bound.add(name)
        if name in self.early:
            self.binders.setdefault(name, Place((self.cell, self.line)))
