"""A real docker-registry at the end of a line that breaks: what had come through is not sent again."""

from __future__ import annotations

import random

import pytest

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.oci.canonical import digest_of
from jupyter_containerize.registry import RegistryClient
from jupyter_containerize.transport import Transport
from tests.registry.cutting import cutting_line

pytestmark = pytest.mark.registry

CHUNK = 1 << 20
SIZE = 4 * CHUNK + 17

# After how many bytes the line breaks, each counted from the break before.
IN_CHUNKS: dict[str, tuple[int, ...]] = {
    "in the first chunk": (CHUNK // 2,),
    "in a later chunk": (2 * CHUNK + CHUNK // 2,),
    "in the last": (4 * CHUNK + 2_000,),
    "three times": (CHUNK // 2, CHUNK + CHUNK // 2, CHUNK // 3),
}


def _push(host: str, content: bytes) -> list[int]:
    """Push in chunks; return what was counted, what had to be sent again as negative numbers."""
    counted: list[int] = []
    client = RegistryClient(host, Transport(retries=3, timeout_seconds=10), lambda _host: None)
    client._uploads._chunk_bytes = CHUNK
    digest = digest_of(content)
    client.push_blob("broken/line", digest, content, on_bytes=counted.append, cancel=CancelToken())
    assert client.blob_exists("broken/line", digest)
    return counted


@pytest.mark.parametrize("case", IN_CHUNKS)
def test_push_blob__line_breaks_in_a_chunk__the_blob_is_whole(case: str, open_host: str) -> None:
    """This registry keeps half a chunk and then refuses to say how much it has: the upload is begun anew."""
    content = random.Random(case).randbytes(SIZE)
    with cutting_line(open_host, cuts=IN_CHUNKS[case]) as line:
        counted = _push(line.host, content)
        assert line.done == len(IN_CHUNKS[case])
    assert sum(counted) == SIZE


@pytest.mark.parametrize("patches", [(1,), (3,), (5,), (2, 4)], ids=str)
def test_push_blob__line_breaks_between_chunks__goes_on_where_the_registry_is(
    patches: tuple[int, ...], open_host: str
) -> None:
    """It says what it has, and nothing of that is sent again."""
    content = random.Random(str(patches)).randbytes(SIZE)
    with cutting_line(open_host, patches=patches) as line:
        counted = _push(line.host, content)
        assert line.done == len(patches)
    assert sum(counted) == SIZE
    # What was on its way when the line broke.
    assert -sum(count for count in counted if count < 0) <= len(patches) * CHUNK
