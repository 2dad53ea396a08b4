"""Runs on H3 cells and on the streets of the gazetteer: degrees and streets are the agency's own."""

from __future__ import annotations

from typing import Any

import h3
import pytest
from django.contrib.gis.geos import LineString, Point

from insights.choices import RunStatus
from insights.models import AnalysisRun
from nethra.core.access import Access
from nethra.core.errors import InvalidInput
from tests.insights.test_runs import counts, plant, result_of
from tests.support.gazetteers import LEFT, STEP, load_town, street
from tests.support.people import Cast, access_for
from tests.support.records import make_incident

pytestmark = pytest.mark.django_db
# Between 5th and 16th Street, halfway; the first of plant()'s places is where Mission Street begins.
HALFWAY = Point(LEFT + 4 * STEP, 37.77, srid=4326)


def column(access: Access, run: AnalysisRun, name: str) -> Any:
    return next(one["values"] for one in result_of(access, run).columns if one["name"] == name)


def test_h3_cells_are_those_of_the_places(cast: Cast) -> None:
    access = access_for(cast.analyst)
    plant(access_for(cast.officer))

    run = counts(access, analysis="h3_counts", parameters={"resolution": 9})

    cells = [h3.latlng_to_cell(37.77, east, 9) for east in (-122.42, -122.40)]
    assert column(access, run, "cell") == cells
    assert column(access, run, "count") == [9, 3]
    shape = LineString(result_of(access, run).body["shapes"][0]["coordinates"][0], srid=4326)
    corners = h3.cell_to_boundary(cells[0])
    assert len(shape) == len(corners) + 1
    assert shape.extent == pytest.approx(
        (
            min(e for _, e in corners),
            min(n for n, _ in corners),
            max(e for _, e in corners),
            max(n for n, _ in corners),
        )
    )


def test_hot_streets_are_those_of_the_gazetteer_in_force(cast: Cast) -> None:
    access, officer = access_for(cast.analyst), access_for(cast.officer)
    load_town(access_for(cast.admin))
    plant(officer)
    for _ in range(4):
        make_incident(officer, "220", location=HALFWAY)

    run = counts(access, analysis="hot_streets")

    assert run.headline.startswith("The fullest of ")
    assert "of Mission Street, 176 m long: it holds 9 incidents." in run.headline
    assert column(access, run, "street")[:2] == ["Mission Street", "Mission Street"]
    assert column(access, run, "count") == [9, 4]
    # The other place of plant() lies a kilometre to the east of the town.
    left = next(one for one in result_of(access, run).body["figures"] if one["name"] == "left_out")
    assert left["value"] == 3
    assert result_of(access, run).body["shapes"][0]["type"] == "LineString"

    load_town(
        access_for(cast.admin), [street("Long Street", (0, 0), (10, 0)), street("By-way", (0, 9), (1, 9))]
    )
    again = counts(access, analysis="hot_streets")
    assert set(column(access, again, "street")) == {"Long Street"}
    assert again.input_digest != run.input_digest


def test_another_agency_s_streets_are_not_taken(cast: Cast) -> None:
    load_town(access_for(cast.south_admin))
    plant(access_for(cast.officer))

    with pytest.raises(
        InvalidInput, match=r"No street of the gazetteer lies there; load its streets"
    ) as refused:
        counts(access_for(cast.analyst), analysis="hot_streets")
    assert AnalysisRun._base_manager.filter(status=RunStatus.DONE).count() == 0
    assert refused.value.code
