"""Logins as Docker keeps them: in its config file, or with a credential helper.

Source: docker/cli, "docker login", and docker/docker-credential-helpers, "Development".
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from jupyter_containerize.registry.errors import CredentialHelperFailed, CredentialsUnreadable
from jupyter_containerize.registry.hosts import DOCKER_HUB

_HUB_KEY = "https://index.docker.io/v1/"
_HELPER_SECONDS = 60
# What a helper says as the user name when the secret is an identity token.
_TOKEN_USER = "<token>"  # noqa: S105  # not a secret
_NOT_FOUND = "credentials not found"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """A login: user and password, or an identity token to be traded for access tokens."""

    username: str = ""
    password: str = field(default="", repr=False)
    identity_token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class DockerConfig:
    """What Docker's config file says about logins. Logins are looked up when they are needed."""

    path: Path
    auths: Mapping[str, Any]
    helpers: Mapping[str, str]
    default_helper: str

    @classmethod
    def read(cls) -> Self:
        """Read ``config.json`` in ``$DOCKER_CONFIG`` or ``~/.docker``; a missing one is an empty one.

        Raises:
            CredentialsUnreadable: it is not a JSON object, or cannot be read.
        """
        folder = os.environ.get("DOCKER_CONFIG", "")
        path = (Path(folder) if folder else Path.home() / ".docker") / "config.json"
        try:
            document = json.loads(path.read_bytes())
        except FileNotFoundError:
            document = {}
        except OSError as error:
            raise CredentialsUnreadable(path, os.strerror(error.errno or 0)) from error
        except ValueError as error:
            raise CredentialsUnreadable(path, "not JSON") from error
        if not isinstance(document, dict):
            raise CredentialsUnreadable(path, "not a JSON object")
        return cls(
            path=path,
            auths=_mapping(path, document, "auths"),
            helpers=_mapping(path, document, "credHelpers"),
            default_helper=str(document.get("credsStore") or ""),
        )

    def lookup(self, host: str) -> Credentials | None:
        """Return the login for a registry, or ``None``. A helper named for the host comes first.

        Raises:
            CredentialHelperFailed: a helper is missing or failed.
            CredentialsUnreadable: the entry for the host is damaged.
        """
        for key in _keys(host):
            helper = self.helpers.get(key) or self.default_helper
            found = _ask(helper, key, host) if helper else None
            if found is not None:
                return found
        keys = _keys(host)
        for key, entry in self.auths.items():
            if (key in keys or _host(key) in keys) and (found := self._entry(entry)) is not None:
                return found
        return None

    def _entry(self, entry: object) -> Credentials | None:
        if not isinstance(entry, dict):
            raise CredentialsUnreadable(self.path, "an entry of auths is not an object")
        if token := entry.get("identitytoken"):
            return Credentials(identity_token=str(token))
        if encoded := entry.get("auth"):
            try:
                username, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
            except (binascii.Error, ValueError, TypeError) as error:
                raise CredentialsUnreadable(self.path, "an auth is not base64") from error
            return Credentials(username=username, password=password.rstrip("\0"))
        if entry.get("username"):
            return Credentials(username=str(entry["username"]), password=str(entry.get("password", "")))
        # Docker leaves an empty entry behind for what a helper keeps.
        return None


def _mapping(path: Path, document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = document.get(name) or {}
    if not isinstance(value, dict):
        raise CredentialsUnreadable(path, f"{name} is not an object")
    return value


def _keys(host: str) -> tuple[str, ...]:
    return (_HUB_KEY, DOCKER_HUB, "index.docker.io") if host == DOCKER_HUB else (host,)


def _host(key: str) -> str:
    """Return the host of a key, which Docker has also written as a URL."""
    return key.removeprefix("https://").removeprefix("http://").partition("/")[0]


def _ask(helper: str, key: str, host: str) -> Credentials | None:
    program = f"docker-credential-{helper}"
    try:
        done = subprocess.run(
            [program, "get"], input=key.encode(), capture_output=True, check=False, timeout=_HELPER_SECONDS
        )
    except FileNotFoundError as error:
        raise CredentialHelperFailed(host, program, "not installed") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CredentialHelperFailed(host, program, "did not answer") from error
    if done.returncode:
        # Helpers write their refusals to stdout; those that know nothing all say so in these words.
        if _NOT_FOUND in done.stdout.decode(errors="replace").lower():
            return None
        raise CredentialHelperFailed(host, program, f"exit code {done.returncode}")
    try:
        answer = json.loads(done.stdout)
        username, secret = str(answer["Username"]), str(answer["Secret"])
    except (ValueError, KeyError, TypeError) as error:
        raise CredentialHelperFailed(host, program, "unreadable answer") from error
    if username == _TOKEN_USER:
        return Credentials(identity_token=secret)
    return Credentials(username=username, password=secret) if username or secret else None
