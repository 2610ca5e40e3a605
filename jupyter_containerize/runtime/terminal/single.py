"""``predict``: one request as JSON, answered in this process."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from .. import body
from ..asked import Asked, cell_request
from ..binding import BodyRejected, call, read_body
from ..encoding import NotEncodable, to_json
from ..errors import NotJson, RowsNotTaken
from ..routes import CELL, Endpoint
from ..selftest import is_unfinished, waited
from .errors import Failed, Misfit, Unreadable
from .opened import endpoint_of, in_words, open_app, traced
from .quiet import own_output


def run_predict(app: Path, source: str, name: str | None) -> int:
    """Write the answer's JSON to standard output and return 0.

    Raises:
        Misfit: the request is none, or does not fit; or there is no such endpoint.
        Failed: the function raised, or there is no function.
    """
    app = app.resolve()
    try:
        content = sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
    except OSError as error:
        raise Unreadable(f"{source}: {error.strerror}") from error
    with own_output() as output:
        endpoint = endpoint_of(open_app(app), name)
        arguments = _arguments(endpoint, content)
        try:
            result = call(endpoint.function, endpoint.signature, arguments)
            answer = _written(endpoint, waited(result) if is_unfinished(result) else result)
        except NotEncodable as error:
            raise Failed(f"the answer has no JSON: {error}") from error
        except KeyboardInterrupt:
            raise
        except RowsNotTaken as error:
            raise Misfit(f"the model does not take these rows: {error}") from None
        except BaseException as error:  # also SystemExit: the function's, and no wish of ours
            raise Failed(traced(error, app)) from error
        output.write(answer + b"\n")
    return 0


def _arguments(endpoint: Endpoint, content: bytes) -> dict[str, Any]:
    try:
        if endpoint.kind != CELL:
            return read_body(endpoint.signature, body.parse(content))
        first = endpoint.signature.members[:1]
        return {first[0].name if first else "REQUEST": cell_request(Asked(content))}
    except NotJson as error:
        raise Misfit(f"the input is not JSON: {error.reason}") from None
    except BodyRejected as error:
        raise Misfit("\n".join(map(in_words, error.problems))) from None


def _written(endpoint: Endpoint, result: Any) -> bytes:
    if endpoint.kind == CELL and isinstance(result, str):
        return result.encode(errors="replace")
    return body.write(to_json(result))
