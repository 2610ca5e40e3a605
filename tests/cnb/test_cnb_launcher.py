"""The launcher, run as the kernel runs it: by its first line, under the name of a process."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from jupyter_containerize import cnb
from jupyter_containerize.buildpacks.cnb import launcher
from jupyter_containerize.cnb import launcher_script

ID = "acme/tool"
TOLD = """
import json, os, sys
print(json.dumps({
    "argv": sys.argv[1:], "env": dict(os.environ), "cwd": os.getcwd(), "path0": sys.path[0], "name": __name__,
    "main": sorted(name for name in vars(sys.modules["__main__"]) if not name.startswith("__")), "pid": os.getpid(),
}))
"""


class Launched:
    """A root with a launcher, a table of processes, and layers that a test fills."""

    def __init__(self, folder: Path) -> None:
        self.layers, self.app, self.process = folder / "layers", folder / "workspace", folder / "process"
        for path in (self.layers / "config", self.layers / "acme_tool", self.app, self.process):
            path.mkdir(parents=True)
        self.launcher = folder / "launcher"
        self.launcher.write_bytes(launcher(sys.executable))
        self.launcher.chmod(0o755)
        (self.app / "told.py").write_text(TOLD)
        self.processes(web=(sys.executable, "-m", "told"))

    def processes(self, **commands: tuple[str, ...]) -> None:
        """Write the table; each process has one argument of its own."""
        table = [cnb.Process(type=name, command=command, args=("own",)) for name, command in commands.items()]
        text = cnb.process_table(table, buildpack=ID, version="1.0.0")
        (self.layers / "config/metadata.toml").write_bytes(text)
        for name in ("other", *commands):
            if not (self.process / name).exists():
                (self.process / name).symlink_to(self.launcher)

    def layer(self, path: str, text: str, *, mode: int = 0o644) -> None:
        """Write a file of the buildpack's layers."""
        file = self.layers / "acme_tool" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(mode)

    def run(self, *arguments: str, process: str = "web", **env: str) -> subprocess.CompletedProcess[str]:
        """Start a process."""
        own = {"CNB_LAYERS_DIR": str(self.layers), "CNB_APP_DIR": str(self.app), "CNB_PLATFORM_API": "0.12"}
        path = f"/cnb/process:/cnb/lifecycle:{os.environ['PATH']}"
        return subprocess.run(
            [self.process / process, *arguments],
            env={"PATH": path, "LANG": "C.UTF-8", **own, **env},
            capture_output=True,
            text=True,
            check=False,
        )

    def told(self, *arguments: str, **env: str) -> dict:
        """Return what the process saw of itself."""
        finished = self.run(*arguments, **env)
        assert finished.returncode == 0, finished.stderr
        return json.loads(finished.stdout)


@pytest.fixture
def launched(tmp_path):
    """Give a root with a launcher."""
    return Launched(tmp_path)


def test_launch__a_module_of_the_same_python__runs_as_python_m_would(launched):
    """It is __main__, alone there, in the application's folder, without the lifecycle's variables."""
    told = launched.told()
    assert told["argv"] == ["own"]
    assert told["cwd"] == told["path0"] == str(launched.app)
    assert told["name"] == "__main__"
    assert told["main"] == ["json", "os", "sys"]
    assert not [name for name in told["env"] if name.startswith("CNB_")]
    assert "/cnb" not in told["env"]["PATH"]


ARGUMENTS = {
    "none: the process's own": ((), ["own"]),
    "the user's take their place": (("-p", "alpha", "0.5"), ["-p", "alpha", "0.5"]),
}


@pytest.mark.parametrize(("arguments", "expected"), ARGUMENTS.values(), ids=ARGUMENTS.keys())
def test_launch__arguments__replace_those_of_the_process(launched, arguments, expected):
    """The command stays in any case."""
    assert launched.told(*arguments)["argv"] == expected


COMMANDS = {
    "direct": (("--", "/bin/echo", "a  b", "$HOME"), "a  b $HOME\n"),
    "direct, by PATH": (("--", "echo", "x"), "x\n"),
    "by the shell": (('echo "$((1 + 1))"',), "2\n"),
    "by the shell, with arguments": (("echo", "a  b", "$HOME"), "a  b $HOME\n"),
}


@pytest.mark.parametrize(("arguments", "expected"), COMMANDS.values(), ids=COMMANDS.keys())
def test_launch__a_name_that_is_no_process__runs_the_users_command(launched, arguments, expected):
    """``--`` keeps the shell out."""
    assert launched.run(*arguments, process="other").stdout == expected


