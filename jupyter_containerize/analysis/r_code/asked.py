"""What a piece of R code asks for. The functions that ask are a table: adding one is adding its name."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from jupyter_containerize.analysis.r_code.syntax import Argument, Call, arguments_of, calls_in, guards_of
from jupyter_containerize.analysis.r_code.tokens import Token, TokenKind, tokens_of

# Source: Writing R Extensions, section 1.1.1 "The DESCRIPTION file".
_PACKAGE = re.compile(r"[A-Za-z][A-Za-z0-9.]*[A-Za-z0-9]\Z")
_LONGEST = 100
_MOST_NAMES = 500

_ASSIGNMENTS = frozenset({"<-", "=", "<<-"})
_APPLIERS = frozenset({"lapply", "sapply", "vapply", "walk", "map", "purrr", "Map", "mapply", "invisible"})


@dataclass(frozen=True, slots=True)
class Asked:
    """A package and the function that asks for it; ``line`` counts in the piece of code."""

    name: str
    rule: str
    line: int
    guarded: bool = False


@dataclass(slots=True)
class Seen:
    """What the code up to here bound and named: ``texts`` by variable, ``scripts`` in order of appearance."""

    texts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    scripts: list[str] = field(default_factory=list)

    def asked_in(self, code: str) -> Iterator[Asked]:
        """Yield what the code asks for, and note what it binds and which scripts it runs."""
        tokens = tokens_of(code)
        self._bind(tokens)
        yield from _qualified(tokens)
        for call in calls_in(tokens, _HANDLERS):
            names = _HANDLERS[call.function](call, self)
            yield from (Asked(name, call.function, call.line, call.guarded) for name in names if _is_package(name))

    def values(self, argument: Argument) -> tuple[str, ...]:
        """Return the texts of a literal, of ``c(...)`` with literals, or of a variable bound to such."""
        only = argument.only
        if only is not None:
            if only.kind is TokenKind.TEXT:
                return (only.text,)
            return self.texts.get(only.text, ()) if only.kind is TokenKind.NAME else ()
        parts = arguments_of(argument, "c") or arguments_of(argument, "list")
        if parts is not None:
            return tuple(part.only.text for part in parts if part.only and part.only.kind is TokenKind.TEXT)
        # A part of a variable: wanted[!(wanted %in% installed)].
        value = argument.value
        if len(value) > 1 and value[0].kind is TokenKind.NAME and value[1].is_sign("["):
            return self.texts.get(value[0].text, ())
        return ()

    def _bind(self, tokens: Sequence[Token]) -> None:
        for at, token in enumerate(tokens[:-2]):
            if token.kind is not TokenKind.NAME:
                continue
            sign = tokens[at + 1]
            assigned = sign.kind is TokenKind.SIGN and sign.text in _ASSIGNMENTS
            looped = sign.text == "in" and at > 0 and tokens[at - 1].is_sign("(")
            if assigned or looped:
                self._bind_value(token.text, tokens, at + 2)

    def _bind_value(self, name: str, tokens: Sequence[Token], at: int) -> None:
        value = tokens[at]
        if value.kind is TokenKind.TEXT:
            self.texts[name] = (value.text,)
        elif value.kind is TokenKind.NAME:
            if value.text == "c" and tokens[at + 1 :] and tokens[at + 1].is_sign("("):
                end = min(len(tokens), at + 4 * _MOST_NAMES)
                texts = self.values(Argument("", tuple(_until_closed(tokens[at:end]))))
            else:
                texts = self.texts.get(value.text, ())
            if texts:
                self.texts[name] = texts[:_MOST_NAMES]
            else:
                self.texts.pop(name, None)


def _until_closed(tokens: Sequence[Token]) -> Iterator[Token]:
    depth = 0
    for token in tokens:
        if token.kind is TokenKind.LINE_END:
            continue
        yield token
        if token.kind is TokenKind.SIGN and token.text in "([{":
            depth += 1
        elif token.kind is TokenKind.SIGN and token.text in ")]}":
            depth -= 1
            if depth <= 0:
                return


def _qualified(tokens: Sequence[Token]) -> Iterator[Asked]:
    """Yield the packages before ``::`` and ``:::``."""
    guards: list[bool] | None = None
    for at, token in enumerate(tokens):
        if token.kind is TokenKind.SIGN and token.text in {"::", ":::"} and 0 < at < len(tokens) - 1:
            package = tokens[at - 1]
            if package.kind in {TokenKind.NAME, TokenKind.TEXT} and _is_package(package.text):
                guards = guards_of(tokens) if guards is None else guards
                yield Asked(package.text, token.text, package.line, guards[at - 1])


def _is_package(name: str) -> bool:
    return len(name) <= _LONGEST and _PACKAGE.match(name) is not None


def _attached(call: Call, seen: Seen) -> Sequence[str]:
    """``library(x)``: a name stands for itself, but with ``character.only = TRUE`` for its value."""
    argument = call.argument("package")
    if argument is None or argument.only is None:
        return ()
    by_value = call.argument("character.only", position=_MOST_NAMES)
    is_value = by_value is not None and by_value.only is not None and by_value.only.text in {"TRUE", "T"}
    if argument.only.kind is TokenKind.NAME and not is_value:
        return (argument.only.text,)
    return seen.values(argument)


def _by_text(call: Call, seen: Seen) -> Sequence[str]:
    argument = call.argument("package")
    return () if argument is None else seen.values(argument)


def _installed(call: Call, seen: Seen) -> Sequence[str]:
    argument = call.argument("pkgs") or call.argument("pkg") or call.argument("packages")
    return [_without_version(text) for text in seen.values(argument)] if argument is not None else ()


def _installed_bare(call: Call, seen: Seen) -> Sequence[str]:
    """``install("x")``: only with the package that has such a function before it, as many others do."""
    return _installed(call, seen) if call.package in {"BiocManager", "renv", "pak"} else ()


def _installed_from_repository(call: Call, seen: Seen) -> Sequence[str]:
    argument = call.argument("repo")
    return [_without_version(text) for text in seen.values(argument)] if argument is not None else ()


def _without_version(text: str) -> str:
    """Return ``dplyr`` for ``tidyverse/dplyr@v1.1``, ``bioc::x``, ``dplyr=?source``."""
    text = re.split(r"[@#?=]", text.rpartition("::")[2], maxsplit=1)[0].rstrip("/")
    return posixpath.basename(text).removesuffix(".git")


def _loaded_by_pacman(call: Call, seen: Seen) -> Sequence[str]:
    names: list[str] = []
    for argument in call.arguments:
        if argument.name in {"char", "..."} or (not argument.name and argument.only is None):
            names += seen.values(argument)
        elif not argument.name and argument.only is not None:
            names.append(_without_version(argument.only.text))
    return names


def _used_by_box(call: Call, seen: Seen) -> Sequence[str]:
    if call.package not in {"", "box"}:
        return ()
    if not call.package and any(argument.only and argument.only.kind is TokenKind.TEXT for argument in call.arguments):
        # R's own use("x"), since 4.4.
        return _by_text(call, seen)
    names: list[str] = []
    for argument in call.arguments:
        whole = [token.text for token in argument.value]
        path = whole[: whole.index("[")] if "[" in whole else whole
        if "/" in path:
            _note_module(path, seen)
        elif path and argument.value[0].kind is TokenKind.NAME and call.package:
            names.append(path[0])
    return names


def _note_module(path: list[str], seen: Seen) -> None:
    module = posixpath.normpath("".join(path))
    is_relative = path[0].startswith(".")
    if is_relative:
        seen.scripts += [f"{module}.R", f"{module}.r", f"{module}/__init__.R", f"{module}/__init__.r"]


def _sourced(call: Call, seen: Seen) -> Sequence[str]:
    argument = call.argument("file")
    if argument is None:
        return ()
    parts = arguments_of(argument, "file.path") or arguments_of(argument, "here")
    value = argument.value
    if parts is None and len(value) > 3 and value[1].is_sign("::"):  # noqa: PLR2004
        parts = arguments_of(Argument("", value[2:]), "here")
    if parts is None:
        texts = seen.values(argument)
    else:
        texts = ("/".join(text for part in parts for text in seen.values(part)),)
    seen.scripts += [posixpath.normpath(text) for text in texts[:_MOST_NAMES] if text and "://" not in text]
    return ()


def _applied(call: Call, seen: Seen) -> Sequence[str]:
    """``lapply(c("a", "b"), library, character.only = TRUE)``."""
    words = {argument.only.text for argument in call.arguments if argument.only is not None}
    if words.isdisjoint({"library", "require", "requireNamespace", "loadNamespace", "install.packages"}):
        return ()
    argument = call.argument("X") or call.argument(".x")
    return () if argument is None else seen.values(argument)


def _of_data(call: Call, seen: Seen) -> Sequence[str]:
    named = [argument for argument in call.arguments if argument.name == "package"]
    return seen.values(named[0]) if named else ()


_HANDLERS: dict[str, Callable[[Call, Seen], Sequence[str]]] = {
    **dict.fromkeys(("library", "require"), _attached),
    **dict.fromkeys(("requireNamespace", "loadNamespace", "attachNamespace", "getNamespace"), _by_text),
    **dict.fromkeys(("p_load", "p_install", "p_load_gh", "p_load_current_gh", "p_install_gh"), _loaded_by_pacman),
    "use": _used_by_box,
    **dict.fromkeys(("install.packages", "biocLite", "install_cran", "install_bioc", "install_version"), _installed),
    **dict.fromkeys(("pkg_install", "pak", "utils_install"), _installed),
    "install": _installed_bare,
    **dict.fromkeys(
        ("install_github", "install_gitlab", "install_bitbucket", "install_git"), _installed_from_repository
    ),
    **dict.fromkeys(("source", "sys.source"), _sourced),
    **dict.fromkeys(_APPLIERS, _applied),
    **dict.fromkeys(("data", "system.file"), _of_data),
}
