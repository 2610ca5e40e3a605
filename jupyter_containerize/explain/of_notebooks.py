"""Words for what is wrong with a notebook, or with what it would serve."""

from __future__ import annotations

from jupyter_containerize.analysis import errors as analysis
from jupyter_containerize.explain.words import Words, listed, words
from jupyter_containerize.notebooks import errors as notebooks

_A_FUNCTION = (
    "Add a cell with a function that answers one request, for example def predict(x: float) -> float: ..., "
    "or name one with --serve FUNCTION."
)


@words.register
def _(error: notebooks.NotebookNotFound) -> Words:
    return Words(
        title="There is no such notebook",
        saw=f"Nothing is at {error.path}.",
        todo="Check the path; relative ones start from the current folder.",
    )


@words.register
def _(error: notebooks.NotANotebook) -> Words:
    return Words(
        title="This is not a notebook",
        saw=f"{error.path} is {error.saw}.",
        todo="Name a .ipynb file that Jupyter can open.",
    )


@words.register
def _(error: notebooks.UnreadableJson) -> Words:
    return Words(
        title="The notebook file is damaged",
        saw=f"{error.path} is not valid JSON: line {error.line}, column {error.column}: {error.reason}.",
        todo="Open it in Jupyter and save it again, or restore it from a checkpoint or version control. "
        "Merge conflict markers are a common cause.",
    )


@words.register
def _(error: notebooks.NotebookChanged) -> Words:
    return Words(
        title="The notebook changed meanwhile",
        saw=f"{error.path} was written by somebody else while we were about to write it. It was left as it is.",
        todo="Save it in the editor, and try again.",
    )


@words.register
def _(error: notebooks.NoCode) -> Words:
    return Words(
        title="The notebook has no code",
        saw=f"No code cell of {error.path} has anything in it.",
        todo=_A_FUNCTION,
    )


@words.register
def _(error: notebooks.UnsupportedLanguage) -> Words:
    return Words(
        title=f"{error.language} notebooks cannot be built yet",
        saw=f"{error.path} says that its language is {error.language}.",
        todo="Only Python notebooks become images in this version. If it is Python, choose a Python kernel and save.",
    )


@words.register
def _(error: notebooks.NotebookUnreadable) -> Words:
    return Words(
        title="The notebook cannot be read",
        saw=f"{error.path}: {error.reason}.",
        todo="Check the file's permissions.",
    )


@words.register
def _(error: analysis.NothingToServe) -> Words:
    seen = listed(error.functions_seen, otherwise="none")
    return Words(
        title="There is nothing to serve",
        saw=f"{error.path} has no function named predict, serve, infer or score at top level, and no cell tagged "
        f"serve. Functions it defines: {seen}.",
        todo=_A_FUNCTION,
    )


@words.register
def _(error: analysis.AmbiguousServing) -> Words:
    seen = listed(tuple(f"{item.symbol} ({item.location})" for item in error.candidates), otherwise="none")
    return Words(
        title="More than one function could serve",
        saw=f"In {error.path}: {seen}.",
        todo="Choose one with --serve FUNCTION, or tag its cell with serve.",
    )


@words.register
def _(error: analysis.SymbolNotFound) -> Words:
    seen = listed(error.functions_seen, otherwise="none")
    return Words(
        title=f"There is no function {error.symbol}",
        saw=f"{error.path} defines no function {error.symbol} at top level. It defines: {seen}.",
        todo="Check the spelling of --serve.",
    )


@words.register
def _(error: analysis.FunctionUnreadable) -> Words:
    return Words(
        title=f"The cell that defines {error.symbol} cannot be read",
        saw=f"{error.location}: {error.saw}.",
        todo="Mend the syntax error in that cell and run it once.",
        location=error.location,
    )
