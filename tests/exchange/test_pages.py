"""The console's pages for exports: what a list shows is what its file holds."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from django.http import QueryDict

from incidents.choices import AreaKind
from nethra.core.errors import InvalidInput
from nethra.core.scope import agency_scope
from nethra.exchange.choices import ResourceName
from nethra.exchange.files import file_of
from nethra.exchange.jobs import make_export_job
from nethra.exchange.list_filters import filters_of_list
from nethra.exchange.services import find_export
from tests.support.cases import make_case
from tests.support.exports import made, ordered
from tests.support.people import Cast, access_for, console_client
from tests.support.records import make_area, make_incident

pytestmark = pytest.mark.django_db

FORM = {"format": "csv", "reason": "Monthly report"}
INCIDENTS, CASES = "/console/incidents/incident/", "/console/cases/case/"


def exported(cast: Cast, resource: str, query: str) -> set[str]:
    """Order by the console what a list shows, and return the numbers that its file holds."""
    answer = console_client(cast.officer).post(f"/console/export/{resource}/?{query}", FORM)
    assert answer.status_code == 302, answer.content.decode()
    key = UUID(answer.headers["Location"].split("/")[-3])
    make_export_job(agency_id=cast.north.pk, export_id=key)
    with agency_scope(access_for(cast.officer)):
        path = file_of(find_export(access_for(cast.officer), key))
    with path.open(encoding="utf-8", newline="") as file:
        return {row["number"] for row in csv.DictReader(file)}


def shown(cast: Cast, list_: str, query: str) -> set[str]:
    answer: Any = console_client(cast.officer).get(f"{list_}?{query}")
    return {row.number for row in answer.context["cl"].result_list}


@pytest.mark.parametrize(
    "query",
    [
        "",
        "offence=290",
        "status__exact=verified",
        "q=harbour",
        "occurred_from_from=2026-03-02&occurred_from_to=2026-03-02",
        "occurred_from_from=2026-03-03&o=1&p=1",
        "area={area}",
    ],
)
def test_a_list_of_incidents_is_exported_as_it_is_shown(cast: Cast, query: str) -> None:
    area = make_area(access_for(cast.admin), AreaKind.BEAT, "B1", (-122.43, 37.76, -122.41, 37.78))
    access = access_for(cast.officer)
    make_incident(access, "290", status="verified")
    make_incident(access, "220", description="At the harbour", location=None)
    late = datetime(2026, 3, 3, 12, tzinfo=UTC)
    make_incident(access, "220", occurred_from=late, occurred_until=late, reported_at=late)
    wanted = query.format(area=area.pk)

    found = exported(cast, "incidents", wanted)

    assert found == shown(cast, INCIDENTS, wanted)
    assert found


@pytest.mark.parametrize(
    "query",
    [
        "",
        "status__exact=open",
        "priority__exact=high",
        "lead=me",
        "q=Burglaries",
        "opened_at_from=2026-01-01",
    ],
)
def test_a_list_of_cases_is_exported_as_it_is_shown(cast: Cast, query: str) -> None:
    access = access_for(cast.officer)
    make_case(access, title="Burglaries", lead_id=cast.officer.pk, priority="high")
    make_case(access, title="Other", lead_id=cast.supervisor.pk)

    found = exported(cast, "cases", query)

    assert found == shown(cast, CASES, query)
    assert found


@pytest.mark.parametrize(
    "query", ["lead=nobody", "colour=red", "opened_at_from=tomorrow", "opened_at_to=9999-12-31"]
)
def test_a_filter_that_no_export_has_is_refused(query: str) -> None:
    with pytest.raises(InvalidInput):
        filters_of_list(ResourceName.CASES, QueryDict(query))


def test_a_wrong_form_says_what_is_wrong(cast: Cast) -> None:
    client = console_client(cast.officer)

    for query, form in (("", {"format": "csv"}), ("lead=nobody", FORM), ("status__exact=x", FORM)):
        answer = client.post(f"/console/export/cases/?{query}", form)
        assert answer.status_code == 200
        assert answer.context["form"].errors
    assert client.get("/console/export/cases/?lead=nobody").status_code == 200
    assert client.get("/console/export/people/").status_code == 404


def test_both_lists_lead_to_their_export(cast: Cast) -> None:
    client = console_client(cast.officer)

    assert "/console/export/incidents/?q=x" in client.get(f"{INCIDENTS}?q=x").content.decode()
    assert "/console/export/cases/?q=x" in client.get(f"{CASES}?q=x").content.decode()


def test_the_page_of_an_export_follows_it_and_hands_it_out(cast: Cast) -> None:
    make_incident(access_for(cast.officer))
    waiting, (done, path) = ordered(access_for(cast.officer)), made(access_for(cast.officer))
    client = console_client(cast.officer)
    address = "/console/exchange/export/{}/"

    page = client.get(f"{address.format(waiting.pk)}change/").content.decode()
    progress = client.get(f"{address.format(waiting.pk)}progress/").json()
    file = client.get(f"{address.format(done.pk)}file/")

    assert "data-progress-url" in page
    assert (progress["stage"], progress["words"]) == ("waiting", "Waiting for the worker to begin.")
    assert file.getvalue() == path.read_bytes()
    assert (
        f"{address.format(done.pk)}file/" in client.get(f"{address.format(done.pk)}change/").content.decode()
    )
    assert client.get(f"{address.format(waiting.pk)}file/").status_code == 302


def test_an_export_is_cancelled_by_its_maker_alone(cast: Cast) -> None:
    export = ordered(access_for(cast.officer))
    address = f"/console/exchange/export/{export.pk}/cancel/"

    assert console_client(cast.admin).post(address).status_code == 404
    assert console_client(cast.officer).post(address).status_code == 302
    with agency_scope(access_for(cast.officer)):
        assert find_export(access_for(cast.officer), export.pk).status == "cancelled"
