"""A registry on loopback whose storage is measured before and after a push."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from shell import run, size_of

_CONFIG = """\
version: 0.1
log: {{level: error, accesslog: {{disabled: true}}}}
storage: {{filesystem: {{rootdirectory: {folder}}}}}
http: {{addr: 127.0.0.1:{port}}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """``host`` is what image names begin with, ``folder`` what it keeps."""

    host: str
    folder: Path

    def stored_bytes(self) -> int:
        """Return what it keeps now."""
        return size_of(self.folder)

    def push(self, image: str, name: str) -> None:
        """Push an image of the Docker Engine."""
        run("docker", "tag", image, f"{self.host}/{name}")
        run("docker", "push", f"{self.host}/{name}")


@contextmanager
def serving(work: Path) -> Iterator[Registry]:
    """Run docker-registry for the length of a block."""
    folder = work / "registry"
    folder.mkdir(parents=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = work / "registry.yml"
    config.write_text(_CONFIG.format(folder=folder, port=port))
    process = subprocess.Popen(
        ("docker-registry", "serve", str(config)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait(f"http://127.0.0.1:{port}/v2/")
        yield Registry(host=f"127.0.0.1:{port}", folder=folder)
    finally:
        process.terminate()
        process.wait()


def _wait(url: str) -> None:
    for _ in range(100):
        try:
            with urllib.request.urlopen(url):
                return
        except OSError:
            time.sleep(0.1)
    sys.exit("docker-registry did not start")
