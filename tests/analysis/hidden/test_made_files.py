"""What is made of the rules is up to date: the page, and the file that is read at run time."""

from __future__ import annotations

import json

from scripts.hidden_needs_table import HIDDEN, PAGE, made_json, made_page, read_families


def test_rules_json__rule_files__say_the_same():
    """rules.json is what scripts/hidden_needs_table.py makes of the rule files."""
    assert (HIDDEN / "rules.json").read_text("utf-8") == made_json()
    assert json.loads(made_json()) == read_families()


def test_page__rule_files__say_the_same():
    """docs/hidden-needs.md lists the rules as they are."""
    assert PAGE.read_text("utf-8") == made_page()
