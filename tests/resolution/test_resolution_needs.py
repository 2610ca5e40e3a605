"""Imports and pickled modules become pinned distributions through the kernel's environment."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from jupyter_containerize.domain.environment import Distribution, Evidence, KernelEnvironment
from jupyter_containerize.domain.notebook import ImportSite, Location, Slice
from jupyter_containerize.domain.serving import CapturedObject, CapturedState, ServingSpec
from jupyter_containerize.resolution import required
from jupyter_containerize.resolution.errors import UnknownImports


def _distribution(name, version, *import_names, url=None):
    return Distribution(name=name, version=version, import_names=import_names, direct_url=url)


ENVIRONMENT = KernelEnvironment(
    kernel="python3",
    executable=sys.executable,
    python_version="3.11.2",
    implementation="cpython",
    platform="linux-x86_64",
    distributions=(
        _distribution("attrs", "26.1", "attr", "attrs"),
        _distribution("basemap", "1.4", "mpl_toolkits.basemap"),
        _distribution("cupy-cuda12x", "13.0", "cupy"),
        _distribution("google-api-core", "2.1", "google.api_core"),
        _distribution("google-cloud-bigquery", "3.1", "google.cloud.bigquery"),
        _distribution("google-cloud-storage", "3.2", "google.cloud.storage"),
        _distribution("local", "1.0", "local", url="file:///home/me/local"),
        _distribution("matplotlib", "3.9", "matplotlib", "mpl_toolkits"),
        _distribution("model-en", "3.8.0", "model_en", url="https://host/model_en-3.8.0-py3-none-any.whl"),
        _distribution("numpy", "2.0", "numpy"),
        _distribution("opencv-python", "4.1", "cv2"),
        _distribution("opencv-python-headless", "4.2", "cv2"),
        _distribution("scikit-learn", "1.9.1", "sklearn"),
        _distribution("torch", "2.5.1+cpu", "torch", "functorch"),
    ),
    stdlib=frozenset(sys.stdlib_module_names),
)


def _site(module, line=1, *, names=(), guarded=False):
    place = Location(path="n.ipynb", cell=1, line=line)
    return ImportSite(module=module, location=place, guarded=guarded, names=names)


def _required(*sites, modules=(), local_modules=()):
    serving = Slice(symbol="predict", source="", live_in=(), imports=sites, cells=(1,), example=None)
    item = CapturedObject(
        name="model",
        type_name="some.Type",
        format="cloudpickle-5",
        sha256="",
        size_bytes=1,
        payload=Path("model.pkl"),
        modules=modules,
        location=Location(path="n.ipynb", cell=4, line=2),
    )
    spec = ServingSpec(symbol="predict", doc="", inputs={}, output={}, example=None)
    state = CapturedState(objects=(item,), cloudpickle_version="3.1.2", spec=spec)
    return required(serving=serving, state=state, environment=ENVIRONMENT, local_modules=local_modules)


MAPPINGS = {
    "another name": (["sklearn.linear_model"], ["scikit-learn==1.9.1"]),
    "two names of one": (["attr", "attrs.validators"], ["attrs==26.1"]),
    "part of a namespace": (["google.cloud.storage.blob"], ["google-cloud-storage==3.2"]),
    "a namespace itself": (["google.cloud"], ["google-cloud-bigquery==3.1", "google-cloud-storage==3.2"]),
    "two that provide one name": (["cv2"], ["opencv-python==4.1", "opencv-python-headless==4.2"]),
    "local label": (["torch.nn"], ["torch==2.5.1+cpu"]),
    "wheel on the web": (["model_en"], ["model-en @ https://host/model_en-3.8.0-py3-none-any.whl"]),
    "standard library": (["json", "os.path", "__future__", "__main__", "builtins"], []),
    "sorted": (["torch", "numpy"], ["numpy==2.0", "torch==2.5.1+cpu"]),
}


@pytest.mark.parametrize(("modules", "expected"), MAPPINGS.values(), ids=MAPPINGS)
def test_required__imports__become_pinned_distributions(modules, expected):
    """Each import is the distribution that provides it, in the kernel's version."""
    assert [str(item) for item in _required(*map(_site, modules))] == expected


TAKEN = {
    "all of a namespace": (
        "google.cloud",
        ["storage", "bigquery"],
        ["google-cloud-bigquery==3.1", "google-cloud-storage==3.2"],
    ),
    "one of a namespace": ("google.cloud", ["storage"], ["google-cloud-storage==3.2"]),
    "one of another's package": ("mpl_toolkits", ["basemap"], ["basemap==1.4"]),
    "a name that is no module": ("sklearn", ["__version__"], ["scikit-learn==1.9.1"]),
    "everything": ("numpy", ["*"], ["numpy==2.0"]),
}


@pytest.mark.parametrize(("module", "names", "expected"), TAKEN.values(), ids=TAKEN)
def test_required__names_taken_from_a_module__are_their_own_distributions(module, names, expected):
    """``from google.cloud import storage`` puts that one into the image, and no other part of the namespace."""
    assert [str(item) for item in _required(_site(module, names=tuple(names)))] == expected


def test_required__evidence__says_who_asked():
    """A requirement carries every import and every object that asked for it."""
    (requirement,) = _required(_site("numpy"), _site("numpy.linalg", 2), modules=("numpy._core", "numpy"))
    assert requirement.import_names == ("numpy",)
    assert requirement.evidence == (
        Evidence(rule="import", detail="numpy", location=Location(path="n.ipynb", cell=1, line=1)),
        Evidence(rule="import", detail="numpy.linalg", location=Location(path="n.ipynb", cell=1, line=2)),
        Evidence(rule="state", detail="model: some.Type", location=Location(path="n.ipynb", cell=4, line=2)),
    )


def test_required__modules_of_objects__count_like_imports():
    """What loading an object imports is needed; cloudpickle comes with the runtime."""
    modules = ("cloudpickle.cloudpickle", "collections", "helper.parts", "sklearn.svm._classes")
    assert [str(item) for item in _required(modules=modules, local_modules=["helper"])] == ["scikit-learn==1.9.1"]


def test_required__local_module__shadows_what_is_installed():
    """A file beside the notebook goes before a distribution of the same name."""
    assert _required(_site("numpy"), local_modules=["numpy"]) == ()


def test_required__unknown_imports__are_all_named():
    """Every import that nothing provides is in the one error, in the notebook's order."""
    with pytest.raises(UnknownImports) as caught:
        _required(_site("zzz", 3), _site("numpy"), _site("nope.sub", 2), modules=("gone",))
    assert [site.module for site in caught.value.sites] == ["nope.sub", "zzz", "gone"]


def test_required__guarded_unknown_import__is_left_out():
    """An import inside try, if or a function worked without its module in the notebook."""
    assert _required(_site("tensorflow", guarded=True)) == ()
    assert [str(item) for item in _required(_site("numpy", guarded=True))] == ["numpy==2.0"]


def test_required__local_install__is_pinned_like_any_other():
    """What came from a folder becomes a wheel of that version when it is locked."""
    assert [str(item) for item in _required(_site("local"))] == ["local==1.0"]
