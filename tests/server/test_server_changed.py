"""Whether a notebook has changed since its image was made, when only what it says of its image was edited."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from jupyter_containerize.builds.record import BuildRecord, BuildState, now
from jupyter_containerize.domain.image import Reference
from jupyter_containerize.notebooks import saved_digest
from jupyter_containerize.publishing import LocalStore
from jupyter_containerize.server.images import DIGEST_LABEL
from tests.oci.small import CONFIG
from tests.publishing.stored import stored_image


async def test_list__other_distributions_in_the_metadata__changed(
    api: Any, store: Path, notebook: str, jp_root_dir: Path, jp_serverapp: Any
) -> None:
    """A pin changes the image as code does; other metadata does not, and taking the pin back is as it was."""
    place = jp_root_dir / notebook
    labels = {DIGEST_LABEL: f"sha256:{saved_digest(place)}"}
    local = LocalStore(store)
    image = stored_image(local, config=replace(CONFIG, labels=labels))
    local.tag(Reference.parse("floor:1"), image.manifest_digest)
    (extension,) = jp_serverapp.extension_manager.extension_apps["jupyter_containerize"]
    record = BuildRecord(
        id="b1",
        path=notebook,
        state=BuildState.SUCCEEDED,
        created=now(),
        report={"digest": image.manifest_digest},
    )
    extension.queue.history.add(record, owner="nobody")

    async def changed_by(**metadata: object) -> bool | None:
        content = json.loads(place.read_text())
        content["metadata"] = {**before, **metadata}
        place.write_text(json.dumps(content))
        _, body = await api("get", "/containerize/images")
        return bool(body["images"][0]["changed"])

    before = json.loads(place.read_text())["metadata"]
    assert await changed_by() is False
    assert await changed_by(toc={"depth": 1}) is False
    assert await changed_by(containerize={"dependencies": {"pin": {"numpy": "1.26.4"}}}) is True
    assert await changed_by(containerize={"serve": "predict"}) is True
    assert await changed_by() is False
