"""Finds kernelspecs where Jupyter does: plain ones by reading them, the others by asking jupyter_client.

jupyter_client takes a seventh of a second to import, and nearly every kernelspec is a plain file.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_core.paths import jupyter_path

from jupyter_containerize.kernels.errors import KernelNotInstalled, KernelUnreadable

# As jupyter_client has it, for no name at all.
DEFAULT_KERNEL = "python3"
_FILE = "kernel.json"
# What a file may say that we understand as jupyter_client does; it is asked about all others.
_PLAIN = frozenset({"argv", "display_name", "language", "env", "interrupt_mode", "metadata", "kernel_protocol_version"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """What a kernel.json says, and the folder that it lies in."""

    argv: tuple[str, ...]
    env: Mapping[str, str]
    language: str
    metadata: Mapping[str, Any]
    resource_dir: str


def find_spec(name: str) -> Spec:
    """Return the kernelspec of that name.

    Raises:
        KernelNotInstalled: no such kernelspec; carries the names that exist.
        KernelUnreadable: it is no JSON, or has keys that no kernelspec has.
    """
    folder = _folder_of(name.lower(), jupyter_path("kernels"))
    plain = None if folder is None else _plain(folder)
    return plain or _asked(name)


def _folder_of(name: str, places: Iterable[str]) -> Path | None:
    # As jupyter_client's KernelSpecManager looks: the first place counts, and the case of letters does not.
    for place in places:
        try:
            found = [Path(place, entry) for entry in os.listdir(place) if entry.lower() == name]  # noqa: PTH208  # names
        except OSError:
            continue
        for folder in found:
            if (folder / _FILE).is_file():
                return folder
    return None


def _plain(folder: Path) -> Spec | None:
    """Return what the file says; ``None`` where only jupyter_client knows what is meant."""
    try:
        said = json.loads((folder / _FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(said, dict) or not said.keys() <= _PLAIN:
        return None
    argv, env, metadata = said.get("argv", []), said.get("env", {}), said.get("metadata", {})
    language = said.get("language", "")
    texts = [*argv, *env.values()] if isinstance(argv, list) and isinstance(env, dict) else [None]
    if not isinstance(metadata, dict) or "kernel_provisioner" in metadata:
        return None
    if not isinstance(language, str) or not all(isinstance(text, str) for text in texts):
        return None
    return Spec(argv=tuple(argv), env=env, language=language, metadata=metadata, resource_dir=str(folder))


def _asked(name: str) -> Spec:
    from jupyter_client.kernelspec import KernelSpec, KernelSpecManager, NoSuchKernel  # noqa: PLC0415  # see above
    from traitlets import TraitError  # noqa: PLC0415  # comes with it

    manager = KernelSpecManager()
    try:
        found = manager.get_kernel_spec(name)
    except NoSuchKernel:
        installed: Mapping[str, str] = manager.find_kernel_specs()
        if name not in installed:
            raise KernelNotInstalled(name, tuple(sorted(installed))) from None
        # Its provisioner is not known here, which is another thing than no kernel.
        found = KernelSpec.from_resource_dir(installed[name])
    except (OSError, ValueError, TypeError, TraitError) as error:
        # kernel.json is not JSON, or has keys that no kernelspec has.
        place = manager.find_kernel_specs().get(name, "")
        raise KernelUnreadable(name, str(Path(place) / _FILE), str(error)) from error
    return Spec(
        argv=tuple(found.argv),
        env=found.env,
        language=found.language,
        metadata=found.metadata,
        resource_dir=found.resource_dir,
    )
