"""The Docker Engine: a place for images, and a way to try one."""

from __future__ import annotations

import errno
import itertools
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import docker
import requests
from docker.errors import APIError, DockerException, ImageNotFound, NotFound
from docker.types import LogConfig

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.image import Digest, IllegalReference, Image, Published, Reference
from jupyter_containerize.domain.platform import Platform
from jupyter_containerize.oci import ImageUnreadable, archive_chunks, media, read_config
from jupyter_containerize.publishing.destinations import check_layers, docker_command, for_here
from jupyter_containerize.publishing.errors import ContainerNotStarted, DockerRefused, DockerUnavailable, NoSuchImage
from jupyter_containerize.publishing.runner import Running
from jupyter_containerize.publishing.store import LocalStore
from jupyter_containerize.publishing.tail import last_lines
from jupyter_containerize.publishing.trials import LABEL, passing_name, trial
from jupyter_containerize.registry import side_by_side

if TYPE_CHECKING:
    from docker.models.containers import Container

_LOAD_SECONDS = 600
# An engine that keeps images as containerd does says this, and that all went well.
_NOT_UNPACKED = "Error unpacking image"
_SOCKET = "/var/run/docker.sock"
_CONTAINERD = "io.containerd.snapshotter.v1"
# Each image costs a question of some milliseconds.
_MOST_IMAGES = 30
_ENOUGH = 4
# What is kept of a container's log: by the engine on its disk, and in lines by us.
_LOG = LogConfig(type="json-file", config={"max-size": "4m", "max-file": "1"})
_LOG_LINES = 10_000


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
        """Load the image under its name; layers that the engine has are not sent again.

        Raises:
            DockerUnavailable, DockerRefused
        """
        with connected() as client:
            _ensure(client, image, reference, store, on_bytes=on_bytes, cancel=cancel)
        return Published(reference=str(reference), run_command=docker_command(str(reference)))

    def publish_index(
        self,
        images: Sequence[tuple[Platform, Image]],
        store: LocalStore,
        *,
        reference: Reference,
        on_bytes: Callable[[int], None],
        cancel: CancelToken,
    ) -> Published:
        """Load the image for the engine's own platform, which may be another machine's than ours.

        Raises:
            DockerUnavailable, DockerRefused
        """
        with connected() as client, _refusing("load"):
            named = client.version().get("Arch", "")
        here = next((platform for platform, _ in images if platform.architecture == named), None)
        return self.publish(for_here(images, here), store, reference=reference, on_bytes=on_bytes, cancel=cancel)


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
            DockerUnavailable, DockerRefused, ContainerNotStarted
        """
        inside = next(iter(read_config(image.config_bytes).ports), 8080)
        # A name of its own: engines that keep images as containerd does know them by another digest.
        passing = passing_name()
        with trial(store) as label, connected() as client:
            try:
                _ensure(client, image, passing, store, on_bytes=lambda _: None, cancel=cancel or CancelToken())
                container = client.containers.create(
                    str(passing),
                    labels={LABEL: label},
                    log_config=_LOG,
                    read_only=True,
                    tmpfs={"/tmp": ""},  # noqa: S108  # inside the container
                    environment=dict(env),
                    ports={f"{inside}/tcp": ("127.0.0.1", port)},
                )
                try:
                    container.start()
                    yield _Container(container, f"http://127.0.0.1:{port}")
                finally:
                    with suppress(NotFound):
                        container.remove(force=True, v=True)
            except APIError as error:
                raise ContainerNotStarted(self.name, error.explanation or str(error)) from error
            except requests.exceptions.RequestException as error:
                raise DockerUnavailable(_reason(error)) from error
            finally:
                with suppress(APIError, requests.exceptions.RequestException):
                    client.images.remove(str(passing))


class _Container:
    def __init__(self, container: Container, url: str) -> None:
        self._container = container
        self.url = url

    def alive(self) -> bool:
        try:
            self._container.reload()
        except NotFound:
            return False
        return self._container.status in {"created", "running"}

    def exit_code(self) -> int | None:
        if self.alive():
            return None
        code: int | None = self._container.attrs.get("State", {}).get("ExitCode")
        return code

    def logs(self) -> str:
        return last_lines(self._container.logs(tail=_LOG_LINES))


@contextmanager
def connected() -> Iterator[docker.DockerClient]:
    """Give a client of the engine that the environment names.

    Raises:
        DockerUnavailable: nobody answers, or not to us.
    """
    if _socket_is_missing(os.environ.get("DOCKER_HOST", "")):
        # docker would connect while it makes the client, and leave its end of the connection open.
        raise DockerUnavailable(os.strerror(errno.ENOENT))
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


def engine_images() -> frozenset[str]:
    """Return the digests by which the Docker Engine knows its images; none where no engine answers."""
    try:
        with connected() as client:
            # One question; the client's own list asks about each image once more.
            return frozenset(str(image["Id"]) for image in client.api.images() if image.get("Id"))
    except (DockerUnavailable, APIError):
        return frozenset()


def _socket_is_missing(host: str) -> bool:
    """Tell whether nothing is at the path of the engine's socket; TCP and SSH are not looked at."""
    path = host.removeprefix("unix://") if host.startswith("unix://") else ("" if host else _SOCKET)
    return bool(path) and os.name == "posix" and not Path(path).exists()


