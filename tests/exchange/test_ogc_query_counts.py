"""The queries of the OGC API are counted; a changed number is a line to review in tests/query_counts.json."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from incidents.choices import AreaKind
from tests.exchange.ogc import ROOT
from tests.support.cases import make_case
from tests.support.people import Cast, access_for, api_client
from tests.support.records import make_area, make_incident

pytestmark = pytest.mark.django_db

COUNTS: dict[str, int] = json.loads((Path(__file__).parents[1] / "query_counts.json").read_text())["ogc"]


@pytest.mark.parametrize("path", COUNTS)
def test_the_queries_of_a_request_are_frozen(cast: Cast, path: str) -> None:
    access = access_for(cast.officer)
    make_area(access_for(cast.admin), AreaKind.BEAT, "B1", (-122.43, 37.76, -122.41, 37.78))
    incidents = [make_incident(access) for _ in range(3)]
    case = make_case(access, incidents[0])
    client = api_client(cast.admin)
    address = f"{ROOT}/{path}".format(incident=incidents[0].pk, case=case.pk)
    # Once to fill what a process keeps: the offence codes, prepared URLs.
    client.get(address)

    with CaptureQueriesContext(connection) as queries:
        answer = client.get(address)

    assert answer.status_code == 200, answer.content
    told = [q["sql"] for q in queries if not q["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert len(told) == COUNTS[path], "\n".join(told)
