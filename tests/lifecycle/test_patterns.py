"""Patterns mean what they mean to git."""

from __future__ import annotations

import subprocess

import pytest

from jupyter_containerize.lifecycle.patterns import Pattern, matched

FILES = (
    "a.txt",
    "b.txt",
    "data/a.txt",
    "data/deep/a.txt",
    "data/deep/er/b.csv",
    "models/best.pt",
    "models/old/best.pt",
    "sub/models/best.pt",
    "we[i]rd.txt",
    "!bang.txt",
    "x/y/z.py",
    "x/z.py",
    "ää.txt",
)

CASES = {
    "a name anywhere": ["a.txt"],
    "a name at the top": ["/a.txt"],
    "a folder anywhere": ["models/"],
    "a folder's name that is a file": ["a.txt/"],
    "with a slash in it": ["data/a.txt"],
    "a star": ["*.txt"],
    "a star stops at a slash": ["data/*.txt"],
    "a star for a folder": ["data/*"],
    "question mark": ["?.txt"],
    "range": ["[ab].txt"],
    "range that is not": ["[!a].txt"],
    "two stars first": ["**/best.pt"],
    "two stars last": ["data/**"],
    "two stars between": ["x/**/z.py"],
    "taken back": ["*.txt", "!b.txt"],
    "a later one counts": ["!b.txt", "*.txt"],
    "not out of a folder": ["data/", "!data/a.txt"],
    "out of a folder's content": ["data/*", "!data/a.txt"],
    "escaped": [r"we\[i\]rd.txt", r"\!bang.txt"],
    "letters of the world": ["ää.*"],
    "dots are dots": ["a?txt", "x.z.py"],
}


@pytest.mark.parametrize("lines", CASES.values(), ids=CASES)
def test_matched__each_kind_of_pattern__means_what_git_says(tmp_path, lines):
    """The real git is asked about every file."""
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    (tmp_path / ".gitignore").write_text("\n".join(lines) + "\n", encoding="utf-8")
    said = subprocess.run(
        ["git", "-C", tmp_path, "-c", "core.quotePath=false", "check-ignore", "--no-index", "--stdin"],
        input="\n".join(FILES),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    patterns = [Pattern(line) for line in lines]
    assert [path for path in FILES if matched(path, patterns)] == [line for line in said.stdout.splitlines() if line]


def test_pattern__range_that_is_none__is_a_value_error():
    """A pattern that means nothing is told when the file is read."""
    with pytest.raises(ValueError, match="bad character range"):
        Pattern("[z-a].txt")
