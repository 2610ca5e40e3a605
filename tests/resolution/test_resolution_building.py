"""Wheels of what comes from no index: packed again from the kernel's files, or built from the source."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
import zipfile

import pytest
import uv
from locking import lock_in_a_kernel
from made_projects import make_archive, make_project
from small_wheels import make_wheel

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.environment import Distribution, Evidence, Requirement
from jupyter_containerize.domain.errors import Cancelled
from jupyter_containerize.resolution import PackageIndex
from jupyter_containerize.resolution.building import Builder
from jupyter_containerize.resolution.errors import CompiledSource, LocalInstall, NoWheel, SourceUnbuildable
from jupyter_containerize.resolution.repack import Kernel

EVIDENCE = (Evidence(rule="import", detail="mine"),)


@pytest.fixture
def links(tmp_path, monkeypatch):
    """Return a folder that is the only index."""
    folder = tmp_path / "links"
    folder.mkdir()
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    return folder


@pytest.fixture
def builder(tmp_path, links):
    """Return what makes wheels, with no index but an empty folder."""
    return Builder(folder=tmp_path / "wheels", index=PackageIndex.from_environment(), cancel=CancelToken())


@pytest.fixture
def venv(tmp_path):
    """Return a function that installs something into an environment of its own and returns its interpreter."""
    place = tmp_path / "venv"

    def uv_run(*arguments):
        subprocess.run([uv.find_uv_bin(), *arguments], check=True, capture_output=True, cwd=tmp_path)

    def install(*arguments):
        if not place.exists():
            uv_run("venv", "--python", sys.executable, str(place))
        uv_run("pip", "install", "--python", str(place), "--no-index", *arguments)
        return place / "bin/python"

    return install


def content(wheel):
    """Return what is in a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def distribution(url, *, name="mine", version="1.0", editable=False, requires=()):
    """Return what the kernel's answer would have of an install."""
    return Distribution(
        name=name, version=version, import_names=(name,), requires=requires, direct_url=url, editable=editable
    )


def never():
    """Refuse to ask the kernel."""
    raise AssertionError("the kernel was asked")


def test_build_wheel__same_source__same_bytes_anywhere(tmp_path, builder):
    """Neither the folder, nor the day, nor the order of the disk, nor modes beyond x change the wheel."""
    one = make_project(tmp_path / "a/mine", scripts="mine-tool")
    two = make_project(tmp_path / "b/another name", scripts="mine-tool")
    (two / "mine/data.txt").chmod(0o600)
    (two / "mine/__pycache__").mkdir()
    (two / "mine/__pycache__/x.pyc").write_bytes(b"x")
    first = builder.build_wheel(one, name="mine", version="1.0")
    other = Builder(folder=tmp_path / "elsewhere", index=builder.index, cancel=builder.cancel)
    second = other.build_wheel(two, name="mine", version="1.0")
    assert first.name == "mine-1.0-py3-none-any.whl"
    assert first.read_bytes() == second.read_bytes()
    assert first.parent.name == second.parent.name
    # What a backend leaves behind is not left among the user's files.
    assert sorted(path.name for path in one.iterdir()) == ["backend.py", "mine", "pyproject.toml"]


def test_build_wheel__installs__as_it_was_built(tmp_path, builder, venv):
    """The wheel that we write is one that others install."""
    wheel = builder.build_wheel(make_project(tmp_path / "mine", scripts="mine-tool"), name="mine")
    python = venv(str(wheel))
    said = subprocess.run([python, "-c", "import mine; print(mine.main())"], capture_output=True, text=True, check=True)
    assert said.stdout == "1\n"
    assert (python.parent / "mine-tool").is_file()


def test_build_wheel__asked_again__builds_nothing(tmp_path, builder, monkeypatch):
    """The same source has its wheel; a changed one, or a wheel that is gone, is built."""
    project = make_project(tmp_path / "mine")
    first = builder.build_wheel(project, name="mine")
    (project / "build").mkdir()
    (project / "build/x").write_text("made by a build")
    with monkeypatch.context() as patched:
        patched.setattr(uv, "find_uv_bin", never)
        assert builder.build_wheel(project, name="mine") == first
    first.unlink()
    assert builder.build_wheel(project, name="mine") == first
    (project / "mine/data.txt").write_text("other")
    second = builder.build_wheel(project, name="mine")
    assert second != first
    assert content(second)["mine/data.txt"] == b"other"


def test_build_wheel__an_archive__is_built_like_its_folder(tmp_path, builder):
    """A source archive and the folder that it was made of give the same wheel."""
    project = make_project(tmp_path / "mine-1.0")
    archive = make_archive(project, tmp_path / "archives")
    assert (
        builder.build_wheel(archive, name="mine").read_bytes() == builder.build_wheel(project, name="mine").read_bytes()
    )


