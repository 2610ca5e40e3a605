"""Reads a PEP 723 block in a cell.

Source: PyPA specifications, "Inline script metadata". juv and others keep it in a cell of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from jupyter_containerize.domain.notebook import Declared, Finding, Location
from jupyter_containerize.resolution.declared.requirement_files import requirement_of, split_stream
from jupyter_containerize.resolution.declared.source import Cursor, Source, Stream
from jupyter_containerize.resolution.declared.toml_files import NotToml, texts, toml_table

RULE = "pep723"
_HEADER = re.compile(r"# /// (?P<type>[a-zA-Z0-9-]+)")
_END = "# ///"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptBlock:
    """What a cell's PEP 723 block says. ``requires_python`` is PEP 440, empty if it says nothing."""

    declared: tuple[Declared, ...] = ()
    requires_python: str = ""
    findings: tuple[Finding, ...] = ()


def in_script_block(source: str, location: Location) -> ScriptBlock:
    """Return what the ``script`` block of a code or raw cell declares; an empty one if there is none.

    Args:
        source: The cell's text, as written.
        location: The cell; a line says where in it ``source`` begins.
    """
    blocks = [(line, content) for kind, line, content in _blocks(source) if kind == "script"]
    if not blocks:
        return ScriptBlock()
    line, content = blocks[0]
    where = Source(
        text=content,
        shown=location.path,
        rule=RULE,
        first_line=line + (location.line or 1),
        cell=location.cell,
    )
    if len(blocks) > 1:
        # > When there are multiple comment blocks of the same TYPE defined, tools MUST produce an error.
        return ScriptBlock(findings=(where.broken("there are two script blocks", blocks[1][0] - line),))
    try:
        root = toml_table(content)
    except NotToml as error:
        return ScriptBlock(findings=(where.broken(f"in the script block {error.reason}", error.line),))
    declared, findings = split_stream(where.limited(_requirements(root.get("dependencies"), where)))
    python = root.get("requires-python")
    return ScriptBlock(declared=declared, requires_python=python if isinstance(python, str) else "", findings=findings)


def _requirements(dependencies: object, where: Source) -> Stream:
    cursor = Cursor(where.text)
    for requirement in texts(dependencies):
        yield from requirement_of(requirement, where, cursor.line_of(requirement))


def _blocks(text: str) -> Iterator[tuple[str, int, str]]:
    """Give type, 1-based line of the header, and content without comment signs of each block.

    The last ``# ///`` of an unbroken run of comments ends the block, as the greedy pattern of the
    specification has it; a block without an end is none.
    """
    lines = text.split("\n")
    position = 0
    while position < len(lines):
        header = _HEADER.fullmatch(lines[position])
        if header is None:
            position += 1
            continue
        start = end = position + 1
        closing = None
        while end < len(lines) and (lines[end] == "#" or lines[end].startswith("# ")):
            # One line of content at least: the pattern asks for it.
            closing = end if lines[end] == _END and end > start else closing
            end += 1
        if closing is None:
            # None of the run's lines can end any other block either.
            position = end
            continue
        content = (line[2:] if line.startswith("# ") else line[1:] for line in lines[start:closing])
        yield header["type"], position + 1, "\n".join(content)
        position = closing + 1
