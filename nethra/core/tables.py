"""Tables as CSV files: safe to open in a spreadsheet, hashed, and written whole before anybody gets a byte."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from tempfile import SpooledTemporaryFile
from typing import IO, Any

#: A table up to this size stays in memory.
IN_MEMORY = 2_000_000
# SECURITY: a spreadsheet takes a cell that begins so for a formula, and runs it.
_FORMULA = frozenset("=+-@\t\r")


@dataclass(frozen=True)
class Table:
    """A written table: the open file at its beginning, how many rows it has, and its SHA-256 in hexadecimal."""

    file: IO[bytes]
    rows: int
    sha256: str


def cell(value: Any) -> str:
    """Return a value as a cell: times in UTC, and an apostrophe before what a spreadsheet would run."""
    # The usual kinds first: exports have millions of cells.
    if isinstance(value, str):
        return formula_safe(value)
    if value is None:
        return ""
    if isinstance(value, datetime):
        return _moment(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    return formula_safe(str(value))


@lru_cache(4096)
def _moment(value: datetime) -> str:
    # Most records hold the same time more than once.
    return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def formula_safe(text: str) -> str:
    """Return the text so that no spreadsheet runs it: an apostrophe before what looks like a formula."""
    return f"'{text}" if text[:1] in _FORMULA else text


def write_csv(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Table:
    """Write a table as RFC 4180 has it, UTF-8 with a mark so that spreadsheets read it as such."""
    file = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115  (it is handed on open)
    digest, count = hashlib.sha256(), 0

    def put(text: str) -> None:
        raw = text.encode()
        digest.update(raw)
        file.write(raw)

    put("\ufeff" + _line(header))
    for row in rows:
        put(_line([cell(value) for value in row]))
        count += 1
    file.seek(0)
    return Table(file, count, digest.hexdigest())


def _line(cells: Sequence[str]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue()
