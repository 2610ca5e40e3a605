"""What can go wrong in the phases themselves.

UserError
├── SelfTestFailed       the image does not answer as the notebook did
├── SelfTestImpossible   asked to insist on the test where nothing can start a container
├── BaseWithoutPython    a named base image lacks the kernel's Python
├── SliceUnusable        the serving function needs what no image can have
├── KernelNotNamed       objects of the running kernel are asked for, and nobody says which that is
├── NoSuchParameter      calls are to be joined by a parameter that nothing has
├── NotNeeded            nobody asks for the distribution that is to be explained
├── NotReady             an image that was started to be used did not come up
└── PortTaken            the port to start it on is not free
"""

from __future__ import annotations

from jupyter_containerize.domain.errors import UserError
from jupyter_containerize.domain.notebook import Finding


class SelfTestFailed(UserError):
    """The image was started and did not become ready, or its answer is another one."""

    code = "JC-EXPORT-01"

    def __init__(self, engine: str, reason: str) -> None:
        super().__init__(reason)
        self.engine = engine
        self.reason = reason


class SelfTestImpossible(UserError):
    """No container engine and no namespaces here; ``reasons`` are pairs of engine and why not."""

    code = "JC-EXPORT-02"

    def __init__(self, reasons: tuple[tuple[str, str], ...]) -> None:
        super().__init__("; ".join(f"{engine}: {why}" for engine, why in reasons))
        self.reasons = reasons


class BaseWithoutPython(UserError):
    """The base image has no working Python of the kernel's minor version in ``places``."""

    code = "JC-DETECT-01"

    def __init__(self, base: str, python_minor: str, places: tuple[str, ...]) -> None:
        super().__init__(f"{base}: no Python {python_minor}")
        self.base = base
        self.python_minor = python_minor
        self.places = places


class SliceUnusable(UserError):
    """The serving function needs what no image can have; ``findings`` are all the reasons, at least one."""

    code = "JC-DETECT-02"

    def __init__(self, symbol: str, findings: tuple[Finding, ...]) -> None:
        super().__init__(f"{symbol}: {len(findings)} findings")
        self.symbol = symbol
        self.findings = findings


class KernelNotNamed(UserError):
    """A live state was asked for without the connection file of a kernel."""

    code = "JC-DETECT-03"


class NotReady(UserError):
    """The container of ``image`` did not become ready; ``logs`` is what it printed."""

    code = "JC-RUN-01"

    def __init__(self, image: str, reason: str, logs: str) -> None:
        super().__init__(f"{image}: {reason}")
        self.image = image
        self.reason = reason
        self.logs = logs


class PortTaken(UserError):
    """Nothing can listen on the port; ``reason`` is the system's."""

    code = "JC-RUN-02"

    def __init__(self, port: int, reason: str) -> None:
        super().__init__(f"{port}: {reason}")
        self.port = port
        self.reason = reason


class NoSuchParameter(UserError):
    """``wanted`` is PARAMETER or SYMBOL:PARAMETER; ``known`` are all that there are, as SYMBOL:PARAMETER."""

    code = "JC-SLICE-03"

    def __init__(self, wanted: str, known: tuple[str, ...]) -> None:
        super().__init__(wanted)
        self.wanted = wanted
        self.known = known


class NotNeeded(UserError):
    """Nobody asks for ``name``; ``known`` are the distributions that somebody asks for."""

    code = "JC-PREVIEW-01"

    def __init__(self, path: str, name: str, known: tuple[str, ...]) -> None:
        super().__init__(f"{path}: {name}")
        self.path = path
        self.name = name
        self.known = known
