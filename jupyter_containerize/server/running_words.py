"""Words for what can go wrong with containers that this server runs."""

from __future__ import annotations

from jupyter_containerize.explain import Words, words
from jupyter_containerize.server import running_errors as errors

_KILLED = 128
_SIGKILL = 9
_SIGSEGV = 11


@words.register
def _(error: errors.NoSuchContainer) -> Words:
    return Words(
        title="There is no such container",
        saw=f"This server runs none with the id {error.container_id}.",
        todo="Run the image again. Containers end with the Jupyter server that started them.",
    )


@words.register
def _(error: errors.TooManyRunning) -> Words:
    count = "a container" if error.limit == 1 else f"{error.limit} containers"
    if not error.limit:
        return Words(
            title="Images cannot be run from here",
            saw="This server's administrator does not allow it.",
            todo="Ask for ContainerizeExtension.run_limit to be raised.",
        )
    return Words(
        title="No more images can run at the same time",
        saw=f"This server runs {count}, and may not run more.",
        todo="Stop one of them first.",
    )


@words.register
def _(error: errors.NotAsking) -> Words:
    is_starting = error.state == "starting"
    return Words(
        title="The container is not ready" if is_starting else "The container does not run any more",
        saw=f"{error.image} is {error.state}.",
        todo="Wait until it runs." if is_starting else "Run the image again; its log says why it ended.",
    )


@words.register
def _(error: errors.ContainerEnded) -> Words:
    return Words(
        title="The container ended",
        saw=f"{error.image} was ready, and ended with {_ending(error.exit_code)}.",
        todo="The details are the last that it printed. Run the image again.",
        details=error.logs,
    )


@words.register
def _(error: errors.NoAnswer) -> Words:
    return Words(
        title="The container did not answer",
        saw=f"{error.image}: {error.reason}.",
        todo="See the container's log, and ask again.",
    )


def _ending(exit_code: int | None) -> str:
    if exit_code is None:
        return "an exit code that nobody knows any more"
    # Engines and shells add 128 to a signal's number; a process of ours has it negative.
    signal = -exit_code if exit_code < 0 else exit_code - _KILLED
    if signal == _SIGKILL:
        return f"exit code {exit_code}: it was killed, mostly for want of memory"
    if signal == _SIGSEGV:
        return f"exit code {exit_code}: a crash in a library"
    return f"exit code {exit_code}"
