"""Requirements files are read as pip reads them, and nothing outside of the project is opened."""

from __future__ import annotations

import os
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_containerize.domain.notebook import Location, Manager
from jupyter_containerize.resolution.declared import files_beside, read_requirement_file
from jupyter_containerize.resolution.declared.requirement_files import requirements_of, split_stream
from jupyter_containerize.resolution.declared.source import Source

WHERE = Location(path="n.ipynb", cell=2, line=1)


def _of(text):
    return split_stream(requirements_of(Source(text=text, shown="requirements.txt", rule="requirements.txt")))


def _said(item):
    extras = f"[{','.join(item.extras)}]" if item.extras else ""
    url = f" @ {item.url}" if item.url else ""
    marker = f"; {item.marker}" if item.marker else ""
    return f"{item.location.line}: {item.name}{extras}{item.specifier}{url}{marker}"


CONDA_WHEEL = "file:///home/conda/feedstock_root/build/dist/numpy-1.26.4-cp39-cp39-linux_x86_64.whl"
LINES = {
    "pin": ("numpy==1.26.4", ["1: numpy==1.26.4"]),
    "any": ("Scikit_Learn", ["1: scikit-learn"]),
    "comment": ("# first\n\nnumpy>=1.2,<2  # why", ["3: numpy<2,>=1.2"]),
    "extras": ("requests[socks, security]~=2.31", ["1: requests[security,socks]~=2.31"]),
    "marker": (
        "tf==2.1 ; python_version < '3.8' and sys_platform == \"linux\"",
        ['1: tf==2.1; python_version < "3.8" and sys_platform == "linux"'],
    ),
    "joined": ("numpy \\\n  >=1.2, \\\n  <2\npandas", ["1: numpy<2,>=1.2", "4: pandas"]),
    "joined and ended": ("numpy \\", ["1: numpy"]),
    "comment between": ("numpy \\\n# no\npandas", ["1: numpy", "3: pandas"]),
    "hashes": ("numpy==1.2 \\\n  --hash=sha256:aa \\\n  --hash=sha256:bb", ["1: numpy==1.2"]),
    "many hashes": ("numpy==1.2 " + "--hash=sha256:aaaaaaaaaaaaaaaaaaaaaa " * 500, ["1: numpy==1.2"]),
    "options": (
        "-i https://h/simple\n--extra-index-url=https://h\n-f /x\n--no-index\n--pre\n--hash x\nnumpy",
        ["7: numpy"],
    ),
    "editable": (
        "-e git+https://me:pw@h/r.git@v1#egg=Foo_Bar\n--editable=./lib",
        ["1: foo-bar @ git+https://h/r.git@v1#egg=Foo_Bar", "2:  @ ./lib"],
    ),
    "short": ("-e.", ["1:  @ ."]),
    "address": ("foo @ https://u:p@h/foo-1.zip ; python_version > '3'", None),
    "wheel": ("https://h/x/foo-1.2-py3-none-any.whl", ["1: foo @ https://h/x/foo-1.2-py3-none-any.whl"]),
    "folder": ("third_party/mine/\n.[test]\n./x", ["1:  @ ./third_party/mine/", "2:  @ .", "3:  @ ./x"]),
    "conda freeze": (
        f"certifi @ file:///opt/conda/conda-bld/certifi_1655/work/certifi\nnumpy @ {CONDA_WHEEL}#sha256=ab",
        ["1: certifi", "2: numpy==1.26.4"],
    ),
    "conda's equals": ("numpy=1.2", ["1: numpy==1.2"]),
}


@pytest.mark.parametrize(("text", "expected"), LINES.values(), ids=LINES)
def test_requirements_of__line__declares(text, expected):
    """Each line is what pip would install; nothing is said about good ones."""
    declared, findings = _of(text)
    expected = expected or ['1: foo @ https://h/foo-1.zip; python_version > "3"']
    assert [_said(item) for item in declared] == expected
    assert findings == ()
    assert {item.manager for item in declared} <= {Manager.PIP}


@pytest.mark.parametrize(
    "line", ["<<<<<<< HEAD", "a b c", "import numpy", "x" * 3000, "numpy; nothing", "%pip install x"]
)
def test_requirements_of__not_a_requirement__is_a_finding_and_the_rest_is_read(line):
    """A bad line is named by its number; its text, which may hold a token, is not repeated."""
    declared, findings = _of(f"numpy\n{line}\npandas")
    assert [item.name for item in declared] == ["numpy", "pandas"]
    assert [(item.code, str(item.location)) for item in findings] == [("JC-RESOLUTION-32", "requirements.txt:2")]
    assert line not in findings[0].message + findings[0].hint


