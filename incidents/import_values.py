"""Single values of an import file, read by a profile: for the preview, and as the measure for the SQL.

The set-based importer says the same in SQL. In PostgreSQL, with `local` a timestamp and `zone` the name:
- a skipped hour: `(local AT TIME ZONE zone) AT TIME ZONE zone <> local`; the inner value is the forward one;
- an ambiguous hour: `((local AT TIME ZONE zone) - interval '1 hour') AT TIME ZONE zone = local`;
  `local AT TIME ZONE zone` is the second of the two, one hour less the first.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Literal

from incidents.import_profiles import DateFormat, ImportProfile
from incidents.reference import NEVER_ATTEMPTED, load_offence_codes, offence_codes_by_code

Completion = Literal["attempted", "completed"]


class UnreadableValue(ValueError):
    """A value that refuses its row: a stable `code` and, as text, one plain sentence."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True, slots=True)
class OffenceReading:
    """What the words of a row mean: an offence code, and whether the offence was carried out."""

    code: str
    completion: Completion


def read_moment(text: str, profile: ImportProfile, now: datetime) -> datetime:
    """The time that `text` says, in UTC.

    Raises UnreadableValue with the code date_unreadable, date_impossible, date_skipped, date_too_early or
    date_in_future.
    """
    moment = _in_utc(*_written_time(text.strip(), profile), profile)
    if moment < datetime.combine(profile.plausible.earliest, time(), tzinfo=profile.zone):
        raise UnreadableValue("date_too_early", f"The date {text} is before {profile.plausible.earliest}.")
    if moment > now:
        raise UnreadableValue("date_in_future", f"The date {text} lies in the future.")
    return moment


def read_point(longitude: str, latitude: str, profile: ImportProfile) -> tuple[float, float] | None:
    """The place of a row as (x, y) in the profile's SRID; None where both cells are empty.

    Raises UnreadableValue with the code coordinates_unreadable, coordinates_impossible or
    coordinates_implausible.
    """
    if not longitude.strip() and not latitude.strip():
        return None
    try:
        x, y = float(longitude), float(latitude)
    except ValueError as error:
        sentence = f'The coordinates "{longitude}", "{latitude}" are not numbers.'
        raise UnreadableValue("coordinates_unreadable", sentence) from error
    if (x, y) in profile.plausible.impossible or not _on_the_globe(x, y, profile.srid):
        raise UnreadableValue("coordinates_impossible", f"The coordinates {x}, {y} are impossible.")
    bounds = profile.plausible
    if not (bounds.west <= x <= bounds.east and bounds.south <= y <= bounds.north):
        sentence = f"The coordinates {x}, {y} are outside the range that the profile allows."
        raise UnreadableValue("coordinates_implausible", sentence)
    return x, y


def read_offence(word: str, description: str, profile: ImportProfile) -> OffenceReading:
    """The offence that the agency's word and its description mean.

    Raises UnreadableValue with the code category_unknown.
    """
    code = _refined(word, description, profile) or profile.category_map.get(word) or _nibrs(word, profile)
    if code is None:
        raise UnreadableValue("category_unknown", f'The category "{word}" is not mapped to an offence code.')
    return OffenceReading(code, _completion(code, description, profile))


def read_status(word: str, profile: ImportProfile) -> str:
    """The incident status that the agency's word means. Raises UnreadableValue, code status_unknown."""
    status = profile.status_map.get(word)
    if status is None:
        raise UnreadableValue("status_unknown", f'The status "{word}" is not mapped.')
    return status


def _refined(word: str, description: str, profile: ImportProfile) -> str | None:
    said = description.upper()
    return next((code for words, code in profile.refinements.get(word, ()) if words.upper() in said), None)


def _nibrs(word: str, profile: ImportProfile) -> str | None:
    if not profile.reads_nibrs:
        return None
    said = word.strip().upper()
    if said in offence_codes_by_code():
        return said
    return next((row.code for row in load_offence_codes() if row.name.upper() == said), None)


def _completion(code: str, description: str, profile: ImportProfile) -> Completion:
    if code in NEVER_ATTEMPTED or not offence_codes_by_code()[code].is_crime:
        return "completed"
    said = description.upper()
    return "attempted" if any(word.upper() in said for word in profile.attempted_words) else "completed"


def _written_time(text: str, profile: ImportProfile) -> tuple[datetime, bool]:
    """The time as written, and whether it says its own offset from UTC."""
    for date_format in profile.date_formats:
        match = re.fullmatch(date_format.pattern, text, re.ASCII)
        if match:
            return _calendar_time(text, date_format, match), date_format.has_offset
    raise UnreadableValue("date_unreadable", f'"{text}" is not a date that the profile knows.')


def _calendar_time(text: str, date_format: DateFormat, match: re.Match[str]) -> datetime:
    parts = dict(zip(date_format.parts, match.groups(), strict=True))
    try:
        return datetime.fromisoformat(
            f"{parts['year']}-{parts['month']:0>2}-{parts['day']:0>2}T{_hour(parts):02}"
            f":{parts.get('minute', '00')}:{parts.get('second', '00')}{parts.get('offset', '')}"
        )
    except ValueError as error:
        raise UnreadableValue("date_impossible", f"The date {text} does not exist.") from error


def _hour(parts: dict[str, str]) -> int:
    hour = int(parts.get("hour", "0"))
    if "half" not in parts:
        return hour
    if not 1 <= hour <= 12:
        raise ValueError("A clock of twelve hours has no such hour.")
    return hour % 12 + (12 if parts["half"].upper() == "PM" else 0)


def _in_utc(written: datetime, has_offset: bool, profile: ImportProfile) -> datetime:
    if has_offset:
        return written.astimezone(UTC)
    local = written.replace(tzinfo=profile.zone)
    first = local.astimezone(UTC)
    if first.astimezone(profile.zone).replace(tzinfo=None) != written:
        if profile.skipped_hour == "reject":
            sentence = f"The time {written} does not exist: clocks went forward in {profile.time_zone}."
            raise UnreadableValue("date_skipped", sentence)
        return first
    return local.replace(fold=1).astimezone(UTC) if profile.ambiguous_hour == "second" else first


def is_ambiguous(written: datetime, profile: ImportProfile) -> bool:
    """Whether the wall-clock time happened twice because clocks went back."""
    local = written.replace(tzinfo=profile.zone)
    return local.replace(fold=1).astimezone(UTC) - local.astimezone(UTC) > timedelta(0)


def _on_the_globe(x: float, y: float, srid: int) -> bool:
    return srid != 4326 or (-180.0 <= x <= 180.0 and -90.0 <= y <= 90.0)
