"""The two profiles of random programs, as cells made of choices."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.analysis.flow import data, functions, pure  # noqa: F401  # they register their statements
from tests.analysis.flow.programs import DATA, PURE, Choice, Maker, Scope, program, total

ASKS = ("predict(2)", "predict(0)", "predict(2)", "predict(7)")


@dataclass(frozen=True)
class Program:
    """What a program is made of: its statements, ``predict``, how many statements stand below it, and seeds first."""

    choices: tuple[Choice, ...]
    serving: Choice
    after: int = 0
    seeded: bool = True


def cells_of(profile: str, made_of: Program) -> list[str]:
    """Return the cells of the program; profiles are ``pure`` and ``data``."""
    makers, scope, beginning, seeds = _PROFILES[profile]
    return program(
        makers,
        made_of.choices,
        made_of.serving,
        functions.predict,
        beginning=(*beginning, seeds) if made_of.seeded else beginning,
        scope=scope(),
        after=made_of.after,
    )


def makers_of(profile: str) -> int:
    """Return how many values a choice's maker has."""
    return total(_PROFILES[profile][0])


def random_program(profile: str, seed: int, size: int = 24) -> Program:
    """Return a program drawn with this seed."""
    source = random.Random(seed)
    below = makers_of(profile)

    def choice() -> Choice:
        return Choice(source.randrange(below), source.randbytes(24), new_cell=source.random() < 0.6)

    count = source.randint(3, size)
    choices = tuple(choice() for _ in range(count))
    return Program(choices, choice(), after=max(0, source.randint(-3, 2)), seeded=source.random() < 0.7)


_PROFILES: dict[str, tuple[Sequence[tuple[int, Maker]], Callable[[], Scope], tuple[str, ...], str]] = {
    "pure": (PURE, Scope, (), "import random as rd\nrd.seed(4)"),
    "data": (
        DATA,
        data.beginning,
        (*data.IMPORTS, data.BEGINNING),
        "import random as rd\nrd.seed(4)\nnp.random.seed(4)",
    ),
}
