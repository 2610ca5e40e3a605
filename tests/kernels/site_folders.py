"""Folders with distributions in them, made by hand."""

from __future__ import annotations

from pathlib import Path


def install_distribution(folder: Path, name: str, *files: str, headers: str = "", **metadata: str) -> Path:
    """Put empty files and their metadata into a folder, as an installer would; return the ``.dist-info``.

    Args:
        folder: the ``site-packages``.
        name: of the distribution; its version is 1.0.
        files: paths that RECORD lists, without sizes; no RECORD if there are none.
        headers: more lines for METADATA.
        metadata: other files beside METADATA: ``INSTALLER="pip"``, ``direct_url_json="{}"``.
    """
    info = folder / f"{name.replace('-', '_')}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{headers}")
    for path in files:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).touch()
    if files:
        (info / "RECORD").write_text("".join(f"{path},,\n" for path in files))
    for key, text in metadata.items():
        (info / key.replace("_json", ".json").replace("_txt", ".txt")).write_text(text)
    return info
