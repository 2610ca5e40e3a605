"""What a notebook depends on: which distributions, in which versions, and what the user is asked."""

from __future__ import annotations

import sys

import pytest

from jupyter_containerize.domain.environment import Distribution, KernelEnvironment
from jupyter_containerize.domain.notebook import Analysis, HiddenNeed, ImportSite, Location
from jupyter_containerize.domain.requirement_line import declared_of
from jupyter_containerize.domain.serving import DependencyKind
from jupyter_containerize.resolution import dependencies
from tests.resolution.wishes import apt, conda, pip


def _distribution(name, version, *import_names, url=None, size_bytes=None):
    return Distribution(
        name=name,
        version=version,
        import_names=import_names,
        direct_url=url,
        license="MIT",
        size_bytes=size_bytes,
    )


KERNEL = KernelEnvironment(
    kernel="python3",
    executable=sys.executable,
    python_version="3.11.2",
    implementation="cpython",
    platform="linux-x86_64",
    distributions=(
        _distribution("google-cloud-bigquery", "3.1", "google.cloud.bigquery"),
        _distribution("google-cloud-storage", "3.2", "google.cloud.storage"),
        _distribution("matplotlib", "3.9", "matplotlib", "mpl_toolkits"),
        _distribution("basemap", "1.4", "mpl_toolkits.basemap"),
        _distribution("numpy", "2.0", "numpy", size_bytes=7),
        _distribution("opencv-python-headless", "4.2", "cv2"),
        _distribution("ours", "0.1", "ours", url="file:///home/me/ours"),
        _distribution("scikit-learn", "1.9.1", "sklearn"),
        _distribution("fastparquet", "2024.1", "fastparquet"),
    ),
    stdlib=frozenset(sys.stdlib_module_names),
)


def site(module, *names, line=1, cell=1, path="n.ipynb", guarded=False, instead_of="", rule="import"):
    """Return an import as reading a notebook finds it."""
    return ImportSite(
        module=module,
        location=Location(path=path, cell=cell, line=line),
        guarded=guarded,
        names=names,
        instead_of=instead_of,
        rule=rule,
    )


def hidden(*distributions, rule="pandas-parquet", system=()):
    """Return what a rule found."""
    return HiddenNeed(
        rule=rule,
        distributions=distributions,
        system_packages=system,
        reason="it says so",
        link="https://example.org",
        location=Location(path="n.ipynb", cell=2, line=3),
    )


def analysis(*imports, **more):
    """Return facts with these imports."""
    return Analysis(imports=imports, candidates=(), findings=(), **more)


def said(row):
    """Return a row in short: ``name[extras]specifier source kind``."""
    extras = f"[{','.join(row.extras)}]" if row.extras else ""
    return f"{row.distribution}{extras}{row.specifier} {row.source} {row.kind}"


def rows(*args, **kwargs):
    """Return all rows in short."""
    return [said(row) for row in dependencies(*args, **kwargs).dependencies]


def asked(*args, **kwargs):
    """Return code, severity and line of each finding."""
    return [
        (item.code, item.severity, item.location and item.location.line)
        for item in dependencies(*args, **kwargs).findings
    ]


CLOUD = site("google.cloud", "storage", "bigquery")

