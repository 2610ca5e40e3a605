"""Runs uv, the resolver."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.resolution.failures import EvidenceOf, failure
from jupyter_containerize.resolution.index import PackageIndex
from jupyter_containerize.resolution.uv_process import run_uv


def compile_pylock(
    requirements: Iterable[str],
    *,
    constraints: Iterable[str],
    python_minor: str,
    platform: str,
    torch_backend: str,
    index: PackageIndex,
    evidence_of: EvidenceOf,
    cancel: CancelToken,
    excludes: Collection[str] = (),
    offline: bool = False,
) -> str:
    """Return the text of the pylock.toml that uv resolves, wheels only.

    Nothing secret is on the command line, where every user of the machine could read it: indexes
    are in variables.

    ``excludes`` are names that are not installed, whoever asks for them. ``offline``: of what an index says, only what
    uv has kept of it is used, however old.

    Raises:
        Cancelled: the build was asked to stop; uv is ended.
        ResolverMissing: uv cannot be started.
        NoWheel, VersionNotOnIndex, ResolutionConflict, IndexUnreachable, IndexUnreadable, ResolverFailed: it failed.
    """
    with tempfile.TemporaryDirectory(prefix="jupyter-containerize-") as folder:
        pins = Path(folder) / "constraints.txt"
        pins.write_text("".join(f"{line}\n" for line in constraints), encoding="utf-8")
        left_out = Path(folder) / "excludes.txt"
        left_out.write_text("".join(f"{name}\n" for name in excludes), encoding="utf-8")
        options = [
            *("--format", "pylock.toml"),
            *("--python", sys.executable),
            *("--python-version", python_minor),
            *("--python-platform", platform),
            *("--only-binary", ":all:"),
            *("--constraints", str(pins)),
            *(("--excludes", str(left_out)) if excludes else ()),
            *(("--torch-backend", torch_backend) if torch_backend else ()),
            *(("--no-index",) if index.no_index else ()),
            *(("--offline",) if offline else ()),
            *("--no-header", "--no-annotate", "--no-python-downloads"),
            *("--color", "never", "--no-progress", "--quiet"),
        ]
        environ = {**os.environ, **index.variables}
        code, wrote, said = _run(options, requirements, Path(folder), environ, cancel)
    if code != 0:
        raise failure(said, platform=platform, evidence_of=evidence_of)
    return wrote


def _run(
    options: list[str], requirements: Iterable[str], folder: Path, environ: Mapping[str, str], cancel: CancelToken
) -> tuple[int, str, str]:
    given = "".join(f"{line}\n" for line in requirements)
    return run_uv(["pip", "compile", "-", *options], folder=folder, environ=environ, cancel=cancel, given=given)
