"""An image that really runs: this machine's Python, and a server that says what it sees."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO, cast

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.image import EntryKind, Image, ImageConfig, LayerEntry
from jupyter_containerize.oci import assemble
from jupyter_containerize.publishing.store import LocalStore
from tests.oci.small import file, folder

_LEFT_OUT = {"site-packages", "test", "idlelib", "tkinter", "turtledemo", "ensurepip", "lib2to3", "__pycache__"}

# What each path answers is what a test of a runner wants to know.
_SERVER = b"""
import http.server, json, os, stat, sys

def can_write(path):
    try:
        open(path + "/probe", "w").close()
    except OSError:
        return False
    return True

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps({
            "uid": os.getuid(), "gid": os.getgid(), "cwd": os.getcwd(), "pid": os.getpid(),
            "root_writable": can_write("/") or can_write("/app"), "tmp_writable": can_write("/tmp"),
            "greeting": os.environ.get("GREETING"), "extra": os.environ.get("EXTRA"),
            "entries": sorted(os.listdir("/")),
            "block_devices": [name for name in os.listdir("/dev") if stat.S_ISBLK(os.lstat("/dev/" + name).st_mode)],
        }).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

host, port = os.environ.get("HOST", "0.0.0.0"), int(os.environ.get("PORT", "8080"))
print("listening", file=sys.stderr, flush=True)
http.server.ThreadingHTTPServer((host, port), Handler).serve_forever()
"""


def runnable_image(store: LocalStore, server: bytes = _SERVER) -> Image:
    """Put an image with a server at port 8080 (or ``$PORT``) into the store."""
    python = Path(sys.executable).resolve()
    cancel = CancelToken()
    layers = [
        (store.make_layer("python", _tree(_python_files(python)), cancel=cancel), "python"),
        (store.make_layer(server.hex()[:64], (folder("app"), file("app/server.py", server)), cancel=cancel), "app"),
    ]
    config = ImageConfig(
        entrypoint=(str(python), "-I", "/app/server.py"),
        env={"GREETING": "moin", "PYTHONHOME": sys.base_prefix},
        working_dir="/app",
        ports=(8080,),
    )
    image = assemble(layers, config, created="1980-01-01T00:00:01Z")
    store.add_image(image)
    return image


def _python_files(python: Path) -> dict[str, Path]:
    stdlib = Path(sysconfig.get_path("stdlib"))
    files = {str(python): python}
    for base, folders, names in os.walk(stdlib):
        folders[:] = [name for name in folders if name not in _LEFT_OUT and not name.startswith("config-")]
        files |= {f"{base}/{name}": Path(base, name) for name in names}
    binaries = [path for name, path in files.items() if name == str(python) or ".so" in name]
    for binary in binaries:
        shown = subprocess.run(["ldd", binary], check=True, capture_output=True, text=True).stdout
        files |= {path: Path(path) for path in re.findall(r"(/\S+) \(0x", shown)}
    return files


def _tree(files: dict[str, Path]) -> Iterator[LayerEntry]:
    paths = {name.lstrip("/"): path for name, path in files.items()}
    parents = {str(parent) for name in paths for parent in Path(name).parents if str(parent) != "."}
    for name in sorted(paths.keys() | parents):
        if name in parents:
            yield folder(name)
        else:
            status = paths[name].stat()
            yield LayerEntry(
                path=name,
                kind=EntryKind.FILE,
                mode=status.st_mode,
                size_bytes=status.st_size,
                open=cast("partial[BinaryIO]", partial(paths[name].open, "rb")),
            )
