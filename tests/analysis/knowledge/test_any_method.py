"""What is said of a method without its receiver's type is no less than what any type's method of that name does."""

from __future__ import annotations

import pytest

from jupyter_containerize.analysis.knowledge import Effect, knowledge

TYPES = sorted(knowledge().methods)
NAMES = sorted(knowledge().any_methods)
# A type whose method does more than the others of its name, and why the name is of use all the same.
EXCEPTIONS = {
    "sklearn.dummy.DummyClassifier": "it draws when it predicts, but is a baseline that nobody serves",
    "sklearn.neural_network.BernoulliRBM": "it draws when it scores; a step before a model, which nobody scores",
    "pandas.HDFStore": "it is a file; where its type is lost, so is the file's name, and that it is open was seen",
    "zipfile.ZipFile": "the same",
    "collections.defaultdict": "what is missing is added when it is read; who reads it later adds it again",
    "keras.Flow": "reading by number shuffles, but fit is what reads",
    "gensim.Model": "reading by number infers",
    "torch.utils.data.Dataset": "the draws are those of transforms, and a loader is what reads",
    "pathlib.Path": "frames and texts have replace in every other cell, paths hardly ever",
}
_RANK = {"plain": 0, "fresh": 1, "self": 2, "shared": 3}


def _lacks(most: Effect, one: Effect) -> list[str]:
    """Return what the one does and the most does not say."""
    places = set(most.changes)
    checks = {
        "changes": set(one.changes) <= places,
        "result": most.result in {one.result, "shared"} or _RANK[most.result] > _RANK[one.result] == 0,
        "type": most.type in {"", one.type},
        "inplace": one.inplace in {"", most.inplace} or "self" in places,
        "out": set(one.out) <= {*most.out, *most.changes},
        "draws": set(one.draws) <= set(most.draws),
        "holds": set(one.holds) <= set(most.holds),
        "unless": not one.draws or set(most.unless) <= set(one.unless),
        "seeds": one.seeds == most.seeds,
        "sets": one.sets in {"", "display", most.sets},
        "reads": most.reads == "*" or one.reads in {"", most.reads},
        "writes": most.writes == "*" or one.writes in {"", most.writes},
        "figure": most.figure or not one.figure,
        "output": most.output or not one.output,
        "consumes": set(one.consumes) <= set(most.consumes),
        "keeps": most.keeps or not one.keeps or not one.changes,
    }
    return [field for field, holds in checks.items() if not holds]


@pytest.mark.parametrize("name", NAMES)
def test_any_method__every_known_type__does_no_more(name):
    """The entry of a name covers the method of every type that has it."""
    most = knowledge().any_method(name)
    assert most is not None
    known = {of_type: knowledge().methods[of_type].get(name) for of_type in TYPES}
    one = {of_type: knowledge().method(of_type, name) for of_type, number in known.items() if number is not None}
    lacking = {
        of_type: fields
        for of_type, effect in one.items()
        if effect is not None and of_type not in EXCEPTIONS and (fields := _lacks(most, effect))
    }
    assert not lacking
