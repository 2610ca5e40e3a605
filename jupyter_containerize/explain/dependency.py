"""Why a notebook needs one distribution, as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.utils import canonicalize_name

from jupyter_containerize.analysis import holds_secret
from jupyter_containerize.domain.environment import Edited, Evidence
from jupyter_containerize.domain.notebook import Notebook
from jupyter_containerize.domain.serving import Dependency
from jupyter_containerize.domain.size import size_text
from jupyter_containerize.lifecycle import Preview
from jupyter_containerize.lifecycle.errors import NotNeeded

_KINDS = {
    "direct": "imported",
    "hidden": "needed, though nothing imports it",
    "local": "imported by modules beside the notebook",
    "declared": "only asked for by an installation command",
}
_EDITED = {
    Edited.ADDED: "added by the notebook's metadata",
    Edited.EXCLUDED: "excluded by the notebook's metadata, so the image lacks it",
}
_PROOFS = {
    "kernel": "the kernel has it installed",
    "list": "by our list; no wheel was read",
    "declared": "by your own installation command",
}


def explain_dependency(found: Preview, notebook: Notebook, name: str) -> str:
    """Return who asks for a distribution, with the lines of code, and what is known of it.

    A line that holds a secret is not repeated.

    Args:
        found: The preview of the notebook.
        notebook: The notebook, for its lines.
        name: The distribution, a module that is imported of it (all that provide one are told), or a
            system package.

    Raises:
        NotNeeded: nobody asks for it.
    """
    wanted = canonicalize_name(name)
    rows = [row for row in found.dependencies if row.distribution == wanted] or [
        row for row in found.dependencies if name in {*row.import_names, *(item.detail for item in row.evidence)}
    ]
    lines = [line for row in rows for line in _lines(row, notebook)]
    for package in found.system_packages:
        if package.name == name:
            lines.append(f"{package.name}: a system package")
            lines += [line for item in package.evidence for line in _evidence(item, notebook)]
    if not lines:
        raise NotNeeded(found.path, name, tuple(row.distribution for row in found.dependencies))
    return "\n".join(lines)


def _lines(row: Dependency, notebook: Notebook) -> Iterator[str]:
    version = row.version or row.specifier or "any version"
    yield f"{row.distribution} {version} (from {row.source}): {_EDITED.get(row.edited) or _KINDS[row.kind]}"
    if row.import_names:
        yield f"  imported as {', '.join(row.import_names)} ({_PROOFS.get(row.proof, f'read from {row.proof}')})"
    for item in row.evidence:
        yield from _evidence(item, notebook)
    if row.alternatives:
        yield f"  {', '.join(row.alternatives)} would do as well"
    if row.serving is not None:
        yield "  the serving function needs it" if row.serving else "  the serving function does not need it"
    yield from _measures(row)
    yield from _weaknesses(row)


def _measures(row: Dependency) -> Iterator[str]:
    if row.license:
        yield f"  licence {row.license}"
    if row.size_bytes is not None:
        yield f"  {size_text(row.size_bytes)} on the kernel's disk"
    if row.image_bytes is not None:
        yield f"  {size_text(row.image_bytes)} in the image"
    for platform, there in row.wheels:
        yield f"  {'a wheel' if there else 'NO wheel'} for {platform}"


def _weaknesses(row: Dependency) -> Iterator[str]:
    for known in row.vulnerabilities or ():
        known_as = f" ({', '.join(known.aliases)})" if known.aliases else ""
        fixed = f"; fixed in {', '.join(known.fixed_in)}" if known.fixed_in else ""
        yield f"  vulnerability {known.id}{known_as}: {known.summary}{fixed}"
    if row.vulnerabilities == ():
        yield "  no known vulnerability"


def _evidence(item: Evidence, notebook: Notebook) -> Iterator[str]:
    place = "" if item.location is None else f"{item.location}: "
    yield f"  {place}{item.rule}: {item.detail}"
    location = item.location
    if location is None or location.cell is None or location.line is None or location.path != notebook.path:
        return
    lines = notebook.cells[location.cell - 1].source.splitlines()
    if location.line <= len(lines):
        line = lines[location.line - 1].strip()
        shown = "(a line that holds what looks like a secret)" if holds_secret(line) else line
        # What a terminal would obey is not for it.
        yield "      " + "".join(char if char.isprintable() else " " for char in shown)
