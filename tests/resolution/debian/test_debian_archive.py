"""What is believed of an archive, and what is kept of it."""

from __future__ import annotations

import hashlib
import lzma
import shutil
from datetime import UTC, datetime

import pysequoia
import pytest
from tiny_archive import package

from jupyter_containerize.resolution.debian import (
    DebianArchive,
    IllegalMirror,
    IndexDamaged,
    IndexUnreachable,
    ReleaseExpired,
    ReleaseMismatch,
    SignatureInvalid,
)
from jupyter_containerize.resolution.debian.signature import shipped_keys
from jupyter_containerize.transport import HashMismatch, TooLarge

SECURITY = "trixie-security"


def tampered(message):
    """Change a signed field."""
    return message.replace(b"Suite: stable", b"Suite: sTable")


def unsigned(message):
    """Keep the text only."""
    return message.partition(b"\n\n")[2].partition(b"-----BEGIN PGP SIGNATURE")[0]


def signed_by_another(message):
    """Sign the same text with a key that nobody knows."""
    other = pysequoia.Tsk.generate("Somebody <somebody@example.org>")
    return pysequoia.sign(other.signer(), unsigned(message), mode=pysequoia.SignatureMode.CLEAR)


UNTRUSTED = {
    "changed after signing": tampered,
    "not signed": unsigned,
    "signed by another": signed_by_another,
    "signature cut off": lambda message: message[: message.index(b"-----BEGIN PGP SIGNATURE") + 60],
    "empty": lambda message: b"",
    "a captive portal": lambda message: b"<html>Please log in</html>",
}


@pytest.mark.parametrize("case", UNTRUSTED)
@pytest.mark.parametrize("suite", ["trixie", SECURITY])
def test_resolve_base__index_without_a_valid_signature__is_refused(case, suite, resolve, mirror):
    """No suite is believed that our keys did not sign, and nothing of it is kept."""
    mirror.change = lambda name, message: UNTRUSTED[case](message) if name == suite else message
    mirror.write()
    with pytest.raises(SignatureInvalid) as caught:
        resolve()
    assert caught.value.url == f"{mirror.url}/dists/{suite}/InRelease"
    # It is said in a sentence, which has its own end.
    assert not caught.value.reason.endswith(".")
    with pytest.raises(IndexUnreachable):
        resolve(offline=True)


def test_resolve_base__text_around_the_signed_part__is_not_read(resolve, mirror):
    """Fields before and after what is signed change nothing."""
    around = b"Codename: evil\n\n"
    mirror.change = lambda name, message: around + message + around
    mirror.write()
    assert resolve().release == "trixie"


def test_resolve_base__signature_of_another_suite__is_refused(resolve, mirror):
    """A signed index is not taken for one that was not asked for, as an older release would be."""
    mirror.fields[SECURITY] = {"Codename": "bookworm-security"}
    mirror.write()
    with pytest.raises(ReleaseMismatch) as caught:
        resolve()
    assert (caught.value.expected, caught.value.seen) == (SECURITY, "bookworm-security")


def test_resolve_base__index_past_its_date__is_refused(resolve, mirror):
    """A frozen mirror cannot hide security fixes."""
    mirror.fields[SECURITY] = {"Valid-Until": "Sat, 28 Nov 2020 00:53:02 UTC"}
    mirror.write()
    with pytest.raises(ReleaseExpired) as caught:
        resolve()
    assert caught.value.valid_until == datetime(2020, 11, 28, 0, 53, 2, tzinfo=UTC)


def test_resolve_base__index_before_its_date__is_taken(resolve, mirror):
    """A date in the future changes nothing."""
    mirror.fields[SECURITY] = {"Valid-Until": "Sat, 28 Nov 2120 00:53:02 UTC"}
    mirror.write()
    assert resolve().release == "trixie"


def test_resolve_base__date_that_is_none__is_refused(resolve, mirror):
    """An index whose age cannot be told is not young."""
    mirror.fields[SECURITY] = {"Valid-Until": "soon"}
    mirror.write()
    with pytest.raises(IndexDamaged):
        resolve()


