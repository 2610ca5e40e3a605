"""Makes more inputs out of one: what predict is asked beside the notebook's example."""

from __future__ import annotations

import random
from collections.abc import Mapping

COUNT = 8


def around(example: Mapping[str, object], seed: str) -> list[dict[str, object]]:
    """Return the example and ``COUNT`` calls like it, the same ones for the same seed.

    Numbers move by up to a half either way, whole ones stay whole and keep their sign; texts lose or repeat a word. A
    choice among a few (``True``, a category's name of one word) stays as it is: another might be no valid input.
    """
    chance = random.Random(seed)
    return [dict(example)] + [{name: _moved(value, chance) for name, value in example.items()} for _ in range(COUNT)]


def _moved(value: object, chance: random.Random) -> object:  # noqa: PLR0911  # one line for each type
    match value:
        case bool():
            return value
        case int():
            span = max(1, abs(value) // 2)
            moved = value + chance.randint(-span, span)
            return max(0, moved) if value >= 0 else min(0, moved)
        case float():
            return value * chance.uniform(0.5, 1.5) if value else chance.uniform(-0.5, 0.5)
        case str():
            return _other_words(value, chance)
        case list():
            return [_moved(item, chance) for item in value]
        case dict():
            return {key: _moved(item, chance) for key, item in value.items()}
    return value


def _other_words(text: str, chance: random.Random) -> str:
    words = text.split()
    if len(words) < 3:  # noqa: PLR2004  # a name, not a text
        return text
    place = chance.randrange(len(words))
    return " ".join(words[:place] + words[place + 1 :] if chance.random() < 0.5 else [*words, words[place]])  # noqa: PLR2004
