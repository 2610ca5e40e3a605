"""Both documents are valid, say the same, and are the same bytes for the same contents."""

from __future__ import annotations

import json
import warnings
from dataclasses import replace

import pytest
from cyclonedx.model.bom import Bom
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

from jupyter_containerize.attestations import (
    Contents,
    ImageName,
    ObjectItem,
    PythonItem,
    cyclonedx,
    spdx,
    steady,
)
from jupyter_containerize.domain.image import Reference
from tests.attestations.made_contents import IMAGE, small_contents

with warnings.catch_warnings():
    # The reader's own dependencies use what Python has deprecated.
    warnings.simplefilter("ignore")
    from spdx_tools.spdx.parser.jsonlikedict.json_like_dict_parser import JsonLikeDictParser
    from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

OBJECT = ObjectItem(
    name="modèle",
    type_name="sklearn.linear_model.LogisticRegression",
    format="buffers",
    sha256="56" * 32,
    size_bytes=812,
    evidence="iris.ipynb[4]:1",
)
CONTENTS: dict[str, Contents] = {
    "everything": small_contents(objects=(OBJECT,)),
    "nothing but Python": small_contents(wheels=(), system_packages=(), files=(), distro=""),
    "a named base": small_contents(
        system_packages=(), distro="", base=ImageName(reference=Reference.parse("python:3.11"), digest=IMAGE.digest)
    ),
    "a standalone Python": small_contents(
        python=PythonItem(version="3.12.4", url="https://python.example/cpython.tar.zst", sha256="78" * 32)
    ),
}
SECRETS = ("hidden", "somebody", "/home", "me:")


@pytest.mark.parametrize("image", [None, IMAGE], ids=["inside", "beside"])
@pytest.mark.parametrize("case", CONTENTS)
def test_cyclonedx__contents__are_valid_by_the_schema(case, image):
    """The official schema of 1.6 holds, with nothing unknown in it."""
    document = cyclonedx(CONTENTS[case], image=image).decode()
    errors = JsonStrictValidator(SchemaVersion.V1_6).validate_str(document, all_errors=True)
    assert [str(error) for error in errors or ()] == []


@pytest.mark.parametrize("image", [None, IMAGE], ids=["inside", "beside"])
@pytest.mark.parametrize("case", CONTENTS)
def test_spdx__contents__are_valid_by_the_reference_tools(case, image):
    """SPDX's own Python tools read it and find nothing wrong."""
    document = JsonLikeDictParser().parse(json.loads(spdx(CONTENTS[case], image=image)))
    messages = [message.validation_message for message in validate_full_spdx_document(document)]
    assert messages == []


def test_cyclonedx__read_by_others__has_what_scanners_look_for():
    """OWASP's library finds names, versions, purls, hashes and who depends on whom."""
    bom = Bom.from_json(json.loads(cyclonedx(CONTENTS["everything"], image=IMAGE)))
    found = {item.name: item for item in bom.components if "vendored" not in item.bom_ref.value}
    assert str(found["numpy"].purl) == "pkg:pypi/numpy@2.3.1"
    assert str(found["torch"].purl) == "pkg:pypi/torch@2.4.0%2Bcpu"
    assert str(found["libstdc++6"].purl) == (
        "pkg:deb/debian/libstdc%2B%2B6@12.2.0-14%2Bdeb12u1?arch=amd64&distro=debian-12&upstream=gcc-12%4012.2.0-14"
    )
    assert str(found["libgomp1"].purl) == (
        "pkg:deb/debian/libgomp1@1:12.2~rc1-14?arch=amd64&distro=debian-12&upstream=gcc-12"
    )
    assert [item.content for item in found["numpy"].hashes] == ["05" * 32]
    assert bom.metadata.component.version == IMAGE.digest
    edges = {item.ref.value: {other.ref.value for other in item.dependencies} for item in bom.dependencies}
    assert edges["pkg:pypi/scikit-learn@1.5.2"] == {"pkg:pypi/numpy@2.3.1"}


