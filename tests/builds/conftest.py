"""The bench for the queue's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.builds.build_bench import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """Provide the bench; its queues are closed afterwards."""
    notebook = tmp_path / "work" / "iris.ipynb"
    notebook.parent.mkdir()
    notebook.write_text("{}", encoding="utf-8")
    bench = Bench(tmp_path / "data", notebook)
    yield bench
    for queue in bench.queues:
        queue.close()
