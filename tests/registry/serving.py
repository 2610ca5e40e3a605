"""Servers on free ports of this machine: a real docker-registry, and what tests write themselves."""

from __future__ import annotations

import socket
import socketserver
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

USER, PASSWORD = "ada", "lovelace"
_HTPASSWD = "ada:$2b$05$abcdefghijklmnopqrstuuugyJgZetmHGvxwCJ1rpgM8bgT8KJ8.i\n"


@contextmanager
def docker_registry(folder: Path, *, login: bool = False, read_only: bool = False, token: str = "") -> Iterator[str]:
    """Give ``host:port`` of a registry that lives as long as the block.

    ``read_only`` takes no uploads; ``token`` is the configuration of its token service, in place of ``login``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    host = f"127.0.0.1:{_free_port()}"
    (folder / "htpasswd").write_text(_HTPASSWD)
    auth = f"auth: {{htpasswd: {{realm: test, path: {folder / 'htpasswd'}}}}}" if login else ""
    auth = f"auth: {{token: {token}}}" if token else auth
    maintenance = ", maintenance: {readonly: {enabled: true}}" if read_only else ""
    (folder / "config.yml").write_text(
        f"""version: 0.1
log: {{level: error}}
storage: {{filesystem: {{rootdirectory: {folder / "data"}}}, delete: {{enabled: true}}{maintenance}}}
http: {{addr: "{host}", secret: test}}
{auth}
"""
    )
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(["docker-registry", "serve", folder / "config.yml"], stdout=log, stderr=log)
    try:
        _wait_for(host, process)
        yield host
    finally:
        process.terminate()
        process.wait()


@contextmanager
def in_thread(server: socketserver.BaseServer) -> Iterator[None]:
    """Let a server answer as long as the block; it is closed afterwards."""
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(host: str, process: subprocess.Popen[bytes]) -> None:
    name, _, port = host.partition(":")
    while process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex((name, int(port))) == 0:
                return
        time.sleep(0.02)
    raise AssertionError("docker-registry did not start")
