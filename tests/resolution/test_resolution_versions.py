"""Which version of a distribution is taken, and who said so."""

from __future__ import annotations

import sys

import pytest

from jupyter_containerize.domain.environment import Distribution, KernelEnvironment
from jupyter_containerize.domain.notebook import Analysis, ImportSite, Location
from jupyter_containerize.resolution import dependencies
from tests.resolution.wishes import in_file, in_metadata, pip


def _kernel(version, url=None):
    numpy = Distribution(name="numpy", version=version, import_names=("numpy",), direct_url=url)
    return KernelEnvironment(
        kernel="python3",
        executable=sys.executable,
        python_version="3.9.7",
        implementation="cpython",
        platform="linux-x86_64",
        distributions=(numpy,),
        stdlib=frozenset(sys.stdlib_module_names),
    )


def _analysis(*modules, declared=(), guarded=False, names=()):
    return Analysis(
        imports=tuple(
            ImportSite(module=module, location=Location(path="n.ipynb", cell=1, line=1), guarded=guarded, names=names)
            for module in modules
        ),
        candidates=(),
        findings=(),
        declared=declared,
    )


CELL = pip("numpy==1.1")
METADATA = in_metadata("numpy==1.2")
LOCK = in_file("numpy==1.3", "uv.lock", exact=True)
PROJECT = in_file("numpy>=1.4", "pyproject.toml")
REQUIREMENTS = in_file("numpy==1.5", "requirements.txt")
ABOVE = in_file("numpy==1.6", "../poetry.lock", exact=True)
FILES = (PROJECT, LOCK, REQUIREMENTS, ABOVE)

# id -> commands, what blocks, metadata and files declare, kernel's version; version, specifier, source
SOURCES = {
    "kernel": ((CELL,), (METADATA, *FILES), "1.0", ("1.0", "==1.0", "kernel")),
    "cell": ((CELL,), (METADATA, *FILES), None, ("1.1", "==1.1", "%pip")),
    "metadata": ((), (METADATA, *FILES), None, ("1.2", "==1.2", "metadata")),
    "a lock in the metadata": (
        (),
        (METADATA, in_metadata("numpy==1.21", exact=True)),
        None,
        ("1.21", "==1.21", "metadata"),
    ),
    "lock": ((), FILES, None, ("1.3", "==1.3", "uv.lock")),
    "project": ((), (PROJECT, REQUIREMENTS, ABOVE), None, (None, ">=1.4", "pyproject.toml")),
    "requirements": ((), (REQUIREMENTS, ABOVE), None, ("1.5", "==1.5", "requirements.txt")),
    "a lock above": ((), (ABOVE,), None, ("1.6", "==1.6", "poetry.lock")),
    "nobody": ((), (), None, (None, "", "newest")),
    "the first command that names one": ((pip("numpy"), CELL), (), None, ("1.1", "==1.1", "%pip")),
    "a file, where the command names none": (
        (pip("numpy"),),
        (REQUIREMENTS,),
        None,
        ("1.5", "==1.5", "requirements.txt"),
    ),
    "pip's own spelling": ((pip("numpy===1.1"),), (), None, ("1.1", "===1.1", "%pip")),
    "a line of releases": ((pip("numpy==1.1.*"),), (), None, (None, "==1.1.*", "%pip")),
}


@pytest.mark.parametrize(("commands", "declared", "kernel", "expected"), SOURCES.values(), ids=SOURCES)
def test_version__sources__in_their_order(commands, declared, kernel, expected):
    """The kernel first, then the notebook, then the nearest files, locks before wishes; the row says which."""
    environment = None if kernel is None else _kernel(kernel)
    needs = dependencies(_analysis("numpy", declared=commands), environment=environment, declared=declared)
    (row,) = needs.dependencies
    assert (row.version, row.specifier, row.source) == expected


def test_version__files__are_no_needs():
    """What only a file asks for is no row; it may be for another notebook."""
    assert dependencies(_analysis(), declared=FILES).dependencies == ()


def test_version__installed_from_a_folder__url_is_the_kernels():
    """An editable install is recognised by where it is from."""
    (row,) = dependencies(_analysis("numpy"), environment=_kernel("1.0", "file:///home/me/numpy")).dependencies
    assert row.url == "file:///home/me/numpy"


# id -> imported module, names taken of it, commands; part of the specifier, source, contradiction
BOUNDS = {
    "a module that is gone": (("torchtext.legacy",), (), ("<0.12", "import path", False)),
    "a module taken from above": (("torchtext", "legacy"), (), ("<0.12", "import path", False)),
    "and a wish that suits": (("torchtext.legacy",), (pip("torchtext>=0.9"),), ("<0.12", "%pip", False)),
    "and a pin that does not": (("torchtext.legacy",), (pip("torchtext==0.18"),), ("==0.18", "%pip", True)),
    "a module that is there": (("torchtext.data",), (), ("", "newest", False)),
}


@pytest.mark.parametrize(("imported", "commands", "expected"), BOUNDS.values(), ids=BOUNDS)
def test_version__import_paths__bound_it(imported, commands, expected):
    """An import of what newer releases lack bounds the version; a pin that lacks it is said to."""
    module, *names = imported
    specifier, source, contradicts = expected
    needs = dependencies(_analysis(module, names=tuple(names), declared=commands))
    (row,) = needs.dependencies
    assert specifier in row.specifier
    assert (row.source, bool(row.specifier)) == (source, bool(specifier))
    assert [item.code for item in needs.findings] == ["JC-RESOLUTION-45"] * contradicts


def test_version__guarded_import_path__bounds_nothing():
    """Code that works without a module says nothing of the version."""
    (row,) = dependencies(_analysis("torchtext.legacy", guarded=True)).dependencies
    assert (row.specifier, row.source) == ("", "newest")


OLD = in_file("numpy==1.19; python_version < '3.8'", "requirements.txt")
NEW = in_file("numpy==1.26; python_version >= '3.8'", "requirements.txt")
WINDOWS = in_file("numpy==1.20; sys_platform == 'win32'", "requirements.txt")

# id -> declared, Python that is asked for, version
MARKERS = {
    "old Python": ((OLD, NEW), "3.7", "1.19"),
    "new Python": ((OLD, NEW), "3.11.4", "1.26"),
    "a range": ((OLD, NEW), ">=3.6", "1.19"),
    "no Python": ((OLD, NEW), None, "1.19"),
    "another platform": ((WINDOWS, NEW), "3.11", "1.26"),
}


@pytest.mark.parametrize(("declared", "python", "version"), MARKERS.values(), ids=MARKERS)
def test_version__markers__choose_the_line(declared, python, version):
    """A line for another platform, or for another Python if that is known, does not count."""
    (row,) = dependencies(_analysis("numpy"), declared=declared, python=python).dependencies
    assert row.version == version


def test_version__markers__the_kernels_python_counts():
    """With a kernel, its Python decides."""
    environment = _kernel("1.0")
    declared = (in_file("torch==1.4; python_version < '3.8'", "r.txt"), in_file("torch==2.1", "r.txt"))
    (row,) = dependencies(_analysis("torch"), environment=environment, declared=declared, python="3.7").dependencies
    assert row.version == "2.1"
