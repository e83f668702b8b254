#!/usr/bin/env python3
"""Writes the seeds of the corpora that are not text: small archives of each format. Needs zstd.

    fuzz/seeds.py        # writes fuzz/corpus/archive_*/seed-*"""

import bz2
import gzip
import io
import lzma
import pathlib
import struct
import subprocess
import tarfile
import zipfile

CORPUS = pathlib.Path(__file__).parent / "corpus"
TEXT = b"void *f(void *p) { return mremap(p, 0, 4096, 1); }\n"


def write(target: str, name: str, data: bytes) -> None:
    folder = CORPUS / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"seed-{name}").write_bytes(data)


def tar(form: int, *members: tuple[str, bytes, bytes]) -> bytes:
    """Members: name, type, content or target of the link."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        for name, kind, content in members:
            info = tarfile.TarInfo(name)
            info.type = kind
            if kind in (tarfile.SYMTYPE, tarfile.LNKTYPE):
                info.linkname = content.decode()
                content = b""
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    # One block of zeros at the end is enough.
    return out.getvalue().rstrip(b"\0").ljust(512, b"\0") + b"\0" * 512


def sparse() -> bytes:
    """A member of the old GNU kind with a hole before its one block."""
    header = bytearray(512)
    header[:3] = b"s.c"
    header[100:108] = b"0000644\0"
    header[124:136] = b"%011o\0" % 512
    header[156] = ord("S")
    header[257:265] = b"ustar  \0"
    header[386:398] = b"%011o\0" % 1024
    header[398:410] = b"%011o\0" % 512
    header[483:495] = b"%011o\0" % 1536
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header) + TEXT.ljust(512, b"\0") + b"\0" * 512


def cpio(*members: tuple[str, int, bytes]) -> bytes:
    out = b""
    for name, mode, content in (*members, ("TRAILER!!!", 0, b"")):
        numbers = (1, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name) + 1, 0)
        entry = b"070701" + b"".join(b"%08x" % number for number in numbers) + name.encode() + b"\0"
        out += entry + b"\0" * (-len(entry) % 4) + content + b"\0" * (-len(content) % 4)
    return out


def package(payload: bytes) -> bytes:
    def header(entries: int, data: bytes) -> bytes:
        index = b"".join(struct.pack(">4I", 1000 + number, 6, 0, 1) for number in range(entries))
        return b"\x8e\xad\xe8\x01\0\0\0\0" + struct.pack(">2I", entries, len(data)) + index + data

    signature = header(1, b"abcde")
    return (b"\xed\xab\xee\xdb".ljust(96, b"\0") + signature + b"\0" * (-len(signature) % 8)
            + header(2, b"name\0version\0") + payload)


def zips() -> None:
    for name, method in (("stored", zipfile.ZIP_STORED), ("deflated", zipfile.ZIP_DEFLATED), ("bzip2", zipfile.ZIP_BZIP2)):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", method) as archive:
            archive.writestr("d/a.c", TEXT * 3)
            archive.writestr("../b.c", TEXT)
            archive.comment = b"x"
        write("archive_zip", name, out.getvalue())


def main() -> None:
    regular, folder = tarfile.REGTYPE, tarfile.DIRTYPE
    plain = tar(tarfile.USTAR_FORMAT, ("d/", folder, b""), ("d/a.c", regular, TEXT), ("../b.c", regular, TEXT))
    write("archive_tar", "ustar", plain)
    write("archive_tar", "gnu", tar(tarfile.GNU_FORMAT, ("n" * 120 + ".c", regular, TEXT)))
    write("archive_tar", "pax", tar(tarfile.PAX_FORMAT, ("é" * 60 + ".c", regular, TEXT)))
    write("archive_tar", "links", tar(tarfile.GNU_FORMAT, ("l", tarfile.SYMTYPE, b"/etc/passwd"),
                                      ("h", tarfile.LNKTYPE, b"../l"), ("f", tarfile.FIFOTYPE, b"")))
    write("archive_tar", "sparse", sparse())
    zips()
    inner = gzip.compress(plain, mtime=0)
    entries = cpio(("x.spec", 0o100644, TEXT), ("x.tar.gz", 0o100644, inner), ("d", 0o040755, b""))
    write("archive_cpio", "package", entries)
    write("archive_rpm", "plain", package(cpio(("a.c", 0o100644, TEXT))))
    write("archive_rpm", "gzip", package(gzip.compress(entries, mtime=0)))
    write("archive_rpm", "xz", package(lzma.compress(entries)))
    write("archive_xz", "crc64", lzma.compress(plain))
    write("archive_xz", "crc32", lzma.compress(plain, check=lzma.CHECK_CRC32))
    write("archive_xz", "two", lzma.compress(plain[:600]) + lzma.compress(plain[600:]))
    write("archive_lzma", "alone", lzma.compress(plain, format=lzma.FORMAT_ALONE))
    write("archive_gzip", "plain", inner)
    write("archive_gzip", "two", gzip.compress(plain[:600], mtime=0) + gzip.compress(plain[600:], mtime=0))
    write("archive_bzip2", "plain", bz2.compress(plain))
    write("archive_bzip2", "two", bz2.compress(plain[:600]) + bz2.compress(plain[600:]))
    for level in ("-1", "-19"):
        done = subprocess.run(["zstd", "-q", "-c", level], input=plain, stdout=subprocess.PIPE, check=True)
        write("archive_zstd", "level" + level, done.stdout)


if __name__ == "__main__":
    main()
