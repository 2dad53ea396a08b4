"""What the first rows of a file would become, value by value, without touching the database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from incidents.import_profiles import FIELDS, ImportProfile
from incidents.import_values import UnreadableValue, read_moment, read_offence, read_point, read_status
from incidents.importing.files import BadFile
from incidents.importing.records import open_records


@dataclass(frozen=True)
class PreviewRow:
    """One row as it would be stored; `problems` are sentences, empty when the row is good."""

    line: int
    values: dict[str, Any] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class Preview:
    """A file at a glance: `mapping` is our field -> the file's column.

    `problem` says why the file cannot be read at all, or is empty.
    """

    header: tuple[str, ...]
    missing_columns: tuple[str, ...]
    mapping: dict[str, str]
    rows: tuple[PreviewRow, ...]
    problem: str = ""


def preview_file(path: Path, profile: ImportProfile, rows: int) -> Preview:
    """Return the first rows as the profile reads them.

    Repeats, known rows and the agency's boundary are questions to the database; only the import asks them.
    """
    header: tuple[str, ...] = ()
    found: list[PreviewRow] = []
    problem = ""
    try:
        with open_records(path, profile, allow_missing=True) as (names, records):
            header = tuple(names)
            if not profile.missing_columns(names):
                found.extend(
                    _row(line, dict(zip(names, cells, strict=True)), profile)
                    for line, cells in islice(records, rows)
                )
    except BadFile as refusal:
        problem = str(refusal)
    except (FileNotFoundError, IsADirectoryError):
        # Swept, or removed by an order to expunge, which leaves no name either.
        problem = "The uploaded file is no longer on the server; upload it again."
    mapping = {name: column for name, column in profile.columns.items() if column in header}
    missing = tuple(profile.missing_columns(header)) if header else ()
    return Preview(header, missing, mapping, tuple(found), problem)


def _row(line: int, cells: dict[str, str], profile: ImportProfile) -> PreviewRow:
    text = {name: cells.get(profile.columns.get(name, ""), "") for name in FIELDS}
    values: dict[str, Any] = {
        name: text[name] for name in ("external_id", "description", "notes", "address") if text[name]
    }
    problems: list[str] = []

    def read(name: str, reading: Callable[[], Any]) -> None:
        try:
            values[name] = reading()
        except UnreadableValue as refusal:
            problems.append(str(refusal))

    now = datetime.now(UTC)
    read("occurred_from", lambda: read_moment(text["occurred_from"], profile, now))
    for name in ("occurred_until", "reported_at"):
        if text[name].strip():
            read(name, lambda name=name: read_moment(text[name], profile, now))  # type: ignore[misc]
    read("location", lambda: read_point(text["longitude"], text["latitude"], profile))
    read("offence", lambda: read_offence(text["offence"], text["description"], profile))
    if "status" in profile.columns and profile.columns["status"] in cells:
        read("status", lambda: read_status(text["status"], profile))
    start, end = values.get("occurred_from"), values.get("occurred_until")
    if start and end and end < start:
        problems.append("The end is before the start.")
    return PreviewRow(line, values, tuple(problems))
