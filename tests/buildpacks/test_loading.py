"""Where the loader finds libraries, with files that the test makes."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_elf import make_elf

from jupyter_containerize.buildpacks import loading
from jupyter_containerize.buildpacks.loading import libraries_of
from jupyter_containerize.domain.platform import Platform

HERE = Platform.here().machine
OTHER = "aarch64" if HERE == "x86_64" else "x86_64"
# What is there: path -> ELF. Then the libraries that the module m.so loads, and what is not found.
FILES = {
    "from the prefix": (
        {"p/bin/python": {}, "p/lib/m.so": {"needed": ("libown.so.1",), "rpath": "$ORIGIN"}, "p/lib/libown.so.1": {}},
        [("libown.so.1", "p/lib/libown.so.1", True)],
        "",
    ),
    "with braces": (
        {"p/bin/python": {}, "p/lib/m.so": {"needed": ("l.so",), "runpath": "${ORIGIN}/.."}, "p/l.so": {}},
        [("l.so", "p/l.so", True)],
        "",
    ),
    "by an absolute path": (
        {"p/bin/python": {}, "p/lib/m.so": {"needed": ("l.so",), "runpath": "TOP/else"}, "else/l.so": {}},
        [("l.so", "else/l.so", False)],
        "",
    ),
    "by the program's path": (
        {"p/bin/python": {"rpath": "TOP/else"}, "p/lib/m.so": {"needed": ("l.so",)}, "else/l.so": {}},
        [("l.so", "else/l.so", False)],
        "",
    ),
    "not by the program's path": (
        {
            "p/bin/python": {"rpath": "TOP/else"},
            "p/lib/m.so": {"needed": ("l.so",), "runpath": "$ORIGIN"},
            "else/l.so": {},
        },
        [],
        "l.so",
    ),
    "what a library needs": (
        {
            "p/bin/python": {},
            "p/lib/m.so": {"needed": ("a.so",), "runpath": "$ORIGIN"},
            "p/lib/a.so": {"needed": ("b.so", "a.so"), "runpath": "$ORIGIN"},
            "p/lib/b.so": {"needed": ("a.so",), "runpath": "$ORIGIN"},
        },
        [("a.so", "p/lib/a.so", True), ("b.so", "p/lib/b.so", True)],
        "",
    ),
    "of the machine": ({"p/bin/python": {}, "p/lib/m.so": {"needed": ("l.so",)}, "etc/l.so": {}}, ["etc/l.so"], ""),
    "of another machine": (
        {"p/bin/python": {}, "p/lib/m.so": {"needed": ("l.so",)}, "etc/l.so": {"machine": OTHER}},
        [],
        "l.so",
    ),
    "nowhere": ({"p/bin/python": {}, "p/lib/m.so": {"needed": ("l.so",)}}, [], "l.so"),
    "of the base": ({"p/bin/python": {}, "p/lib/m.so": {"needed": ("libz.so.1",)}, "etc/libz.so.1": {}}, [], ""),
    "made for it, though the base has one": (
        {"p/bin/python": {}, "p/lib/m.so": {"needed": ("libz.so.1",), "rpath": "$ORIGIN"}, "p/lib/libz.so.1": {}},
        [("libz.so.1", "p/lib/libz.so.1", True)],
        "",
    ),
}


@pytest.mark.parametrize("case", FILES)
def test_libraries_of__a_module__loads_what_the_loader_would(case, tmp_path, monkeypatch):
    """The loader's rules hold: paths of who needs it, of the program, then the machine's folders."""
    files, expected, missing = FILES[case]
    for name, options in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        told = {"machine": HERE, **options}
        for key in ("rpath", "runpath"):
            if key in told:
                told[key] = told[key].replace("TOP", str(tmp_path))
        path.write_bytes(make_elf(told.pop("needed", ()), **told))
    monkeypatch.setattr(loading, "_of_machine", lambda: (str(tmp_path / "etc"),))
    loading._read.cache_clear()
    found, lacks = libraries_of(tmp_path / "p/lib/m.so", tmp_path / "p/bin/python", tmp_path / "p")
    wanted = [(Path(item).name, item, False) if isinstance(item, str) else item for item in expected]
    assert [(each.name, each.path, each.beside) for each in found] == [
        (name, tmp_path / path, beside) for name, path, beside in wanted
    ]
    assert lacks == missing


def test_configured__settings_with_includes__are_followed_in_order(tmp_path):
    """Comments are no folders, and a file that is not there is none."""
    (tmp_path / "ld.so.conf.d").mkdir()
    (tmp_path / "ld.so.conf").write_text("include ld.so.conf.d/*.conf nowhere/*.conf\n/last # at the end\n")
    (tmp_path / "ld.so.conf.d" / "b.conf").write_text("/b\n")
    (tmp_path / "ld.so.conf.d" / "a.conf").write_text("# a comment\n\n/a\n")
    assert list(loading._configured(tmp_path / "ld.so.conf")) == ["/a", "/b", "/last"]
    assert list(loading._configured(tmp_path / "nowhere")) == []