# id -> imports, rows without an environment, rows with the kernel's.
IMPORTS = {
    "another name": (
        [site("sklearn.linear_model", "Ridge")],
        ["scikit-learn newest direct"],
        ["scikit-learn==1.9.1 kernel direct"],
    ),
    "two of a namespace": (
        [CLOUD],
        ["google-cloud-bigquery newest direct", "google-cloud-storage newest direct"],
        ["google-cloud-bigquery==3.1 kernel direct", "google-cloud-storage==3.2 kernel direct"],
    ),
    "one of a namespace": (
        [site("google.cloud.storage.blob")],
        ["google-cloud-storage newest direct"],
        ["google-cloud-storage==3.2 kernel direct"],
    ),
    "taken from another's package": (
        [site("mpl_toolkits", "basemap", "mplot3d")],
        ["basemap newest direct", "matplotlib newest direct"],
        ["basemap==1.4 kernel direct", "matplotlib==3.9 kernel direct"],
    ),
    "taken from a package": (
        [site("mpl_toolkits", "mplot3d")],
        ["matplotlib newest direct"],
        ["matplotlib==3.9 kernel direct"],
    ),
    "everything": ([site("numpy", "*")], ["numpy newest direct"], ["numpy==2.0 kernel direct"]),
    "twice": ([site("numpy"), site("numpy.linalg", line=2)], ["numpy newest direct"], ["numpy==2.0 kernel direct"]),
    "by name, and a magic": (
        [site("numpy", rule="import_module"), site("sklearn", rule="load_ext")],
        ["numpy newest direct", "scikit-learn newest direct"],
        ["numpy==2.0 kernel direct", "scikit-learn==1.9.1 kernel direct"],
    ),
    "installed from a folder": ([site("ours")], [], ["ours==0.1 kernel direct"]),
    "standard library of both Pythons": (
        [site("json"), site("os.path"), site("urllib2"), site("cPickle"), site("distutils"), site("__future__")],
        [],
        [],
    ),
    "only on a platform": ([site("google.colab", "drive"), site("google", "colab", line=2)], [], []),
    "instead of one that is there": (
        [site("numpy", guarded=True), site("sklearn", guarded=True, instead_of="numpy")],
        ["numpy newest direct"],
        ["numpy==2.0 kernel direct"],
    ),
    "instead of one that nobody knows": (
        [site("zzz_nobodys", guarded=True), site("numpy", guarded=True, instead_of="zzz_nobodys")],
        ["numpy newest direct"],
        ["numpy==2.0 kernel direct"],
    ),
    "instead of one that the kernel lacks": (
        [site("torch", guarded=True), site("numpy", guarded=True, instead_of="torch")],
        ["torch newest direct"],
        ["numpy==2.0 kernel direct"],
    ),
    "instead of one of the standard library": (
        [site("json", guarded=True), site("simplejson", guarded=True, instead_of="json")],
        [],
        [],
    ),
    "instead of one that only a platform has": (
        [site("google.colab", guarded=True), site("numpy", guarded=True, instead_of="google.colab")],
        ["numpy newest direct"],
        ["numpy==2.0 kernel direct"],
    ),
    "guarded, and the kernel does without": ([site("torch", guarded=True)], ["torch newest direct"], []),
    "one of several": ([site("cv2")], ["opencv-python newest direct"], ["opencv-python-headless==4.2 kernel direct"]),
    "of a local module": (
        [site("numpy", cell=None, path="helper.py")],
        ["numpy newest local"],
        ["numpy==2.0 kernel local"],
    ),
    "of a local module and the notebook": (
        [site("numpy", cell=None, path="helper.py"), site("numpy")],
        ["numpy newest direct"],
        ["numpy==2.0 kernel direct"],
    ),
    "in an uncalled function of a local module": ([site("numpy", cell=None, path="helper.py", guarded=True)], [], []),
}


@pytest.mark.parametrize(("imports", "alone", "with_kernel"), IMPORTS.values(), ids=IMPORTS)
def test_dependencies__imports__become_distributions(imports, alone, with_kernel):
    """Each import is what provides it, and nothing else: by the shipped table, or by what the kernel has."""
    assert rows(analysis(*imports)) == alone
    assert rows(analysis(*imports), environment=KERNEL) == with_kernel


LOCAL = {
    "beside the notebook": {"local_modules": (("sklearn", "sklearn.py"),)},
    "a package beside the notebook": {"local_modules": (("sklearn", "sklearn/__init__.py"), ("sklearn.svm", "s.py"))},
    "written by the notebook": {"written_modules": ("sklearn",)},
}


