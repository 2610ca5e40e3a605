"""The labels and the environment that the lifecycle's exporter gives an image.

Source: Buildpacks platform specification, "Labels" and "Launch Environment"; base image labels: "Run Image".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from jupyter_containerize.cnb.values import (
    BASE_PREFIX,
    DISTRO_NAME,
    DISTRO_VERSION,
    LAUNCHER,
    LAUNCHER_VERSION,
    PLATFORM_API,
    PROCESSES,
    REBASABLE_LABEL,
    AppLayers,
    Base,
    Process,
    RunImage,
)
from jupyter_containerize.oci.canonical import to_json


def lifecycle_metadata(layers: AppLayers, run: RunImage, *, buildpack: str, version: str) -> str:
    """Return which layer is what: every ``sha`` is a diff_id. Tools rebase and read bills of materials by it."""
    named = {"image": run.image, **({"mirrors": list(run.mirrors)} if run.mirrors else {})}
    document: dict[str, Any] = {
        "app": [{"sha": diff_id} for diff_id in layers.app],
        "buildpacks": [
            {
                "key": buildpack,
                "version": version,
                "layers": {
                    name: {"sha": diff_id, "launch": True, "build": False, "cache": False}
                    for name, diff_id in layers.buildpack.items()
                },
            }
        ],
        "config": {"sha": layers.config},
        "launcher": {"sha": layers.launcher},
        "process-types": {"sha": layers.process_types},
        "runImage": {"topLayer": run.top_layer, "reference": run.reference, **named},
        # Old tools look here.
        "stack": {"runImage": named},
    }
    if layers.sbom is not None:
        document["sbom"] = {"sha": layers.sbom}
    return to_json(document).decode()


def build_metadata(processes: Sequence[Process], *, buildpack: str, version: str) -> str:
    """Return how the image starts and what made it; the first process is the default."""
    return to_json(
        {
            "buildpacks": [{"id": buildpack, "version": version}],
            "processes": [
                {
                    "type": process.type,
                    "command": list(process.command),
                    "args": list(process.args),
                    "direct": True,
                    "buildpackID": buildpack,
                }
                for process in sorted(processes, key=lambda process: process.type)
            ],
            "launcher": {
                "version": LAUNCHER_VERSION,
                "source": {"git": {"repository": "jupyter-containerize", "commit": version}},
            },
            "buildpack-default-process-type": processes[0].type,
        }
    ).decode()


def project_metadata(notebook: str, digest: str) -> str:
    """Return what the image was made from. ``digest`` is the notebook's sha256, hex or with its prefix."""
    source = {
        "type": "notebook",
        "version": {"sha256": digest.removeprefix("sha256:")},
        "metadata": {"path": notebook},
    }
    return to_json({"source": source}).decode()


def environment(run_image_env: Mapping[str, str], *, layers_dir: str, app_dir: str) -> dict[str, str]:
    """Return the image's environment: that of the run image, and what the launcher reads and takes away again."""
    path = run_image_env.get("PATH", "/usr/local/bin:/usr/bin:/bin")
    return {
        **run_image_env,
        "CNB_LAYERS_DIR": layers_dir,
        "CNB_APP_DIR": app_dir,
        "CNB_PLATFORM_API": PLATFORM_API,
        "CNB_DEPRECATION_MODE": "quiet",
        "PATH": f"/{PROCESSES}:/{LAUNCHER.rpartition('/')[0]}:{path}",
    }


def base_labels(base: Base) -> dict[str, str]:
    """Return the labels of a base, which every image on it has as well; none for a base that we did not make."""
    if not base.distro:
        return {}
    python = {"path": base.python, "minor": base.python_minor}
    metadata = {"release": base.release, "python": python, "packages": dict(base.packages)}
    return {
        f"{BASE_PREFIX}id": f"io.jupyter-containerize.{base.distro}-{base.version}",
        f"{BASE_PREFIX}maintainer": "jupyter-containerize",
        f"{BASE_PREFIX}description": f"{base.distro.capitalize()} {base.version} with Python {base.python_minor}",
        f"{BASE_PREFIX}metadata": to_json(metadata).decode(),
        DISTRO_NAME: base.distro,
        DISTRO_VERSION: base.version,
        REBASABLE_LABEL: "true",
    }
