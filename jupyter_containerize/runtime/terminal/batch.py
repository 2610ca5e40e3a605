"""``batch``: every row of a file with what is predicted for it, in the order of the file."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from .answers import Answers, Outcome
from .errors import Misfit, RowFailed, Unreadable, Unwritable
from .opened import endpoint_of, open_app, traced
from .progress import Progress
from .quiet import own_output
from .rows import files
from .rows.named import ERROR, PREDICTION, columns_of, free_name, of_answer
from .rows.values import Row, Source, Table, Target

# Tables without any answer that are kept until one says which columns there are.
_MOST_HELD = 10
_MOST_TOLD = 20


@dataclasses.dataclass(frozen=True)
class Options:
    """What was asked for. ``to`` is the target's format, ``errors`` one of ``fail``, ``skip`` and ``mark``."""

    source: str
    target: str
    format: str
    to: str
    endpoint: str | None
    errors: str
    columns: tuple[str, ...]
    delimiter: str
    has_header: bool
    chunk: int

    @classmethod
    def of(cls, given: argparse.Namespace) -> Options:
        """Return the options as they were written; formats that nothing tells are empty."""
        form = given.format or files.format_of(given.source)
        to = given.to or files.format_of(given.target) or form
        return cls(
            source=given.source,
            target=given.target,
            format=form,
            to=to,
            endpoint=given.endpoint,
            errors=given.errors,
            columns=tuple(name.strip() for name in (given.columns or "").split(",") if name.strip()),
            delimiter="\t" if given.delimiter == "\\t" else given.delimiter,
            has_header=not given.no_header,
            chunk=given.chunk,
        )


def run_batch(app: Path, options: Options) -> int:
    """Answer the rows and return 0.

    Raises:
        Misfit: the options or the source do not do.
        Failed: the model or the target do not do; nothing was written.
    """
    if not options.format or not options.to:
        raise Misfit("which format? say --format csv, jsonl or parquet")
    if len(options.delimiter) != 1:
        raise Misfit("--delimiter takes one character")
    app = app.resolve()
    try:
        with own_output() as output:
            _run(app, options, output)
    except RowFailed as error:
        if error.__cause__ is not None:
            sys.stderr.write(f"{traced(error.__cause__, app)}\n")
        raise
    except Unreadable as error:
        raise Unreadable(f"{options.source}: {error}") from error
    except OSError as error:
        raise Unwritable(f"{error.filename or options.target}: {error.strerror}") from error
    return 0


def _run(app: Path, options: Options, output: BinaryIO) -> None:
    with contextlib.ExitStack() as stack:
        # Before the model, which may take a while to load.
        seeks = options.format == "parquet"
        content, done = stack.enter_context(files.reading(options.source, seeks=seeks))
        answers = Answers(endpoint_of(open_app(app), options.endpoint), options.columns)
        stack.callback(answers.close)
        source = _source(content, done, answers, options)
        if source.columns:
            answers.check(source.columns)
        written = stack.enter_context(files.writing(options.target, output))
        target = _target(written, source, options)
        # Also if something is raised: what is half-written is closed before it is removed.
        stack.callback(target.close)
        _Batch(source, target, answers, options).run()


def _source(content: BinaryIO, done: Any, answers: Answers, options: Options) -> Source:
    # Each format needs its own, and pyarrow takes long to import.
    if options.format == "csv":
        from .rows.delimited import CsvSource  # noqa: PLC0415

        return CsvSource(content, answers.kind, done, options.delimiter, has_header=options.has_header)
    if options.format == "jsonl":
        from .rows.lines import LinesSource  # noqa: PLC0415

        return LinesSource(content, done)
    from .rows.parquet import ParquetSource  # noqa: PLC0415

    return ParquetSource(content)


def _target(content: BinaryIO, source: Source, options: Options) -> Target:
    if options.to == "csv":
        from .rows.delimited import CsvTarget  # noqa: PLC0415

        return CsvTarget(content, source.columns, options.delimiter, has_header=options.has_header)
    if options.to == "jsonl":
        from .rows.lines import LinesTarget  # noqa: PLC0415

        return LinesTarget(content)
    from .rows.parquet import ParquetTarget  # noqa: PLC0415

    return ParquetTarget(content)


