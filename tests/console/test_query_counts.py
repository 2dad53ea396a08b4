"""Every page's queries are counted; a changed number is a line to review in tests/query_counts.json."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases.models import Case
from tests.console.rows import fill, first_of
from tests.support.people import Cast, access_for, console_client
from tests.support.records import make_incident

pytestmark = pytest.mark.django_db

COUNTS: dict[str, int] = json.loads((Path(__file__).parents[1] / "query_counts.json").read_text())["console"]


@pytest.mark.parametrize("path", COUNTS)
def test_the_queries_of_a_page_are_frozen(cast: Cast, path: str) -> None:
    fill(cast)
    for _ in range(3):
        make_incident(access_for(cast.officer))
    client = console_client(cast.admin)
    path_ = path.format(case=first_of(Case, access_for(cast.admin)).pk)
    # Once to fill what a process keeps.
    client.get(f"/console/{path_}")

    with CaptureQueriesContext(connection) as queries:
        answer = client.get(f"/console/{path_}")

    assert answer.status_code == 200
    told = [q["sql"] for q in queries if not q["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert len(told) == COUNTS[path], "\n".join(told)
