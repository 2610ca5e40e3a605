"""A wheel's own metadata says its licence and what it asks for."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from jupyter_containerize.attestations import WheelFacts, facts_of, licences_of

CASES: dict[str, tuple[str, str]] = {
    "expression": ("License-Expression: Apache-2.0 AND MIT\nLicense: MIT", "Apache-2.0 AND MIT"),
    "field that is an expression": ("License: bsd-3-clause", "BSD-3-Clause"),
    "field in words": ("License: BSD 3-Clause", "BSD 3-Clause"),
    "classifier goes before a field in words": (
        "License: The MIT licence\nClassifier: License :: OSI Approved :: MIT License",
        "MIT",
    ),
    "family of licences": ("Classifier: License :: OSI Approved :: BSD License", "BSD License"),
    "several classifiers": (
        (
            "Classifier: License :: OSI Approved :: MIT License\n"
            "Classifier: License :: OSI Approved :: Mozilla Public License 2.0 (MPL 2.0)"
        ),
        "MIT License, Mozilla Public License 2.0 (MPL 2.0)",
    ),
    "whole text": (f"License: {'long ' * 40}", ""),
    "unknown": ("License: UNKNOWN", ""),
    "nothing": ("", ""),
}


def wheel_with(folder: Path, headers: str) -> Path:
    """Return a wheel with that metadata."""
    path = folder / "x-1-py3-none-any.whl"
    text = f"Metadata-Version: 2.4\nName: x\nVersion: 1\n{headers}".rstrip() + "\n\nText: of the description\n"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x/other.dist-info/METADATA", "License: wrong")
        archive.writestr("x-1.dist-info/METADATA", text)
    return path


@pytest.mark.parametrize("case", CASES)
def test_licences_of__metadata__gives_an_expression_if_there_is_one(case, tmp_path):
    """What tools can read goes before words, and a family of licences is not taken for one of them."""
    headers, expected = CASES[case]
    assert licences_of(wheel_with(tmp_path, headers)) == expected


def test_facts_of__requirements__are_names_without_extras(tmp_path):
    """What only an extra asks for does not count; what cannot be read is passed over."""
    headers = (
        "Requires-Dist: NumPy>=1.2\nRequires-Dist: pytest; extra == 'test'\n"
        "Requires-Dist: tomli; python_version < '3.11'\nRequires-Dist: !!!"
    )
    assert facts_of(wheel_with(tmp_path, headers)) == WheelFacts(requires=("numpy", "tomli"))


@pytest.mark.parametrize("content", [b"", b"no zip"], ids=["empty", "text"])
def test_facts_of__unreadable_wheel__are_none(content, tmp_path):
    """It is for the installation to say that a wheel is damaged."""
    path = tmp_path / "x-1-py3-none-any.whl"
    path.write_bytes(content)
    assert facts_of(path) == WheelFacts()
    assert facts_of(tmp_path / "missing.whl") == WheelFacts()
