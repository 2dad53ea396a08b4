"""What the rules of access cost: pages of 100 cases with 10,000 entries of who may see them, by turns with the same
pages of an agency that has none, 30 cases restricted in both. Run by script/drill access; a ratio within one
run, not a time.
"""

from __future__ import annotations

import os
import statistics
import time
from typing import Any

import psycopg
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from cases.models import CaseExclusion, CaseMember
from nethra.bootstrap import admin_dsn
from nethra.core.scope import agency_scope
from tests.support.cases import make_case
from tests.support.people import Cast, access_for, api_client, console_client, password_hash
from tests.support.secrets import restrict

CASES, RESTRICTED, PEOPLE, MOST = 150, 30, 100, 1.3
REQUESTS = int(os.environ.get("ACCESS_REQUESTS", "150"))
#: Pages of 100 cases, and what else is bounded by cases.
API = (
    "/api/v1/cases?size=100",
    "/api/v1/cases.geojson?size=100",
    "/api/v1/tasks?size=100",
    "/api/v1/incidents?size=100",
)
CONSOLE = ("/console/cases/case/",)


def fill(officer: User, *, entries: bool) -> None:
    """Make an agency's cases; with entries, 9,000 of people named and 1,000 of people kept out."""
    access = access_for(officer)
    others = [
        User(
            agency_id=officer.agency_id,
            email=f"p{number}@{officer.agency_id}.test",
            name=f"Person {number}",
            role="officer",
            password=password_hash(),
        )
        for number in range(PEOPLE)
    ]
    with agency_scope(access):
        User.objects.bulk_create(others)
    cases = [make_case(access, title=f"Case {number}", lead_id=officer.pk) for number in range(CASES)]
    for case in cases[:RESTRICTED]:
        restrict(access, case)
    if not entries:
        return
    own: dict[str, Any] = {"agency_id": officer.agency_id, "added_by_id": officer.pk}
    with agency_scope(access):
        named = [
            CaseMember(case=case, user=user, level="write", **own)
            for case in cases[:100]
            for user in others[:90]
        ]
        CaseMember.objects.bulk_create(named)
        kept_out = [
            CaseExclusion(case=case, user=user, reason="x", **own)
            for case in cases[:100]
            for user in others[90:]
        ]
        CaseExclusion.objects.bulk_create(kept_out)


def asked(client: Any, path: str) -> float:
    began = time.perf_counter()
    answer = client.get(path)
    assert answer.status_code == 200, answer.content
    return time.perf_counter() - began


def test_pages_with_ten_thousand_entries_cost_what_they_cost_without(committed_cast: Cast) -> None:
    plain = committed_cast.south_officer
    reader = committed_cast.officer
    fill(plain, entries=False)
    fill(reader, entries=True)
    with psycopg.connect(admin_dsn(connection.settings_dict["NAME"]), autocommit=True) as server:
        server.execute("ANALYZE")
    # One client each: a person has few sessions at a time.
    programs = (api_client(reader), api_client(plain))
    browsers = (console_client(reader), console_client(plain))
    pairs = [*((path, *programs) for path in API), *((path, *browsers) for path in CONSOLE)]
    held = True
    for path, with_entries, without in pairs:
        for client in (with_entries, without):
            asked(client, path)
        queries = []
        for client in (with_entries, without):
            with CaptureQueriesContext(connection) as told:
                client.get(path)
            queries.append(len(told))
        spent: dict[str, list[float]] = {"with": [], "without": []}
        for _ in range(REQUESTS):
            # By turns, so that whatever else the machine does falls on both.
            spent["with"].append(asked(with_entries, path))
            spent["without"].append(asked(without, path))
        medians = {name: statistics.median(times) for name, times in spent.items()}
        ratio = medians["with"] / medians["without"]
        held = held and ratio <= MOST and queries[0] == queries[1]
        print(
            f"{path}: {ratio:.2f}x of the same without entries (at most {MOST}x), "
            f"{queries[0]} and {queries[1]} queries, median {medians['with'] * 1000:.1f} ms over {REQUESTS} requests"
        )
    assert held
