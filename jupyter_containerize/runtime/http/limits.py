"""What clients may take: each of them, and all together."""

from __future__ import annotations

import dataclasses

from ..errors import Refused


class Held:
    """What the larger bodies of all clients take at the moment, from their first byte until they are answered."""

    def __init__(self, most_bytes: int = 2**62) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0

    def take(self, count: int) -> None:
        """Count bytes more, which are to be given back in any case.

        Raises:
            Refused: 503, it is too much.
        """
        self._bytes += count
        if self._bytes > self._most_bytes:
            raise Refused(503, "the requests of all clients together are too large", headers={"retry-after": "1"})

    def give_back(self, count: int) -> None:
        """Count bytes less."""
        self._bytes -= count


@dataclasses.dataclass(frozen=True)
class Limits:
    """What one client may take. A head and its body have ``receive_seconds`` together, an answer has them again."""

    body_bytes: int
    receive_seconds: float
    # Above the minute after which load balancers drop an idle connection: who closes first must not be us.
    idle_seconds: float = 75.0
    # How many clients there may be at a time; those beyond are told to come again, and may ask for our health.
    connections: int = 2**31
    # Of all clients together.
    held: Held = dataclasses.field(default_factory=Held)
