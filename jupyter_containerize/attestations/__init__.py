"""Says what is in an image, how it was made, and that it is ours: bills of materials, provenance, signatures."""

from jupyter_containerize.attestations.attaching import attach, attach_signature
from jupyter_containerize.attestations.attachments import (
    Attachment,
    attachments,
    attachments_of,
    signature_attachment,
)
from jupyter_containerize.attestations.contents import (
    Contents,
    FileItem,
    ImageName,
    ObjectItem,
    PythonItem,
    WheelFacts,
    WheelItem,
    contents_of,
    steady,
)
from jupyter_containerize.attestations.cyclonedx import cyclonedx
from jupyter_containerize.attestations.inventory import (
    Change,
    Inventory,
    differences,
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
from jupyter_containerize.attestations.provenance import Rebase, provenance, rebase_provenance, request_options
from jupyter_containerize.attestations.published import Verified, verify_published
from jupyter_containerize.attestations.restated import named_bill, restated
from jupyter_containerize.attestations.seen import has_signature
from jupyter_containerize.attestations.signatures import (
    Signature,
    read_signatures,
    sign,
    signature_image,
    signature_tag,
    verify,
)
from jupyter_containerize.attestations.spdx import spdx

__all__ = [
    "Attachment",
    "Change",
    "Contents",
    "FileItem",
    "ImageName",
    "Inventory",
    "ObjectItem",
    "PythonItem",
    "Rebase",
    "Signature",
    "SigningKey",
    "Verified",
    "VerifyingKey",
    "WheelFacts",
    "WheelItem",
    "attach",
    "attach_signature",
    "attachments",
    "attachments_of",
    "contents_of",
    "cyclonedx",
    "differences",
    "has_signature",
    "key_findings",
    "key_password",
    "named_bill",
    "provenance",
    "read_inventory",
    "read_key",
    "read_public_key",
    "read_signatures",
    "rebase_provenance",
    "request_options",
    "restated",
    "sign",
    "signature_attachment",
    "signature_image",
    "signature_tag",
    "signing_key",
    "spdx",
    "steady",
    "verify",
    "verify_published",
    "verifying_key",
]
