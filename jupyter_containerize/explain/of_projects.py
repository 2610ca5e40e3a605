"""Words for what goes wrong with project.toml and plans."""

from __future__ import annotations

from jupyter_containerize.explain.words import Words, words
from jupyter_containerize.lifecycle.plan_errors import NothingToCompare


@words.register
def _(error: NothingToCompare) -> Words:
    return Words(
        title=f"There is no image {error.name} to compare with",
        saw=f"Neither the local store nor a registry has it for {error.platform}.",
        todo="`jupyter containerize images` lists those of the local store; name a registry's with its host.",
    )
