"""Words of plain texts and of DOCX documents: what is shown, and a copy without the ranges that are taken out."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from typing import BinaryIO
from xml.etree import ElementTree

from PIL import Image, ImageDraw

from nethra.core.parsing import answer
from nethra.core.parsing.archives import MOST_ENTRIES, TOO_MANY, part_of
from nethra.core.parsing.drawing import DOTS_PER_INCH, MOST_PAGES, TOO_MANY_PAGES, bound
from nethra.core.parsing.fonts import font_of, undrawable
from nethra.core.parsing.kinds import ParsedKind, text_of
from nethra.core.parsing.regions import MARK, Range, joined
from nethra.core.parsing.watermarks import framed, watermark

MOST_BYTES = 4 << 20
MOST_SIGNS = 500_000
DOCUMENT = "word/document.xml"
TOO_LONG = f"The text has more than {MOST_SIGNS:,} signs: no copy is made of it."
NO_TEXT = "Of this kind of file no redacted copy can be made."
BEYOND = "A range lies outside of the text."
STILL_THERE = "Words that were taken out stand elsewhere in the text too."
NOT_DRAWN = "The text has signs that no font here can draw: no copy is made of it."
LEFT_OUT = "The copy holds the document's own text; pictures, headers, footers and notes are left out."

#: A4 in pixels, with margins of an inch; twelve points of type.
PAGE, MARGIN, LINE = (1240, 1754), DOTS_PER_INCH, 34
TYPE_SIZE = 25
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
#: What was struck out is no part of the document, and neither is what only a program reads.
_GONE = {f"{_W}{name}" for name in ("del", "moveFrom", "instrText", "delText", "pict", "object", "drawing")}
_GAPS = {f"{_W}tab": "\t", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "-"}


def text_shown(source: BinaryIO, kind: ParsedKind) -> str:
    """Return the text that ranges are counted in; raise CannotRead."""
    source.seek(0)
    text = _document_text(source) if kind == ParsedKind.ARCHIVE else _plain_text(source)
    if len(text) > MOST_SIGNS:
        raise answer.CannotRead(TOO_LONG)
    return text


def redact(source: BinaryIO, kind: ParsedKind, ranges: list[Range], given_to: str = "") -> bytes:
    """Return a plain text of a text, or a PDF of pixels of a document, with a mark for each range.

    ``given_to`` is the first and last line of a text, and stands over each page of a document. Raise CannotRead.
    Progress is said page by page.
    """
    text = text_shown(source, kind)
    kept = without(text, ranges)
    if kind != ParsedKind.ARCHIVE:
        return framed(kept, given_to).encode()
    answer.say_note(LEFT_OUT)
    lines = list(_lines(kept))
    per_page = (PAGE[1] - 2 * MARGIN) // LINE
    pages = [lines[place : place + per_page] for place in range(0, len(lines), per_page)]
    if len(pages) > MOST_PAGES:
        raise answer.CannotRead(TOO_MANY_PAGES)
    return bound((watermark(_drawn(page), given_to) for page in pages), len(pages))


def without(text: str, ranges: list[Range]) -> str:
    """Return the text with a mark in place of each range; raise CannotRead where one lies outside of it."""
    if any(not 0 <= one.start < one.end <= len(text) for one in ranges):
        raise answer.CannotRead(BEYOND)
    pieces, place = [], 0
    taken = joined(ranges)
    for one in taken:
        pieces += [text[place : one.start], MARK]
        place = one.end
    kept = "".join([*pieces, text[place:]])
    words = {text[one.start : one.end].strip().casefold() for one in taken}
    if any(len(word) > 2 and word in kept.casefold() for word in words):
        answer.say_note(STILL_THERE)
    return kept


def _plain_text(source: BinaryIO) -> str:
    content = source.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise answer.CannotRead(TOO_LONG)
    text = text_of(content)
    if not text:
        raise answer.CannotRead(NO_TEXT)
    return text


def _document_text(source: BinaryIO) -> str:
    with zipfile.ZipFile(source) as archive:
        if len(archive.infolist()) > MOST_ENTRIES:
            raise answer.CannotRead(TOO_MANY)
        document = part_of(archive, source, DOCUMENT, 4 * MOST_BYTES)
    if document is None:
        raise answer.CannotRead(NO_TEXT)
    return "\n".join("".join(_words(paragraph)) for paragraph in document.iter(f"{_W}p"))


def _words(element: ElementTree.Element) -> Iterator[str]:
    for child in element:
        # A paragraph within another, of a text box, comes by itself.
        if child.tag in _GONE or child.tag == f"{_W}p":
            continue
        if child.tag == f"{_W}t":
            yield child.text or ""
        elif child.tag in _GAPS:
            yield _GAPS[child.tag]
        else:
            yield from _words(child)


def _lines(text: str) -> Iterator[str]:
    """Yield the text in lines that fit the page, broken between words where it can be."""
    font, width = font_of(TYPE_SIZE), PAGE[0] - 2 * MARGIN
    if undrawable(text, font):
        raise answer.CannotRead(NOT_DRAWN)
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.replace("\t", "    ").split(" "):
            longer = f"{line} {word}" if line else word
            if font.getlength(longer) <= width:
                line = longer
                continue
            if line:
                yield line
            while font.getlength(word) > width:
                fits = next(n for n in range(len(word), 0, -1) if n == 1 or font.getlength(word[:n]) <= width)
                yield word[:fits]
                word = word[fits:]
            line = word
        yield line


def _drawn(lines: list[str]) -> Image.Image:
    page, font = Image.new("RGB", PAGE, "white"), font_of(TYPE_SIZE)
    brush = ImageDraw.Draw(page)
    for number, line in enumerate(lines):
        brush.text((MARGIN, MARGIN + number * LINE), line, fill="black", font=font)
    return page