def test_resolve_base__packages_of_another_hash__are_refused(resolve, mirror):
    """The list of packages must be the one that the signed index names."""
    for path in mirror.packages_files():
        path.write_bytes(lzma.compress(b"Package: evil\n".ljust(len(lzma.decompress(path.read_bytes())), b"\n")))
    # Size or hash: the signed index says both.
    with pytest.raises((HashMismatch, TooLarge)):
        resolve()


def test_resolve_base__architecture_without_packages__is_refused(resolve):
    """A suite that does not list the architecture says so."""
    with pytest.raises(IndexDamaged) as caught:
        resolve(architecture="m68k")
    assert caught.value.missing == "main/binary-m68k/Packages.xz"


def test_resolve_base__packages_not_on_the_mirror__is_told(resolve, mirror):
    """A mirror that lost the list is unreachable for us, with its address."""
    for path in mirror.packages_files():
        path.unlink()
    with pytest.raises(IndexUnreachable) as caught:
        resolve()
    assert caught.value.url.startswith(f"{mirror.url}/dists/trixie")


def test_resolve_base__packages_by_name_alone__are_taken_if_they_are_the_signed_ones(resolve, mirror):
    """A mirror that announces names by hash and has none, as partial copies and caches do, serves all the same."""
    expected = resolve().packages
    for path in mirror.packages_files():
        path.rename(path.parents[2] / "Packages.xz")
    shutil.rmtree(mirror.root.parent / "cache")
    assert resolve().packages == expected
    for path in mirror.root.glob("dists/*/main/binary-amd64/Packages.xz"):
        path.write_bytes(b"evil".ljust(path.stat().st_size))
    shutil.rmtree(mirror.root.parent / "cache")
    with pytest.raises(HashMismatch):
        resolve()


def test_resolve_base__never_reached__is_unreachable(resolve):
    """Without a network and without a cache there is no base."""
    with pytest.raises(IndexUnreachable) as caught:
        resolve(offline=True)
    assert caught.value.reason


def test_resolve_base__offline_after_success__is_the_same_and_stale(resolve):
    """The last known state is used, and said to be that."""
    online = resolve()
    offline = resolve(offline=True)
    assert offline.packages == online.packages
    assert (online.stale, offline.stale) == (False, True)


def test_resolve_base__offline_past_its_date__is_stale_not_refused(resolve, mirror):
    """A laptop on a train builds with what it has; the age is told."""
    mirror.fields[SECURITY] = {"Valid-Until": "Sat, 28 Nov 2120 00:53:02 UTC"}
    mirror.write()
    resolve()
    assert resolve(offline=True).stale is True


def test_resolve_base__gone_from_the_mirror__is_unreachable(resolve, mirror):
    """An archive that answers 404 has a reason that waiting does not mend: no silent reuse."""
    resolve()
    (mirror.root / "dists/trixie/InRelease").unlink()
    with pytest.raises(IndexUnreachable):
        resolve()


def test_resolve_base__unchanged__asks_three_conditional_questions(resolve, mirror):
    """A rebuild transfers no index again."""
    resolve()
    mirror.requests.clear()
    resolve()
    assert sorted(mirror.requests) == [
        ("/dists/trixie-security/InRelease", 304),
        ("/dists/trixie-updates/InRelease", 304),
        ("/dists/trixie/InRelease", 304),
    ]


def test_resolve_base__a_fix_arrives__fetches_only_its_list(resolve, mirror, tmp_path):
    """A changed suite costs its own list; the others come from the cache, and the old list goes."""
    resolve()
    mirror.add(package("libc6;1.0-1+deb13u1;"), suite=SECURITY)
    mirror.write_suite(SECURITY)
    mirror.requests.clear()
    base = resolve()
    assert {each.name: each.version for each in base.packages}["libc6"] == "1.0-1+deb13u1"
    assert [path for path, _ in mirror.requests if "by-hash" in path] == [
        f"/dists/{SECURITY}/main/binary-amd64/by-hash/SHA256/{digest}" for digest in [newest_digest(mirror)]
    ]
    assert len(list(tmp_path.glob("cache/*/*.xz"))) == 3


