"""What a kernel has is asked of its interpreter, however its kernelspec starts it."""

from __future__ import annotations

import ast
import json
import platform
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from site_folders import install_distribution

from jupyter_containerize.kernels import inspect, inspect_kernel
from jupyter_containerize.kernels.errors import KernelNotInstalled, KernelNotPython, KernelUnreadable

LAUNCH = ("-m", "ipykernel_launcher", "-f", "{connection_file}")
INSIDE = Path(inspect.__file__).parent / "inside"


@pytest.mark.parametrize("name", [None, "", "python3"])
def test_inspect_kernel__default__has_the_builders_python(name):
    """Without a name the kernel is Jupyter's own, and its versions are the installed ones."""
    environment = inspect_kernel(name)
    found = {item.name: item for item in environment.distributions}
    assert environment.kernel == "python3"
    assert environment.python_version == platform.python_version()
    assert environment.python_minor == "{}.{}".format(*sys.version_info)
    assert environment.implementation == "cpython"
    assert environment.stdlib == sys.stdlib_module_names
    assert found["scikit-learn"].version == version("scikit-learn")
    assert found["scikit-learn"].import_names == ("sklearn",)
    assert "mpl_toolkits.mplot3d" in found["matplotlib"].import_names
    assert any(line.startswith("numpy") for line in found["pandas"].requires)


COMMANDS = {
    "absolute path": [sys.executable, *LAUNCH],
    "flags": [sys.executable, "-Xfrozen_modules=off", "-W", "ignore", *LAUNCH],
    "bare name": ["python", *LAUNCH],
    "bare name with version": ["python3", *LAUNCH],
    "env": ["env", "SOME=thing", sys.executable, *LAUNCH],
    "script": [sys.executable, "/some/where/ipykernel_launcher.py", "-f", "{connection_file}"],
    "code": [sys.executable, "-c", "import ipykernel_launcher", "{connection_file}"],
    "module that starts another python": [
        *(sys.executable, "-m", "some_runner", "/prefix"),
        *(sys.executable, *LAUNCH),
    ],
    "wrapper": ["{resource_dir}/wrapper.sh", *LAUNCH],
    "prefix": ["{prefix}/bin/python", *LAUNCH],
}
RUNNER = "import os, sys\nos.execv(sys.argv[2], sys.argv[2:])\n"


@pytest.mark.parametrize("argv", COMMANDS.values(), ids=COMMANDS)
def test_inspect_kernel__any_command__finds_the_interpreter(argv, install_kernel, tmp_path):
    """Whatever stands before the module is what runs Python."""
    (tmp_path / "some_runner.py").write_text(RUNNER)
    folder = install_kernel("mine", *argv, env={"PYTHONPATH": str(tmp_path)})
    wrapper = folder / "wrapper.sh"
    wrapper.write_text(f'#!/bin/sh\necho "hello from the wrapper"\nexec {sys.executable} "$@"\n')
    wrapper.chmod(0o755)
    assert inspect_kernel("mine").python_version == platform.python_version()


def test_inspect_kernel__relative_executable__is_found_on_the_kernelspecs_path(install_kernel, tmp_path):
    """A name is looked up on the PATH that the kernelspec sets."""
    (tmp_path / "my-python").symlink_to(sys.executable)
    install_kernel("mine", "my-python", *LAUNCH, env={"PATH": f"{tmp_path}:${{PATH}}"})
    assert inspect_kernel("mine").python_version == platform.python_version()


def test_inspect_kernel__not_installed__names_those_that_are(install_kernel):
    """The error carries what could have been meant."""
    install_kernel("mine")
    with pytest.raises(KernelNotInstalled) as caught:
        inspect_kernel("yours")
    assert caught.value.name == "yours"
    assert set(caught.value.installed) >= {"mine", "python3"}


def test_inspect_kernel__other_language__is_refused(install_kernel):
    """A kernel of another language is named with it."""
    install_kernel("ir", "R", "--slave", language="R")
    with pytest.raises(KernelNotPython) as caught:
        inspect_kernel("ir")
    assert caught.value.language == "R"


