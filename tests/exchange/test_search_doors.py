"""Saved searches over the API and in the console."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.http import QueryDict

from nethra.core.access import operator_access
from nethra.core.errors import InvalidInput
from nethra.core.scope import agency_scope
from nethra.exchange.choices import ResourceName
from nethra.exchange.list_filters import filters_of_list, list_of_filters
from nethra.exchange.models import SavedSearch
from nethra.exchange.searches.services import save_search
from nethra.exchange.searches.watching import look_at_searches
from tests.api.calls import get, patch, post
from tests.support.people import Cast, access_for, api_client, console_client
from tests.support.records import make_incident

pytestmark = pytest.mark.django_db

CONSOLE = "/console/exchange/savedsearch/"
WANTED: dict[str, Any] = {
    "name": "Robberies",
    "resource": "incidents",
    "query": "offence=120",
    "is_watched": True,
}


def test_a_program_keeps_watches_and_removes_a_search(cast: Cast) -> None:
    made = post(cast.analyst, "searches", WANTED)
    assert made.status_code == 201
    path = made.headers["Location"].removeprefix("/api/v1/")
    incident = make_incident(access_for(cast.officer), "120")
    look_at_searches(access=operator_access(cast.north.pk, source="job"))

    found = get(cast.analyst, path).json()
    assert found["unseen"] == [str(incident.pk)]
    assert found["words"] == "offence: Robbery"
    assert post(cast.analyst, f"{path}/seen", {}).json()["unseen"] == []
    assert patch(cast.analyst, path, {"latest_days": 30}).json()["latest_days"] == 30
    assert get(cast.admin, path).status_code == 404
    assert api_client(cast.admin).delete(f"/api/v1/{path}").status_code == 404
    assert api_client(cast.analyst).delete(f"/api/v1/{path}").status_code == 204
    assert get(cast.analyst, "searches").json()["total"] == 0


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"resource": "people"}, "resource"),
        ({"query": "offence=nothing"}, "offence"),
        ({"latest_days": 0}, "latest_days"),
        ({"name": ""}, "name"),
        ({"owner": "somebody"}, "owner"),
    ],
)
def test_what_is_no_search_is_named(cast: Cast, values: dict[str, Any], field: str) -> None:
    answer = post(cast.analyst, "searches", {**WANTED, **values})
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [field]


def test_the_list_of_the_console_is_kept_as_it_is_shown(cast: Cast) -> None:
    robbery = make_incident(access_for(cast.officer), "120", address="1 Market Street")
    make_incident(access_for(cast.officer), "220", address="2 Market Street")
    client = console_client(cast.officer)
    shown = "offence=120&q=market&occurred_from_from=2026-03-01&occurred_from_to=2026-03-31&status__exact=reported"
    page = client.get(f"/console/incidents/incident/?{shown}").content.decode()
    assert f"{CONSOLE}add/?resource=incidents&amp;offence=120&amp;q=market" in page

    form = client.get(f"{CONSOLE}add/?resource=incidents&{shown}").context["adminform"].form
    values = {**form.initial, "name": "Hold-ups", "is_watched": "on"}
    answer = client.post(f"{CONSOLE}add/", values)
    assert answer.status_code == 302
    with agency_scope(access_for(cast.officer)):
        (search,) = SavedSearch.objects.visible_to(access_for(cast.officer))
    page = client.get(f"{CONSOLE}{search.pk}/change/").content.decode()
    assert robbery.number in page
    assert "2 Market Street" not in page
    assert "words: market" in page
    listed = client.get(f"{CONSOLE}{search.pk}/list/")
    assert parse_qs(urlsplit(listed.headers["Location"]).query) == parse_qs(shown)


def test_what_is_new_is_marked_until_it_is_seen(cast: Cast) -> None:
    officer = access_for(cast.officer)
    with agency_scope(officer):
        search = save_search(access=officer, **WANTED)
    make_incident(officer, "120")
    look_at_searches(access=operator_access(cast.north.pk, source="job"))
    client = console_client(cast.officer)
    address = f"{CONSOLE}{search.pk}/change/"
    assert "<strong>new</strong>" in client.get(address).content.decode()

    assert client.post(f"{CONSOLE}{search.pk}/seen/").status_code == 302
    assert "<strong>new</strong>" not in client.get(address).content.decode()


def test_somebody_elses_search_is_not_there(cast: Cast) -> None:
    officer = access_for(cast.officer)
    with agency_scope(officer):
        search = save_search(access=officer, **WANTED)
    client = console_client(cast.admin)
    for page in ("change", "list", "seen", "remove"):
        assert client.get(f"{CONSOLE}{search.pk}/{page}/").status_code == 404


def test_a_search_is_removed_after_a_question(cast: Cast) -> None:
    officer = access_for(cast.officer)
    with agency_scope(officer):
        search = save_search(access=officer, **WANTED)
    client = console_client(cast.officer)
    assert "the records stay" in client.get(f"{CONSOLE}{search.pk}/remove/").content.decode()
    assert client.post(f"{CONSOLE}{search.pk}/remove/").headers["Location"] == CONSOLE
    assert client.get(f"{CONSOLE}{search.pk}/change/").status_code == 404


def test_a_filter_that_only_the_list_has_is_said(cast: Cast) -> None:
    page = console_client(cast.officer).get(f"{CONSOLE}add/?resource=incidents&beat__code=1")
    assert page.status_code == 200
    assert "cannot be taken along" in page.content.decode()


def test_a_name_taken_is_said_at_the_name(cast: Cast) -> None:
    officer = access_for(cast.officer)
    with agency_scope(officer):
        save_search(access=officer, **WANTED)
    page = console_client(cast.officer).post(f"{CONSOLE}add/", {**WANTED, "query": ""})
    assert page.status_code == 200
    assert "You have a search of this name." in page.content.decode()


@pytest.mark.parametrize(
    ("resource", "shown"),
    [
        (ResourceName.INCIDENTS, "q=ladder&offence=220"),
        (ResourceName.INCIDENTS, "occurred_from_from=2026-03-01"),
        (ResourceName.INCIDENTS, "weekday=5&hour=22"),
        (ResourceName.CASES, "status__exact=open&priority__exact=high&lead=me&opened_at_to=2026-03-31"),
    ],
)
def test_there_and_back(resource: ResourceName, shown: str) -> None:
    back = list_of_filters(resource, filters_of_list(resource, QueryDict(shown)))
    assert back is not None
    assert parse_qs(back) == parse_qs(shown)


def test_a_search_of_a_program_opens_in_the_console(cast: Cast) -> None:
    """Whatever the list of the console lacks, the page of the search opens."""
    for number, query in enumerate(
        (
            "occurred_after=2026-03-01T00:00:00+00:00",
            "occurred_after=&offence=120",
            "status=reported&status=verified",
            "near=-122.42,37.77,1000",
        )
    ):
        made = post(cast.officer, "searches", {"name": str(number), "resource": "incidents", "query": query})
        page = f"{CONSOLE}{made.json()['id']}/"
        client = console_client(cast.officer)
        assert client.get(f"{page}change/").status_code == 200
        assert client.get(f"{page}list/").status_code == 302


@pytest.mark.parametrize(
    "shown",
    ["offence=%00", "offence=nothing", "resource=people", "occurred_from_from=yesterday", "q=" + "x" * 300],
)
def test_what_no_list_shows_is_one_sentence_on_the_form(cast: Cast, shown: str) -> None:
    client = console_client(cast.officer)
    assert client.get(f"{CONSOLE}add/?resource=incidents&{shown}").status_code == 200
    answer = client.post(f"{CONSOLE}add/", {"name": "x", "resource": "incidents", "query": shown})
    assert answer.status_code == 200
    assert answer.context["adminform"].form.errors


def test_pages_and_order_of_a_list_are_not_kept() -> None:
    assert filters_of_list(ResourceName.INCIDENTS, QueryDict("p=3&o=1&q=")) == ""


def test_what_the_list_cannot_show_has_no_list() -> None:
    assert list_of_filters(ResourceName.INCIDENTS, "near=-122,37,1000") is None
    assert list_of_filters(ResourceName.INCIDENTS, "occurred_after=2026-03-01T10:30:00Z") is None


def test_a_day_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidInput):
        filters_of_list(ResourceName.INCIDENTS, QueryDict("occurred_from_from=yesterday"))
