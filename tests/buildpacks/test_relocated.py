"""What is kept of a Python from somewhere else, and which paths its files name in the image."""

from __future__ import annotations

import pytest
from made_debs import content_of

from jupyter_containerize.buildpacks import tree
from jupyter_containerize.buildpacks.relocated import kept, with_prefix

KEPT = {
    "bin/python3.12": True,
    "bin/python3": False,
    "bin/pip3.12": False,
    "lib/python3.12/os.py": True,
    "lib/python3.12/test/test_os.py": False,
    "lib/python3.12/unittest/case.py": True,
    "lib/python3.10/unittest/test/test_case.py": False,
    "lib/python3.10/distutils/tests/x.py": False,
    "lib64/python3.12/idlelib/x.py": False,
    "lib64/python3.12/json/__init__.py": True,
    "lib/python3.12/config-3.12-x86_64-linux-gnu/Makefile": False,
    "lib/python3.12/site-packages/pip/x.py": False,
    "lib/python3.12/dist-packages/x.py": False,
    "lib/python3.12/lib-dynload/_ssl.cpython-312-x86_64-linux-gnu.so": True,
    "lib/python3.12/lib-dynload/_testcapi.cpython-312-x86_64-linux-gnu.so": False,
    "lib/libpython3.12.so.1.0": True,
    "lib/libtk8.6.so": False,
    "lib/python3.12/__pycache__/os.cpython-312.pyc": False,
}


@pytest.mark.parametrize(("path", "expected"), KEPT.items())
def test_kept__a_path__is_what_a_server_needs(path, expected):
    """Programs for people, tests, windows and compilers' files stay out."""
    assert kept(path) is expected


# The folder that it stood in, what a file says, and what it says in the image.
TEXTS = {
    "its own folder": ("/home/ada/py", b"x = '/home/ada/py/lib'", b"x = '/opt/python/lib'"),
    "at the end": ("/home/ada/py", b"/home/ada/py", b"/opt/python"),
    "another that begins alike": ("/v/3.12.1", b"/v/3.12.10/lib", b"/v/3.12.10/lib"),
    "the system's": ("/usr", b"TZPATH = '/usr/share/zoneinfo'", b"TZPATH = '/usr/share/zoneinfo'"),
    "the system's local": ("/usr/local", b"/usr/local/etc", b"/usr/local/etc"),
}


@pytest.mark.parametrize("case", TEXTS)
def test_with_prefix__a_text__names_the_image(case, tmp_path):
    """Paths of the machine become those of the image; what the system has stays where it is."""
    home, text, expected = TEXTS[case]
    source = tmp_path / "x.py"
    source.write_bytes(text)
    entry = with_prefix(tree.file("opt/python/lib/x.py", text), source, {home})
    assert (content_of(entry), entry.size_bytes) == (expected, len(expected))


def test_with_prefix__no_text__is_left_alone(tmp_path):
    """A program's offsets would not fit any more."""
    source = tmp_path / "x.so"
    source.write_bytes(b"/home/ada")
    entry = tree.file("opt/python/lib/x.so", b"/home/ada")
    assert with_prefix(entry, source, {"/home/ada"}) is entry
