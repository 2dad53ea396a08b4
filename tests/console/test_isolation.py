"""What belongs to another agency looks as if it were not there."""

from __future__ import annotations

from uuid import uuid4

import pytest

from nethra.core.console import console
from tests.console.rows import fill, first_of, page
from tests.support.people import Cast, access_for, console_client
from tests.support.records import make_incident

pytestmark = pytest.mark.django_db

MODELS = {model._meta.label: model for model in console._registry}
PAGES = ("change", "history")


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("label", MODELS)
def test_a_foreign_row_answers_as_a_row_that_is_not_there(cast: Cast, label: str, name: str) -> None:
    fill(cast)
    console_client(cast.officer)
    row = first_of(MODELS[label], access_for(cast.admin))
    client = console_client(cast.south_admin)

    foreign = client.get(page(MODELS[label], name, row.pk))
    missing = client.get(page(MODELS[label], name, uuid4()))

    assert (foreign.status_code, missing.status_code) == (404, 404)
    assert str(row.pk) not in foreign.content.decode()


@pytest.mark.parametrize("button", ["deactivate", "reactivate", "link", "role", "release"])
def test_another_agencys_people_have_no_buttons(cast: Cast, button: str) -> None:
    answer = console_client(cast.south_admin).post(f"/console/accounts/user/{cast.officer.pk}/{button}/")

    assert answer.status_code == 404


def test_the_palette_finds_by_the_beginning_of_a_number(cast: Cast) -> None:
    incident = make_incident(access_for(cast.officer))
    address = f"/console/search/?extended=1&s={incident.number[:6].lower()}"

    assert incident.number in console_client(cast.officer).get(address).content.decode()
    assert incident.number not in console_client(cast.south_officer).get(address).content.decode()


def test_the_palette_forgets_with_the_record(cast: Cast) -> None:
    # Regression: the theme kept what it found for five minutes per person.
    client = console_client(cast.officer)
    before = client.get("/console/search/?extended=1&s=I20").content.decode()
    incident = make_incident(access_for(cast.officer))

    after = client.get("/console/search/?extended=1&s=I20").content.decode()

    assert incident.number not in before
    assert incident.number in after


def test_the_dashboard_counts_ones_own_agency(cast: Cast) -> None:
    make_incident(access_for(cast.officer))

    north = console_client(cast.officer).get("/console/")
    south = console_client(cast.south_officer).get("/console/")

    assert north.context["overview"].week.count == 1
    assert south.context["overview"] is None