def _reason(error: BaseException) -> str:
    """Return the innermost cause in the system's words: docker wraps it four times."""
    while True:
        inner = error.__cause__ or error.__context__
        if inner is None:
            break
        error = inner
    return getattr(error, "strerror", None) or str(error)


def _ensure(
    client: docker.DockerClient,
    image: Image,
    reference: Reference,
    store: LocalStore,
    *,
    on_bytes: Callable[[int], None],
    cancel: CancelToken,
) -> None:
    """Let the engine have the image under the name, and send no layer that it has. The name moves last."""

    def load(without: frozenset[Digest]) -> None:
        check_layers(image, store, without=without, cancel=cancel)

        def send(_image: Image, count: Callable[[int], None], stop: CancelToken) -> None:
            def chunks() -> Iterator[bytes]:
                for chunk in archive_chunks(image, None, store.blob_path, without=without):
                    stop.check()
                    count(len(chunk))
                    yield chunk

            _load(client, chunks())

        # In a thread of its own: an engine that unpacks a layer does not hear that nobody waits any more.
        side_by_side(send, (image,), on_bytes=on_bytes, cancel=cancel)

    with _refusing("tag"):
        if _tagged(client, image, reference):
            return
        known = _known_layers(client, image, reference, store)
    with _hinting_at_zstd(image):
        if known:
            try:
                load(known)
            except DockerRefused:
                # The older image was removed meanwhile, or this engine wants every layer.
                load(frozenset())
        else:
            load(known)
    cancel.check()
    with _refusing("tag"):
        if not _tagged(client, image, reference):
            raise DockerRefused("tag", "the image is not there, although it was loaded")


@contextmanager
def _hinting_at_zstd(image: Image) -> Iterator[None]:
    """Say what may be wrong where an engine refuses layers that it cannot read: its own words are of tar headers."""
    try:
        yield
    except DockerRefused as error:
        if any(layer.media_type == media.LAYER_ZSTD for layer in image.layers):
            hint = "engines before 23 read no zstd: --compression gzip"
            raise DockerRefused(error.action, f"{error.reason} ({hint})") from error
        raise


def _tagged(client: docker.DockerClient, image: Image, reference: Reference) -> bool:
    """Give the name to the image if the engine has it, and tell whether it had."""
    # The classic kind names an image by its config, the other one by its manifest.
    for digest in (image.config_digest, image.manifest_digest):
        with suppress(ImageNotFound):
            name = str(reference).removesuffix(f":{reference.tag}")
            client.images.get(digest).tag(name, str(reference.tag))
            return True
    return False


def _known_layers(
    client: docker.DockerClient, image: Image, reference: Reference, store: LocalStore
) -> frozenset[Digest]:
    """Return the layers that the engine has, as far as its images show.

    An engine of the classic kind never opens a layer whose chain of diff_ids it knows, so an archive need not hold it.
    One that keeps images as containerd does keeps the blobs as they came, by their digests: it has those of every image
    that it knows under a digest of ours.
    """
    if any(_CONTAINERD in pair for pair in client.info().get("DriverStatus") or ()):
        return _known_blobs(client, store).intersection(layer.digest for layer in image.layers)
    best = 0
    for name in (str(reference), *_names(client)):
        try:
            older = client.images.get(name).attrs["RootFS"]["Layers"]
        except (ImageNotFound, KeyError):
            continue
        same = itertools.takewhile(lambda pair: pair[0].diff_id == pair[1], zip(image.layers, older, strict=False))
        best = max(best, len(tuple(same)))
        if best >= max(1, len(image.layers) - _ENOUGH):
            # Only what a changed cell changes.
            break
    return frozenset(layer.digest for layer in image.layers[:best])


def _known_blobs(client: docker.DockerClient, store: LocalStore) -> frozenset[Digest]:
    found: set[Digest] = set()
    for name in _names(client):
        with suppress(NoSuchImage, ImageUnreadable, IllegalReference):
            found.update(layer.digest for layer in store.load(Digest(name)).layers)
    return frozenset(found)


def _names(client: docker.DockerClient) -> tuple[str, ...]:
    """Return the engine's own names of some of its images, ours first: their time is long ago."""
    images = sorted(client.api.images(), key=lambda item: item.get("Created", 0))
    return tuple(item["Id"] for item in images[:_MOST_IMAGES])


def _load(client: docker.DockerClient, archive: Iterator[bytes]) -> None:
    with _refusing("load"):
        for line in client.api.load_image(archive):  # type: ignore[no-untyped-call]  # docker is typed in parts
            said = str(line.get("error") or line.get("stream", ""))
            if "error" in line or said.startswith(_NOT_UNPACKED):
                raise DockerRefused("load", said.strip())


@contextmanager
def _refusing(action: str) -> Iterator[None]:
    """Say in our words what the engine says while it does something."""
    try:
        yield
    except APIError as error:
        raise DockerRefused(action, error.explanation or str(error)) from error
    except requests.exceptions.RequestException as error:
        raise DockerUnavailable(_reason(error)) from error
