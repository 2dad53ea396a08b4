from __future__ import annotations

import pytest

from nethra.core.errors import InvalidInput
from nethra.core.geo import checked_point, envelope_around, parse_bbox, parse_near


@pytest.mark.parametrize(
    ("longitude", "latitude", "code"),
    [
        (0, 95, "latitude_out_of_range"),
        (0, -90.1, "latitude_out_of_range"),
        (181, 0, "longitude_out_of_range"),
        (float("nan"), 0, "longitude_out_of_range"),
        (0, float("inf"), "latitude_out_of_range"),
    ],
)
def test_a_point_off_the_earth_is_refused(longitude: float, latitude: float, code: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        checked_point(longitude, latitude)
    assert refusal.value.code == code


@pytest.mark.parametrize(("longitude", "latitude"), [(180, 90), (-180, -90), (0, 0)])
def test_the_edges_of_the_earth_are_points(longitude: float, latitude: float) -> None:
    point = checked_point(longitude, latitude)

    assert (point.x, point.y, point.srid) == (longitude, latitude, 4326)


@pytest.mark.parametrize("text", ["", "1,2,3", "a,b,c,d", "1,2,3,4,5", "0,95,1,96", "2,0,1,1", "nan,0,1,1"])
def test_a_malformed_bbox_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_bbox(text)


@pytest.mark.parametrize("text", ["", "1,2", "1,2,0", "1,2,-5", "1,2,100001", "x,2,3"])
def test_a_malformed_near_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_near(text)


def test_the_envelope_holds_the_circle() -> None:
    near = parse_near("-122.4,37.7,1000")

    west, south, east, north = envelope_around(near.point, near.metres).extent

    # At 37.7 degrees a degree of longitude has 88.2 km.
    assert (east - west) * 88_200 == pytest.approx(2020, rel=0.01)
    assert (north - south) * 111_000 == pytest.approx(2020, rel=0.01)
