"""What is made of the tables is up to date: the file that is read at run time."""

from __future__ import annotations

from scripts.knowledge_table import MADE, made_json


def test_knowledge_json__tables__say_the_same():
    """knowledge.json is what scripts/knowledge_table.py makes of the tables."""
    assert MADE.read_text("utf-8") == made_json()
