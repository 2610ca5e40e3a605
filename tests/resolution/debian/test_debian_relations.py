"""The grammar of Depends and Provides."""

from __future__ import annotations

import pytest

from jupyter_containerize.resolution.debian.relations import parse_relations

CASES = {
    "": [],
    "libc6": [["libc6"]],
    "libc6 (>= 2.36)": [["libc6 (>= 2.36)"]],
    "libc6 (>=2.36), gcc-12-base (= 12.2.0-14)": [["libc6 (>= 2.36)"], ["gcc-12-base (= 12.2.0-14)"]],
    "debconf (>= 0.5) | debconf-2.0": [["debconf (>= 0.5)", "debconf-2.0"]],
    "python3:any, zlib1g (>= 1:1.2.0)": [["python3"], ["zlib1g (>= 1:1.2.0)"]],
    "libc6 (>> 2.36), libc6 (<< 2.37)": [["libc6 (>> 2.36)"], ["libc6 (<< 2.37)"]],
}


@pytest.mark.parametrize(("text", "expected"), list(CASES.items()))
def test_parse_relations__a_field__gives_groups_of_alternatives(text, expected):
    """Commas separate relations, bars alternatives; qualifiers go."""
    assert [[str(relation) for relation in group] for group in parse_relations(text)] == expected


@pytest.mark.parametrize("text", ["Not_A_Name", "libc6 (2.36)", "libc6 (>= )"])
def test_parse_relations__outside_of_the_grammar__is_refused(text):
    """What we do not understand is not guessed at."""
    with pytest.raises(ValueError, match=r".+"):
        parse_relations(text)
