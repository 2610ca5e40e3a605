"""Files and images in requests and answers, with the real Pillow."""

from __future__ import annotations

import base64
import io
import typing

import pytest
from PIL import Image

from jupyter_containerize.runtime.binding import BodyRejected, bind
from jupyter_containerize.runtime.encoding import to_json
from jupyter_containerize.runtime.schema import describe


def turn(picture: Image.Image, document: typing.BinaryIO) -> Image.Image:
    """Turn a picture."""
    document.read()
    return picture.rotate(90, expand=True)


def encoded(kind: str) -> str:
    """Return a picture of 3 by 2 pixels as a file in base64."""
    file = io.BytesIO()
    Image.new("RGB", (3, 2), (200, 20, 2)).save(file, format=kind)
    return base64.b64encode(file.getvalue()).decode()


def test_describe__image_and_file__base64_with_a_media_type():
    """A client learns from the schema how to send them."""
    properties = describe(turn)["inputs"]["properties"]
    assert properties["picture"] == {"type": "string", "contentEncoding": "base64", "contentMediaType": "image/*"}
    assert properties["document"] == {"type": "string", "contentEncoding": "base64"}
    assert describe(turn)["output"]["contentMediaType"] == "image/*"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP"])
def test_bind__image_file__picture_and_open_file(kind):
    """Any format that Pillow reads comes in, PNG goes out."""
    arguments = bind(turn, {"picture": encoded(kind), "document": base64.b64encode(b"text").decode()})
    assert arguments["document"].read() == b"text"
    answer = Image.open(io.BytesIO(base64.b64decode(to_json(turn(**arguments)))))
    assert (answer.format, answer.size) == ("PNG", (2, 3))


@pytest.mark.parametrize("picture", ["", "no base64!", base64.b64encode(b"no image").decode(), encoded("PNG")[:40], 7])
def test_bind__no_image__says_which_field(picture):
    """The client's mistake is named, and never an error of ours."""
    with pytest.raises(BodyRejected) as refused:
        bind(turn, {"picture": picture, "document": ""})
    assert [problem.field for problem in refused.value.problems] == ["picture"]