CHANGES = {
    "plain": ({"A": "new"}, "new"),
    "override": ({"A.override": "new"}, "new"),
    "default, when set": ({"A.default": "new"}, "old"),
    "append": ({"A.append": "new", "A.delim": ":"}, "old:new"),
    "prepend": ({"A.prepend": "new", "A.delim": ":"}, "new:old"),
    "append without delimiter": ({"A.append": "new"}, "oldnew"),
    "of the process": ({"web/A": "mine"}, "mine"),
    "of another process": ({"job/A": "mine"}, "old"),
    "newline stays": ({"A": "new\n"}, "new\n"),
}


@pytest.mark.parametrize(("files", "expected"), CHANGES.values(), ids=CHANGES.keys())
def test_launch__env_files_of_a_layer__change_the_environment(launched, files, expected):
    """Suffixes mean what the buildpack specification says."""
    for name, text in files.items():
        launched.layer(f"one/env.launch/{name}", text)
    assert launched.told(A="old")["env"]["A"] == expected


def test_launch__layers__come_in_alphabetical_order_with_bin_and_lib(launched):
    """A later layer's bin goes before an earlier one's."""
    for layer in ("b", "a"):
        launched.layer(f"{layer}/bin/x", "")
        launched.layer(f"{layer}/lib/x", "")
        launched.layer(f"{layer}/env/LAST", layer)
    env = launched.told()["env"]
    home = launched.layers / "acme_tool"
    assert env["PATH"].startswith(f"{home}/b/bin:{home}/a/bin:")
    assert env["LD_LIBRARY_PATH"] == f"{home}/b/lib:{home}/a/lib"
    assert env["LAST"] == "b"


EXECUTED = {
    "a variable that Python reads at start": ("one/env/PYTHONHASHSEED", "7"),
    "a library that the linker must find": ("one/lib/libx.so.1", ""),
}


@pytest.mark.parametrize(("path", "text"), EXECUTED.values(), ids=EXECUTED.keys())
def test_launch__what_only_a_new_process_would_read__starts_one(launched, path, text, monkeypatch):
    """Going on in the same process must not be told from starting another."""
    launched.layer(path, text)
    env, libraries = launch_facts(launched)
    monkeypatch.setattr(os, "environ", {"PATH": ""})
    assert not launcher_script.goes_on([sys.executable, "-m", "told"], env, libraries)
    assert launched.told()["argv"] == ["own"]


def launch_facts(launched):
    """Return what the launcher prepares."""
    return launcher_script.prepared({"PATH": ""}, str(launched.layers), [ID], "web", str(launched.app))


def test_launch__programs_of_exec_d__add_variables(launched):
    """They write TOML to file descriptor 3, in the application's folder, those of the process last."""
    program = '#!/bin/sh\nprintf \'FROM = "%s"\\nWHERE = "%s"\\n\' {} "$PWD" >&3\n'
    launched.layer("one/exec.d/x", program.format("all"), mode=0o755)
    launched.layer("one/exec.d/web/x", program.format("web"), mode=0o755)
    env = launched.told()["env"]
    assert (env["FROM"], env["WHERE"]) == ("web", str(launched.app))


FAILURES = {
    "no process and no command": ("other", (), "no process 'other'"),
    "a program that is not there": ("other", ("--", "no-such-program"), "no-such-program"),
    "a program of exec.d that fails": ("web", (), "failed"),
}


@pytest.mark.parametrize(("process", "arguments", "said"), FAILURES.values(), ids=FAILURES.keys())
def test_launch__what_cannot_start__ends_with_82(launched, process, arguments, said):
    """The lifecycle's code for a launch that failed."""
    if said == "failed":
        launched.layer("one/exec.d/x", "#!/bin/sh\nexit 3\n", mode=0o755)
    finished = launched.run(*arguments, process=process)
    assert finished.returncode == 82
    assert said in finished.stderr


def test_read_table__odd_texts__come_back(launched):
    """What ``process_table`` writes, the launcher reads."""
    odd = ('a"b', "c\\d", "e\nf", "g\x7fh", "ü", "", "', ", "[x]", "#")
    for texts in (odd, odd[3:], ()):
        table = cnb.process_table(
            (cnb.Process(type="web", command=("/x",), args=texts),), buildpack=ID, version="1.0.0"
        )
        assert tuple(launcher_script.read_table(table.decode())["processes"][0]["args"]) == texts


def test_read_table__the_lifecycles_own_file__is_read():
    """Indented, with other fields, and with literal strings."""
    text = "[[processes]]\n  type = 'web'\n  command = [\"a\", 'b\"']\n  direct = true\n  args = []\n"
    (process,) = launcher_script.read_table(text)["processes"]
    assert process == {"type": "web", "command": ["a", 'b"'], "direct": "true", "args": []}


def test_launcher__python_39__has_nothing_newer():
    """Bases may have Debian 11's Python."""
    ast.parse(Path(launcher_script.__file__).read_text(), feature_version=(3, 9))
