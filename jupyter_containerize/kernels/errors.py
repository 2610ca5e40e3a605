"""What goes wrong between us and a kernel.

UserError
├── KernelNotInstalled    01  no kernelspec of that name
├── KernelUnreadable      02  its interpreter does not answer
├── KernelNotPython       03  it speaks another language
├── KernelDidNotStart     04  the process ended before it answered
├── CellFailed            05  a cell raised
├── CellTimedOut          06  a cell took longer than allowed
├── KernelDied            07  the process ended while a cell ran
├── NameMissing           08  serving needs a name that the run did not bind
├── ObjectsUnpicklable    09  objects that cannot be taken along, all of them
├── NotServable           10  the serving symbol is not a function that can be described
├── ObjectsNeedPickle     12  objects that only a pickle can hold, and none is wanted
└── VersionSkew           13  packages were installed anew while the kernel ran
InternalError
└── CaptureBroken         11  our own program failed inside the kernel
"""

from __future__ import annotations

from dataclasses import dataclass

from jupyter_containerize.domain.errors import InternalError, UserError
from jupyter_containerize.domain.notebook import Location


class KernelNotInstalled(UserError):
    """No kernelspec has that name. ``installed`` are the names that exist, sorted."""

    code = "JC-KERNELS-01"

    def __init__(self, name: str, installed: tuple[str, ...]) -> None:
        super().__init__(name)
        self.name = name
        self.installed = installed


class KernelUnreadable(UserError):
    """The interpreter behind a kernelspec did not say what it has. ``executable`` is as the kernelspec names it."""

    code = "JC-KERNELS-02"

    def __init__(self, name: str, executable: str, reason: str) -> None:
        super().__init__(f"{name}: {executable}: {reason}")
        self.name = name
        self.executable = executable
        self.reason = reason


class KernelNotPython(UserError):
    """The kernelspec is for another language."""

    code = "JC-KERNELS-03"

    def __init__(self, name: str, language: str) -> None:
        super().__init__(f"{name}: {language}")
        self.name = name
        self.language = language


class KernelDidNotStart(UserError):
    """The kernel's process ended, or stayed silent, before the first cell. ``reason`` is the end of what it printed."""

    code = "JC-KERNELS-04"

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")
        self.name = name
        self.reason = reason


class CellFailed(UserError):
    """A cell raised. ``traceback`` is plain text; ``location`` has the line if the traceback gave it."""

    code = "JC-KERNELS-05"

    def __init__(self, location: Location, ename: str, evalue: str, traceback: str) -> None:
        super().__init__(f"{location}: {ename}: {evalue}")
        self.location = location
        self.ename = ename
        self.evalue = evalue
        self.traceback = traceback


class CellTimedOut(UserError):
    """A cell ran longer than allowed."""

    code = "JC-KERNELS-06"

    def __init__(self, location: Location, timeout_seconds: float) -> None:
        super().__init__(f"{location}: {timeout_seconds} s")
        self.location = location
        self.timeout_seconds = timeout_seconds


class KernelDied(UserError):
    """The kernel's process ended while the cell at ``location`` ran.

    ``reason`` is the end of what it printed, maybe nothing. ``exit_code`` is negative for a signal: -9 is what
    the system sends when memory runs out.
    """

    code = "JC-KERNELS-07"

    def __init__(self, location: Location, reason: str, exit_code: int | None) -> None:
        super().__init__(f"{location}: {exit_code}: {reason}")
        self.location = location
        self.reason = reason
        self.exit_code = exit_code


class NameMissing(UserError):
    """After the run the namespace lacks what serving needs.

    ``name`` is the first of ``names``; ``location`` is where code binds it, else the serving function's cell.
    """

    code = "JC-KERNELS-08"

    def __init__(self, names: tuple[str, ...], location: Location) -> None:
        super().__init__(f"{location}: {', '.join(names)}")
        self.name = names[0]
        self.names = names
        self.location = location


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpicklable:
    """An object that cannot be pickled, and why in the pickler's words.

    ``where`` is the part of it that is to blame (``model.client._lock``, or the name itself), ``found`` that part's
    type, ``kind`` what such a thing is in plain words, empty if it is not known.
    """

    name: str
    type_name: str
    location: Location | None
    reason: str
    where: str = ""
    found: str = ""
    kind: str = ""


class ObjectsUnpicklable(UserError):
    """Objects that serving needs cannot be taken along; ``objects`` is every one of them, in name order."""

    code = "JC-KERNELS-09"

    def __init__(self, objects: tuple[Unpicklable, ...]) -> None:
        super().__init__(", ".join(f"{item.name}: {item.type_name}" for item in objects))
        self.objects = objects


class NotServable(UserError):
    """What the serving symbol names after the run cannot be described as a function."""

    code = "JC-KERNELS-10"

    def __init__(self, symbol: str, type_name: str, location: Location, reason: str) -> None:
        super().__init__(f"{location}: {symbol}: {type_name}: {reason}")
        self.symbol = symbol
        self.type_name = type_name
        self.location = location
        self.reason = reason


class CaptureBroken(InternalError):
    """Our program inside the kernel raised something of its own."""

    code = "JC-KERNELS-11"

    def __init__(self, traceback: str) -> None:
        super().__init__(traceback.strip().rpartition("\n")[2])
        self.traceback = traceback


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedsPickle:
    """An object that no format without code can hold, and why."""

    name: str
    type_name: str
    location: Location | None
    reason: str


class ObjectsNeedPickle(UserError):
    """No pickles are wanted, and these objects need one; ``objects`` is every one of them, in name order."""

    code = "JC-KERNELS-12"

    def __init__(self, objects: tuple[NeedsPickle, ...]) -> None:
        super().__init__(", ".join(f"{item.name}: {item.type_name}" for item in objects))
        self.objects = objects


@dataclass(frozen=True, slots=True, kw_only=True)
class Skewed:
    """A distribution of which the kernel has another version loaded than is installed."""

    name: str
    loaded: str
    installed: str


class VersionSkew(UserError):
    """Packages were installed anew while the kernel ran: an image could not have what the objects were made with."""

    code = "JC-KERNELS-13"

    def __init__(self, packages: tuple[Skewed, ...]) -> None:
        super().__init__(", ".join(f"{item.name}: {item.loaded}, {item.installed}" for item in packages))
        self.packages = packages
