# ruff: noqa: INP001 - a script; only its test imports it
"""Makes what is made of the hidden needs' rules: docs/hidden-needs.md, and rules.json, which is read at run time.

Run it after changing a file in ``jupyter_containerize/analysis/hidden/rules``; a test fails until that is done.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path

from jupyter_containerize.analysis.hidden.rule import Condition, Rule, rule_of

REPOSITORY = Path(__file__).resolve().parents[1]
HIDDEN = REPOSITORY / "jupyter_containerize" / "analysis" / "hidden"
PAGE = REPOSITORY / "docs" / "hidden-needs.md"
_BELOW = "<!-- below: made by scripts/hidden_needs_table.py -->"
_BROUGHT = "_brought"


def read_families() -> dict[str, dict[str, dict[str, object]]]:
    """Return the tables of all rule files, by file and by rule."""
    return {path.stem: tomllib.loads(path.read_text("utf-8")) for path in sorted((HIDDEN / "rules").glob("*.toml"))}


def made_json() -> str:
    """Return the text that ``rules.json`` has to have: one rule a line."""
    families = read_families()
    lines = [
        f"{json.dumps(family)}: {{\n"
        + ",\n".join(f"{json.dumps(name)}: {json.dumps(table, ensure_ascii=False)}" for name, table in tables.items())
        + "\n}"
        for family, tables in families.items()
    ]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def made_page() -> str:
    """Return the text that the page has to have: what is written by hand, and the tables."""
    by_hand = PAGE.read_text("utf-8").partition(_BELOW)[0]
    return by_hand + _BELOW + "\n" + "".join(_tables())


def _tables() -> Iterator[str]:
    for family, tables in read_families().items():
        if family == _BROUGHT:
            continue
        yield f"\n## {family}\n\n| rule | when the code has | it needs | because |\n| --- | --- | --- | --- |\n"
        for name, table in tables.items():
            rule = rule_of(name, {key: value for key, value in table.items() if key != "unless"}, family=family)
            yield f"| `{name}` | {_when(rule)} | {_needs(rule)} | [{rule.reason}]({rule.link}) |\n"


def _when(rule: Rule) -> str:
    parts = [
        *(f"`import {name}`" for name in rule.imports),
        *(f"`{name}`" for name in rule.uses),
        *(f"`{name}()`" for name in rule.calls),
        *(f"`.{name}()`" for name in rule.methods),
        *(f"`.{name}`" for name in rule.attributes),
        *(f"`%{name}`" for name in rule.magics),
        *(f"`!{name}`" for name in rule.shell),
    ]
    conditions = " and ".join(_condition(condition) for condition in rule.where)
    exceptions = " or ".join(_condition(condition) for condition in rule.except_where)
    return (
        ", ".join(parts) + (f" with {conditions}" if conditions else "") + (f", not {exceptions}" if exceptions else "")
    )


def _condition(condition: Condition) -> str:
    argument = "any argument" if condition.argument == "*" else condition.argument.replace("/", " or ")
    return f"{argument} = {', '.join(f'`{pattern.written}`' for pattern in condition.patterns)}"


def _needs(rule: Rule) -> str:
    groups = [" or ".join(f"`{name}`" for name in group) for group in rule.needs]
    system = [f"`{name}` (Debian)" for name in rule.system]
    return ", ".join([*groups, *system]) or "*(a finding)*"


def main() -> None:
    """Write both files."""
    (HIDDEN / "rules.json").write_text(made_json(), "utf-8")
    PAGE.write_text(made_page(), "utf-8")


if __name__ == "__main__":
    main()
