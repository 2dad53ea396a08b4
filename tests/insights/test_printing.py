"""A run is printed with all that it tells, and the briefing comes with one click."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pypdfium2
import pytest
from django.contrib.gis.geos import Point

from incidents.choices import AreaKind
from insights.running.files import hand_out_result
from nethra.core.access import Access
from nethra.core.scope import agency_scope
from tests.insights.test_runs import WHY, counts, plant
from tests.support.people import Cast, access_for, console_client
from tests.support.records import make_area, make_incident

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC)


def text_of(content: bytes) -> str:
    document = pypdfium2.PdfDocument(io.BytesIO(content))
    return "\n".join(page.get_textpage().get_text_bounded() for page in document)


def plant_weeks(access: Access, offence: str, counts_by_week: list[int]) -> None:
    """Make incidents in the middle of each of the weeks up to now, the latest last."""
    for back, count in enumerate(reversed(counts_by_week)):
        for n in range(count):
            at = NOW - timedelta(days=7 * back + 3, minutes=n)
            where = Point(-122.42 + n * 1e-4, 37.77, srid=4326)
            make_incident(
                access, offence, location=where, occurred_from=at, occurred_until=at, reported_at=at
            )


@pytest.mark.parametrize(
    ("analysis", "words"),
    [
        ("counts", "Incidents in the fullest cell"),
        ("near_repeat", "Pairs by those expected"),
        ("aoristic", "Weekday"),
        ("concentration", "Gini"),
    ],
)
def test_a_run_is_printed_with_what_it_says_of_itself(cast: Cast, analysis: str, words: str) -> None:
    access = access_for(cast.analyst)
    make_area(access_for(cast.admin), AreaKind.DISTRICT, "D1", (-122.43, 37.76, -122.39, 37.78))
    plant(access_for(cast.officer), 12)
    plant_weeks(access_for(cast.officer), "220", [2, 1, 3])
    run = counts(access, analysis=analysis)

    with agency_scope(access):
        made = hand_out_result(access=access, run_id=run.pk, format="pdf")
        again = hand_out_result(access=access, run_id=run.pk, format="pdf")

    told = " ".join(text_of(made.content).split())
    assert made.content == again.content
    for wanted in (run.headline.split(";")[0], WHY, run.result_digest, words, "never by itself a reason"):
        assert wanted in told


def test_the_briefing_comes_with_one_click_and_is_recorded(cast: Cast) -> None:
    make_area(access_for(cast.admin), AreaKind.BEAT, "B1", (-122.43, 37.76, -122.39, 37.78))
    plant_weeks(access_for(cast.officer), "220", [1] * 30 + [20])
    plant_weeks(access_for(cast.officer), "240", [1] * 30)
    client: Any = console_client(cast.analyst)

    answer = client.post("/console/analyses/briefing/now/", follow=True)

    assert answer["Content-Type"] == "application/pdf"
    told = text_of(answer.content)
    assert "CompStat briefing" in told
    assert "Burglary" in told
    assert "rose beyond noise" in told
    assert "Motor Vehicle Theft" in told
    page = client.get("/console/insights/analysisrun/").content
    assert b"CompStat briefing" in page


def test_the_briefing_of_nothing_says_so(cast: Cast) -> None:
    client: Any = console_client(cast.analyst)
    answer = client.post("/console/analyses/briefing/now/", follow=True)
    assert b"No incident" in answer.content
    assert client.get("/console/analyses/briefing/now/").status_code == 403
    assert console_client(cast.auditor).post("/console/analyses/briefing/now/").status_code == 403
