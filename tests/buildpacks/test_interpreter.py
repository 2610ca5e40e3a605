"""Running and compiling with a Python that lies in an unpacked root."""

from __future__ import annotations

import importlib.util
import json
import marshal
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import threading
from importlib.util import cache_from_source
from pathlib import Path

import pytest
from host_python import MINOR, root_with_python
from made_debs import content_of
from made_inputs import ENV, compile_with

from jupyter_containerize.buildpacks import interpreter, tree
from jupyter_containerize.buildpacks.compile_script import begins_group
from jupyter_containerize.buildpacks.errors import CompileFailed, TargetNotRunnable
from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.errors import Cancelled

SOURCES = {
    "package/__init__.py": "import os\nNAME = 'a name'\n",
    "package/deep/module.py": "def f(x):\n    return x in {'b', 'a', None, 1.5} and (1, 'NAME', 'os')\n",
    "package/deep/warns.py": "x = '\\d'\nassert (x, 1)\n",
    "package/deep/encoded.py": "# -*- coding: latin-1 -*-\nNAME = 'é'\n",
    "single.py": "from package import NAME\nprint(NAME)\n",
}
BROKEN = {
    "old.py": b"print 'Python 2'\n",
    "template.py": b"import {{ name }}\n",
    "binary.py": b"\x00\xff\x00",
    "deep.py": b"x = " + b"(" * 5000 + b")" * 5000 + b"\n",
    "bad_coding.py": b"# -*- coding: nothing -*-\n",
}
COMMAND = (sys.executable, "-s", "-S", "-B")


def laid_out(folder, *, backwards=False):
    """Write the sources, in one order or the other."""
    for name, text in sorted(SOURCES.items(), reverse=backwards):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("latin-1"))
    return folder


def compiled(folder, *, command=COMMAND, env=ENV, cancel=None):
    """Compile what is in the folder as of /opt/x, and return the .pyc files' content by path."""
    entries = tree.folder_entries(folder, at="opt/x")
    with tempfile.TemporaryDirectory() as work:
        made = compile_with(command, entries, below="opt/x", folder=Path(work), env=env, cancel=cancel)
        return {entry.path.removeprefix("opt/x/"): content_of(entry) for entry in made}


def test_compile_bundle__each_source__has_an_unchecked_hash_pyc(tmp_path):
    """The .pyc files carry the hash of the source, are never checked at import, and name the image's path."""
    made = compiled(laid_out(tmp_path))
    tag = sys.implementation.cache_tag
    assert set(made) == {str(Path(name).parent / "__pycache__" / f"{Path(name).stem}.{tag}.pyc") for name in SOURCES}
    for name in SOURCES:
        content = made[str(Path(name).parent / "__pycache__" / f"{Path(name).stem}.{tag}.pyc")]
        assert content[:4] == importlib.util.MAGIC_NUMBER
        assert content[4:8] == b"\x01\0\0\0"
        assert content[8:16] == importlib.util.source_hash((tmp_path / name).read_bytes())
        assert marshal.loads(content[16:]).co_filename == f"/opt/x/{name}"


@pytest.mark.parametrize("workers", [1, 3])
def test_compile_bundle__another_folder_order_umask_and_number_of_workers__same_bytes(workers, tmp_path, monkeypatch):
    """Nothing of the machine gets into the bytes."""
    expected = compiled(laid_out(tmp_path / "a"))
    monkeypatch.setattr(interpreter, "_WORKERS", workers)
    before = os.umask(0o077)
    try:
        assert compiled(laid_out(tmp_path / "a longer name", backwards=True)) == expected
    finally:
        os.umask(before)


def test_compile_bundle__other_groups__do_not_change_the_bytes(tmp_path):
    """What a group of modules compiles to does not depend on what else is compiled."""
    first = next(f"z{number}.py" for number in range(1000) if begins_group(b"z%d.py" % number))
    expected = compiled(laid_out(tmp_path / "a"))
    more = laid_out(tmp_path / "b")
    shutil.copy(Path(sysconfig.get_path("stdlib")) / "json" / "decoder.py", more / first)
    made = compiled(more)
    assert made.pop(cache_from_source(first))
    assert made == expected


@pytest.mark.parametrize("name", BROKEN)
def test_compile_bundle__a_file_of_no_python__stays_without(name, tmp_path):
    """Templates and leftovers in wheels are no error; the files beside them are compiled."""
    laid_out(tmp_path)
    (tmp_path / "package" / name).write_bytes(BROKEN[name])
    made = compiled(tmp_path)
    assert len(made) == len(SOURCES)
    assert not any(Path(path).name.startswith(name.removesuffix(".py") + ".") for path in made)


def test_compile_bundle__symbolic_link__is_left_alone(tmp_path):
    """A link may lead out of the folder, to a file of this machine."""
    (tmp_path / "link.py").symlink_to(laid_out(tmp_path / "elsewhere") / "single.py")
    assert not any(path.startswith("__pycache__") for path in compiled(tmp_path))


def test_compile_bundle__nowhere_to_write__is_an_error_with_its_cause(tmp_path):
    """A missing .pyc that nobody hears of would make every start of the image slow."""
    sources = laid_out(tmp_path / "sources")
    (tmp_path / "work" / "modules.0").mkdir(parents=True)
    with pytest.raises(CompileFailed) as caught:
        compile_with(COMMAND, tree.folder_entries(sources, at="opt/x"), below="opt/x", folder=tmp_path / "work")
    assert (caught.value.folder, caught.value.exit_code) == ("/opt/x", 1)
    assert "IsADirectoryError" in caught.value.detail


