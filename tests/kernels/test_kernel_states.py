"""A state is kept under all that the run depended on, and comes back whole or not at all."""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path

import pytest

from jupyter_containerize.domain.environment import Distribution, KernelEnvironment
from jupyter_containerize.domain.notebook import Finding, Location, Severity
from jupyter_containerize.domain.serving import (
    CapturedObject,
    CapturedState,
    Example,
    Parity,
    ParityProof,
    ServingSpec,
    StatePart,
    StateSource,
)
from jupyter_containerize.kernels import capture_key, run_state, run_surroundings, store_state, stored_state
from jupyter_containerize.transport.errors import NotWritable

NUMPY = Distribution(name="numpy", version="2.0", import_names=("numpy",))
ENVIRONMENT = KernelEnvironment(
    kernel="python3",
    executable="/usr/bin/python3",
    python_version="3.11.2",
    implementation="cpython",
    platform="linux-x86_64",
    distributions=(NUMPY,),
    stdlib=frozenset(),
)
PLACE = Location(path="work.ipynb", cell=1, line=2)


@pytest.fixture
def project(tmp_path):
    """Return a folder with a data file, a data folder and a project that is installed in place."""
    (tmp_path / "data.csv").write_text("a,b\n")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "one.txt").write_text("1")
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "mine.py").write_text("x = 1\n")
    return tmp_path


def _key(project: Path, *, source="x = 1", tags=(), symbol="predict", version="2.0", **environment):
    mine = Distribution(name="mine", version="1", import_names=("mine",), direct_url=(project / "src").as_uri())
    numpy = dataclasses.replace(NUMPY, version=version)
    known = dataclasses.replace(ENVIRONMENT, **{"distributions": (mine, numpy), **environment})
    files = {name: project / name for name in ("data.csv", "folder", "missing.csv")}
    return capture_key([source, *tags], run_surroundings(known, files), symbol=symbol)


