"""Which names are told to be bound to what no pickle can hold; where the library is at hand, that is tried."""

from __future__ import annotations

import contextlib
import subprocess
import warnings
from typing import Any

import cloudpickle
import pytest

from jupyter_containerize.analysis.bindings import read_bindings
from jupyter_containerize.analysis.statements import read_code
from jupyter_containerize.analysis.unpicklable import find_unpicklable
from jupyter_containerize.analysis.unpicklable_calls import HELD
from jupyter_containerize.domain.notebook import Finding
from tests.notebooks.made import notebook_of

# Cells that bind `x`, and the words for it.
TOLD: dict[str, tuple[list[str], str]] = {
    "a connection": (["import sqlite3\nx = sqlite3.connect(':memory:')"], "a connection to a database"),
    "by another name": (["from sqlite3 import connect as c\nx = c('a.db')"], "a connection to a database"),
    "a cursor": (["import sqlite3\nc = sqlite3.connect('a.db')", "x = c.cursor()"], "a connection to a database"),
    "an engine's connection": (
        ["import sqlalchemy as sa\nx = sa.create_engine(u).connect()"],
        "a connection to a database",
    ),
    "a session": (
        [
            "from sqlalchemy import create_engine\nfrom sqlalchemy.orm import sessionmaker\ne = create_engine(u)",
            "S = sessionmaker(bind=e)\nx = S()",
        ],
        "a connection to a database",
    ),
    "a function's": (
        ["import sqlite3\ndef make():\n    c = sqlite3.connect('a')\n    return c", "x = make()"],
        "a connection to a database",
    ),
    "of two, the first": (["import sqlite3\nx, y = sqlite3.connect('a'), 1"], "a connection to a database"),
    "in a list": (["import sqlite3\nx = [1, sqlite3.connect('a')]"], "a connection to a database"),
    "in an object": (
        ["import sqlite3\nclass Db:\n    def __init__(self):\n        self.c = sqlite3.connect('a')", "x = Db()"],
        "a connection to a database",
    ),
    "in a try": (
        ["import sqlite3\ntry:\n    x = sqlite3.connect('a')\nexcept OSError:\n    x = sqlite3.connect('b')"],
        "a connection to a database",
    ),
    "a collection": (
        ["from pymongo import MongoClient\nc = MongoClient()", "x = c['db'].people"],
        "a connection to a data store",
    ),
    "redis": (["import redis\nx = redis.Redis()"], "a connection to a data store"),
    "boto3": (["import boto3\nx = boto3.client('s3')"], "a client of a cloud service"),
    "boto3, of a session": (["import boto3\ns = boto3.Session()", "x = s.client('s3')"], "a client of a cloud service"),
    "boto3, a bucket": (["import boto3\nx = boto3.resource('s3').Bucket('a')"], "a client of a cloud service"),
    "openai": (["from openai import OpenAI\nx = OpenAI()"], "a client of a model service"),
    "a socket": (["import socket\nx = socket.socket()"], "a network connection"),
    "httpx": (["import httpx\nx = httpx.Client()"], "a network connection"),
    "aiohttp, awaited": (
        ["import aiohttp\nasync def f():\n    return aiohttp.ClientSession()\nx = await f()"],
        "a network connection",
    ),
    "a browser": (["from selenium import webdriver\nx = webdriver.Chrome()"], "a browser"),
    "a lock": (["import threading\nx = threading.Lock()"], "a lock or another thing of threads"),
    "a pool of threads": (
        ["from concurrent.futures import ThreadPoolExecutor as T\nx = T(2)"],
        "a lock or another thing of threads",
    ),
    "a queue": (["from queue import Queue\nx = Queue()"], "a lock or another thing of threads"),
    "a process": (["import subprocess\nx = subprocess.Popen(['true'])"], "a process, or what processes share"),
    "a pool": (["from multiprocessing import Pool\nx = Pool(2)"], "a process, or what processes share"),
    "an event loop": (["import asyncio\nx = asyncio.new_event_loop()"], "an event loop"),
    "a file, for bytes": (["x = open('a', 'rb')"], "an open file"),
    "a file, for writing": (["x = open('a', mode='w')"], "an open file"),
    "a file, of with": (["with open('a', 'rb') as x:\n    pass"], "an open file"),
    "an archive": (["import zipfile\nx = zipfile.ZipFile('a.zip')"], "an open file"),
    "hdf5": (["import h5py\nx = h5py.File('a.h5')"], "an open file"),
    "a generator": (["x = (a for a in [1])"], "a generator"),
    "a generator function's": (["def f():\n    yield 1", "x = f()"], "a generator"),
    "paths": (["from pathlib import Path\nx = Path('.').glob('*')"], "a generator"),
    "spark": (
        ["from pyspark.sql import SparkSession\nx = SparkSession.builder.getOrCreate()"],
        "a session of a cluster",
    ),
    "spark, with a name": (
        ["from pyspark.sql import SparkSession as S\nx = S.builder.appName('a').master('b').getOrCreate()"],
        "a session of a cluster",
    ),
    "onnx": (
        ["import onnxruntime as ort\nx = ort.InferenceSession('a.onnx')"],
        "a session of a runtime outside of Python",
    ),
    "opencv": (["import cv2\nx = cv2.VideoCapture(0)"], "a session of a runtime outside of Python"),
    "cuda": (["x = model.cuda()"], "on a graphics card"),
    "cuda, by name": (["x = model.to('cuda:0')"], "on a graphics card"),
    "cuda, by device": (["import torch\nx = model.to(torch.device('cuda')).eval()"], "on a graphics card"),
}

