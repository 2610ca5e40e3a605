"""What can go wrong with keys, signatures and bills of materials.

    UserError
    ├── KeyUnreadable         JC-ATTEST-01  the key's file cannot be read
    ├── NotAKey               JC-ATTEST-02  it holds no key of the wanted kind
    ├── KeyPasswordWrong      JC-ATTEST-03  the key is encrypted, and no password or another was given
    ├── KeyUnsuited           JC-ATTEST-04  a key, but not ECDSA on the curve P-256
    ├── NotSigned             JC-ATTEST-05  nobody signed the image
    ├── SignatureWrong        JC-ATTEST-06  there are signatures, and none is of that key for that image
    └── InventoryUnreadable   JC-ATTEST-07  a bill of materials is damaged, or not one of ours

None of them carries a key, a password, or a byte of the file.
"""

from __future__ import annotations

from pathlib import Path

from jupyter_containerize.domain.errors import UserError


class KeyUnreadable(UserError):
    """``path`` cannot be read; ``reason`` is the system's word for it."""

    code = "JC-ATTEST-01"

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class NotAKey(UserError):
    """``wanted`` (``private``, ``public``) is what was looked for, ``reason`` what was found."""

    code = "JC-ATTEST-02"

    def __init__(self, wanted: str, reason: str) -> None:
        super().__init__(f"no {wanted} key: {reason}")
        self.wanted = wanted
        self.reason = reason


class KeyPasswordWrong(UserError):
    """The private key is encrypted. ``given`` says whether there was a password at all."""

    code = "JC-ATTEST-03"

    def __init__(self, *, given: bool) -> None:
        super().__init__("wrong password" if given else "password missing")
        self.given = given


class KeyUnsuited(UserError):
    """The key is of another ``kind`` (``RSA``, ``ECDSA on secp384r1``)."""

    code = "JC-ATTEST-04"

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


class NotSigned(UserError):
    """``image`` (a reference, or a digest) has no signature at all."""

    code = "JC-ATTEST-05"

    def __init__(self, image: str) -> None:
        super().__init__(image)
        self.image = image


class SignatureWrong(UserError):
    """``image`` has signatures, but none that holds; ``reasons`` says why, one for each that was looked at."""

    code = "JC-ATTEST-06"

    def __init__(self, image: str, reasons: tuple[str, ...]) -> None:
        super().__init__(f"{image}: {'; '.join(reasons)}")
        self.image = image
        self.reasons = reasons


class InventoryUnreadable(UserError):
    """A bill of materials cannot be read; ``reason`` says what is wrong in it."""

    code = "JC-ATTEST-07"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
