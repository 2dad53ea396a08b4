"""Profiles load, refuse mistakes in one sentence, and take a second file over themselves."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from incidents.import_profiles import (
    PROFILE_FOLDER,
    DateFormat,
    ProfileError,
    build_profile,
    load_profile,
    merge,
    profile_names,
)


def test_the_profiles_are_generic_and_sf() -> None:
    assert profile_names() == ["generic", "sf"]


@pytest.mark.parametrize("name", profile_names())
def test_every_profile_carries_the_name_of_its_file(name: str) -> None:
    assert load_profile(name).name == name


def test_san_francisco_maps_39_categories_and_17_resolutions() -> None:
    profile = load_profile("sf")

    assert len(profile.category_map) == 39
    assert len(profile.status_map) == 17


def test_missing_columns_are_named_by_the_words_of_the_file() -> None:
    profile = load_profile("sf")

    assert profile.missing_columns(["Dates", "Category", "Descript", "PdDistrict", "Address", "X"]) == [
        "Y",
        "Resolution",
    ]


def test_an_unknown_profile_is_refused_with_the_names_that_exist() -> None:
    with pytest.raises(ProfileError, match=r'There is no profile "oakland"; the profiles are generic, sf\.'):
        load_profile("oakland")


def test_a_mapping_file_changes_only_what_it_says(tmp_path: Path) -> None:
    mapping = tmp_path / "lisbon.toml"
    mapping.write_text(
        'delimiter = ";"\ntime_zone = "Europe/Lisbon"\n[columns]\nnotes = ""\noffence = "crime"\n'
        '[categories]\n"furto" = "23H"\n',
        encoding="utf-8",
    )

    profile = load_profile("generic", mapping)

    assert profile.delimiter == ";"
    assert profile.columns["offence"] == "crime"
    assert "notes" not in profile.columns
    assert profile.columns["address"] == "address"
    assert profile.category_map == {"furto": "23H"}


def test_lists_are_replaced_whole_and_tables_are_merged() -> None:
    assert merge({"a": [1, 2], "b": {"x": 1, "y": 2}}, {"a": [3], "b": {"y": 5}}) == {
        "a": [3],
        "b": {"x": 1, "y": 5},
    }


@pytest.mark.parametrize(
    ("over", "sentence"),
    [
        ({"colums": {}}, 'm.toml: the key "colums" is unknown.'),
        ({"srid": "4326"}, 'm.toml: the key "srid" must be a positive whole number.'),
        ({"delimiter": ";;"}, 'm.toml: the key "delimiter" must be a single character.'),
        ({"encoding": "utf-9"}, 'm.toml: the key "encoding" names "utf-9", an encoding that does not exist.'),
        (
            {"time_zone": "Mars/Base"},
            'm.toml: the key "time_zone" names "Mars/Base", a time zone that does not exist.',
        ),
        ({"skipped_hour": "guess"}, 'm.toml: the key "skipped_hour" must be forward or reject.'),
        ({"reads_nibrs": "yes"}, 'm.toml: the key "reads_nibrs" must be true or false.'),
        (
            {"columns": {"colour": "C"}},
            'm.toml: the key "columns" names "colour", which is not a field of Nethra.',
        ),
        (
            {"columns": {"latitude": ""}},
            'm.toml: the key "columns" must map latitude and longitude together.',
        ),
        ({"columns": {"offence": ""}}, 'm.toml: the key "required" names "offence", which the key "columns"'),
        (
            {"columns": {"external_id": ""}},
            'm.toml: the key "identity" is external_id, but no column is mapped to external_id.',
        ),
        ({"status": {"open": "opened"}}, 'm.toml: the key "status" names "opened", which is not a status'),
        (
            {"categories": {"theft": "99X"}},
            'm.toml: the key "categories.theft" names "99X", which is not an offence code.',
        ),
        (
            {"refinements": {"theft": [["bike", "23H"]]}},
            'm.toml: the key "refinements" names the category "theft"',
        ),
        ({"refinements": {"theft": ["bike"]}}, 'm.toml: the key "refinements.theft" must be a list of'),
        ({"reads_nibrs": False}, 'm.toml: the key "categories" is empty and reads_nibrs is false'),
        ({"date_formats": []}, 'm.toml: the key "date_formats" must hold at least one format.'),
        ({"date_formats": [{"pattern": "("}]}, 'm.toml: the key "date_formats[1].parts" is missing.'),
        (
            {"date_formats": [{"pattern": "(", "parts": ["year"]}]},
            'm.toml: the key "date_formats[1].pattern" is no regular expression',
        ),
        (
            {"date_formats": [{"pattern": r"(\d+)", "parts": ["year", "month"]}]},
            'm.toml: the key "date_formats[1].parts" must name each of the 1 groups',
        ),
        ({"plausible": {"earliest": "2003"}}, 'm.toml: the key "plausible.earliest" must be a date'),
        ({"plausible": {"west": 181.0}}, 'm.toml: the key "plausible" must have west below east'),
        ({"plausible": {"impossible": [1.0]}}, 'm.toml: the key "plausible.impossible" must be a list of'),
    ],
)
def test_a_mistake_is_one_sentence_that_names_file_and_key(over: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ProfileError) as refusal:
        build_profile(merge(_generic(), over), "m.toml")

    assert str(refusal.value).startswith(sentence)
    assert str(refusal.value).endswith(".")


def test_a_missing_key_is_named() -> None:
    table = _generic()
    del table["identity"]

    with pytest.raises(ProfileError, match=r'm\.toml: the key "identity" is missing\.'):
        build_profile(table, "m.toml")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"columns = ", "this is not valid TOML"), (b"\xff\xfe%PDF", "the file is not UTF-8 text")],
)
def test_a_mapping_file_that_is_none_is_refused(tmp_path: Path, content: bytes, sentence: str) -> None:
    mapping = tmp_path / "m.toml"
    mapping.write_bytes(content)

    with pytest.raises(ProfileError, match=sentence):
        load_profile("generic", mapping)


def test_a_mapping_file_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match=r"none\.toml: the file cannot be read: No such file"):
        load_profile("generic", tmp_path / "none.toml")


def test_a_date_format_says_how_postgresql_brings_it_into_iso_order() -> None:
    american = DateFormat("^(a)/(b)/(c) (d):(e) (f)$", ("month", "day", "year", "hour", "minute", "half"))

    assert american.iso_replacement == r"\3-\1-\2 \4:\5:00 \6"
    assert not american.has_offset


def _generic() -> dict[str, Any]:
    return tomllib.loads((PROFILE_FOLDER / "generic.toml").read_text(encoding="utf-8"))
