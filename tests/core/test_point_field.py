"""What may be typed as a place, and what the form says about the rest."""

from __future__ import annotations

from typing import Any

import pytest
from django import forms
from django.contrib.gis.geos import Point
from django.core.exceptions import ValidationError
from django.http import QueryDict

from nethra.core.forms import PointField
from nethra.core.widgets import Extent, PointWidget


class PlaceForm(forms.Form):
    place = PointField(required=False)


def filled(latitude: str, longitude: str) -> PlaceForm:
    data = QueryDict(mutable=True)
    data.update({"place_latitude": latitude, "place_longitude": longitude})
    return PlaceForm(data)


@pytest.mark.parametrize(
    ("latitude", "longitude", "place"),
    [
        ("12.9716", "77.5946", (77.5946, 12.9716)),
        (" 37.7749 ", "-122.4194", (-122.4194, 37.7749)),
        ("+1", "2.", (2.0, 1.0)),
        ("12,9716", "77,5946", (77.5946, 12.9716)),
        ("0", "0", (0.0, 0.0)),
        ("90", "180", (180.0, 90.0)),
        ("-90", "-180", (-180.0, -90.0)),
    ],
)
def test_a_typed_place_becomes_a_point(latitude: str, longitude: str, place: tuple[float, float]) -> None:
    form = filled(latitude, longitude)

    assert form.is_valid(), form.errors
    assert form.cleaned_data["place"].coords == place
    assert form.cleaned_data["place"].srid == 4326


LATITUDE = "Latitude must be a number from -90 to 90."
SWAPPED = "Latitude must be a number from -90 to 90: were latitude and longitude swapped?"
LONGITUDE = "Longitude must be a number from -180 to 180."
HALF = "Give both latitude and longitude, or leave both empty."


@pytest.mark.parametrize(
    ("latitude", "longitude", "sentence"),
    [
        ("90.0001", "10", SWAPPED),
        ("95", "120", LATITUDE),
        ("-122.4194", "37.7749", SWAPPED),
        ("10", "180.5", LONGITUDE),
        ("10", "999", LONGITUDE),
        ("10", "1000", LONGITUDE),
        ("nan", "10", LATITUDE),
        ("inf", "10", LATITUDE),
        ("1e1", "10", LATITUDE),
        ("1_0", "10", LATITUDE),
        ("१२", "10", LATITUDE),
        ("north", "10", LATITUDE),
        ("10", "", HALF),
        ("", "10", HALF),
        ("POINT(1 2)", "10", LATITUDE),
    ],
)
def test_an_impossible_place_gets_one_sentence(latitude: str, longitude: str, sentence: str) -> None:
    form = filled(latitude, longitude)

    assert form.errors["place"] == [sentence]


def test_what_was_typed_wrongly_stays_in_the_form() -> None:
    html = str(filled("95", "<b>"))

    assert 'value="95"' in html
    assert 'value="&lt;b&gt;"' in html
    assert 'aria-invalid="true"' in html


def test_an_empty_place_is_none_where_it_is_optional() -> None:
    form = filled("", " ")

    assert form.is_valid()
    assert form.cleaned_data["place"] is None


def test_an_empty_place_is_refused_where_it_is_required() -> None:
    with pytest.raises(ValidationError):
        PointField().clean(None)


@pytest.mark.parametrize(
    "value",
    ["POINT(77 12)", '{"type":"Point","coordinates":[77,12]}', "SRID=3857;POINT(1 1)", ("1", "2", "3"), 5],
)
def test_geometry_as_text_is_refused(value: Any) -> None:
    with pytest.raises(ValidationError, match="Give a place as latitude and longitude"):
        PointField().clean(value)


@pytest.mark.parametrize(("x", "y"), [(500.0, 12.0), (10.0, 177.0), (float("nan"), 1.0)])
def test_a_point_from_code_is_checked_as_well(x: float, y: float) -> None:
    with pytest.raises(ValidationError):
        PointField().clean(Point(x, y, srid=4326))


def test_saving_an_untouched_place_does_not_move_it() -> None:
    stored = Point(-122.40340479147905, 37.775420706711, srid=4326)
    shown = PointWidget().get_context("place", stored, {})

    again = PointField().clean((shown["latitude"]["value"], shown["longitude"]["value"]))

    assert again.coords == stored.coords
    assert not PointField().has_changed(stored, (shown["latitude"]["value"], shown["longitude"]["value"]))


def test_a_moved_place_counts_as_changed() -> None:
    assert PointField().has_changed(Point(1, 2, srid=4326), ("2", "1.5"))
    assert PointField().has_changed(None, ("2", "1"))
    assert PointField().has_changed(Point(1, 2, srid=4326), None)
    assert not PointField().has_changed(None, None)


def test_the_widget_labels_both_numbers_and_carries_no_script() -> None:
    html = PointWidget(areas_url="/areas", extent=Extent(-1, -2, 3, 4)).render(
        "place", None, {"id": "id_place"}
    )

    assert '<label for="id_place_latitude">' in html
    assert '<label for="id_place_longitude">' in html
    assert 'data-extent="-1.000000,-2.000000,3.000000,4.000000"' in html
    assert 'data-areas-url="/areas"' in html
    assert "<script" not in html


def test_a_read_only_place_cannot_be_typed() -> None:
    html = PointWidget(read_only=True).render("place", Point(1, 2, srid=4326), {"id": "id_place"})

    assert html.count(" readonly") == 2
    assert "data-read-only" in html


def test_every_asset_is_our_own() -> None:
    media = str(PointWidget().media)

    assert "vendor/ol/ol.js" in media
    assert "//" not in media
