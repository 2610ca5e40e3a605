"""Interpreters of every kind are asked, and those that cannot be are said to be so."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from kernel_notebooks import LAUNCH
from site_folders import install_distribution

from jupyter_containerize.kernels import environment_of_python, inspect, inspect_kernel
from jupyter_containerize.kernels.errors import KernelNotPython, KernelUnreadable

PYENV = Path.home() / ".pyenv"
DEBIAN = Path("/usr/bin/python3")
SITE = Path("lib") / "python{}.{}".format(*sys.version_info) / "site-packages"


@pytest.fixture
def venv(tmp_path: Path) -> Path:
    """Make a real virtual environment with nothing in it."""
    folder = tmp_path / "env"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    return folder


def _names(environment):
    return {item.name for item in environment.distributions}


def test_venv__kernelspec__has_its_own_distributions_alone(venv, install_kernel):
    """The link in the virtual environment is asked, not the interpreter that it leads to."""
    install_distribution(venv / SITE, "inside", "inside.py")
    install_kernel("mine", str(venv / "bin" / "python"), *LAUNCH)
    environment = inspect_kernel("mine")
    assert _names(environment) == {"inside"}
    assert Path(environment.executable) == venv / "bin" / "python"


def test_venv__path__is_the_interpreter_or_the_folder(venv, monkeypatch):
    """Without a kernelspec the path names the interpreter, the environment, or a name on PATH."""
    install_distribution(venv / SITE, "inside", "inside.py")
    monkeypatch.setenv("PATH", f"{venv / 'bin'}:{os.environ['PATH']}")
    monkeypatch.chdir(venv)
    found = [environment_of_python(Path(path)) for path in (venv, venv / "bin" / "python", "bin/python", "python3")]
    assert {item.kernel for item in found} == {""}
    assert [_names(item) for item in found] == [{"inside"}] * 4


@pytest.mark.parametrize("name", ["no/such/thing", "no-such-python"])
def test_environment_of_python__nothing_there__is_unreadable(name):
    """The error names what was given."""
    with pytest.raises(KernelUnreadable) as caught:
        environment_of_python(Path(name))
    assert caught.value.name == name


def test_environment_of_python__no_python__says_what_it_said():
    """A program that is no interpreter is an error."""
    with pytest.raises(KernelUnreadable):
        environment_of_python(Path("/bin/false"))


CHANGES = {
    "installed": lambda site: install_distribution(site, "more", "more.py"),
    "removed": lambda site: shutil.rmtree(site / "first-1.0.dist-info"),
    "path file": lambda site: (site / "x.pth").write_text(f"{site.parent / 'elsewhere'}\n"),
    "finder": lambda site: (site / "__editable___first_1_0_finder.py").write_text("MAPPING = {'second': '/x'}\n"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("on_disk", [False, True])
def test_cache__environment_changes__is_asked_again(change, on_disk, venv, tmp_path, monkeypatch):
    """Whatever decides the answer makes it old, though the folder itself may not have changed."""
    site = venv / SITE
    install_distribution(site, "first", "__editable___first_1_0_finder.py")
    install_distribution(site.parent / "elsewhere", "other", "other.py")
    (site / "__editable___first_1_0_finder.py").write_text("MAPPING = {'first': '/x'}\n")
    (site / "x.pth").write_text("\n")

    def ask():
        if on_disk:
            monkeypatch.setattr(inspect, "_answers", {})
        return environment_of_python(venv, cache=tmp_path / "cache" if on_disk else None)

    before = ask()
    assert ask() == before
    change(site)
    assert ask() != before


def test_shim__version__is_chosen_where_the_notebook_lies(venv, install_kernel, tmp_path, monkeypatch):
    """A shim starts what the notebook's folder says, and a change of that file counts."""
    shim = tmp_path / "shims" / "python"
    shim.parent.mkdir()
    # Some shims look beside the script that they are given; theirs would be our folder.
    shim.write_text('#!/bin/sh\ncase "$1" in */*) exit 9;; esac\nexec "$(cat .python-version)" "$@"\n')
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", f"{shim.parent}:{os.environ['PATH']}")
    install_distribution(venv / SITE, "inside", "inside.py")
    install_kernel("mine", "python3.99", *LAUNCH)
    shim.rename(shim.with_name("python3.99"))
    version = tmp_path / ".python-version"
    version.write_text(str(venv / "bin" / "python"))
    assert _names(inspect_kernel("mine", folder=tmp_path)) == {"inside"}
    version.write_text(sys.executable)
    assert "numpy" in _names(inspect_kernel("mine", folder=tmp_path))


