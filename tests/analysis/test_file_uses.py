"""What a notebook reads and writes, and what is wrong with it."""

from __future__ import annotations

import ast
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_containerize.analysis.file_uses import FILE_BIG, FILE_MISSING, FILE_ON_ONE_MACHINE, find_file_uses
from jupyter_containerize.analysis.statements import read_code
from jupyter_containerize.domain.notebook import FileUse, Finding, Location
from tests.notebooks.made import notebook_of


def uses_of(
    *sources: str, root: Path | None = None, boundary: Path | None = None
) -> tuple[tuple[FileUse, ...], tuple[Finding, ...]]:
    """Return the uses and findings of a notebook with these cells."""
    notebook = notebook_of(*sources)
    statements = [(item.node, item.text.location) for item in read_code(notebook).statements]
    return find_file_uses(statements, root=root, boundary=boundary, cells=notebook.code_cells, path=notebook.path)


# Source -> (access, text, path) of each use.
USES: dict[str, tuple[str, list[tuple[str, str, str | None]]]] = {
    "open": ("open('a.txt')", [("read", "a.txt", "a.txt")]),
    "open to write": ("open('a.txt', 'w')", [("write", "a.txt", "a.txt")]),
    "open to append": ("open('a.txt', mode='ab')", [("write", "a.txt", "a.txt")]),
    "open with keywords": ("open(file='a.txt')", [("read", "a.txt", "a.txt")]),
    "open as a method of nothing known": ("x.open('a.txt')", []),
    "in with": ("import json\nwith open('a.json') as f:\n    json.load(f)", [("read", "a.json", "a.json")]),
    "pandas": ("import pandas as p\np.read_csv('d/a.csv')", [("read", "d/a.csv", "d/a.csv")]),
    "pandas from": ("from pandas import read_csv as rc\nrc('a.csv')", [("read", "a.csv", "a.csv")]),
    "pandas without import": ("pd.read_parquet('a.parquet')", [("read", "a.parquet", "a.parquet")]),
    "pandas keyword": ("pd.read_csv(filepath_or_buffer='a.csv')", [("read", "a.csv", "a.csv")]),
    "to_csv": ("df.groupby('a').sum().to_csv('o.csv')", [("write", "o.csv", "o.csv")]),
    "to_dict": ("df.to_dict('records')", []),
    "joblib": (
        "import joblib\njoblib.load('m.pkl')\njoblib.dump(m, 'n.pkl')",
        [("read", "m.pkl", "m.pkl"), ("write", "n.pkl", "n.pkl")],
    ),
    "torch": (
        "import torch\ntorch.save(m.state_dict(), 'm.pt')\ntorch.load('m.pt')",
        [("write", "m.pt", "m.pt"), ("read", "m.pt", "m.pt")],
    ),
    "numpy": ("np.load('a.npy')\nnp.loadtxt('b.txt')", [("read", "a.npy", "a.npy"), ("read", "b.txt", "b.txt")]),
    "numpy adds its ending": ("np.save('a', x)", [("write", "a.npy", "a.npy")]),
    "evaluate.load": ("import evaluate\nevaluate.load('accuracy')", []),
    "pathlib": ("from pathlib import Path\nPath('d/a.txt').read_text()", [("read", "d/a.txt", "d/a.txt")]),
    "pathlib open": ("from pathlib import Path\n(Path('d') / 'a').open('w')", [("write", "d/a", "d/a")]),
    "pathlib name": (
        "import pathlib\nroot = pathlib.Path('d')\nf = root / 'a.txt'\nf.write_text('x')",
        [("write", "d/a.txt", "d/a.txt")],
    ),
    "joinpath": ("from pathlib import Path\nPath('d').joinpath('e', 'a').read_bytes()", [("read", "d/e/a", "d/e/a")]),
    "parent": ("from pathlib import Path\nopen(Path('d/e').parent / 'a')", [("read", "d/a", "d/a")]),
    "os.path.join": ("import os\nD = 'd'\nopen(os.path.join(D, 'a.txt'))", [("read", "d/a.txt", "d/a.txt")]),
    "f-string": ("n = 'a'\nopen(f'd/{n}.txt')", [("read", "d/a.txt", "d/a.txt")]),
    "plus": ("d = 'd/'\nopen(d + 'a.txt')", [("read", "d/a.txt", "d/a.txt")]),
    "plus assign": ("d = 'd'\nd += '/a'\nopen(d)", [("read", "d/a", "d/a")]),
    "attribute": ("class C:\n    D = 'd'\nopen(C.D + '/a')", [("read", "d/a", "d/a")]),
    "part known": ("open(f'{folder}/a.txt')", [("read", "{folder}/a.txt", None)]),
    "a format": ("open('a_{}.txt'.format(i))\nopen('b_%d' % i)", [("read", "a_{}.txt", None), ("read", "b_%d", None)]),
    "nothing known": ("open(path)\nopen(f'{path}')\nopen()\nopen(*a)", []),
    "a parameter hides the name": ("p = 'a'\ndef f(p):\n    open(p)\nopen(p)", [("read", "a", "a")]),
    "a loop hides the name": ("p = 'a'\nfor p in ps:\n    open(p)", []),
    "a comprehension hides the name": ("p = 'a'\n[open(p) for p in ps]\nopen(p)", [("read", "a", "a")]),
    "a list": (
        "import dask.dataframe as dd\ndd.read_csv(['a.csv', 'b.csv'])",
        [("read", "a.csv", "a.csv"), ("read", "b.csv", "b.csv")],
    ),
    "data files": (
        "from datasets import load_dataset\nload_dataset('csv', data_files={'train': 'a.csv', 'test': 'b.csv'})",
        [("read", "a.csv", "a.csv"), ("read", "b.csv", "b.csv")],
    ),
    "data set by name": ("from datasets import load_dataset\nload_dataset('imdb')", []),
    "pattern": ("import glob\nglob.glob('d/*.csv')", [("read", "d/*.csv", None)]),
    "spark": (
        "spark.read.option('header', True).csv('a.csv')\ndf.write.mode('overwrite').parquet('o')",
        [("read", "a.csv", "a.csv"), ("write", "o", "o")],
    ),
    "images": (
        "import cv2\nfrom PIL import Image\ncv2.imread('a.png')\nImage.open('b.png')\nplt.savefig('c.png')",
        [("read", "a.png", "a.png"), ("read", "b.png", "b.png"), ("write", "c.png", "c.png")],
    ),
    "keras": (
        "model.save('m.keras')\nload_model('m.keras')\nmodel.load_weights('w.h5')",
        [("write", "m.keras", "m.keras"), ("read", "m.keras", "m.keras"), ("read", "w.h5", "w.h5")],
    ),
    "a model by name": ("AutoModel.from_pretrained('bert-base-uncased')", []),
    "a model by path": ("AutoModel.from_pretrained('./bert')", [("read", "./bert", "bert")]),
    "archives": (
        "import tarfile, zipfile\ntarfile.open('a.tar.xz', 'r:xz')\nzipfile.ZipFile('o.zip', 'w')",
        [("read", "a.tar.xz", "a.tar.xz"), ("write", "o.zip", "o.zip")],
    ),
    "h5py": ("import h5py\nh5py.File('a.h5', 'r')", [("read", "a.h5", "a.h5")]),
    "sqlite": ("import sqlite3\nsqlite3.connect('a.db')\nsqlite3.connect(':memory:')", [("write", "a.db", "a.db")]),
    "copies": ("import shutil\nshutil.copy('a', 'b')", [("read", "a", "a"), ("write", "b", "b")]),
    "url": (
        "pd.read_csv('https://u:pw@h.org/a.csv?token=1#x')\npd.read_csv('s3://b/a.csv')",
        [("read", "https://h.org/a.csv", None), ("read", "s3://b/a.csv", None)],
    ),
    "url with a token": (
        f"import requests\nrequests.get('https://h.org/bot7391846250:AA{'aB3dE5gH7jK' * 3}/me')",
        [("read", "https://h.org/", None)],
    ),
    "download": (
        "from urllib.request import urlretrieve\nurlretrieve('https://h.org/a.zip', 'a.zip')",
        [("read", "https://h.org/a.zip", None), ("write", "a.zip", "a.zip")],
    ),
    "shell": (
        "!wget -q https://h.org/d/a.csv -O data.csv\n!curl -LO https://h.org/b.csv\n!echo x > c.txt",
        [
            ("read", "https://h.org/d/a.csv", None),
            ("write", "data.csv", "data.csv"),
            ("read", "https://h.org/b.csv", None),
            ("write", "b.csv", "b.csv"),
            ("write", "c.txt", "c.txt"),
        ],
    ),
    "clone": (
        "!git clone --depth 1 https://h.org/u/r.git",
        [("read", "https://h.org/u/r.git", None), ("write", "r", "r")],
    ),
    "cell magics": (
        "%%writefile -a d/a.py\nx = 1",
        [("write", "d/a.py", "d/a.py")],
    ),
    "bash": ("%%bash\nmkdir d\ntouch d/a", [("write", "d", "d"), ("write", "d/a", "d/a")]),
    "another folder": ("%cd d\nopen('a')\n%cd ..\nopen('b')", [("read", "a", "d/a"), ("read", "b", "b")]),
    "an unknown folder": ("import os\nos.chdir(where)\nopen('a')", [("read", "a", None)]),
    "text that is no path": ("pd.read_csv('a,b\\n1,2')\npd.read_html('<table></table>')\npd.read_json('{}')", []),
    "the system's": ("open('/dev/null', 'w')\nopen('/proc/cpuinfo')", []),
    "Windows": ("open(r'd\\a.txt')", [("read", "d\\a.txt", "d/a.txt")]),
    "above": ("open('../a.txt')", [("read", "../a.txt", "../a.txt")]),
}


