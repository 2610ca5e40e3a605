"""Looks for secrets in texts of any size: by short marks first, then in a window around each.

The work is a multiple of the length of the text, whatever is in it.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator

from jupyter_containerize.analysis.secrets.kinds import KINDS, Kind
from jupyter_containerize.analysis.secrets.placeholders import (
    is_like_key,
    is_like_password,
    is_like_url_password,
    is_made_up,
)
from jupyter_containerize.domain.notebook import Finding, Location, Notebook, Severity

SECRET = "JC-ANALYSIS-23"  # noqa: S105  # a code
"""Code or an output holds what looks like a password or a token."""

# Longer lines of an output are encoded images, or scripts that a library puts there.
_ALLOWED = re.compile(r"#\s*pragma:\s*allowlist secret")
_LONGEST_LINE = 10_000

_NAMED = "a secret in an assignment"
_ASSIGNED_MARKS = ("password", "passwd", "pwd", "secret", "token", "key", "credential")
_ASSIGNED = re.compile(
    r"(?P<name>(?:password|passwd|pwd|secret|token|key|credential)s?)(?:_?(?:value|id|string))?"
    r"[\"']?\]?\s{0,4}(?::\s{0,4}str\s{0,4})?[=:]\s{0,4}[rbu]?(?P<quote>[\"'])(?P<value>[^\"'\s\\]{8,200})(?P=quote)",
    re.IGNORECASE,
)
# What a name says before "key" or "token"; "keyword" and "primary_key" are others.
_KEY_NAME = re.compile(
    r"(?:api|auth|access|account|secret|private|service|subscription|license|client|encryption|signing|master|bearer"
    r"|admin|session|app|application|storage|user|bot|oauth|refresh|wandb|openai|hf|huggingface|github|azure|kaggle)"
    r"[_\-. ]?\Z",
    re.IGNORECASE,
)
_SHELL = re.compile(
    r"^\s{0,40}(?:[%!]?(?:env|set_env|export)\s{1,4})[A-Z_]{0,60}(?P<name>PASSWORD|SECRET|TOKEN|KEY)[ =]{1,3}"
    r"(?P<quote>[\"']?)(?P<value>[^\s\"']{8,200})",
    re.MULTILINE,
)
# Who signed a link that is public for an hour; no key that lets anybody in.
_PRESIGNED = re.compile(r"(?:Credential|AccessKeyId|GoogleAccessId)(?:=|%3D)\Z", re.IGNORECASE)
_TOKEN_LETTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
_KEY_MATERIAL = re.compile(r"[A-Za-z0-9+/=]{40}")
_BEFORE = 40
_FURTHEST_MATERIAL = 400
_LEAST_WORK = 200_000
_WORK_PER_CHARACTER = 4


def find_secrets(notebook: Notebook, outputs: Iterable[tuple[int, str]]) -> tuple[Finding, ...]:
    """Return a warning for each line of code and each cell's output that holds a secret, sorted by location.

    No part of a secret is in a finding. What has the form of a token is believed, unless it is plainly made up
    (``sk-xxxx``); what is only named ``password`` or ``api_key`` has to look random too. Nothing is asked
    of a network. Lines of outputs above 10,000 characters are passed over.

    Args:
        notebook: The notebook; cells of all languages and texts are looked at.
        outputs: Cells' indices with a text of their output; images need not be given.
    """
    found: dict[tuple[int, int, str], Finding] = {}
    for cell in notebook.cells:
        lines = cell.source.split("\n") if _ALLOWED.search(cell.source) else None
        for line, kind in _in_lines(cell.source):
            if lines is not None and _ALLOWED.search(lines[line - 1]):
                # The same words as other tools read.
                continue
            place = Location(path=notebook.path, cell=cell.index, line=line)
            found.setdefault((cell.index, line, kind), _in_code(place, kind))
    for index, text in outputs:
        for kind in dict.fromkeys(kind for _, kind in _secrets_in(_without_long_lines(text))):
            place = Location(path=notebook.path, cell=index)
            found.setdefault((index, 0, f"output: {kind}"), _in_output(place, kind))
    return tuple(found[key] for key in sorted(found))


def holds_secret(text: str) -> bool:
    """Tell whether there is a secret in a text."""
    return next(_secrets_in(text), None) is not None


def _in_code(place: Location, kind: str) -> Finding:
    return Finding(
        code=SECRET,
        message=f"This line holds what looks like {kind}",
        severity=Severity.WARNING,
        location=place,
        hint="Revoke it where it was made, and read it from an environment variable instead.",
    )


def _in_output(place: Location, kind: str) -> Finding:
    return Finding(
        code=SECRET,
        message=f"The output of this cell holds what looks like {kind}",
        severity=Severity.WARNING,
        location=place,
        hint="Revoke it where it was made, and clear the output.",
    )


def _in_lines(text: str) -> list[tuple[int, str]]:
    """Return the lines (1-based) with secrets; a named secret only where no other kind is on its line."""
    lines: dict[int, list[str]] = {}
    line, before = 1, 0
    for at, kind in sorted(_secrets_in(text)):
        line += text.count("\n", before, at)
        before = at
        lines.setdefault(line, []).append(kind)
    return [
        (number, kind)
        for number, kinds in lines.items()
        for kind in dict.fromkeys(kinds)
        if kind != _NAMED or set(kinds) == {_NAMED}
    ]


def _without_long_lines(text: str) -> str:
    if len(text) <= _LONGEST_LINE:
        return text
    return "\n".join(line for line in text.splitlines() if len(line) <= _LONGEST_LINE)


def _secrets_in(text: str) -> Iterator[tuple[int, str]]:
    """Yield the offset and the kind of each secret, kind by kind."""
    for kind in KINDS:
        # Bounds the work on a text that is made of marks; a text of links stays far below.
        left = _LEAST_WORK + _WORK_PER_CHARACTER * len(text)
        for mark in kind.marks:
            at = text.find(mark)
            while at >= 0 and left > 0:
                if kind.reach[0] or not _goes_on_before(kind, text, at):
                    left -= sum(kind.reach)
                    if any(_is_real(kind, match, text) for match in _matches(kind, text, at)):
                        yield at, kind.name
                at = text.find(mark, at + len(mark))
    yield from _named_secrets(text)


def _goes_on_before(kind: Kind, text: str, at: int) -> bool:
    """Tell whether the mark is in the middle of something else: an encoded image, or "task-" for "sk-"."""
    return at > 0 and text[at - 1] in _TOKEN_LETTERS and kind.marks[0][0] not in ":a"


def _matches(kind: Kind, text: str, at: int) -> Iterator[re.Match[str]]:
    before, behind = kind.reach
    for pattern in kind.patterns():
        if before:
            yield from pattern.finditer(text, max(0, at - before), at + behind + 1)
        elif match := pattern.match(text, at, at + behind + 1):
            yield match


def _is_real(kind: Kind, match: re.Match[str], text: str) -> bool:
    if kind.name == "a private key":
        # The words alone are in many a check for a key.
        return _KEY_MATERIAL.search(text, match.end(), match.end() + _FURTHEST_MATERIAL) is not None
    if kind.name == "a password in a URL":
        return is_like_url_password(match["user"], match["secret"])
    if _PRESIGNED.search(text[max(0, match.start() - _BEFORE) : match.start()]):
        return False
    end = match.end()
    if match[0][-1] in _TOKEN_LETTERS and end < len(text) and text[end] in _TOKEN_LETTERS:
        return False
    if kind.name == "a JSON Web Token":
        return _is_web_token(match[0])
    # A pattern of AWS has the secret in its group.
    return not is_made_up(match[match.re.groups] if kind.name == "an AWS secret key" else match[0])


def _is_web_token(token: str) -> bool:
    """Tell whether the two first parts are JSON. Source: RFC 7519, section 7.2."""
    parts = token.split(".")
    if len(parts) < 3 or not parts[2]:  # noqa: PLR2004
        return False
    for part in parts[:2]:
        try:
            decoded = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
        except (binascii.Error, ValueError):
            return False
        if not decoded.startswith(b"{"):
            return False
    return True


def _named_secrets(text: str) -> Iterator[tuple[int, str]]:
    lowered = text.lower()
    if not any(mark in lowered for mark in _ASSIGNED_MARKS):
        return
    for pattern in (_ASSIGNED, _SHELL):
        for match in pattern.finditer(text):
            if _is_named_secret(match, text):
                yield match.start(), _NAMED


def _is_named_secret(match: re.Match[str], text: str) -> bool:
    name, value = match["name"].lower().rstrip("s"), match["value"]
    if name in {"password", "passwd", "pwd"}:
        return is_like_password(value)
    if name == "key" and match.re is _ASSIGNED:
        before = text[max(0, match.start() - _BEFORE) : match.start()]
        if not _KEY_NAME.search(before):
            return False
    return is_like_key(value)