@pytest.mark.parametrize("local", LOCAL.values(), ids=LOCAL)
def test_dependencies__local_module__shadows_what_is_installed(local):
    """What lies beside the notebook is no distribution's, with a kernel and without."""
    facts = analysis(site("sklearn.svm"), **local)
    assert rows(facts) == rows(facts, environment=KERNEL) == []
    assert asked(facts) == asked(facts, environment=KERNEL) == []


UNKNOWN, LACKS, PLATFORM = "JC-RESOLUTION-01", "JC-RESOLUTION-40", "JC-RESOLUTION-41"

# id -> imports, findings without an environment, findings with the kernel's.
QUESTIONS = {
    "unknown": ([site("zzz_nobodys.part")], [(UNKNOWN, "warning", 1)], [(UNKNOWN, "warning", 1)]),
    "unknown and guarded": ([site("zzz_nobodys", guarded=True)], [(UNKNOWN, "info", 1)], []),
    "unknown, asked once": (
        [site("zzz_nobodys"), site("zzz_nobodys", line=2)],
        [(UNKNOWN, "warning", 1)],
        [(UNKNOWN, "warning", 1)],
    ),
    "known, but not in the kernel": ([site("torch")], [], [(LACKS, "warning", 1)]),
    "known, guarded, not in the kernel": ([site("torch", guarded=True)], [], []),
    "only on a platform": ([site("google.colab", "files")], [(PLATFORM, "warning", 1)], [(PLATFORM, "warning", 1)]),
    "taken from above": ([site("google", "colab")], [(PLATFORM, "warning", 1)], [(PLATFORM, "warning", 1)]),
    "only on a platform, guarded": (
        [site("google.colab", guarded=True)],
        [(PLATFORM, "info", 1)],
        [(PLATFORM, "info", 1)],
    ),
}


@pytest.mark.parametrize(("imports", "alone", "with_kernel"), QUESTIONS.values(), ids=QUESTIONS)
def test_dependencies__what_is_not_known__is_a_question(imports, alone, with_kernel):
    """Nothing is guessed; a guarded import that the kernel lacks needs no answer."""
    assert asked(analysis(*imports)) == alone
    assert asked(analysis(*imports), environment=KERNEL) == with_kernel


def test_dependencies__kernel_lacks_it__row_without_a_version():
    """What the table knows and the kernel lacks is a row all the same, in the version that is asked for."""
    facts = analysis(site("torch"), declared=(pip("torch==2.1"),))
    assert rows(analysis(site("torch")), environment=KERNEL) == ["torch newest direct"]
    assert rows(facts, environment=KERNEL) == ["torch==2.1 %pip direct"]


def test_dependencies__row__says_what_is_known_of_it():
    """Evidence has place and rule, proof what shows it, and the kernel's measures come along."""
    facts = analysis(site("numpy.linalg", "norm", line=4), site("numpy", rule="import_module", line=5))
    (row,) = dependencies(facts, environment=KERNEL).dependencies
    assert [(item.rule, item.detail, str(item.location)) for item in row.evidence] == [
        ("import", "numpy.linalg", "n.ipynb[1]:4"),
        ("import_module", "numpy", "n.ipynb[1]:5"),
    ]
    assert (row.proof, row.license, row.size_bytes, row.import_names) == ("kernel", "MIT", 7, ("numpy",))


PROOFS = {
    "a wheel": (analysis(site("sklearn")), "scikit_learn-"),
    "the list": (analysis(site("fitz")), "list"),
    "the user's command": (analysis(site("zzz_nobodys"), declared=(pip("zzz-nobodys"),)), "declared"),
    "nothing imports it": (analysis(declared=(pip("numpy"),)), ""),
}


