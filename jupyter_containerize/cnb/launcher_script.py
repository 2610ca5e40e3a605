"""/cnb/lifecycle/launcher: starts a process of the image as the lifecycle's launcher would.

Source: Buildpacks platform specification, "Launcher". The first line of the file in the image names the image's Python.
It imports as little as it can: what it takes is added to the start of every container. A process that is a module of
this same Python goes on here; starting a second interpreter would take as long as the first did.
"""

# pathlib, and what one process in a hundred needs, cost milliseconds at every start.
# ruff: noqa: PLC0415, PTH109, PTH110, PTH112, PTH113, PTH118, PTH119, PTH123

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

_FAILED = 82
_OWN_PATHS = ("/cnb/process", "/cnb/lifecycle")
_OWN_VARIABLES = (
    "CNB_LAYERS_DIR",
    "CNB_APP_DIR",
    "CNB_PROCESS_TYPE",
    "CNB_PLATFORM_API",
    "CNB_DEPRECATION_MODE",
)
_SHELLS = ("/bin/bash", "/usr/bin/bash", "/bin/sh", "/usr/bin/sh")
_STRING_LITERAL = "'"


class LaunchFailed(Exception):
    """The process cannot be started; the text says why."""


def read_table(text: str) -> dict[str, list[dict[str, Any]]]:
    """Return the tables of a TOML file by name, each a list of dicts; what is above all tables is under ``""``.

    Only strings and lists of strings on one line, as ``metadata.toml`` and the output of exec.d programs have them.
    """
    current: dict[str, Any] = {}
    tables = {"": [current]}
    for line in map(str.strip, text.splitlines()):
        if line.startswith("["):
            current = {}
            tables.setdefault(line.strip("[]"), []).append(current)
        elif line and not line.startswith("#"):
            name, _, value = line.partition("=")
            current[name.strip().strip("\"'")] = _value(value.strip())
    return tables


def _value(text: str) -> Any:
    if "\\" in text and not text.startswith(_STRING_LITERAL):
        import json

        # Without \\U, which nobody here writes, a string of TOML is one of JSON.
        return json.loads(text)
    if text.startswith("["):
        inner = text[1:-1].strip()
        return [part.strip()[1:-1] for part in _parts(inner)] if inner else []
    return text[1:-1] if text[:1] in ("'", '"') else text


def _parts(inner: str) -> Iterator[str]:
    """Yield the strings of a list, with their quotes; no string has an escape, or a quote of its own kind."""
    while inner:
        end = inner.index(inner[0], 1) + 1
        yield inner[:end]
        inner = inner[end:].lstrip(", ")


def prepared(
    environment: Mapping[str, str], layers_dir: str, buildpacks: list[str], process_type: str, app_dir: str
) -> tuple[dict[str, str], list[str]]:
    """Return the environment of the process, and the folders that were added for shared libraries."""
    env = dict(environment)
    folders = [folder for name in buildpacks for folder in _folders(os.path.join(layers_dir, name.replace("/", "_")))]
    libraries = []
    for layer in folders:
        _prepend(env, "PATH", os.path.join(layer, "bin"))
        if _prepend(env, "LD_LIBRARY_PATH", os.path.join(layer, "lib")):
            libraries.append(os.path.join(layer, "lib"))
        for where in ("env", *_for_type("env.launch", process_type)):
            _apply(env, os.path.join(layer, where))
    for layer in folders:
        for where in _for_type("exec.d", process_type):
            for program in _files(os.path.join(layer, where)):
                env.update(_asked(program, env, app_dir))
    return env, libraries


def _for_type(folder: str, process_type: str) -> list[str]:
    return [folder, os.path.join(folder, process_type)] if process_type else [folder]


def _folders(path: str) -> list[str]:
    try:
        return sorted(entry.path for entry in os.scandir(path) if entry.is_dir())
    except OSError:
        return []


def _files(path: str) -> list[str]:
    try:
        return sorted(entry.path for entry in os.scandir(path) if entry.is_file())
    except OSError:
        return []


def _prepend(env: dict[str, str], name: str, folder: str) -> bool:
    if not os.path.isdir(folder):
        return False
    others = [item for item in env.get(name, "").split(os.pathsep) if item not in ("", folder)]
    env[name] = os.pathsep.join([folder, *others])
    return True


def _apply(env: dict[str, str], folder: str) -> None:
    """Change ``env`` by the files of a folder: NAME, NAME.default, NAME.append and so on."""
    for path in _files(folder):
        name, _, action = os.path.basename(path).partition(".")
        if action == "delim":
            continue
        value = _content(path)
        if action in ("", "override"):
            env[name] = value
        elif action == "default":
            env[name] = env.get(name) or value
        elif action in ("append", "prepend"):
            old = env.get(name, "")
            delimiter = _content(os.path.join(folder, name + ".delim")) if old else ""
            env[name] = old + delimiter + value if action == "append" else value + delimiter + old


