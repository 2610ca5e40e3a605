"""What the user should know of a plan before it is carried out: what makes the image larger than it need be."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePosixPath

from jupyter_containerize.domain.build import Level
from jupyter_containerize.domain.environment import LockedPackage
from jupyter_containerize.domain.notebook import Finding, Severity
from jupyter_containerize.domain.size import size_text
from jupyter_containerize.lifecycle.chains import Chain, Chains
from jupyter_containerize.lifecycle.plan import Plan, TargetPlan, Understood
from jupyter_containerize.lifecycle.watch import Watch

CUDA_TWICE = "JC-PLAN-11"
CUDA_UNUSED = "JC-PLAN-12"
WEIGHTS_UNREAD = "JC-PLAN-13"
TRAINING_KEPT = "JC-PLAN-14"
DATA_KEPT = "JC-PLAN-15"
LAYER_LARGE = "JC-PLAN-16"
ONE_DOMINATES = "JC-PLAN-17"

# Registries begin to refuse layers, and engines to be slow with them, at a few of these.
_LARGE_LAYER_BYTES = 1_000_000_000
# Below this an image is small, whatever most of it is.
_DOMINATING_BYTES = 50_000_000
_DATA_BYTES = 10_000_000

_CUDA_SUFFIX = re.compile(r"nvidia-.+-cu(\d+)")
# The first ones without a suffix whose version is CUDA's; that of others (curand, cusolver) is their own.
_CUDA_VERSIONED = frozenset({"nvidia-cuda-runtime", "nvidia-cublas", "nvidia-cuda-nvrtc"})
_GPU_BUILDS: Mapping[str, str] = {
    "onnxruntime-gpu": "onnxruntime",
    "tensorflow-gpu": "tensorflow-cpu",
    "paddlepaddle-gpu": "paddlepaddle",
    "faiss-gpu": "faiss-cpu",
}
_GPU_COMPANIONS = frozenset({"triton", "pytorch-triton"})
# Code that may use a GPU; better one warning too few.
_USES_GPU = re.compile(r"cuda|gpu|device|accelerat|cupy|\.to\(|trainer\b|tpu", re.IGNORECASE)
_WEIGHTS = frozenset(
    {".pt", ".pth", ".bin", ".h5", ".hdf5", ".keras", ".ckpt", ".safetensors", ".onnx", ".gguf", ".joblib", ".pkl"}
    | {".pickle", ".ubj", ".cbm", ".tflite", ".pb", ".npz"}
)
_OPTIMIZERS = re.compile(r"(torch\.optim|keras\..*optimizers|tensorflow\..*optimizers?|optax)\b")
_TRAINERS = re.compile(r"(transformers\.trainer|lightning(\.pytorch|_fabric)?\.trainer|pytorch_lightning\.trainer)\b")
_DATA = re.compile(
    r"(pandas\.core\.(frame|series)|polars\.|pyarrow\.lib\.Table|numpy\.ndarray|scipy\.sparse"
    r"|torch\.utils\.data|datasets\.|builtins\.(list|dict|tuple|set)$)"
)


def warnings_of(plan: Plan) -> tuple[Finding, ...]:
    """Return what the user should know of a plan; what is alike on several platforms once."""
    found = [finding for target in plan.targets for finding in _of_target(plan.understood, target)]
    return tuple(
        dict.fromkeys((*plan.understood.findings, *found, *_of_objects(plan.understood), *_of_files(plan.understood)))
    )


def tell_warnings(plan: Plan, watch: Watch) -> None:
    """Tell whoever watches a build."""
    for finding in warnings_of(plan):
        where = "" if finding.location is None else f"{finding.location}: "
        watch.say(f"{where}{finding.message}. {finding.hint}", Level.WARNING)


def _of_target(understood: Understood, target: TargetPlan) -> Iterator[Finding]:
    chains = Chains(understood.requirements, understood.environment.distributions)
    packages = target.inputs.environment.packages
    yield from _cuda_twice(packages, chains.to)
    yield from _cuda_unused(understood, packages, chains.to)
    for layer in target.layers:
        if layer.size_bytes > _LARGE_LAYER_BYTES:
            yield _warning(
                LAYER_LARGE,
                f"One layer has {size_text(layer.size_bytes)}: {layer.title}",
                "Every pull and push moves it as a whole; leave out what serving does not need",
            )
    yield from _dominating(understood, target, chains.to)


def _cuda_twice(packages: tuple[LockedPackage, ...], chain_to: Callable[[str], Chain]) -> Iterator[Finding]:
    majors: dict[str, list[LockedPackage]] = {}
    for package in packages:
        major = _cuda_major(package)
        if major:
            majors.setdefault(major, []).append(package)
    if len(majors) < 2:  # noqa: PLR2004  # twice
        return
    told, chains = [], []
    for major, those in sorted(majors.items(), key=lambda item: int(item[0])):
        chain = chain_to(those[0].name)
        chains.append(chain)
        whose = chain.names[-2] if len(chain.names) > 1 else those[0].name
        told.append(f"CUDA {major} for {whose} ({size_text(_total(those))})")
    yield _warning(
        CUDA_TWICE,
        f"The CUDA libraries are in the image {len(majors)} times: {', '.join(told)}",
        "Install builds for one CUDA version in the kernel's environment, and build again",
        next((chain for chain in chains if chain.location), Chain()),
    )


def _cuda_major(package: LockedPackage) -> str:
    suffixed = _CUDA_SUFFIX.fullmatch(package.name)
    if suffixed:
        # cu12, cu118: the first two digits; CUDA 9 and older have no wheels.
        return suffixed[1][:2]
    return package.version.partition(".")[0] if package.name in _CUDA_VERSIONED else ""


def _cuda_unused(
    understood: Understood, packages: tuple[LockedPackage, ...], chain_to: Callable[[str], Chain]
) -> Iterator[Finding]:
    if any(_USES_GPU.search(cell.source) for cell in understood.notebook.code_cells):
        return
    for package in packages:
        if package.name in _GPU_BUILDS:
            yield _warning(
                CUDA_UNUSED,
                f"{package.name} is for GPUs, and nothing in the notebook uses one",
                f"Install {_GPU_BUILDS[package.name]} instead in the kernel's environment, and build again",
                chain_to(package.name),
            )
    libraries = [item for item in packages if item.name.startswith("nvidia-") or item.name in _GPU_COMPANIONS]
    if not any(item.name.startswith("nvidia-") for item in libraries):
        return
    chain = chain_to(libraries[0].name)
    whose = next((name for name in reversed(chain.names) if not name.startswith("nvidia-")), "a distribution")
    hint = "Install a build without CUDA in the kernel's environment, and build again"
    if whose == "torch":
        hint = (
            "Install its build for processors in the kernel's environment, and build again: "
            "pip install torch --index-url https://download.pytorch.org/whl/cpu"
        )
    yield _warning(
        CUDA_UNUSED,
        f"{whose} brings {size_text(_total(libraries))} of libraries for GPUs, and nothing in the notebook uses one",
        hint,
        chain,
    )


def _dominating(understood: Understood, target: TargetPlan, chain_to: Callable[[str], Chain]) -> Iterator[Finding]:
    environment = target.inputs.environment
    base = sum(layer.size_bytes for layer in target.base_layers)
    total = max(1, base + sum(layer.size_bytes for layer in target.layers))
    for package in environment.packages:
        size_bytes = package.size_bytes or 0
        if size_bytes < _DOMINATING_BYTES or size_bytes * 2 <= total:
            continue
        chain = chain_to(package.name)
        needed = {item.distribution for item in understood.requirements}
        through = f" ({chain})" if len(chain.names) > 1 else ""
        # The message has the place: the cell that could do without it.
        who = "the notebook" if package.name in needed else chain.names[0] if chain.names else "our server"
        yield _warning(
            ONE_DOMINATES,
            f"{package.name} is {size_bytes * 100 // total} % of the image ({size_text(size_bytes)}); "
            f"{who} asks for it{through}",
            "See whether serving can do without it, or whether a smaller build of it exists",
            chain,
        )


def _of_objects(understood: Understood) -> Iterator[Finding]:
    for item in understood.state.objects:
        about = " ".join((item.type_name, *item.modules))
        place = Chain(location=item.location)
        if _OPTIMIZERS.search(about) or _TRAINERS.search(about):
            yield _warning(
                TRAINING_KEPT,
                f"{item.name} ({item.type_name}, {size_text(item.total_bytes)}) brings what only training needs: "
                f"{'an optimizer' if _OPTIMIZERS.search(about) else 'a trainer'}",
                "Serve the model alone: bind it to a name of its own, and let the serving code use that",
                place,
            )
        elif _DATA.match(item.type_name) and item.total_bytes > _DATA_BYTES:
            yield _warning(
                DATA_KEPT,
                f"{item.name} is data, not a model, and {size_text(item.total_bytes)} of the image",
                "If the serving code needs only a part of it, or a number from it, bind that to a name of its own",
                place,
            )


def _of_files(understood: Understood) -> Iterator[Finding]:
    named = set(understood.serving.files)
    unread = [
        item
        for item in understood.files
        if PurePosixPath(item.path).suffix.lower() in _WEIGHTS and item.path not in named
    ]
    if unread:
        most = max(unread, key=lambda item: item.size_bytes)
        size = size_text(sum(item.size_bytes for item in unread))
        what, them = f"{most.path} ({size}) goes", "it"
        if len(unread) > 1:
            what, them = f"{most.path} and {len(unread) - 1} more ({size}) go", "them"
        yield _warning(
            WEIGHTS_UNREAD,
            f"{what} into the image, and the serving code does not name {them}",
            "It names a folder; name the file that it reads, or exclude what it does not read in project.toml",
        )


def _warning(code: str, message: str, hint: str, chain: Chain | None = None) -> Finding:
    location = None if chain is None else chain.location
    return Finding(code=code, message=message, severity=Severity.WARNING, location=location, hint=f"{hint}.")


def _total(packages: list[LockedPackage]) -> int:
    return sum(package.size_bytes or 0 for package in packages)
