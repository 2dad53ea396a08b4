"""The records of a CSV file, plain or gzipped, with the line each one starts on; or one sentence why not.

A cell in quotes may hold line breaks, so a record's number is not its line. Python's csv reader counts the
physical lines it has read: a record starts on the line after the one where the previous record ended.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import hashlib
import io
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from incidents.import_profiles import ImportProfile
from nethra.core.uploads import most_bytes

GZIP_MAGIC = b"\x1f\x8b"
BLOCK = 1 << 16
#: A file of kilobytes may unpack to gigabytes; no file of reports comes near a hundredth of its size.
MOST_TIMES = 100
ALWAYS_UNPACKED = 16 << 20
LONGEST_LINE = 1 << 20
#: How files begin that somebody may take for a CSV.
OTHER_FORMATS = {
    b"%PDF": "a PDF",
    b"PK\x03\x04": "a spreadsheet or ZIP archive",
    b"\xd0\xcf\x11\xe0": "an Excel file",
}

Record = tuple[int, list[str]]


class BadFile(Exception):
    """The file as a whole cannot be imported; the text is one plain sentence."""


class BoundedGzip(gzip.GzipFile):
    """A gzip file that raises BadFile where it unpacks to more than a file of its size holds."""

    def __init__(self, packed: BinaryIO, size: int) -> None:
        super().__init__(fileobj=packed)
        self.left = min(max(size * MOST_TIMES, ALWAYS_UNPACKED), most_bytes())

    def read(self, size: int | None = -1) -> bytes:
        found = super().read(size)
        self.left -= len(found)
        if self.left < 0:
            raise BadFile("The gzip file unpacks to more than can be taken in.")
        return found


@contextmanager
def open_table(path: Path, profile: ImportProfile) -> Iterator[tuple[list[str], Iterator[Record]]]:
    """Yield the header and an iterator of (line, cells); raise BadFile, while iterating too."""
    with path.open("rb") as raw, _unpacked(raw) as plain:
        _refuse_other_formats(plain)
        text = io.TextIOWrapper(cast(BinaryIO, plain), encoding=_encoding(profile.encoding), newline="")
        reader = csv.reader(_lines(text), delimiter=profile.delimiter, strict=True)
        records = _explained(_records(reader), profile, reader)
        header = next(records, None)
        if header is None:
            raise BadFile("The file is empty.")
        names = [name.strip() for name in header[1]]
        yield names, _even(records, len(names))


def digest(path: Path) -> str:
    """Return the file's SHA-256 in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _unpacked(raw: io.BufferedReader) -> Iterator[io.BufferedReader]:
    if raw.peek(2)[:2] != GZIP_MAGIC:
        yield raw
        return
    with BoundedGzip(raw, os.fstat(raw.fileno()).st_size) as unpacked:
        yield io.BufferedReader(cast(io.RawIOBase, unpacked), BLOCK)


def _refuse_other_formats(plain: io.BufferedReader) -> None:
    try:
        start = plain.peek(BLOCK)[:BLOCK]
    except (EOFError, OSError, zlib.error) as error:
        raise BadFile("The gzip file is damaged or incomplete.") from error
    if not start.strip():
        raise BadFile("The file is empty.")
    for magic, name in OTHER_FORMATS.items():
        if start.startswith(magic):
            raise BadFile(f"The file is {name}, not a CSV.")
    if b"\0" in start and not start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise BadFile("The file is not text, so it is no CSV.")


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    # A line without an end would be held in memory whole.
    number = 0
    while line := text.readline(LONGEST_LINE):
        number += 1
        if len(line) == LONGEST_LINE:
            raise BadFile(f"Line {number} is longer than a million characters.")
        yield line


def _encoding(name: str) -> str:
    # A byte order mark would otherwise become part of the first column's name.
    return "utf-8-sig" if codecs.lookup(name).name == "utf-8" else name


def _records(reader: Iterator[list[str]]) -> Iterator[Record]:
    # Empty lines are no records.
    line = 1
    for cells in reader:
        if cells:
            yield line, cells
        line = reader.line_num + 1  # type: ignore[attr-defined]


def _explained(records: Iterator[Record], profile: ImportProfile, reader: object) -> Iterator[Record]:
    try:
        yield from records
    except UnicodeDecodeError as error:
        line = getattr(reader, "line_num", 0) + 1
        sentence = f"The file is not {profile.encoding.upper()} text (near line {line})."
        raise BadFile(sentence) from error
    except csv.Error as error:
        line = getattr(reader, "line_num", 0)
        raise BadFile(f"The file is no CSV from line {line} on: {error}.") from error
    except (EOFError, OSError, zlib.error) as error:
        raise BadFile("The gzip file is damaged or incomplete.") from error


def _even(records: Iterator[Record], width: int) -> Iterator[Record]:
    empty = True
    for line, cells in records:
        if len(cells) != width:
            raise BadFile(f"Line {line} has {len(cells)} cells where the header has {width}.")
        empty = False
        yield line, cells
    if empty:
        raise BadFile("The file has a header but no rows.")