class _Batch:
    """From the first row to the last."""

    def __init__(self, source: Source, target: Target, answers: Answers, options: Options) -> None:
        self._source, self._target, self._answers = source, target, answers
        self._options = options
        self._flat = options.to != "jsonl"
        self._columns: list[str] = []
        self._rows = self._failed = 0
        self._progress = Progress()

    def run(self) -> None:
        """Read, ask and write.

        Raises:
            RowFailed: a row could not be answered, and ``errors`` is ``fail``.
            Unreadable, Unwritable: as the source and the target say.
        """
        held: list[tuple[Table, list[Outcome]]] = []
        for table in self._source.tables(self._options.chunk):
            outcomes = self._outcomes(table)
            held.append((table, outcomes))
            if self._columns or any(item.outputs for item in outcomes) or len(held) >= _MOST_HELD:
                self._write_all(held)
                held = []
            self._progress.tell(self._rows, self._source.done())
        if held or not self._columns:
            # Also for no row at all: a file has its columns.
            self._write_all(held or [(Table(()), [])])
        self._target.close()
        left = {"skip": "left out", "mark": "marked"}.get(self._options.errors, "")
        failed = f", {self._failed} of them {left}" if self._failed else ""
        self._progress.end(f"{self._rows} rows in {self._progress.seconds:.1f} s{failed}")

    def _outcomes(self, table: Table) -> list[Outcome]:
        fails = self._options.errors == "fail"
        outcomes = self._answers.of(table.rows, until_error=fails)
        for row, outcome in zip(table.rows, outcomes):
            if outcome.outputs is None:
                self._note(row, outcome)
        self._rows += len(table.rows)
        return outcomes

    def _note(self, row: Row, outcome: Outcome) -> None:
        if self._options.errors == "fail":
            raise RowFailed(f"row {row.number}: {outcome.error}") from outcome.cause
        self._failed += 1
        if self._failed <= _MOST_TOLD:
            more = " (more such rows are not told)" if self._failed == _MOST_TOLD else ""
            sys.stderr.write(f"row {row.number}: {outcome.error}{more}\n")

    def _write_all(self, held: Sequence[tuple[Table, list[Outcome]]]) -> None:
        told = [(table, outcomes, [*self._values(outcomes)]) for table, outcomes in held]
        if not self._columns:
            answers = [answer for _, _, values in told for answer in values]
            self._columns = columns_of(answers) or [PREDICTION]
        for table, outcomes, values in told:
            self._write(table, outcomes, values)

    def _values(self, outcomes: Sequence[Outcome]) -> Iterator[dict[str, Any] | None]:
        for outcome in outcomes:
            yield None if outcome.outputs is None else of_answer(outcome.outputs, flat=self._flat)

    def _write(self, table: Table, outcomes: Sequence[Outcome], values: Sequence[dict[str, Any] | None]) -> None:
        marks = self._options.errors == "mark"
        kept = [place for place, value in enumerate(values) if value is not None or marks]
        taken = {*self._source.columns, *_names(table)}
        more: dict[str, list[Any]] = {}
        for column in self._columns:
            more[free_name(column, taken)] = [(values[place] or {}).get(column) for place in kept]
        if marks:
            more[free_name(ERROR, taken)] = [outcomes[place].error or None for place in kept]
        unknown = {*columns_of(values)} - {*self._columns}
        if unknown and self._flat:
            number = next(row.number for row, value in zip(table.rows, values) if value and unknown & {*value})
            raise Unwritable(f"row {number}: its answer has {', '.join(sorted(unknown))}, which those before have not")
        self._target.write(table, kept, more)


def _names(table: Table) -> set[str]:
    """Return the members of rows in a format without columns."""
    return {name for row in table.rows if not row.texts and isinstance(row.value, dict) for name in row.value}
