"""Rows that were not stored, with line and reason: as a CSV to mend and as rows for the console."""

from __future__ import annotations

import csv
import json
import os
import re
from pathlib import Path
from typing import IO
from uuid import UUID

from django.db import connection
from psycopg import sql

from incidents.importing.judging import LONGEST
from incidents.importing.sql import compose, execute
from incidents.importing.staging import Staged
from nethra.core.tables import formula_safe

#: Reason code -> sentence; %1$s is what the row says.
REASONS = {
    "date_unreadable": '"%1$s" is not a date that the profile knows.',
    "date_impossible": "The date %1$s does not exist.",
    "date_skipped": "The time %1$s does not exist: clocks went forward.",
    "date_too_early": "The date %1$s is before the earliest that the profile believes.",
    "date_in_future": "The date %1$s lies in the future.",
    "end_before_start": "The end %1$s is before the start.",
    "report_before_start": "The report %1$s is before the incident began.",
    "category_unknown": 'The category "%1$s" is not mapped to an offence code.',
    "status_unknown": 'The status "%1$s" is not mapped.',
    "coordinates_unreadable": "The coordinates %1$s are not numbers.",
    "coordinates_impossible": "The coordinates %1$s are impossible.",
    "coordinates_implausible": "The coordinates %1$s are outside the range that the profile allows.",
    "outside_boundary": "The place %1$s is outside the agency's boundary.",
    "value_too_long": "The %1$s is too long.",
    "external_id_repeated": 'The external id "%1$s" stands on an earlier line with other values.',
    "row_repeated": "The row repeats an earlier line.",
}

#: The longest part of a value that a reason quotes.
QUOTED = 80

REFUSED = """
FROM import_rows r JOIN import_lines l USING (record)
LEFT JOIN jsonb_each_text({reasons}::jsonb) AS said ON said.key = r.problem[1]
WHERE r.outcome IN ('rejected', 'repeated')
"""
REASON = "format(said.value, left(replace(r.problem[2], E'\\n', ' '), {quoted}))"

STORE = """
INSERT INTO incidents_importreject (id, agency_id, batch_id, line, code, reason, raw)
SELECT app.uuid7(), {agency}, {batch}, r.line, r.problem[1], left({reason}, 200), {raw}
{refused} AND r.record > {after} AND r.record <= {until}
"""

NUMBER = re.compile(r"^[+-]?[\d.]+$")


def store_rejects(staged: Staged, agency_id: UUID, batch_id: UUID, after: int, until: int) -> int:
    """Write the refused rows of records after < record <= until as ImportReject rows; return how many."""
    return execute(
        STORE,
        agency=agency_id,
        batch=batch_id,
        reason=compose(REASON, quoted=QUOTED),
        raw=_as_csv(staged),
        refused=_refused(),
        after=after,
        until=until,
    )


def write_rejects(staged: Staged, path: Path) -> None:
    """Write the refused rows to a CSV of line, code, reason and the file's own columns."""
    query = compose(
        "COPY (SELECT r.line, r.problem[1], {reason}, {cells} {refused} ORDER BY r.record) TO STDOUT",
        reason=compose(REASON, quoted=QUOTED),
        cells=sql.SQL(", ").join(staged.cells()),
        refused=_refused(),
    )
    with _private(path) as file, connection.cursor() as cursor:
        out = csv.writer(file)
        out.writerow(["line", "code", "reason", *map(safe_cell, staged.header)])
        with cursor.copy(query) as copy:
            for row in copy.rows():
                out.writerow([safe_cell(str(cell)) for cell in row])


def safe_cell(cell: str) -> str:
    """Return a cell of somebody's own file, safe to open; its plain numbers keep their sign."""
    return cell if NUMBER.match(cell) else formula_safe(cell)


def _private(path: Path) -> IO[str]:
    """Open for writing what only this service may read."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    return os.fdopen(descriptor, "w", encoding="utf-8", newline="")


def _refused() -> sql.Composed:
    return compose(REFUSED, reasons=json.dumps(_sentences()))


def _sentences() -> dict[str, str]:
    limits = ", ".join(f"{field} {limit:,}" for field, limit in LONGEST.items())
    return REASONS | {"value_too_long": f"The %1$s is too long; the most characters are: {limits}."}


def _as_csv(staged: Staged) -> sql.Composed:
    """The row as one line of CSV."""
    cells = [
        compose(
            r"""CASE WHEN {cell} ~ '[",\r\n]'
                THEN '"' || replace({cell}, '"', '""') || '"' ELSE {cell} END""",
            cell=cell,
        )
        for cell in staged.cells()
    ]
    return compose("concat_ws(',', {cells})", cells=sql.SQL(", ").join(cells))
