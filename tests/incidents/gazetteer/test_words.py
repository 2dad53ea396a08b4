"""One spelling for names, and the parts of what somebody typed."""

from __future__ import annotations

import csv
import gzip
from itertools import islice
from pathlib import Path

import pytest

from incidents.gazetteer.words import (
    Asked,
    as_crossing,
    house_abbreviations,
    house_number,
    spelt,
    split_address,
    understood,
)

KNOWN = house_abbreviations()
ROWS = 20_000


@pytest.mark.parametrize(
    ("written", "spelling"),
    [
        ("Mission Street", "mission st"),
        ("MISSION ST.", "mission st"),
        ("05TH ST", "5th st"),
        ("Fifth Street", "5th st"),
        ("O'Farrell", "ofarrell"),
        ("O\u2019Farrell", "ofarrell"),
        ("Saint Mary's", "st marys"),
        ("N. Point  Blvd", "n pt blvd"),
        ("Stra\u00dfe des 17. Juni", "str des 17 juni"),
        ("Hauptstra\u00dfe", "hauptstr"),
        ("\u00c5ngstr\u00f6m V\u00e4g", "angstrom vag"),
        ("Cam\u00ednito_Real", "caminito real"),
        ("UNITED NATIONS PZ", "united nations plz"),
        ("%_\\", ""),
    ],
)
def test_names_have_one_spelling(written: str, spelling: str) -> None:
    assert spelt(written, KNOWN) == spelling
    assert spelt(spelling, KNOWN) == spelling


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("12 Mission St", Asked("mission st", "", 12, "12")),
        ("12A Mission St, San Francisco", Asked("mission st", "san francisco", 12, "12a")),
        ("12-14 Mission St", Asked("mission st", "", 12, "12")),
        ("12 1/2 Mission St", Asked("mission st", "", 12, "12")),
        ("12, Rue de Rivoli", Asked("rue de rivoli", "", 12, "12")),
        ("12 E Main St", Asked("e main st", "", 12, "12")),
        ("100 5th St", Asked("5th st", "", 100, "100")),
        ("5th St", Asked("5th st")),
        ("Hauptstr. 12b", Asked("hauptstr", "", 12, "12b")),
        ("800 Block of BRYANT ST", Asked("bryant st", "", 850, is_block=True)),
        ("mission", Asked("mission")),
        ("123", Asked("123")),
    ],
)
def test_an_address_has_its_parts(typed: str, asked: Asked) -> None:
    assert understood(typed, KNOWN) == asked


def test_numbers_of_houses_are_read() -> None:
    assert house_number("12a") == (12, "12a")
    assert house_number("a12") is None
    assert house_number("") is None
    assert split_address("12a Quay Lane") == ("12a", "Quay Lane")
    assert split_address("Quay Lane") is None


@pytest.mark.parametrize("typed", ["mission", "mission &", "/", "a & b & c", "band street", "at sea"])
def test_what_names_no_two_streets_is_no_crossing(typed: str) -> None:
    assert as_crossing(typed, KNOWN) is None


@pytest.mark.parametrize(
    "typed",
    ["1" * 200, "1 " * 100, "a-" * 100, " " * 200, "12" + " " * 190 + "x", "x" + " 1" * 99, "1-1-" * 50],
)
def test_no_text_takes_long_to_understand(typed: str) -> None:
    understood(typed, KNOWN)
    as_crossing(typed, KNOWN)


@pytest.mark.data
def test_every_address_of_san_francisco_is_a_crossing_or_a_block(police_data: Path) -> None:
    with gzip.open(police_data / "sf/sf_incidents_2003_2015.csv.gz", "rt", encoding="utf-8") as file:
        addresses = {row["Address"] for row in islice(csv.DictReader(file), ROWS)}

    loose = {
        address
        for address in addresses
        if as_crossing(address, KNOWN) is None and not understood(address, KNOWN).is_block
    }

    # Some records name one street of a crossing only.
    assert all(address.endswith(" /") for address in loose)
    assert len(addresses) > 5_000
