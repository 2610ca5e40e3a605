"""Words for what goes wrong with project.toml and plans."""

from __future__ import annotations

from jupyter_containerize.buildpacks.discovery_errors import BuildpackBroken, BuildpackTwice, BuildpackUnknown
from jupyter_containerize.domain.notebook import Location
from jupyter_containerize.explain.words import Words, listed, words
from jupyter_containerize.lifecycle.plan_errors import NothingToCompare
from jupyter_containerize.lifecycle.project_errors import ProjectInvalid, ProjectUnreadable


@words.register
def _(error: NothingToCompare) -> Words:
    return Words(
        title=f"There is no image {error.name} to compare with",
        saw=f"Neither the local store nor a registry has it for {error.platform}.",
        todo="`jupyter containerize images` lists those of the local store; name a registry's with its host.",
    )


@words.register
def _(error: BuildpackBroken) -> Words:
    return Words(
        title=f"The buildpack {error.buildpack} of {error.distribution} is broken",
        saw=f"{error.phase}: {error.reason}",
        todo=f"It is no part of jupyter-containerize: upgrade or uninstall {error.distribution}, or tell its authors.",
    )


@words.register
def _(error: BuildpackUnknown) -> Words:
    return Words(
        title=f"There is no buildpack {error.buildpack}",
        saw=f"Installed are {listed(error.known, otherwise='none')}.",
        todo="Install the distribution that brings it where jupyter-containerize is, or take it out of project.toml.",
    )


@words.register
def _(error: BuildpackTwice) -> Words:
    return Words(
        title=f"Two distributions have a buildpack {error.buildpack}",
        saw=listed(error.distributions, otherwise="two"),
        todo="Uninstall one of them.",
    )


@words.register
def _(error: ProjectUnreadable) -> Words:
    return Words(
        title=f"{error.path.name} cannot be read",
        saw=f"{Location(path=str(error.path), line=error.line)}: {error.reason}",
        todo="Mend it, or move it away: a build without it uses the defaults.",
        location=Location(path=str(error.path), line=error.line),
    )


@words.register
def _(error: ProjectInvalid) -> Words:
    return Words(
        title=f"{error.key} in {error.path.name} is not what it has to be",
        saw=f"{Location(path=str(error.path), line=error.line)}: {error.reason}.",
        todo="docs/project.md lists what can be said there.",
        location=Location(path=str(error.path), line=error.line),
    )
