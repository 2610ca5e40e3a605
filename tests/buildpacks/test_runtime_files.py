"""The runtime's files and its own libraries, as they lie in the image."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from made_inputs import MINOR, HereBench, inputs, wheel

from jupyter_containerize.buildpacks.errors import WheelBroken
from jupyter_containerize.buildpacks.model_server import PACKAGE, ModelServerBuildpack
from jupyter_containerize.buildpacks.runtime_files import runtime_sources
from jupyter_containerize.domain.image import Bytecode, LayerOptions

SITE = f"layers/jupyter-containerize_notebook/venv/lib/python{MINOR}/site-packages"
PRIVATE = f"{SITE}/{PACKAGE}/_vendor"
CACHED = f"cpython-{MINOR.replace('.', '')}.pyc"
FILES = {
    "parser/__init__.py": "from .part import VALUE\n",
    "parser/part.py": "VALUE = 1\n",
    "parser/part.pyx": "VALUE = 1\n",
    "parser/part.pyi": "VALUE: int\n",
    "parser/py.typed": "",
    "parser/tests/__init__.py": "",
    "parser-1.0.dist-info/licenses/LICENSE": "Permission is granted\n",
    "parser-1.0.dist-info/entry_points.txt": "[console_scripts]\nparse = parser:main\n",
}
RUNTIME = Path(__file__).parents[2] / "jupyter_containerize" / "runtime"


@pytest.fixture
def given(tmp_path):
    """Return inputs whose server has one library of its own."""
    made = inputs(tmp_path)
    library = wheel(tmp_path, "parser", FILES)
    return replace(made, environment=replace(made.environment, vendored=(library,)))


def built(given, folder):
    """Return the layer's entries by path."""
    buildpack = ModelServerBuildpack()
    (plan,) = buildpack.detect(given).layers
    return {entry.path: entry for entry in buildpack.build(plan, given, HereBench(folder))}


def test_vendored__built__lies_below_the_runtime_alone(given, tmp_path):
    """Code, bytecode and licence; no program, no tests, nothing that only compilers and editors read."""
    entries = built(given, tmp_path)
    found = {path for path in entries if "parser" in path or "parse" in path.split("/")}
    info = {name for name in found if ".dist-info" in name}
    assert {path.removeprefix(f"{PRIVATE}/") for path in found - info} == {
        "parser",
        "parser/__init__.py",
        "parser/part.py",
        "parser/__pycache__",
        f"parser/__pycache__/__init__.{CACHED}",
        f"parser/__pycache__/part.{CACHED}",
    }
    assert {f"{PRIVATE}/parser-1.0.dist-info/{name}" for name in ("METADATA", "licenses/LICENSE")} <= info
    assert all(path.startswith(PRIVATE) for path in info)
    assert f"{PRIVATE}/__init__.py" in entries


def test_vendored__no_bytecode__has_none(given, tmp_path):
    """The option holds for it too."""
    entries = built(replace(given, options=LayerOptions(bytecode=Bytecode.OMIT)), tmp_path)
    assert [path for path in entries if path.endswith(".pyc")] == []
    assert f"{PRIVATE}/parser/part.py" in entries


def test_vendored__another_wheel__is_another_layer(given, tmp_path):
    """The key has the hash, the download is known ahead, and the user's distributions do not count."""
    (library,) = given.environment.vendored
    other = replace(given.environment, vendored=(replace(library, sha256="0" * 64),))
    users = replace(given.environment, packages=(wheel(tmp_path, "parser", FILES, version="0.1"),))
    plan, moved, same = (
        ModelServerBuildpack().detect(replace(given, environment=environment)).layers[0]
        for environment in (given.environment, other, users)
    )
    assert plan.cache_key != moved.cache_key
    assert plan.cache_key == same.cache_key
    assert [item.sha256 for item in plan.downloads] == [library.sha256]
    assert plan.sources == (PACKAGE, "parser")


def test_vendored__damaged_wheel__is_told(given, tmp_path):
    """The layer is not made of half a library."""
    (library,) = given.environment.vendored
    path = Path(library.url.removeprefix("file://"))
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(WheelBroken):
        built(given, tmp_path)


def test_runtime_sources__folders__are_all_there_with_modules_alone():
    """What the package has in folders is in the image; caches, tests and settings of tools are not."""
    names = [name for name, _ in runtime_sources()]
    assert names == sorted(names)
    assert {path.relative_to(RUNTIME).as_posix() for path in RUNTIME.rglob("*.py")} == {
        name for name in names if name.endswith(".py")
    }
    assert not [name for name in names if "__pycache__" in name or name.endswith((".pyc", ".toml"))]
