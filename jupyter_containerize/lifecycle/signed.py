"""Whether an image of the store is signed. Signatures lie beside images at registries: those it went to are asked."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Final

from jupyter_containerize.attestations import has_signature
from jupyter_containerize.domain.errors import ContainerizeError
from jupyter_containerize.domain.image import Digest, Reference, Tag
from jupyter_containerize.publishing import LocalStore
from jupyter_containerize.publishing.listing import images_of
from jupyter_containerize.publishing.pushed import places_of
from jupyter_containerize.publishing.registries import client_for

PATIENCE_SECONDS: Final = 2.0
"""How long registries may take together: a look at an image is to be quick."""
_MOST: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """What registries say. Both are ``host/repository``, sorted: where a signature is, and who did not answer.

    That there is a signature does not say whose it is.
    """

    places: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()

    @property
    def known(self) -> bool | None:
        """Whether it is signed; ``None`` where nobody who answered has a signature, and somebody did not answer."""
        return True if self.places else None if self.silent else False


def signed(
    digest: Digest,
    store: LocalStore,
    *,
    may_ask: Callable[[str], bool] = lambda _: True,
    patience_seconds: float = PATIENCE_SECONDS,
) -> Signed:
    """Ask the registries that the store knows to have the image, side by side. Nothing that they do is an error.

    Args:
        digest: of an image of the store, or of an index of several.
        store: remembers where it was pushed.
        may_ask: whether a place, ``host/repository``, may be asked at all.
        patience_seconds: how long all of them may take; who takes longer is silent.

    Raises:
        NoSuchImage, ImageUnreadable: it is not in the store, or damaged.
    """
    configs = [image.config_digest for _, image in images_of(store, digest)]
    places = [place for place in places_of(store, configs) if may_ask("/".join(place))][:_MOST]
    if not places:
        return Signed()
    pool = ThreadPoolExecutor(len(places), thread_name_prefix="containerize-signed")
    asked = {"/".join(place): pool.submit(_has, *place, digest, patience_seconds) for place in places}
    done, _ = wait(asked.values(), timeout=patience_seconds)
    pool.shutdown(wait=False, cancel_futures=True)
    answers = {place: future.result() if future in done else None for place, future in asked.items()}
    return Signed(
        places=tuple(place for place, answer in answers.items() if answer),
        silent=tuple(place for place, answer in answers.items() if answer is None),
    )


def _has(host: str, repository: str, digest: Digest, timeout_seconds: float) -> bool | None:
    reference = Reference(host=host, repository=repository, tag=Tag("latest"))
    try:
        return has_signature(client_for(reference, timeout_seconds=timeout_seconds, retries=0), repository, digest)
    except ContainerizeError:
        return None
