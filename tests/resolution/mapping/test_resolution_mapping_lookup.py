"""What the shipped table answers, and that it keeps its own rules."""

from __future__ import annotations

from importlib.resources import files

import pytest

from jupyter_containerize.resolution.mapping import (
    bounds,
    conda_only,
    confusable,
    name_of_conda,
    platform_only,
    providers,
    table_date,
)
from jupyter_containerize.resolution.mapping.table import canonical, load, pairs

# module -> (distributions as they are preferred, the own name that matched)
KNOWN = {
    "sklearn.linear_model": ("scikit-learn", "sklearn"),
    "bs4": ("beautifulsoup4", "bs4"),
    "cv2": ("opencv-python", "cv2"),
    "PIL.Image": ("pillow", "PIL"),
    "yaml": ("pyyaml", "yaml"),
    "dotenv": ("python-dotenv", "dotenv"),
    "dateutil.parser": ("python-dateutil", "dateutil"),
    "Crypto.Cipher": ("pycryptodome", "Crypto"),
    "fitz": ("pymupdf", "fitz"),
    "umap": ("umap-learn", "umap"),
    "community": ("python-louvain", "community"),
    "IPython.display": ("ipython", "IPython"),
    "pkg_resources": ("setuptools", "pkg_resources"),
    "pylab": ("matplotlib", "pylab"),
    "dask.distributed": ("dask", "dask"),
    "distributed": ("distributed", "distributed"),
    "tensorflow.keras.layers": ("tensorflow", "tensorflow"),
    "faiss": ("faiss-cpu", "faiss"),
    "psycopg2.extras": ("psycopg2-binary", "psycopg2"),
    "google.cloud.storage.client": ("google-cloud-storage", "google.cloud.storage"),
    "google.cloud.bigquery": ("google-cloud-bigquery", "google.cloud.bigquery"),
    "google.cloud.bigquery_storage_v1": ("google-cloud-bigquery-storage", "google.cloud.bigquery_storage_v1"),
    "google.protobuf.json_format": ("protobuf", "google.protobuf"),
    "vertexai.generative_models": ("google-cloud-aiplatform", "vertexai"),
    "azure.storage.blob": ("azure-storage-blob", "azure.storage.blob"),
    "azureml.core.compute": ("azureml-core", "azureml.core"),
    "azureml.train.automl.runtime._x": ("azureml-train-automl-runtime", "azureml.train.automl.runtime"),
    "azureml.train.automl.run": ("azureml-train-automl-client", "azureml.train.automl"),
    "azureml.pipeline.steps": ("azureml-pipeline-steps", "azureml.pipeline.steps"),
    "kubeflow.fairing.builders": ("kubeflow-fairing", "kubeflow.fairing"),
    "llama_index.core.llms": ("llama-index-core", "llama_index.core"),
    "llama_index.llms.anthropic": ("llama-index-llms-anthropic", "llama_index.llms.anthropic"),
    "llama_index": ("llama-index-core", "llama_index"),
    "mpl_toolkits.mplot3d.axes3d": ("matplotlib", "mpl_toolkits.mplot3d"),
    "mpl_toolkits.basemap": ("basemap", "mpl_toolkits.basemap"),
    "zope.interface": ("zope-interface", "zope.interface"),
    "haystack.reader.farm": ("farm-haystack", "haystack.reader"),
    "haystack.components": ("haystack-ai", "haystack"),
}

UNKNOWN = {
    "a namespace": "google.cloud",
    "another namespace": "kubeflow",
    "an unlisted part of a namespace": "llama_index.llms.nobody_knows",
    "a local module": "utils",
    "a local module of a common name": "model.layers",
    "a platform's": "google.colab.files",
    "never heard of": "surely_no_such_module",
    "nothing": "",
}


@pytest.mark.parametrize("module", KNOWN)
def test_providers__known_module__names_its_distribution(module):
    """The longest own name decides, and the preferred distribution comes first."""
    match = providers(module)
    assert match is not None
    assert (match.distributions[0], match.import_name) == KNOWN[module]


@pytest.mark.parametrize("module", UNKNOWN.values(), ids=UNKNOWN)
def test_providers__nobodys_module__is_none(module):
    """Without a line in the table there is no answer, whatever the module is called."""
    assert providers(module) is None


def test_providers__alternatives__follow_the_preferred():
    """Distributions that hold the same module are offered, not chosen."""
    match = providers("cv2")
    assert match is not None
    assert match.distributions[1:] == (
        "opencv-python-headless",
        "opencv-contrib-python",
        "opencv-contrib-python-headless",
    )


def test_providers__evidence__says_what_was_read():
    """A row that was read names it; one that is only listed says so."""
    read, listed = providers("sklearn"), providers("rpy2")
    assert read is not None
    assert listed is not None
    assert read.evidence == "installed"
    assert read.wheel.startswith("scikit_learn-")
    assert (listed.evidence, listed.wheel) == ("listed", "")


