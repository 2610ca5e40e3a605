"""What the user must know or be asked about dependencies, as findings."""

from __future__ import annotations

from jupyter_containerize.domain.environment import KernelEnvironment
from jupyter_containerize.domain.notebook import Declared, Finding, ImportSite, Location, Severity
from jupyter_containerize.resolution.errors import UnknownImports

NOT_IN_THE_KERNEL = "JC-RESOLUTION-40"
ONLY_ON_A_PLATFORM = "JC-RESOLUTION-41"
INSTALL_WITHOUT_A_NAME = "JC-RESOLUTION-42"
ONLY_IN_CONDA = "JC-RESOLUTION-43"
MISTAKABLE = "JC-RESOLUTION-44"
CONTRADICTION = "JC-RESOLUTION-45"
NOT_IN_THE_WHEEL = "JC-RESOLUTION-46"
NOT_FROM_AN_INDEX = "JC-RESOLUTION-47"
SAME_NAME_ON_THE_INDEX = "JC-RESOLUTION-48"


def unknown_import(site: ImportSite, environment: KernelEnvironment | None) -> Finding:
    """Nothing is known to provide a module."""
    where = "Nothing that we know" if environment is None else f"Nothing in {_named(environment.kernel)}"
    return Finding(
        code=UnknownImports.code,
        message=f"{where} provides {site.module}",
        severity=Severity.INFO if site.guarded else Severity.WARNING,
        location=site.location,
        hint=f"Which distribution provides {site.name}? Say it with %pip install in a cell or in a requirements.txt, "
        f"or put {site.name}.py beside the notebook."
        if environment is None
        else f"Install the distribution that provides {site.name} in the kernel's environment, "
        f"or put {site.name}.py beside the notebook.",
    )


def not_in_the_kernel(site: ImportSite, distribution: str, specifier: str, kernel: str) -> Finding:
    """The table knows who provides a module, and the kernel lacks it."""
    wanted = f"'{distribution}{specifier}'" if specifier else distribution
    return Finding(
        code=NOT_IN_THE_KERNEL,
        message=f"{_named(kernel, start=True)} lacks {distribution}, which provides {site.module}",
        severity=Severity.WARNING,
        location=site.location,
        hint=f"%pip install {wanted} in the notebook's kernel, and run the notebook there.",
    )


def only_on_a_platform(site: ImportSite, platform: str) -> Finding:
    """A module that no wheel brings."""
    return Finding(
        code=ONLY_ON_A_PLATFORM,
        message=f"{site.module} exists only on {platform}",
        severity=Severity.INFO if site.guarded else Severity.WARNING,
        location=site.location,
        hint="It is left out of the image; what is called of it cannot run there.",
    )


def install_without_a_name(item: Declared) -> Finding:
    """A command installs from a place that does not tell what it installs."""
    return Finding(
        code=INSTALL_WITHOUT_A_NAME,
        message=f"{item.rule} installs from {item.url}, which does not say which distribution that is",
        severity=Severity.INFO,
        location=item.location,
        hint=f"Write it as NAME @ {item.url}.",
    )


def only_in_conda(item: Declared) -> Finding:
    """A conda package that is no Python distribution."""
    return Finding(
        code=ONLY_IN_CONDA,
        message=f"{item.name} is a conda package and no Python distribution",
        severity=Severity.INFO,
        location=item.location,
        hint="The image is made of wheels and Debian packages; if serving needs it, look for one of those.",
    )


def mistakable(item: Declared, meant: str, reason: str) -> Finding:
    """A name that is easily taken for another's."""
    return Finding(
        code=MISTAKABLE,
        message=f"{item.rule} installs {item.name}; {meant} may be meant: {reason}",
        severity=Severity.WARNING,
        location=item.location,
        hint=f"Write {meant}, unless {item.name} is really what you want.",
    )


def contradiction(distribution: str, text: str) -> Finding:
    """What the user asks for lacks what the user imports."""
    return Finding(
        code=CONTRADICTION,
        message=f"No version of {distribution} suits: {text}",
        severity=Severity.WARNING,
        hint="Change the pin, or the import to the module's new place.",
    )


def not_in_the_wheel(distribution: str, modules: tuple[str, ...], wheel: str, location: Location | None) -> Finding:
    """A distribution was taken for a module's, and its wheel does not hold it."""
    return Finding(
        code=NOT_IN_THE_WHEEL,
        message=f"{wheel} does not hold {', '.join(modules)}",
        severity=Severity.WARNING,
        location=location,
        hint=f"Another version of {distribution} may have it, or another distribution: install what provides it.",
    )


def not_from_an_index(distribution: str, url: str) -> Finding:
    """The kernel has it from a folder, a repository or conda: an image takes that as it is, if it is not compiled."""
    return Finding(
        code=NOT_FROM_AN_INDEX,
        message=f"The kernel has {distribution} from {url}",
        severity=Severity.WARNING,
        hint="An image gets a wheel of what is there, if nothing in it is compiled; else a released version is needed.",
    )


def same_name_on_the_index(site: ImportSite, distribution: str, wheel: str) -> Finding:
    """The index has a distribution of the import's name, and it holds the module: still only a candidate."""
    return Finding(
        code=SAME_NAME_ON_THE_INDEX,
        message=f"{wheel} on the index holds {site.module}",
        severity=Severity.INFO,
        location=site.location,
        hint=f"Anybody can publish under a name. If it is the one that you mean, say so: %pip install {distribution}.",
    )


def _named(kernel: str, *, start: bool = False) -> str:
    """Return a kernel, or the interpreter that was asked instead of one, as a sentence has it."""
    named = f"the kernel {kernel}" if kernel else "the interpreter"
    return named[0].upper() + named[1:] if start else named
