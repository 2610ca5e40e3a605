"""Files of rows in Parquet. They run where pyarrow is: see ``tests/runtime/conftest.py``."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet
from terminal_words import Terminal, write_terminal_app


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of several functions."""
    return write_terminal_app(tmp_path_factory.mktemp("made") / "app")


@pytest.fixture
def say(app: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Says words to it."""
    return Terminal(app, capfd, monkeypatch)


def test_batch__parquet__keeps_the_columns_types(say: Terminal, tmp_path: Path) -> None:
    """Types that JSON does not have come out as they went in."""
    source, target = tmp_path / "in.parquet", tmp_path / "out.parquet"
    when = pa.array([0, 1, 2], pa.timestamp("us"))
    table = pa.table({"x": pa.array([1, 2, 13], "float32"), "when": when})
    parquet.write_table(table, source)
    said = say("batch", str(source), str(target), "--errors", "mark", "--chunk", "2")
    assert said.code == 0, said.err
    found = parquet.read_table(target)
    assert found.select(["x", "when"]) == table
    assert found["prediction"].to_pylist() == [2.0, 4.0, None]
    assert found["error"].to_pylist() == [None, None, "ValueError: unlucky"]
    as_lines = say("batch", str(source), "-", "--to", "jsonl", "--errors", "skip")
    assert [json.loads(line)["prediction"] for line in as_lines.out.splitlines()] == [2.0, 4.0]
    from_stream = say(
        "batch", "-", "-", "--format", "parquet", "--to", "csv", "--errors", "skip", given=source.read_bytes()
    )
    assert from_stream.out.splitlines()[0] == "x,when,prediction"
    assert say("batch", "-", "-", "--format", "parquet", given=b"no parquet").code == 2


def test_batch__to_parquet__types_are_those_of_the_first_rows(say: Terminal, tmp_path: Path) -> None:
    """What does not fit them later is said with its row."""
    source, target = tmp_path / "in.jsonl", tmp_path / "out.parquet"
    source.write_text('{"x": 1, "k": 1}\n{"x": 2, "k": 2}\n')
    assert say("batch", str(source), str(target), "--chunk", "1").code == 0
    assert parquet.read_table(target).to_pylist() == [
        {"x": 1, "k": 1, "prediction": 2.0},
        {"x": 2, "k": 2, "prediction": 4.0},
    ]
    source.write_text('{"x": 1, "k": 1}\n{"x": 2, "k": "b"}\n')
    said = say("batch", str(source), str(target), "--chunk", "1")
    assert said.code == 1
    assert "from row 2 on" in said.err
