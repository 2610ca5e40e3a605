"""The grammar of digests, tags and references."""

from __future__ import annotations

import pytest

from jupyter_containerize.domain.image import Digest, IllegalReference, Reference, Tag

LEGAL = {
    "iris": (None, "iris", "latest"),
    "iris:v1.2": (None, "iris", "v1.2"),
    "team/iris:1": (None, "team/iris", "1"),
    "localhost/iris": ("localhost", "iris", "latest"),
    "localhost:5000/team/iris:a_b": ("localhost:5000", "team/iris", "a_b"),
    "ghcr.io/me/iris": ("ghcr.io", "me/iris", "latest"),
    "[::1]:5000/iris": ("[::1]:5000", "iris", "latest"),
}

ILLEGAL = {
    "Iris": "repository",
    "iris:": "tag",
    "iris:-x": "tag",
    "iris:a b": "tag",
    "iris:" + "x" * 129: "tag",
    "": "repository",
    "a//b": "repository",
    "../iris": "registry host",
    "me@ghcr.io/iris": "registry host",
    "iris:ünïcode": "tag",
}


@pytest.mark.parametrize(("text", "parts"), LEGAL.items())
def test_parse__legal_reference__gives_its_parts(text, parts):
    """A reference splits as Docker splits it."""
    reference = Reference.parse(text)
    assert (reference.host, reference.repository, reference.tag) == parts


@pytest.mark.parametrize("text", LEGAL)
def test_parse__printed_reference__round_trips(text):
    """Parsing what was printed gives the same value."""
    reference = Reference.parse(text)
    assert Reference.parse(str(reference)) == reference


@pytest.mark.parametrize(("text", "part"), ILLEGAL.items())
def test_parse__illegal_reference__names_the_part(text, part):
    """What breaks the grammar is refused by the part that breaks it."""
    with pytest.raises(IllegalReference) as caught:
        Reference.parse(text)
    assert caught.value.part == part


@pytest.mark.parametrize("text", ["sha256:" + "0" * 63, "sha256:" + "G" * 64, "md5:" + "0" * 32, ""])
def test_digest__bad_text__is_refused(text):
    """Only sha256 with 64 hexadecimal digits is a digest."""
    with pytest.raises(IllegalReference):
        Digest(text)


def test_tag__longest__is_kept():
    """128 characters are allowed."""
    assert Tag("x" * 128) == "x" * 128
