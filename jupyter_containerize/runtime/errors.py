"""The runtime's own errors. The builder's tree is not here: this package stands alone in the image.

    BadSetting      an environment variable that cannot be read; the process ends with 2
    LoadFailed      the served function could not be loaded; the process ends with 1
    NotJson         a body that is not JSON; 400
    TargetMissing   what should serve is not bound by the code
    TargetUnusable  it is bound, and no function can be made of it
    BadParameter    a job was started with a parameter that it does not take; the process ends with 2
    Refused         any answer that is not the function's; its HTTP status
    CallFailed      the function raised, or gave what has no JSON; 500
    RowsNotTaken    a fitted model raised for rows of the kind that it takes; 422
(and ``binding.BodyRejected``: 422, ``encoding.NotEncodable``: 500)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .problems import Problem


class BadSetting(Exception):
    """An environment variable with a value that is not ``expected``."""

    def __init__(self, name: str, value: str, expected: str) -> None:
        super().__init__(name, value, expected)
        self.name = name
        self.value = value
        self.expected = expected


class LoadFailed(Exception):
    """The application folder does not give a function. ``part`` is a file or an object in it."""

    def __init__(self, part: str, reason: str) -> None:
        super().__init__(part, reason)
        self.part = part
        self.reason = reason


class TargetMissing(LookupError):
    """Nothing is bound under the symbol; ``missing`` is the part of it that is not there (``model.predict``)."""

    def __init__(self, symbol: str, missing: str) -> None:
        super().__init__(symbol, missing)
        self.symbol = symbol
        self.missing = missing

    def __str__(self) -> str:
        return f"has no {self.missing}"


class TargetUnusable(TypeError):
    """What is bound under the symbol cannot serve. ``type_name`` is its dotted type, ``reason`` says why in words."""

    def __init__(self, symbol: str, type_name: str, reason: str) -> None:
        super().__init__(symbol, type_name, reason)
        self.symbol = symbol
        self.type_name = type_name
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.symbol} ({self.type_name}) cannot serve: {self.reason}"


class BadParameter(Exception):
    """A job's parameter that cannot be read, or that it does not have. ``expected`` says what would do."""

    def __init__(self, given: str, expected: str) -> None:
        super().__init__(given, expected)
        self.given = given
        self.expected = expected


class NotJson(ValueError):
    """A body that is not one JSON value as RFC 8259 has it, or that is beyond our limits."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Refused(Exception):
    """An HTTP answer that says why there is no other. ``headers`` are in lower case."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        problems: Sequence[Problem] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, detail)
        self.status = status
        self.detail = detail
        self.problems = tuple(problems)
        self.headers = dict(headers or {})


class RowsNotTaken(ValueError):
    """A fitted model without code of the user's around it raised for what it was asked; the cause is chained.

    ``name`` is the parameter of the function that was made for the model, ``rows`` what it was given.
    """

    def __init__(self, cause: BaseException, name: str = "", rows: object = None) -> None:
        super().__init__(f"{type(cause).__name__}: {cause}")
        self.name = name
        self.rows = rows


class CallFailed(Exception):
    """The served function raised, or gave what JSON cannot say; the cause is chained.

    ``detail`` is what the caller may know. An error's own words are not: they can hold anything. ``work`` is what was
    asked (``calling.Work``), where the error may be for that.
    """

    def __init__(self, detail: str = "the function raised an error; the log has it under this request_id") -> None:
        super().__init__(detail)
        self.detail = detail
        self.work: Any = None
