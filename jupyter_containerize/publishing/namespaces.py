"""Trying an image without any engine: Linux namespaces on its unpacked root."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import BinaryIO

from jupyter_containerize.domain.image import Image, ImageConfig
from jupyter_containerize.oci import read_config
from jupyter_containerize.publishing.errors import ContainerNotStarted
from jupyter_containerize.publishing.runner import Running
from jupyter_containerize.publishing.store import LocalStore

_PROBE_SECONDS = 10
_STOP_SECONDS = 5

# The mounts are made inside the new namespace and go with it. unshare(1) itself enters the root: it is
# the only program of this machine that sees both sides.
_ENTER = """
mount --bind "$1" "$1" && cd "$1" &&
mount -t proc proc proc && mount -t tmpfs tmpfs tmp && mount --rbind /dev dev &&
mount -o remount,bind,ro "$1" &&
folder="$1" where="$2" && shift 2 && exec unshare --root="$folder" --wd="$where" -- "$@"
"""


class BubblewrapRunner:
    """Namespaces by bubblewrap, as the image's own user."""

    name = "bubblewrap"

    @staticmethod
    def why_not() -> str:
        """Return why it cannot be used here, or nothing."""
        return _probe("bwrap", ("bwrap", "--unshare-user", "--unshare-pid", "--ro-bind", "/", "/", "true"))

    @contextmanager
    def start(self, image: Image, store: LocalStore, *, port: int, env: Mapping[str, str]) -> Iterator[Running]:
        """Run the image on a loopback port for the length of a block.

        Raises:
            ContainerNotStarted: bubblewrap itself cannot be started.
        """
        config = read_config(image.config_bytes)
        user, _, group = config.user.partition(":")
        with store.root_of(image.layers) as root:
            command = (
                *("bwrap", "--ro-bind", str(root), "/", "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"),  # noqa: S108
                *("--unshare-user", "--unshare-pid", "--unshare-ipc", "--die-with-parent", "--new-session"),
                *("--uid", user or "65532", "--gid", group or user or "65532", "--chdir", config.working_dir),
                *config.entrypoint,
                *config.cmd,
            )
            with _process(self.name, command, _environment(config, port, env), port) as running:
                yield running


class UnshareRunner:
    """Namespaces by util-linux's unshare, which nearly every Linux has; as root of the namespace."""

    name = "unshare"

    @staticmethod
    def why_not() -> str:
        """Return why it cannot be used here, or nothing."""
        return _probe("unshare", ("unshare", "--user", "--map-root-user", "--mount", "--pid", "--fork", "true"))

    @contextmanager
    def start(self, image: Image, store: LocalStore, *, port: int, env: Mapping[str, str]) -> Iterator[Running]:
        """Run the image on a loopback port for the length of a block.

        Raises:
            ContainerNotStarted: unshare itself cannot be started.
        """
        config = read_config(image.config_bytes)
        with store.root_of(image.layers) as root:
            # The folders that images have for this are ours to make where one lacks them.
            for name in ("proc", "tmp", "dev"):
                (root / name).mkdir(exist_ok=True)
            command = (
                *("unshare", "--user", "--map-root-user", "--mount", "--pid", "--fork", "--kill-child"),
                *("sh", "-c", _ENTER, "sh", str(root), config.working_dir, *config.entrypoint, *config.cmd),
            )
            # Programs of this machine run before the image's own, so its PATH comes last.
            environment = _environment(config, port, env)
            environment["PATH"] = f"{os.environ.get('PATH', os.defpath)}:{environment.get('PATH', '')}"
            with _process(self.name, command, environment, port) as running:
                yield running


class _Process:
    def __init__(self, process: subprocess.Popen[bytes], log: BinaryIO, port: int) -> None:
        self._process = process
        self._log = log
        self.url = f"http://127.0.0.1:{port}"

    def alive(self) -> bool:
        return self._process.poll() is None

    def logs(self) -> str:
        self._log.seek(0)
        return self._log.read().decode(errors="replace")


@contextmanager
def _process(name: str, command: tuple[str, ...], env: Mapping[str, str], port: int) -> Iterator[Running]:
    with tempfile.TemporaryFile() as log:
        try:
            process = subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        except OSError as error:
            raise ContainerNotStarted(name, os.strerror(error.errno or 0)) from error
        try:
            yield _Process(process, log, port)
        finally:
            process.terminate()
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _environment(config: ImageConfig, port: int, env: Mapping[str, str]) -> dict[str, str]:
    # These share the machine's network: the server must not be seen from outside it.
    return {**config.env, **env, "PORT": str(port), "HOST": "127.0.0.1"}


def _probe(program: str, command: tuple[str, ...]) -> str:
    if shutil.which(program) is None:
        return "not installed"
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PROBE_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if done.returncode == 0:
        return ""
    return done.stderr.strip().rpartition("\n")[2] or f"exit code {done.returncode}"
