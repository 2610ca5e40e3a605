"""What the environment says about how to serve."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from .errors import BadSetting

_PREFIX = "JUPYTER_CONTAINERIZE_"
_MOST_WORKERS = 64
_PORTS = ("AIP_HTTP_PORT", "SAGEMAKER_BIND_TO_PORT", "PORT")
# What the notebook's example is for, before the server is ready: not asked; asked, and nothing keeps the server from
# starting; an error does; an error and another answer than the notebook's do.
SELFTESTS = ("off", "warn", "errors", "require")
# Which requests have a line in the log: each, those that were refused or failed, or none.
LOGS = ("all", "problems", "off")
# A JSON of short numbers takes 25 times its size while it is read: one body must leave room for the model.
_BODY_PART = 64
_LEAST_BODY_BYTES = 1024 * 1024


@dataclasses.dataclass(frozen=True)
class Settings:
    """Every setting has a default that suits a container; each can be changed when it is started.

    ``threads`` is how many calls of the function run at a time; 1 for a function that cannot be called
    from two threads. ``inline`` lets a function that has shown to be quick be called in the event loop, beside them.
    ``cpus`` are the processors of one worker; ``workers`` are processes. A call that takes ``timeout_seconds`` is
    answered without its end; 0 waits for ever. At most ``queue`` requests wait for a function, none longer than
    ``queue_seconds`` as far as can be told; ``batch_rows`` are joined into one call at most. After the signal to end,
    connections are taken for ``drain_seconds`` more, and ``grace_seconds`` is what is then left to finish: together
    below the 30 s that Kubernetes waits before it kills. ``model_name`` is the
    platform's name for the model, in protocols that have models; the notebook's stays known. ``health_route`` and
    ``predict_route`` are further paths that the platform wants, empty if it says none.
    """

    app: Path = Path("/workspace")
    host: str = "0.0.0.0"  # noqa: S104  # a container's own network
    port: int = 8080
    max_body_bytes: int = 16 * 1024 * 1024
    body_timeout_seconds: float = 30.0
    grace_seconds: int = 25
    threads: int = 4
    inline: bool = True
    cpus: int = 1
    workers: int = 1
    timeout_seconds: float = 300.0
    queue: int = 1000
    queue_seconds: float = 10.0
    batch_rows: int = 1024
    connections: int = 16384
    drain_seconds: float = 0.0
    health_route: str = ""
    predict_route: str = ""
    model_name: str = ""
    grpc_port: int = 8081
    selftest: str = "errors"
    log: str = "all"
    debug: bool = False


def folder(environment: Mapping[str, str]) -> Path:
    """Return the application folder."""
    return Path(environment.get(f"{_PREFIX}APP") or Settings.app)


def read_settings(environment: Mapping[str, str], processors: int = 1, memory_bytes: int = 0) -> Settings:
    """Return the settings: port, host and routes by the names that platforms use, the rest with our prefix.

    ``processors`` are how many this machine or container has for us, ``memory_bytes`` what it may use, 0 for enough.

    Platforms that set several ports mean the one of their own name: Vertex AI's goes before SageMaker's, and ``PORT``
    comes last. Sources: Vertex AI, "Custom container requirements for inference"; Amazon SageMaker AI, "Custom
    Inference Code with Hosting Services"; Cloud Run, "Container runtime contract".

    Raises:
        BadSetting: names the variable, its value and what is allowed.
    """
    default = Settings()
    body_bytes = min(default.max_body_bytes, max(_LEAST_BODY_BYTES, memory_bytes // _BODY_PART))
    workers = _workers(environment, processors)
    cpus = max(1, processors // workers)
    return Settings(
        app=folder(environment),
        host=environment.get("HOST") or default.host,
        port=_integer(environment, _port_name(environment), default.port, least=0, most=65535),
        max_body_bytes=_integer(
            environment, f"{_PREFIX}MAX_BODY_BYTES", body_bytes if memory_bytes else default.max_body_bytes, least=1
        ),
        body_timeout_seconds=_seconds(environment, f"{_PREFIX}BODY_TIMEOUT_SECONDS", default.body_timeout_seconds),
        grace_seconds=_integer(environment, f"{_PREFIX}GRACE_SECONDS", default.grace_seconds, least=0),
        threads=_integer(environment, f"{_PREFIX}THREADS", max(default.threads, cpus), least=1, most=1000),
        inline=_word(environment, f"{_PREFIX}INLINE", "1", ("0", "1")) == "1",
        cpus=cpus,
        workers=workers,
        timeout_seconds=_seconds(environment, f"{_PREFIX}TIMEOUT_SECONDS", default.timeout_seconds, least=0),
        queue=_integer(environment, f"{_PREFIX}QUEUE", default.queue, least=1),
        queue_seconds=_seconds(environment, f"{_PREFIX}QUEUE_SECONDS", default.queue_seconds),
        batch_rows=_integer(environment, f"{_PREFIX}BATCH_ROWS", default.batch_rows, least=1),
        connections=_integer(environment, f"{_PREFIX}CONNECTIONS", default.connections, least=1),
        drain_seconds=_seconds(environment, f"{_PREFIX}DRAIN_SECONDS", default.drain_seconds, least=0),
        health_route=_route(environment, "AIP_HEALTH_ROUTE"),
        predict_route=_route(environment, "AIP_PREDICT_ROUTE"),
        model_name=environment.get("MODEL_NAME", ""),
        grpc_port=_integer(environment, "GRPC_PORT", default.grpc_port, least=0, most=65535),
        selftest=_word(environment, f"{_PREFIX}SELFTEST", default.selftest, SELFTESTS),
        log=_word(environment, f"{_PREFIX}LOG", default.log, LOGS),
        debug=_word(environment, f"{_PREFIX}DEBUG", "0", ("0", "1")) == "1",
    )


def _workers(environment: Mapping[str, str], available: int) -> int:
    if environment.get(f"{_PREFIX}WORKERS") == "auto":
        return min(available, _MOST_WORKERS)
    return _integer(environment, f"{_PREFIX}WORKERS", Settings.workers, least=1, most=_MOST_WORKERS)


def _port_name(environment: Mapping[str, str]) -> str:
    return next((name for name in _PORTS if environment.get(name)), _PORTS[-1])


def _route(environment: Mapping[str, str], name: str) -> str:
    text = environment.get(name, "")
    if text and not (text[0] == "/" and text.isascii() and text.isprintable() and not {"?", "#", " "} & {*text}):
        raise BadSetting(name, text, "a path that begins with a slash")
    return text


def _integer(environment: Mapping[str, str], name: str, default: int, *, least: int, most: int = 2**40) -> int:
    text = environment.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdecimal() and least <= int(text) <= most):
        raise BadSetting(name, text, f"a whole number from {least} to {most}")
    return int(text)


def _word(environment: Mapping[str, str], name: str, default: str, words: Sequence[str]) -> str:
    text = environment.get(name) or default
    if text not in words:
        raise BadSetting(name, text, f"one of {', '.join(words)}")
    return text


def _seconds(environment: Mapping[str, str], name: str, default: float, *, least: float = 1e-9) -> float:
    text = environment.get(name, "")
    if not text:
        return default
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not least <= seconds < math.inf:
        raise BadSetting(name, text, "a number of seconds above 0" if least else "a number of seconds, or 0")
    return seconds
