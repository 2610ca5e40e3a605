"""What a distribution asks for on one processor or Python only is locked for the image's, not for this machine's."""

from __future__ import annotations

import pytest
from locking import lock_in_a_kernel
from small_wheels import make_wheel

from jupyter_containerize.domain.environment import Evidence, Requirement

REQUIRES = (
    'for-arm; platform_machine == "aarch64"',
    'for-intel; platform_machine == "x86_64"',
    'for-windows; sys_platform == "win32" or platform_system == "Windows"',
    'for-linux; sys_platform == "linux" and os_name == "posix"',
    'for-old; python_version < "3.12"',
    'for-new; python_full_version >= "3.12"',
    'for-pypy; implementation_name == "pypy" or platform_python_implementation == "PyPy"',
)

# The image's wheels and Python, and what is locked beside the distribution itself and what every Linux has.
TARGETS: dict[str, tuple[str, str, set[str]]] = {
    "Intel": ("x86_64-manylinux_2_36", "3.11", {"for-intel", "for-old"}),
    "Intel, newer Python": ("x86_64-manylinux_2_40", "3.13", {"for-intel", "for-new"}),
    "ARM": ("aarch64-manylinux_2_36", "3.11", {"for-arm", "for-old"}),
    "ARM, newer Python": ("aarch64-manylinux_2_40", "3.13", {"for-arm", "for-new"}),
}


@pytest.fixture
def links(tmp_path, monkeypatch):
    """Return a folder that is the only index: a distribution for each kind of machine, and one that asks for all."""
    folder = tmp_path / "links"
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    for line in REQUIRES:
        make_wheel(folder, line.partition(";")[0], "1.0")
    for machine in ("x86_64", "aarch64"):
        make_wheel(folder, "many", "1.0", requires=REQUIRES, tag=f"cp38-abi3-manylinux_2_17_{machine}")
    return folder


@pytest.mark.usefixtures("links")
@pytest.mark.parametrize("case", TARGETS)
def test_lock__requirements_with_markers__are_those_of_the_target(case, tmp_path):
    """Wheel and requirements are the target's, whatever this machine and the kernel's Python are."""
    platform, minor, expected = TARGETS[case]
    many = Requirement(
        distribution="many", specifier="==1.0", import_names=("many",), evidence=(Evidence(rule="import", detail=""),)
    )
    packages = lock_in_a_kernel([many], folder=tmp_path, python_minor=minor, platform=platform)
    assert {item.name for item in packages} == {"many", "for-linux", *expected}
    (wheel,) = (item.filename for item in packages if item.name == "many")
    assert wheel == f"many-1.0-cp38-abi3-manylinux_2_17_{platform.partition('-')[0]}.whl"
