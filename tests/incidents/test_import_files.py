"""Files that are none are refused in one sentence, and nothing of them is stored."""

from __future__ import annotations

import gzip
from typing import Any

import pytest

from incidents.importing.files import ALWAYS_UNPACKED, LONGEST_LINE
from incidents.importing.services import preview
from nethra.core.scope import agency_scope
from tests.support.imports import HEADER, counts, csv_of, import_file, start, stored
from tests.support.people import Cast, access_for

GOOD_FILE = csv_of({}, {})


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty."),
        (b" \n\n", "The file is empty."),
        (b"%PDF-1.7 ...", "The file is a PDF, not a CSV."),
        (b"PK\x03\x04....", "The file is a spreadsheet or ZIP archive, not a CSV."),
        (b"\x00\x01\x02\x03", "The file is not text, so it is no CSV."),
        (csv_of(*[{}] * 1000) + b"\x00" + b"," * 9, "Row 1001 holds a character that no text has (NUL)."),
        (GOOD_FILE.replace(b"Window", b"Wi\x00ndow"), "The file is not text, so it is no CSV."),
        (HEADER.encode() + b"\n", "The file has a header but no rows."),
        (b"address,status\na,b\n", "The file lacks the columns occurred_from, offence."),
        (b"occurred_from,offence,offence\na,b,c\n", "The header names offence more than once."),
        (GOOD_FILE + b"A-3,too,short\n", "Line 4 has 3 cells where the header has 10."),
        (GOOD_FILE + b'A-3,"open', "The file is no CSV from line 4 on: unexpected end of data."),
        (GOOD_FILE.replace(b"Window", b"Fen\xeatre"), "The file is not UTF-8-SIG text (near line 1)."),
        (gzip.compress(GOOD_FILE)[:-20], "The gzip file is damaged or incomplete."),
        (b"\x1f\x8bnot gzip at all", "The gzip file is damaged or incomplete."),
        (
            gzip.compress(GOOD_FILE + b"\n" * ALWAYS_UNPACKED),
            "The gzip file unpacks to more than can be taken in.",
        ),
        (GOOD_FILE + b"A" * LONGEST_LINE, "Line 4 is longer than a million characters."),
    ],
)
def test_a_bad_file_fails_with_one_sentence(cast: Cast, content: bytes, sentence: str) -> None:
    access = access_for(cast.analyst)

    batch = import_file(access, content)

    assert (batch.status, batch.message) == ("failed", sentence)
    assert counts(batch) == (0, 0, 0, 0, 0)
    assert stored(access) == []


def test_no_gzipped_file_unpacks_to_more_than_an_upload_may_hold(cast: Cast, settings: Any) -> None:
    settings.MAX_UPLOAD_MB = 1
    access = access_for(cast.analyst)
    packed = gzip.compress(csv_of(*[{}] * 10_000))

    batch = import_file(access, packed)
    waiting = start(access, packed)
    with agency_scope(access):
        first_rows = preview(access=access, batch=waiting)

    assert (batch.status, batch.message) == ("failed", "The gzip file unpacks to more than can be taken in.")
    assert stored(access) == []
    # What is shown before an import unpacks no more than it shows.
    assert len(first_rows.rows) == 10


def test_gzip_byte_order_mark_and_windows_lines_are_read(cast: Cast) -> None:
    content = b"\xef\xbb\xbf" + GOOD_FILE.replace(b"\n", b"\r\n")

    batch = import_file(access_for(cast.analyst), gzip.compress(content))

    assert counts(batch) == (2, 2, 0, 0, 0)
