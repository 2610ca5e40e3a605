"""Keys are read as openssl and cosign write them, and show themselves to nobody."""

from __future__ import annotations

import base64
import hashlib
import json
import pickle

import nacl.secret
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from jupyter_containerize.attestations import (
    key_findings,
    key_password,
    read_key,
    read_public_key,
    signing_key,
    verifying_key,
)
from jupyter_containerize.attestations.errors import KeyPasswordWrong, KeyUnreadable, KeyUnsuited, NotAKey
from jupyter_containerize.explain import explain
from tests.attestations.made_keys import block, openssl

PASSWORD = b"correct horse"


def boxed(pem: bytes, *, cost: int = 1024, cipher: str = "nacl/secretbox") -> bytes:
    """Return a key in the box that cosign makes, here with less work for the password."""
    der = load_pem_private_key(pem, None).private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())

    salt, nonce = b"s" * 32, b"n" * 24
    secret = hashlib.scrypt(PASSWORD, salt=salt, n=1024, r=8, p=1, dklen=32)
    text = nacl.secret.SecretBox(secret).encrypt(der, nonce).ciphertext
    plain = {
        "kdf": {"name": "scrypt", "params": {"N": cost, "r": 8, "p": 1}, "salt": base64.b64encode(salt).decode()},
        "cipher": {"name": cipher, "nonce": base64.b64encode(nonce).decode()},
        "ciphertext": base64.b64encode(text).decode(),
    }
    return block("ENCRYPTED SIGSTORE PRIVATE KEY", base64.encodebytes(json.dumps(plain).encode()))


@pytest.fixture(scope="module")
def pems() -> dict[str, bytes]:
    """Make keys of all kinds with openssl."""
    plain = openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
    locked = ["-passout", f"pass:{PASSWORD.decode()}"]
    return {
        "plain": plain,
        "old form": openssl("ec", text=plain),
        "with parameters": openssl("ecparam", "-name", "prime256v1", "-genkey"),
        "encrypted": openssl("pkcs8", "-topk8", *locked, text=plain),
        "old and encrypted": openssl("ec", "-aes256", *locked, text=plain),
        "cosign": boxed(plain),
        "other curve": openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"),
        "RSA": openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"),
        "Ed25519": openssl("genpkey", "-algorithm", "ED25519"),
        "public": openssl("pkey", "-pubout", text=plain),
        "RSA public": openssl("pkey", "-pubout", text=openssl("genpkey", "-algorithm", "RSA")),
        "box of no kind": boxed(plain, cipher="rot13"),
        "box without end": boxed(plain, cost=1 << 30),
        "box not JSON": block("ENCRYPTED SIGSTORE PRIVATE KEY", b"AAAA"),
        "text": b"hello",
        "empty": b"",
        "cut": plain[: len(plain) // 2],
        "binary": b"\x00\xff" * 100,
    }


READABLE = {"plain": None, "old form": None, "encrypted": PASSWORD, "old and encrypted": PASSWORD, "cosign": PASSWORD}
REFUSED: dict[str, tuple[bytes | None, type[Exception]]] = {
    "other curve": (None, KeyUnsuited),
    "RSA": (None, KeyUnsuited),
    "Ed25519": (None, KeyUnsuited),
    "public": (None, NotAKey),
    "text": (None, NotAKey),
    "empty": (None, NotAKey),
    "cut": (None, NotAKey),
    "binary": (None, NotAKey),
    "box of no kind": (PASSWORD, NotAKey),
    "box without end": (PASSWORD, NotAKey),
    "box not JSON": (PASSWORD, NotAKey),
}


@pytest.mark.parametrize("case", READABLE)
def test_signing_key__every_form__is_the_same_key(case, pems):
    """Plain, encrypted, old and cosign's own: the same key comes out."""
    key = signing_key(pems[case], READABLE[case])
    assert key.public.pem == pems["public"]
    assert key.public.hint == verifying_key(pems["public"]).hint


def test_signing_key__parameters_before_it__are_passed_over(pems):
    """What ``openssl ecparam -genkey`` writes is read, too."""
    assert signing_key(pems["with parameters"], None)


@pytest.mark.parametrize("case", REFUSED)
def test_signing_key__something_else__is_refused(case, pems):
    """No trace of another kind's content, and no long wait for a made-up box."""
    password, expected = REFUSED[case]
    with pytest.raises(expected):
        signing_key(pems[case], password)


@pytest.mark.parametrize("password", [None, b"", b"wrong"], ids=["none", "empty", "wrong"])
@pytest.mark.parametrize("case", ["encrypted", "old and encrypted", "cosign"])
def test_signing_key__without_its_password__stays_locked(case, password, pems):
    """The error says whether there was none or another, and not what it was."""
    with pytest.raises(KeyPasswordWrong) as caught:
        signing_key(pems[case], password)
    assert caught.value.given == (password is not None)
    assert "COSIGN_PASSWORD" in explain(caught.value).todo


def test_verifying_key__private_or_other_kind__is_refused(pems):
    """Whoever gives the private key to verify with is told so."""
    with pytest.raises(NotAKey):
        verifying_key(pems["plain"])
    with pytest.raises(KeyUnsuited):
        verifying_key(pems["RSA public"])


def test_signing_key__shown__tells_nothing(pems):
    """Neither text nor pickle holds the key."""
    key = signing_key(pems["plain"], None)
    inside = "".join(pems["plain"].decode().splitlines()[1:-1])
    assert inside not in f"{key!r}{key}"
    with pytest.raises(TypeError):
        pickle.dumps(key)


@pytest.mark.parametrize("case", ["cut", "box not JSON", "encrypted", "RSA"])
def test_signing_key__error__carries_no_byte_of_the_file(case, pems):
    """Not in the words, and not in an error behind the error."""
    with pytest.raises(Exception) as caught:  # noqa: PT011  # which one, other tests say
        signing_key(pems[case], b"secret-word")
    said = explain(caught.value)
    text = f"{caught.value!r} {said} {caught.value.__dict__} {caught.value.__cause__!r}"
    lines = [line for line in pems[case].decode().splitlines() if len(line) > 3 and "-----" not in line]
    assert [line for line in [*lines, "secret-word"] if line in text] == []


def test_sign__twice__is_the_same(pems):
    """A signature can be published again without a change."""
    key = signing_key(pems["plain"], None)
    assert key.sign(b"x") == key.sign(b"x")


@pytest.mark.parametrize(("mode", "count"), [(0o600, 0), (0o400, 0), (0o640, 1), (0o604, 1)])
def test_key_findings__file_mode__warns_if_others_can_read(mode, count, tmp_path):
    """A private key is for its owner alone."""
    path = tmp_path / "cosign.key"
    path.write_bytes(b"")
    path.chmod(mode)
    found = key_findings(path)
    assert [item.code for item in found] == ["JC-ATTEST-11"] * count
    assert all(str(tmp_path) not in item.message for item in found)


def test_read_key__no_file__is_said(tmp_path, pems):
    """The path and the system's word for it."""
    with pytest.raises(KeyUnreadable) as caught:
        read_key(tmp_path / "missing.key", None)
    assert caught.value.reason == "No such file or directory"
    (tmp_path / "a.key").write_bytes(pems["plain"])
    (tmp_path / "a.pub").write_bytes(pems["public"])
    assert read_key(tmp_path / "a.key", None).public.hint == read_public_key(tmp_path / "a.pub").hint


def test_key_password__environment__tells_none_from_empty():
    """Cosign asks the same variable."""
    assert key_password({}) is None
    assert key_password({"COSIGN_PASSWORD": ""}) == b""
