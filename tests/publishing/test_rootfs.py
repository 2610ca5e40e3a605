"""Unpacking layers that others made: what arrives, and what may not get out."""

from __future__ import annotations

import hashlib
import io
import tarfile
from pathlib import Path, PurePosixPath

import pytest

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.image import Digest, Layer
from jupyter_containerize.oci import ImageUnreadable, media
from jupyter_containerize.publishing.rootfs import assemble
from jupyter_containerize.publishing.unpack import inside, unpack_layer

Member = tuple[str, str, str]
"""Name, kind (``f``ile, ``d``irectory, ``s``ymlink, ``h``ard link, ``c`` device), content or target."""

_TYPES = {"f": tarfile.REGTYPE, "d": tarfile.DIRTYPE, "s": tarfile.SYMTYPE, "h": tarfile.LNKTYPE, "c": tarfile.CHRTYPE}


def _layer(folder: Path, *members: Member, mode: int = 0o755) -> tuple[Layer, Path]:
    with io.BytesIO() as buffer:
        with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
            for name, kind, text in members:
                info = tarfile.TarInfo(name)
                info.type, info.mode = _TYPES[kind], mode
                content = text.encode() if kind == "f" else b""
                info.size = len(content)
                info.linkname = text if kind in {"s", "h"} else ""
                tar.addfile(info, io.BytesIO(content))
        data = buffer.getvalue()
    digest = Digest(f"sha256:{hashlib.sha256(data).hexdigest()}")
    (folder / digest.hex).write_bytes(data)
    return Layer(digest=digest, diff_id=digest, size_bytes=len(data), media_type=media.LAYER_GZIP), folder / digest.hex


def _unpacked(folder: Path, *members: Member, mode: int = 0o755) -> Path:
    layer, blob = _layer(folder, *members, mode=mode)
    into = folder / f"unpacked-{layer.digest.hex}"
    into.mkdir()
    unpack_layer(layer, blob, into, cancel=CancelToken())
    return into


def _tree(root: Path) -> dict[str, str]:
    """Return every file and link below, with its content or ``-> target``."""
    tree = {}
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.is_symlink():
            tree[name] = f"-> {path.readlink()}"
        elif path.is_file():
            tree[name] = path.read_text()
    return tree


ROOMY: dict[str, tuple[tuple[Member, ...], dict[str, str]]] = {
    "no folders listed": ((("a/b/c", "f", "1"),), {"a/b/c": "1"}),
    "dots and slashes": ((("./a", "f", "1"), ("/b", "f", "2")), {"a": "1", "b": "2"}),
    "later wins": ((("a", "f", "1"), ("a", "f", "2")), {"a": "2"}),
    "file over folder": ((("a/b", "f", "1"), ("a", "f", "2")), {"a": "2"}),
    "folder over file": ((("a", "f", "1"), ("a/", "d", ""), ("a/b", "f", "2")), {"a/b": "2"}),
    "through a link": (
        (("usr/lib", "d", ""), ("lib", "s", "usr/lib"), ("lib/a", "f", "1")),
        {"usr/lib/a": "1", "lib": "-> usr/lib"},
    ),
    "hard link": ((("a", "f", "1"), ("b", "h", "a")), {"a": "1", "b": "1"}),
    "devices are passed over": ((("null", "c", ""), ("a", "f", "1")), {"a": "1"}),
}


@pytest.mark.parametrize(("members", "tree"), ROOMY.values(), ids=ROOMY)
def test_unpack_layer__whatever_order__gives_these_files(
    tmp_path: Path, members: tuple[Member, ...], tree: dict[str, str]
) -> None:
    """Layers of other makers come out as their makers meant them."""
    assert _tree(_unpacked(tmp_path, *members)) == tree


SNEAKY: dict[str, tuple[Member, ...]] = {
    "dot dot": (("../out", "f", "x"),),
    "dot dot inside": (("a/../../out", "f", "x"),),
    "hard link out": (("a", "h", "../secret"),),
    "hard link through a symlink": (("s", "s", "../secret"), ("a", "h", "s")),
    "whiteout of the parent": ((".wh...", "f", ""),),
    "link circle": (("a", "s", "b"), ("b", "s", "a"), ("a/x", "f", "x")),
}


