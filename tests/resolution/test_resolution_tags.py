"""The target platform, as uv and wheels name it."""

from __future__ import annotations

import subprocess

import pytest
from uv import find_uv_bin

from jupyter_containerize.resolution.debian import RELEASES
from jupyter_containerize.resolution.errors import ResolverFailed
from jupyter_containerize.resolution.tags import best_wheel, platform_of, target_tags

CASES = {17: 17, 27: 17, 28: 28, 30: 28, 31: 31, 36: 36, 40: 40, 41: 40, 99: 40}


@pytest.mark.parametrize(("glibc_minor", "known"), CASES.items())
def test_platform_of__any_glibc__is_the_newest_that_fits(glibc_minor, known):
    """A C library newer than uv knows is served by what uv knows."""
    assert platform_of(glibc_minor) == f"x86_64-manylinux_2_{known}"


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_target_tags__each_machine__are_its_own(machine):
    """Wheels for the other processor, and for a newer system, fit nowhere."""
    tags = target_tags("3.11", platform_of(36, machine))
    fits = [f"x-1-cp311-cp311-manylinux_2_{glibc}_{machine}.whl" for glibc in (17, 36)]
    fits += [f"x-1-cp311-cp311-manylinux2014_{machine}.whl", "x-1-py3-none-any.whl"]
    assert [best_wheel([name], tags) for name in fits] == fits
    other = {"x86_64": "aarch64", "aarch64": "x86_64"}[machine]
    wrong = [f"x-1-cp311-cp311-manylinux_2_17_{other}.whl", f"x-1-cp311-cp311-manylinux_2_39_{machine}.whl"]
    assert [best_wheel([name], tags) for name in wrong] == [None, None]


def test_platform_of__glibc_too_old__raises():
    """Nothing fits a C library from before manylinux2014."""
    with pytest.raises(ResolverFailed):
        platform_of(16)


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
@pytest.mark.parametrize("glibc_minor", [*CASES, *(release.glibc_minor for release in RELEASES)])
def test_platform_of__its_name__is_one_that_uv_takes(glibc_minor, machine):
    """The real uv resolves nothing at all for every platform that we may name."""
    options = (
        "--python-platform",
        platform_of(glibc_minor, machine),
        "--python-version",
        "3.11",
        "--offline",
        "--quiet",
    )
    done = subprocess.run(
        [find_uv_bin(), "pip", "compile", "-", *options], input="", capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
