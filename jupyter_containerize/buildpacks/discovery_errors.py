"""What can go wrong with buildpacks of other distributions.

UserError
├── BuildpackBroken    it raised, or broke a promise of the protocol
├── BuildpackUnknown   a project asks for one that is not installed
└── BuildpackTwice     two distributions have one of the same id
"""

from __future__ import annotations

from jupyter_containerize.domain.errors import UserError


class BuildpackBroken(UserError):
    """``phase`` is ``loading``, ``detect`` or ``build``; ``reason`` is what it raised, or which promise it broke."""

    code = "JC-BUILDPACK-31"

    def __init__(self, buildpack: str, distribution: str, phase: str, reason: str) -> None:
        super().__init__(f"{buildpack} of {distribution}, {phase}: {reason}")
        self.buildpack = buildpack
        self.distribution = distribution
        self.phase = phase
        self.reason = reason


class BuildpackUnknown(UserError):
    """No buildpack of that id is installed; ``known`` are those that are."""

    code = "JC-BUILDPACK-32"

    def __init__(self, buildpack: str, known: tuple[str, ...]) -> None:
        super().__init__(buildpack)
        self.buildpack = buildpack
        self.known = known


class BuildpackTwice(UserError):
    """Which of them is meant cannot be told."""

    code = "JC-BUILDPACK-33"

    def __init__(self, buildpack: str, distributions: tuple[str, ...]) -> None:
        super().__init__(f"{buildpack}: {', '.join(distributions)}")
        self.buildpack = buildpack
        self.distributions = distributions
