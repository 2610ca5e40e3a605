"""Asks the interpreter behind a kernelspec what it has, without starting the kernel."""

from __future__ import annotations

import hashlib
import json
import logging
import secrets
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from jupyter_containerize.domain.environment import Distribution, KernelEnvironment
from jupyter_containerize.kernels.errors import KernelUnreadable
from jupyter_containerize.kernels.spec import Interpreter, find_interpreter

logger = logging.getLogger(__name__)

_PROBE = Path(__file__).parent / "inside" / "probe.py"
_TIMEOUT_SECONDS = 60
# What decides, besides the command, where an interpreter looks for distributions.
_VARIABLES = ("PATH", "PYTHONPATH", "PYTHONHOME", "PYTHONNOUSERSITE", "PYTHONUSERBASE", "VIRTUAL_ENV", "CONDA_PREFIX")
_REASON_LINES = 6

_answers: dict[str, dict[str, Any]] = {}


def inspect_kernel(name: str | None, *, cache: Path | None = None) -> KernelEnvironment:
    """Return what the interpreter behind a kernelspec has.

    An answer is kept for as long as none of the folders on the interpreter's path has changed:
    in this process, and in the folder ``cache`` if one is given.

    Args:
        name: the kernelspec; ``None`` or empty for Jupyter's default, ``python3``.
        cache: a folder of ours; made when needed.

    Raises:
        KernelNotInstalled: no such kernelspec; carries the names that exist.
        KernelNotPython: the kernelspec is for another language.
        KernelUnreadable: the interpreter is missing, failed, or said nothing that we understand.
    """
    interpreter = find_interpreter(name)
    key = _key(interpreter)
    answer = _kept(key, cache)
    if answer is None:
        answer = _ask(interpreter)
        _keep(key, answer, cache)
    return _environment(interpreter.kernel, answer)


def _key(interpreter: Interpreter) -> str:
    executable = shutil.which(interpreter.command[0], path=interpreter.environ.get("PATH"))
    parts = [
        *interpreter.command,
        *(f"{name}={interpreter.environ.get(name)}" for name in _VARIABLES),
        str(_modified(executable or interpreter.command[0])),
        str(_modified(str(_PROBE))),
    ]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


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


def _ask(interpreter: Interpreter) -> dict[str, Any]:
    executable = interpreter.command[0]
    # A wrapper or a site hook may write to stdout too, so our line is marked.
    marker = secrets.token_hex(8)
    try:
        done = subprocess.run(
            [*interpreter.command, str(_PROBE), marker],
            env=dict(interpreter.environ),
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=_TIMEOUT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise KernelUnreadable(interpreter.kernel, executable, f"no answer in {_TIMEOUT_SECONDS} s") from None
    except OSError as error:
        raise KernelUnreadable(interpreter.kernel, executable, error.strerror or str(error)) from error
    for line in done.stdout.decode("utf-8", "replace").splitlines():
        if line.startswith(marker):
            answer: dict[str, Any] = json.loads(line[len(marker) :])
            answer["modified"] = {folder: _modified(folder) for folder in answer.pop("path")}
            return answer
    said = done.stderr.decode("utf-8", "replace").strip().splitlines()
    reason = "\n".join(said[-_REASON_LINES:]) or f"exit code {done.returncode}"
    raise KernelUnreadable(interpreter.kernel, executable, reason)


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
    url = item["direct_url"]
    return Distribution(
        name=item["name"],
        version=item["version"],
        import_names=tuple(item["import_names"]),
        requires=tuple(item["requires"]),
        direct_url=None if url is None else _without_userinfo(url),
    )


def _without_userinfo(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
