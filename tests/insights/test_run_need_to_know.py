"""What was found about one incident, or is no longer what was stored, is shown and handed out to nobody."""

from __future__ import annotations

from typing import Any

import pytest

from incidents.models import Incident
from insights.models import AnalysisRun
from insights.running import files, reading
from insights.running.files import hand_out_result
from insights.running.reading import NOT_SEEN
from nethra.core.errors import Conflict
from nethra.core.scope import agency_scope
from tests.insights.series.test_series_need_to_know import hide, seal
from tests.insights.test_runs import counts, plant, result_of
from tests.support.people import Cast, access_for, api_client, console_client

pytestmark = pytest.mark.django_db
TOLD = "crowbar behind the shed"


@pytest.fixture
def planted(cast: Cast) -> list[Incident]:
    return plant(access_for(cast.officer), description=f"Entry with a {TOLD}")


@pytest.fixture
def run(cast: Cast, planted: list[Incident]) -> AnalysisRun:
    return counts(access_for(cast.analyst), analysis="narratives", about={"subject": str(planted[0].pk)})


@pytest.mark.parametrize("hidden_by", [hide, seal])
def test_what_was_found_about_an_incident_is_hidden_with_it(
    cast: Cast, planted: list[Incident], run: AnalysisRun, hidden_by: Any
) -> None:
    analyst = access_for(cast.analyst)
    before = result_of(analyst, run)
    assert "crowbar" in str(before.body)

    hidden_by(cast, planted[0])

    result = result_of(analyst, run)
    assert result.body["sentences"] == [NOT_SEEN]
    assert (result.body["rows"], result.body["figures"], result.hidden) == (0, [], before.body["rows"])
    assert "crowbar" not in str(result.body)
    page = (
        console_client(cast.analyst).get(f"/console/insights/analysisrun/{run.pk}/change/").content.decode()
    )
    assert NOT_SEEN in page
    assert "crowbar" not in page
    answer = api_client(cast.analyst).get(f"/api/v1/insights/runs/{run.pk}/result")
    assert "crowbar" not in answer.content.decode()
    with agency_scope(analyst):
        assert b"crowbar" not in hand_out_result(access=analyst, run_id=run.pk, format="csv").content


def test_a_row_of_a_hidden_incident_is_left_out_and_counted(
    cast: Cast, planted: list[Incident], run: AnalysisRun
) -> None:
    hide(cast, planted[3])

    result = result_of(access_for(cast.analyst), run)

    assert result.hidden == 1
    assert str(planted[3].pk) not in str(result.body)
    with agency_scope(access_for(cast.analyst)):
        paper = hand_out_result(access=access_for(cast.analyst), run_id=run.pk, format="pdf")
    assert paper.content.startswith(b"%PDF")


@pytest.mark.parametrize("format", ["csv", "pdf"])
def test_a_result_that_is_not_the_stored_one_is_not_handed_out(
    cast: Cast, run: AnalysisRun, monkeypatch: pytest.MonkeyPatch, format: str
) -> None:
    # Nobody can change a stored result, so its digest is taken for another.
    monkeypatch.setattr(reading, "digest_of", lambda text: "0" * 64)
    analyst = access_for(cast.analyst)

    with agency_scope(analyst), pytest.raises(Conflict) as refused:
        files.hand_out_result(access=analyst, run_id=run.pk, format=format)

    assert refused.value.code == "not_whole"