UNREADABLE = {
    "no such file": (["/no/such/python", *LAUNCH], "No such file"),
    "not an interpreter": (["false", *LAUNCH], "exit code 1"),
    "says why": (["sh", "-c", "echo broken >&2; exit 3", *LAUNCH], "broken"),
    "no interpreter named": (["start-my-kernel", "{connection_file}"], "argv"),
    "no argv": ([""], "argv"),
}


@pytest.mark.parametrize(("argv", "reason"), UNREADABLE.values(), ids=UNREADABLE)
def test_inspect_kernel__no_answer__says_why(argv, reason, install_kernel):
    """The error names the kernel and carries what was seen."""
    install_kernel("mine", *argv)
    with pytest.raises(KernelUnreadable) as caught:
        inspect_kernel("mine")
    assert caught.value.name == "mine"
    assert reason in caught.value.reason


@pytest.mark.parametrize("text", ["{", '{"argv": [], "surprise": 1, "language": 3}', '{"language": "python"}'])
def test_inspect_kernel__kernelspec_is_garbage__is_unreadable(text, install_kernel):
    """A kernel.json that is none is an error with its path, or with what it lacks."""
    folder = install_kernel("mine")
    (folder / "kernel.json").write_text(text)
    with pytest.raises(KernelUnreadable):
        inspect_kernel("mine")


NAMESPACE = '__path__ = __import__("pkgutil").extend_path(__path__, __name__)\n'


LAYOUTS = {
    "package": (["pkg/__init__.py", "pkg/sub/__init__.py", "../../bin/tool"], ("pkg",)),
    "module": (["single.py", "__pycache__/single.cpython-311.pyc"], ("single",)),
    "extension module": (["_fast.cpython-311-x86_64-linux-gnu.so", "plain.abi3.so"], None),
    "namespace": (
        ["google/cloud/storage/__init__.py", "google/cloud/storage/_http.py", "google/iam/v1.py"],
        ("google.cloud.storage", "google.iam.v1"),
    ),
    "libraries beside": (["pkg/__init__.py", "pkg.libs/libfoo-0a1b.so.5", "pkg-stubs/__init__.pyi"], ("pkg",)),
    "byte code only": (["pkg/__init__.pyc"], ("pkg",)),
    "data only": (["share/doc/readme.txt"], ()),
}


@pytest.mark.parametrize(("files", "names"), LAYOUTS.values(), ids=LAYOUTS)
def test_inspect_kernel__layouts__give_the_shallowest_own_names(files, names, distributions, tmp_path):
    """Import names come from the recorded files: as shallow as they are the distribution's own."""
    if names is None:
        if sys.platform != "linux":
            names = ("plain",)
        else:
            suffix = next(item for item in _suffixes() if "cpython" in item)
            files, names = [f"_fast{suffix}", "plain.abi3.so"], ("_fast", "plain")
    install_distribution(tmp_path / "site", "Some_Dist.Name", *files)
    assert distributions(tmp_path / "site")["some-dist-name"].import_names == names


def _suffixes():
    import importlib.machinery  # noqa: PLC0415  # for this case alone

    return importlib.machinery.EXTENSION_SUFFIXES


def test_inspect_kernel__pkgutil_namespace__is_descended(distributions, tmp_path):
    """A package that extends its path belongs to all who add to it."""
    site = tmp_path / "site"
    install_distribution(site, "part", "shared/__init__.py", "shared/part/__init__.py")
    (site / "shared" / "__init__.py").write_text(NAMESPACE)
    assert distributions(site)["part"].import_names == ("shared.part",)


