"""MLflow's scoring protocol, and what others share with it: rows in several formats in, predictions out.

    dataframe_split, dataframe_records    a frame, as pandas writes it; the same as text/csv and Parquet
    instances, inputs                     rows, and columns or named tensors, as TensorFlow Serving has them
    params                                parameters of the function beside its rows

Sources: MLflow, "Local Inference Spec"; ``mlflow.pyfunc.scoring_server``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .. import body
from ..binding import BodyRejected
from ..calling import Work
from ..codecs.asking import Asking, Written
from ..codecs.kinds import Media, media
from ..codecs.tables import Named
from ..errors import NotJson, Refused
from ..http.messages import Answer, Request
from ..http.table import Route
from ..loading import Served
from ..predict import check_charset, is_json, unfit
from ..problems import MISSING, Problems
from ..routes import CELL
from ..settings import Settings
from .given import Given, columns_at, rows_at, split_at

SPLIT, RECORDS, INSTANCES, INPUTS, PARAMS = "dataframe_split", "dataframe_records", "instances", "inputs", "params"
_FORMATS = (SPLIT, RECORDS, INSTANCES, INPUTS)
# What MLflow before 2.0 said in the content type, ``application/json; format=pandas-split``.
_OLD = {"pandas-split": SPLIT, "pandas-records": RECORDS, "split": SPLIT, "records": RECORDS}


def routes(served: Served, _settings: Settings) -> Iterator[Route]:
    """Yield what MLflow has beside scoring: its version, if the image has it."""
    version = str(served.description.get("versions", {}).get("mlflow", ""))
    yield Route("GET", "/version", lambda _request: Answer(200, version.encode(), "text/plain; charset=utf-8"))


class Scoring:
    """Reads requests for the primary endpoint in any of the formats, and answers with predictions.

    ``options`` is what the protocol calls the member with parameters beside the rows.
    """

    def __init__(self, served: Served, settings: Settings, *, options: str = PARAMS) -> None:
        self._endpoint = served.endpoints[0]
        if self._endpoint.kind == CELL:
            self._asking = None
        else:
            self._asking = Asking(self._endpoint, settings.max_body_bytes)
        self._options = options

    @property
    def asking(self) -> Asking:
        """What reads the bodies.

        Raises:
            Refused: 404, the primary endpoint is a cell, which reads its requests itself.
        """
        if self._asking is None:
            raise Refused(404, f"{self._endpoint.symbol} is a cell, which is asked on {self._endpoint.route} alone")
        return self._asking

    def __call__(self, request: Request) -> Work:
        """Return the calls that a request asks for.

        Raises:
            Refused: 415, 400, 413 and 422 as ``POST /predict`` has them, 404 for a cell.
        """
        asking = self.asking
        written = asking.written(request)
        try:
            given, options = self._read(request)
            if isinstance(given, Named):
                return asking.named(given.values, written)
            calls = asking.interface.calls(given, options)
        except BodyRejected as error:
            raise unfit(self._endpoint, error) from None
        rows = len(given.rows)
        return Work(self._endpoint, calls, lambda results: self.answer(results, rows, written, request))

    def answer(self, results: list[Any], rows: int, written: Written, _request: Request) -> Answer:
        """Return the predictions: in JSON under that name, in any other kind alone."""
        found = self.asking.interface.predictions(results, rows)
        return written({"predictions": found} if written.is_json else found)

    def _read(self, request: Request) -> tuple[Given | Named, dict[str, Any]]:
        given = request.header(b"content-type")
        if not is_json(given):
            return self.asking.read(request), {}
        check_charset(given)
        try:
            # MLflow's own client writes it for missing values.
            value = body.parse(request.body, takes_nan=True)
        except NotJson as error:
            raise Refused(400, f"the body is not JSON: {error.reason}") from None
        return self.of_json(value, media(given))

    def of_json(self, value: Any, given: Media) -> tuple[Given | Named, dict[str, Any]]:
        """Return the rows that a JSON body has, or its values by parameter name; and what it gives beside rows.

        Raises:
            BodyRejected: the rows are not as their format has them.
        """
        old = _OLD.get(given.parameters.get("format", "").lower())
        if old:
            return table_of(old, value, ""), {}
        if isinstance(value, list):
            return rows_at("", value), {}
        if not isinstance(value, dict):
            problems = Problems()
            problems.add((), f"object with one of {', '.join(_FORMATS)}, or with the parameters by name", value)
            raise BodyRejected(tuple(problems.found))
        found = [name for name in _FORMATS if name in value and not self.is_own(name)]
        if len(found) > 1:
            problems = Problems()
            problems.add((), f"one of {', '.join(found)}", value)
            raise BodyRejected(tuple(problems.found))
        if found:
            return table_of(found[0], value[found[0]], found[0]), self.beside(value)
        if value.keys() <= {"columns", "index", "data"} and {"columns", "data"} <= value.keys():
            # Before MLflow 2.0 a frame needed no name.
            return table_of(SPLIT, value, ""), {}
        return Named(value), {}

    def is_own(self, name: str) -> bool:
        """Return whether a name is the function's own, and means no rows to it."""
        interface = self.asking.interface
        return not interface.takes_table and any(item.name == name for item in self._endpoint.signature.members)

    def beside(self, value: Mapping[str, Any]) -> dict[str, Any]:
        """Return those of the parameters beside the rows that the function has; the rest is for other models."""
        given = value.get(self._options)
        return (
            {name: given[name] for name in self.asking.interface.options if name in given}
            if isinstance(given, dict)
            else {}
        )


def table_of(form: str, value: Any, at: str) -> Given:
    """Return the rows of one of the formats; ``at`` is where they stand in the body.

    Raises:
        BodyRejected: they are not as the format has them.
    """
    if form == SPLIT:
        return split_of(value, at)
    if form == INPUTS and isinstance(value, dict):
        is_columns = all(isinstance(column, list) for column in value.values())
        return columns_at(at, value) if is_columns else rows_at(at, [value])
    if form == INPUTS and not isinstance(value, list):
        return rows_at(at, [value])
    return rows_at(at, value)


def split_of(value: Any, at: str) -> Given:
    """Return the rows of a frame in pandas' orientation "split": columns, index and data.

    Raises:
        BodyRejected: it is none.
    """
    if not isinstance(value, dict) or "data" not in value:
        problems = Problems()
        problems.add((at,) if at else (), "object with columns and data", MISSING if value is None else value)
        raise BodyRejected(tuple(problems.found))
    inside = f"{at}.data" if at else "data"
    names, rows = value.get("columns"), value["data"]
    # A frame without names has its columns counted.
    is_counted = isinstance(names, list) and names == list(range(len(names)))
    return rows_at(inside, rows) if names is None or is_counted else split_at(inside, names, rows)