def _content(path: str) -> str:
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def _asked(program: str, env: dict[str, str], app_dir: str) -> dict[str, str]:
    """Return the variables that a program of exec.d writes to its file descriptor 3, as TOML."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.chdir(app_dir)
            os.dup2(writing, 3)
            os.set_inheritable(3, True)  # noqa: FBT003  # it has no name
            os.execve(program, [program], env)  # noqa: S606  # what a launcher is for
        finally:
            os._exit(_FAILED)
    os.close(writing)
    with open(reading, encoding="utf-8") as file:
        text = file.read()
    if os.waitpid(child, 0)[1] != 0:
        raise LaunchFailed(f"{program} failed")
    return {name: value for name, value in read_table(text)[""][0].items() if isinstance(value, str)}


def chosen(name: str, arguments: list[str], processes: list[dict[str, Any]]) -> tuple[str, list[str], str]:
    """Return the type and the command: that of the process called ``name``, or what the arguments say.

    The arguments of a user take the place of those of the process, and never of its command.
    """
    for process in processes:
        if process["type"] == name:
            return name, [*process["command"], *(arguments or process.get("args", []))], process.get("working-dir", "")
    if arguments[:1] == ["--"]:
        arguments = arguments[1:]
        shell = None
    else:
        shell = next((path for path in _SHELLS if os.path.exists(path)), None)
    if not arguments:
        raise LaunchFailed(f"there is no process {name!r}, and no command was given")
    if shell is None:
        return "", arguments, ""
    return "", [shell, "-c", arguments[0] if len(arguments) == 1 else '"$0" "$@"', *arguments], ""


def _clean(env: dict[str, str]) -> None:
    for name in _OWN_VARIABLES:
        env.pop(name, None)
    paths = [item for item in env.get("PATH", "").split(os.pathsep) if item.rstrip("/") not in _OWN_PATHS]
    env["PATH"] = os.pathsep.join(paths)


def _found(program: str, env: dict[str, str]) -> str:
    if "/" in program:
        return program
    for folder in env["PATH"].split(os.pathsep):
        path = os.path.join(folder, program)
        if os.access(path, os.X_OK) and os.path.isfile(path):
            return path
    raise LaunchFailed(f"{program} is not on the PATH")


def goes_on(command: list[str], env: dict[str, str], libraries: list[str]) -> bool:
    """Return whether the command is a module of this interpreter, which would start just as it was started."""
    if command[:2] != [sys.executable, "-m"] or not command[2:]:
        return False
    for name in {*env, *os.environ}:
        # What the interpreter and the dynamic linker read when a process starts, and not again.
        if (name.startswith("PYTHON") or name == "LD_PRELOAD") and env.get(name) != os.environ.get(name):
            return False
    return not any(".so" in os.path.basename(path) for folder in libraries for path in _files(folder))


def launch() -> str:
    """Return the module to go on with; any other process has begun instead of this one."""
    layers_dir, app_dir = os.environ.get("CNB_LAYERS_DIR", "/layers"), os.environ.get("CNB_APP_DIR", "/workspace")
    tables = read_table(_content(os.path.join(layers_dir, "config", "metadata.toml")))
    name = os.path.basename(sys.argv[0])
    process_type, command, folder = chosen(name, sys.argv[1:], tables.get("processes", []))
    buildpacks = [item["id"] for item in tables.get("buildpacks", [])]
    env, libraries = prepared(os.environ, layers_dir, buildpacks, process_type, app_dir)
    _clean(env)
    program = _found(command[0], env)
    os.chdir(folder or app_dir)
    if not goes_on(command, env, libraries):
        os.execve(program, command, env)  # noqa: S606  # what a launcher is for
    os.environ.clear()
    os.environ.update(env)
    sys.argv = command[2:]
    # As `python -m` does it: the folder of this file is no place for modules, the current one is.
    if not getattr(sys.flags, "safe_path", False):
        sys.path[0] = os.getcwd()
    return command[2]


def _start() -> None:
    import runpy

    try:
        module = launch()
    except (LaunchFailed, OSError, KeyError, ValueError, IndexError) as error:
        sys.stderr.write(f"launcher: {type(error).__name__}: {error}\n")
        sys.exit(_FAILED)
    names = globals()
    run = runpy._run_module_as_main  # type: ignore[attr-defined]  # noqa: SLF001  # what `python -m` itself calls
    # The module becomes __main__, and finds nothing of ours there.
    for name in [name for name in names if not name.startswith("__")]:
        del names[name]
    run(module)


if __name__ == "__main__":
    _start()
