"""Why an object cannot be pickled: what stops it, in plain words, and where inside of it that is.

Runs inside the kernel: the standard library only, Python 3.9 or newer.
"""

from __future__ import annotations

import functools
import inspect
import time
import types
from collections.abc import Callable, Iterator
from typing import Any

_MOST_SECONDS = 5.0
_MOST_DEEP = 30
_MOST_WIDE = 1000

# The first that the dotted name of the type, or of one of its bases, begins with.
KINDS = (
    ("sqlite3.", "an open database connection"),
    ("psycopg.", "an open database connection"),
    ("psycopg2.", "an open database connection"),
    ("pymysql.", "an open database connection"),
    ("MySQLdb.", "an open database connection"),
    ("mysql.connector.", "an open database connection"),
    ("oracledb.", "an open database connection"),
    ("pyodbc.", "an open database connection"),
    ("duckdb.", "an open database connection"),
    ("_duckdb.", "an open database connection"),
    ("sqlalchemy.engine.", "an open database connection"),
    ("sqlalchemy.orm.session.", "an open database connection"),
    ("pymongo.", "a client of a database"),
    ("redis.", "a client of a database"),
    ("boto3.", "a client of a service"),
    ("botocore.", "a client of a service"),
    ("google.cloud.", "a client of a service"),
    ("openai.", "a client of a service"),
    ("anthropic.", "a client of a service"),
    ("httpx.", "a client of a service"),
    ("aiohttp.", "a client of a service"),
    ("grpc.", "a client of a service"),
    ("selenium.", "a client of a service"),
    ("pyspark.", "a part of a running Spark session"),
    ("py4j.", "a part of a running Spark session"),
    ("onnxruntime.", "a loaded ONNX session"),
    ("tensorflow.python.client.session.", "an open TensorFlow session"),
    ("h5py.", "an open file"),
    ("_io.", "an open file"),
    ("zipfile.", "an open file"),
    ("tempfile.", "an open file"),
    ("mmap.", "an open file"),
    ("_socket.", "a network connection"),
    ("socket.", "a network connection"),
    ("ssl.", "a network connection"),
    ("_ssl.", "a network connection"),
    ("subprocess.Popen", "a running process"),
    ("multiprocessing.pool.", "a pool of processes"),
    ("multiprocessing.", "something shared between processes"),
    ("concurrent.futures.", "a pool of threads or processes"),
    ("_thread.", "a lock or another part of a thread"),
    ("threading.", "a lock or another part of a thread"),
    ("_queue.", "a queue between threads"),
    ("queue.", "a queue between threads"),
    ("_asyncio.", "a part of a running event loop"),
    ("asyncio.", "a part of a running event loop"),
    ("builtins.generator", "a generator"),
    ("builtins.coroutine", "a coroutine"),
    ("builtins.async_generator", "a generator"),
    ("builtins.frame", "a part of a running program"),
    ("builtins.traceback", "a part of a running program"),
    ("builtins.memoryview", "a view of another object's memory"),
    ("weakref.", "a weak reference"),
    ("_weakref.", "a weak reference"),
    ("_contextvars.", "a context variable"),
    ("ctypes.", "a pointer into memory"),
    ("_ctypes.", "a pointer into memory"),
)


def name_of(kind: type) -> str:
    """Return the dotted name of a type."""
    return f"{kind.__module__}.{kind.__qualname__}"


def kind_of(value: Any) -> str:
    """Return what a thing is in plain words, empty if that is not known."""
    for base in type(value).__mro__:
        name = name_of(base)
        for beginning, words in KINDS:
            if name.startswith(beginning):
                return words
    return ""


def trouble(name: str, value: Any, can: Callable[[Any], bool]) -> dict[str, str]:
    """Return where in an object the first part is that cannot be pickled.

    ``where`` is how to reach it (``model.client._lock``), ``found`` its type, ``kind`` what that is in plain words.
    Only parts that cannot be pickled themselves are looked into, and no longer than a few seconds.
    """
    end = time.monotonic() + _MOST_SECONDS
    where, passed = name, {id(value)}
    for _ in range(_MOST_DEEP):
        if kind_of(value):
            break
        for step, part in children(value):
            if id(part) not in passed and time.monotonic() < end and not can(part):
                where, value = f"{where}{step}", part
                passed.add(id(part))
                break
        else:
            break
    return {"where": where, "found": name_of(type(value)), "kind": kind_of(value)}


def children(value: Any) -> Iterator[tuple[str, Any]]:
    """Give the parts that a pickler would come to, each with how it is reached."""
    try:
        found = [*items(value), *attributes(value)]
    except Exception:
        # An object of the user's may do anything when it is looked at; where the trouble is, is a courtesy.
        return
    yield from found


def items(value: Any) -> list[tuple[str, Any]]:
    """Return what a container holds, and what a function refers to."""
    if isinstance(value, dict):
        return [(f"[{key!r}]", part) for key, part in list(value.items())[:_MOST_WIDE]]
    if isinstance(value, (list, tuple)):
        return [(f"[{index}]", part) for index, part in enumerate(value[:_MOST_WIDE])]
    if isinstance(value, types.MethodType):
        return [(".__self__", value.__self__)]
    if isinstance(value, types.FunctionType):
        variables = inspect.getclosurevars(value)
        return [(f" -> {name}", part) for name, part in {**variables.nonlocals, **variables.globals}.items()]
    if isinstance(value, functools.partial):
        return [(".func", value.func), (".args", value.args), (".keywords", value.keywords)]
    return []


def attributes(value: Any) -> list[tuple[str, Any]]:
    """Return the attributes of an object, also those in slots."""
    if isinstance(value, (type, types.FunctionType, types.ModuleType)):
        return []
    found = [(f".{name}", part) for name, part in getattr(value, "__dict__", {}).items()]
    for base in type(value).__mro__:
        for name, slot in vars(base).items():
            if isinstance(slot, types.MemberDescriptorType) and hasattr(value, name):
                found.append((f".{name}", getattr(value, name)))
    return found
