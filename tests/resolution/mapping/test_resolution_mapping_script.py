"""The script that builds the table reads wheels, indexes, installed copies and tags, and says what changed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from served_index import sdist, serving, wheel

SCRIPT = Path(__file__).parents[3] / "scripts" / "build_import_table.py"
EXTEND = "__path__ = __import__('pkgutil').extend_path(__path__, __name__)\n"
SEEDS = """
# made for a test
[libraries]
plain
fancy-name | fancier: fancy
part-one: space.one ~space
part-two: space.two
old-one
"""


class Workshop:
    """A folder of seeds, and what the script makes of it."""

    def __init__(self, folder: Path, seeds: str = SEEDS) -> None:
        self.folder = folder
        (folder / "distributions.txt").write_text(seeds)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the script on the folder."""
        command = [sys.executable, str(SCRIPT), "--mapping", str(self.folder), "--date", "2026-01-02", "--pause", "0"]
        return subprocess.run([*command, *arguments], capture_output=True, text=True, check=False)

    def rows(self) -> dict[str, list]:
        """Return the table's rows by distribution."""
        return {row[0]: row[1:] for row in json.loads((self.folder / "table.json").read_text())["distributions"]}


@pytest.fixture
def workshop(tmp_path):
    """Return an empty workshop."""
    return Workshop(tmp_path)


def fill(served):
    """Put the seeds' distributions on the index."""
    served.add("plain", wheel("plain", "1.0", {"plain.py": "", "tests/__init__.py": ""}))
    served.add("plain", wheel("plain", "2.0rc1", {"elsewhere.py": ""}))
    served.add("fancy-name", wheel("fancy-name", "1.0", {"fancy/__init__.py": "", "extra/__init__.py": ""}))
    for part in ("one", "two"):
        files = {"space/__init__.py": EXTEND, f"space/{part}/__init__.py": ""}
        served.add(f"part-{part}", wheel(f"part-{part}", "1.0", files))
    served.add("old-one", sdist("old-one", "3.1", {"setup.py": "", "src/old_one/__init__.py": ""}))


NAMES = ("plain", "fancy-name", "part-one", "part-two", "old-one")
ASK = [word for name in NAMES for word in ("--only", name)]


def test_script__nothing_read__lists_by_hand(workshop):
    """Without any file the table says what is listed, and that nothing was read."""
    done = workshop.run()
    assert done.returncode == 0, done.stderr
    assert workshop.rows()["fancy-name"] == [["fancier"], ["fancy"], []]
    assert "0 of them read" in done.stdout


@pytest.mark.parametrize("html", [False, True], ids=["json", "html"])
def test_script__index__reads_names_from_wheels(workshop, html):
    """Own names, deeper ones of namespaces, no junk, stable releases only; a source archive where there is no wheel."""
    with serving(html=html) as served:
        fill(served)
        done = workshop.run("--index", served.url, *ASK)
    assert done.returncode == 0, done.stderr
    assert workshop.rows() == {
        "plain": [[], ["plain"], [], "wheel", "plain-1.0-py3-none-any.whl"],
        "fancy-name": [["fancier"], ["extra", "fancy"], [], "wheel", "fancy_name-1.0-py3-none-any.whl"],
        "part-one": [[], ["space.one"], ["space"], "wheel", "part_one-1.0-py3-none-any.whl"],
        "part-two": [[], ["space.two"], [], "wheel", "part_two-1.0-py3-none-any.whl"],
        "old-one": [[], ["old_one"], [], "sdist", "old-one-3.1.tar.gz"],
    }


def test_script__configured_index__is_pips(workshop, monkeypatch):
    """Without --index the one that pip is configured for is asked."""
    with serving() as served:
        fill(served)
        monkeypatch.setenv("PIP_INDEX_URL", served.url)
        assert workshop.run("--only", "plain").returncode == 0
    assert workshop.rows()["plain"][3] == "wheel"


def test_script__no_index__says_so(workshop):
    """There is no index that is asked unless someone named it."""
    done = workshop.run("--only", "plain")
    assert done.returncode == 2
    assert "No index" in done.stderr


def test_script__only__asks_for_nothing_else(workshop):
    """No list of names is ever fetched, and a name that is not listed is refused."""
    with serving() as served:
        fill(served)
        workshop.run("--index", served.url, "--only", "plain")
        assert [path for path in served.asked if path.startswith("/simple")] == ["/simple/plain/"]
        assert workshop.run("--index", served.url, "--only", "stranger").returncode == 2


