"""Amazon SageMaker AI: ``POST /invocations``, which it shares with MLflow. ``GET /ping`` is the application's.

Source: Amazon SageMaker AI, "Custom Inference Code with Hosting Services".
"""

from __future__ import annotations

from collections.abc import Iterator

from ..calling import Work
from ..codecs.asking import with_headers
from ..http.messages import Request
from ..http.table import Route
from ..loading import Served
from ..settings import Settings
from .mlflow import Scoring

# What the platform hands over for the caller, and gives the caller back from our answer. Never in a log: whatever the
# caller wants may be in it.
_ECHOED = (b"x-amzn-sagemaker-custom-attributes", b"x-amzn-sagemaker-inference-id")
# > The custom attributes can be up to 1024 visible US-ASCII characters
_LONGEST = 1024


def routes(served: Served, settings: Settings) -> Iterator[Route]:
    """Yield the route."""
    scoring = Scoring(served, settings)

    def invoke(request: Request) -> Work:
        return with_headers(scoring(request), echoed(request))

    yield Route("POST", "/invocations", invoke)


def echoed(request: Request) -> dict[str, str]:
    """Return the headers of a request that go back with its answer."""
    found = {}
    for name in _ECHOED:
        value = request.header(name)
        if value and value.isascii() and value.isprintable() and len(value) <= _LONGEST:
            found[name.decode()] = value
    return found
