"""``/layers/config/metadata.toml``: what the launcher can start.

Only strings, lists of strings and booleans, each on a line of its own and each a JSON value as well: our launcher
reads it line by line, because Python has no TOML reader before 3.11. The lifecycle's own launcher reads it as TOML.
Source: Buildpacks platform specification, "metadata.toml".
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from jupyter_containerize.cnb.values import BUILDPACK_API, Process


def process_table(processes: Sequence[Process], *, buildpack: str, version: str) -> bytes:
    """Return the file; the first process is the default."""
    head: dict[str, object] = {"buildpack-default-process-type": processes[0].type}
    made_by: dict[str, object] = {"id": buildpack, "version": version, "api": BUILDPACK_API}
    sections = [_lines(head), "", "[[buildpacks]]", _lines(made_by)]
    for process in sorted(processes, key=lambda process: process.type):
        fields: dict[str, object] = {
            "type": process.type,
            "command": list(process.command),
            "args": list(process.args),
            "direct": True,
            "buildpack-id": buildpack,
        }
        sections += ["", "[[processes]]", _lines(fields)]
    return ("\n".join(sections) + "\n").encode()


def _lines(fields: dict[str, object]) -> str:
    return "\n".join(f"{name} = {_value(value)}" for name, value in fields.items())


def _value(value: object) -> str:
    # A JSON string is a basic string of TOML, but for DEL, which TOML wants escaped.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