@pytest.mark.parametrize("name", USES)
def test_find_file_uses__call__names_its_file(name):
    """Known functions are found under any name, with the path that literals and known names spell."""
    source, expected = USES[name]
    uses, _ = uses_of(source)
    assert [(use.access.value, use.text, use.path) for use in uses] == expected


UNPORTABLE = {
    "absolute": "/data/a.csv",
    "home": "~/a.csv",
    "drive": "C:\\data\\a.csv",
    "Colab": "/content/drive/MyDrive/a.csv",
    "Kaggle": "/kaggle/input/a.csv",
    "Databricks": "dbfs:/mnt/a.csv",
}


@pytest.mark.parametrize("name", UNPORTABLE)
def test_find_file_uses__path_on_one_machine__finding(name, tmp_path):
    """A path that exists on one machine only is marked, and gives one finding for all its reads."""
    text = UNPORTABLE[name]
    uses, findings = uses_of(f"pd.read_csv({text!r})", f"pd.read_csv({text!r})", root=tmp_path)
    assert [(use.portable, use.path, use.exists) for use in uses] == [(False, None, None)] * 2
    assert [(finding.code, str(finding.location)) for finding in findings] == [(FILE_ON_ONE_MACHINE, "made.ipynb[1]:1")]


def test_find_file_uses__file_beside__has_its_size(tmp_path):
    """A file in the notebook's folder is found with its size, also by its absolute path; a folder without."""
    (tmp_path / "d").mkdir()
    (tmp_path / "d/a.csv").write_bytes(b"12345")
    sources = ["pd.read_csv('d/../d/a.csv')", f"open({str(tmp_path / 'd/a.csv')!r})", "import os\nos.listdir('d')"]
    uses, findings = uses_of(*sources, root=tmp_path)
    assert [(use.path, use.exists, use.size_bytes, use.portable) for use in uses] == [
        ("d/a.csv", True, 5, True),
        ("d/a.csv", True, 5, False),
        ("d", True, None, True),
    ]
    assert [finding.code for finding in findings] == [FILE_ON_ONE_MACHINE]


