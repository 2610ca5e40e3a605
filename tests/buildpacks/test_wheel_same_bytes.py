"""The same wheel gives the same part: on every machine, for every user, in every order."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = """
import dataclasses, io, os, pathlib, sys, tempfile
umask, backwards, bytecode, compression = int(sys.argv[1], 8), sys.argv[2] == "backwards", sys.argv[3], sys.argv[4]
os.umask(umask)
from made_inputs import HereBench, inputs, wheel
from jupyter_containerize.buildpacks import tree
from jupyter_containerize.buildpacks.wheels import WheelsBuildpack
from jupyter_containerize.domain.image import Bytecode, Compression, LayerOptions
from jupyter_containerize.oci import write_part

if backwards:
    found = tree.folder_entries
    tree.folder_entries = lambda *args, **more: reversed(list(found(*args, **more)))
folder = pathlib.Path(tempfile.mkdtemp())
files = {f"lib/{name}.py": f"def {name}(model):\\n    return model.{name}, {{'a', 'b', None}}\\n" for name in "abcdef"}
files["lib/data.txt"] = "data " * 1000
files["lib-1.0.dist-info/entry_points.txt"] = "[console_scripts]\\nlib = lib.a:a\\n"
package = wheel(folder, "lib", files)
options = LayerOptions(bytecode=Bytecode(bytecode), compression=Compression(compression))
given = dataclasses.replace(inputs(folder, package), options=options)
# The folder of modules is named for Python's version; what is golden is the same for all.
environment = dataclasses.replace(given.environment, python_minor="3.99") if bytecode == "omit" else given.environment
given = dataclasses.replace(given, environment=environment)
(plan,) = WheelsBuildpack().detect(given).layers
entries = WheelsBuildpack().build_part(plan.parts[0], plan, given, HereBench(folder))
print(write_part(entries, io.BytesIO(), options.compression).layer.digest)
"""

CIRCUMSTANCES = {
    "usual": ("022", "forwards", {}),
    "strict umask": ("077", "forwards", {}),
    "no umask": ("000", "forwards", {}),
    "other time zone": ("022", "forwards", {"TZ": "Asia/Kathmandu"}),
    "other language": ("022", "forwards", {"LC_ALL": "C", "LANG": "tr_TR.UTF-8", "PYTHONUTF8": "0"}),
    "other hashes": ("022", "forwards", {"PYTHONHASHSEED": "77"}),
    "other file order": ("022", "backwards", {}),
    "long folder": ("022", "forwards", {"TMPDIR": "lib/model/a"}),
}

# A change is a decision, as in tests/oci/test_pieces.py.
KNOWN = {
    "gzip": "sha256:019063d8bba36c0d4b65914cd23538ce1bfba6539fc40a9de6c148c5afbd8d1c",
    "zstd": "sha256:728f6438b85452acee5cb07ffbc87856117954af4ec1d472fd364deafbe0bde0",
}


def digest(tmp_path: Path, name: str, bytecode: str, compression: str) -> str:
    """Return the part's digest under these circumstances."""
    umask, order, more = CIRCUMSTANCES[name]
    more = dict(more)
    if "TMPDIR" in more:
        more["TMPDIR"] = str(tmp_path / more["TMPDIR"])
        Path(more["TMPDIR"]).mkdir(parents=True, exist_ok=True)
    env = os.environ | {"PYTHONPATH": os.pathsep.join((str(ROOT), str(Path(__file__).parent)))} | more
    command = [sys.executable, "-c", SCRIPT, umask, order, bytecode, compression]
    return subprocess.run(command, env=env, cwd=tmp_path, capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the digest that is compared with."""
    return digest(tmp_path_factory.mktemp("usual"), "usual", "hashed", "gzip")


@pytest.mark.parametrize("name", CIRCUMSTANCES)
def test_build_part__whatever_the_circumstances__the_same_bytes(tmp_path: Path, usual: str, name: str) -> None:
    """Nothing of the machine, the user or the place is in a part, with its bytecode."""
    assert digest(tmp_path, name, "hashed", "gzip") == usual


@pytest.mark.parametrize("compression", KNOWN)
def test_build_part__small_wheel__has_the_known_digest(tmp_path: Path, compression: str) -> None:
    """What a wheel becomes does not change by accident. Bytecode is left out: it is Python's, not ours."""
    assert digest(tmp_path, "usual", "omit", compression) == KNOWN[compression]
