"""pip's configuration is read as pip reads it, and gives way to uv's own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from jupyter_containerize.resolution import PackageIndex
from jupyter_containerize.resolution.errors import IndexUnreadable


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_from_environment__nothing_configured__leaves_uv_alone():
    """Without any configuration uv's default applies."""
    index = PackageIndex.from_environment()
    assert dict(index.variables) == {}
    assert index.credentials() == {}


PLACES = {
    "user": "home/.config/pip/pip.conf",
    "legacy user": "home/.pip/pip.conf",
    "shared": "home/xdg/pip/pip.conf",
    "environment": "home/prefix/pip.conf",
}


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_from_environment__pip_file__is_read(place, tmp_path):
    """Each of the places that pip documents counts."""
    _write(tmp_path / place, "[global]\nindex-url = https://one/simple\n")
    assert PackageIndex.from_environment().variables["UV_DEFAULT_INDEX"] == "https://one/simple"


def test_from_environment__many_places__go_by_pips_precedence(tmp_path, monkeypatch):
    """Variables, the named file, the environment's, the user's, shared ones; and install before global."""

    def default():
        return PackageIndex.from_environment().variables["UV_DEFAULT_INDEX"]

    _write(tmp_path / "home/xdg/pip/pip.conf", "[global]\nindex-url = https://shared\n")
    assert default() == "https://shared"
    _write(
        tmp_path / "home/.config/pip/pip.conf",
        "[install]\nindex_url = https://user\n[global]\nindex-url = https://no\n",
    )
    assert default() == "https://user"
    _write(tmp_path / "home/prefix/pip.conf", "[global]\nindex-url = https://environment\n")
    assert default() == "https://environment"
    monkeypatch.setenv("PIP_CONFIG_FILE", str(_write(tmp_path / "named.conf", "[global]\nindex-url = https://named\n")))
    assert default() == "https://named"
    monkeypatch.setenv("PIP_INDEX_URL", "https://variable")
    assert default() == "https://variable"
    monkeypatch.delenv("PIP_INDEX_URL")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    assert dict(PackageIndex.from_environment().variables) == {}


def test_from_environment__all_settings__become_uvs(tmp_path, monkeypatch):
    """Each setting that decides where and how to look has uv's name; folders are absolute."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    _write(
        tmp_path / "home/.config/pip/pip.conf",
        "[global]\nindex-url = https://me:p%40ss@one/simple\nextra-index-url =\n    https://two/simple\n"
        "    http://you:x@three:8080/simple\nfind-links = wheels\n    https://four/links\ntrusted-host = three five\n"
        "cert = /certs.pem\nclient-cert = /me.pem\nproxy = http://proxy:3128\nno-index = false\n",
    )
    index = PackageIndex.from_environment()
    assert dict(index.variables) == {
        "UV_DEFAULT_INDEX": "https://me:p%40ss@one/simple",
        "UV_INDEX": "https://two/simple http://you:x@three:8080/simple",
        "UV_FIND_LINKS": f"{tmp_path / 'wheels'},https://four/links",
        "UV_INSECURE_HOST": "three five",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "SSL_CERT_FILE": "/certs.pem",
        "SSL_CLIENT_CERT": "/me.pem",
        "ALL_PROXY": "http://proxy:3128",
    }
    assert index.credentials() == {"one": ("me", "p@ss"), "three:8080": ("you", "x")}
    assert "p%40ss" not in repr(index)


def test_from_environment__certificates_are_set__stay(monkeypatch):
    """A certificate bundle that the environment names goes before pip's."""
    monkeypatch.setenv("SSL_CERT_FILE", "/mine.pem")
    monkeypatch.setenv("PIP_CERT", "/pips.pem")
    assert dict(PackageIndex.from_environment().variables) == {}


def test_from_environment__uv_has_variables__pip_does_not_count(tmp_path, monkeypatch):
    """Who told uv where to look did not mean pip's places."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PIP_INDEX_URL", "https://pip")
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://me:secret@uv/simple")
    monkeypatch.setenv("UV_INDEX", "corp=https://corp/simple")
    monkeypatch.setenv("UV_INDEX_CORP_USERNAME", "you")
    monkeypatch.setenv("UV_INDEX_CORP_PASSWORD", "word")
    monkeypatch.setenv("UV_FIND_LINKS", "here,/there")
    index = PackageIndex.from_environment()
    assert dict(index.variables) == {"UV_FIND_LINKS": f"{tmp_path / 'here'},/there"}
    assert index.credentials() == {"uv": ("me", "secret"), "corp": ("you", "word")}


def test_from_environment__uv_has_a_file__pip_does_not_count(tmp_path, monkeypatch):
    """Uv's own file counts like its variables, and its credentials are known to the downloader."""
    monkeypatch.setenv("PIP_INDEX_URL", "https://pip")
    _write(
        tmp_path / "home/.config/uv/uv.toml", '[[index]]\nurl = "https://a:b@host/simple"\n[pip]\nfind-links = ["/x"]\n'
    )
    index = PackageIndex.from_environment()
    assert dict(index.variables) == {}
    assert index.credentials() == {"host": ("a", "b")}
    _write(tmp_path / "home/.config/uv/uv.toml", 'cache-dir = "/x"\n')
    assert PackageIndex.from_environment().variables["UV_DEFAULT_INDEX"] == "https://pip"


