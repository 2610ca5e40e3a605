"""What the arguments of ``build`` and ``plan`` ask for."""

from __future__ import annotations

import argparse
from dataclasses import replace

from jupyter_containerize.cli.engine_arguments import add_attesting
from jupyter_containerize.cli.live import find_connection_file
from jupyter_containerize.domain.build import BuildRequest
from jupyter_containerize.domain.image import Bytecode, Compression, LayerOptions
from jupyter_containerize.domain.platform import Platform, UnknownPlatform
from jupyter_containerize.domain.serving import StateSource
from jupyter_containerize.domain.size import read_size
from jupyter_containerize.lifecycle import STRIP_RULES, source_of
from jupyter_containerize.runtime.requirements import EXTRAS

MOST_LAYERS = 127
"""What Docker and containerd can stack."""


def request_from(arguments: argparse.Namespace) -> BuildRequest:
    """Return the request; with the kernel that runs for the notebook, where its objects are asked for."""
    request = BuildRequest(
        notebook=arguments.notebook,
        tag=arguments.tag,
        destination=arguments.destination,
        base=arguments.base,
        kernel=arguments.kernel,
        symbols=tuple(arguments.symbols),
        state=StateSource.LIVE if arguments.kernel_file else arguments.state,
        check=arguments.check,
        order=arguments.order,
        keep=tuple(arguments.keep),
        drop=tuple(arguments.drop),
        recreate=tuple(arguments.recreate),
        batch=tuple(arguments.batch),
        strict=arguments.strict,
        connection_file=arguments.kernel_file,
        rerun=arguments.rerun,
        selftest=arguments.selftest,
        platforms=tuple(dict.fromkeys(platform for group in arguments.platforms for platform in group)),
        layers=LayerOptions(
            compression=arguments.compression,
            bytecode=arguments.bytecode,
            most=arguments.most_layers,
            split_bytes=arguments.split_size,
            strip=tuple(sorted(set(arguments.strip))),
        ),
        sign_key=arguments.sign_key,
        attest=arguments.attest,
        extras=tuple(sorted(set(arguments.extras))),
    )
    return with_kernel(request)


def with_kernel(request: BuildRequest) -> BuildRequest:
    """Return the request with the kernel that runs for the notebook, where its objects are asked for."""
    if request.connection_file or source_of(request, request.notebook) is not StateSource.LIVE:
        return request
    return replace(request, connection_file=find_connection_file(request.notebook))


def add_layer_options(parser: argparse.ArgumentParser) -> None:
    """Add what decides what the image is for, and how its layers are made."""
    group = parser.add_argument_group("the image")
    group.add_argument(
        "--platform",
        dest="platforms",
        type=_platforms,
        action="append",
        default=[],
        metavar="PLATFORM[,PLATFORM]",
        help="linux/amd64, linux/arm64 or both, whatever this machine is (default: its own)",
    )
    group.add_argument(
        "--compression",
        type=Compression,
        choices=list(Compression),
        default=Compression.GZIP,
        help="gzip, which everything reads (default), or zstd for registries and engines that read it",
    )
    group.add_argument(
        "--layers",
        dest="most_layers",
        type=_most_layers,
        default=LayerOptions().most,
        metavar="N",
        help=f"the most layers that the image may have, base and all (default: %(default)s, at most {MOST_LAYERS})",
    )
    group.add_argument(
        "--split-size",
        type=_size_bytes,
        default=LayerOptions().split_bytes,
        metavar="SIZE",
        help="spread a wheel that is larger over several layers, as in 500MB (default: 1GB)",
    )
    group.add_argument(
        "--bytecode",
        type=Bytecode,
        choices=list(Bytecode),
        default=Bytecode.HASHED,
        help="keep compiled modules in the image (hashed, default), or leave them out: smaller, and slower to start",
    )
    group.add_argument(
        "--strip",
        action="append",
        default=[],
        choices=STRIP_RULES,
        help="leave out files of large libraries that no server needs; again for more; the build tells the bytes saved",
    )
    group.add_argument(
        "--extra",
        dest="extras",
        action="append",
        default=[],
        choices=sorted(EXTRAS),
        help="what the server does beside HTTP: grpc, the Open Inference Protocol over gRPC; adds its distributions",
    )
    group.add_argument(
        "--batch",
        action="append",
        default=[],
        metavar="[SYMBOL:]PARAMETER",
        help="rows of several requests may be joined into one call by this parameter, also where that cannot be proved",
    )
    add_attesting(group)


def _size_bytes(text: str) -> int:
    size = read_size(text)
    if not size:
        raise argparse.ArgumentTypeError(f"{text!r} is no size like 20GB or 500MB")
    return size


def _platforms(text: str) -> tuple[Platform, ...]:
    try:
        return tuple(Platform.parse(part) for part in text.split(","))
    except UnknownPlatform as error:
        raise argparse.ArgumentTypeError(f"{error.text!r} is none of {', '.join(error.known)}") from error


def _most_layers(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 0 < int(text) <= MOST_LAYERS):
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to {MOST_LAYERS}")
    return int(text)
