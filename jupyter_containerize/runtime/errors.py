"""The runtime's own errors. The builder's tree is not here: this package stands alone in the image.

    BadSetting      an environment variable that cannot be read; the process ends with 2
    LoadFailed      the served function could not be loaded; the process ends with 1
    NotJson         a body that is not JSON; 400
    Refused         any answer that is not the function's; its HTTP status
(and ``binding.BodyRejected``: 422, ``encoding.NotEncodable``: 500)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

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