PYPI = "https://pypi.org/simple"
# Variables, uv.toml -> indexes, pages of links, whether the first index hides the others.
READ_BY_US = {
    "nothing": ({}, "", (PYPI,), (), True),
    "pip, more": (
        {"PIP_EXTRA_INDEX_URL": "https://a/simple https://b/simple"},
        "",
        (PYPI, "https://a/simple", "https://b/simple"),
        (),
        False,
    ),
    "pip, another": ({"PIP_INDEX_URL": "https://a/simple"}, "", ("https://a/simple",), (), True),
    "pip, links": ({"PIP_FIND_LINKS": "https://a/page /wheels"}, "", (PYPI,), ("https://a/page",), True),
    "pip, links alone": ({"PIP_FIND_LINKS": "https://a/page", "PIP_NO_INDEX": "1"}, "", (), ("https://a/page",), True),
    "uv": (
        {"UV_INDEX": "corp=https://a/simple https://b/simple", "UV_DEFAULT_INDEX": "https://c/simple"},
        "",
        ("https://a/simple", "https://b/simple", "https://c/simple"),
        (),
        True,
    ),
    "uv, all together": (
        {"UV_INDEX": "https://a/simple", "UV_INDEX_STRATEGY": "unsafe-best-match"},
        "",
        ("https://a/simple", PYPI),
        (),
        False,
    ),
    "uv's file": (
        {},
        """
        [[index]]
        url = "https://d/simple"
        default = true
        [[index]]
        url = "https://a/simple"
        [[index]]
        url = "https://e/simple"
        explicit = true
        """,
        ("https://a/simple", "https://d/simple"),
        (),
        True,
    ),
    "uv's file, old names": (
        {},
        'extra-index-url = ["https://a/simple"]\nindex-url = "https://b/simple"\nfind-links = ["https://c/page"]\n',
        ("https://a/simple", "https://b/simple"),
        ("https://c/page",),
        True,
    ),
    "uv's file, no index": ({}, "no-index = true\n", (), (), True),
}


@pytest.mark.parametrize(("variables", "text", "indexes", "pages", "first"), READ_BY_US.values(), ids=READ_BY_US)
def test_from_environment__indexes__are_in_the_order_in_which_they_count(  # noqa: PLR0917  # a case and its fixtures
    variables, text, indexes, pages, first, tmp_path, monkeypatch
):
    """Who reads an index without uv asks what uv would ask, and nobody else."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    if text:
        _write(tmp_path / "home/.config/uv/uv.toml", text)
    index = PackageIndex.from_environment()
    assert (index.indexes, index.link_pages, index.first_index_only) == (indexes, pages, first)


GARBAGE = {"home/.config/pip/pip.conf": "index-url = https://u:secret@h", "home/.config/uv/uv.toml": "= secret"}


@pytest.mark.parametrize(("place", "text"), GARBAGE.items())
def test_from_environment__file_is_garbage__names_it_and_not_its_content(place, text, tmp_path):
    """A file that cannot be read is named; what it says may be a password."""
    path = _write(tmp_path / place, text)
    with pytest.raises(IndexUnreadable) as caught:
        PackageIndex.from_environment()
    assert caught.value.source == str(path)
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(("value", "expected"), [("1", True), ("yes", True), ("0", False), ("", False)])
def test_from_environment__no_index__leaves_the_links(value, expected, monkeypatch):
    """What pip takes for yes switches indexes off."""
    monkeypatch.setenv("PIP_NO_INDEX", value)
    assert PackageIndex.from_environment().no_index is expected


def test_fingerprint__password_changes__stays(monkeypatch):
    """A new password does not make another index; another address does."""

    def fingerprint(url):
        monkeypatch.setenv("PIP_INDEX_URL", url)
        return PackageIndex.from_environment().fingerprint()

    assert fingerprint("https://me:one@host/simple") == fingerprint("https://me:two@host/simple")
    assert fingerprint("https://me:one@host/simple") != fingerprint("https://me:one@other/simple")
