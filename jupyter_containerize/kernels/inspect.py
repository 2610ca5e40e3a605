"""Asks the interpreter behind a kernelspec what it has, without starting the kernel."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.environment import Distribution, KernelEnvironment
from jupyter_containerize.kernels.errors import KernelUnreadable
from jupyter_containerize.kernels.spec import Interpreter, find_interpreter, interpreter_at

logger = logging.getLogger(__name__)

_INSIDE = Path(__file__).parent / "inside"
_PROBE = _INSIDE / "probe.py"
_IMPORT_NAMES = _INSIDE / "import_names.py"
# Raised when kept answers mean something else.
_FORMAT = "2"
_OLDEST = (3, 9)
_SECRET = re.compile(r"token|secret|password|credential|sig(nature)?$|auth|key$", re.IGNORECASE)
# Anaconda's channels take a token as a folder.
_CHANNEL_TOKEN = re.compile(r"/t/[^/]+/")
_TIMEOUT_SECONDS = 60
_POLL_SECONDS = 0.1
# What decides, besides the command, where an interpreter looks for distributions.
_VARIABLES = ("PATH", "PYTHONPATH", "PYTHONHOME", "PYTHONNOUSERSITE", "PYTHONUSERBASE", "VIRTUAL_ENV", "CONDA_PREFIX")
# What decides which Python a shim of pyenv, asdf or mise starts.
_SHIM_VARIABLES = ("PYENV_VERSION", "PYENV_ROOT", "PYENV_DIR", "ASDF_PYTHON_VERSION", "MISE_PYTHON_VERSION")
_VERSION_FILES = (".python-version", ".tool-versions", "mise.toml")
_REASON_LINES = 6
# Runs on any Python there is.
_VERSION = "import sys; sys.stdout.write('\\n%s%d %d\\n' % ((sys.argv[1],) + tuple(sys.version_info[:2])))"

_answers: dict[str, dict[str, Any]] = {}


def inspect_kernel(
    name: str | None, *, cache: Path | None = None, folder: Path | None = None, cancel: CancelToken | None = None
) -> KernelEnvironment:
    """Return what the interpreter behind a kernelspec has.

    An answer is kept for as long as nothing has changed of what decides it: the folders on the interpreter's
    path, the files there that lead elsewhere, conda's records. It is kept in this process, and in the folder
    ``cache`` if one is given; that of an interpreter in a container in this process alone.

    Args:
        name: the kernelspec; ``None`` or empty for Jupyter's default, ``python3``.
        cache: a folder of ours; made when needed.
        folder: where Jupyter would start the kernel, the notebook's: shims of pyenv and ``uv run`` choose by it.
        cancel: asked while the interpreter works.

    Raises:
        Cancelled: asked for.
        KernelNotInstalled: no such kernelspec; carries the names that exist.
        KernelNotPython: the kernelspec is for another language.
        KernelUnreadable: the interpreter is missing, failed, said nothing that we understand, or is on
            another machine.
    """
    return _inspect(find_interpreter(name), cache, folder, cancel)


def environment_of_python(executable: Path, *, cache: Path | None = None) -> KernelEnvironment:
    """Return what an interpreter has that no kernelspec names; its ``kernel`` is empty.

    Args:
        executable: the interpreter, the folder of its environment, or a name to look up on PATH.
        cache: as for ``inspect_kernel``.

    Raises:
        KernelUnreadable: as for ``inspect_kernel``.
    """
    return _inspect(interpreter_at(executable), cache, None)


def _inspect(
    interpreter: Interpreter, cache: Path | None, folder: Path | None, cancel: CancelToken | None = None
) -> KernelEnvironment:
    # A plain interpreter answers alike everywhere, and its answer is kept once.
    working = (folder or Path.cwd()).absolute() if _looks_around(interpreter) else None
    key = _key(interpreter, working)
    try:
        answer = _kept(key, cache)
        if answer is not None:
            return _environment(interpreter.kernel, answer)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        logger.warning("kept answer of an interpreter %s is not used: %r", key, error)
    answer = _ask(interpreter, working, cancel or CancelToken())
    _keep(key, answer, None if interpreter.contained else cache)
    return _environment(interpreter.kernel, answer)


def _looks_around(interpreter: Interpreter) -> bool:
    return interpreter.takes_text or not Path(interpreter.command[0]).name.lower().startswith("python")


def _key(interpreter: Interpreter, folder: Path | None) -> str:
    executable = shutil.which(interpreter.command[0], path=interpreter.environ.get("PATH"))
    parts = [
        _FORMAT,
        *interpreter.command,
        *(f"{name}={interpreter.environ.get(name)}" for name in _VARIABLES),
        str(_modified(executable or interpreter.command[0])),
        *(str(_modified(str(program))) for program in (_PROBE, _IMPORT_NAMES)),
        *(_choices(interpreter.environ, folder) if folder else ()),
    ]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _choices(environ: Mapping[str, str], folder: Path) -> Iterator[str]:
    yield str(folder)
    yield from (f"{name}={environ.get(name)}" for name in _SHIM_VARIABLES)
    home = Path.home()
    yield str(_modified(str(Path(environ.get("PYENV_ROOT") or home / ".pyenv") / "version")))
    for place in (folder, *folder.parents, home):
        yield from (str(_modified(str(place / name))) for name in _VERSION_FILES)


def _kept(key: str, cache: Path | None) -> dict[str, Any] | None:
    answer = _answers.get(key)
    if answer is None and cache is not None:
        try:
            answer = json.loads((cache / f"{key}.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
    if answer is None:
        return None
    changed = [folder for folder, modified in answer["modified"].items() if _modified(folder) != modified]
    if changed:
        logger.info("asking the interpreter again, changed: %s", changed)
        return None
    _answers[key] = answer
    return answer


def _keep(key: str, answer: dict[str, Any], cache: Path | None) -> None:
    _answers[key] = answer
    if cache is not None:
        cache.mkdir(parents=True, exist_ok=True)
        temporary = cache / f".{key}.{secrets.token_hex(4)}"
        temporary.write_text(json.dumps(answer), encoding="utf-8")
        temporary.replace(cache / f"{key}.json")


def _modified(path: str) -> int:
    try:
        return Path(path).stat().st_mtime_ns
    except OSError:
        return 0


def _ask(interpreter: Interpreter, folder: Path | None, cancel: CancelToken) -> dict[str, Any]:
    # A wrapper or a site hook may write to stdout too, so our line is marked.
    marker = secrets.token_hex(8)
    program = ("-c", _text()) if interpreter.takes_text else (str(_PROBE),)
    done = _run(interpreter, (*program, marker), folder, cancel)
    line = _marked(done.stdout, marker)
    if line is not None:
        answer: dict[str, Any] = json.loads(line)
        if interpreter.contained:
            # Those files are not here.
            answer["modified"] = {}
        return answer
    asked = _run(interpreter, ("-c", _VERSION, marker), folder, cancel)
    version = tuple(map(int, (_marked(asked.stdout, marker) or "").split()))
    said = done.stderr.decode("utf-8", "replace").strip().splitlines()
    reason = "\n".join(said[-_REASON_LINES:]) or f"exit code {done.returncode}"
    if version and version < _OLDEST:
        oldest = ".".join(map(str, _OLDEST))
        reason = f"Python {version[0]}.{version[1]} is older than {oldest}, the oldest that can be asked"
    raise _unreadable(interpreter, reason)


def _run(
    interpreter: Interpreter, arguments: tuple[str, ...], folder: Path | None, cancel: CancelToken
) -> subprocess.CompletedProcess[bytes]:
    try:
        with subprocess.Popen(
            [*interpreter.command, *arguments],
            env=dict(interpreter.environ),
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            # A wrapper (conda run) has children, which hold the pipes open.
            start_new_session=True,
        ) as process:
            try:
                return _finished(process, interpreter, cancel)
            except BaseException:
                _kill(process)
                raise
    except OSError as error:
        raise _unreadable(interpreter, error.strerror or str(error)) from error


def _finished(
    process: subprocess.Popen[bytes], interpreter: Interpreter, cancel: CancelToken
) -> subprocess.CompletedProcess[bytes]:
    deadline = time.monotonic() + _TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        with suppress(subprocess.TimeoutExpired):
            stdout, stderr = process.communicate(timeout=_POLL_SECONDS)
            return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)
        cancel.check()
    raise _unreadable(interpreter, f"no answer in {_TIMEOUT_SECONDS} s")


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End the process and its children."""
    with suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()


