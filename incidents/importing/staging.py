"""The file's cells as text in a temporary table: the one place where rows pass through Python."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
from django.db import connection
from psycopg import sql

from incidents.import_profiles import ImportProfile
from incidents.importing.files import BadFile
from incidents.importing.records import open_records
from incidents.importing.sql import compose, drop_tables, execute

REPORT_EVERY = 20_000


@dataclass(frozen=True)
class Staged:
    """The staged file: its header and number of rows. Column n of the file is column `c<n>` of the table."""

    header: tuple[str, ...]
    rows: int
    profile: ImportProfile

    def cell(self, field: str) -> sql.Composable:
        """The text of a field of ours in `import_lines l`, '' where the file has no such column."""
        column = self.profile.columns.get(field)
        if column is None or column not in self.header:
            return sql.SQL("''::text")
        return sql.Identifier("l", f"c{self.header.index(column)}")

    def cells(self, *, by_name: bool = False) -> list[sql.Composable]:
        """All columns of the file, in its order or in the order of their names."""
        numbers: Sequence[int] = range(len(self.header))
        if by_name:
            numbers = sorted(numbers, key=lambda number: (self.header[number], number))
        return [sql.Identifier("l", f"c{number}") for number in numbers]


def stage(path: Path, profile: ImportProfile, report: Callable[[int], None]) -> Staged:
    """Copy the file into `import_lines` (record, line, c0, c1, ...) and return what it holds.

    Runs inside the caller's short transaction; the table outlives it. Raises BadFile.
    """
    drop_tables()
    with open_records(path, profile) as (header, records):
        names = [sql.Identifier(f"c{number}") for number in range(len(header))]
        execute(
            "CREATE TEMPORARY TABLE import_lines (record integer, line integer, {columns}) "
            "ON COMMIT PRESERVE ROWS",
            columns=sql.SQL(", ").join(sql.SQL("{} text").format(name) for name in names),
        )
        record = 0
        try:
            with connection.cursor() as cursor, cursor.copy(compose("COPY import_lines FROM STDIN")) as copy:
                for record, (line, cells) in enumerate(records, start=1):
                    copy.write_row((record, line, *cells))
                    if record % REPORT_EVERY == 0:
                        report(record)
        except psycopg.DataError as error:
            raise BadFile(f"Row {record} holds a character that no text has (NUL).") from error
    report(record)
    execute("CREATE UNIQUE INDEX ON import_lines (record)")
    execute("ANALYZE import_lines")
    return Staged(tuple(header), record, profile)