@pytest.mark.parametrize(("facts", "proof"), PROOFS.values(), ids=PROOFS)
def test_dependencies__proof__names_what_was_read(facts, proof):
    """A row says what shows that it provides what is imported."""
    (row,) = dependencies(facts).dependencies
    assert row.proof.startswith(proof)
    assert bool(row.proof) == bool(proof)


# id -> facts, what files declare, environment, row
ALTERNATIVES = {
    "the preferred one": (analysis(site("cv2")), (), None, "opencv-python newest direct"),
    "a command's": (
        analysis(site("cv2"), declared=(pip("opencv-contrib-python==4.5.1"),)),
        (),
        None,
        "opencv-contrib-python==4.5.1 %pip direct",
    ),
    "a file's": (
        analysis(site("cv2")),
        (declared_of("opencv-python-headless", location=Location(path="requirements.txt"), rule="requirements.txt"),),
        None,
        "opencv-python-headless newest direct",
    ),
    "the kernel's": (analysis(site("cv2")), (), KERNEL, "opencv-python-headless==4.2 kernel direct"),
}


@pytest.mark.parametrize(("facts", "declared", "environment", "row"), ALTERNATIVES.values(), ids=ALTERNATIVES)
def test_dependencies__several_would_do__the_one_that_is_there(facts, declared, environment, row):
    """Of distributions that hold the same module, the installed or the declared one is taken."""
    assert rows(facts, declared=declared, environment=environment) == [row]


def test_dependencies__several_would_do__the_others_are_named():
    """A row names what would do as well, and not itself."""
    (row,) = dependencies(analysis(site("cv2"))).dependencies
    assert {"opencv-python-headless", "opencv-contrib-python"} <= set(row.alternatives)
    assert row.distribution not in row.alternatives


# id -> facts, environment, rows
HIDDEN = {
    "usual one": (analysis(hidden=(hidden("pyarrow", "fastparquet"),)), None, ["pyarrow newest hidden"]),
    "installed one": (
        analysis(hidden=(hidden("pyarrow", "fastparquet"),)),
        KERNEL,
        ["fastparquet==2024.1 kernel hidden"],
    ),
    "imported one": (
        analysis(site("fastparquet"), hidden=(hidden("pyarrow", "fastparquet"),)),
        None,
        ["fastparquet newest direct"],
    ),
    "declared one": (
        analysis(hidden=(hidden("pyarrow", "fastparquet"),), declared=(pip("fastparquet<2025"),)),
        None,
        ["fastparquet<2025 %pip hidden"],
    ),
    "one need meets another": (
        analysis(hidden=(hidden("pyarrow"), hidden("fastparquet", "pyarrow", rule="other"))),
        None,
        ["pyarrow newest hidden"],
    ),
    "extras are put together": (
        analysis(hidden=(hidden("shap[plots]"), hidden("shap[datasets,plots]", rule="other"))),
        None,
        ["shap[datasets,plots] newest hidden"],
    ),
    "extras of what is imported": (
        analysis(site("numpy"), hidden=(hidden("numpy[fast]"),)),
        KERNEL,
        ["numpy[fast]==2.0 kernel direct"],
    ),
    "system packages alone": (analysis(hidden=(hidden(system=("graphviz",)),)), None, []),
}


@pytest.mark.parametrize(("facts", "environment", "expected"), HIDDEN.values(), ids=HIDDEN)
def test_dependencies__hidden_needs__met_by_what_is_there(facts, environment, expected):
    """A need that no import shows is one row; what is there already will do."""
    assert rows(facts, environment=environment) == expected


def test_dependencies__hidden_need__evidence_names_the_rule():
    """Distributions and system packages both say which rule asked, and where."""
    needs = dependencies(analysis(hidden=(hidden("pydot", system=("graphviz",), rule="plot-model"),)))
    for row in (*needs.dependencies, *needs.system_packages):
        (item,) = row.evidence
        assert (item.rule, str(item.location), item.detail) == ("hidden:plot-model", "n.ipynb[2]:3", "it says so")
    assert [row.name for row in needs.system_packages] == ["graphviz"]


