"""Reads a PEP 723 block in a cell. juv and others keep it in a cell of its own."""

from __future__ import annotations

from dataclasses import dataclass

from jupyter_containerize.domain.notebook import Declared, Finding, Location
from jupyter_containerize.domain.script_block import SCRIPT, blocks_in
from jupyter_containerize.resolution.declared.requirement_files import requirement_of, split_stream
from jupyter_containerize.resolution.declared.source import Cursor, Source, Stream
from jupyter_containerize.resolution.declared.toml_files import NotToml, texts, toml_table

RULE = "pep723"


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
    blocks = [block for block in blocks_in(source) if block.kind == SCRIPT]
    if not blocks:
        return ScriptBlock()
    first, content = blocks[0].first, blocks[0].content
    where = Source(
        text=content,
        shown=location.path,
        rule=RULE,
        first_line=first + 1 + (location.line or 1),
        cell=location.cell,
    )
    if len(blocks) > 1:
        # > When there are multiple comment blocks of the same TYPE defined, tools MUST produce an error.
        return ScriptBlock(findings=(where.broken("there are two script blocks", blocks[1].first - first),))
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