def test_build_wheel__environment__has_no_secret_and_no_compiler(tmp_path, builder, monkeypatch):
    """A build backend is others' code: it gets what it takes to reach an index, and nothing else of ours."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s3cret")
    before = f"pathlib.Path({str(tmp_path / 'seen')!r}).write_text(repr(dict(os.environ)))"
    builder.build_wheel(make_project(tmp_path / "mine", before=before), name="mine", version="1.0")
    seen = (tmp_path / "seen").read_text()
    assert "s3cret" not in seen
    assert "'SOURCE_DATE_EPOCH': '315532800'" in seen
    assert "'CC': 'jupyter-containerize-compiles-nothing'" in seen
    assert "'SETUPTOOLS_SCM_PRETEND_VERSION_FOR_MINE': '1.0'" in seen


def test_build_wheel__for_this_machine_only__is_refused(tmp_path, builder):
    """A wheel that was compiled here is for no image."""
    project = make_project(tmp_path / "mine", tag="cp311-cp311-linux_x86_64")
    with pytest.raises(CompiledSource) as caught:
        builder.build_wheel(project, name="mine", evidence=EVIDENCE)
    error = caught.value
    assert (error.distribution, error.version, error.evidence) == ("mine", "1.0", EVIDENCE)
    assert error.file == "mine-1.0-cp311-cp311-linux_x86_64.whl"


BROKEN = {
    "a backend that fails": ({"before": "raise SystemExit('no such header: cuda.h')"}, "no such header"),
    "a wheel of something else": ({"name": "other"}, "no wheel of mine"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_build_wheel__a_build_that_fails__says_why_and_keeps_nothing(case, tmp_path, builder):
    """The end of what the build said is in the error."""
    settings, text = BROKEN[case]
    project = make_project(tmp_path / "mine", **settings)
    with pytest.raises(SourceUnbuildable) as caught:
        builder.build_wheel(project, name="mine", evidence=EVIDENCE)
    assert text in caught.value.text
    assert caught.value.source in {str(project), "other-1.0-py3-none-any.whl"}
    assert list(builder.folder.iterdir()) == []


@pytest.mark.parametrize("make", [lambda path: path.mkdir(), lambda path: path.write_bytes(b"no archive")])
def test_build_wheel__no_project__is_told(make, tmp_path, builder):
    """A folder of data and a file that is no archive cannot be built."""
    make(tmp_path / "thing.tar.gz")
    with pytest.raises(SourceUnbuildable):
        builder.build_wheel(tmp_path / "thing.tar.gz", name="mine")


def test_build_wheel__cancelled__ends_the_build_and_its_children(tmp_path, links):
    """A build that hangs is gone at once, with what it started."""
    cancel = CancelToken()
    mark = tmp_path / "running"
    before = f"pathlib.Path({str(mark)!r}).write_text(str(os.getpid())); time.sleep(600)"
    project = make_project(tmp_path / "mine", before=before)
    builder = Builder(folder=tmp_path / "wheels", index=PackageIndex.from_environment(), cancel=cancel)

    def stop():
        while not (mark.exists() and mark.read_text()):
            time.sleep(0.02)
        cancel.cancel()

    thread = threading.Thread(target=stop)
    thread.start()
    with pytest.raises(Cancelled):
        builder.build_wheel(project, name="mine")
    thread.join()
    for _ in range(100):
        try:
            os.kill(int(mark.read_text()), 0)
        except ProcessLookupError:
            break
        time.sleep(0.05)
    else:
        raise AssertionError("the backend still runs")
    assert list(builder.folder.iterdir()) == []


def test_wheel_of__a_folder__is_what_the_kernel_has(tmp_path, builder, venv):
    """Of a plain install the installed files count, though the folder has gone on, or is gone."""
    project = make_project(tmp_path / "mine", scripts="mine-tool")
    (project / "tools").mkdir()
    (project / "tools/greet").write_text("#!python\nprint(1)\n")
    (project / "share/mine").mkdir(parents=True)
    (project / "share/mine/model.bin").write_bytes(b"\0\1")
    python = venv(str(project))
    shutil.rmtree(project)
    item = distribution(project.as_uri())
    wheel = builder.wheel_of(item, lambda: Kernel.of(str(python)))
    found = content(wheel)
    assert wheel.name == "mine-1.0-py3-none-any.whl"
    assert found["mine/data.txt"] == b"data"
    assert found["mine-1.0.data/scripts/greet"] == b"#!python\nprint(1)\n"
    assert found["mine-1.0.data/data/share/mine/model.bin"] == b"\0\1"
    assert not [name for name in found if "INSTALLER" in name or "direct_url" in name or "mine-tool" in name]
    assert builder.wheel_of(item, lambda: Kernel.of(str(python))) == wheel
    shutil.rmtree(python.parent.parent)
    again = venv(str(wheel))
    assert (again.parent / "greet").read_text().startswith("#!/")
    assert (again.parent / "mine-tool").is_file()
    assert (again.parent.parent / "share/mine/model.bin").read_bytes() == b"\0\1"


def test_wheel_of__files_changed_in_place__are_taken_as_they_are(tmp_path, builder, venv):
    """What the kernel runs is what serves."""
    project = make_project(tmp_path / "mine")
    python = venv(str(project))
    (installed,) = python.parent.parent.glob("lib/python*/site-packages/mine/data.txt")
    installed.write_text("mended")
    wheel = builder.wheel_of(distribution(project.as_uri()), lambda: Kernel.of(str(python)))
    assert content(wheel)["mine/data.txt"] == b"mended"


def test_wheel_of__editable__is_built_from_the_folder(tmp_path, builder, venv):
    """An editable install has no files of its own; what is in the folder now counts."""
    project = make_project(tmp_path / "mine")
    venv("--editable", str(project))
    (project / "mine/data.txt").write_text("edited")
    wheel = builder.wheel_of(distribution(project.as_uri(), editable=True), never)
    assert content(wheel)["mine/data.txt"] == b"edited"
    assert not [name for name in content(wheel) if name.endswith(".pth")]


def test_wheel_of__a_repository__needs_it_no_more(tmp_path, builder, venv):
    """A commit that cannot be fetched is what the kernel has."""
    project = make_project(tmp_path / "mine")
    for command in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "-m", "x"]):
        subprocess.run(
            ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", *command], cwd=project, check=True
        )
    python = venv(f"mine @ git+{project.as_uri()}")
    shutil.rmtree(project)
    wheel = builder.wheel_of(distribution(f"git+{project.as_uri()}@0123"), lambda: Kernel.of(str(python)))
    assert content(wheel)["mine/data.txt"] == b"data"


def test_wheel_of__a_wheel_in_a_folder__is_that_file(tmp_path, builder):
    """Nothing is made of what is one already."""
    project = make_project(tmp_path / "mine")
    wheel = builder.build_wheel(project, name="mine")
    assert builder.wheel_of(distribution(wheel.as_uri()), never) == wheel


def test_wheel_of__installed_files_missing__falls_back_to_the_source(tmp_path, builder, venv):
    """A source at hand is built; without one there is nothing to take."""
    project = make_project(tmp_path / "mine")
    python = venv(str(project))
    (installed,) = python.parent.parent.glob("lib/python*/site-packages/mine/data.txt")
    installed.unlink()
    item = distribution(project.as_uri())
    assert content(builder.wheel_of(item, lambda: Kernel.of(str(python))))["mine/data.txt"] == b"data"
    shutil.rmtree(project)
    with pytest.raises(LocalInstall) as caught:
        builder.wheel_of(item, lambda: Kernel.of(str(python)), EVIDENCE)
    assert (caught.value.distribution, caught.value.evidence) == ("mine", EVIDENCE)


COMPILED = {
    "a tag": ({"tag": f"cp{sys.version_info[0]}{sys.version_info[1]}-none-linux_x86_64"}, "linux_x86_64"),
    "a library": ({}, "mine/fast.so"),
}


@pytest.mark.skipif(sys.platform != "linux", reason="wheels of Linux's")
@pytest.mark.parametrize("case", COMPILED)
def test_wheel_of__compiled_code__is_refused_by_name(case, tmp_path, builder, venv):
    """What was compiled for this machine is in no image, and the error says what it is."""
    settings, text = COMPILED[case]
    project = make_project(tmp_path / "mine", **settings)
    if not settings:
        (project / "mine/fast.so").write_bytes(b"\x7fELF")
    python = venv(str(project))
    with pytest.raises(CompiledSource) as caught:
        builder.wheel_of(distribution(project.as_uri()), lambda: Kernel.of(str(python)), EVIDENCE)
    assert (caught.value.distribution, caught.value.evidence) == ("mine", EVIDENCE)
    assert text in caught.value.file


def test_wheel_of__a_kernel_that_does_not_answer__falls_back(tmp_path, builder):
    """An interpreter that is gone is no reason to give up a source at hand."""
    project = make_project(tmp_path / "mine")
    wheel = builder.wheel_of(distribution(project.as_uri()), lambda: Kernel.of(str(tmp_path / "no-python")))
    assert content(wheel)["mine/data.txt"] == b"data"


@pytest.fixture
def locked(tmp_path, links):
    """Lock lines in a kernel."""

    def run(*lines, kernel=(), executable=sys.executable):
        requirements = []
        for line in lines:
            name, _, version = line.partition("==")
            requirements.append(
                Requirement(distribution=name, specifier=f"=={version}", import_names=(name,), evidence=EVIDENCE)
            )
        return lock_in_a_kernel(requirements, folder=tmp_path, distributions=kernel, executable=str(executable))

    return run


def test_lock__editable_install__is_a_wheel_of_its_folder(tmp_path, locked):
    """What the kernel has from a folder is locked as a file with its hash; a change is another lock."""
    project = make_project(tmp_path / "mine")
    item = distribution(project.as_uri(), editable=True)
    (package,) = locked("mine==1.0", kernel=(item,))
    assert (package.name, package.version, package.filename) == ("mine", "1.0", "mine-1.0-py3-none-any.whl")
    assert package.url.startswith("file://")
    assert package.size_bytes
    assert locked("mine==1.0", kernel=(item,)) == (package,)
    (project / "mine/data.txt").write_text("other")
    (changed,) = locked("mine==1.0", kernel=(item,))
    assert changed.sha256 != package.sha256


def test_lock__needed_by_another__takes_the_local_one(tmp_path, locked, links):
    """A requirement of a requirement that came from a folder goes before one of that name on the index."""
    make_wheel(links, "top", "1.0", requires=("mine",))
    make_wheel(links, "mine", "9.0")
    project = make_project(tmp_path / "mine")
    kernel = (
        distribution(project.as_uri(), editable=True),
        distribution(None, name="top", requires=("mine",)),
        distribution("file:///nowhere/unused", name="unused"),
    )
    packages = locked("top==1.0", kernel=kernel)
    assert [(item.name, item.version) for item in packages] == [("mine", "1.0"), ("top", "1.0")]


def test_lock__source_on_the_index__is_built_if_pure(tmp_path, locked, links):
    """A version without any wheel is built from its source archive, whose hash is the index's."""
    make_archive(make_project(tmp_path / "mine-1.0"), links)
    (package,) = locked("mine==1.0")
    assert (package.name, package.version) == ("mine", "1.0")
    (kept,) = (tmp_path / "locks").glob("*.toml")
    wheels = list((tmp_path / "locks/wheels").glob("*/*.whl"))
    assert len(wheels) == 1
    wheels[0].unlink()
    assert locked("mine==1.0") == (package,)
    assert kept.is_file()