def test_providers__shared__marks_namespaces():
    """Only names that several distributions fill are shared."""
    shared, own = providers("google.cloud.storage"), providers("numpy")
    assert shared is not None
    assert own is not None
    assert (shared.shared, own.shared) == (True, False)


PLATFORMS = {
    "google.colab": "Google Colab",
    "google.colab.patches": "Google Colab",
    "kaggle_secrets": "Kaggle",
    "dbutils": "Databricks",
    "google.cloud": None,
    "kaggle": None,
}


@pytest.mark.parametrize("module", PLATFORMS)
def test_platform_only__names_the_platform(module):
    """What only a platform has is said so, and nothing else is."""
    assert platform_only(module) == PLATFORMS[module]


BOUNDS = {
    "gone": ("torchtext", ["torchtext.legacy"], ">0.8.1,<0.12.0"),
    "below what is gone": ("torchtext", ["torchtext.legacy.data"], ">0.8.1,<0.12.0"),
    "gone, by wheels": ("langchain", ["langchain.chains.question_answering"], "<1.0.0"),
    "gone, neighbour not read": ("transformers", ["transformers.keras_callbacks"], "<=4.57.1"),
    "gone, a whole import name": ("setuptools", ["pkg_resources"], "<82.0.0"),
    "the first to go counts": ("keras", ["keras.preprocessing.text", "keras.utils.np_utils"], "<2.13.1"),
    "its name in longer paths only": ("keras", ["keras.layers.core"], "<2.13.1"),
    "came": ("statsmodels", ["statsmodels.tsa.arima.model"], ">0.10.2"),
    "never together": ("gensim", ["gensim.models.wrappers", "gensim.similarities.annoy"], ""),
    "always there": ("gensim", ["gensim.models"], ""),
    "name not normalised": ("Scikit_Learn", ["sklearn.cross_validation"], "<0.20.0"),
    "lazy, so no bound": ("tensorflow", ["tensorflow.keras.layers"], ""),
    "not in the table": ("no-such-thing", ["no_such_thing.x"], ""),
    "no modules": ("torchtext", [], ""),
}


@pytest.mark.parametrize("case", BOUNDS.values(), ids=BOUNDS)
def test_bounds__modules__bound_the_version(case):
    """A module that left or came says which releases can be meant."""
    distribution, modules, expected = case
    assert bounds(distribution, modules) == expected


CONFUSED = {
    "sklearn": "scikit-learn",
    "bs4": "beautifulsoup4",
    "PIL": "pillow",
    "pytorch": "torch",
    "python_opencv": "opencv-python",
    "tensorflow-gpu": "tensorflow",
    "reqeusts": "requests",
    "numppy": "numpy",
    "pandsa": "pandas",
    "numpy": None,
    "scikit-learn": None,
    "Tensorflow": None,
    "opencv-python-headless": None,
    "utils": None,
    "torhc": "torch",
    "python": None,
    "abc": None,
    "something-else-entirely": None,
    "": None,
}


@pytest.mark.parametrize("name", CONFUSED)
def test_confusable__name__says_what_is_meant(name):
    """Known confusions and slips of one letter are named; listed names never are."""
    found = confusable(name)
    assert (found and found.meant) == CONFUSED[name]
    assert found is None or (found.name == name and found.reason)


CONDA = {
    "pytorch": ("torch", False),
    "matplotlib-base": ("matplotlib", False),
    "py-xgboost": ("xgboost", False),
    "pytables": ("tables", False),
    "PyTables": ("tables", False),
    "numpy": ("numpy", False),
    "cudatoolkit": (None, True),
    "python": (None, True),
    "mkl": (None, True),
}


@pytest.mark.parametrize("name", CONDA)
def test_name_of_conda__name__is_the_indexes(name):
    """Conda's names become the index's, and what no index has is said so."""
    assert (name_of_conda(name), conda_only(name)) == CONDA[name]


def test_table__own_rules__hold():
    """Names are normalised, nobody's and platforms' names are mapped by no row, and the file stays small."""
    table = load()
    assert table_date() == table.date
    assert all(name == canonical(name) for name in table.rows)
    assert not set(table.holders) & set(pairs("nobody.txt"))
    assert not [name for name in pairs("platforms.txt") if name in table.holders]
    assert files("jupyter_containerize.resolution.mapping").joinpath("table.json").stat().st_size < 300_000


def test_table__confusions__are_about_listed_distributions():
    """What a confusion means can be installed: it is in the table, as a row or an alternative."""
    table = load()
    known = {*table.rows, *(other for row in table.rows.values() for other in row[1])}
    assert [name for name, (meant, _) in pairs("confusions.txt").items() if meant not in known] == []
    assert [name for name, (_, reason) in pairs("confusions.txt").items() if not reason] == []
