"""Words for what is wrong with a notebook, or with what it would serve."""

from __future__ import annotations

from jupyter_containerize.analysis import errors as analysis
from jupyter_containerize.explain.words import Words, listed, words
from jupyter_containerize.notebooks import errors as notebooks

_A_FUNCTION = (
    "Add a cell with a function that answers one request, for example def predict(x: float) -> float: ..., "
    "or name what shall serve with --serve: a function, object.method, a fitted model, or notebook for a job "
    "that runs once."
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
        saw=f"{error.path} has no function named predict, serve, infer or score at top level, no object or "
        "class of its own with such a method, no cell tagged serve or that begins with # POST /path, no model of a "
        f"known library that it fits, and no cell tagged parameters. Functions it defines: {seen}.",
        todo=_A_FUNCTION,
    )


@words.register
def _(error: analysis.AmbiguousServing) -> Words:
    seen = listed(tuple(f"{item.symbol} ({item.location})" for item in error.candidates), otherwise="none")
    return Words(
        title="More than one thing could serve",
        saw=f"In {error.path}: {seen}.",
        todo="Choose one with --serve NAME, or tag its cell with serve. Several --serve make several endpoints.",
        details="\n".join(f"{item.symbol}: {'; '.join(item.reasons)}" for item in error.candidates),
    )


@words.register
def _(error: analysis.SymbolNotFound) -> Words:
    seen = listed(error.functions_seen, otherwise="none")
    return Words(
        title=f"There is no {error.symbol} to serve",
        saw=f"{error.path} defines no function {error.symbol} at top level, and binds nothing of that name. "
        f"It defines: {seen}.",
        todo="Check the spelling of --serve.",
    )


@words.register
def _(error: analysis.SymbolUnusable) -> Words:
    return Words(
        title=f"{error.symbol} cannot serve",
        saw=f"In {error.path}: {error.reason}.",
        todo="Name something else with --serve, or add a function that answers with it.",
    )


@words.register
def _(error: analysis.RouteTaken) -> Words:
    whom = listed(error.symbols, otherwise="none")
    if len(error.symbols) > 1:
        saw = f"In {error.path}, {whom} would both answer {error.method} {error.route}."
    else:
        saw = f"In {error.path}, {whom} would answer {error.method} {error.route}, which the server answers itself."
    return Words(
        title=f"The route {error.route} is taken",
        saw=saw,
        todo="Give one another name or path, or serve one of them with --serve.",
    )


@words.register
def _(error: analysis.FunctionUnreadable) -> Words:
    return Words(
        title=f"The cell that defines {error.symbol} cannot be read",
        saw=f"{error.location}: {error.saw}.",
        todo="Mend the syntax error in that cell and run it once.",
        location=error.location,
    )
