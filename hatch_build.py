"""Build the JupyterLab side for a wheel, with Node from the build requirements.

Only the two packages that ``bundler/package.json`` names are installed (a tenth of what developing needs):
TypeScript is transpiled without a type check, which `jlpm lint` does, and everything that the code imports is
in the user's JupyterLab already.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

BUNDLER = "jupyter-containerize-bundler"


class LabextensionBuildHook(BuildHookInterface[Any]):
    """Makes ``jupyter_containerize/labextension`` before the files of a wheel or sdist are collected."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Build the extension, unless we are in an sdist, which holds it, or an editable install has it.

        An extension that lies in a checkout is made anew: it may be a development build.
        """
        root = Path(self.root)
        folder = root / "jupyter_containerize" / "labextension"
        # Installing through the link that develops the extension leaves a copy here, and a wheel takes no file twice.
        (folder / "install.json").unlink(missing_ok=True)
        built = (folder / "package.json").is_file()
        if built and (version == "editable" or (root / "PKG-INFO").is_file()):
            return
        # A checkout with everything installed has what we need; focusing it would remove the rest.
        if not (root / "node_modules" / "@jupyter" / "builder").is_dir():
            self._run("jlpm", "workspaces", "focus", BUNDLER)
        self._run("jlpm", "workspace", BUNDLER, "build")

    def _run(self, *command: str) -> None:
        """Run a program that the build requirements put on PATH; its output is shown when it fails or with -v."""
        subprocess.run(command, cwd=self.root, check=True)
