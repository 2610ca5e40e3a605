"""Understands the commands that install: pip and its kin, conda, apt."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from jupyter_containerize.analysis.shell_words import UNKNOWN
from jupyter_containerize.domain.notebook import Manager

_PIP_VALUES = frozenset({
    "--requirement", "--constraint", "--editable", "--index-url", "--extra-index-url", "--find-links", "--target",
    "--platform", "--python-version", "--implementation", "--abi", "--root", "--prefix", "--src", "--upgrade-strategy",
    "--progress-bar", "--log", "--proxy", "--timeout", "--default-timeout", "--retries", "--exists-action",
    "--trusted-host", "--cert", "--client-cert", "--cache-dir", "--config-settings", "--config-setting",
    "--global-option", "--install-option", "--build-option", "--no-binary", "--only-binary", "--report", "--python",
    "--use-feature", "--use-deprecated", "--root-user-action", "--build", "--keyring-provider",
    # uv, poetry, pdm and pipenv
    "--group", "--index", "--default-index", "--extra", "--optional", "--package", "--rev", "--tag", "--branch",
    "--source", "--extras", "--exclude-newer", "--resolution", "--prerelease", "--index-strategy", "--directory",
    "--project", "--upgrade-package", "--reinstall-package", "--torch-backend", "--override", "--overrides",
})  # fmt: skip
_PIP_LETTERS = frozenset("rceiftdCG")
_UV_LETTERS = _PIP_LETTERS | frozenset("pPb")
_CONDA_VALUES = frozenset(
    {"--name", "--prefix", "--channel", "--file", "--revision", "--solver", "--subdir", "--feature", "--manifest-path"}
)
_CONDA_LETTERS = frozenset("npc")
_APT_VALUES = frozenset({"--target-release", "--option", "--config-file", "--default-release"})
_APT_LETTERS = frozenset("toc")

_OPERATOR = re.compile(r"(?:===?|>=|<=|~=|!=|>|<)")
# What is known of a requirement of which a part is not: its name, if the unknown is in the version.
_KNOWN_NAME = re.compile(r"([A-Za-z0-9][\w.-]*(?:\[[^\]\0]*\])?)\s*(?:===?|>=|<=|~=|!=|<|>|=)")
_CREDENTIALS = re.compile(r"//[^/@]*@")
_CONDA_SPEC = re.compile(r"(?:[\w./-]+::)?([A-Za-z0-9_][\w.-]*)\s*(.*)", re.DOTALL)
_CONDA_VERSION = re.compile(r"(==?)?\s*(\d[\w.]*?)(\.\*|\*)?(?:=[\w.*]+)?")
_PEP440 = re.compile(
    r"(?:(?:>=|<=|!=|>|<|==|~=)\s*\d[\w.]*(?:\.\*)?)(?:\s*,\s*(?:>=|<=|!=|>|<|==|~=)\s*\d[\w.]*(?:\.\*)?)*"
)
_APT_NAME = re.compile(r"[a-z0-9][a-z0-9+.-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One thing that a command installs.

    ``text`` is a requirement for pip, a name for the others; ``specifier`` is PEP 440, for conda alone.
    ``is_file`` says that ``text`` is the path of a requirements file instead.
    """

    manager: Manager
    text: str
    specifier: str = ""
    is_file: bool = False


def pip_wishes(arguments: Sequence[str]) -> Iterator[Wish]:
    """Yield what the arguments of ``pip`` install: nothing unless the subcommand is ``install``."""
    yield from _subcommand(arguments, {"install"}, _PIP_LETTERS)


def uv_wishes(arguments: Sequence[str]) -> Iterator[Wish]:
    """Yield what the arguments of ``uv`` install or add."""
    words = list(arguments)
    if words[:1] == ["pip"]:
        yield from _subcommand(words[1:], {"install"}, _UV_LETTERS)
    else:
        yield from _subcommand(words, {"add"}, _UV_LETTERS)


def project_wishes(arguments: Sequence[str]) -> Iterator[Wish]:
    """Yield what the arguments of ``poetry``, ``pdm``, ``rye`` or ``pipenv`` add."""
    yield from _subcommand(arguments, {"add", "install"}, _UV_LETTERS | frozenset("GE"))