def test_inspect_kernel__no_record__uses_top_level_or_the_name(distributions, tmp_path):
    """Where nothing recorded the files, what is left names the packages."""
    site = tmp_path / "site"
    install_distribution(site, "told", top_level_txt="one\ntwo\n")
    install_distribution(site, "my-guess")
    (site / "my_guess.py").touch()
    found = distributions(site)
    assert found["told"].import_names == ("one", "two")
    assert found["my-guess"].import_names == ("my_guess",)


def test_inspect_kernel__editable__names_what_its_links_lead_to(distributions, tmp_path):
    """An editable install has its own names and its URL, without the user's credentials."""
    site, project = tmp_path / "site", tmp_path / "project"
    (project / "src" / "mine").mkdir(parents=True)
    (project / "src" / "mine" / "__init__.py").touch()
    url = {"url": "https://user:secret@host/mine.git", "vcs_info": {"vcs": "git"}}
    install_distribution(site, "mine", "_mine.pth", direct_url_json=json.dumps(url))
    (site / "_mine.pth").write_text(f"{project / 'src'}\n")
    install_distribution(site, "found", "__editable___found_1_0_finder.py")
    (site / "__editable___found_1_0_finder.py").write_text("MAPPING: dict[str, str] = {'found': '/x', 'other': '/y'}\n")
    found = distributions(site)
    assert found["mine"].import_names == ("mine",)
    assert found["mine"].direct_url == "git+https://host/mine.git"
    assert found["found"].import_names == ("found", "other")


def test_inspect_kernel__conda_package__came_from_an_index(distributions, tmp_path):
    """The folder in which conda built a package is not where the user got it from."""
    url = json.dumps({"url": "file:///home/conda/feedstock_root/work", "dir_info": {}})
    install_distribution(tmp_path / "site", "built", "built.py", direct_url_json=url, INSTALLER="conda\n")
    assert distributions(tmp_path / "site")["built"].direct_url is None


@pytest.mark.parametrize("on_disk", [False, True])
def test_inspect_kernel__asked_twice__runs_the_interpreter_once(on_disk, install_kernel, tmp_path, monkeypatch):
    """An answer holds until a folder on the interpreter's path changes."""
    site, asked, cache = tmp_path / "site", tmp_path / "asked", tmp_path / "cache"
    install_distribution(site, "first", "first.py")
    wrapper = tmp_path / "wrapper.sh"
    wrapper.write_text(f'#!/bin/sh\necho x >> {asked}\nexec {sys.executable} "$@"\n')
    wrapper.chmod(0o755)
    install_kernel("mine", str(wrapper), *LAUNCH, env={"PYTHONPATH": str(site)})

    def names():
        if on_disk:
            monkeypatch.setattr(inspect, "_answers", {})
        return {item.name for item in inspect_kernel("mine", cache=cache if on_disk else None).distributions}

    assert names() == names() >= {"first"}
    assert asked.read_text() == "x\n"
    install_distribution(site, "second", "second.py")
    assert names() >= {"first", "second"}
    assert asked.read_text() == "x\nx\n"


DAMAGED = [b"", b"\xff", b"{", b"[1, 2]", b"null", b"{}", b'{"modified": {}}', b'{"modified": [1]}', b'{"modified": 3}']


@pytest.mark.parametrize("content", DAMAGED)
def test_inspect_kernel__kept_answer_is_damaged__asks_again(content, tmp_path, monkeypatch):
    """A file that is no answer counts as none, and the next one takes its place."""
    cache = tmp_path / "cache"
    known = inspect_kernel("python3", cache=cache)
    for turn in range(2):
        monkeypatch.setattr(inspect, "_answers", {})
        (kept,) = cache.glob("*.json")
        if turn == 0:
            kept.write_bytes(content)
        assert inspect_kernel("python3", cache=cache) == known
    assert json.loads(kept.read_bytes())["modified"]


@pytest.mark.parametrize("program", sorted(INSIDE.glob("*.py")), ids=lambda path: path.name)
def test_inside__any_program__is_python_3_9(program):
    """What runs in the user's environment parses on the oldest Python that we serve."""
    ast.parse(program.read_text(), feature_version=(3, 9))
