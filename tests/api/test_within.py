"""An outline drawn by hand as a filter: what lies inside, what is no outline."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest
from django.contrib.gis.geos import Point

from tests.api.calls import get, numbers, refusal
from tests.support.people import Cast, access_for
from tests.support.records import make_incident

pytestmark = pytest.mark.django_db
SQUARE = [[-122.43, 37.76], [-122.41, 37.76], [-122.41, 37.78], [-122.43, 37.78], [-122.43, 37.76]]
HOLE = [[-122.421, 37.769], [-122.419, 37.769], [-122.419, 37.771], [-122.421, 37.771], [-122.421, 37.769]]


def wkt(*rings: list[list[float]]) -> str:
    return "POLYGON(" + ", ".join("(" + ",".join(f"{x} {y}" for x, y in ring) + ")" for ring in rings) + ")"


def within(text: str) -> str:
    return "incidents?" + urlencode({"within": text})


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (wkt(SQUARE), 2),
        (json.dumps({"type": "Polygon", "coordinates": [SQUARE]}), 2),
        # The hole takes the middle out; a place on the border belongs to it.
        (wkt(SQUARE, HOLE), 1),
    ],
)
def test_an_outline_holds_what_lies_inside_and_on_its_border(cast: Cast, text: str, count: int) -> None:
    for place in ((-122.42, 37.77), (-122.43, 37.77), (-122.40, 37.77)):
        make_incident(access_for(cast.officer), location=Point(*place, srid=4326))

    assert len(numbers(get(cast.analyst, within(text)))) == count


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("CIRCLE(1 1)", "takes a polygon"),
        ('{"type": "Point", "coordinates": [1, 1]}', "takes a polygon"),
        ('{"type": "Polygon"}', "takes a polygon"),
        ("POLYGON((1 1, 2 x, 2 2, 1 1))", "takes a polygon"),
        ("POLYGON((1 1 1, 2 1 1, 2 2 1, 1 1 1))", "takes a polygon"),
        ("SRID=3857;POLYGON((1 1, 2 1, 2 2, 1 1))", "takes a polygon"),
        ("POLYGON((1 1, 2 1, 1 1))", "three corners"),
        ("POLYGON((1 1, 2 1, 2 2, 1 2))", "three corners"),
        ("POLYGON((0 0, 1 1, 1 0, 0 1, 0 0))", "crosses itself"),
        ("POLYGON((1 95, 2 1, 2 2, 1 95))", "latitude"),
        ("POLYGON((nan 1, 2 1, 2 2, nan 1))", "longitude"),
        (wkt([[n / 1000, n * n / 100000] for n in range(102)] + [[0, 0]]), "100 corners"),
    ],
)
def test_what_is_no_outline_is_refused_in_a_sentence(cast: Cast, text: str, words: str) -> None:
    answer = get(cast.analyst, within(text))

    assert refusal(answer)[0] == 400
    assert words in answer.json()["detail"]
    assert list(answer.json()["errors"]) == ["within"] or answer.json()["errors"]


def test_an_outline_may_be_longer_than_other_parameters_but_not_endless(cast: Cast) -> None:
    assert get(cast.analyst, within(wkt(SQUARE).replace(",", " " * 100 + ","))).status_code == 200
    assert refusal(get(cast.analyst, within("POLYGON((" + "1 1," * 2000 + "1 1))")))[0] == 400
