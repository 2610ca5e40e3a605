"""The real archive, with the real keys."""

from __future__ import annotations

import pytest

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.resolution.debian import RELEASES, resolve_base
from jupyter_containerize.transport import Transport

pytestmark = pytest.mark.network


@pytest.mark.parametrize("release", RELEASES, ids=lambda release: release.codename)
def test_resolve_base__real_archive__has_a_small_base(release, tmp_path):
    """Each release of the table is there, signed by a key that we ship, and its base is small and whole."""
    base = resolve_base(release.python_minor, transport=Transport(), cache=tmp_path, cancel=CancelToken())
    names = {package.name for package in base.packages}
    assert base.release == release.codename
    assert {f"python{release.python_minor}-minimal", "libc6", "libsqlite3-0", "ca-certificates"} <= names
    assert not names & {"dash", "bash", "dpkg", "perl-base", "coreutils", "tar", "debconf"}
    assert sum(package.size_bytes for package in base.packages) < 20_000_000
