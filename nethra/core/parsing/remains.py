"""What remains in a redacted copy besides what is seen. Nothing may; whatever is not understood counts as remaining."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import BinaryIO

import pypdfium2
from PIL import Image
from pypdfium2 import raw

from nethra.core.parsing.drawing import CREATOR
from nethra.core.parsing.kinds import ParsedKind, text_of
from nethra.core.parsing.regions import MARK, Box, Range, Remains, joined

#: The plain header of a JPEG: version 1.1, and no thumbnail.
_JFIF = re.compile(rb"JFIF\x00\x01[\x01\x02]\x00....\x00\x00", re.DOTALL)
_STREAM = re.compile(rb"stream\r?\n.*?endstream", re.DOTALL)
#: Names of a PDF's structure. Where objects are packed into a stream they cannot be seen, so that is one of them.
_NAMES = {
    Remains.METADATA: re.compile(rb"/(Metadata|PieceInfo|Title|Author|Subject|Keywords)\b"),
    Remains.ANNOTATIONS: re.compile(rb"/(Annots?|AcroForm)\b"),
    Remains.ATTACHMENTS: re.compile(rb"/(EmbeddedFiles?|AF|Filespec)\b"),
    Remains.ACTIVE: re.compile(rb"/(JavaScript|JS|OpenAction|AA|Launch|URI)\b"),
    Remains.OTHER_OBJECTS: re.compile(rb"/(ObjStm|Outlines|OCG|OCProperties|Font|Encrypt)\b"),
}


def remains_in(source: BinaryIO, kind: ParsedKind, boxes: list[Box], ranges: list[Range]) -> set[Remains]:
    """Return what remains in a copy of which these regions were taken out; nothing where it may be released."""
    source.seek(0)
    content = source.read()
    if kind == ParsedKind.PICTURE:
        return set(_in_picture(content, boxes))
    if kind == ParsedKind.PDF:
        return set(_in_document(content, boxes))
    return set(_in_text(content, ranges))


def _in_picture(content: bytes, boxes: list[Box]) -> Iterator[Remains]:
    with Image.open(io.BytesIO(content), formats=["JPEG"]) as picture:
        segments = getattr(picture, "applist", None)
        if segments is None or len(segments) > 1 or not all(_is_header(*segment) for segment in segments):
            yield Remains.METADATA
        # Segments apart, the sign of the end stands at the end alone.
        if content.find(b"\xff\xd9") != len(content) - 2:
            yield Remains.BEHIND
        if not all(is_covered(picture, box) for box in boxes):
            yield Remains.NOT_COVERED


def _is_header(name: str, content: bytes) -> bool:
    return name == "APP0" and _JFIF.fullmatch(content) is not None


def is_covered(picture: Image.Image, box: Box) -> bool:
    """Return whether all pixels of a box are of one colour, and that black."""
    inside = box.grown(*picture.size)
    if inside[0] >= inside[2] or inside[1] >= inside[3]:
        return False
    extremes = picture.convert("RGB").crop(inside).getextrema()
    # Black, as it comes out of rounding.
    return all(least == most and most <= 2 for least, most in extremes)  # type: ignore[misc]


def _in_document(content: bytes, boxes: list[Box]) -> Iterator[Remains]:
    structure = _STREAM.sub(b"", content)
    yield from (what for what, names in _NAMES.items() if names.search(structure))
    # A later version of the file is appended to the earlier one, which stays.
    if content.count(b"%%EOF") != 1 or not content.rstrip().endswith(b"%%EOF"):
        yield Remains.BEHIND
    document = pypdfium2.PdfDocument(content)
    said = {name: value for name, value in document.get_metadata_dict().items() if value}
    if (
        said.pop("Creator", CREATOR) != CREATOR
        or not said.pop("CreationDate", "D:1970").startswith("D:1970")
        or said
    ):
        yield Remains.METADATA
    if document.count_attachments():
        yield Remains.ATTACHMENTS
    if any(True for _ in document.get_toc()):
        yield Remains.OTHER_OBJECTS
    for number, page in enumerate(document, start=1):
        yield from _in_page(page, [box for box in boxes if box.page == number])
    if any(not 1 <= box.page <= len(document) for box in boxes):
        yield Remains.NOT_COVERED


def _in_page(page: pypdfium2.PdfPage, boxes: list[Box]) -> Iterator[Remains]:
    if page.get_textpage().count_chars():
        yield Remains.TEXT
    if raw.FPDFPage_GetAnnotCount(page):
        yield Remains.ANNOTATIONS
    objects = list(page.get_objects())
    if len(objects) != 1 or not isinstance(objects[0], pypdfium2.PdfImage):
        yield Remains.OTHER_OBJECTS
        return
    yield from _in_picture(bytes(objects[0].get_data()), boxes)


def _in_text(content: bytes, ranges: list[Range]) -> Iterator[Remains]:
    text = content.decode("utf-8")
    # Signs that are not seen would be gone after a second reading.
    if text_of(content) != text:
        yield Remains.BEHIND
    if text.count(MARK) < len(joined(ranges)):
        yield Remains.NOT_MARKED
