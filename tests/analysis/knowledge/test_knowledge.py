"""How names and types are looked up in the tables."""

from __future__ import annotations

import pytest

from jupyter_containerize.analysis.knowledge import Effect, knowledge
from jupyter_containerize.analysis.knowledge.effect import BadPhrase, effect_of

K = knowledge()
FUNCTIONS = {
    "builtin": ("sorted", Effect(result="shared", type="list", consumes=("0",))),
    "builtin with its module": ("builtins.len", Effect(result="plain", type="int")),
    "method of a type": ("list.append", Effect(result="plain", changes=("0",))),
    "seed": ("numpy.random.seed", Effect(result="plain", seeds=("numpy",))),
    "old module": ("sklearn.cross_validation.train_test_split", K.function("sklearn.model_selection.train_test_split")),
    "other name of a library": ("tensorflow.keras.layers.Dense", K.function("keras.layers.Dense")),
    "option": ("pandas.set_option", Effect(result="plain", sets="pandas", shows=("display.", "plotting.", "styler."))),
    "default of a module": ("missingno.matrix", K.function("missingno.bar")),
    "unknown function of a known module": ("numpy.no_such_function", None),
    "unknown module": ("nowhere.at_all", None),
    "what runs code": ("eval", None),
}


@pytest.mark.parametrize(("dotted", "effect"), FUNCTIONS.values(), ids=FUNCTIONS)
def test_function__name__effect(dotted, effect):
    """A function is found by its dotted name, by another name of it, or by what its module says of all."""
    assert K.function(dotted) == effect


def test_function__constructor__type_is_its_own():
    """A constructor's result has the class as its type, under the name by which the class is known."""
    made = K.function("tensorflow.keras.Sequential")
    forest = K.function("sklearn.ensemble.RandomForestClassifier")
    assert made is not None
    assert made.type == "keras.models.Sequential"
    assert forest == Effect(
        result="shared",
        type="sklearn.ensemble.RandomForestClassifier",
        holds=("numpy",),
        unless=("random_state",),
    )


METHODS = {
    "own": ("list", "sort", ("self",), "plain"),
    "of a base": ("sklearn.svm.SVC", "predict", (), "fresh"),
    "in place by its ending": ("torch.Tensor", "relu_", ("self",), "self"),
    "any other of the type": ("torch.Tensor", "relu", (), "shared"),
    "frame": ("pandas.DataFrame", "dropna", (), "fresh"),
}


@pytest.mark.parametrize(("of_type", "name", "changes", "result"), METHODS.values(), ids=METHODS)
def test_method__type_and_name__effect(of_type, name, changes, result):
    """A method is found in its type, in the bases, or by what the type says of all."""
    effect = K.method(of_type, name)
    assert effect is not None
    assert (effect.changes, effect.result) == (changes, result)


def test_method__unknown__none():
    """Neither an unknown type nor an unknown method of a known type has an effect."""
    assert K.method("nowhere.Type", "mean") is None
    assert K.method("pandas.DataFrame", "no_such_method") is None
    assert K.any_method("no_such_method") is None


def test_attribute__known_and_unknown__type():
    """An attribute has a type, that of a base if need be."""
    assert K.attribute("pandas.DataFrame", "loc") == "pandas.Indexer"
    assert K.attribute("numpy.ndarray", "T") == "numpy.ndarray"
    assert K.attribute("numpy.ndarray", "nothing") == ""


def test_call__instances__effect():
    """Calling a layer and a module is known, calling an array is not."""
    assert K.call("torch.nn.Linear") == Effect(result="shared", type="torch.Tensor")
    assert K.call("keras.models.Sequential") is not None
    assert K.call("numpy.ndarray") is None


def test_cuda_seed__leaves_the_earlier_seed():
    """What seeds a part of a generator only must not make an earlier seed needless."""
    effect = K.function("torch.cuda.manual_seed_all")
    assert effect is not None
    assert (effect.seeds, effect.sets) == ((), "torch")


def test_phrase__unknown_word__refused():
    """A mistake in a table is found when it is made."""
    with pytest.raises(BadPhrase):
        effect_of("fresh drawz=numpy")