NOT_TOLD: dict[str, list[str]] = {
    "a number": ["x = 1"],
    "what a connection gave": ["import sqlite3\nx = sqlite3.connect('a').execute('select 1').fetchall()"],
    "a frame of a connection": ["import sqlite3\nimport pandas as pd\nx = pd.read_sql('q', sqlite3.connect('a'))"],
    "what was read": ["x = open('a', 'rb').read()"],
    "what was loaded": ["import pickle\nx = pickle.load(open('a', 'rb'))"],
    "a text file": ["x = open('a')"],
    "a requests session": ["import requests\nx = requests.Session()"],
    "a boto3 session": ["import boto3\nx = boto3.Session()"],
    "a session maker": ["from sqlalchemy.orm import sessionmaker\nx = sessionmaker()"],
    "a digest": ["import hashlib\nx = hashlib.sha256(b'a').hexdigest()"],
    "a list of a generator": ["x = list(a for a in [1])"],
    "paths in a list": ["from pathlib import Path\nx = list(Path('.').glob('*'))"],
    "a context manager": ["from contextlib import contextmanager\n@contextmanager\ndef f():\n    yield 1", "x = f()"],
    "an object that pickles itself": [
        "import sqlite3\nclass Db:\n  def __init__(self): self.c = sqlite3.connect('a')\n  def __reduce__(self): pass",
        "x = Db()",
    ],
    "the device that is there": ["import torch\nd = 'cuda' if torch.cuda.is_available() else 'cpu'\nx = m.to(d)"],
    "a function of one's own of that name": ["def connect(): return 1\nx = connect()"],
    "functions that call each other": ["def f(): return g()\ndef g(): return f()\nx = f()"],
}  # fmt: skip


def findings_of(cells: list[str]) -> tuple[Finding, ...]:
    """Return the findings for the name ``x`` of a notebook with these cells."""
    code = read_code(notebook_of(*cells))
    return find_unpicklable(code, {"x": read_bindings(code).history["x"][-1].statement, "hidden": None})


@pytest.mark.parametrize("name", TOLD)
def test_find_unpicklable__held__is_told(name):
    """The finding has the name, what it is, and where it is bound."""
    cells, words = TOLD[name]
    [finding] = findings_of(cells)
    assert finding.message.startswith("'x' ")
    assert words in finding.message
    assert finding.location is not None
    assert finding.location.cell == len(cells)
    assert ("--recreate x" in finding.hint) != ("x.to('cpu')" in finding.hint)


@pytest.mark.parametrize("name", NOT_TOLD)
def test_find_unpicklable__harmless__is_not_told(name):
    """What can be taken along, or is not known, is not warned of."""
    assert findings_of(NOT_TOLD[name]) == ()


def test_find_unpicklable__message__says_call_and_attribute():
    """The words are those for the user, with the call as the library's documentation has it."""
    [plain] = findings_of(["import threading\nx = threading.Lock()"])
    assert plain.code == "JC-ANALYSIS-27"
    assert plain.message == (
        "'x' is a lock or another thing of threads (threading.Lock), which cannot be taken into the image"
    )
    [inside] = findings_of(
        ["import queue\nclass A:\n    def __init__(self):\n        self.q = queue.Queue()", "x = A()"]
    )
    assert "'x' holds in self.q a lock" in inside.message