# Source -> whether the file "a.csv" (or "d/a.csv") that is not there gives a finding.
MISSING: dict[str, tuple[str, bool]] = {
    "missing": ("pd.read_csv('a.csv')", True),
    "only written": ("df.to_csv('a.csv')", False),
    "written before": ("df.to_csv('a.csv')\npd.read_csv('a.csv')", False),
    "written after": ("pd.read_csv('a.csv')\ndf.to_csv('a.csv')", True),
    "its folder is written": ("model.save_pretrained('d')\nopen('d/a.csv')", False),
    "in it is written": ("import os\nopen('d/a.csv', 'w')\nos.listdir('d')", False),
    "its folder is made": ("import os\nos.makedirs('d')\nopen('d/a.csv')", False),
    "downloaded": ("!wget https://h.org/a.csv\nopen('a.csv')", False),
    "unpacked": ("!unzip x.zip\nopen('a.csv')", False),
    "extracted": ("z.extractall()\nopen('a.csv')", False),
    "asked for": ("import os\nif os.path.exists('a.csv'):\n    open('a.csv')", False),
    "given to an unknown function": ("fetch(url, to='a.csv')\nopen('a.csv')", False),
    "printed": ("print('a.csv')\nopen('a.csv')", True),
    "listed": ("!ls\nopen('a.csv')", True),
    "written by a magic": ("%%writefile a.csv\nx", False),
    "made by connecting": ("import sqlite3\nsqlite3.connect('a.csv')", False),
    "a URL": ("pd.read_csv('https://h.org/a.csv')", False),
    "partly known": ("open(f'{d}/a.csv')", False),
}


@pytest.mark.parametrize("name", MISSING)
def test_find_file_uses__file_not_there__finding_unless_something_may_write_it(name, tmp_path):
    """A missing file is only told when nothing before it can have written it."""
    source, told = MISSING[name]
    _, findings = uses_of(source, root=tmp_path)
    assert [finding.code for finding in findings] == [FILE_MISSING] * told