def test_shim__of_a_real_pyenv__is_asked(install_kernel, tmp_path):
    """On a machine with pyenv, each of its versions is found through its shim."""
    if not (PYENV / "shims" / "python").is_file():
        return
    install_kernel("mine", str(PYENV / "shims" / "python"), *LAUNCH)
    for version in [path.name for path in sorted((PYENV / "versions").glob("3.1*"))][:2]:
        (tmp_path / ".python-version").write_text(f"{version}\n")
        environment = inspect_kernel("mine", folder=tmp_path)
        assert environment.python_version == version
        assert Path(environment.executable).is_relative_to(PYENV / "versions" / version)


OLD = """#!/bin/sh
case "$1" in -c) echo; echo "${3}2 7";; *) echo SyntaxError >&2; exit 1;; esac
"""


@pytest.mark.parametrize("version", ["2.7", "3.6", "3.7"])
def test_old_python__cannot_run_the_program__is_said_to_be_old(version, tmp_path):
    """The reason is the version, and no syntax error of ours."""
    python = next((path / "bin" / "python" for path in (PYENV / "versions").glob(f"{version}.*")), tmp_path / "python")
    if not python.exists():
        python.write_text(OLD.replace("2 7", version.replace(".", " ")))
        python.chmod(0o755)
    with pytest.raises(KernelUnreadable) as caught:
        environment_of_python(python)
    assert caught.value.reason == f"Python {version} is older than 3.9, the oldest that can be asked"


def test_debian__system_python__names_come_from_its_packages():
    """Debian removes some RECORDs; its own lists say what was installed, also within a namespace."""
    if not Path("/usr/lib/python3/dist-packages").is_dir():
        return
    found = {item.name: item for item in environment_of_python(DEBIAN).distributions if not item.installer}
    for item in found.values():
        assert item.import_names
        assert not {"setup", "tests"} & set(item.import_names)
    if "lazr-uri" in found:
        assert found["lazr-uri"].import_names == ("lazr.uri",)


WRAPPERS = {
    "env": ["env", "SOME=thing", "python3", *LAUNCH],
    "uv": ["uv", "run", "--no-project", "--with", "ipykernel", *LAUNCH],
    "uv, long option": ["uv", "run", "--module", *LAUNCH[1:]],
    "uv, python": ["uv", "run", "python", *LAUNCH],
    "conda": ["conda", "run", "-n", "mine", "--no-capture-output", "python", *LAUNCH],
    "shell": ["bash", "-c", f"export SOME=thing && exec {sys.executable} -m ipykernel_launcher -f {{connection_file}}"],
    "login shell": ["bash", "-lc", f"{sys.executable} -m ipykernel -f '{{connection_file}}' --debug; echo done"],
    "container": ["docker", "run", "-v", "{connection_file}:/spec", "image", "python", *LAUNCH[:3], "/spec"],
    "container by sudo": ["env", "docker", "exec", "mine", "python3", *LAUNCH],
    "program of Python": ["{resource_dir}/ipython", "kernel", "-f", "{connection_file}"],
    "extra arguments": [sys.executable, *LAUNCH, "--matplotlib=inline", "--InteractiveShell.cache_size=0"],
    "safe path": [sys.executable, "-P", *LAUNCH],
    "isolated": [sys.executable, "-I", *LAUNCH],
}
# Runs Python with what follows the first word that is one; in a container our files are not there.
STAND_IN = """#!{python}
import os, sys
arguments = sys.argv[1:]
places = [index for index, word in enumerate(arguments) if os.path.basename(word) in ("python", "python3")]
skipped = [index for index, word in enumerate(arguments) if word.endswith("probe.py")]
rest = arguments[places[0] + 1:] if places else arguments[skipped[0]:]
if "docker" in sys.argv[0]:
    assert not any(os.path.exists(word) for word in rest), rest
    assert not any("connection_file" in word for word in arguments), arguments
os.execv(sys.executable, [sys.executable, *rest])
"""