CHANGES = {
    "a cell": {"source": "x = 2"},
    "a tag that changes the run": {"tags": ("raises-exception",)},
    "the symbol": {"symbol": "other"},
    "a version": {"version": "2.1"},
    "the python": {"python_version": "3.11.3"},
    "the kernel": {"executable": "/other/python"},
}
WRITES = {
    "a file that code names": "data.csv",
    "a file in a folder that code names": "folder/two.txt",
    "a file that was missing": "missing.csv",
    "the source of an editable install": "src/mine.py",
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_capture_key__something_else_is_run__changes(change, project):
    """What the run depends on is in the key, and the same gives the same."""
    assert _key(project) == _key(project)
    assert _key(project, **change) != _key(project)


@pytest.mark.parametrize("path", WRITES.values(), ids=WRITES)
def test_capture_key__a_file_changes__changes(path, project):
    """Files count by their content."""
    before = _key(project)
    (project / path).write_text("changed")
    assert _key(project) != before


def test_capture_key__byte_code_and_environments_change__stays(project):
    """What Python writes beside sources, and environments inside a project, do not count."""
    before = _key(project)
    for path in ("src/__pycache__/mine.pyc", "src/.venv/pyvenv.cfg", "src/.venv/lib.py", "src/notes.txt"):
        (project / path).parent.mkdir(exist_ok=True)
        (project / path).write_text("x")
    assert _key(project) == before


@pytest.fixture
def state(tmp_path):
    """Return a state with one object of two files."""
    payload = tmp_path / "made" / "model.pkl"
    payload.parent.mkdir()
    payload.write_bytes(b"model")
    buffers = payload.with_name("model.buffers")
    buffers.write_bytes(b"buffers")
    part = StatePart(
        name="model.buffers",
        format="buffers",
        sha256=hashlib.sha256(b"buffers").hexdigest(),
        size_bytes=7,
        payload=buffers,
    )
    captured = CapturedObject(
        name="model",
        type_name="sklearn.svm.SVC",
        format="cloudpickle-5",
        sha256=hashlib.sha256(b"model").hexdigest(),
        size_bytes=5,
        payload=payload,
        modules=("numpy", "sklearn.svm"),
        location=PLACE,
        parts=(part,),
    )
    spec = ServingSpec(
        symbol="predict",
        doc="Say it.",
        inputs={"type": "object"},
        output={},
        example=Example(location=PLACE, request={"x": [1, None]}, response={"y": 2.5}),
    )
    finding = Finding(code="JC-KERNELS-21", message="no", severity=Severity.WARNING, location=PLACE)
    return CapturedState(
        objects=(captured,),
        cloudpickle_version="3.1.2",
        spec=spec,
        seconds=4.5,
        findings=(finding,),
        more=(dataclasses.replace(spec, symbol="rate", kind="method", route="/rate", method="GET", example=None),),
        source=StateSource.LIVE,
        parity=Parity(proof=ParityProof.ANSWERS, asked=3, reason="because"),
        answers=('{"y": 2.5}', "!ValueError"),
        shown="2.5",
    )


def test_store_state__kept__comes_back_equal(state, tmp_path):
    """What comes back is what was kept, and says that nothing was run."""
    cache = tmp_path / "cache"
    assert stored_state("key", cache) is None
    kept = store_state("key", state, cache)
    assert kept.objects[0].payload.read_bytes() == b"model"
    assert kept.objects[0].payload.is_relative_to(cache)
    assert kept.objects[0].parts[0].payload == cache / "key" / "model.buffers"
    assert kept.objects[0].parts[0].payload.read_bytes() == b"buffers"
    assert kept.seconds == 4.5
    assert stored_state("key", cache) == dataclasses.replace(kept, seconds=0.0, reused=True)
    bare = dataclasses.replace(state, spec=dataclasses.replace(state.spec, example=None), findings=())
    assert stored_state("key", cache).spec.example is not None
    assert store_state("key", bare, cache) == dataclasses.replace(bare, objects=kept.objects)
    assert stored_state("key", cache).spec.example is None
    assert [path.name for path in cache.iterdir()] == ["key"]


BREAKS = {
    "payload changed": ("model.pkl", b"other"),
    "part changed": ("model.buffers", b"other"),
    "payload shorter": ("model.pkl", b""),
    "not JSON": ("state.json", b"{"),
    "other JSON": ("state.json", b"{}"),
    "JSON of other types": ("state.json", b'{"objects": 3, "cloudpickle_version": "3", "spec": {"example": null}}'),
}


@pytest.mark.parametrize(("name", "content"), BREAKS.values(), ids=BREAKS)
def test_stored_state__damaged__is_not_used(name, content, state, tmp_path):
    """A state that is not what was kept counts as none."""
    store_state("key", state, tmp_path / "cache")
    (tmp_path / "cache" / "key" / name).write_bytes(content)
    assert stored_state("key", tmp_path / "cache") is None


@pytest.mark.parametrize("content", [b"", b"\xff\x00", b"{", b"a\x00b", b"../.."])
def test_run_state__note_damaged__is_not_used(content, state, tmp_path):
    """A note of a run that names no state counts as none."""
    cache = tmp_path / "cache"
    store_state("key", state, cache)
    (cache / "run.run").write_bytes(content)
    assert run_state("run", cache) is None


def test_stored_state__payload_is_gone__is_not_used(state, tmp_path):
    """A state without its payload counts as none."""
    store_state("key", state, tmp_path / "cache").objects[0].payload.unlink()
    assert stored_state("key", tmp_path / "cache") is None


def test_store_state__cannot_be_written__leaves_nothing(state, tmp_path):
    """A cache that is no folder is an error with its path."""
    (tmp_path / "cache").write_text("")
    with pytest.raises(NotWritable):
        store_state("key", state, tmp_path / "cache")


def test_store_state__payload_cannot_be_read__leaves_nothing(state, tmp_path):
    """What fails in the middle is not visible under the key, nor under another name."""
    state.objects[0].payload.unlink()
    with pytest.raises(FileNotFoundError):
        store_state("key", state, tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []
