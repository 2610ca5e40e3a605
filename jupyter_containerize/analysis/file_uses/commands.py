"""What shell commands write, as far as it matters for what the notebook reads later."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass

_SEPARATORS = re.compile(r"&&|\|\||[;|\n]")
_REDIRECTED = re.compile(r"(?<![0-9&])>{1,2}\s*([^\s&>;|]+)")
_LONGEST = 5_000

# These leave no file that the notebook would read later.
_HARMLESS = frozenset(
    {
        *(
            "ls",
            "cat",
            "head",
            "tail",
            "pip",
            "pip3",
            "conda",
            "mamba",
            "apt",
            "apt-get",
            "sudo",
            "echo",
            "pwd",
            "nvidia-smi",
            "du",
            "wc",
            "rm",
            "which",
        ),
        *(
            "df",
            "tree",
            "jupyter",
            "cd",
            "export",
            "grep",
            "find",
            "sort",
            "uname",
            "lscpu",
            "free",
            "whoami",
            "date",
            "sleep",
            "kill",
            "ps",
            "env",
        ),
        *("printenv", "chmod", "file", "stat", "less", "more", "diff", "true", "set"),
    }
)
_VALUE_OPTIONS = frozenset({"-P", "--directory-prefix", "-i", "-b", "--branch", "--depth", "-H", "-A", "--header"})


@dataclass(frozen=True, slots=True)
class Written:
    """A file or folder that a command makes; ``path`` is ``None`` when it makes what cannot be told."""

    path: str | None
    url: str = ""
    folder: bool = False


def written_by(command: str) -> Iterator[Written]:
    """Yield what a line of shell writes: downloads, clones, redirections; one unknown for other programs."""
    if len(command) > _LONGEST:
        yield Written(None)
        return
    for target in _REDIRECTED.findall(command):
        if not target.startswith(("/dev/", "$", "(")):
            yield Written(target.strip("'\""))
    for part in _SEPARATORS.split(command):
        words = [word.strip("'\"") for word in part.split() if ">" not in word]
        if words:
            yield from _written_by_words(words)


def _written_by_words(words: list[str]) -> Iterator[Written]:
    program = posixpath.basename(words[0])
    arguments = words[1:]
    if program in _HARMLESS or program.startswith("#"):
        return
    if program in {"wget", "curl"}:
        yield from _downloaded(program, arguments)
    elif program == "git" and arguments[:1] == ["clone"]:
        yield from _cloned(arguments[1:])
    elif program in {"mkdir", "touch", "tee"}:
        yield from (Written(word, folder=program == "mkdir") for word in arguments if not word.startswith("-"))
    else:
        yield Written(None)


def _downloaded(program: str, arguments: list[str]) -> Iterator[Written]:
    folder, output = "", ""
    urls: list[str] = []
    before = ""
    for word in arguments:
        if before in {"-P", "--directory-prefix"}:
            folder = word
        elif (before in {"-O", "--output-document"} and program == "wget") or before in {"-o", "--output"}:
            output = output or word
        elif word.startswith("-") or before in _VALUE_OPTIONS:
            output = word.partition("=")[2] if word.startswith(("--output=", "--output-document=")) else output
        elif "://" in word:
            urls.append(word)
        before = word
    remote_name = program == "wget" or any(word in {"-O", "-LO", "-OL", "--remote-name"} for word in arguments)
    for url in urls:
        name = output or (posixpath.basename(url.partition("?")[0]) if remote_name else "")
        yield Written(posixpath.join(folder, name) if name and name != "-" else None, url)
    if not urls:
        yield Written(None)


def _cloned(arguments: list[str]) -> Iterator[Written]:
    plain: list[str] = []
    before = ""
    for word in arguments:
        if not word.startswith("-") and before not in _VALUE_OPTIONS:
            plain.append(word)
        before = word
    if plain:
        url = plain[0]
        name = plain[1] if len(plain) > 1 else posixpath.basename(url.rstrip("/")).removesuffix(".git")
        yield Written(name, url if "://" in url else "")