@pytest.mark.parametrize("argv", WRAPPERS.values(), ids=WRAPPERS)
def test_wrapper__any__leads_to_the_interpreter(argv, install_kernel, tmp_path, monkeypatch):
    """What starts the kernel through something else is asked through the same thing."""
    for name in ("uv", "conda", "docker"):
        (tmp_path / name).write_text(STAND_IN.format(python=sys.executable))
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{Path(sys.executable).parent}:{os.environ['PATH']}")
    folder = install_kernel("mine", *argv)
    (folder / "ipython").write_text(f"#!{sys.executable}\nraise SystemExit(1)\n")
    (folder / "ipython").chmod(0o755)
    environment = inspect_kernel("mine")
    assert environment.python_minor == "{}.{}".format(*sys.version_info)
    assert {"ipykernel", "numpy"} <= _names(environment)


def test_container__answer__is_not_kept_on_the_disk(install_kernel, tmp_path, monkeypatch):
    """Whether an image has changed cannot be seen from here."""
    (tmp_path / "podman").write_text(STAND_IN.format(python=sys.executable))
    (tmp_path / "podman").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    install_kernel("mine", "podman", "run", "image", "python", *LAUNCH)
    inspect_kernel("mine", cache=tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


PROVISIONER = {"kernel_provisioner": {"provisioner_name": "k8s-provisioner", "config": {}}}
ELSEWHERE = {
    "provisioner": ([], PROVISIONER, "k8s-provisioner"),
    "process proxy": ([], {"process_proxy": {"class_name": "a.b.YarnProxy"}}, "a.b.YarnProxy"),
    "ssh": (["ssh", "host", "python", *LAUNCH], {}, "ssh"),
    "kubectl": (["kubectl", "exec", "pod", "--", "python", *LAUNCH], {}, "kubectl"),
    "kernel that goes between": (
        [sys.executable, "-m", "remote_ikernel", "--interface", "ssh"],
        {},
        sys.executable,
    ),
}


@pytest.mark.parametrize(("argv", "metadata", "by"), ELSEWHERE.values(), ids=ELSEWHERE)
def test_elsewhere__any__is_refused_with_its_reason(argv, metadata, by, install_kernel):
    """Nothing is started on another machine, and the wrong environment is not reported instead."""
    install_kernel("mine", *argv, metadata=metadata)
    with pytest.raises(KernelUnreadable) as caught:
        inspect_kernel("mine")
    assert caught.value.executable == by
    assert "cannot be asked" in caught.value.reason


def test_elsewhere__default_of_this_machine__counts(install_kernel, monkeypatch):
    """A machine may start every kernel elsewhere without a word in the kernelspec."""
    monkeypatch.setenv("JUPYTER_DEFAULT_PROVISIONER_NAME", "yarn")
    install_kernel("mine")
    with pytest.raises(KernelUnreadable) as caught:
        inspect_kernel("mine")
    assert caught.value.executable == "yarn"


@pytest.mark.parametrize(
    "metadata",
    [
        {"kernel_provisioner": {"provisioner_name": "local-provisioner"}},
        {"process_proxy": {"class_name": "enterprise_gateway.services.processproxies.processproxy.LocalProcessProxy"}},
        {"debugger": True},
    ],
)
def test_local_provisioner__named__is_asked(metadata, install_kernel):
    """What says that it starts the kernel here does."""
    install_kernel("mine", metadata=metadata)
    assert inspect_kernel("mine").distributions


@pytest.mark.parametrize("language", ["R", "java", "julia", "scala", "bash", "sage"])
def test_other_language__any__is_not_python(language, install_kernel):
    """A kernel of another language is refused before anything is started."""
    install_kernel("mine", "no-such-program", "{connection_file}", language=language)
    with pytest.raises(KernelNotPython):
        inspect_kernel("mine")


@pytest.mark.parametrize("language", ["", "python", "Python", "python3", "ipython"])
def test_python__by_any_name__is_asked(language, install_kernel):
    """Kernelspecs spell the language in several ways."""
    install_kernel("mine", language=language)
    assert inspect_kernel("mine").python_version