def test_documents__the_servers_own_libraries__are_listed_beside_those_of_that_name():
    """A scanner looks them up as any other; both have a name of their own in the document."""
    components = json.loads(cyclonedx(CONTENTS["everything"]))["components"]
    found = {item["bom-ref"]: item for item in components}
    assert len(found) == len(components)
    own = found["vendored:httptools"]
    assert (own["purl"], own["licenses"]) == ("pkg:pypi/httptools@0.9.0", [{"expression": "MIT"}])
    assert {"name": "io.jupyter-containerize:vendored", "value": "true"} in own["properties"]
    assert {item["purl"] for name, item in found.items() if name.endswith((":numpy", "numpy@2.3.1"))} == {
        "pkg:pypi/numpy@2.3.1",
        "pkg:pypi/numpy@9.9",
    }
    packages = json.loads(spdx(CONTENTS["everything"]))["packages"]
    assert {item["versionInfo"] for item in packages if item["name"] == "numpy"} == {"2.3.1", "9.9"}
    assert "runtime the server's own" in json.dumps([item for item in packages if item["name"] == "httptools"])


@pytest.mark.parametrize("make", [cyclonedx, spdx])
def test_purls__every_one__is_in_its_canonical_spelling(make):
    """The reference implementation of package URLs would write each the same way."""
    document = json.loads(make(CONTENTS["everything"], image=IMAGE))
    references = [item for package in document.get("packages", []) for item in package.get("externalRefs", [])]
    purls = [item["purl"] for item in document.get("components", []) if "purl" in item]
    purls += [item["referenceLocator"] for item in references]
    assert purls
    assert [str(PackageURL.from_string(purl)) for purl in purls] == purls


@pytest.mark.parametrize("make", [cyclonedx, spdx])
def test_evidence__of_a_distribution__names_cell_and_line(make):
    """Whoever reads the document learns which cell asked for a library, and what needs a system package."""
    text = make(CONTENTS["everything"]).decode()
    assert "iris.ipynb[3]:7 import sklearn.linear_model" in text
    assert "requires scikit-learn" in text
    assert "libgomp.so.1 of scikit-learn" in text
    assert "only-the-kernel-has" not in text


@pytest.mark.parametrize("make", [cyclonedx, spdx])
def test_document__machine_and_secrets__are_not_in_it(make):
    """No login, no signed URL, and no folder of the machine."""
    text = make(CONTENTS["everything"], image=IMAGE).decode()
    assert [secret for secret in SECRETS if secret in text] == []


def test_licences__of_wheels__are_expressions_or_words():
    """A licence that tools know is written as they write it; any other keeps its words."""
    contents = small_contents(vendored=())
    found = {item["name"]: item.get("licenses") for item in json.loads(cyclonedx(contents))["components"]}
    assert found["scikit-learn"] == [{"expression": "BSD-3-Clause"}]
    assert found["numpy"] == [{"license": {"name": "BSD License"}}]
    assert found["torch"] == [{"expression": "MIT OR Apache-2.0"}]
    assert found["mine"] == [{"license": {"name": "LicenseRef-Ours"}}]


@pytest.mark.parametrize("make", [cyclonedx, spdx])
def test_document__order_of_what_is_given__changes_no_byte(make):
    """The same contents in another order are the same document, with the same serial number."""
    contents = small_contents()
    assert make(contents) == make(small_contents(turned=True))
    assert make(contents) != make(replace(contents, notebook_digest="99" * 32))


@pytest.mark.parametrize("make", [cyclonedx, spdx])
def test_steady__code_changed__is_the_same_document(make):
    """A new notebook digest or version of ours gives no new document in the image; another wheel does."""
    contents = small_contents()
    changed = replace(contents, notebook_digest="99" * 32, tool_version="9")
    assert make(steady(contents)) == make(steady(changed))
    assert make(steady(contents)) != make(steady(replace(contents, wheels=contents.wheels[1:])))
