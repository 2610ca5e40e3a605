"""Words for what an image cannot be for."""

from __future__ import annotations

from jupyter_containerize.domain.platform import UnknownPlatform
from jupyter_containerize.explain.words import Words, listed, words


@words.register
def _(error: UnknownPlatform) -> Words:
    return Words(
        title="Images cannot be built for this platform",
        saw=repr(error.text),
        todo=f"Choose {listed(error.known, otherwise='another')}.",
    )
