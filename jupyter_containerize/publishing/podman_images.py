"""Podman as a place for images, by its command line.

Podman copies from a layout, and only the layers that it lacks: one is made of links into the store, so nothing is
written twice. Where Podman runs in a virtual machine it sees no folder of ours, and is given the whole archive.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.image import Image, Published, Reference
from jupyter_containerize.domain.platform import Platform
from jupyter_containerize.oci import Index, archive_chunks
from jupyter_containerize.oci.index import entry_of, full_name
from jupyter_containerize.oci.layout import MARKER
from jupyter_containerize.publishing.destinations import for_here
from jupyter_containerize.publishing.errors import PodmanRefused, PodmanUnavailable
from jupyter_containerize.publishing.store import LocalStore
from jupyter_containerize.transport import writing

_PROBE_SECONDS = 20
_TICK_SECONDS = 0.05
_END_SECONDS = 0.5


class PodmanDestination:
    """The Podman of this user."""

    def check(self) -> None:
        """See that Podman works here.

        Raises:
            PodmanUnavailable: it does not.
        """
        reason = why_no_podman()
        if reason:
            raise PodmanUnavailable(reason)

    def publish(
        self,
        image: Image,
        store: LocalStore,
        *,
        reference: Reference,
        on_bytes: Callable[[int], None],
        cancel: CancelToken,
    ) -> Published:
        """Let Podman have the image under its name; layers that it has are not copied again.

        Raises:
            PodmanUnavailable, PodmanRefused, Cancelled
        """
        load_into_podman(image, store, reference, cancel=cancel)
        # Podman does not say what it copied.
        on_bytes(image.size_bytes)
        return Published(reference=str(reference), run_command=podman_command(str(reference)))

    def publish_index(
        self,
        images: Sequence[tuple[Platform, Image]],
        store: LocalStore,
        *,
        reference: Reference,
        on_bytes: Callable[[int], None],
        cancel: CancelToken,
    ) -> Published:
        """Let Podman have the image for this machine.

        Raises:
            PodmanUnavailable, PodmanRefused, Cancelled
        """
        return self.publish(for_here(images), store, reference=reference, on_bytes=on_bytes, cancel=cancel)


def podman_command(reference: str) -> str:
    """Return how Podman starts an image so that only this machine reaches it."""
    return f"podman run --rm --read-only -p 127.0.0.1:8080:8080 {reference}"


def why_no_podman() -> str:
    """Return why Podman cannot be used here, or nothing."""
    if shutil.which("podman") is None:
        return "not installed"
    try:
        done = subprocess.run(("podman", "info"), capture_output=True, text=True, timeout=_PROBE_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return "" if done.returncode == 0 else last_line(done.stderr)


def podman_images() -> frozenset[str]:
    """Return the digests (of configs) by which Podman knows its images; none where there is no Podman that works."""
    if shutil.which("podman") is None:
        return frozenset()
    command = ("podman", "images", "--quiet", "--no-trunc")
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PROBE_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return frozenset()
    return frozenset(done.stdout.split()) if done.returncode == 0 else frozenset()


def load_into_podman(image: Image, store: LocalStore, reference: Reference | None, *, cancel: CancelToken) -> None:
    """Let Podman have the image, under a name or under none.

    Raises:
        PodmanUnavailable, PodmanRefused, Cancelled
    """
    with store.scratch() as folder:
        # What Podman calls it for now; an older one takes nothing but the folder's name, in lower case.
        passing = f"jc-{secrets.token_hex(6)}"
        _link_layout(folder / passing, image, store)
        pulled = _run("pull", "--quiet", f"oci:{passing}", folder=folder, cancel=cancel)
        if pulled.returncode != 0:
            _load_whole(image, store, folder, cancel)
    identifier = image.config_digest.hex
    if reference is not None:
        _expect("tag", _run("tag", identifier, full_name(reference), cancel=cancel))
    elif pulled.returncode == 0:
        # An image without any name is kept as long as nobody prunes.
        return
    if pulled.returncode == 0:
        _run("untag", identifier, f"localhost/{passing}:latest", cancel=cancel)


def last_line(text: str) -> str:
    """Return what a program said last, which is why it ended."""
    return text.strip().rpartition("\n")[2] or "it gave no reason"


def _link_layout(layout: Path, image: Image, store: LocalStore) -> None:
    blobs = layout / "blobs" / "sha256"
    with writing(layout):
        blobs.mkdir(parents=True)
        for layer in image.layers:
            place = blobs / layer.digest.hex
            if not place.is_symlink():
                place.symlink_to(store.blob_path(layer.digest).resolve())
        (blobs / image.config_digest.hex).write_bytes(image.config_bytes)
        (blobs / image.manifest_digest.hex).write_bytes(image.manifest_bytes)
        (layout / "index.json").write_bytes(Index(entries=(entry_of(image),)).to_bytes())
        (layout / "oci-layout").write_bytes(MARKER)


def _load_whole(image: Image, store: LocalStore, folder: Path, cancel: CancelToken) -> None:
    archive = folder / "image.tar"
    with writing(archive), archive.open("wb") as file:
        for chunk in archive_chunks(image, None, store.blob_path):
            cancel.check()
            file.write(chunk)
    _expect("load", _run("load", "--input", str(archive), cancel=cancel))


def _expect(action: str, done: subprocess.CompletedProcess[str]) -> None:
    if done.returncode != 0:
        raise PodmanRefused(action, last_line(done.stderr))


def _run(*arguments: str, cancel: CancelToken, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run Podman, and end it on a cancel."""
    try:
        process = subprocess.Popen(
            ("podman", *arguments), cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
    except OSError as error:
        raise PodmanUnavailable(os.strerror(error.errno or 0)) from error
    with process:
        while True:
            try:
                out, err = process.communicate(timeout=_TICK_SECONDS)
                return subprocess.CompletedProcess(arguments, process.returncode, out, err)
            except subprocess.TimeoutExpired:
                try:
                    cancel.check()
                except BaseException:
                    _end(process)
                    raise


def _end(process: subprocess.Popen[str]) -> None:
    process.terminate()
    until = time.monotonic() + _END_SECONDS
    while process.poll() is None and time.monotonic() < until:
        time.sleep(_TICK_SECONDS)
    process.kill()
