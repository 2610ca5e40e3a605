"""Trying an image with Podman, by its command line: it needs neither a daemon nor root."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.image import Image
from jupyter_containerize.oci import read_config
from jupyter_containerize.publishing.errors import ContainerNotStarted, PodmanRefused, PodmanUnavailable
from jupyter_containerize.publishing.podman_images import last_line, load_into_podman, why_no_podman
from jupyter_containerize.publishing.runner import Running
from jupyter_containerize.publishing.store import LocalStore

_STOP_SECONDS = "5"


class PodmanRunner:
    """Tries an image with Podman; what was loaded for that goes afterwards."""

    name = "Podman"

    @staticmethod
    def why_not() -> str:
        """Return why it cannot be used here, or nothing."""
        return why_no_podman()

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
            ContainerNotStarted: Podman would not load or run it.
        """
        name = image.config_digest.hex
        inside = next(iter(read_config(image.config_bytes).ports), 8080)
        was_there = _podman("image", "exists", name).returncode == 0
        if not was_there:
            try:
                load_into_podman(image, store, None, cancel=cancel or CancelToken())
            except (PodmanUnavailable, PodmanRefused) as error:
                raise ContainerNotStarted(self.name, error.reason) from error
        try:
            variables = [part for key, value in env.items() for part in ("--env", f"{key}={value}")]
            options = ("--detach", "--read-only", "--publish", f"127.0.0.1:{port}:{inside}", *variables)
            container = self._expect(_podman("run", *options, name))
            try:
                yield _Container(container, f"http://127.0.0.1:{port}")
            finally:
                _podman("rm", "--force", "--time", _STOP_SECONDS, container)
        finally:
            if not was_there:
                _podman("rmi", "--force", name)

    def _expect(self, done: subprocess.CompletedProcess[str]) -> str:
        if done.returncode != 0:
            raise ContainerNotStarted(self.name, last_line(done.stderr))
        return done.stdout.strip()


class _Container:
    def __init__(self, identifier: str, url: str) -> None:
        self._identifier = identifier
        self.url = url

    def alive(self) -> bool:
        state = _podman("container", "inspect", "--format", "{{.State.Running}}", self._identifier)
        return state.stdout.strip() == "true"

    def exit_code(self) -> int | None:
        if self.alive():
            return None
        state = _podman("container", "inspect", "--format", "{{.State.ExitCode}}", self._identifier)
        return int(state.stdout) if state.stdout.strip().isdecimal() else None

    def logs(self) -> str:
        done = _podman("logs", self._identifier)
        return done.stdout + done.stderr


def _podman(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(("podman", *arguments), capture_output=True, text=True, check=False)