NAMELESS, CONDA_ONLY, MISTAKABLE = "JC-RESOLUTION-42", "JC-RESOLUTION-43", "JC-RESOLUTION-44"

# id -> imports, commands, rows, codes of findings
COMMANDS = {
    "only installed": ([], [pip("ipywidgets==8.1")], ["ipywidgets==8.1 %pip declared"], []),
    "installed and imported": ([site("numpy")], [pip("numpy>=1.20")], ["numpy>=1.20 %pip direct"], []),
    "unknown, but installed under its name": (
        [site("zzz_nobodys")],
        [pip("zzz-nobodys")],
        ["zzz-nobodys newest direct"],
        [],
    ),
    "with extras": ([], [pip("dask[complete,array]")], ["dask[array,complete] newest declared"], []),
    "from a repository": (
        [],
        [pip("gym @ git+https://user:secret@github.com/openai/gym.git")],
        ["gym %pip declared"],
        [],
    ),
    "from a repository without a name": ([], [pip("git+https://github.com/openai/gym.git")], [], [NAMELESS]),
    "a stub beside the real one": ([site("sklearn")], [pip("sklearn")], ["scikit-learn newest direct"], [MISTAKABLE]),
    "a slip beside the real one": ([site("requests")], [pip("reqeusts")], ["requests newest direct"], [MISTAKABLE]),
    "a stub alone": ([], [pip("sklearn")], ["sklearn newest declared"], [MISTAKABLE]),
    "conda, the same name": ([], [conda("numpy", "==1.26.4")], ["numpy==1.26.4 %conda declared"], []),
    "conda, another name": ([site("torch")], [conda("pytorch", ">=2")], ["torch>=2 %conda direct"], []),
    "conda, no distribution": ([], [conda("nodejs")], [], [CONDA_ONLY]),
    "another platform": ([], [pip("pywin32; sys_platform == 'win32'")], [], []),
    "this platform": ([], [pip("pexpect; sys_platform != 'win32'")], ["pexpect newest declared"], []),
}


@pytest.mark.parametrize(("imports", "commands", "expected", "codes"), COMMANDS.values(), ids=COMMANDS)
def test_dependencies__commands__are_needs_with_their_pins(imports, commands, expected, codes):
    """What the notebook installs is needed, in the version that it names; what is odd is said."""
    needs = dependencies(analysis(*imports, declared=tuple(commands)))
    assert [said(row) for row in needs.dependencies] == expected
    assert [item.code for item in needs.findings] == codes
    assert "secret" not in repr(needs)


def test_dependencies__apt__is_a_system_package():
    """Debian packages are no distributions; each is there once, with all who ask."""
    facts = analysis(declared=(apt("ffmpeg"), apt("graphviz", line=2)), hidden=(hidden(system=("graphviz",)),))
    needs = dependencies(facts)
    assert needs.dependencies == ()
    assert [(row.name, [item.rule for item in row.evidence]) for row in needs.system_packages] == [
        ("ffmpeg", ["!apt"]),
        ("graphviz", ["hidden:pandas-parquet", "!apt"]),
    ]


@pytest.mark.parametrize("environment", [None, KERNEL], ids=["alone", "kernel"])
def test_dependencies__row__kinds_in_their_order(environment):
    """The strongest reason names the kind: imported before hidden before declared."""
    facts = analysis(
        site("numpy"), hidden=(hidden("numpy"), hidden("pyarrow")), declared=(pip("numpy"), pip("pyarrow"))
    )
    found = {row.distribution: row for row in dependencies(facts, environment=environment).dependencies}
    assert {name: row.kind for name, row in found.items()} == {
        "numpy": DependencyKind.DIRECT,
        "pyarrow": DependencyKind.HIDDEN,
    }
    assert [item.rule for item in found["numpy"].evidence] == ["import", "hidden:pandas-parquet", "%pip"]
