"""Files that are two things at once: whoever opens them by the wrong program gets the other one."""

from __future__ import annotations

import re
import zipfile
from typing import BinaryIO

from nethra.core.parsing import answer
from nethra.core.parsing.kinds import ParsedKind

#: How much is searched from the front and from the end.
FRONT, BACK = 32 << 20, 1 << 20
WHAT = {
    ParsedKind.PICTURE: "a picture",
    ParsedKind.PDF: "a PDF",
    ParsedKind.MEDIA: "a film or a sound",
}
CODE = re.compile(rb"<\?php\b|<script\b|<%@ ?page\b", re.IGNORECASE)
#: Long enough that chance does not write them.
OTHERS = {b"Rar!\x1a\x07": "a RAR archive", b"7z\xbc\xaf\x27\x1c": "a 7z archive"}


def look(source: BinaryIO, kind: ParsedKind) -> None:
    """Say what else a picture, PDF, film or sound is."""
    if kind not in WHAT:
        return
    seen = _ends(source)
    also = [name for mark, name in OTHERS.items() if mark in seen]
    if _is_archive(source):
        also.append("a ZIP archive")
    if kind is not ParsedKind.PDF and b"%PDF-" in seen[:1024]:
        also.append("a PDF")
    for name in also:
        _flag(f"It is {WHAT[kind]} and {name} at once: do not open it by its name.")
    # A PDF may well hold a page's source as text.
    if kind is not ParsedKind.PDF and CODE.search(seen):
        _flag(f"It is {WHAT[kind]} that holds program code: never put it on a web server.")


def _flag(sentence: str) -> None:
    answer.say_facts({"is_polyglot": True})
    answer.say_note(sentence)


def _ends(source: BinaryIO) -> bytes:
    front = source.read(FRONT)
    size = source.seek(0, 2)
    source.seek(max(size - BACK, len(front)))
    return front + source.read(BACK)


def _is_archive(source: BinaryIO) -> bool:
    try:
        with zipfile.ZipFile(source) as archive:
            return bool(archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, LookupError):
        return False
