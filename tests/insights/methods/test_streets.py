"""Streets are cut at crossings, incidents go to the nearest piece, and the order of either changes nothing."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from insights.methods.base import Events, MethodFault
from insights.methods.streets import Network, StreetParameters, segments_of, streets

LINES = shapely.from_wkt(
    [
        "LINESTRING (0 0, 1000 0)",
        "LINESTRING (500 -400, 500 400)",
        "MULTILINESTRING ((1000 0, 1000 300), (0 600, 400 600))",
    ]
)
NETWORK = Network(list(LINES), ["High Street", "Cross Road", "Far Lane"])


def test_streets_are_cut_where_they_meet_and_keep_their_names() -> None:
    found = segments_of(NETWORK)

    # The two parts of Far Lane, of which one goes on from the end of High Street without a crossing.
    told = sorted(zip(found.names, found.length.tolist(), strict=True))
    assert told == [
        ("Cross Road", 400.0),
        ("Cross Road", 400.0),
        ("Far Lane", 400.0),
        ("High Street", 500.0),
        ("High Street", 800.0),
    ]
    assert sum(found.length) == sum(shapely.length(LINES))


def test_only_segments_of_the_area_are_taken() -> None:
    found = segments_of(NETWORK, shapely.box(-10, 500, 500, 700))

    assert found.names == ["Far Lane"]
    with pytest.raises(MethodFault, match="load its streets"):
        segments_of(NETWORK, shapely.box(5000, 5000, 6000, 6000))
    with pytest.raises(MethodFault, match="load its streets"):
        segments_of(Network([], []))


def test_incidents_are_on_the_nearest_segment_within_reach() -> None:
    segments = segments_of(NETWORK)
    x = [250, 251, 252, 500, 503, 200, 200, np.nan]
    y = [10, -10, 0, 300, 4, 650.5, 640, 0]
    events = Events.of(x, y, np.zeros(8))

    found = streets(events, StreetParameters(reach=50.0), segments)

    held = {
        (segments.names[at], round(float(km) * 1000)): int(count)
        for at, km, count in zip(
            found.ranked.segment, found.ranked.length_km, found.ranked.count, strict=True
        )
        if count
    }
    assert sum(held.values()) == 6
    assert held["High Street", 500] == 3
    assert held["Far Lane", 400] == 1
    assert found.ranked.left_out == 1
    assert found.unplaced == 1
    assert found.at_crossing == 1
    assert found.ranked.holding.tolist() == [1, 1]


def test_the_order_of_streets_and_incidents_changes_nothing() -> None:
    chance = np.random.default_rng(2)
    x, y = chance.uniform(0, 1000, (2, 300)) - [[0], [400]]
    events = Events.of(x, y, np.zeros(300))
    one = streets(events, StreetParameters(reach=200.0), segments_of(NETWORK))
    turned = Network(list(LINES[::-1]), NETWORK.names[::-1])
    other = streets(events.taken(chance.permutation(300)), StreetParameters(reach=200.0), segments_of(turned))

    assert one.segments.names == other.segments.names
    assert one.ranked.count.tolist() == other.ranked.count.tolist()
    assert one.ranked.segment.tolist() == other.ranked.segment.tolist()
    assert one.at_crossing == other.at_crossing


def test_no_incident_near_a_street_is_a_fault() -> None:
    far = Events.of([5000.0], [5000.0], np.zeros(1))

    with pytest.raises(MethodFault, match="No incident lies"):
        streets(far, StreetParameters(), segments_of(NETWORK))


def test_one_segment_is_too_few() -> None:
    alone = segments_of(Network([LINES[0]], ["High Street"]))

    with pytest.raises(MethodFault, match="At least 2 street segments"):
        streets(Events.of([5.0], [5.0], np.zeros(1)), StreetParameters(), alone)
