"""What a package's maintainer scripts would do, read and never run.

Effects that matter are done by rule: alternatives become links. Commands that change nothing in an image are in a
table, each kind with its reason; what single packages do is in a second one. Any other command is refused by name,
so that nobody gets an image which lacks what Debian would have put there.

Source: Debian Policy, chapter 6 "Package maintainer scripts"; update-alternatives(1); POSIX, "Shell Command Language".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from jupyter_containerize.resolution.debian.errors import ScriptUnknown
from jupyter_containerize.resolution.debian.shell import Command, ShellUnreadable, commands_of

# Those that run when a package is put into a new system.
SCRIPTS = ("preinst", "postinst")

_HARMLESS: Mapping[str, str] = MappingProxyType(
    {
        "asks, and changes nothing": ". [ [[ : awk basename break cat cd command continue cut dirname dpkg "
        "dpkg-architecture dpkg-query echo exit export expr false find fold getent getopt grep head id "
        "local ls md5sum printf pwd read readlink realpath return sed set sha256sum shift sleep sort stat tail test tr "
        "true trap umask uname unset wait wc which",
        "removes what an earlier version left": "dpkg-maintscript-helper rm rmdir",
        "asks an administrator questions, who is not there: what is built in holds": "db_beginblock db_endblock "
        "db_capb db_fget db_fset db_get db_go db_input db_metaget db_purge db_register db_reset db_set db_settitle "
        "db_stop db_subst db_title db_unregister db_version ucf ucfr ucfq",
        "starts services; a container has one process": "deb-systemd-helper deb-systemd-invoke invoke-rc.d service "
        "systemctl systemd-tmpfiles udevadm update-rc.d",
        "an index or a cache, which is looked up in the files themselves where it is missing": "dpkg-trigger "
        "fc-cache gdk-pixbuf-query-loaders gio-querymodules glib-compile-schemas gtk-update-icon-cache install-info "
        "ldconfig mandb run-parts update-desktop-database update-icon-caches update-menus update-mime "
        "update-mime-database",
        "an empty folder or file, or who owns one: a layer's files are root's, and all may read them": "chgrp chmod "
        "chown mkdir touch",
        "compiles modules of Debian's own Python, which works without": "py3clean py3compile pycompile",
    }
)
_SILENT = frozenset(word for words in _HARMLESS.values() for word in words.split())

# By package: a command's text, and why it may be passed over.
_REVIEWED: tuple[tuple[str, str, str], ...] = (
    (r"fontconfig-config", r"ln -s .*", "links that are in `LINKS`, chosen by settings"),
    (r"libgcrypt20", r"cleanup.*|/usr/share/libgcrypt20/clean-up-unmanaged-libraries .*", "after an upgrade only"),
    (r"libgssapi-krb5-2", r"cp /usr/etc/gss/mech /etc/gss/mech", "after an upgrade only"),
    (r"lib.*t64", r"dpkg-divert --package \S+ --no-rename .*", "guards an upgrade to the merged /usr"),
    (r"libpaper1", r"echo \S* ?> ?/etc/papersize\.dpkg-inst", "which paper printers have"),
    (r"(hunspell|aspell|ispell|myspell)-.*", r"\$SCRIPT", "tells editors of dictionaries, which are found without"),
)
# What they would have made beyond alternatives: path in the image -> target, where the package has the target.
LINKS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "fontconfig-config": {
            f"etc/fonts/conf.d/{name}": f"/usr/share/fontconfig/conf.avail/{name}"
            for name in ("10-hinting-slight.conf", "70-no-bitmaps.conf", "70-no-bitmaps-except-emoji.conf")
        }
    }
)

# What makes a command that asks one that changes.
_CHANGING: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"sed": ("-i", "--in-place"), "find": ("-delete", "-exec", "-ok", "-fprint"), "sort": ("-o",)}
)
_WRITES_CACHE = frozenset({"gdk-pixbuf-query-loaders"})
_SOURCED = {"/usr/share/debconf/confmodule"}
_NOWHERE = re.compile(r"/dev/(null|stderr|stdout|tty)|&?[0-9-]|/var/log/\S+")
_FOLDER_ONLY = re.compile(r"install( -[mog] ?\S+)* -d( -[mog] ?\S+)* .*")
_ALTERNATIVES = "update-alternatives"
_VARIABLE = re.compile(r"\$\{?(\w+)\}?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """One choice for ``link`` (absolute): ``path``. Of those of one ``link`` the highest ``priority`` counts."""

    link: str
    path: str
    priority: int
    package: str


def read_scripts(package: str, scripts: Mapping[str, str]) -> tuple[Alternative, ...]:
    """Return the alternatives that a package registers.

    ``scripts`` are texts by name, of which those in ``SCRIPTS`` are read.

    Raises:
        ScriptUnknown: a script would do what we neither do nor know to be of no effect; names the first such line.
    """
    found: list[Alternative] = []
    for name in SCRIPTS:
        if name in scripts:
            found += _read(package, name, scripts[name])
    return tuple(found)


def chosen_links(alternatives: Iterable[Alternative]) -> dict[str, str]:
    """Return each link's target, both absolute: as in automatic mode, and of equals the first package's."""
    best: dict[str, Alternative] = {}
    for each in sorted(alternatives, key=lambda each: (each.link, -each.priority, each.package)):
        best.setdefault(each.link, each)
    return {link: each.path for link, each in sorted(best.items())}


def _read(package: str, script: str, text: str) -> Iterator[Alternative]:
    first = text.partition("\n")[0]
    if not re.match(r"#!\s*/(usr/)?bin/(env )?(ba|da)?sh\b", first):
        raise ScriptUnknown(package, script, 1, first)
    try:
        commands = commands_of(text)
    except ShellUnreadable as error:
        raise ScriptUnknown(package, script, error.number, error.line) from error
    functions = {command.words[0] for command in commands if command.defines}
    values = _constants(commands)
    for command in commands:
        words = tuple(_VARIABLE.sub(lambda match: values.get(match[1], match[0]), word) for word in command.words)
        if words and words[0] == _ALTERNATIVES:
            alternatives = _alternatives(package, words)
            if alternatives is None:
                raise ScriptUnknown(package, script, command.number, command.text)
            yield from alternatives
        elif not _passes(package, command, words, functions):
            raise ScriptUnknown(package, script, command.number, command.text)


def _constants(commands: Iterable[Command]) -> dict[str, str]:
    """Return the variables that have one value all the time."""
    values: dict[str, set[str]] = {}
    for command in commands:
        for name, value in command.assigned:
            values.setdefault(name, set()).add(value)
    return {name: next(iter(found)) for name, found in values.items() if len(found) == 1}


def _passes(package: str, command: Command, words: tuple[str, ...], functions: set[str]) -> bool:
    if any(
        re.fullmatch(owner, package) and re.fullmatch(pattern, command.text, re.DOTALL)
        for owner, pattern, _ in _REVIEWED
    ):
        return True
    # A program without its folder: the tables name programs.
    name = (words[0].rpartition("/")[2] or words[0]) if words and not command.defines else ":"
    # What a cache is written to is as dispensable as the cache.
    if name not in _WRITES_CACHE and not all(map(_NOWHERE.fullmatch, command.writes)):
        return False
    if name in {".", "source"}:
        return words[1] in _SOURCED if words[1:] else False
    if name == "command" and words[1:2] != ("-v",):
        return False
    if any(word.startswith(_CHANGING.get(name, ("\0",))) for word in words):
        return False
    return name in _SILENT or words[0] in functions or _FOLDER_ONLY.fullmatch(" ".join(words)) is not None


def _alternatives(package: str, words: tuple[str, ...]) -> list[Alternative] | None:
    """Return what one call registers; nothing for one that removes or sets, ``None`` for one that cannot be read."""
    rest = [word for word in words[1:] if word not in {"--force", "--quiet", "--verbose"}]
    if rest[:1] and rest[0] in {"--remove", "--remove-all", "--auto", "--query", "--display", "--list"}:
        return []
    if rest[:1] != ["--install"] or len(rest) < 5 or not rest[4].isdigit():  # noqa: PLR2004  # link, name, path, priority
        return None
    link, _, path, priority = rest[1:5]
    pairs = [(link, path)]
    slaves = rest[5:]
    while slaves[:1] == ["--slave"] and len(slaves) >= 4:  # noqa: PLR2004  # link, name, path
        pairs.append((slaves[1], slaves[3]))
        slaves = slaves[4:]
    if slaves or any("$" in text or not text.startswith("/") for pair in pairs for text in pair):
        return None
    return [Alternative(link=link, path=path, priority=int(priority), package=package) for link, path in pairs]
