"""The records of a file, whatever it is: a table or a layer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from incidents.import_profiles import ImportProfile
from incidents.importing.files import BadFile, Record, open_table
from incidents.importing.layers import open_layer, reader_of


@contextmanager
def open_records(
    path: Path, profile: ImportProfile, *, allow_missing: bool = False
) -> Iterator[tuple[list[str], Iterator[Record]]]:
    """Yield the header and an iterator of (line or feature's number, cells); raise BadFile, while iterating too.

    A header that lacks required columns is refused unless `allow_missing`.
    """
    reader = reader_of(path)
    opened = open_table(path, profile) if reader is None else open_layer(path, profile, reader)
    with opened as (names, records):
        if not allow_missing:
            _check_header(names, profile)
        yield names, records


def _check_header(names: list[str], profile: ImportProfile) -> None:
    missing = profile.missing_columns(names)
    if missing:
        words = "column" if len(missing) == 1 else "columns"
        raise BadFile(f"The file lacks the {words} {', '.join(missing)}.")
    twice = sorted({name for name in profile.columns.values() if names.count(name) > 1})
    if twice:
        raise BadFile(f"The header names {', '.join(twice)} more than once.")
