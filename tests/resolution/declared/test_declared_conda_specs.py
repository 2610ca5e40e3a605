"""Conda's way to name versions, in PEP 440."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet

from jupyter_containerize.resolution.declared import conda_spec

# Source: conda, "Package match specifications".
SPECS = {
    "numpy": ("numpy", ""),
    "numpy=1.21": ("numpy", "==1.21.*"),
    "numpy==1.21": ("numpy", "==1.21"),
    "numpy==1.21.*": ("numpy", "==1.21.*"),
    "numpy=1.21.*": ("numpy", "==1.21.*"),
    "numpy=1.21*": ("numpy", "==1.21.*"),
    "numpy>=1.2,<2": ("numpy", "<2,>=1.2"),
    "numpy >= 1.2, < 2": ("numpy", "<2,>=1.2"),
    "numpy >=1.2": ("numpy", ">=1.2"),
    "numpy 1.21.0": ("numpy", "==1.21.0"),
    "numpy 1.21.*": ("numpy", "==1.21.*"),
    "numpy 1.21.0 py39h_0": ("numpy", "==1.21.0"),
    "numpy=1.21.0=py39h_0": ("numpy", "==1.21.0"),
    "numpy==1.21.0=py39h_0": ("numpy", "==1.21.0"),
    "conda-forge::numpy=1.2=py39h_0": ("numpy", "==1.2"),
    "conda-forge/linux-64::numpy": ("numpy", ""),
    "numpy[version='>=1,<2',build=*py39*]": ("numpy", "<2,>=1"),
    'numpy[version="1.2.*"]': ("numpy", "==1.2.*"),
    "numpy=1.2[build=x]": ("numpy", "==1.2.*"),
    "numpy!=1.3": ("numpy", "!=1.3"),
    "numpy~=1.3": ("numpy", "~=1.3"),
    "numpy~=1": ("numpy", ">=1"),
    "numpy=*": ("numpy", ""),
    "numpy=*=*openblas*": ("numpy", ""),
    "numpy>=1.2.*": ("numpy", ">=1.2"),
    "numpy 1.2|1.3": ("numpy", ""),
    "numpy >=1,(<2|>3)": ("numpy", ""),
    "openssl=1.1.1k": ("openssl", ""),
    "jpeg=9b": ("jpeg", ""),
    "pytz=2021c": ("pytz", ""),
    "tf=2.1.0rc1": ("tf", "==2.1.0rc1"),
    "_libgcc_mutex=0.1=main": ("_libgcc_mutex", "==0.1"),
    "r-base=4.1": ("r-base", "==4.1.*"),
    "PyTorch=1.9": ("PyTorch", "==1.9.*"),
    "python=3.9": ("python", "==3.9.*"),
    "'numpy'": ("numpy", ""),
    "https://c/linux-64/numpy-1.21.0-py39h_0.tar.bz2": ("numpy", "==1.21.0"),
    "https://c/linux-64/scikit-learn-1.0-py39_0.conda#md5": ("scikit-learn", "==1.0"),
}


@pytest.mark.parametrize(("text", "expected"), SPECS.items(), ids=SPECS)
def test_conda_spec__text__is_name_and_pep_440(text, expected):
    """Names stay as written; what PEP 440 cannot say is left out."""
    spec = conda_spec(text)
    assert spec is not None
    assert (spec.name, spec.specifier) == expected


@pytest.mark.parametrize("text", ["", "=1.2", "{{ name }}", "https://h/x", "[version=1]", "@channel"])
def test_conda_spec__no_specification__is_none(text):
    """What is no match specification is none."""
    assert conda_spec(text) is None


@given(st.text(alphabet="ab1.,=<>!~*|:[]' \"-_", max_size=40) | st.text())
def test_conda_spec__any_text__is_valid_or_none(text):
    """Whatever is written, the specifier is PEP 440."""
    spec = conda_spec(text)
    if spec is not None:
        SpecifierSet(spec.specifier)
