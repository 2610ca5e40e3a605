"""The registry of words: one function per error class, found by the error's type."""

from __future__ import annotations

import functools
import traceback
from dataclasses import dataclass

from jupyter_containerize.domain.notebook import Location


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What a ``Problem`` says, without its code."""

    title: str
    saw: str
    todo: str
    details: str = ""
    location: Location | None = None


@functools.singledispatch
def words(error: BaseException) -> Words:
    """Return the words for an error; for one that we did not foresee, those for a bug of ours."""
    return Words(
        title="Something went wrong inside jupyter-containerize",
        saw=f"{type(error).__name__}: {error}",
        todo="This is our bug, not yours. Please report it with the details below.",
        details="".join(traceback.format_exception(error)[-12:]).strip(),
    )


def listed(names: tuple[str, ...], *, otherwise: str) -> str:
    """Return names for a sentence: ``a``, ``b`` and ``c``."""
    if not names:
        return otherwise
    if len(names) == 1:
        return names[0]
    return f"{', '.join(names[:-1])} and {names[-1]}"
