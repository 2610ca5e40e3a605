"""Words for what goes wrong with the keeping and running of builds."""

from __future__ import annotations

from jupyter_containerize.builds import errors
from jupyter_containerize.explain import Words, words

# What the system's signals mean in practice, for the ones that end workers.
_SIGNALS = {
    "SIGKILL": "Most often the system ended it because memory ran out.",
    "SIGTERM": "Something asked it to stop before it could answer.",
    "SIGSEGV": "A compiled library crashed.",
    "SIGABRT": "A compiled library gave up.",
    "SIGBUS": "A file that was in use shrank, or the disk is full.",
}


@words.register
def _(error: errors.BuildNotFound) -> Words:
    return Words(
        title="There is no such build",
        saw=f"No build has the id {error.build_id}; it may have been removed.",
        todo="List the builds again.",
    )


@words.register
def _(error: errors.BuildNotFinished) -> Words:
    return Words(
        title="The build is not finished",
        saw=f"Build {error.build_id} is {error.state}.",
        todo="Cancel it first, or wait until it has finished.",
    )


@words.register
def _(error: errors.WorkerDied) -> Words:
    if error.reason is not None:
        saw = f"The process could not be started: {error.reason}."
        todo = "Check that memory and disk are free, then build again."
    elif error.signal is not None:
        saw = f"The process was ended by {error.signal}. {_SIGNALS.get(error.signal, '')}".strip()
        todo = "Free memory, or give the Jupyter server more, then build again; finished layers are kept."
    else:
        saw = f"The process ended with exit code {error.exit_code} and reported neither an image nor a problem."
        todo = "Build again; if it happens again, report it with the details below."
    return Words(title="The build process died", saw=saw, todo=todo, details="\n".join(error.said))


@words.register
def _(error: errors.BuildTimedOut) -> Words:
    return Words(
        title="The build took too long",
        saw=f"It was stopped after {error.seconds:g} seconds, which is as long as builds may take on this server.",
        todo="Build again: finished layers are kept. If the notebook itself runs that long, take its objects from the "
        "running kernel (state: live), or ask the server's administrator for more time.",
    )


@words.register
def _(error: errors.HistoryUnusable) -> Words:
    return Words(
        title="The record of builds cannot be used",
        saw=f"{error.path}: {error.reason}.",
        todo="If the disk is full, free some space. If the file is damaged, move it away: images are kept elsewhere.",
    )
