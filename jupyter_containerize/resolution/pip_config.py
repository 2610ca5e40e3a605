"""Reads what pip is configured for, from its files and variables.

pip itself need not be installed (environments made by uv have none).
Source: pip documentation, "Configuration": files, precedence, environment variables.
"""

from __future__ import annotations

import configparser
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from jupyter_containerize.resolution.errors import IndexUnreadable

_PREFIX = "PIP_"
# A command's section goes before [global]; ours is what "pip install" would do.
_SECTIONS = ("global", "install")


def read_pip_config(environ: Mapping[str, str]) -> dict[str, str]:
    """Return pip's settings by option name (``extra-index-url``), variables before files.

    Raises:
        IndexUnreadable: a configuration file is no INI file.
    """
    settings: dict[str, str] = {}
    for path in _files(environ):
        settings |= _read(path)
    for name, value in environ.items():
        if name.startswith(_PREFIX) and value:
            settings[_option(name.removeprefix(_PREFIX))] = value
    return settings


def _files(environ: Mapping[str, str]) -> Iterator[Path]:
    named = environ.get("PIP_CONFIG_FILE", "")
    if named == os.devnull:
        return
    yield from _shared_files(environ)
    if not (named and Path(named).exists()):
        yield from _user_files(environ)
    yield Path(sys.prefix) / ("pip.ini" if os.name == "nt" else "pip.conf")
    if named:
        yield Path(named)


def _shared_files(environ: Mapping[str, str]) -> Iterator[Path]:
    if os.name == "nt":
        yield Path(environ.get("PROGRAMDATA", "C:\\ProgramData")) / "pip" / "pip.ini"
        return
    if sys.platform == "darwin":
        yield Path("/Library/Application Support/pip/pip.conf")
    for folder in environ.get("XDG_CONFIG_DIRS", "/etc/xdg").split(os.pathsep):
        if folder:
            yield Path(folder) / "pip" / "pip.conf"
    yield Path("/etc/pip.conf")


def _user_files(environ: Mapping[str, str]) -> Iterator[Path]:
    home = Path.home()
    if os.name == "nt":
        yield home / "pip" / "pip.ini"
        yield Path(environ.get("APPDATA", str(home))) / "pip" / "pip.ini"
        return
    yield home / ".pip" / "pip.conf"
    yield Path(environ.get("XDG_CONFIG_HOME") or home / ".config") / "pip" / "pip.conf"
    if sys.platform == "darwin":
        yield home / "Library" / "Application Support" / "pip" / "pip.conf"


def _read(path: Path) -> dict[str, str]:
    parser = configparser.RawConfigParser()
    try:
        with path.open(encoding="utf-8") as text:
            parser.read_file(text)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, UnicodeDecodeError, configparser.Error) as error:
        # The parser's own message quotes the line, which may hold a password.
        raise IndexUnreadable(str(path), type(error).__name__) from None
    settings: dict[str, str] = {}
    for section in _SECTIONS:
        if parser.has_section(section):
            settings |= {_option(name): value for name, value in parser.items(section) if value}
    return settings


def _option(name: str) -> str:
    return name.lower().replace("_", "-").removeprefix("--")
