"""Whether areas fit together, told in plain words with the place."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.gis.geos import GEOSGeometry, MultiPolygon, Polygon
from django.core.management import call_command
from django.core.management.base import CommandError

from accounts.services import set_boundary
from incidents.area_versions import AreaDraft
from incidents.models import AreaSet
from incidents.topology import FaultKind, Topology, check_shapes, check_version
from nethra.core.access import Access, operator_access
from nethra.core.errors import InvalidInput, NotAllowed
from nethra.core.scope import agency_scope
from tests.incidents.test_areas import load, square, write
from tests.support.areas import EAST, WEST, Box, rectangle, version
from tests.support.people import Cast, access_for

BOW_TIE = MultiPolygon(Polygon([(0, 0), (0.01, 0.01), (0.01, 0), (0, 0.01), (0, 0)]), srid=4326)


@pytest.fixture
def access(cast: Cast) -> Access:
    return operator_access(cast.north.pk)


def check(access: Access, *areas: tuple[str, Box | GEOSGeometry]) -> Topology:
    shapes = [(code, rectangle(box) if isinstance(box, tuple) else box) for code, box in areas]
    with agency_scope(access):
        return check_shapes(access, shapes)


def bound(access: Access, box: Box) -> None:
    with agency_scope(access):
        set_boundary(access=access, boundary=rectangle(box))


def kinds(topology: Topology) -> list[tuple[str, tuple[str, ...]]]:
    return [(fault.kind, fault.codes) for fault in topology.faults]


def test_neighbours_that_share_a_border_fit(access: Access) -> None:
    topology = check(access, ("west", WEST), ("east", EAST))

    assert (topology.faults, topology.count, topology.faulty_share) == ((), 0, 0)


def test_an_overlap_is_told_with_its_size_and_place(access: Access) -> None:
    topology = check(access, ("a", (0, 0, 0.02, 0.01)), ("b", (0.01, 0, 0.03, 0.01)))

    assert kinds(topology) == [(FaultKind.OVERLAP, ("a", "b"))]
    # One hundredth of a degree at the equator: 1,113.2 m by 1,105.7 m on the spheroid.
    assert topology.faults[0].square_metres == pytest.approx(1_230_907, rel=1e-4)
    assert topology.sentences == ("a and b overlap by 1,230,907 m², at 0.00500, 0.01500.",)
    assert topology.faulty_share == pytest.approx(1 / 3, rel=1e-3)


def test_thin_overlaps_and_gaps_are_slivers(access: Access) -> None:
    topology = check(
        access,
        ("a", (0, 0, 0.01002, 0.01)),
        ("b", (0.01, 0, 0.02, 0.01)),
        ("c", (0, 0.01, 0.02, 0.02)),
        ("d", (0.02, 0, 0.03, 0.00998)),
        ("e", (0.02, 0.01, 0.03, 0.02)),
        ("f", (0.03, 0, 0.04, 0.02)),
    )

    assert kinds(topology) == [(FaultKind.SLIVER, ("a", "b")), (FaultKind.SLIVER, ())]
    assert "a and b overlap in a sliver of" in topology.sentences[0]
    assert "lies in no area" in topology.sentences[1]


def test_a_hole_between_neighbours_is_a_gap_without_a_boundary(access: Access) -> None:
    ring = [(0, 0, 0.03, 0.01), (0, 0.02, 0.03, 0.03), (0, 0.01, 0.01, 0.02), (0.02, 0.01, 0.03, 0.02)]

    topology = check(access, *((str(n), box) for n, box in enumerate(ring)))

    assert kinds(topology) == [(FaultKind.GAP, ())]
    assert topology.faults[0].square_metres == pytest.approx(1_230_900, rel=1e-3)


def test_gaps_inside_the_boundary_and_ground_outside_it(access: Access) -> None:
    bound(access, (0, 0, 0.04, 0.01))

    topology = check(access, ("a", (-0.01, 0, 0.02, 0.01)))

    assert kinds(topology) == [(FaultKind.GAP, ()), (FaultKind.OUTSIDE, ("a",))]
    assert "of a lie outside the agency's boundary, at 0.00500, -0.00500" in topology.sentences[1]


def test_crossing_lines_and_repeated_codes(access: Access) -> None:
    topology = check(access, ("tie", BOW_TIE), ("two", (1, 0, 1.01, 0.01)), ("two", (2, 0, 2.01, 0.01)))

    assert kinds(topology) == [(FaultKind.REPEATED_CODE, ("two",)), (FaultKind.CROSSING, ("tie",))]
    assert topology.sentences[0] == "The code two stands for more than one area."
    assert topology.sentences[1] == "The outline of tie crosses itself, at 0.00500, 0.00500."


def test_faults_have_shapes_for_a_map(access: Access) -> None:
    drawn = check(access, ("a", (0, 0, 0.02, 0.01)), ("b", (0.01, 0, 0.03, 0.01))).geojson()

    assert [feature["properties"]["kind"] for feature in drawn["features"]] == ["overlap"]
    assert drawn["features"][0]["geometry"]["type"] == "Polygon"


def test_a_faulty_file_is_refused_unless_said_to_take_it(access: Access, tmp_path: Path) -> None:
    half = [[[-122.45, 37.7], [-122.3, 37.7], [-122.3, 37.8], [-122.45, 37.8], [-122.45, 37.7]]]
    file = write(tmp_path, square("west"), square("east", half))

    with pytest.raises(
        InvalidInput, match=r"25% of the areas' ground is at fault.*east and west|west and east"
    ):
        load(access, file)
    loaded = load(access, file, take_faults=True)

    assert [fault.kind for fault in loaded.faults] == [FaultKind.OVERLAP]
    with agency_scope(access):
        assert AreaSet.objects.visible_to(access).count() == 1


def test_the_command_tells_faults_and_exits_with_one(access: Access) -> None:
    version(access, west=WEST, east=EAST)
    out = StringIO()
    call_command("check_areas", "--agency=north", "--kind=beat", "--json", stdout=out)
    assert json.loads(out.getvalue()) == {
        "kind": "beat",
        "version": 1,
        "faults": 0,
        "faulty_share": 0,
        "largest": [],
    }

    version(access, west=WEST, east=WEST)
    with pytest.raises(CommandError, match="east and west overlap by"):
        call_command("check_areas", "--agency=north", "--kind=beat", stdout=StringIO())
    call_command("check_areas", "--agency=north", "--kind=beat", "--set-version=1", stdout=StringIO())
    with pytest.raises(CommandError, match="no such version"):
        call_command("check_areas", "--agency=north", "--kind=district", stdout=StringIO())


def test_a_version_of_another_agency_has_no_areas_to_check(cast: Cast, access: Access) -> None:
    area_set = version(access, west=WEST, east=WEST)

    with agency_scope(access_for(cast.south_officer)):
        assert check_version(access=access_for(cast.south_officer), area_set=area_set).count == 0
    with agency_scope(access_for(cast.prosecutor)), pytest.raises(NotAllowed):
        check_version(access=access_for(cast.prosecutor), area_set=area_set)


def test_areas_of_a_thousand_corners_are_checked(access: Access) -> None:
    areas = [
        AreaDraft(f"{x}-{y}", "", rectangle((x / 100, y / 100, (x + 1) / 100, (y + 1) / 100)))
        for x in range(15)
        for y in range(15)
    ]

    assert check(access, *((area.code, area.shape) for area in areas)).count == 0
