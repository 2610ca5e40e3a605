"""One feature's values in bins: how the training data lie, and how those of requests do.

A number's bins are between edges (those of the training data's tenths), a text's are the same of its length, a
category's are the training data's categories and one for all others. What is counted is shares; no value is kept.
"""

from __future__ import annotations

import dataclasses
import math
import sys
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Any

NUMBER, CATEGORY, TEXT = "number", "category", "text"
# Behind the bins: values that are missing, and those that the training data never had.
_EXTRA = 2
# From so many values on, arrays are quicker than a loop.
_MANY = 64
# A share that is 0 in the training data counts as this: the index has its logarithm.
_LEAST_SHARE = 1e-4


class Sketch:
    """The bins of one feature. ``feature`` is what the baseline says; ``at`` is where its numbers lie in a row.

    Twice ``size`` numbers: of all values, and of the recent ones.
    """

    def __init__(self, feature: Mapping[str, Any], of: str, at: int) -> None:
        self.name = str(feature["name"])
        self.of = of
        self._kind = feature["kind"]
        self._at = at
        shares = [float(share) for share in feature["shares"]]
        if self._kind == CATEGORY:
            self._places = {key: place for place, key in enumerate(feature["values"])}
            shares.append(float(feature["other"]))
            self._expected_other = shares[-1]
        else:
            self._edges = [float(edge) for edge in feature["edges"]]
            self._least, self._most = float(feature["min"]), float(feature["max"])
            self._expected_other = 0.0
        least = [max(share, _LEAST_SHARE) for share in shares]
        self._shares = [share / sum(least) for share in least]
        self._bins = len(shares)
        self.size = 2 * (self._bins + _EXTRA)

    def count(self, values: Sequence[Any], row: memoryview[float], fading: float) -> None:
        """Add values to a row's numbers; those of the recent ones become less by ``fading`` before."""
        new = self.counted(values)
        at, recent = self._at, self._at + len(new)
        for place, count in enumerate(new):
            row[recent + place] = row[recent + place] * fading + count
            if count:
                row[at + place] += count

    def counted(self, values: Sequence[Any]) -> list[float]:
        """Return how many of the values are in each bin, are missing, and are outside of what training had."""
        if self._kind == CATEGORY:
            return self._categories(values)
        new = self._many(values) if len(values) >= _MANY and self._kind == NUMBER else None
        return new or self._few(values)

    def _few(self, values: Sequence[Any]) -> list[float]:
        new = [0.0] * (self._bins + _EXTRA)
        edges, least, most, is_text = self._edges, self._least, self._most, self._kind == TEXT
        for value in values:
            number = (None if value is None else len(str(value))) if is_text else as_number(value)
            if number is None or math.isnan(number):
                new[self._bins] += 1
                continue
            new[bisect_right(edges, number)] += 1
            if not least <= number <= most:
                new[self._bins + 1] += 1
        return new

    def _many(self, values: Sequence[Any]) -> list[float] | None:
        numpy = sys.modules.get("numpy")
        if numpy is None:
            return None
        try:
            numbers = numpy.array(values, dtype="float64")
        except (TypeError, ValueError, OverflowError):
            return None
        there = numbers[~numpy.isnan(numbers)]
        found = numpy.bincount(numpy.searchsorted(self._edges, there, side="right"), minlength=self._bins)
        outside = int(((there < self._least) | (there > self._most)).sum())
        return [*map(float, found.tolist()), float(len(numbers) - len(there)), float(outside)]

    def _categories(self, values: Sequence[Any]) -> list[float]:
        new = [0.0] * (self._bins + _EXTRA)
        other = self._bins - 1
        places = self._places
        for value in values:
            if value is None or (type(value) is float and math.isnan(value)):
                new[self._bins] += 1
                continue
            place = places.get(value if type(value) is str else category(value), other)
            new[place] += 1
            if place == other:
                new[self._bins + 1] += 1
        return new

    def report(self, totals: Sequence[float]) -> tuple[Report, Report]:
        """Return what a row's numbers, those of several added up, say of all values and of the recent ones."""
        half = self.size // 2
        found = totals[self._at : self._at + self.size]
        return self._report(found[:half], "all"), self._report(found[half:], "recent")

    def _report(self, found: Sequence[float], window: str) -> Report:
        bins, (missing, unseen) = found[: self._bins], found[self._bins :]
        present = sum(bins)
        rows = present + missing
        strange = max(0.0, unseen / present - self._expected_other) if present else 0.0
        return Report(self.name, self.of, window, rows, self.psi(bins), missing / rows if rows else 0.0, strange)

    def psi(self, bins: Sequence[float]) -> float | None:
        """Return the population stability index of counts against the training data; ``None`` without any.

        Counts are as if the training data had been seen once for each bin before: few rows say little.
        """
        present = sum(bins)
        if not present:
            return None
        index = 0.0
        for count, expected in zip(bins, self._shares):
            actual = (count + self._bins * expected) / (present + self._bins)
            index += (actual - expected) * math.log(actual / expected)
        return max(0.0, index)


@dataclasses.dataclass(frozen=True)
class Report:
    """What is told of a feature in a window: ``all`` rows, or the ``recent`` ones; ``of`` is input or prediction."""

    name: str
    of: str
    window: str
    rows: float
    psi: float | None
    missing: float
    unseen: float


def as_number(value: Any) -> float | None:
    """Return a value as a number, ``None`` for what is none."""
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return None


def category(value: Any) -> str:
    """Return the name of a category: 3 and 3.0 are one."""
    if isinstance(value, str):
        return str(value)
    number = as_number(value)
    if number is None or str(value) in {"True", "False"}:
        return str(value)
    return f"{number:.6g}"
