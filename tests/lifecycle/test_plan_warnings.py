"""What the user is told before a build, of what makes an image larger than it need be."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jupyter_containerize.lifecycle.plan_warnings import warnings_of
from tests.lifecycle.made_plan import (
    asked_for,
    captured,
    distribution,
    local_file,
    made_plan,
    package,
    wheel_layer,
)

MB = 1_000_000
TORCH = (
    distribution("torch", "nvidia-cublas-cu12; platform_system == 'Linux'", "numpy; extra == 'opt'"),
    distribution("sentence-transformers", "torch>=1"),
)
JAX = distribution("jax", "nvidia-cublas-cu11; extra == 'cuda'")

CASES = {
    "nothing to say": ({"packages": [package("numpy", size_bytes=20 * MB)]}, []),
    "cuda twice": (
        {
            "packages": [
                package("nvidia-cublas-cu12", size_bytes=40 * MB),
                package("nvidia-cublas-cu11", size_bytes=30 * MB),
            ],
            "distributions": [*TORCH, JAX],
            "requirements": [asked_for("torch", 3), asked_for("jax", 4)],
            "sources": ("model.to('cuda')",),
        },
        [
            (
                "JC-PLAN-11",
                "The CUDA libraries are in the image 2 times: CUDA 11 for jax (30.0 MB), CUDA 12 for torch (40.0 MB)",
                4,
            )
        ],
    ),
    "cuda 13 has no suffix": (
        {
            "packages": [package("nvidia-cuda-runtime", "13.0.48"), package("nvidia-cublas-cu12")],
            "sources": ("model.cuda()",),
        },
        [
            (
                "JC-PLAN-11",
                (
                    "The CUDA libraries are in the image 2 times: CUDA 12 for nvidia-cublas-cu12 (1.0 kB), CUDA 13 for "
                    "nvidia-cuda-runtime (1.0 kB)"
                ),
                None,
            )
        ],
    ),
    "several libraries of one cuda": (
        {"packages": [package("nvidia-cublas-cu12"), package("nvidia-curand-cu12")], "sources": ("device = 0",)},
        [],
    ),
    "cuda that nobody uses": (
        {
            "packages": [package("nvidia-cublas-cu12", size_bytes=40 * MB), package("triton", size_bytes=10 * MB)],
            "distributions": TORCH,
            "requirements": [asked_for("sentence-transformers", 2)],
        },
        [
            (
                "JC-PLAN-12",
                "torch brings 50.0 MB of libraries for GPUs, and nothing in the notebook uses one",
                2,
            )
        ],
    ),
    "gpu build that nobody uses": (
        {"packages": [package("onnxruntime-gpu")], "requirements": [asked_for("onnxruntime-gpu", 1)]},
        [("JC-PLAN-12", "onnxruntime-gpu is for GPUs, and nothing in the notebook uses one", 1)],
    ),
    "weights whose folder is named": (
        {
            "files": [local_file("models/best.pt"), local_file("models/old.pt", 5 * MB), local_file("models/a.txt")],
            "named": ("models", "models/best.pt"),
        },
        [
            (
                "JC-PLAN-13",
                "models/old.pt (5.0 MB) goes into the image, and the serving code does not name it",
                None,
            )
        ],
    ),
    "weights that are named": ({"files": [local_file("best.pt")], "named": ("best.pt",)}, []),
    "an optimizer": (
        {"objects": [captured("opt", "torch.optim.adam.Adam")]},
        [
            (
                "JC-PLAN-14",
                "opt (torch.optim.adam.Adam, 10 bytes) brings what only training needs: an optimizer",
                2,
            )
        ],
    ),
    "a wrapper with an optimizer": (
        {"objects": [captured("net", "__main__.Learner", modules=("torch.nn.modules", "torch.optim.sgd"))]},
        [("JC-PLAN-14", "net (__main__.Learner, 10 bytes) brings what only training needs: an optimizer", 2)],
    ),
    "training data": (
        {"objects": [captured("frame", "pandas.core.frame.DataFrame", 60 * MB)]},
        [("JC-PLAN-15", "frame is data, not a model, and 60.0 MB of the image", 2)],
    ),
    "a small table": ({"objects": [captured("frame", "pandas.core.frame.DataFrame", MB)]}, []),
    "a large model": ({"objects": [captured("model", "sklearn.pipeline.Pipeline", 60 * MB)]}, []),
}


@pytest.mark.parametrize(("given", "expected"), CASES.values(), ids=CASES)
def test_warnings_of__what_is_in_the_image__is_told_with_the_cell(given, expected):
    """Each says what, how much, and the cell that asked for it."""
    found = warnings_of(made_plan(**given))
    told = [(item.code, item.message, item.location and item.location.cell) for item in found]
    assert told == expected
    assert all(item.hint.endswith(".") for item in found)


def test_warnings_of__layer_above_a_gigabyte__is_told():
    """A registry may refuse it."""
    layers = (wheel_layer("torch", "2.0", size_bytes=1_500 * MB), wheel_layer("x", "1", size_bytes=1_400 * MB))
    found = warnings_of(made_plan(*layers))
    assert [item.message for item in found] == [
        "One layer has 1.5 GB: torch 2.0",
        "One layer has 1.4 GB: x 1",
    ]


DOMINATING = {
    "asked for by a cell": ("big", "big is 80 % of the image (80.0 MB); the notebook asks for it", 3),
    "asked for by another": (
        "small",
        "big is 80 % of the image (80.0 MB); small asks for it (small -> middle -> big)",
        3,
    ),
    "asked for by nobody that we know": ("other", "big is 80 % of the image (80.0 MB); our server asks for it", None),
}


@pytest.mark.parametrize(("root", "message", "cell"), DOMINATING.values(), ids=DOMINATING)
def test_warnings_of__one_distribution_is_most_of_the_image__names_who_asked(root, message, cell):
    """For a transitive one the whole chain is named."""
    layers = (wheel_layer("big", "1", size_bytes=80 * MB), wheel_layer("rest", "1", size_bytes=20 * MB))
    plan = made_plan(
        *layers,
        packages=[package("big", size_bytes=80 * MB), package("rest", size_bytes=20 * MB)],
        distributions=[
            distribution("small", "middle", "broken ["),
            distribution("middle", "Big>=1; python_version>'3'"),
        ],
        requirements=[asked_for(root, 3)],
    )
    assert [(item.message, item.location and item.location.cell) for item in warnings_of(plan)] == [(message, cell)]


def test_warnings_of__small_image__does_not_say_what_dominates():
    """Half of little is little."""
    plan = made_plan(wheel_layer("numpy", "1", size_bytes=MB), packages=[package("numpy", size_bytes=MB)])
    assert warnings_of(plan) == ()


def test_warnings_of__two_platforms__are_told_once():
    """What is alike on both is said once."""
    plan = made_plan(packages=[package("onnxruntime-gpu")])
    twice = replace(plan, targets=plan.targets * 2)
    assert len(warnings_of(twice)) == 1
