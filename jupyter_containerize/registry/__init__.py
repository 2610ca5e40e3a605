"""The OCI distribution protocol: which blobs a registry has, push, mount, pull, log in.

Source: OCI distribution-spec 1.1, https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md
"""

from jupyter_containerize.registry.client import RegistryClient
from jupyter_containerize.registry.credentials import Credentials, DockerConfig
from jupyter_containerize.registry.errors import (
    BlobDamaged,
    CredentialHelperFailed,
    CredentialsMissing,
    CredentialsUnreadable,
    NoMatchingPlatform,
    RegistryGarbled,
    RegistryRefused,
    RegistryUnreachable,
)
from jupyter_containerize.registry.pull import pull_documents
from jupyter_containerize.registry.referrers import push_artifact, referrers
from jupyter_containerize.registry.side_by_side import side_by_side

__all__ = [
    "BlobDamaged",
    "CredentialHelperFailed",
    "Credentials",
    "CredentialsMissing",
    "CredentialsUnreadable",
    "DockerConfig",
    "NoMatchingPlatform",
    "RegistryClient",
    "RegistryGarbled",
    "RegistryRefused",
    "RegistryUnreachable",
    "pull_documents",
    "push_artifact",
    "referrers",
    "side_by_side",
]
