"""The OCI distribution protocol: which blobs a registry has, push, mount, pull, log in.

Source: OCI distribution-spec 1.1, https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md
"""

from jupyter_containerize.registry.client import RegistryClient
from jupyter_containerize.registry.credentials import Credentials, DockerConfig
from jupyter_containerize.registry.errors import (
    CredentialHelperFailed,
    CredentialsMissing,
    CredentialsUnreadable,
    NoMatchingPlatform,
    RegistryRefused,
    RegistryUnreachable,
)
from jupyter_containerize.registry.pull import PLATFORM, pull_documents

__all__ = [
    "PLATFORM",
    "CredentialHelperFailed",
    "Credentials",
    "CredentialsMissing",
    "CredentialsUnreadable",
    "DockerConfig",
    "NoMatchingPlatform",
    "RegistryClient",
    "RegistryRefused",
    "RegistryUnreachable",
    "pull_documents",
]
