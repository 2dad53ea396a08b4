"""What follows nearby: bands, chains, rings that expire, and clusters in space and time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import shapely

from insights.answers.base import Study
from insights.answers.living import answer_risk
from insights.answers.repeats import answer_chains, answer_near_repeat
from insights.answers.scanned import answer_scan
from insights.methods.base import Events
from insights.methods.chains import ChainParameters
from insights.methods.nearrepeat import KnoxParameters, near_repeats
from insights.methods.risk import at_risk
from insights.methods.scan import ScanParameters, scan
from tests.insights.answers.agencies import agency, column, figures
from tests.support.planted import DAYS, FIRST_DAY

KNOX = KnoxParameters(permutations=99)
LAST = FIRST_DAY + DAYS - 1


def _known(study: Study) -> Events:
    return study.events.taken(np.isfinite(study.events.begin))


def _unrelated() -> Study:
    """Return incidents whose days have nothing to do with their places."""
    chance = np.random.default_rng(2)
    x, y = chance.uniform(0, 3000, (2, 300))
    return Study(Events.of(x, y, FIRST_DAY + chance.permutation(300)), FIRST_DAY + 301.0)


def test_bands_are_the_method_s_and_the_strongest_is_told() -> None:
    method = near_repeats(_known(agency()), KNOX)

    found = answer_near_repeat(agency(), KNOX)

    assert column(found, "ratio").reshape(method.ratio.shape).tolist() == method.ratio.tolist()
    assert column(found, "distance")[[0, 3, 6]].tolist() == ["same place", "0 to 200 m", "200 to 400 m"]
    assert column(found, "days")[:3].tolist() == ["0 to 6 days", "7 to 13 days", "14 to 20 days"]
    assert figures(found)["flagged"] == method.flagged.sum()
    assert figures(found)["undated"] == (~np.isfinite(agency().events.begin)).sum()
    seen = method.observed[1, 0]
    assert found.sentences[1].startswith(f"0 to 200 m, 0 to 6 days apart: {seen} pairs")
    assert any("the whole pattern moved" in caution for caution in found.cautions) == method.drifts


def test_unrelated_places_and_days_have_no_near_repeats_and_raise_no_risk() -> None:
    parameters = KnoxParameters(permutations=99, distance_bands=1, time_bands=1, least_ratio=2)

    bands, places = answer_near_repeat(_unrelated(), parameters), answer_risk(_unrelated(), parameters)

    assert len(bands.sentences) == 1
    assert bands.sentences[0].startswith("There are no more near repeats among 300 incidents than chance")
    assert places.sentences == (
        "No place is at raised risk on 5 November 2022: there are no more near repeats than chance would make.",
    )
    assert (places.rows, figures(places)["rings"]) == (0, 0)


def test_open_chains_come_first() -> None:
    events = Events.of([0, 300, 600, 5000, 5100], [0, 0, 0, 0, 0], [10, 20.5, 33, 2, 3], key=[4, 5, 6, 7, 8])

    found = answer_chains(Study(events, 40.0), ChainParameters())

    assert column(found, "incidents").tolist() == [3, 2]
    assert column(found, "open").tolist() == [True, False]
    assert column(found, "open_until").tolist() == [47, 17]
    assert found.sentences == (
        "2 chains hold 5 incidents that follow one another within 305 m and 14 days.",
        "1 of them is still open on 10 February 1970.",
        "The longest has 3 incidents, from 11 January 1970 to 3 February 1970.",
    )
    assert found.shapes is not None
    assert shapely.bounds(found.shapes[0]).tolist() == [0, -300, 600, 300]


def test_no_chain_is_told_plainly() -> None:
    found = answer_chains(Study(Events.of([0, 900], [0, 0], [1, 2]), 3.0), ChainParameters())

    assert found.sentences == (
        "There is no chain: no 2 incidents follow one another within 305 m and 14 days.",
    )


def test_rings_are_along_streets_the_highest_first_and_expire() -> None:
    study = replace(agency(), today=LAST + 0.9)
    method = at_risk(_known(study), KNOX, LAST)
    assert method.places is not None

    found = answer_risk(study, KNOX)

    assert column(found, "incident").tolist() == method.places.key.tolist()
    assert (np.diff(column(found, "ratio")) <= 0).all()
    assert (column(found, "expires") > LAST).all()
    assert found.shapes is not None
    at = int(np.flatnonzero(column(found, "inner") > 0)[0])
    inner, outer = column(found, "inner")[at], column(found, "outer")[at]
    # A square on its corner with half diagonals r has the area 2 r².
    assert np.isclose(shapely.area(found.shapes[at]), 2 * (outer**2 - inner**2))
    middle = shapely.Point(method.places.x[at], method.places.y[at])
    assert not shapely.contains(found.shapes[at], middle)


def test_as_the_crow_flies_rings_are_round() -> None:
    found = answer_risk(
        replace(agency(), today=LAST + 0.9), KnoxParameters(permutations=99, metric="euclidean")
    )

    assert found.shapes is not None
    at = int(np.flatnonzero(column(found, "inner") == 0)[0])
    assert np.isclose(shapely.area(found.shapes[at]), np.pi * column(found, "outer")[at] ** 2, rtol=0.01)


def test_the_list_sees_nothing_of_later_days() -> None:
    half = FIRST_DAY + 182
    past = replace(agency(), today=half + 0.5)
    known = replace(past, events=past.events.taken(past.events.begin < half + 1))

    told, expected = answer_risk(past, KNOX), answer_risk(known, KNOX)

    assert told.sentences == expected.sentences
    assert column(told, "incident").tolist() == column(expected, "incident").tolist()
    assert figures(told)["later"] == (past.events.begin >= half + 1).sum()


def test_the_list_is_empty_when_nothing_happened_lately() -> None:
    found = answer_risk(replace(agency(), today=float(LAST + 100)), KNOX)

    assert found.rows == 0
    assert found.sentences[0] == (
        "No place is at raised risk on 16 April 2023: the newest incident is of 6 January 2023."
    )


def test_clusters_of_the_scan_are_told_with_what_is_noise() -> None:
    parameters = ScanParameters(replications=99)
    method = scan(_known(agency()), parameters)

    found = answer_scan(agency(), parameters)

    assert column(found, "observed").tolist() == method.observed.tolist()
    assert (column(found, "verdict") == "cluster").tolist() == (method.p <= 0.05).tolist()
    assert figures(found)["least_p"] == method.p.min()
    assert figures(found)["last_day"] == LAST
    assert found.shapes is not None
    expected = np.pi * (method.radius + 250) ** 2
    np.testing.assert_allclose(shapely.area(found.shapes), expected, rtol=0.01)


def test_a_scan_of_unrelated_days_calls_what_it_shows_noise() -> None:
    found = answer_scan(_unrelated(), ScanParameters(replications=99))

    assert figures(found)["clusters"] == 0
    assert found.sentences[0].startswith("There is no cluster")
    assert set(column(found, "verdict")) <= {"noise"}
