"""What kind of file the first bytes say it is; the name says nothing."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

HEAD = 4096
#: Brands of the ISO container that hold pictures.
_PICTURE_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
_PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"II*\x00", b"MM\x00*")
_MOVIE_ATOMS = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")


class ParsedKind(StrEnum):
    """What a file is looked into as."""

    PICTURE = "picture"
    PDF = "pdf"
    ARCHIVE = "archive"
    MEDIA = "media"
    TEXT = "text"
    OTHER = "other"


def kind_of(head: bytes) -> ParsedKind:
    """Return what the first bytes of a file say."""
    if head.startswith(_PICTURES) or _riff(head) == b"WEBP" or _is_bitmap(head) or is_heif(head):
        return ParsedKind.PICTURE
    if demuxer_of(head):
        return ParsedKind.MEDIA
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return ParsedKind.ARCHIVE
    if b"%PDF-" in head[:1024]:
        return ParsedKind.PDF
    return ParsedKind.TEXT if text_of(head) else ParsedKind.OTHER


def is_heif(head: bytes) -> bool:
    """Return whether the first bytes are those of a HEIC or HEIF picture."""
    return head[4:8] == b"ftyp" and head[8:12] in _PICTURE_BRANDS


def demuxer_of(head: bytes) -> str:
    """Return the name of ffmpeg's reader for these first bytes; '' where it is no sound or film we know."""
    return next((name for name, matches in _DEMUXERS if matches(head)), "")


def text_of(head: bytes) -> str:
    """Return the bytes as text without control signs; '' where they are none."""
    for encoding in ("utf-16",) if head.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-8-sig", "cp1252"):
        try:
            # The last sign may be cut in two.
            text = head.decode(encoding, "strict" if encoding == "cp1252" else "replace").rstrip("\ufffd")
        except ValueError:
            continue
        if text and "\ufffd" not in text and "\x00" not in text and _is_readable(text):
            return "".join(sign for sign in text if sign.isprintable() or sign in "\n\t")
    return ""


def _is_readable(text: str) -> bool:
    strange = sum(1 for sign in text if sign < " " and sign not in "\r\n\t\f\x1b")
    return strange * 100 <= len(text)


def _riff(head: bytes) -> bytes:
    return head[8:12] if head.startswith(b"RIFF") else b""


def _is_bitmap(head: bytes) -> bool:
    # Its reserved bytes are empty, where a text that begins so has letters.
    return head.startswith(b"BM") and head[6:10] == bytes(4)


def _is_movie(head: bytes) -> bool:
    # The first atom is a small one, so that no text is taken for a film.
    return head[4:8] in _MOVIE_ATOMS and head.startswith(b"\x00") and not is_heif(head)


def _is_mp3(head: bytes) -> bool:
    # A frame of MPEG audio, layer III.
    return head.startswith(b"ID3") or (
        head[:1] == b"\xff" and head[1:2] in (b"\xfb", b"\xfa", b"\xf3", b"\xf2")
    )


_DEMUXERS: tuple[tuple[str, Callable[[bytes], bool]], ...] = (
    ("mov", _is_movie),
    ("wav", lambda head: _riff(head) == b"WAVE"),
    ("avi", lambda head: _riff(head) == b"AVI "),
    ("mp3", _is_mp3),
    ("matroska", lambda head: head.startswith(b"\x1aE\xdf\xa3")),
    ("ogg", lambda head: head.startswith(b"OggS")),
    ("flac", lambda head: head.startswith(b"fLaC")),
)
