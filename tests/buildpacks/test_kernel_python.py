"""The kernel's own Python in an image: the one that runs the tests is captured, and runs from its root."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from host_python import MINOR, VERSION, installation, libraries
from made_debs import Bench, content_of, inputs_of, make_deb, offered

from jupyter_containerize.buildpacks import captured_python
from jupyter_containerize.buildpacks.captured_python import capture_python
from jupyter_containerize.buildpacks.errors import GlibcTooNew, PythonNotCaptured
from jupyter_containerize.buildpacks.interpreter import library_folders, target_command
from jupyter_containerize.buildpacks.kernel_python import KernelPythonBuildpack
from jupyter_containerize.buildpacks.loading import OF_BASE
from jupyter_containerize.buildpacks.unpacked import lay_out
from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.errors import Cancelled
from jupyter_containerize.domain.image import LayerRole
from jupyter_containerize.domain.platform import Platform

NEWEST = 99
LIBRARY = f"opt/python/lib/python{MINOR}"


def captured(cache, executable=sys.executable, *, glibc_minor=NEWEST):
    """Capture an interpreter of this machine."""
    return capture_python(str(executable), glibc_minor=glibc_minor, cache=cache, cancel=CancelToken())


def test_capture_python__of_a_venv__is_the_interpreter_below(tmp_path):
    """The library is that of the installation, not of the venv; nothing for people, tests or windows is in it."""
    python = captured(tmp_path)
    paths = {file.path for file in python.files}
    assert (python.version, python.executable) == (VERSION, f"/opt/python/bin/python{MINOR}")
    assert python.prefix == Path(sys.base_prefix)
    assert {f"opt/python/bin/python{MINOR}", f"{LIBRARY}/os.py", f"{LIBRARY}/json/decoder.py"} <= paths
    left = ("/test/", "/idlelib/", "/tkinter/", "/site-packages/", "/dist-packages/", "__pycache__", "/config-3")
    assert not [path for path in paths if any(part in path for part in left)]
    assert not [path for path in paths if Path(path).name.startswith(("readline.", "_curses.", "_tkinter.", "nis."))]
    assert [file.path for file in python.files] == sorted(paths)


def test_capture_python__its_libraries__are_where_the_loader_looks(tmp_path):
    """What the base lacks is in /usr/lib under the name that is asked for; what the base has is not there."""
    names = {Path(file.path).name for file in captured(tmp_path).files if file.path.startswith("usr/lib/")}
    assert all(name.startswith("lib") and ".so" in name for name in names)
    assert not {"libc.so.6", "libm.so.6", "libz.so.1", "libexpat.so.1"} & names


def test_capture_python__again__is_the_same_without_reading(tmp_path, monkeypatch):
    """The second time costs a look at names, sizes and times."""
    first = captured(tmp_path)
    monkeypatch.setattr(captured_python.hashlib, "sha256", _one_hash_only(monkeypatch))
    assert captured(tmp_path) == first


def _one_hash_only(monkeypatch):
    real, left = captured_python.hashlib.sha256, [1]

    def once(*arguments):
        assert left.pop(), "a file was hashed again"
        return real(*arguments)

    return once


def copied(folder: Path) -> Path:
    """Return the program of an installation that the test may change."""
    installation(folder)
    for library in Path(sys.base_prefix, "lib").glob("libpython3*.so*"):
        shutil.copy(library, folder / "lib" / library.name)
    return folder / "bin" / f"python{MINOR}"


def test_capture_python__a_file_changes__so_does_the_digest(tmp_path):
    """Another byte, another layer; the same files, the same one, whatever their times are."""
    program = copied(tmp_path / "python")
    module = tmp_path / "python" / "lib" / f"python{MINOR}" / "antigravity.py"
    first = captured(tmp_path / "cache", program)
    os.utime(module, (1, 1))
    touched = captured(tmp_path / "cache", program)
    module.write_text("changed = True\n")
    changed = captured(tmp_path / "cache", program)
    assert first.digest == touched.digest != changed.digest


def test_capture_python__cache_damaged__is_made_again(tmp_path):
    """A digest that cannot be read is computed."""
    first = captured(tmp_path)
    (kept,) = tmp_path.glob("*.json")
    kept.write_text("{")
    assert captured(tmp_path) == first


def test_capture_python__machine_newer_than_the_base__names_both(tmp_path):
    """An interpreter that would not start in the image is refused, with what it needs and what there is."""
    with pytest.raises(GlibcTooNew) as caught:
        captured(tmp_path, glibc_minor=2)
    assert caught.value.base == "2.2"
    assert caught.value.needs > "2.2"
    assert Path(caught.value.file).is_file()


SAYING = {
    "nothing": "",
    "no JSON": "hello",
    "another Python": json.dumps({"implementation": "pypy", "abi": ""}),
    "a debug build": json.dumps({"implementation": "cpython", "abi": "d"}),
    "without the GIL": json.dumps({"implementation": "cpython", "abi": "t"}),
}


@pytest.mark.parametrize("case", SAYING)
def test_capture_python__no_cpython_that_wheels_fit__is_refused(case, tmp_path):
    """What is no plain CPython is told, with its path."""
    script = tmp_path / "python"
    script.write_text(f"#!/bin/sh\ncat <<'END'\n{SAYING[case]}\nEND\n")
    script.chmod(0o755)
    with pytest.raises(PythonNotCaptured) as caught:
        captured(tmp_path, script)
    assert (caught.value.python, bool(caught.value.reason)) == (str(script), True)


def test_capture_python__not_on_this_machine__is_refused(tmp_path):
    """A kernel in a container has an interpreter that we cannot read."""
    with pytest.raises(PythonNotCaptured):
        captured(tmp_path, tmp_path / "nowhere" / "python")


def test_capture_python__another_system__is_refused(tmp_path, monkeypatch):
    """A Python of macOS or Windows does not run in an image."""
    monkeypatch.setattr(captured_python.sys, "platform", "darwin")
    with pytest.raises(PythonNotCaptured) as caught:
        captured(tmp_path)
    assert "darwin" in caught.value.reason


def test_capture_python__cancelled__stops(tmp_path):
    """A cancelled build reads no more files."""
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        capture_python(sys.executable, glibc_minor=NEWEST, cache=tmp_path, cancel=token)


@pytest.fixture(scope="module")
def layer(tmp_path_factory):
    """The layer of this Python, its inputs, a workbench and the plan."""
    folder = tmp_path_factory.mktemp("layer")
    python = captured(folder / "cache")
    packages = offered(folder / "pool", {"libc6": make_deb(libraries(), compression="")})
    inputs = inputs_of(packages, python=python.executable)
    buildpack = KernelPythonBuildpack(python)
    contribution = buildpack.detect(inputs)
    (folder / "bench").mkdir()
    bench = Bench(folder / "bench")
    return buildpack, contribution, inputs, bench


def test_detect__kernels_python__is_a_layer_with_its_reasons(layer):
    """The plan says what its bytes depend on, and the image where certificates are."""
    _, contribution, _, _ = layer
    (plan,) = contribution.layers
    assert (plan.role, plan.slot, plan.buildpack) == (LayerRole.PYTHON, "python", "kernel_python")
    assert {"interpreter", "layout", "layer format", "bytecode", "python"} == set(plan.inputs)
    assert plan.title == f"Python {VERSION} of the kernel"
    assert contribution.env == {"SSL_CERT_FILE": "/etc/ssl/certs/ca-certificates.crt"}
    assert not any(sys.base_prefix in value for value in plan.inputs.values())


def test_build__kernels_python__runs_from_its_root(layer, tmp_path):
    """With nothing of this machine but its kernel, all that a server asks of Python answers."""
    buildpack, contribution, inputs, bench = layer
    root = tmp_path / "root"
    root.mkdir()
    for path, content in libraries().items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(content) if isinstance(content, str) else place.write_bytes(content)
        if not place.is_symlink():
            place.chmod(0o755)
    for folder in map(Path, library_folders(Platform.here())):
        for path in (folder / name for name in OF_BASE if (folder / name).is_file()):
            place = root / "usr/lib" / Platform.here().multiarch / path.name
            if not place.exists():
                shutil.copy(path, place)
    for name in ("lib", "lib64"):
        (root / name).symlink_to(f"usr/{name}")
    lay_out(buildpack.build(contribution.layers[0], inputs, bench), root)
    command, env = target_command(root, inputs.python)
    script = (
        "import sys, json, ssl, sqlite3, ctypes, lzma, bz2, hashlib, uuid, decimal, asyncio, sysconfig\n"
        "maps = [line.split()[-1] for line in open('/proc/self/maps') if '.so' in line]\n"
        "print(json.dumps([sys.prefix, json.__spec__.cached, maps, sysconfig.get_config_var('prefix')]))"
    )
    said = subprocess.run([*command, "-c", script], env=env, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    prefix, cached, maps, _ = json.loads(said.stdout)
    assert prefix == str(root / "opt/python")
    assert (root / cached).is_file()
    assert [path for path in maps if not path.startswith(str(root))] == []


def test_build__kernels_python_twice__is_the_same(layer):
    """The same interpreter gives the same bytes, and no text in them names a folder of this machine."""
    buildpack, contribution, inputs, bench = layer
    layers = [
        [(entry.path, entry.mode, entry.link_target, content_of(entry)) for entry in made]
        for made in (buildpack.build(contribution.layers[0], inputs, bench) for _ in range(2))
    ]
    assert layers[0] == layers[1]
    texts = [content for path, _, _, content in layers[0] if path.endswith(".py")]
    assert not [text for text in texts if sys.base_prefix.encode() + b"/" in text]
