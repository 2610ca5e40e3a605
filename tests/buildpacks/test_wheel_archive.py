"""Files of a wheel's archive: read as they are, and as gzip members."""

from __future__ import annotations

import gzip
import hashlib
import struct
import zipfile
import zlib
from pathlib import Path

import pytest

from jupyter_containerize.buildpacks import wheel_archive
from jupyter_containerize.buildpacks.errors import WheelBroken
from jupyter_containerize.buildpacks.wheel_archive import gzipped, open_wheel, opener

NAME = "lib-1.0-py3-none-any.whl"
CONTENT = b"".join(hashlib.sha256(b"%d" % number).hexdigest().encode() for number in range(50_000))
WAYS = {"at once": 32 << 20, "in steps": 1000}


@pytest.fixture(params=WAYS.values(), ids=WAYS)
def _way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unpack it in one go, or in steps as what is larger."""
    monkeypatch.setattr(wheel_archive, "_AT_ONCE", request.param)


def archive_of(path: Path, content: bytes = CONTENT, compression: int = zipfile.ZIP_DEFLATED) -> Path:
    """Write an archive with one large file, behind another and with an extra field."""
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr("lib/__init__.py", "")
        info = zipfile.ZipInfo("lib/large.so")
        info.extra = struct.pack("<HH4s", 0xCAFE, 4, b"more")
        info.compress_type = compression
        archive.writestr(info, content)
    return path


@pytest.mark.usefixtures("_way")
def test_gzipped__deflated_file__is_a_member_with_its_content(tmp_path: Path) -> None:
    """The member is one that everybody reads, with the stream as the wheel has it; the plain bytes are the file's."""
    archive = open_wheel(archive_of(tmp_path / NAME))
    info = archive.getinfo("lib/large.so")
    member = gzipped(archive, info, NAME)
    assert member is not None
    pairs = list(member())
    compressed = b"".join(one for one, _ in pairs)
    assert gzip.decompress(compressed) == CONTENT == b"".join(bytes(plain) for _, plain in pairs)
    assert len(compressed) == info.compress_size + 18
    assert compressed[10:-8] in (tmp_path / NAME).read_bytes()
    with opener(archive, info, NAME)() as file:
        assert file.read() == CONTENT


@pytest.mark.usefixtures("_way")
def test_gzipped__content_that_grows__comes_in_small_steps(tmp_path: Path) -> None:
    """What is tiny in the archive is handed over by the megabyte."""
    archive = open_wheel(archive_of(tmp_path / NAME, bytes(20_000_000)))
    member = gzipped(archive, archive.getinfo("lib/large.so"), NAME)
    assert member is not None
    sizes = [len(plain) for _, plain in member()]
    assert sum(sizes) == 20_000_000
    assert max(sizes) <= 1 << 20


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_gzipped__other_compression__is_no_member(tmp_path: Path, compression: int) -> None:
    """Only a deflate stream can be taken over."""
    archive = open_wheel(archive_of(tmp_path / NAME, compression=compression))
    assert gzipped(archive, archive.getinfo("lib/large.so"), NAME) is None


def test_gzipped__encrypted__is_no_member(tmp_path: Path) -> None:
    """What is encrypted is told when it is opened."""
    archive = open_wheel(archive_of(tmp_path / NAME))
    info = archive.getinfo("lib/large.so")
    info.flag_bits |= 1
    assert gzipped(archive, info, NAME) is None
    with pytest.raises(WheelBroken):
        opener(archive, info, NAME)()


def other_checksum(info: zipfile.ZipInfo, path: Path) -> None:
    """Say another checksum in the archive's directory."""
    info.CRC ^= 1


def cut_short(info: zipfile.ZipInfo, path: Path) -> None:
    """Say that the stream is shorter than it is."""
    info.compress_size -= 9


def too_long(info: zipfile.ZipInfo, path: Path) -> None:
    """Say that what follows belongs to the stream."""
    info.compress_size += 9


def behind_the_end(info: zipfile.ZipInfo, path: Path) -> None:
    """Say that there is more than the file has."""
    info.compress_size += 1_000_000_000


def larger(info: zipfile.ZipInfo, path: Path) -> None:
    """Say that the content is larger."""
    info.file_size += 1


def smaller(info: zipfile.ZipInfo, path: Path) -> None:
    """Say that the content is smaller."""
    info.file_size -= 1


def elsewhere(info: zipfile.ZipInfo, path: Path) -> None:
    """Say that it begins where nothing begins."""
    info.header_offset += 1


def garbage(info: zipfile.ZipInfo, path: Path) -> None:
    """Change the stream itself."""
    data = bytearray(path.read_bytes())
    middle = info.header_offset + info.compress_size // 2
    data[middle : middle + 64] = bytes(64)
    path.write_bytes(data)


@pytest.mark.usefixtures("_way")
@pytest.mark.parametrize(
    "harm", [other_checksum, cut_short, too_long, behind_the_end, larger, smaller, elsewhere, garbage]
)
def test_gzipped__damaged__is_told_as_the_wheels_fault(tmp_path: Path, harm) -> None:
    """A stream that is not what the archive says becomes no part of a layer."""
    path = archive_of(tmp_path / NAME)
    archive = open_wheel(path)
    info = archive.getinfo("lib/large.so")
    harm(info, path)
    member = gzipped(archive, info, NAME)
    assert member is not None
    with pytest.raises(WheelBroken) as caught:
        for _ in member():
            pass
    assert caught.value.filename == NAME


def test_gzipped__real_deflate_levels__are_all_taken_over(tmp_path: Path) -> None:
    """Whatever compressed the wheel: stored blocks, fixed and dynamic codes."""
    for level in range(10):
        path = tmp_path / f"{level}.whl"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
            archive.writestr("lib/large.so", CONTENT)
        opened = open_wheel(path)
        member = gzipped(opened, opened.getinfo("lib/large.so"), NAME)
        assert member is not None
        assert zlib.decompress(b"".join(one for one, _ in member()), 31) == CONTENT
