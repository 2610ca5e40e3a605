"""Sizes as people read them; reading them is tested with the commands that take one."""

from __future__ import annotations

import pytest

from jupyter_containerize.domain.size import size_text

SIZES = {0: "0 bytes", 999: "999 bytes", 1000: "1.0 kB", 12_345_678: "12.3 MB", 3_000_000_000: "3.0 GB"}


@pytest.mark.parametrize(("size", "text"), SIZES.items())
def test_size_text__any_size__is_short(size: int, text: str) -> None:
    """Sizes read as people say them."""
    assert size_text(size) == text
