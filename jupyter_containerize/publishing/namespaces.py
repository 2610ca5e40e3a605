"""Trying an image without any engine: Linux namespaces on its unpacked root."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import BinaryIO, cast

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.image import Image, ImageConfig
from jupyter_containerize.oci import read_config
from jupyter_containerize.publishing.errors import ContainerNotStarted
from jupyter_containerize.publishing.runner import Running
from jupyter_containerize.publishing.store import LocalStore
from jupyter_containerize.publishing.tail import Tail

_PROBE_SECONDS = 10
_LAST_WORDS_SECONDS = 5.0

_BUBBLEWRAP = (
    *("--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--cap-drop", "ALL"),  # noqa: S108  # inside
    *("--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--die-with-parent", "--new-session"),
)
_UNSHARE = ("--user", "--map-root-user", "--mount", "--pid", "--ipc", "--uts", "--fork", "--kill-child")

# The mounts are made as root of the new namespace and go with it. A second namespace then makes the
# server an ordinary user. unshare itself enters the root, since it is the only program of this machine
# that sees both sides. Of the devices only the harmless ones are there.
_ENTER = """
set -e
root=$1 folder=$2 user=$3 group=$4 path=$5
shift 5
unshare=$(command -v unshare)
mount --bind "$root" "$root"
cd "$root"
mount -t proc proc proc
mount -t tmpfs tmpfs tmp
mount -t tmpfs tmpfs dev
for node in full null random urandom zero; do
    : > dev/$node
    mount --bind /dev/$node dev/$node
done
mount -o remount,bind,ro "$root"
PATH=$path exec "$unshare" --user --map-user="$user" --map-group="$group" --root="$root" --wd="$folder" -- "$@"
"""


class BubblewrapRunner:
    """Namespaces by bubblewrap, as the image's own user."""

    name = "bubblewrap"

    @staticmethod
    def why_not() -> str:
        """Return why it cannot be used here, or nothing."""
        return _probe("bwrap", "--ro-bind", "/", "/", *_BUBBLEWRAP, "true")

    @contextmanager
    def start(
        self,
        image: Image,
        store: LocalStore,
        *,
        port: int,
        env: Mapping[str, str],
        cancel: CancelToken | None = None,
    ) -> Iterator[Running]:
        """Run the image on a loopback port for the length of a block.

        Raises:
            ContainerNotStarted: bubblewrap itself cannot be started.
        """
        config = read_config(image.config_bytes)
        user, group = _user(config)
        with store.root_of(image.layers, cancel=cancel) as root:
            command = (
                *(shutil.which("bwrap") or "bwrap", "--ro-bind", str(root), "/", *_BUBBLEWRAP),
                *("--uid", user, "--gid", group, "--chdir", config.working_dir),
                *config.entrypoint,
                *config.cmd,
            )
            with _process(self.name, command, _environment(config, port, env), port) as running:
                yield running


class UnshareRunner:
    """Namespaces by util-linux, which nearly every Linux has; as the image's own user."""

    name = "unshare"

    @staticmethod
    def why_not() -> str:
        """Return why it cannot be used here, or nothing."""
        return _probe("unshare", *_UNSHARE, "--mount-proc", "true")

    @contextmanager
    def start(
        self,
        image: Image,
        store: LocalStore,
        *,
        port: int,
        env: Mapping[str, str],
        cancel: CancelToken | None = None,
    ) -> Iterator[Running]:
        """Run the image on a loopback port for the length of a block.

        Raises:
            ContainerNotStarted: unshare itself cannot be started.
        """
        config = read_config(image.config_bytes)
        environment = _environment(config, port, env)
        # Programs of this machine run before the image's own, which gets its PATH with the last step.
        image_path = environment.get("PATH", os.defpath)
        environment["PATH"] = os.environ.get("PATH", os.defpath)
        with store.root_of(image.layers, cancel=cancel) as root:
            command = (
                *_mortal(),
                *(shutil.which("unshare") or "unshare", *_UNSHARE, "sh", "-c", _ENTER, "sh"),
                *(str(root), config.working_dir, *_user(config), image_path),
                *config.entrypoint,
                *config.cmd,
            )
            with _process(self.name, command, environment, port) as running:
                yield running


class _Process:
    def __init__(self, process: subprocess.Popen[bytes], log: Tail, port: int) -> None:
        self._process = process
        self._log = log
        self.url = f"http://127.0.0.1:{port}"

    def alive(self) -> bool:
        return self._process.poll() is None

    def exit_code(self) -> int | None:
        return self._process.poll()

    def logs(self) -> str:
        if not self.alive():
            self._log.wait(_LAST_WORDS_SECONDS)
        return self._log.text()


@contextmanager
def _process(name: str, command: tuple[str, ...], env: Mapping[str, str], port: int) -> Iterator[Running]:
    try:
        process = subprocess.Popen(
            command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
    except OSError as error:
        raise ContainerNotStarted(name, os.strerror(error.errno or 0)) from error
    log = Tail(cast("BinaryIO", process.stdout))
    try:
        yield _Process(process, log, port)
    finally:
        # Neither program passes a friendlier signal on. With this one the kernel ends all that is
        # in the namespace.
        process.kill()
        process.wait()
        log.wait(_LAST_WORDS_SECONDS)


def _environment(config: ImageConfig, port: int, env: Mapping[str, str]) -> dict[str, str]:
    # These share the machine's network: the server must not be seen from outside it.
    return {**config.env, **env, "PORT": str(port), "HOST": "127.0.0.1"}


def _user(config: ImageConfig) -> tuple[str, str]:
    """Return user and group of the image as numbers."""
    user, _, group = config.user.partition(":")
    return user or "0", group or user or "0"


def _mortal() -> tuple[str, ...]:
    """Return what lets a command end with us even when we are killed; bubblewrap knows how by itself."""
    setpriv = shutil.which("setpriv")
    return (setpriv, "--pdeathsig", "KILL") if setpriv else ()


def _probe(program: str, *arguments: str) -> str:
    found = shutil.which(program)
    if found is None:
        return "not installed"
    try:
        done = subprocess.run((found, *arguments), capture_output=True, text=True, timeout=_PROBE_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if done.returncode == 0:
        return ""
    return done.stderr.strip().rpartition("\n")[2] or f"exit code {done.returncode}"