def test_compile_bundle__cancelled__ends_the_program(tmp_path):
    """A build that is cancelled does not leave a compiler behind."""
    token = CancelToken()
    started = tmp_path / "started"
    script = f"import os, time; open({str(started)!r}, 'w').write(str(os.getpid())); time.sleep(600)"

    def cancel_once_started():
        while not (started.exists() and started.read_text()):
            token.event.wait(0.01)
        token.cancel()

    thread = threading.Thread(target=cancel_once_started)
    thread.start()
    with pytest.raises(Cancelled):
        compiled(laid_out(tmp_path / "sources"), command=(sys.executable, "-c", script), cancel=token)
    thread.join()
    with pytest.raises(ProcessLookupError):
        os.kill(int(started.read_text()), 0)


def test_target_command__python_in_a_root__runs_from_there(tmp_path):
    """The image's Python runs with the image's libraries and standard library, and nothing of the user's."""
    python = root_with_python(tmp_path)
    command, env = interpreter.target_command(tmp_path, python)
    script = (
        "import sys, os, json; maps = open('/proc/self/maps').read(); "
        "print(json.dumps([sys.prefix, os.__file__, sys.flags.no_site, "
        "[l.split()[-1] for l in maps.splitlines() if '.so' in l]]))"
    )
    said = subprocess.run([*command, "-c", script], env=env, capture_output=True, text=True, check=True, cwd="/")
    prefix, module, no_site, loaded = json.loads(said.stdout)
    assert prefix == str(tmp_path / "opt/python")
    assert module.startswith(str(tmp_path))
    assert no_site == 1
    assert all(path.startswith(str(tmp_path)) for path in loaded)


def test_target_command__compiles__like_the_python_it_is(tmp_path):
    """Bytes do not depend on whether Python was started by the loader or by the system."""
    python = root_with_python(tmp_path / "root")
    command, env = interpreter.target_command(tmp_path / "root", python)
    assert compiled(laid_out(tmp_path / "a"), command=command, env=env) == compiled(laid_out(tmp_path / "b"))


def _in_layers(root, into):
    """Lay a root out as two layers: what is below ``opt``, which is Python's, and all else."""
    layers = into / "system", into / "python"
    layers[1].mkdir(parents=True)
    root.rename(layers[0])
    (layers[0] / "opt").rename(layers[1] / "opt")
    return layers


def test_target_command_of_layers__python_in_one_layer__compiles_like_in_a_root(tmp_path):
    """It runs from where the layers lie, with their libraries alone, and gives the same bytes."""
    python = root_with_python(tmp_path / "root")
    layers = _in_layers(tmp_path / "root", tmp_path)

    command, env = interpreter.target_command_of_layers(layers, python)

    script = "print(*[line.split()[-1] for line in open('/proc/self/maps') if '.so' in line], sep='\\n')"
    said = subprocess.run([*command, "-c", script], env=env, capture_output=True, text=True, check=True, cwd="/")
    assert all(path.startswith(str(tmp_path)) for path in said.stdout.splitlines())
    assert compiled(laid_out(tmp_path / "a"), command=command, env=env) == compiled(laid_out(tmp_path / "b"))


SPLIT = {
    "no interpreter": lambda layers: shutil.rmtree(layers[1] / "opt/python/bin"),
    "two interpreters": lambda layers: shutil.copytree(layers[1] / "opt/python/bin", layers[0] / "opt/python/bin"),
    "no library": lambda layers: shutil.rmtree(layers[1] / "opt/python/lib"),
    "some of the library elsewhere": lambda layers: (layers[0] / f"opt/python/lib/python{MINOR}").mkdir(parents=True),
    "no loader": lambda layers: [shutil.rmtree(path) for path in layers[0].iterdir() if path.is_dir()],
}


@pytest.mark.parametrize("change", SPLIT.values(), ids=SPLIT)
def test_target_command_of_layers__not_whole_in_one_layer__needs_the_root(change, tmp_path):
    """Whoever asks makes the root then, and learns there what is wrong."""
    python = root_with_python(tmp_path / "root")
    layers = _in_layers(tmp_path / "root", tmp_path)
    change(layers)

    assert interpreter.target_command_of_layers(layers, python) is None


NOT_RUNNABLE = {
    "nothing there": None,
    "a script": b"#!/bin/sh\n",
    "for another machine": b"\x7fELF\x02\x01" + bytes(12) + b"\xb7\x00" + bytes(44),
    "cut off": b"\x7fELF\x02\x01\x01" + bytes(11) + b"\x3e\x00" + bytes(10),
    "linked statically": b"\x7fELF\x02\x01\x01" + bytes(11) + b"\x3e\x00" + bytes(44),
}


@pytest.mark.parametrize("case", NOT_RUNNABLE)
def test_target_command__no_program_for_us__is_refused(case, tmp_path):
    """What cannot be started is told before it is tried."""
    if NOT_RUNNABLE[case] is not None:
        (tmp_path / "python3.11").write_bytes(NOT_RUNNABLE[case])
    with pytest.raises(TargetNotRunnable) as caught:
        interpreter.target_command(tmp_path, "/python3.11")
    assert caught.value.python == "/python3.11"
    assert caught.value.reason


@pytest.mark.parametrize(("system", "machine"), [("darwin", "arm64"), ("win32", "AMD64"), ("linux", "riscv64")])
def test_target_command__another_system__is_refused(system, machine, tmp_path, monkeypatch):
    """Where the image's programs cannot run, the caller learns it as an error of its own."""
    monkeypatch.setattr(interpreter.sys, "platform", system)
    monkeypatch.setattr(interpreter.platform, "machine", lambda: machine)
    with pytest.raises(TargetNotRunnable) as caught:
        interpreter.target_command(tmp_path, "/usr/bin/python3.11")
    assert machine in caught.value.reason
