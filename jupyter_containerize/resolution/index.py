"""Where distributions come from: what pip or uv is configured for, as uv is to be told."""

from __future__ import annotations

import hashlib
import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self
from urllib.parse import unquote, urlsplit

from jupyter_containerize.resolution.errors import IndexUnreadable
from jupyter_containerize.resolution.pip_config import read_pip_config
from jupyter_containerize.transport.redact import redact

# Any of these says that the user has told uv itself where to look.
_UV_VARIABLES = (
    "UV_DEFAULT_INDEX",
    "UV_INDEX_URL",
    "UV_INDEX",
    "UV_EXTRA_INDEX_URL",
    "UV_FIND_LINKS",
    "UV_CONFIG_FILE",
)
_UV_KEYS = ("index", "index-url", "extra-index-url", "find-links", "no-index")
_NAMED = re.compile(r"[A-Za-z0-9._-]+=(?=[a-z]+://)")
_CERTIFICATE = "SSL_CERT_FILE"
_PYPI = "https://pypi.org/simple"


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageIndex:
    """One configuration of indexes. URLs may carry credentials, so nothing of it is ever printed.

    ``variables`` are set for uv beside the environment that it inherits; empty when uv has a configuration
    of its own, or when there is none at all and uv's default applies. ``urls`` are all indexes and
    links, for credentials. ``links`` are the local folders among them. ``no_index`` leaves only the links.

    For those who read an index themselves: ``indexes`` are the indexes on the web in the order in which they are
    asked, ``link_pages`` the pages of links there; ``first_index_only`` says that an index which has a distribution
    hides it in those after it.
    """

    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    urls: tuple[str, ...] = field(default=(), repr=False)
    links: tuple[str, ...] = ()
    no_index: bool = False
    indexes: tuple[str, ...] = field(default=(), repr=False)
    link_pages: tuple[str, ...] = field(default=(), repr=False)
    first_index_only: bool = False

    @classmethod
    def from_environment(cls) -> Self:
        """Read uv's configuration if there is one, else pip's.

        Raises:
            IndexUnreadable: a configuration file cannot be read.
        """
        settings = _uv_settings(os.environ)
        own = any(name in os.environ for name in _UV_VARIABLES) or any(key in settings for key in _UV_KEYS)
        pip = read_pip_config(os.environ)
        variables = _certificate(pip)
        if own:
            urls = (*_uv_urls(os.environ), *_setting_urls(settings))
            indexes = tuple(_uv_indexes(os.environ, settings))
            pages = (*os.environ.get("UV_FIND_LINKS", "").split(","), *map(str, settings.get("find-links", ())))
            if os.environ.get("UV_FIND_LINKS"):
                variables["UV_FIND_LINKS"] = _absolute(os.environ["UV_FIND_LINKS"].split(","))
        else:
            variables |= _as_uv(pip)
            urls = tuple(" ".join(pip.get(name, "") for name in ("index-url", "extra-index-url", "find-links")).split())
            indexes = (pip.get("index-url", _PYPI), *pip.get("extra-index-url", "").split())
            pages = tuple(pip.get("find-links", "").split())
        links = tuple(url for url in urls if urlsplit(url).scheme in {"", "file"})
        # uv reads this setting from its files, but has no variable for it.
        no_index = not own and pip.get("no-index", "").lower() in {"1", "true", "yes", "on"}
        strategy = os.environ.get("UV_INDEX_STRATEGY") or variables.get("UV_INDEX_STRATEGY", "first-index")
        return cls(
            variables=variables,
            urls=urls,
            links=links,
            no_index=no_index,
            indexes=() if no_index or settings.get("no-index") else tuple(filter(_is_on_the_web, indexes)),
            link_pages=tuple(filter(_is_on_the_web, pages)),
            first_index_only=strategy == "first-index",
        )

    def credentials(self) -> dict[str, tuple[str, str]]:
        """Return (user, password) by host, or ``host:port``; netrc files are the transport's business."""
        found = _named_credentials(os.environ)
        for url in self.urls:
            parts = urlsplit(url)
            if parts.hostname and parts.username:
                found[_host(url)] = (unquote(parts.username), unquote(parts.password or ""))
        return found

    def fingerprint(self) -> str:
        """Return a sha256 hex that changes when an answer could: the places, without credentials, and local files."""
        lines = [redact(url) for url in self.urls]
        lines += [str(self.no_index), *(os.environ.get(name, "") for name in ("UV_EXCLUDE_NEWER", "UV_INDEX_STRATEGY"))]
        for link in self.links:
            lines += sorted(_listing(Path(unquote(urlsplit(link).path))))
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _as_uv(pip: Mapping[str, str]) -> dict[str, str]:
    variables = {
        "UV_DEFAULT_INDEX": pip.get("index-url", ""),
        "UV_INDEX": " ".join(pip.get("extra-index-url", "").split()),
        # Commas, because uv allows blanks in a folder's name.
        "UV_FIND_LINKS": _absolute(pip.get("find-links", "").split()),
        "UV_INSECURE_HOST": " ".join(pip.get("trusted-host", "").split()),
        "SSL_CLIENT_CERT": pip.get("client-cert", ""),
        "ALL_PROXY": pip.get("proxy", ""),
    }
    if variables["UV_INDEX"]:
        # pip takes the best version of all its indexes, uv by itself that of the first index that has any.
        variables["UV_INDEX_STRATEGY"] = os.environ.get("UV_INDEX_STRATEGY", "unsafe-best-match")
    return {name: value for name, value in variables.items() if value}


