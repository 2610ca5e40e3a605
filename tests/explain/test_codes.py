"""Every code stands for one thing, and those that stop nothing are in the documentation."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import jupyter_containerize
from tests.explain.test_explain import error_classes

PACKAGE = Path(jupyter_containerize.__file__).parent
DOCUMENTED = PACKAGE.parent / "docs" / "findings.md"
CODE = re.compile(r"JC-[A-Z]+-\d\d")
SHARED = {"JC-RESOLUTION-01"}
"""Codes of errors that a preview tells as findings, under the same code."""


def finding_codes() -> Iterator[str]:
    """Give each code that the source assigns, or hands to a finding, where it is no error's."""
    errors = {cls.code for cls in error_classes()}
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, (ast.Assign, ast.keyword)) and isinstance(node.value, ast.Constant):
                value = node.value.value
                if isinstance(value, str) and CODE.fullmatch(value) and value not in errors:
                    yield value


def test_codes__each_finding__is_defined_once():
    """A code names one kind of finding, and is no error's."""
    counted = Counter(finding_codes())
    assert counted
    assert [code for code, count in counted.items() if count > 1] == []


def test_codes__documentation__lists_exactly_those_that_there_are():
    """Whoever looks a code up finds it; nothing in the list is left over."""
    listed = re.findall(r"^\| (JC-[A-Z]+-\d\d) \|", DOCUMENTED.read_text(encoding="utf-8"), re.MULTILINE)
    assert listed == sorted({*finding_codes(), *SHARED})