@pytest.mark.parametrize(("ranges", "most"), [(True, 300_000), (False, 3_000_000)], ids=["ranges", "no ranges"])
def test_script__long_wheel__is_not_downloaded(workshop, ranges, most):
    """Of a long wheel only its ends are fetched, if the server can do that."""
    with serving(ranges=ranges) as served:
        served.add("plain", wheel("plain", "1.0", {"plain.py": ""}, padding=2_000_000))
        done = workshop.run("--index", served.url, "--only", "plain")
        assert done.returncode == 0, done.stderr
        assert served.sent_bytes < most
    assert workshop.rows()["plain"][1] == ["plain"]


def test_script__cache__goes_on_after_a_stop(workshop, tmp_path):
    """What was answered today is not asked again."""
    with serving() as served:
        fill(served)
        arguments = ("--index", served.url, "--only", "plain", "--cache", str(tmp_path / "kept"))
        workshop.run(*arguments)
        asked = len(served.asked)
        done = workshop.run(*arguments)
        assert len(served.asked) == asked
    assert done.returncode == 0, done.stderr
    assert workshop.rows()["plain"][3] == "wheel"


def test_script__check__fails_when_a_name_is_gone(workshop):
    """A listed name that the newest wheel lacks is a wrong mapping; the shipped file is left as it is."""
    with serving() as served:
        fill(served)
        workshop.run("--index", served.url, *ASK)
        assert workshop.run("--check", "--index", served.url, *ASK).returncode == 0
        served.add("fancy-name", wheel("fancy-name", "2.0", {"other/__init__.py": ""}))
        before = (workshop.folder / "table.json").read_bytes()
        done = workshop.run("--check", "--index", served.url, *ASK)
    assert done.returncode == 1
    assert "! fancy-name: fancy is not in fancy_name-2.0-py3-none-any.whl" in done.stdout
    assert (workshop.folder / "table.json").read_bytes() == before


def test_script__same_input__same_bytes(workshop):
    """The order of the file depends on nothing but its content; a second run changes nothing."""
    with serving() as served:
        fill(served)
        workshop.run("--index", served.url, *ASK)
        first = (workshop.folder / "table.json").read_bytes()
        done = workshop.run("--index", served.url, *reversed([f"--only={name}" for name in NAMES]))
    assert (workshop.folder / "table.json").read_bytes() == first
    assert not [line for line in done.stdout.splitlines() if line[:1] in "+-!"]


def test_script__two_claim_one_name__is_a_problem(workshop):
    """Two distributions that are not each other's alternative cannot both have a name unseen."""
    (workshop.folder / "distributions.txt").write_text("one: same\ntwo: same\n")
    assert "! same: held by one, two" in workshop.run().stdout


BAD_SEEDS = {"twice": "plain\nplain\n", "nobody's name": "thing: utils\n"}


@pytest.mark.parametrize("text", BAD_SEEDS.values(), ids=BAD_SEEDS)
def test_script__bad_seeds__are_refused(workshop, text):
    """A list that cannot be meant stops the build."""
    (workshop.folder / "distributions.txt").write_text(text)
    assert workshop.run().returncode == 2


def test_script__wheels_of_two_releases__tell_what_left(workshop, tmp_path):
    """A module whose file is gone bounds the version, unless the newest package still gives the name."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    old = {
        "plain/__init__.py": "",
        "plain/legacy.py": "",
        "plain/lazy.py": "",
        "plain/tests/x.py": "",
        "plain/_own.py": "",
    }
    text = "from plain.new.legacy.deep import thing\ndef __getattr__(name): ... # lazy\n"
    new = {"plain/__init__.py": text, "plain/fresh.py": ""}
    for version, files in (("1.0", old), ("2.0", new)):
        name, content = wheel("plain", version, files)
        (folder / name).write_bytes(content)
    done = workshop.run("--wheels", str(folder))
    assert done.returncode == 0, done.stderr
    told = json.loads((workshop.folder / "table.json").read_text())["releases"]["plain"]
    assert told["gone"] == {"1.0": ["plain.legacy"]}
    assert told["evidence"] == "wheel"


def test_script__installed__reads_record(workshop, tmp_path):
    """A site-packages is read by its RECORDs; an editable install says nothing."""
    for name, extra in (("plain-1.0", None), ("old_one-1.0", "direct_url.json")):
        info = tmp_path / "site" / f"{name}.dist-info"
        info.mkdir(parents=True)
        (info / "RECORD").write_text(f"{name.partition('-')[0]}/__init__.py,,\n{name}.dist-info/RECORD,,\n")
        if extra:
            (info / extra).write_text("{}")
    done = workshop.run("--site", str(tmp_path / "site"))
    assert done.returncode == 0, done.stderr
    assert workshop.rows()["plain"][3:] == ["installed", "plain-1.0"]
    assert workshop.rows()["old-one"] == [[], ["old_one"], []]