def _absolute(links: Iterable[str]) -> str:
    # uv runs in a folder of ours, where no project's settings reach it.
    return ",".join(link if "://" in link else str(Path(link).absolute()) for link in links if link)


def _certificate(pip: Mapping[str, str]) -> dict[str, str]:
    given = pip.get("cert", "")
    return {_CERTIFICATE: given} if given and _CERTIFICATE not in os.environ else {}


def _uv_urls(environ: Mapping[str, str]) -> Iterator[str]:
    for name in _UV_VARIABLES[:4]:
        for part in environ.get(name, "").split():
            yield _NAMED.sub("", part, count=1)
    yield from filter(None, environ.get("UV_FIND_LINKS", "").split(","))


def _uv_settings(environ: Mapping[str, str]) -> dict[str, Any]:
    folders = [Path(environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "uv"]
    folders += [
        Path(folder) / "uv" for folder in environ.get("XDG_CONFIG_DIRS", "/etc/xdg").split(os.pathsep) if folder
    ]
    named = environ.get("UV_CONFIG_FILE")
    files = [Path(named)] if named else [*(folder / "uv.toml" for folder in folders), Path("/etc/uv/uv.toml")]
    settings: dict[str, Any] = {}
    for path in reversed(files):
        try:
            read = tomllib.loads(path.read_text(encoding="utf-8"))
        except (FileNotFoundError, NotADirectoryError):
            continue
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise IndexUnreadable(str(path), type(error).__name__) from None
        settings |= read | {key: value for key, value in read.get("pip", {}).items() if key in _UV_KEYS}
    return settings


def _uv_indexes(environ: Mapping[str, str], settings: Mapping[str, Any]) -> Iterator[str]:
    # Source: uv's documentation, "Package indexes": those that are no default in their order, then the default.
    tables = [table for table in settings.get("index", ()) if not table.get("explicit")]
    for name in ("UV_INDEX", "UV_EXTRA_INDEX_URL"):
        for part in environ.get(name, "").split():
            yield _NAMED.sub("", part, count=1)
    yield from (str(table.get("url", "")) for table in tables if not table.get("default"))
    yield from map(str, settings.get("extra-index-url", ()))
    given = [_NAMED.sub("", environ.get(name, ""), count=1) for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL")]
    given += [str(table.get("url", "")) for table in tables if table.get("default")]
    yield next(filter(None, (*given, str(settings.get("index-url", "")))), _PYPI)


def _is_on_the_web(url: str) -> bool:
    return urlsplit(url).scheme in {"http", "https"}


def _setting_urls(settings: Mapping[str, Any]) -> Iterator[str]:
    for item in settings.get("index", ()):
        yield str(item.get("url", ""))
    if "index-url" in settings:
        yield str(settings["index-url"])
    for key in ("extra-index-url", "find-links"):
        yield from map(str, settings.get(key, ()))


def _named_credentials(environ: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    # UV_INDEX="name=https://host/simple" has its password in UV_INDEX_NAME_PASSWORD.
    found = {}
    for part in " ".join(environ.get(name, "") for name in ("UV_INDEX", "UV_DEFAULT_INDEX")).split():
        name, equals, url = part.partition("=")
        if not equals or "://" in name:
            continue
        key = re.sub(r"[^A-Z0-9]", "_", name.upper())
        user, password = environ.get(f"UV_INDEX_{key}_USERNAME"), environ.get(f"UV_INDEX_{key}_PASSWORD")
        if user or password:
            found[_host(url)] = (user or "", password or "")
    return found


def _host(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2]


def _listing(folder: Path) -> Iterator[str]:
    if folder.is_dir():
        for path in folder.iterdir():
            status = path.stat()
            yield f"{path.name} {status.st_size} {status.st_mtime_ns}"