def test_find_file_uses__written_before_read__is_said(tmp_path):
    """A file that the notebook writes in an earlier cell is marked where it is read."""
    uses, _ = uses_of("open('o/a', 'w')", "open('./o/a')", "%%writefile b.py\nx", "open('b.py')", root=tmp_path)
    assert [(use.text, use.access.value, use.written_first) for use in uses] == [
        ("o/a", "write", False),
        ("./o/a", "read", True),
        ("b.py", "write", False),
        ("b.py", "read", True),
    ]


def test_find_file_uses__big_file__finding(tmp_path):
    """A file above half a gigabyte is named with its size."""
    (tmp_path / "a.bin").touch()
    os.truncate(tmp_path / "a.bin", 1_500_000_000)
    _, [finding] = uses_of("open('a.bin')", root=tmp_path)
    assert finding.code == FILE_BIG
    assert "1.5 GB" in finding.message


def test_find_file_uses__outside__is_not_looked_at(tmp_path, monkeypatch):
    """Nothing outside of the boundary is touched: not by .., by an absolute path, nor through a symlink."""
    root = tmp_path / "work" / "nb"
    (root / "d").mkdir(parents=True)
    (tmp_path / "secret").write_text("x")
    (tmp_path / "work" / "a.txt").write_text("x")
    (root / "out").symlink_to(tmp_path / "secret")
    (root / "up").symlink_to("../a.txt")
    (root / "loop").symlink_to("loop")
    (root / "gone").symlink_to("nowhere")
    touched: list[str] = []
    for name in ("lstat", "stat", "readlink"):
        real = getattr(os, name)
        monkeypatch.setattr(
            os, name, lambda path, *a, _real=real, **k: touched.append(str(path)) or _real(path, *a, **k)
        )
    names = ["../../secret", "../a.txt", "out", "up", "loop", "gone", "d/x/y", str(tmp_path / "secret"), "a\0b"]
    uses, _ = uses_of(*(f"open({name!r})" for name in names), root=root)
    inside = {use.text: use.exists for use in uses}
    assert inside == {
        **dict.fromkeys(["../../secret", "../a.txt", "out", "up"]),
        **dict.fromkeys(["loop", "gone", "d/x/y"], False),
        str(tmp_path / "secret"): None,
    }
    assert not [path for path in touched if path.endswith(("secret", "a.txt"))]
    wider, _ = uses_of(*(f"open({name!r})" for name in names), root=root, boundary=tmp_path / "work")
    assert {use.text: use.exists for use in wider if use.text in {"../a.txt", "up", "out"}} == {
        "../a.txt": True,
        "up": True,
        "out": None,
    }


def test_find_file_uses__special_file__has_no_size(tmp_path):
    """A pipe is there and has no size; nothing is opened."""
    os.mkfifo(tmp_path / "pipe")
    [use], _ = uses_of("open('pipe')", root=tmp_path)
    assert (use.exists, use.size_bytes) == (True, None)


def test_find_file_uses__growing_text__is_given_up():
    """A text that doubles with each line is not kept, nor is a deep expression followed to its end."""
    doubled = "a = 'x'\n" + "a = a + a\n" * 100 + "open(a)"
    deep = "open(" + " + ".join(["'x'"] * 900) + ")"
    wide = f"import os\nopen(os.path.join({', '.join(['a'] * 5_000)}))"
    chain = "df" + ".x()" * 500 + ".to_csv('o.csv')"
    uses, _ = uses_of(doubled, deep, wide, chain)
    assert [use.text for use in uses if "x" not in use.text] == ["o.csv"]


_EXPRESSIONS = st.recursive(
    st.sampled_from(["'a.txt'", "x", "f'{x}/b'", "Path('d')", "1", "'\\0'", "'*'", "'//'", "'C:\\\\a'", "'~'", "'%s'"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from([" / ", " + ", " % ", " or "]), inner).map("".join),
        st.tuples(st.sampled_from(["open(", "pd.read_csv(", "os.path.join(", "Path(", "!", "x.load("]), inner).map(
            lambda pair: f"{pair[0]}{pair[1]})"
        ),
        inner.map("({}).read_text()".format),
        inner.map("[{0} for x in y if {0}]".format),
        inner.map("(x := {})".format),
    ),
    max_leaves=8,
)


@given(st.lists(_EXPRESSIONS, max_size=4))
def test_find_file_uses__any_code__never_fails(expressions):
    """Whatever parses gives uses with texts that can be shown, and never an error."""
    statements = []
    for source in expressions:
        try:
            statements += ast.parse(source).body
        except SyntaxError:
            continue
    uses, _ = find_file_uses(
        [(node, lambda line: Location(path="a", cell=1, line=line)) for node in statements], root=None
    )
    assert all(use.text and "\n" not in use.text for use in uses)
