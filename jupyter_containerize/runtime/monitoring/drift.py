"""How far requests and answers are from what the model was trained on.

``baseline.json`` says how the training data lie. What requests bring is counted into the same bins, after they were
answered; all workers together are compared.
"""

from __future__ import annotations

import json
import logging
from collections import deque
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..routes import Endpoint
from .counts import DRIFT_SLOTS, Counts
from .inputs import Columns, Inputs, outputs, total
from .sketches import Report, Sketch

logger = logging.getLogger(__name__)

# A row counts for less with each row that comes after it: as if there were so many of them.
RECENT_ROWS = 10_000
_FADING = 1 - 1 / RECENT_ROWS
# The first numbers: calls that were counted, all calls.
_COUNTED, _CALLS = 0, 1
_HEAD = 2


class Drift:
    """Counts calls of one endpoint."""

    def __init__(self, baseline: Mapping[str, Any], endpoint: Endpoint, counts: Counts) -> None:
        features = baseline["features"]
        self._inputs = Inputs(
            [feature["name"] for feature in features], [member.name for member in endpoint.signature.members]
        )
        self._counts = counts
        self.model = str(baseline.get("model", ""))
        self.data = str(baseline.get("data", ""))
        self.rows = float(baseline["rows"])
        self._calls = 0
        at = counts.drift + _HEAD
        # None for a feature that is there and not counted.
        self._sketches: list[Sketch | None] = []
        for feature, name in zip(features, self._inputs.labels()):
            sketch = Sketch({**feature, "name": name}, "input", at) if feature["kind"] else None
            self._sketches.append(sketch)
            at += sketch.size if sketch is not None else 0
        self._predictions: dict[str, Sketch] = {}
        for feature in baseline.get("prediction", ()):
            self._predictions[feature["name"]] = Sketch(feature, "prediction", at)
            at += self._predictions[feature["name"]].size
        if at > counts.drift + DRIFT_SLOTS:
            raise ValueError("there is more than can be counted")
        self._end = at

    def count(self, seen: deque[tuple[Any, Any]], calls: int) -> None:
        """Count what was seen, and forget it; ``calls`` is how many there were, those included that nobody took."""
        row = self._counts.shared.row
        row[self._counts.drift + _CALLS] += calls - self._calls
        self._calls = calls
        columns: Columns = [[] for _ in self._sketches]
        answers: dict[str, list[Any]] = {}
        counted = 0
        while seen:
            arguments, results = seen.popleft()
            counted += 1
            try:
                for call in arguments:
                    self._inputs.add(call, columns)
                for result in results if self._predictions else ():
                    for name, values in outputs(result).items():
                        answers.setdefault(name, []).extend(values)
            except Exception as error:  # values of any kind; a request must not fail for what we count
                logger.debug("a call cannot be counted: %s", error)
        row[self._counts.drift + _COUNTED] += counted
        fading = _FADING ** total(columns)
        for sketch, values in zip(self._sketches, columns):
            if sketch is not None:
                sketch.count(values, row, fading)
        for name, sketch in self._predictions.items():
            values = answers.get(name, [])
            sketch.count(values, row, _FADING ** len(values))

    def reports(self) -> Iterator[Report]:
        """Yield what is known of each feature, in two windows."""
        start = self._counts.drift
        totals = [0.0] * start + self._counts.shared.totals(start, self._end - start)
        for sketch in (*self._sketches, *self._predictions.values()):
            if sketch is not None:
                yield from sketch.report(totals)

    @property
    def counted(self) -> float:
        """How many calls were counted."""
        return self._counts.shared.totals(self._counts.drift + _COUNTED, 1)[0]

    @property
    def left_out(self) -> float:
        """How many calls were not counted, because there were too many."""
        return max(0.0, self._counts.shared.totals(self._counts.drift + _CALLS, 1)[0] - self.counted)


def read_drift(app: Path, endpoint: Endpoint, counts: Counts) -> Drift | None:
    """Return what counts an endpoint's calls; ``None``, with a line in the log, if the baseline is of no use."""
    try:
        return Drift(json.loads((app / "baseline.json").read_bytes()), endpoint, counts)
    except (OSError, ValueError, KeyError, TypeError) as error:
        logger.warning("drift is not counted", extra={"fields": {"reason": repr(error)}})
        return None
