"""What a browser downloads of the extension, as far as it has been built here."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

STATIC = Path(__file__).parents[1] / "jupyter_containerize" / "labextension" / "static"
LIMIT_BYTES = 150_000


def test_bundle__what_a_browser_downloads__is_small():
    """All scripts together, compressed as a proxy does it, are below 150 kB; even those of a development build."""
    scripts = sorted(STATIC.glob("*.js"))
    if not scripts:
        pytest.skip("the extension has not been built here")
    sizes = {script.name: len(gzip.compress(script.read_bytes(), 6)) for script in scripts}
    assert sum(sizes.values()) < LIMIT_BYTES, sizes
