"""The answer to a browser at ``/``, and the policy that lets nothing but this page's own script and style run in it."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..http.messages import Answer
from ..http.table import Route
from ..loading import Served
from ..routes import Endpoint

# In this order: each uses what is above it.
_SCRIPTS = ("json.js", "fields.js", "table.js", "code.js", "page.js")
_LINKS = (("/schema", "Schema"), ("/openapi.json", "OpenAPI"), ("/metrics", "Metrics"))
# An example above this is not taken along: the form starts empty.
_MOST_EXAMPLE_CHARACTERS = 256 * 1024
_SELFTESTS = {
    "passed": "answers the notebook's example as the notebook did",
    "differs": "answers the notebook's example otherwise than the notebook did",
    "failed": "raises an error for the notebook's example",
}


def page(served: Served, routes: Sequence[Route]) -> Answer:
    """Return the page of what is served; ``routes`` are all that there are."""
    style = _bare(_file("page.css"))
    script = "\n".join(["'use strict';", *(_bare(_file(name)) for name in _SCRIPTS)])
    about = served.description
    content = _filled(
        _file("page.html"),
        {
            "title": html.escape(served.title),
            "doc": f"<p>{html.escape(str(about['doc']))}</p>" if about.get("doc") else "",
            "links": " ".join(_links(routes)),
            "made": _made_from(about),
            "style": style,
            # Nothing of it may end the element that it is in.
            "data": json.dumps({"endpoints": [_endpoint(item) for item in served.endpoints]}).replace("<", "\\u003c"),
            "script": script,
        },
    )
    headers = {
        "content-security-policy": _policy(style, script),
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "vary": "accept",
        "cache-control": "no-cache",
    }
    return Answer(200, content.encode(errors="replace"), "text/html; charset=utf-8", headers)


def _policy(style: str, script: str) -> str:
    # A picture is one that the form or the answer has in itself.
    return (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; connect-src 'self'; "
        "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _filled(template: str, values: Mapping[str, str]) -> str:
    """Return the template with each ``$name`` once replaced; what is put in is not looked at again."""
    head, *parts = template.split("$")
    filled = [head]
    for part in parts:
        name = next(name for name in values if part.startswith(name))
        filled += [values[name], part[len(name) :]]
    return "".join(filled)


def _endpoint(endpoint: Endpoint) -> dict[str, Any]:
    described = endpoint.description
    example = described.get("example")
    request = example.get("request") if isinstance(example, dict) else None
    text = json.dumps(request) if isinstance(request, dict) else ""
    return {
        "symbol": endpoint.symbol,
        "method": endpoint.method,
        "route": endpoint.route,
        "kind": endpoint.kind,
        "doc": described.get("doc", ""),
        "inputs": described.get("inputs", {}),
        # As text: a browser's own reader would round its numbers.
        "example": text if len(text) <= _MOST_EXAMPLE_CHARACTERS else "",
    }


def _links(routes: Sequence[Route]) -> list[str]:
    there = {route.path for route in routes if route.method == "GET"}
    # Without the leading slash: the page may be reached below a prefix.
    return [f'<a href="{path[1:]}">{words}</a>' for path, words in _LINKS if path in there]


def _made_from(about: Mapping[str, Any]) -> str:
    state = {"startup": "made anew when the server starts"}.get(str(about.get("state")), "taken from the notebook")
    rows = [
        ("Notebook", str(about.get("notebook") or "")),
        ("State", state),
        ("Self-test", _SELFTESTS.get(str(about.get("selftest")), "")),
        ("Python", platform.python_version()),
    ]
    versions: Mapping[str, str] = about.get("versions") or {}
    listed = _list(versions.items())
    words = "1 distribution" if len(versions) == 1 else f"{len(versions)} distributions"
    more = f"<details><summary>{words}</summary>{listed}</details>" if versions else ""
    return _list((name, value) for name, value in rows if value) + more


def _list(rows: Any) -> str:
    inner = "".join(f"<dt>{html.escape(str(name))}</dt><dd>{html.escape(str(value))}</dd>" for name, value in rows)
    return f"<dl>{inner}</dl>"


def _file(name: str) -> str:
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


def _bare(text: str) -> str:
    """Return a script or a style without what only its readers need; none has a text of several lines."""
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))
