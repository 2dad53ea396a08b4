"""Import profiles: what a file of incidents looks like, as data.

A profile is a TOML file under `incidents/profiles/`; a second file given with `--map` is merged over it,
key by key, lists as a whole. Nothing here opens a CSV or a database: `incidents.import_values` reads single
values by a profile in Python, the importer turns the same declarations into SQL.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from incidents.profile_checks import Checked, ProfileError

__all__ = [
    "FIELDS",
    "Bounds",
    "DateFormat",
    "ImportProfile",
    "ProfileError",
    "load_profile",
    "load_profile_over",
    "profile_names",
    "read_mapping",
]

PROFILE_FOLDER = Path(__file__).parent / "profiles"

FIELDS = (
    "number",
    "external_id",
    "occurred_from",
    "occurred_until",
    "reported_at",
    "offence",
    "description",
    "notes",
    "address",
    "latitude",
    "longitude",
    "status",
    "district",
)
STATUSES = ("reported", "verified", "unfounded", "cleared", "closed")
DATE_PARTS = ("year", "month", "day", "hour", "minute", "second", "half", "offset")

_KEYS = (
    "name",
    "title",
    "source",
    "encoding",
    "delimiter",
    "srid",
    "identity",
    "time_zone",
    "skipped_hour",
    "ambiguous_hour",
    "required",
    "unmapped",
    "reads_nibrs",
    "attempted_words",
    "columns",
    "date_formats",
    "plausible",
    "status",
    "categories",
    "refinements",
)


@dataclass(frozen=True, slots=True)
class DateFormat:
    """One way to write a time: a regular expression and the names of its groups, in order.

    The pattern keeps to what PostgreSQL and Python read alike, so that `regexp_replace(value, pattern,
    iso_replacement)` in SQL and `re` here see the same rows.
    """

    pattern: str
    parts: tuple[str, ...]

    @property
    def has_offset(self) -> bool:
        """The value says its own offset from UTC: cast it to timestamptz and apply no zone."""
        return "offset" in self.parts

    @property
    def iso_replacement(self) -> str:
        r"""The replacement that turns a matching value into ISO order, e.g. `\3-\1-\2 \4:\5:00`."""
        group = {part: f"\\{number}" for number, part in enumerate(self.parts, start=1)}
        clock = ":".join(group.get(part, "00") for part in ("hour", "minute", "second"))
        half = f" {group['half']}" if "half" in group else ""
        return f"{group['year']}-{group['month']}-{group['day']} {clock}{half}{group.get('offset', '')}"


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a believable row keeps to. Coordinates are in the profile's SRID, west to east, south to north."""

    earliest: date
    west: float
    south: float
    east: float
    north: float
    impossible: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class ImportProfile:
    """Everything the importer knows about one kind of file; `columns` is our field -> the file's column."""

    name: str
    title: str
    source: str
    encoding: str
    delimiter: str
    srid: int
    identity: Literal["content", "external_id"]
    time_zone: str
    skipped_hour: Literal["forward", "reject"]
    ambiguous_hour: Literal["first", "second"]
    required: frozenset[str]
    unmapped: tuple[str, ...]
    reads_nibrs: bool
    attempted_words: tuple[str, ...]
    columns: Mapping[str, str]
    date_formats: tuple[DateFormat, ...]
    plausible: Bounds
    status_map: Mapping[str, str]
    category_map: Mapping[str, str]
    refinements: Mapping[str, tuple[tuple[str, str], ...]]

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def required_columns(self) -> tuple[str, ...]:
        """The columns that the header of the file must name, in the order of our fields."""
        return tuple(self.columns[field] for field in FIELDS if field in self.required)

    def missing_columns(self, header: Sequence[str]) -> list[str]:
        """The required columns that `header` lacks; empty when the file fits the profile."""
        return [column for column in self.required_columns if column not in header]


def profile_names() -> list[str]:
    """The names that `--profile` takes."""
    return sorted(path.stem for path in PROFILE_FOLDER.glob("*.toml"))


def load_profile(name: str, mapping: Path | None = None) -> ImportProfile:
    """The profile `name`, with the file `mapping` merged over it.

    Raises ProfileError, a ValueError whose text is one sentence naming the file and the key.
    """
    if mapping is None:
        return load_profile_over(name, {}, f"{name}.toml")
    return load_profile_over(name, read_mapping(mapping), str(mapping))


def load_profile_over(name: str, over: Mapping[str, Any], file: str) -> ImportProfile:
    """The profile `name` with the table `over` merged over it; `file` is named in errors.

    Raises ProfileError.
    """
    if name not in profile_names():
        raise ProfileError(f'There is no profile "{name}"; the profiles are {", ".join(profile_names())}.')
    return build_profile(merge(read_mapping(PROFILE_FOLDER / f"{name}.toml"), over), file)


def merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """`base` with the keys of `over`: tables are merged key by key, everything else is replaced."""
    merged = dict(base)
    for key, value in over.items():
        known = merged.get(key)
        merged[key] = merge(known, value) if isinstance(known, dict) and isinstance(value, dict) else value
    return merged


def build_profile(table: Mapping[str, Any], file: str) -> ImportProfile:
    """A checked profile from the parsed TOML; `file` is named in errors. Raises ProfileError."""
    read = Checked(table, file)
    read.only(_KEYS)
    columns = {field: column for field, column in read.words("columns").items() if column}
    read.known("columns", columns, FIELDS, "a field of Nethra")
    status_map = read.words("status")
    read.known("status", status_map.values(), STATUSES, "a status of Nethra")
    profile = ImportProfile(
        name=read.text("name"),
        title=read.text("title"),
        source=read.text("source"),
        encoding=read.encoding("encoding"),
        delimiter=read.character("delimiter"),
        srid=read.whole_number("srid"),
        identity=read.choice("identity", ("content", "external_id")),
        time_zone=read.time_zone("time_zone"),
        skipped_hour=read.choice("skipped_hour", ("forward", "reject")),
        ambiguous_hour=read.choice("ambiguous_hour", ("first", "second")),
        required=frozenset(read.texts("required")),
        unmapped=read.texts("unmapped"),
        reads_nibrs=read.yes_or_no("reads_nibrs"),
        attempted_words=read.texts("attempted_words"),
        columns=columns,
        date_formats=_date_formats(read),
        plausible=_bounds(read),
        status_map=status_map,
        category_map=read.offence_codes("categories"),
        refinements=read.refinements("refinements"),
    )
    _check_together(profile, read)
    return profile


def _check_together(profile: ImportProfile, read: Checked) -> None:
    for field in sorted(profile.required - set(profile.columns)):
        raise read.error("required", f'names "{field}", which the key "columns" does not map')
    for field in ("occurred_from", "offence"):
        if field not in profile.columns:
            raise read.error("columns", f'must map "{field}"')
    if ("latitude" in profile.columns) != ("longitude" in profile.columns):
        raise read.error("columns", "must map latitude and longitude together")
    if profile.identity == "external_id" and "external_id" not in profile.columns:
        raise read.error("identity", "is external_id, but no column is mapped to external_id")
    if not profile.category_map and not profile.reads_nibrs:
        raise read.error("categories", "is empty and reads_nibrs is false, so every row would be refused")
    for category in sorted(set(profile.refinements) - set(profile.category_map)):
        raise read.error("refinements", f'names the category "{category}", which "categories" does not map')


def _date_formats(read: Checked) -> tuple[DateFormat, ...]:
    formats = read.tables("date_formats")
    if not formats:
        raise read.error("date_formats", "must hold at least one format")
    return tuple(_date_format(entry) for entry in formats)


def _date_format(entry: Checked) -> DateFormat:
    entry.only(("pattern", "parts"))
    pattern, parts = entry.text("pattern"), entry.texts("parts")
    entry.known("parts", parts, DATE_PARTS, "a part of a date")
    try:
        groups = re.compile(pattern).groups
    except re.error as error:
        raise entry.error("pattern", f"is no regular expression: {error}") from error
    if groups != len(parts) or len(set(parts)) != len(parts):
        raise entry.error("parts", f"must name each of the {groups} groups of its pattern once")
    if not {"year", "month", "day"} <= set(parts):
        raise entry.error("parts", "must name year, month and day")
    return DateFormat(pattern=pattern, parts=parts)


def _bounds(read: Checked) -> Bounds:
    plausible = read.table("plausible")
    plausible.only(("earliest", "latest", "west", "south", "east", "north", "impossible"))
    # A later end than the moment of import would let future crimes in; the key exists to say so in the file.
    plausible.choice("latest", ("now",))
    bounds = Bounds(
        earliest=plausible.day("earliest"),
        west=plausible.number("west"),
        south=plausible.number("south"),
        east=plausible.number("east"),
        north=plausible.number("north"),
        impossible=plausible.points("impossible"),
    )
    if bounds.west >= bounds.east or bounds.south >= bounds.north:
        raise read.error("plausible", "must have west below east and south below north")
    return bounds


def read_mapping(path: Path) -> dict[str, Any]:
    """The table of a TOML file. Raises ProfileError."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ProfileError(f"{path}: the file cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise ProfileError(f"{path}: the file is not UTF-8 text.") from error
    except tomllib.TOMLDecodeError as error:
        raise ProfileError(f"{path}: this is not valid TOML: {error}.") from error