@pytest.mark.parametrize("members", SNEAKY.values(), ids=SNEAKY)
def test_unpack_layer__sneaky__is_refused(tmp_path: Path, members: tuple[Member, ...]) -> None:
    """Paths that lead out of the folder are an error, not a file."""
    (tmp_path / "secret").write_text("hush")
    with pytest.raises(ImageUnreadable):
        _unpacked(tmp_path, *members)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("target", ["..", "/", "/..", "../../.."])
def test_unpack_layer__link_out__is_followed_inside(tmp_path: Path, target: str) -> None:
    """A symlink that points out of the image means the image's own root, as it does in a container."""
    into = _unpacked(tmp_path, ("way", "s", target), ("way/out", "f", "x"))
    assert _tree(into) == {"out": "x", "way": f"-> {target}"}
    assert not (tmp_path / "out").exists()


def test_unpack_layer__setuid_and_unwritable__loses_the_one_and_stays_removable(tmp_path: Path) -> None:
    """Nothing gains rights by being unpacked, and everything can be removed again."""
    into = _unpacked(tmp_path, ("a", "d", ""), ("a/b", "f", "x"), mode=0o4555)
    assert oct((into / "a" / "b").stat().st_mode & 0o7777) == "0o755"
    assert oct((into / "a").stat().st_mode & 0o7777) == "0o755"


def test_unpack_layer__damaged__says_which_layer(tmp_path: Path) -> None:
    """A blob that is no archive, or is cut short, is named."""
    layer, blob = _layer(tmp_path, ("a", "f", "x" * 100_000))
    for data in (b"nonsense", blob.read_bytes()[:100]):
        blob.write_bytes(data)
        with pytest.raises(ImageUnreadable) as caught:
            unpack_layer(layer, blob, tmp_path, cancel=CancelToken())
        assert caught.value.subject == f"layer {layer.digest}"


STACKS: dict[str, tuple[tuple[tuple[Member, ...], ...], dict[str, str]]] = {
    "upper wins": (((("a", "f", "1"), ("b", "f", "1")), (("a", "f", "2"),)), {"a": "2", "b": "1"}),
    "whiteout": (((("d/a", "f", "1"), ("d/b", "f", "1")), (("d/.wh.a", "f", ""),)), {"d/b": "1"}),
    "whiteout of a folder": (((("d/a", "f", "1"),), ((".wh.d", "f", ""),)), {}),
    "whiteout and again": (((("d/a", "f", "1"),), ((".wh.d", "f", ""), ("d/b", "f", "2"))), {"d/b": "2"}),
    "opaque": (((("d/a", "f", "1"),), (("d/.wh..wh..opq", "f", ""), ("d/b", "f", "2"))), {"d/b": "2"}),
    "folder over link to folder": (
        ((("usr/lib/a", "f", "1"), ("lib", "s", "usr/lib")), (("lib/b", "f", "2"),)),
        {"lib": "-> usr/lib", "usr/lib/a": "1", "usr/lib/b": "2"},
    ),
    "folder over link to nothing": (((("lib", "s", "none"),), (("lib/b", "f", "2"),)), {"lib/b": "2"}),
    "link over folder": (((("d/a", "f", "1"),), (("d", "s", "e"),)), {"d": "-> e"}),
}


@pytest.mark.parametrize(("layers", "tree"), STACKS.values(), ids=STACKS)
def test_assemble__stacked__is_as_a_container_sees_it(
    tmp_path: Path, layers: tuple[tuple[Member, ...], ...], tree: dict[str, str]
) -> None:
    """Upper layers add to, replace and delete what lower ones have; the layers themselves stay."""
    unpacked = [_unpacked(tmp_path, *members) for members in layers]
    before = [_tree(folder) for folder in unpacked]
    root = tmp_path / "root"
    root.mkdir()
    assemble(unpacked, root)
    assert _tree(root) == tree
    assert [_tree(folder) for folder in unpacked] == before


def test_inside__dots_at_the_root__stay_there(tmp_path: Path) -> None:
    """The root's parent is the root."""
    assert inside(tmp_path, PurePosixPath("../../a")) == tmp_path / "a"