def conda_wishes(arguments: Sequence[str]) -> Iterator[Wish]:
    """Yield what the arguments of ``conda`` or ``mamba`` install."""
    words, _ = _split(arguments, _CONDA_VALUES, _CONDA_LETTERS)
    if words[:1] != ["install"]:
        return
    for word in words[1:]:
        name, specifier = _conda_spec(word)
        if name:
            yield Wish(manager=Manager.CONDA, text=name, specifier=specifier)


def apt_wishes(arguments: Sequence[str]) -> Iterator[Wish]:
    """Yield what the arguments of ``apt`` or ``apt-get`` install."""
    words, _ = _split(arguments, _APT_VALUES, _APT_LETTERS)
    if words[:1] != ["install"]:
        return
    for word in words[1:]:
        # name=version, name/release, name:architecture; a trailing minus removes.
        name = re.split(r"[=/:]", word, maxsplit=1)[0]
        if _APT_NAME.fullmatch(name) and not name.endswith("-") and "*" not in word:
            yield Wish(manager=Manager.APT, text=name)


def _subcommand(arguments: Sequence[str], names: set[str], letters: frozenset[str]) -> Iterator[Wish]:
    words, options = _split(arguments, _PIP_VALUES, letters)
    if not words or words[0] not in names:
        return
    for option, value in options:
        if option in {"-r", "--requirement", "--requirements"} and value and UNKNOWN not in value:
            yield Wish(manager=Manager.PIP, text=value, is_file=True)
        elif option in {"-e", "--editable"} and (known := _known(value)):
            yield Wish(manager=Manager.PIP, text=known)
    for word in _joined(words[1:]):
        if known := _known(word):
            yield Wish(manager=Manager.PIP, text=known)


def _split(
    arguments: Sequence[str], values: frozenset[str], letters: frozenset[str]
) -> tuple[list[str], list[tuple[str, str]]]:
    """Return the words that are no options, and the options that have a value."""
    words: list[str] = []
    options: list[tuple[str, str]] = []
    rest = iter(arguments)
    for word in rest:
        if word == "--":
            words += rest
        elif word.startswith("--"):
            name, equals, value = word.partition("=")
            if equals:
                options.append((name, value))
            elif name in values:
                options.append((name, next(rest, "")))
        elif word.startswith("-") and len(word) > 1:
            # `-qr file`, `-rfile`: the first letter with a value takes what is left, or the next word.
            for place, letter in enumerate(word[1:], start=2):
                if letter in letters:
                    options.append((f"-{letter}", word[place:] or next(rest, "")))
                    break
        else:
            words.append(word)
    return words, options


def _joined(words: Sequence[str]) -> Iterator[str]:
    """Yield requirements, with those put together that were written with spaces: ``numpy == 1.2``."""
    current = ""
    for word in words:
        if current and (
            _OPERATOR.match(word) or _OPERATOR.fullmatch(current[-2:]) or _OPERATOR.fullmatch(current[-1:])
        ):
            current += word
            continue
        if current:
            yield current
        current = word.rstrip(",")
    if current:
        yield current


def _known(requirement: str) -> str:
    """Return a requirement without its unknown parts, or nothing if its name is among them."""
    if UNKNOWN not in requirement:
        # A poetry caret or @latest is no PEP 440.
        name, at, wanted = requirement.partition("@")
        return (
            name
            if at and re.fullmatch(r"[\w.-]+(?:\[[\w,.-]*\])?", name) and not re.search(r"[:/]", wanted)
            else requirement
        )
    if "//" in requirement:
        public = _CREDENTIALS.sub("//", requirement)
        return "" if UNKNOWN in public else public
    known = _KNOWN_NAME.match(requirement)
    return known[1] if known else ""


def _conda_spec(text: str) -> tuple[str, str]:
    """Return the name and the PEP 440 specifier of a conda match specification, which may say more."""
    matched = _CONDA_SPEC.fullmatch(text.strip())
    if matched is None or text.startswith((".", "/", "~")) or "//" in text:
        return "", ""
    name, rest = matched.groups()
    rest = rest.strip()
    if UNKNOWN in name or (rest.startswith(UNKNOWN)):
        return "", ""
    if version := _CONDA_VERSION.fullmatch(rest):
        operator, number, star = version.groups()
        # conda's single = is fuzzy, but a build string makes the version exact.
        fuzzy = star or (operator == "=" and rest.count("=") == 1)
        return name, f"=={number}{'.*' if fuzzy else ''}"
    return name, rest.replace(" ", "") if _PEP440.fullmatch(rest) else ""
