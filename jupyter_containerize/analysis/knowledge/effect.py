"""What one call does, as far as another statement can notice it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What a call of a library's function, method or class does.

    Only what the library itself does: a function of the notebook that is handed over as an argument may be called, and
    then does what it does.
    What is changed in place may hold the other arguments from then on (``append``, ``fit``), unless ``keeps`` is False.
    """

    changes: tuple[str, ...] = ()
    """What it changes in place: "self" (the receiver), "0", "1", ... (by position), names of keywords, "args" (every
    argument), "all" (the receiver too)."""

    result: str = "fresh"
    """What is returned.

    "fresh": new, shares nothing that can change. "plain": cannot change (number, text, None, bool). "self": the
    receiver itself (``fit``). "0": its first argument itself. "shared": may share with the receiver or the arguments
    (views, containers of them, closures, graphs)."""

    type: str = ""
    """The dotted type of the result; "self": the receiver's; "" if it is not known."""

    inplace: str = ""
    """A keyword that makes it change the receiver, unless it is absent or literally False."""

    out: tuple[str, ...] = ()
    """Keywords whose value it changes when they are given ("out", "ax"), and which the result then may be."""

    draws: tuple[str, ...] = ()
    """Global random generators that it may draw from: "python", "numpy", "torch", "tensorflow"; "held": those that the
    receiver holds."""

    holds: tuple[str, ...] = ()
    """Global random generators that methods of the result may draw from later: an estimator without
    ``random_state``."""

    unless: tuple[str, ...] = ()
    """Keywords that take ``draws`` and ``holds`` away when they are given and not literally None."""

    positional_unless: tuple[int, ...] = ()
    """The same by position, the receiver not counted."""

    seeds: tuple[str, ...] = ()
    """Global random generators that it sets anew."""

    sets: str = ""
    """The global settings that it changes: the library's name, "environ", "warnings", "locale", "decimal", "display"
    (only how things look), ..."""

    shows: tuple[str, ...] = ()
    """If the first argument is a literal text that begins with one of these, ``sets`` is only "display"
    (``pd.set_option("display.width", 9)``)."""

    reads: str = ""
    """The argument that names a file or folder that it reads: "0" or a keyword; "*": files that are not known; "":
    none."""

    writes: str = ""
    """The same for what it writes."""

    figure: bool = False
    """It draws onto the current figure or onto axes."""

    output: bool = False
    """It prints, shows or logs."""

    consumes: tuple[str, ...] = ()
    """Arguments that it goes through: nothing happens to a list or a frame, but a generator, ``zip`` or open file is
    used up. Positions, "args", "self"."""

    keeps: bool = True
    """If False, what is changed or returned as "self" does not hold the other arguments from then on
    (``np.ndarray.sort``, ``LinearRegression.fit``)."""


IN_PLACE: Mapping[str, bool] = MappingProxyType({
    "copy": True, "copy_X": True, "copy_x": True, "inplace": False, "overwrite_a": False, "overwrite_b": False,
    "overwrite_data": False, "overwrite_input": False, "overwrite_x": False, "overwrite_y": False,
})  # fmt: skip
"""Keywords with which a call, whatever its effect says, may change or hand back its arguments; and the harmless value.

A call that is given anything but that literal (``astype(float, copy=False)``) is to be taken for an unknown one, unless
the effect itself names the keyword (``Effect.inplace``); a constructor too: ``StandardScaler(copy=False).transform``
changes the data."""


_TUPLES = ("changes", "out", "draws", "holds", "unless", "seeds", "shows", "consumes")
_TEXTS = ("inplace", "sets", "reads", "writes")
_FLAGS = ("figure", "output")
_RESULTS = ("fresh", "plain", "self", "shared")


class BadPhrase(ValueError):
    """Say that a phrase of the tables does not follow the form.

    Only a mistake in this project raises it; it has no code.
    """


def effect_of(phrase: str) -> Effect:
    """Return the effect that a phrase of the tables describes.

    A phrase is words with spaces between: a result with or without a type (``shared:numpy.ndarray``), fields with
    values
    (``draws=numpy unless=random_state,seed``, ``at=0`` for ``positional_unless``), and the flags ``figure``, ``output``
    and ``loose`` (not ``keeps``).

    Raises:
        BadPhrase: a word is none of these.
    """
    fields: dict[str, object] = {}
    for word in phrase.split():
        fields.update(_field(word))
    return replace(Effect(), **fields)  # type: ignore[arg-type]


def _field(word: str) -> dict[str, object]:
    name, equals, value = word.partition("=")
    if equals and name in _TUPLES:
        return {name: tuple(value.split(","))}
    if equals and name in _TEXTS:
        return {name: value}
    if equals and name == "at":
        return {"positional_unless": tuple(int(position) for position in value.split(","))}
    if word in _FLAGS:
        return {word: True}
    if word == "loose":
        return {"keeps": False}
    result, _, of_type = word.partition(":")
    if not equals and (result in _RESULTS or result.isdigit()):
        return {"result": result, "type": of_type}
    raise BadPhrase(word)