def _unreadable(interpreter: Interpreter, reason: str) -> KernelUnreadable:
    executable = interpreter.command[0]
    return KernelUnreadable(interpreter.kernel or executable, executable, reason)


def _text() -> str:
    """Return the whole program for an interpreter that cannot see our files."""
    names, probe = (path.read_text(encoding="utf-8") for path in (_IMPORT_NAMES, _PROBE))
    return (
        "import types\nimport_names = types.ModuleType('import_names')\n"
        f"exec({names!r}, vars(import_names))\nexec({probe!r})"
    )


def _marked(stdout: bytes, marker: str) -> str | None:
    for line in stdout.decode("utf-8", "replace").splitlines():
        if line.startswith(marker):
            return line[len(marker) :]
    return None


def _environment(kernel: str, answer: Mapping[str, Any]) -> KernelEnvironment:
    return KernelEnvironment(
        kernel=kernel,
        executable=answer["executable"],
        python_version=answer["python_version"],
        implementation=answer["implementation"],
        platform=answer["platform"],
        distributions=tuple(_distribution(item) for item in answer["distributions"]),
        stdlib=frozenset(answer["stdlib"]),
    )


def _distribution(item: Mapping[str, Any]) -> Distribution:
    return Distribution(
        name=item["name"],
        version=item["version"],
        import_names=tuple(item["import_names"]),
        requires=tuple(item["requires"]),
        direct_url=None if item["direct_url"] is None else _url(item["direct_url"]),
        editable=item["editable"],
        installer=item["installer"],
        license=item["license"],
        size_bytes=item["size_bytes"],
    )


def _url(origin: Mapping[str, Any]) -> str:
    """Return a direct_url.json as one URL, as a PEP 508 line would have it, without credentials."""
    url = _without_credentials(str(origin["url"]))
    vcs = origin.get("vcs_info") or {}
    if not vcs.get("vcs"):
        return url
    url = url if url.startswith(f"{vcs['vcs']}+") else f"{vcs['vcs']}+{url}"
    commit = vcs.get("commit_id") or vcs.get("requested_revision")
    folder = origin.get("subdirectory")
    return url + (f"@{commit}" if commit else "") + (f"#subdirectory={folder}" if folder else "")


def _without_credentials(url: str) -> str:
    parts = urlsplit(_CHANNEL_TOKEN.sub("/", url))
    user, _, host = parts.netloc.rpartition("@")
    # With ssh the user is the service's (git), and the key is elsewhere.
    netloc = f"{user.partition(':')[0]}@{host}" if user and "ssh" in parts.scheme else host
    secret = any(_SECRET.search(name) for name, _ in parse_qsl(parts.query, keep_blank_values=True))
    return urlunsplit(parts._replace(netloc=netloc, query="" if secret else parts.query))