# Calls of the table that need arguments, or something on the disk.
_WITH_ARGUMENTS = {
    "bz2.BZ2File": "bz2.BZ2File(io.BytesIO())",
    "bz2.open": "bz2.open(io.BytesIO())",
    "concurrent.futures.process.ProcessPoolExecutor": "",
    "contextvars.ContextVar": "contextvars.ContextVar('a')",
    "csv.DictReader": "csv.DictReader(io.StringIO())",
    "csv.DictWriter": "csv.DictWriter(io.StringIO(), ['a'])",
    "csv.reader": "csv.reader(io.StringIO())",
    "csv.writer": "csv.writer(io.StringIO())",
    "glob.iglob": "glob.iglob('*')",
    "gzip.GzipFile": "gzip.GzipFile(fileobj=io.BytesIO())",
    "gzip.open": "gzip.open(io.BytesIO())",
    "hmac.new": "hmac.new(b'a', b'b', 'sha256')",
    "http.client.HTTPSConnection": "http.client.HTTPSConnection('a')",
    "io.open": "io.open(__file__, 'rb')",
    "logging.FileHandler": "logging.FileHandler(os.devnull)",
    "lzma.LZMAFile": "lzma.LZMAFile(io.BytesIO(), 'w')",
    "lzma.open": "lzma.open(io.BytesIO(), 'w')",
    "mmap.mmap": "mmap.mmap(-1, 10)",
    "open": "open(__file__, 'rb')",
    "os.popen": "os.popen('true')",
    "os.walk": "os.walk('.')",
    "re.finditer": "re.finditer('a', 'a')",
    "socket.create_server": "socket.create_server(('127.0.0.1', 0))",
    "sqlite3.connect": "sqlite3.connect(':memory:')",
    "sqlite3.dbapi2.connect": "sqlite3.dbapi2.connect(':memory:')",
    "ssl.SSLContext": "ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)",
    "subprocess.Popen": "subprocess.Popen(['true'])",
    "tarfile.TarFile.open": "tarfile.TarFile.open(os.devnull, 'w')",
    "tarfile.open": "tarfile.open(os.devnull, 'w')",
    "threading.Barrier": "threading.Barrier(2)",
    "threading.Timer": "threading.Timer(1, print)",
    "weakref.ref": "weakref.ref(io.StringIO)",
    "zipfile.ZipFile": "zipfile.ZipFile(io.BytesIO(), 'w')",
}
# They start processes, reach out, or need a running loop.
_NOT_TRIED = frozenset({
    "asyncio.create_task", "asyncio.ensure_future", "asyncio.get_event_loop", "asyncio.get_running_loop",
    "concurrent.futures.ProcessPoolExecutor", "concurrent.futures.process.ProcessPoolExecutor",
    "multiprocessing.Array", "multiprocessing.Manager", "multiprocessing.Pool", "multiprocessing.Process",
    "multiprocessing.Value", "multiprocessing.pool.Pool", "multiprocessing.pool.ThreadPool", "socket.create_connection",
    "urllib.request.urlopen", "xml.etree.ElementTree.iterparse",
})  # fmt: skip
_AT_HAND = frozenset({
    "asyncio", "bz2", "concurrent", "contextvars", "csv", "glob", "gzip", "hmac", "http", "io", "logging", "lzma",
    "mmap", "multiprocessing", "open", "os", "queue", "random", "re", "sched", "secrets", "selectors", "socket",
    "sqlite3", "ssl", "subprocess", "tarfile", "tempfile", "threading", "weakref", "xml", "zipfile", "zlib",
})  # fmt: skip
TRIED = [
    call
    for kind in HELD
    for call in kind.calls
    if kind.itself and call.partition(".")[0] in _AT_HAND and "*" not in call and call not in _NOT_TRIED
]


@pytest.mark.parametrize("call", TRIED)
def test_held__standard_library__cannot_be_pickled(call):
    """What the table says of the standard library is so."""
    made = _made(_WITH_ARGUMENTS.get(call) or f"{call}()")
    try:
        with pytest.raises((TypeError, RuntimeError, AttributeError, ValueError, cloudpickle.pickle.PicklingError)):
            cloudpickle.dumps(made, protocol=5)
    finally:
        with contextlib.suppress(AttributeError):
            made.wait() if isinstance(made, subprocess.Popen) else made.close()


def _made(expression: str) -> Any:
    """Evaluate an expression with all the modules that it names."""
    namespace: dict[str, Any] = {"__file__": __file__}
    imports = ["import io, os, weakref", *(f"import {name}" for name in _modules(expression))]
    exec("\n".join(imports), namespace)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return eval(expression, namespace)


def _modules(expression: str) -> list[str]:
    parts = expression.partition("(")[0].split(".")[:-1]
    return [".".join(parts[:end]) for end in range(1, len(parts) + 1) if parts[end - 1].islower()]
