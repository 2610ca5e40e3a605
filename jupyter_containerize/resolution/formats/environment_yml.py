"""Writes a preview as conda's environment.yml."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

from jupyter_containerize.domain.serving import Dependency
from jupyter_containerize.resolution.formats.wording import (
    one_line,
    python_minor,
    python_specifier,
    reason_of,
    requirement_of,
    versions_of,
)

_WORDS = {"true", "false", "yes", "no", "on", "off", "null", "y", "n"}
# What YAML takes for a text as it stands.
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9._\[\],<>=!~+*-]*")


def environment(
    rows: Sequence[Dependency],
    *,
    python: str,
    name: str,
    conda_only: Sequence[str] = (),
    system_packages: Sequence[str] = (),
) -> str:
    """Return the text of an environment.yml; rows keep their order.

    Everything is under ``pip``, in the versions that the preview names: the same version may not be on a channel,
    or not under that name.

    Args:
        rows: Of the preview.
        python: Its version or a specifier; may be empty.
        name: Of the environment.
        conda_only: The rows' distributions that no package index has; conda installs those.
        system_packages: Debian's names; conda cannot install them, so they are a comment.
    """
    lines = _lines(rows, python, name, frozenset(conda_only), system_packages)
    return "".join(f"{line}\n" for line in lines)


def _lines(
    rows: Sequence[Dependency], python: str, name: str, conda_only: frozenset[str], system_packages: Sequence[str]
) -> Iterator[str]:
    if system_packages:
        yield f"# Debian packages that it needs beside: {one_line(' '.join(system_packages))}"
    yield f"name: {_text(name)}"
    yield "channels:"
    yield "  - conda-forge"
    yield "dependencies:"
    minor = python_minor(python)
    yield f"  - {_text(f'python={minor}' if minor else f'python{python_specifier(python)}')}"
    yield "  - pip"
    for row in rows:
        if row.distribution in conda_only:
            yield _item(4, f"{row.distribution}{versions_of(row)}", reason_of(row))
    rest = [row for row in rows if row.distribution not in conda_only]
    if rest:
        yield "  - pip:"
    for row in rest:
        text = requirement_of(row)
        if text is None:
            yield f"      # {row.distribution or 'one more'}: installed from {one_line(row.url)}"
        else:
            yield _item(8, text, reason_of(row))


def _item(width: int, text: str, reason: str) -> str:
    start = " " * (width - 2) + "- " + _text(text)
    return f"{start}  # {reason}" if reason else start


def _text(text: str) -> str:
    # A JSON string is a YAML string.
    return text if _PLAIN.fullmatch(text) and text.lower() not in _WORDS else json.dumps(text)
