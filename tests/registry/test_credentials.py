"""Docker's config file and credential helpers."""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from jupyter_containerize.registry import (
    CredentialHelperFailed,
    Credentials,
    CredentialsUnreadable,
    DockerConfig,
)

ADA = Credentials(username="ada", password="love:lace")
AUTH = {"auth": base64.b64encode(b"ada:love:lace").decode()}

FOUND: dict[str, tuple[str, dict[str, Any]]] = {
    "by host": ("ghcr.io", {"auths": {"ghcr.io": AUTH}}),
    "by URL": ("ghcr.io", {"auths": {"https://ghcr.io/v2/": AUTH}}),
    "with port": ("localhost:5000", {"auths": {"localhost:5000": AUTH}}),
    "Docker Hub": ("docker.io", {"auths": {"https://index.docker.io/v1/": AUTH}}),
    "in the open": ("a.example", {"auths": {"a.example": {"username": "ada", "password": "love:lace"}}}),
}


def _write(folder: Path, document: object) -> None:
    (folder / "config.json").write_text(json.dumps(document))


@pytest.mark.parametrize(("host", "document"), FOUND.values(), ids=FOUND)
def test_lookup__in_the_file__is_found(docker_folder: Path, host: str, document: dict[str, Any]) -> None:
    """Every way in which Docker has written a login is read."""
    _write(docker_folder, document)
    assert DockerConfig.read().lookup(host) == ADA


NOT_FOUND: dict[str, dict[str, Any]] = {
    "empty": {},
    "other host": {"auths": {"other.example": AUTH}},
    "other port": {"auths": {"a.example:5000": AUTH}},
    "kept elsewhere": {"auths": {"a.example": {}}},
}


@pytest.mark.parametrize("document", NOT_FOUND.values(), ids=NOT_FOUND)
def test_lookup__not_in_the_file__is_none(docker_folder: Path, document: dict[str, Any]) -> None:
    """A login for another host is not used."""
    _write(docker_folder, document)
    assert DockerConfig.read().lookup("a.example") is None


def test_read__no_file__is_empty() -> None:
    """Somebody who never used Docker has no logins, and no error."""
    assert DockerConfig.read().lookup("a.example") is None


DAMAGED = {
    "not JSON": "{",
    "a list": "[]",
    "auths is a list": '{"auths": [1]}',
    "entry is a text": '{"auths": {"a.example": "x"}}',
    "not base64": '{"auths": {"a.example": {"auth": "?"}}}',
}


@pytest.mark.parametrize("text", DAMAGED.values(), ids=DAMAGED)
def test_lookup__damaged_file__names_it(docker_folder: Path, text: str) -> None:
    """A config file that cannot be read is the user's to mend."""
    (docker_folder / "config.json").write_text(text)
    with pytest.raises(CredentialsUnreadable) as caught:
        DockerConfig.read().lookup("a.example")
    assert caught.value.path == docker_folder / "config.json"


@pytest.fixture
def helper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a credential helper on the PATH that knows one host; give its file."""
    path = tmp_path / "bin" / "docker-credential-test"
    path.parent.mkdir()
    path.write_text(
        f"""#!{sys.executable}
import json, sys
host = sys.stdin.read()
if sys.argv[1:] != ["get"] or host == "broken.example":
    sys.exit("hush")
if host == "token.example":
    print(json.dumps({{"ServerURL": host, "Username": "<token>", "Secret": "hush"}}))
elif host in ("a.example", "https://index.docker.io/v1/"):
    print(json.dumps({{"ServerURL": host, "Username": "ada", "Secret": "love:lace"}}))
else:
    sys.exit(print("credentials not found in native keychain") or 1)
"""
    )
    path.chmod(0o755)
    monkeypatch.setenv("PATH", str(path.parent), prepend=":")
    return path


HELPED: dict[str, tuple[str, dict[str, Any], Credentials | None]] = {
    "for the host": ("a.example", {"credHelpers": {"a.example": "test"}}, ADA),
    "for all": ("a.example", {"credsStore": "test", "auths": {"a.example": {}}}, ADA),
    "Docker Hub": ("docker.io", {"credsStore": "test"}, ADA),
    "identity token": ("token.example", {"credsStore": "test"}, Credentials(identity_token="hush")),
    "knows nothing": ("other.example", {"credsStore": "test"}, None),
    "knows nothing, the file does": ("b.example", {"credsStore": "test", "auths": {"b.example": AUTH}}, ADA),
    "for another host": ("b.example", {"credHelpers": {"a.example": "missing"}, "auths": {"b.example": AUTH}}, ADA),
}


@pytest.mark.usefixtures("helper")
@pytest.mark.parametrize(("host", "document", "found"), HELPED.values(), ids=HELPED)
def test_lookup__with_helper__asks_it(
    docker_folder: Path, host: str, document: dict[str, Any], found: Credentials | None
) -> None:
    """Helpers are asked as Docker asks them."""
    _write(docker_folder, document)
    assert DockerConfig.read().lookup(host) == found


@pytest.mark.usefixtures("helper")
@pytest.mark.parametrize(("name", "reason"), [("missing", "not installed"), ("test", "exit code 1")])
def test_lookup__helper_fails__names_the_program_and_no_secret(docker_folder: Path, name: str, reason: str) -> None:
    """A helper that fails is named; what it wrote is not shown, since it may be the secret."""
    _write(docker_folder, {"credsStore": name})
    with pytest.raises(CredentialHelperFailed) as caught:
        DockerConfig.read().lookup("broken.example")
    assert (caught.value.program, caught.value.reason) == (f"docker-credential-{name}", reason)


def test_credentials__shown__hide_their_secrets() -> None:
    """A login in a traceback or a log shows the user name only."""
    shown = repr(Credentials(username="ada", password="hush", identity_token="hush"))
    assert "ada" in shown
    assert "hush" not in shown
