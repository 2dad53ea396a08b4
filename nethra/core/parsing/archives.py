"""What a ZIP archive lists, and what an office document (which is one) says about itself. Nothing is extracted."""

from __future__ import annotations

import struct
import zipfile
import zlib
from typing import Any, BinaryIO
from xml.etree import ElementTree

from nethra.core.parsing import answer
from nethra.core.parsing.kinds import ParsedKind

MOST_ENTRIES, MOST_BYTES, MOST_RATIO = 1_000, 2 << 30, 100
#: How much of one part of an office document is read, compressed and then again inflated.
MOST_PART = 1 << 20
TAIL = 22 + 65_535
OFFICE_PARTS = ("docProps/core.xml", "docProps/app.xml")
ARCHIVES = (".zip", ".7z", ".rar", ".gz", ".tar", ".bz2", ".xz", ".tgz")
TOO_MANY = f"The archive has more than {MOST_ENTRIES:,} entries: they are not listed."
TOO_LARGE = "The archive says that it unpacks to more than 2 GiB: do not unpack it without care."
TOO_DENSE = f"The archive says that it unpacks to more than {MOST_RATIO} times its size: it may be a trap."
NESTED = "The archive holds further archives, which are not looked into."
LOCKED = "Parts of the archive are encrypted."

_DC = "{http://purl.org/dc/elements/1.1/}"
_META = "{urn:oasis:names:tc:opendocument:xmlns:meta:1.0}"
_APP = "{http://schemas.openxmlformats.org/officeDocument/2006/extended-properties}"
_CORE = "{http://schemas.openxmlformats.org/package/2006/metadata/core-properties}"


def look(source: BinaryIO, kind: ParsedKind) -> None:
    """Say what the archive lists within the limits, and the author, program, pages and time of a document."""
    if _promised(source) > MOST_ENTRIES:
        raise answer.CannotRead(TOO_MANY)
    with zipfile.ZipFile(source) as archive:
        entries = archive.infolist()
        # The number that the archive promises may be a lie.
        if len(entries) > MOST_ENTRIES:
            raise answer.CannotRead(TOO_MANY)
        names = {entry.filename for entry in entries}
        if "[Content_Types].xml" in names:
            _say_office(archive, source)
        elif "mimetype" in names and "meta.xml" in names:
            _say_open_document(archive, source)
        else:
            answer.say_facts({"entries": [{"name": e.filename[:255], "size": e.file_size} for e in entries]})
        for sentence in warnings_about(entries):
            answer.say_note(sentence)


def warnings_about(entries: list[zipfile.ZipInfo]) -> list[str]:
    """Return what somebody should know before they unpack the archive."""
    whole = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    found = {
        TOO_LARGE: whole > MOST_BYTES,
        TOO_DENSE: whole > MOST_RATIO * max(packed, 1),
        NESTED: any(entry.filename.lower().endswith(ARCHIVES) for entry in entries),
        LOCKED: any(entry.flag_bits & 1 for entry in entries),
    }
    return [sentence for sentence, is_so in found.items() if is_so]


def _promised(source: BinaryIO) -> int:
    """Return how many entries the archive's end says it has, before a list of them is made."""
    size = source.seek(0, 2)
    source.seek(max(size - TAIL, 0))
    tail = source.read(TAIL)
    place = tail.rfind(b"PK\x05\x06")
    source.seek(0)
    return int(struct.unpack_from("<H", tail, place + 10)[0]) if 0 <= place <= len(tail) - 22 else 0


def _say_office(archive: zipfile.ZipFile, source: BinaryIO) -> None:
    core, app = (part_of(archive, source, name) for name in OFFICE_PARTS)
    pages = _text(app, f"{_APP}Pages") or _text(app, f"{_APP}Slides")
    answer.say_facts(
        {
            "author": _text(core, f"{_DC}creator") or _text(core, f"{_CORE}lastModifiedBy"),
            "producer": _text(app, f"{_APP}Application"),
            "pages": int(pages) if pages.isdecimal() else None,
            **_time(_text(core, "{http://purl.org/dc/terms/}created")),
        }
    )


def _say_open_document(archive: zipfile.ZipFile, source: BinaryIO) -> None:
    meta = part_of(archive, source, "meta.xml")
    counts = meta.find(f".//{_META}document-statistic") if meta is not None else None
    pages = counts.get(f"{_META}page-count", "") if counts is not None else ""
    answer.say_facts(
        {
            "author": _text(meta, f"{_META}initial-creator") or _text(meta, f"{_DC}creator"),
            "producer": _text(meta, f"{_META}generator"),
            "pages": int(pages) if pages.isdecimal() else None,
            **_time(_text(meta, f"{_META}creation-date")),
        }
    )


def part_of(
    archive: zipfile.ZipFile, source: BinaryIO, name: str, most: int = MOST_PART
) -> ElementTree.Element | None:
    """Return a part's XML; None where it is not there, or defines words of its own. What is too large is no XML."""
    if name not in archive.NameToInfo:
        return None
    content = _inflated(archive.NameToInfo[name], source, most)
    # Entities are how a few bytes of XML become very many.
    if not content or b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        return None
    return ElementTree.fromstring(content)  # noqa: S314 - no entities, bounded, in a process with limits


def _inflated(entry: zipfile.ZipInfo, source: BinaryIO, most: int) -> bytes:
    source.seek(entry.header_offset)
    head = source.read(30)
    if len(head) < 30 or not head.startswith(b"PK\x03\x04") or entry.flag_bits & 1:
        return b""
    name_size, extra_size = struct.unpack_from("<HH", head, 26)
    source.seek(name_size + extra_size, 1)
    packed = source.read(min(entry.compress_size, most))
    if entry.compress_type == zipfile.ZIP_DEFLATED:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, most)
    return packed if entry.compress_type == zipfile.ZIP_STORED else b""


def _text(part: ElementTree.Element | None, tag: str) -> str:
    found = part.find(f".//{tag}") if part is not None else None
    return (found.text or "").strip() if found is not None else ""


def _time(text: str) -> dict[str, Any]:
    stated, is_utc = text[:19], text.endswith("Z")
    return {"stated": stated, "offset": "+00:00" if is_utc else ""} if len(stated) == 19 else {}
