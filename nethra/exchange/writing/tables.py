"""Tables for offices: CSV and Excel workbooks."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from itertools import chain
from pathlib import Path
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from nethra.core.errors import InvalidInput
from nethra.core.fields import Kind
from nethra.core.rows import Record, Records
from nethra.core.tables import cell
from nethra.exchange.columns import Column

#: What a sheet holds below its header, and what a cell of it holds.
MOST_ROWS = 1_048_575
MOST_CHARACTERS = 32_767
#: Spreadsheets know no day before.
FIRST_YEAR = 1900


def write_csv(path: Path, columns: Sequence[Column], batches: Iterator[Records], *, marked: bool) -> None:
    """Write RFC 4180 in UTF-8, safe to open in a spreadsheet, ``marked`` with a byte order mark; times are UTC."""
    with path.open("w", encoding="utf-8-sig" if marked else "utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow([column.name for column in columns])
        for batch in batches:
            # Column by column: half the time of record by record.
            out.writerows(zip(*(map(cell, map(column.read, batch)) for column in columns), strict=True))


def write_xlsx(path: Path, columns: Sequence[Column], batches: Iterator[Records], *, title: str) -> None:
    """Write a workbook of one sheet; times are UTC. Raise InvalidInput for what a sheet cannot hold."""
    # SECURITY: text stays text, whatever it begins with; tests/exchange/test_tables.py.
    options = {
        "constant_memory": True,
        "tmpdir": str(path.parent),
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with Workbook(str(path), options) as book:
        sheet = book.add_worksheet(title)
        formats = {
            Kind.TIME: book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
            Kind.DATE: book.add_format({"num_format": "yyyy-mm-dd"}),
        }
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, [column.name for column in columns])
        writers = [(column, _writer(sheet, column, formats)) for column in columns]
        for row, record in enumerate(chain.from_iterable(batches), start=1):
            _write_row(row, record, writers)


Write = Callable[[int, int, Any], object]


def _write_row(row: int, record: Record, writers: Sequence[tuple[Column, Write]]) -> None:
    if row > MOST_ROWS:
        raise too_many_rows()
    for place, (column, write) in enumerate(writers):
        value = column.read(record)
        if value is not None and value != "":
            write(row, place, value)


def too_many_rows() -> InvalidInput:
    """Return what is said of more rows than a sheet holds."""
    return InvalidInput(
        f"An Excel sheet holds {MOST_ROWS:,} records at most: narrow the filters or take another format.",
        code="too_many",
    )


def _writer(sheet: Worksheet, column: Column, formats: dict[Kind, Any]) -> Write:
    """Return what writes one kind of value at (row, place)."""

    def text(row: int, place: int, value: Any) -> None:
        written = str(value)
        if len(written) > MOST_CHARACTERS:
            raise InvalidInput(
                f"A value of {column.name} is longer than the {MOST_CHARACTERS:,} characters of an Excel cell: "
                "take another format.",
                code="value_too_long",
            )
        sheet.write_string(row, place, written)

    def moment(row: int, place: int, value: date | datetime) -> None:
        if value.year < FIRST_YEAR:
            sheet.write_string(row, place, cell(value))
            return
        plain = value.astimezone(UTC).replace(tzinfo=None) if isinstance(value, datetime) else value
        sheet.write_datetime(row, place, plain, formats[column.kind])  # type: ignore[index]

    if column.kind in formats:
        return moment
    plain: dict[Kind | None, Write] = {
        Kind.FLAG: sheet.write_boolean,
        Kind.WHOLE: sheet.write_number,
        None: sheet.write_number,
    }
    return plain.get(column.kind, text)