def newest_digest(mirror):
    """Return the hash of the security suite's newest list."""
    folder = mirror.root / "dists" / SECURITY / "main/binary-amd64/by-hash/SHA256"
    newest = max(folder.iterdir(), key=lambda path: path.stat().st_size)
    return hashlib.sha256(newest.read_bytes()).hexdigest()


@pytest.mark.parametrize("name", ["packages.json", "trixie.json"])
def test_resolve_base__cache_damaged__is_made_again(name, resolve, tmp_path):
    """A half-written cache file counts as none."""
    expected = resolve().packages
    (damaged,) = tmp_path.glob(f"cache/*/{name}")
    damaged.write_text('{"key": ')
    assert resolve().packages == expected


def test_resolve_base__cached_index_tampered_with__is_refused(resolve, tmp_path):
    """What lies in the cache is verified like what comes over the network."""
    resolve()
    (kept,) = tmp_path.glob("cache/*/trixie.json")
    kept.write_text(kept.read_text().replace("Suite: stable", "Suite: sTable"))
    with pytest.raises(SignatureInvalid):
        resolve(offline=True)


ENVIRONMENTS = {
    "nothing": ({}, "https://deb.debian.org/debian", "https://deb.debian.org/debian-security"),
    "a mirror": (
        {"JUPYTER_CONTAINERIZE_DEBIAN_MIRROR": "http://mirror.example/debian/"},
        "http://mirror.example/debian",
        "http://mirror.example/debian-security",
    ),
    "two mirrors": (
        {
            "JUPYTER_CONTAINERIZE_DEBIAN_MIRROR": "https://a.example/d",
            "JUPYTER_CONTAINERIZE_DEBIAN_SECURITY_MIRROR": "https://b.example/s",
        },
        "https://a.example/d",
        "https://b.example/s",
    ),
}


@pytest.mark.parametrize("case", ENVIRONMENTS)
def test_from_environment__variables__name_the_mirrors(case):
    """One variable moves both archives, two move each."""
    environ, mirror, security = ENVIRONMENTS[case]
    archive = DebianArchive.from_environment(environ)
    assert (archive.mirror, archive.security_mirror) == (mirror, security)
    assert archive.keys == shipped_keys()


@pytest.mark.parametrize("url", ["https://me:secret@mirror.example/debian", "ftp://mirror.example", "mirror.example"])
def test_from_environment__mirror_that_we_do_not_use__is_refused_without_secrets(url):
    """A password would end up in the image's list of packages; it is not even in the error."""
    with pytest.raises(IllegalMirror) as caught:
        DebianArchive.from_environment({"JUPYTER_CONTAINERIZE_DEBIAN_MIRROR": url})
    assert caught.value.variable == "JUPYTER_CONTAINERIZE_DEBIAN_MIRROR"
    assert "secret" not in f"{caught.value} {caught.value.url}"


# As the table in keys/README.md has them.
FINGERPRINTS = {
    "b8b80b5b623eab6ad8775c45b7c5d7d6350947f8",
    "05ab90340c0c5e797f44a8c8254cf3b5aec0a8f0",
    "4d64fec119c2029067d6e791f8d2585b8783d481",
    "04b54c3cdca79751b16bc6b5225629df75b188bd",
    "5e04a1e3223a19a20706e20f9904613d4cce68c6",
    "41587f7db8c774bccf131416762f67a0b2c39de4",
}


def test_shipped_keys__are_debians():
    """The package carries the archive keys of Debian 12 and 13, and no other."""
    assert {pysequoia.Cert.from_bytes(key).fingerprint for key in shipped_keys()} == FINGERPRINTS
