"""The runtime's own libraries under their private name, beside another version of the same library."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen
from zipfile import ZipFile

import pytest

from jupyter_containerize.resolution import PackageIndex, lock_vendored
from jupyter_containerize.resolution.simple_index import SimpleIndex
from jupyter_containerize.resolution.tags import best_wheel, target_tags
from jupyter_containerize.runtime.requirements import VENDORED

SOURCE = Path(__file__).parents[2] / "jupyter_containerize" / "runtime" / "vendored.py"
PLATFORM = f"{os.uname().machine}-manylinux_2_28"
# A notebook's own, older than ours; the first of them that has a wheel.
OLDER = ("0.6.1", "0.6.4", "0.7.1")
ASK = """
import json, sys
FIRST
from served.vendored import httptools as ours
import httptools as theirs

class Asked:
    def on_url(self, url):
        self.url = url.decode()
    def on_message_complete(self):
        raise ValueError(self.url)

def parsed(library):
    try:
        library.HttpRequestParser(Asked()).feed_data(b"GET /a?b HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n")
    except library.HttpParserCallbackError as error:
        said = str(error.__context__)
    try:
        library.HttpRequestParser(Asked()).feed_data(b"no request at all\\r\\n\\r\\n")
    except library.HttpParserError as error:
        return [said, library.parse_url(b"/a?b").path.decode(), type(error).__module__]

print(json.dumps({
    "versions": [ours.__version__, theirs.__version__],
    "files": [ours.parser.parser.__file__, theirs.parser.parser.__file__],
    "parsed": [parsed(ours), parsed(theirs)],
    "same": ours.HttpRequestParser is theirs.HttpRequestParser,
}))
"""
ORDERS = {"the server first": "", "the notebook first": "import httptools"}


def _private(folder: Path) -> Path:
    """Make a package that has the module which imports, and return its place for libraries."""
    place = folder / "served" / "_vendor"
    place.mkdir(parents=True)
    (place.parent / "__init__.py").touch()
    (place / "__init__.py").touch()
    shutil.copy(SOURCE, place.parent / "vendored.py")
    return place


def _asked(python: str | Path, folder: Path, first: str = "") -> dict:
    """Return what both libraries do in a process of that Python."""
    paths = os.pathsep.join([str(folder), str(folder / "theirs")])
    done = subprocess.run(
        [python, "-B", "-W", "error", "-c", ASK.replace("FIRST", first)],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def _check(found: dict, folder: Path) -> None:
    """Both work, each from its own files."""
    assert found["parsed"] == [
        ["/a?b", "/a", "served._vendor.httptools.parser.errors"],
        ["/a?b", "/a", "httptools.parser.errors"],
    ]
    assert found["files"][0].startswith(f"{folder}/served/_vendor/")
    assert found["files"][1].startswith(f"{folder}/theirs/")
    assert not found["same"]


@pytest.mark.parametrize("first", ORDERS.values(), ids=ORDERS)
def test_vendored__another_version_is_installed__each_has_its_own(first, tmp_path):
    """Also the compiled modules, which enter themselves under the names that they were made with."""
    installed = Path(importlib.util.find_spec("httptools").origin).parent
    shutil.copytree(installed, _private(tmp_path) / "httptools")
    shutil.copytree(installed, tmp_path / "theirs" / "httptools")
    (tmp_path / "theirs" / "httptools" / "_version.py").write_text('__version__ = "0.0.1"\n')
    found = _asked(sys.executable, tmp_path, first)
    _check(found, tmp_path)
    assert found["versions"][1] == "0.0.1"
    assert found["versions"][0] != "0.0.1"


def test_vendored__no_private_copy__is_the_installed_one(tmp_path):
    """As in a checkout."""
    _private(tmp_path).joinpath("__init__.py").unlink()
    (tmp_path / "served" / "_vendor").rmdir()
    (tmp_path / "theirs" / "httptools").mkdir(parents=True)
    (tmp_path / "theirs" / "httptools" / "__init__.py").write_text("mine = True\n")
    code = "from served.vendored import httptools; assert httptools.mine"
    paths = os.pathsep.join([str(tmp_path), str(tmp_path / "theirs")])
    subprocess.run([sys.executable, "-B", "-c", code], env={"PYTHONPATH": paths}, check=True)


def test_vendored__private_copy_lacks_a_module__is_not_covered_by_another(tmp_path):
    """A broken image says so, and does not serve with whatever the user has."""
    broken = _private(tmp_path) / "httptools"
    broken.mkdir()
    (broken / "__init__.py").write_text("import surely_not_there\n")
    (tmp_path / "theirs" / "httptools").mkdir(parents=True)
    (tmp_path / "theirs" / "httptools" / "__init__.py").touch()
    paths = os.pathsep.join([str(tmp_path), str(tmp_path / "theirs")])
    done = subprocess.run(
        [sys.executable, "-B", "-c", "import served.vendored"],
        env={"PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "surely_not_there" in done.stderr


def _pythons() -> dict[str, str]:
    """Return the Pythons of this machine by minor version, the running one among them."""
    folders = [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep)]
    folders += sorted((Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions").glob("*/bin"))
    found = {}
    for minor in (f"3.{number}" for number in range(9, 15)):
        for program in (folder / f"python{minor}" for folder in folders):
            # What pyenv puts on the PATH starts a version only where that is chosen.
            if "shims" not in program.parts and os.access(program, os.X_OK):
                found.setdefault(minor, str(program))
    return found | {f"{sys.version_info.major}.{sys.version_info.minor}": sys.executable}


PYTHONS = _pythons()


@pytest.mark.network
@pytest.mark.parametrize("minor", PYTHONS)
def test_vendored__real_wheels__work_beside_an_older_one(minor, tmp_path):
    """What goes into images works on every Python that is here, beside what a notebook may pin."""
    index = PackageIndex.from_environment()
    (ours,) = lock_vendored(VENDORED, python_minor=minor, platform=PLATFORM, index=index, cache=tmp_path / "locks")
    _unpack(ours.url, _private(tmp_path))
    pages, tags = SimpleIndex(index), target_tags(minor, PLATFORM)
    for older in OLDER:
        files = {file.filename: file.url for file in pages.wheels(ours.name, older)}
        filename = best_wheel(files, tags)
        if filename is not None:
            break
    _unpack(files[filename], tmp_path / "theirs")
    found = _asked(PYTHONS[minor], tmp_path)
    _check(found, tmp_path)
    assert found["versions"] == [ours.version, older]


def _unpack(url: str, folder: Path) -> None:
    wheel = folder.parent / "wheel.zip"
    with urlopen(url, timeout=60) as answer:
        wheel.write_bytes(answer.read())
    with ZipFile(wheel) as archive:
        archive.extractall(folder)