def test_read_requirement_file__names_others__follows_them(tmp_path):
    """-r and -c are followed, relative to the file that names them; a circle ends."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "requirements.txt").write_text("a\n-r sub/more.txt\n--constraint=sub/pins.txt\n")
    (tmp_path / "sub/more.txt").write_text("b==1\n-r ../requirements.txt\n-r more.txt")
    (tmp_path / "sub/pins.txt").write_text("c==3\n")
    declared, findings = read_requirement_file(tmp_path / "requirements.txt", location=WHERE)
    assert findings == ()
    assert [(item.name, item.rule, str(item.location)) for item in declared] == [
        ("a", "requirements.txt", "requirements.txt:1"),
        ("b", "requirements.txt", "sub/more.txt:1"),
        ("c", "constraints.txt", "sub/pins.txt:1"),
    ]


NOT_FOLLOWED = {
    "not there": "-r nowhere.txt",
    "on the web": "-r https://u:pw@h/r.txt",
    "outside": "-r ../../secret.txt",
    "absolute": "-r /etc/hostname",
    "link to outside": "-r link.txt",
    "nothing": "-r",
    "impossible": "-r a\0b",
}


@pytest.mark.parametrize("line", NOT_FOLLOWED.values(), ids=NOT_FOLLOWED)
def test_read_requirement_file__names_what_is_out_of_reach__says_so(line, tmp_path):
    """Nothing outside of the boundary is opened, whatever a file says."""
    home = tmp_path / "home/project"
    home.mkdir(parents=True)
    (tmp_path / "secret.txt").write_text("secret==1\n")
    (home / "link.txt").symlink_to(tmp_path / "secret.txt")
    (home / "requirements.txt").write_text(f"{line}\nnumpy\n")
    declared, findings = read_requirement_file(home / "requirements.txt", location=WHERE, boundary=home)
    assert [item.name for item in declared] == ["numpy"]
    assert [(item.code, str(item.location)) for item in findings] == [("JC-RESOLUTION-33", "requirements.txt:1")]
    assert "pw" not in findings[0].message


def test_read_requirement_file__too_many__ends(tmp_path):
    """A chain of files ends."""
    for number in range(100):
        (tmp_path / f"{number}.txt").write_text(f"d{number}\n-r {number + 1}.txt\n")
    declared, findings = read_requirement_file(tmp_path / "0.txt", location=WHERE)
    assert len(declared) < 40
    assert [item.code for item in findings] == ["JC-RESOLUTION-33"]


def test_read_requirement_file__cannot_be_read__is_said_of_the_command(tmp_path):
    """What a cell names and is not there, or is out of bounds, is said where the cell names it."""
    (tmp_path / "in").mkdir()
    (tmp_path / "out.txt").write_text("numpy")
    for name in ("missing.txt", "../out.txt"):
        declared, findings = read_requirement_file(tmp_path / "in" / name, location=WHERE, folder=tmp_path / "in")
        assert declared == ()
        assert [(item.code, item.location) for item in findings] == [("JC-RESOLUTION-33", WHERE)]
    declared, findings = read_requirement_file(
        tmp_path / "out.txt", location=WHERE, folder=tmp_path / "in", boundary=tmp_path
    )
    assert [(item.name, str(item.location)) for item in declared] == [("numpy", "../out.txt:1")]


ENCODINGS = {
    "powershell": "numpy==1.2\r\npandas\r\n".encode("utf-16"),
    "big end first": b"\xfe\xff" + "numpy==1.2\npandas".encode("utf-16-be"),
    "mark": b"\xef\xbb\xbfnumpy==1.2\npandas",
    "old mac": b"numpy==1.2\rpandas\r",
}


@pytest.mark.parametrize("content", ENCODINGS.values(), ids=ENCODINGS)
def test_files_beside__encodings__are_recognised(content, tmp_path):
    """What Windows writes is read as well."""
    (tmp_path / "requirements.txt").write_bytes(content)
    declared, findings = files_beside(tmp_path)
    assert ([(item.name, item.location.line) for item in declared], findings) == ([("numpy", 1), ("pandas", 2)], ())


def test_files_beside__not_a_text__is_a_finding(tmp_path):
    """Bytes that are no text, a pipe and a folder of that name are said, and nothing hangs."""
    (tmp_path / "requirements.txt").write_bytes(b"\xff\x00\xfe\xfd")
    os.mkfifo(tmp_path / "environment.yml")
    (tmp_path / "pyproject.toml").mkdir()
    declared, findings = files_beside(tmp_path)
    assert declared == ()
    assert {(item.code, item.location.path) for item in findings} == {
        ("JC-RESOLUTION-31", name) for name in ("requirements.txt", "environment.yml", "pyproject.toml")
    }


@given(
    st.text()
    | st.lists(st.sampled_from(["-r", "-e", "x", " ", "==", "@", ";", "\\\n", "[", "]", "#", "://"])).map("".join)
)
def test_requirements_of__any_text__raises_nothing(text):
    """Whatever the file holds, the answer is declarations and findings with lines in it."""
    declared, findings = _of(text)
    lines = text.count("\n") + 1
    assert all(1 <= item.location.line <= lines for item in (*declared, *findings))
    assert all(re.fullmatch(r"[a-z0-9-]*", item.name) for item in declared)
