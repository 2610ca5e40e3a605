"""What can go wrong between us and a registry.

    UserError
    ├── CredentialsMissing       JC-REGISTRY-01  it wants a login and there is none for it
    ├── CredentialsUnreadable    JC-REGISTRY-02  Docker's config file is damaged
    └── NoMatchingPlatform       JC-REGISTRY-03  an image for other processors only
    OutsideError
    ├── RegistryRefused          JC-REGISTRY-04  it answered, and it was no
    ├── RegistryUnreachable      JC-REGISTRY-05  it did not answer
    ├── CredentialHelperFailed   JC-REGISTRY-06  the program that keeps the login failed
    ├── BlobDamaged              JC-REGISTRY-07  what was to be sent is not what its digest says
    └── RegistryGarbled          JC-REGISTRY-08  what answered does not speak as registries do

None of them ever carries a password or a token.
"""

from __future__ import annotations

from pathlib import Path

from jupyter_containerize.domain.errors import OutsideError, UserError
from jupyter_containerize.domain.image import Digest


class CredentialsMissing(UserError):
    """The registry wants a login, and neither config file nor helper has one for ``host``."""

    code = "JC-REGISTRY-01"

    def __init__(self, host: str) -> None:
        super().__init__(host)
        self.host = host


class CredentialsUnreadable(UserError):
    """``path`` is not a Docker config file; ``reason`` says what is wrong in it."""

    code = "JC-REGISTRY-02"

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class NoMatchingPlatform(UserError):
    """``reference`` has no image for ``wanted`` (``linux/amd64``); ``found`` are those it has, sorted."""

    code = "JC-REGISTRY-03"

    def __init__(self, reference: str, wanted: str, found: tuple[str, ...]) -> None:
        super().__init__(f"{reference}: no {wanted}")
        self.reference = reference
        self.wanted = wanted
        self.found = found


class RegistryRefused(OutsideError):
    """The registry answered with an error.

    ``error_code`` and ``message`` are the registry's own (``DENIED``, ``NAME_UNKNOWN``), empty when
    it gave none; ``code`` is ours.
    """

    code = "JC-REGISTRY-04"

    def __init__(self, host: str, status: int, error_code: str, message: str) -> None:
        super().__init__(f"{host}: {status} {error_code} {message}".rstrip())
        self.host = host
        self.status = status
        self.error_code = error_code
        self.message = message


class RegistryUnreachable(OutsideError):
    """No answer from the registry, or from its token service; ``reason`` is a few words."""

    code = "JC-REGISTRY-05"

    def __init__(self, host: str, reason: str) -> None:
        super().__init__(f"{host}: {reason}")
        self.host = host
        self.reason = reason


class CredentialHelperFailed(OutsideError):
    """``program`` is missing or failed when it was asked for the login of ``host``."""

    code = "JC-REGISTRY-06"

    def __init__(self, host: str, program: str, reason: str) -> None:
        super().__init__(f"{program}: {reason}")
        self.host = host
        self.program = program
        self.reason = reason


class BlobDamaged(OutsideError):
    """The local blob ``digest`` is not there or not what it says; the registry was never given all of it."""

    code = "JC-REGISTRY-07"

    def __init__(self, digest: Digest, reason: str) -> None:
        super().__init__(f"{digest}: {reason}")
        self.digest = digest
        self.reason = reason


class RegistryGarbled(OutsideError):
    """Something answered at ``host`` that makes no sense of a registry; ``reason`` is what."""

    code = "JC-REGISTRY-08"

    def __init__(self, host: str, reason: str) -> None:
        super().__init__(f"{host}: {reason}")
        self.host = host
        self.reason = reason
