"""Single values of an import file are read as the profile says, or refused with a code and a sentence."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime

import pytest

from incidents.import_profiles import ImportProfile, load_profile
from incidents.import_values import (
    UnreadableValue,
    is_ambiguous,
    read_moment,
    read_offence,
    read_point,
    read_status,
)

NOW = datetime(2026, 6, 1, tzinfo=UTC)
SF = load_profile("sf")
GENERIC = load_profile("generic")


@pytest.mark.parametrize(
    ("profile", "text", "moment"),
    [
        (SF, "2015-05-13 23:53:00", datetime(2015, 5, 14, 6, 53, tzinfo=UTC)),
        (SF, "2003-01-06 00:01:00", datetime(2003, 1, 6, 8, 1, tzinfo=UTC)),
        (GENERIC, "2026-01-05T10:00:00Z", datetime(2026, 1, 5, 10, tzinfo=UTC)),
        (GENERIC, "2026-01-05 10:00:00.250+0100", datetime(2026, 1, 5, 9, tzinfo=UTC)),
        (GENERIC, "2026-01-05 10:00", datetime(2026, 1, 5, 10, tzinfo=UTC)),
        (GENERIC, " 2026-01-05 ", datetime(2026, 1, 5, tzinfo=UTC)),
        (GENERIC, "1/5/2026 12:30:00 am", datetime(2026, 1, 5, 0, 30, tzinfo=UTC)),
        (GENERIC, "1/5/2026 12:30:00 PM", datetime(2026, 1, 5, 12, 30, tzinfo=UTC)),
        (GENERIC, "1/5/2026 9:30", datetime(2026, 1, 5, 9, 30, tzinfo=UTC)),
    ],
)
def test_times_are_read_in_utc(profile: ImportProfile, text: str, moment: datetime) -> None:
    assert read_moment(text, profile, NOW) == moment


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("yesterday", "date_unreadable"),
        ("", "date_unreadable"),
        ("2015-02-30 10:00:00", "date_impossible"),
        ("2015-02-20 24:61:00", "date_impossible"),
        ("2002-12-31 23:59:00", "date_too_early"),
        ("2026-06-01 00:00:00", "date_in_future"),
    ],
)
def test_a_bad_date_is_refused_with_its_code(text: str, code: str) -> None:
    with pytest.raises(UnreadableValue) as refusal:
        read_moment(text, SF, NOW)

    assert refusal.value.code == code


def test_an_hour_of_twelve_is_no_thirteen() -> None:
    with pytest.raises(UnreadableValue, match="does not exist"):
        read_moment("1/5/2026 13:30:00 PM", GENERIC, NOW)


def test_a_skipped_hour_goes_forward_or_is_refused() -> None:
    skipped = "2015-03-08 02:30:00"

    assert read_moment(skipped, SF, NOW) == datetime(2015, 3, 8, 10, 30, tzinfo=UTC)
    with pytest.raises(UnreadableValue, match="clocks went forward in America/Los_Angeles"):
        read_moment(skipped, dataclasses.replace(SF, skipped_hour="reject"), NOW)


def test_an_ambiguous_hour_is_the_first_or_the_second() -> None:
    ambiguous = "2014-11-02 01:30:00"

    assert read_moment(ambiguous, SF, NOW) == datetime(2014, 11, 2, 8, 30, tzinfo=UTC)
    second = dataclasses.replace(SF, ambiguous_hour="second")
    assert read_moment(ambiguous, second, NOW) == datetime(2014, 11, 2, 9, 30, tzinfo=UTC)
    assert is_ambiguous(datetime(2014, 11, 2, 1, 30), SF)
    assert not is_ambiguous(datetime(2015, 3, 8, 2, 30), SF)


@pytest.mark.parametrize(
    ("longitude", "latitude", "code"),
    [
        ("-120.5", "90.0", "coordinates_impossible"),
        ("-122.4", "95", "coordinates_impossible"),
        ("nan", "37.7", "coordinates_impossible"),
        ("-122.4", "", "coordinates_unreadable"),
        ("-121.0", "37.7", "coordinates_implausible"),
    ],
)
def test_a_bad_place_is_refused_with_its_code(longitude: str, latitude: str, code: str) -> None:
    with pytest.raises(UnreadableValue) as refusal:
        read_point(longitude, latitude, SF)

    assert refusal.value.code == code


def test_a_place_is_read_and_an_empty_one_is_none() -> None:
    assert read_point("-122.403390364804", "37.780265577696", SF) == (-122.403390364804, 37.780265577696)
    assert read_point("", " ", SF) is None


@pytest.mark.parametrize(
    ("word", "description", "code", "completion"),
    [
        ("LARCENY/THEFT", "GRAND THEFT FROM LOCKED AUTO", "23F", "completed"),
        ("LARCENY/THEFT", "ATTEMPTED THEFT FROM UNLOCKED VEHICLE", "23F", "attempted"),
        ("LARCENY/THEFT", "PETTY THEFT OF PROPERTY", "23H", "completed"),
        ("ASSAULT", "BATTERY", "13B", "completed"),
        ("ASSAULT", "ATTEMPTED HOMICIDE WITH A GUN", "13A", "completed"),
        ("ASSAULT", "THREATS AGAINST LIFE", "13C", "completed"),
        ("SEX OFFENSES FORCIBLE", "ASSAULT TO RAPE WITH BODILY FORCE", "11A", "attempted"),
        ("SUICIDE", "ATTEMPTED SUICIDE", "N00", "completed"),
        ("RUNAWAY", "RUNAWAY", "90I", "completed"),
    ],
)
def test_the_words_of_san_francisco_become_codes(
    word: str, description: str, code: str, completion: str
) -> None:
    reading = read_offence(word, description, SF)

    assert (reading.code, reading.completion) == (code, completion)


@pytest.mark.parametrize("word", ["120", "Robbery", " robbery "])
def test_the_generic_profile_takes_codes_and_names(word: str) -> None:
    assert read_offence(word, "", GENERIC).code == "120"


def test_an_unknown_category_is_refused() -> None:
    with pytest.raises(UnreadableValue, match='The category "JAYWALKING" is not mapped'):
        read_offence("JAYWALKING", "", SF)


def test_statuses_are_mapped_or_refused() -> None:
    assert read_status("ARREST, BOOKED", SF) == "cleared"
    assert read_status("NONE", SF) == "reported"
    with pytest.raises(UnreadableValue, match='The status "LOST" is not mapped'):
        read_status("LOST", SF)
