"""Trying an image with Podman, by its command line: it needs neither a daemon nor root."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.image import Image
from jupyter_containerize.oci import read_config
from jupyter_containerize.oci.index import full_name
from jupyter_containerize.publishing.errors import ContainerNotStarted, PodmanRefused, PodmanUnavailable
from jupyter_containerize.publishing.podman_images import last_line, load_into_podman, why_no_podman
from jupyter_containerize.publishing.runner import Running
from jupyter_containerize.publishing.store import LocalStore
from jupyter_containerize.publishing.tail import last_lines
from jupyter_containerize.publishing.trials import LABEL, passing_name, trial

_STOP_SECONDS = "5"
_LOG_LINES = "10000"


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
        passing = passing_name()
        inside = next(iter(read_config(image.config_bytes).ports), 8080)
        # The name is of this start alone: another container of the image neither keeps it nor loses it.
        name = full_name(passing)
        with trial(store) as label:
            try:
                load_into_podman(image, store, passing, cancel=cancel or CancelToken())
            except (PodmanUnavailable, PodmanRefused) as error:
                raise ContainerNotStarted(self.name, error.reason) from error
            try:
                variables = [part for key, value in env.items() for part in ("--env", f"{key}={value}")]
                options = ("--read-only", "--publish", f"127.0.0.1:{port}:{inside}", "--label", f"{LABEL}={label}")
                container = f"jupyter-containerize-{label}"
                try:
                    self._expect(_podman("run", "--detach", "--name", container, *options, *variables, name))
                    yield _Container(container, f"http://127.0.0.1:{port}")
                finally:
                    # One that could not be started is there, too.
                    _podman("rm", "--force", "--ignore", "--time", _STOP_SECONDS, container)
            finally:
                _podman("rmi", name)

    def _expect(self, done: subprocess.CompletedProcess[str]) -> None:
        if done.returncode != 0:
            raise ContainerNotStarted(self.name, last_line(done.stderr))


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
        done = _podman("logs", "--tail", _LOG_LINES, self._identifier)
        return last_lines((done.stdout + done.stderr).encode())


def _podman(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(("podman", *arguments), capture_output=True, text=True, check=False)
