"""Says what is in an image, how it was made, and that it is ours: bills of materials, provenance, signatures."""

from jupyter_containerize.attestations.artifacts import Artifact, artifacts, sbom_layer_entries, signed_artifact
from jupyter_containerize.attestations.contents import (
    Contents,
    FileItem,
    ImageName,
    ObjectItem,
    PythonItem,
    WheelFacts,
    WheelItem,
    contents_of,
)
from jupyter_containerize.attestations.cyclonedx import cyclonedx
from jupyter_containerize.attestations.inventory import (
    Change,
    Inventory,
    differences,
    inventory_of,
    read_inventory,
)
from jupyter_containerize.attestations.keys import (
    SigningKey,
    VerifyingKey,
    key_findings,
    key_password,
    read_key,
    read_public_key,
    signing_key,
    verifying_key,
)
from jupyter_containerize.attestations.licences import facts_of, licences_of
from jupyter_containerize.attestations.provenance import provenance, request_options
from jupyter_containerize.attestations.signatures import (
    Signature,
    SignatureImage,
    read_signatures,
    sign,
    signature_image,
    signature_tag,
    verify,
)
from jupyter_containerize.attestations.spdx import spdx

__all__ = [
    "Artifact",
    "Change",
    "Contents",
    "FileItem",
    "ImageName",
    "Inventory",
    "ObjectItem",
    "PythonItem",
    "Signature",
    "SignatureImage",
    "SigningKey",
    "VerifyingKey",
    "WheelFacts",
    "WheelItem",
    "artifacts",
    "contents_of",
    "cyclonedx",
    "differences",
    "facts_of",
    "inventory_of",
    "key_findings",
    "key_password",
    "licences_of",
    "provenance",
    "read_inventory",
    "read_key",
    "read_public_key",
    "read_signatures",
    "request_options",
    "sbom_layer_entries",
    "sign",
    "signature_image",
    "signature_tag",
    "signed_artifact",
    "signing_key",
    "spdx",
    "verify",
    "verifying_key",
]
