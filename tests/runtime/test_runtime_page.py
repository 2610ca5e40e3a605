"""The page that a browser gets at ``/``."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
import re
from typing import Any

import pytest
from runtime_asking import answering, ask, endpoint

from jupyter_containerize.runtime.app import App
from jupyter_containerize.runtime.loading import Served
from jupyter_containerize.runtime.routes import Endpoint, Routes
from jupyter_containerize.runtime.settings import Settings

BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
_MOST_BYTES = 30_000


def predict(x: float) -> float:
    """Double </script><b>$data & more."""
    return 2 * x


def _served(example: object = None, **about: object) -> App:
    found = endpoint(predict)
    described = {**found.description, "example": example}
    one: Endpoint = dataclasses.replace(found, description=described)
    app = App(Settings())
    app.begin(Served((one,), Routes([one]), {**described, "endpoints": [described], **about}))
    return app


ACCEPTS = {
    "a browser": (BROWSER["accept"], "text/html; charset=utf-8"),
    "xhtml alone": ("application/xhtml+xml", "text/html; charset=utf-8"),
    "a program": ("application/json", "application/json"),
    "curl": ("*/*", "application/json"),
    "nothing": ("", "application/json"),
    "a picture": ("image/png", "application/json"),
}


@pytest.mark.parametrize(("accept", "kind"), ACCEPTS.values(), ids=ACCEPTS)
def test_index__asked_for_a_kind__answers_in_it(accept: str, kind: str) -> None:
    """Programs get the list of routes as ever, and caches are told that there are two answers."""
    status, headers, _ = ask(_served(), "GET", "/", headers={"accept": accept})
    assert (status, headers["content-type"], headers["vary"]) == (200, kind, "accept")


def test_page__asked__runs_nothing_but_its_own() -> None:
    """The policy names the very script and style that are in the page, and no other place."""
    _, headers, content = ask(_served(), "GET", "/", headers=BROWSER)
    text = content.decode()
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for element in ("style", "script"):
        (inner,) = re.findall(f"<{element}>(.*?)</{element}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(inner.encode()).digest()).decode()
        assert f"{element}-src 'sha256-{digest}'" in policy
    assert not re.findall(r"(?:src|href)=\"(?:https?:)?//", text)
    assert not re.findall(r"\son\w+=", text.partition("<script")[0])


def test_page__asked__is_small() -> None:
    """It is read over slow lines, too."""
    assert len(ask(_served(), "GET", "/", headers=BROWSER)[2]) < _MOST_BYTES


def test_page__words_that_look_like_code__stay_words() -> None:
    """A docstring and an example end no element, and are no placeholder."""
    app = _served({"request": {"x": "</script><script>alert(1)</script>"}, "response": None}, notebook="<i>.ipynb")
    text = ask(app, "GET", "/", headers=BROWSER)[2].decode()
    assert "<h1>&lt;i&gt;</h1>" in text
    assert "<p>Double &lt;/script&gt;&lt;b&gt;$data &amp; more.</p>" in text
    assert text.count("<script") == 2
    assert "alert(1)</script>" not in text
    assert _data(text)["endpoints"][0]["example"] == json.dumps({"x": "</script><script>alert(1)</script>"})


EXAMPLES: dict[str, tuple[object, str]] = {
    "digits": ({"request": {"x": 12345678901234567890}, "response": None}, '{"x": 12345678901234567890}'),
    "half of a pair": ({"request": {"x": "\ud800"}, "response": None}, '{"x": "\\ud800"}'),
    "too long": ({"request": {"x": "a" * 300_000}, "response": None}, ""),
    "none": (None, ""),
}


@pytest.mark.parametrize(("example", "text"), EXAMPLES.values(), ids=EXAMPLES)
def test_page__an_example__goes_along_as_text(example: object, text: str) -> None:
    """A browser's own JSON would round what a notebook's does not."""
    page = ask(_served(example), "GET", "/", headers=BROWSER)[2].decode()
    assert _data(page)["endpoints"][0]["example"] == text


def test_page__below_a_prefix__links_to_its_neighbours() -> None:
    """No address begins at the root."""
    text = ask(_served(), "GET", "/", headers=BROWSER)[2].decode()
    assert '<a href="schema">' in text
    assert '<a href="openapi.json">' in text
    assert 'href="/' not in text


OUTCOMES = {"passed": "as the notebook did", "differs": "otherwise than", "failed": "raises an error", "none": ""}


@pytest.mark.parametrize(("outcome", "words"), OUTCOMES.items(), ids=OUTCOMES)
def test_page__what_it_is_made_from__is_told(outcome: str, words: str) -> None:
    """Who looks at a server sees which notebook and which versions it is of."""
    app = _served(notebook="a/flats.ipynb", versions={"numpy": "2.1"}, selftest=outcome)
    text = ask(app, "GET", "/", headers=BROWSER)[2].decode()
    assert "<title>flats</title>" in text
    assert "<dt>numpy</dt><dd>2.1</dd>" in text
    assert words in text


def test_index__endpoint_at_the_root__is_the_users() -> None:
    """A notebook's own route goes before the page."""
    app = answering([endpoint(predict, route="/", method="GET")])
    assert ask(app, "GET", "/?x=2", headers=BROWSER)[2] == b"4.0"


def _data(text: str) -> Any:
    (inner,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    return json.loads(inner)
