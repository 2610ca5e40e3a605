"""The Docker Engine: a place for images, and a way to try one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import docker
from docker.errors import APIError, DockerException, ImageNotFound, NotFound

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.image import Image, Reference
from jupyter_containerize.oci import archive_chunks, read_config
from jupyter_containerize.publishing.destinations import Published, docker_command
from jupyter_containerize.publishing.errors import ContainerNotStarted, DockerRefused, DockerUnavailable
from jupyter_containerize.publishing.runner import Running
from jupyter_containerize.publishing.store import LocalStore

if TYPE_CHECKING:
    from docker.models.containers import Container

_LOAD_SECONDS = 600
_STOP_SECONDS = 5


class DockerDestination:
    """The Docker Engine that answers here."""

    def check(self) -> None:
        """See that an engine answers.

        Raises:
            DockerUnavailable: none does.
        """
        with connected():
            pass

    def publish(
        self,
        image: Image,
        store: LocalStore,
        *,
        reference: Reference,
        on_bytes: Callable[[int], None],
        cancel: CancelToken,
    ) -> Published:
        """Load the image under its name.

        Raises:
            DockerUnavailable, DockerRefused
        """

        def chunks() -> Iterator[bytes]:
            for chunk in archive_chunks(image, reference, store.blob_path):
                cancel.check()
                on_bytes(len(chunk))
                yield chunk

        with connected() as client:
            _load(client, chunks())
        return Published(reference=str(reference), run_command=docker_command(str(reference)))


class DockerRunner:
    """Tries an image with the Docker Engine; what was loaded for that goes afterwards."""

    name = "Docker"

    @staticmethod
    def why_not() -> str:
        """Return why it cannot be used here, or nothing."""
        try:
            with connected():
                return ""
        except DockerUnavailable as error:
            return error.reason

    @contextmanager
    def start(self, image: Image, store: LocalStore, *, port: int, env: Mapping[str, str]) -> Iterator[Running]:
        """Run the image on a loopback port for the length of a block.

        Raises:
            DockerUnavailable, DockerRefused, ContainerNotStarted
        """
        inside = next(iter(read_config(image.config_bytes).ports), 8080)
        with connected() as client:
            was_there = _has(client, image)
            if not was_there:
                _load(client, archive_chunks(image, None, store.blob_path))
            try:
                container = client.containers.run(
                    image.config_digest,
                    detach=True,
                    read_only=True,
                    tmpfs={"/tmp": ""},  # noqa: S108  # inside the container
                    environment=dict(env),
                    ports={f"{inside}/tcp": ("127.0.0.1", port)},
                )
                try:
                    yield _Container(container, f"http://127.0.0.1:{port}")
                finally:
                    with suppress(NotFound):
                        container.stop(timeout=_STOP_SECONDS)
                        container.remove(force=True)
            except APIError as error:
                raise ContainerNotStarted(self.name, error.explanation or str(error)) from error
            finally:
                if not was_there:
                    with suppress(APIError):
                        client.images.remove(image.config_digest)


class _Container:
    def __init__(self, container: Container, url: str) -> None:
        self._container = container
        self.url = url

    def alive(self) -> bool:
        self._container.reload()
        return self._container.status in {"created", "running"}

    def logs(self) -> str:
        return self._container.logs().decode(errors="replace")


@contextmanager
def connected() -> Iterator[docker.DockerClient]:
    """Give a client of the engine that the environment names.

    Raises:
        DockerUnavailable: nobody answers, or not to us.
    """
    try:
        client = docker.from_env(timeout=_LOAD_SECONDS)
    except DockerException as error:
        raise DockerUnavailable(_reason(error)) from error
    try:
        client.ping()
    except (DockerException, OSError) as error:
        client.close()
        raise DockerUnavailable(_reason(error)) from error
    try:
        yield client
    finally:
        client.close()


def _reason(error: BaseException) -> str:
    """Return the innermost cause in the system's words: docker wraps it four times."""
    while True:
        inner = error.__cause__ or error.__context__
        if inner is None:
            break
        error = inner
    return getattr(error, "strerror", None) or str(error)


def _has(client: docker.DockerClient, image: Image) -> bool:
    try:
        client.images.get(image.config_digest)
    except ImageNotFound:
        return False
    return True


def _load(client: docker.DockerClient, archive: Iterator[bytes]) -> None:
    try:
        for line in client.api.load_image(archive):  # type: ignore[no-untyped-call]  # docker is typed in parts
            if "error" in line:
                raise DockerRefused("load", str(line["error"]))
    except APIError as error:
        raise DockerRefused("load", error.explanation or str(error)) from error
