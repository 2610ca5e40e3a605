"""What is wrong with the files that a notebook reads."""

from __future__ import annotations

from collections.abc import Iterable

from jupyter_containerize.analysis.file_uses.codes import FILE_BIG, FILE_MISSING, FILE_ON_ONE_MACHINE
from jupyter_containerize.analysis.file_uses.record import Record
from jupyter_containerize.domain.notebook import FileAccess, FileUse, Finding, Severity

BIG_BYTES = 500_000_000
_BYTES_PER_GB = 1_000_000_000

# Paths that name one machine, and whose.
_MACHINES = (
    ("/content/drive", "Google Drive in Colab"),
    ("/content", "Colab's machine"),
    ("/kaggle", "Kaggle's machine"),
    ("dbfs:", "Databricks' file system"),
    ("/dbfs", "Databricks' file system"),
    ("~", "the home folder of whoever runs the notebook"),
)

# There on every machine; what is in it may have been put there.
_TEMPORARY = ("/tmp/", "/var/tmp/")  # noqa: S108


def findings_about(record: Record) -> tuple[Finding, ...]:
    """Return one finding for each thing that is wrong with a file that is read, sorted by location."""
    return tuple(_findings(record.sorted_uses(), record))


def _findings(uses: Iterable[FileUse], record: Record) -> Iterable[Finding]:
    told: set[tuple[str, str]] = set()
    for use in uses:
        if use.access is not FileAccess.READ or use.written_first:
            continue
        finding = _finding(use, excused=record.is_excused(use))
        if finding is not None and (finding.code, use.text) not in told:
            told.add((finding.code, use.text))
            yield finding


def _finding(use: FileUse, *, excused: bool) -> Finding | None:
    if not use.portable and not (excused and use.text.startswith(_TEMPORARY)):
        return Finding(
            code=FILE_ON_ONE_MACHINE,
            message=f"The notebook reads {use.text}, which is on {_machine(use.text)}",
            severity=Severity.WARNING,
            location=use.location,
            hint="Put the file beside the notebook and name it by a relative path.",
        )
    if use.exists is False and not excused:
        return Finding(
            code=FILE_MISSING,
            message=f"The notebook reads {use.text}, which is not there, and nothing in it writes that file",
            severity=Severity.WARNING,
            location=use.location,
            hint="Put the file where the notebook looks for it.",
        )
    if use.size_bytes is not None and use.size_bytes > BIG_BYTES:
        return Finding(
            code=FILE_BIG,
            message=f"{use.text} has {use.size_bytes / _BYTES_PER_GB:.1f} GB and makes the image as much bigger",
            severity=Severity.WARNING,
            location=use.location,
            hint="If serving does not need the file, read it outside of the serving function.",
        )
    return None


def _machine(text: str) -> str:
    for prefix, whose in _MACHINES:
        if text.startswith(prefix):
            return whose
    return "one machine only"
