"""Every list's queries are counted; a changed number is a line to review in tests/query_counts.json."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases.people import add_person
from cases.tasks import add_task
from incidents.choices import AreaKind
from incidents.models import ImportBatch, ImportReject, OffenceCategory
from nethra.core.scope import agency_scope
from tests.api.calls import ROOT
from tests.support.cases import make_case
from tests.support.exports import ordered
from tests.support.files import make_evidence
from tests.support.people import Cast, access_for, api_client
from tests.support.records import make_area, make_incident

pytestmark = pytest.mark.django_db

COUNTS: dict[str, int] = json.loads((Path(__file__).parents[1] / "query_counts.json").read_text())["api"]


def make_batch(cast: Cast) -> ImportBatch:
    """Make an import with a reject, and a category, so that no list is empty."""
    agency = {"agency_id": cast.north.pk}
    with agency_scope(access_for(cast.admin)):
        OffenceCategory.objects.create(**agency, name="Shed", offence_code_id="220")
        batch = ImportBatch.objects.create(**agency, profile="sf", file_name="a.csv")
        ImportReject.objects.create(**agency, batch=batch, line=1, code="bad", reason="Bad.", raw="a")
    return batch


@pytest.mark.parametrize("path", COUNTS)
def test_the_queries_of_a_request_are_frozen(cast: Cast, path: str) -> None:
    area = make_area(access_for(cast.admin), AreaKind.BEAT, "B1", (-122.43, 37.76, -122.41, 37.78))
    incidents = [make_incident(access_for(cast.officer), "220", "290") for _ in range(3)]
    batch = make_batch(cast)
    cases = [make_case(access_for(cast.officer), incident) for incident in incidents]
    make_evidence(access_for(cast.admin), cases[0])
    ordered(access_for(cast.admin))
    with agency_scope(access_for(cast.admin)):
        add_task(access=access_for(cast.admin), case=cases[0], title="Ask")
        add_person(access=access_for(cast.admin), case=cases[0], role="witness", name="Ida")
    client = api_client(cast.admin)
    keys = {"incident": incidents[0].pk, "batch": batch.pk, "case": cases[0].pk, "version": area.area_set_id}
    address = f"{ROOT}/{path}".format(**keys)
    # Once to fill what a process keeps: the offence codes, prepared URLs.
    client.get(address)

    with CaptureQueriesContext(
        connection,
    ) as queries:
        answer = client.get(address)

    assert answer.status_code == 200, answer.content
    # Savepoints cost a round trip too, but a middleware may add one: only statements are frozen.
    told = [q["sql"] for q in queries if not q["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert len(told) == COUNTS[path], "\n".join(told)