def test_lock__source_on_the_index_that_is_installed__is_the_installed_one(tmp_path, locked, links, venv):
    """Where the kernel has that very version, its files count and nothing is built."""
    project = make_project(tmp_path / "mine-1.0")
    make_archive(project, links)
    python = venv(str(project))
    (installed,) = python.parent.parent.glob("lib/python*/site-packages/mine/data.txt")
    installed.write_text("of the kernel")
    (package,) = locked("mine==1.0", kernel=(distribution(None),), executable=python)
    (wheel,) = (tmp_path / "locks/wheels").glob("*/*.whl")
    assert content(wheel)["mine/data.txt"] == b"of the kernel"
    assert package.url == wheel.as_uri()


def test_lock__compiled_source_on_the_index__says_so(tmp_path, locked, links):
    """A C extension without a wheel is an error that names it."""
    make_archive(make_project(tmp_path / "mine-1.0", tag="cp311-cp311-linux_x86_64"), links)
    with pytest.raises(CompiledSource) as caught:
        locked("mine==1.0")
    assert (caught.value.distribution, caught.value.version) == ("mine", "1.0")
    assert caught.value.evidence == EVIDENCE


def test_lock__source_that_calls_a_compiler__says_so(tmp_path, locked, links):
    """No compiler is there to be called by accident."""
    before = "import subprocess; subprocess.run([os.environ['CC'], '-c', 'x.c'], check=True)"
    make_archive(make_project(tmp_path / "mine-1.0", before=before), links)
    with pytest.raises(CompiledSource) as caught:
        locked("mine==1.0")
    assert caught.value.file == "mine-1.0.tar.gz"


def test_lock__wheels_for_others__builds_nothing(tmp_path, locked, links):
    """Wheels for other systems say that it is compiled: the source is not tried."""
    make_wheel(links, "mine", "1.0", tag="cp311-cp311-win_amd64")
    before = f"pathlib.Path({str(tmp_path / 'seen')!r}).write_text('built')"
    make_archive(make_project(tmp_path / "mine-1.0", before=before), links)
    with pytest.raises(NoWheel):
        locked("mine==1.0")
    assert not (tmp_path / "seen").exists()
