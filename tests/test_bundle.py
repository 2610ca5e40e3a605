"""What a browser downloads of the extension, as far as it has been built here."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
STATIC = ROOT / "jupyter_containerize" / "labextension" / "static"
LIMIT_BYTES = 150_000


def test_bundle__what_a_browser_downloads__is_small():
    """All scripts together, compressed as a proxy does it, are below 150 kB; even those of a development build."""
    scripts = sorted(STATIC.glob("*.js"))
    if not scripts:
        pytest.skip("the extension has not been built here")
    sizes = {script.name: len(gzip.compress(script.read_bytes(), 6)) for script in scripts}
    assert sum(sizes.values()) < LIMIT_BYTES, sizes


def test_bundle__what_jupyterlab_lends__is_asked_for_as_old_as_it_may_be():
    """Else an older JupyterLab complains of every package: the bundler asks for the releases it was run with."""
    package = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    shared = {name: each["requiredVersion"] for name, each in package["jupyterlab"]["sharedPackages"].items()}
    assert shared == package["dependencies"]
