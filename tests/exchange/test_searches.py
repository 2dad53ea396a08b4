"""Searches that people keep: whose they are, what they find, what comes new, what is told of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.utils import timezone

from cases.access import exclude_person
from incidents.models import Incident
from nethra.core.access import Access, operator_access
from nethra.core.capabilities import ROLE_CAPABILITIES, Capability, Role
from nethra.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from nethra.core.models import uuid7
from nethra.core.scope import agency_scope
from nethra.exchange.jobs import look_at_saved_searches, mail_new_matches
from nethra.exchange.models import SavedSearch
from nethra.exchange.searches import services, watching
from nethra.exchange.searches.services import (
    address_query,
    change_search,
    found_by,
    mark_seen,
    remove_search,
    save_search,
)
from nethra.exchange.searches.watching import first_key, look_at_searches
from tests.support.cases import make_case
from tests.support.people import Cast, access_for
from tests.support.records import make_incident
from tests.support.secrets import adjust

pytestmark = pytest.mark.django_db


def keep(access: Access, **values: Any) -> SavedSearch:
    """Return a search of robberies, or of what is stated."""
    values = {"name": "Robberies", "resource": "incidents", "query": "offence=120", **values}
    with agency_scope(access):
        return save_search(access=access, **values)


def again(search: SavedSearch) -> SavedSearch:
    """Return the search as it is stored."""
    with agency_scope(operator_access(search.agency_id)):
        stored: SavedSearch = SavedSearch._base_manager.get(pk=search.pk)
        return stored


def on(moment: datetime) -> dict[str, datetime]:
    """Return the times of an incident that was reported as it happened."""
    return {"occurred_from": moment, "occurred_until": moment, "reported_at": moment}


def look(cast: Cast) -> None:
    """Look through North's searches, as the worker does."""
    look_at_searches(access=operator_access(cast.north.pk, source="job"))


def test_a_search_finds_what_its_filters_say(cast: Cast) -> None:
    access = access_for(cast.analyst)
    robbery = make_incident(access_for(cast.officer), "120")
    make_incident(access_for(cast.officer), "220")
    search = keep(access)

    with agency_scope(access):
        assert list(found_by(access, search)) == [robbery]
    assert search.words == "offence: Robbery"


def test_the_latest_days_are_counted_from_the_day_of_looking(cast: Cast, time_machine: Any) -> None:
    officer = access_for(cast.officer)
    now = timezone.now()
    recent = make_incident(officer, "120", **on(now - timedelta(days=5)))
    make_incident(officer, "120", **on(now - timedelta(days=9)))
    search = keep(officer, latest_days=7)

    with agency_scope(officer):
        assert list(found_by(officer, search)) == [recent]
        assert "occurred_after=" in address_query(search)
        time_machine.move_to(now + timedelta(days=3), tick=True)
        assert list(found_by(officer, search)) == []


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"resource": "people"}, "resource"),
        ({"query": "offence=nothing"}, "offence"),
        ({"query": "offense=120"}, "offense"),
        ({"query": "near=here"}, "near"),
        ({"query": "q=1&q=2"}, "q"),
        ({"latest_days": 0}, "latest_days"),
        ({"latest_days": 3661}, "latest_days"),
        ({"latest_days": 7, "query": "occurred_after=2026-01-01T00:00:00Z"}, "latest_days"),
    ],
)
def test_what_is_no_search_is_refused_by_its_field(cast: Cast, values: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        keep(access_for(cast.officer), **values)
    assert list(refused.value.errors) == [field]
    assert not SavedSearch._base_manager.exists()


def test_more_filters_than_anybody_has_are_refused(cast: Cast) -> None:
    with pytest.raises(InvalidInput, match="too many filters"):
        keep(access_for(cast.officer), query="&" * 1999)


def test_a_name_is_used_once_by_each_person(cast: Cast) -> None:
    keep(access_for(cast.officer))
    keep(access_for(cast.analyst))
    with pytest.raises(InvalidInput) as refused:
        keep(access_for(cast.officer))
    assert "You have a search of this name." in str(refused.value.errors)


def test_somebody_keeps_so_many(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "MOST_SEARCHES", 1)
    keep(access_for(cast.officer))
    with pytest.raises(Conflict):
        keep(access_for(cast.officer), name="Another")


def test_operators_keep_none(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        keep(operator_access(cast.north.pk))


def test_a_search_is_its_owners_alone(cast: Cast) -> None:
    search = keep(access_for(cast.officer))
    for person in (cast.admin, cast.supervisor, cast.auditor, cast.south_admin):
        access = access_for(person)
        with agency_scope(access):
            assert not SavedSearch.objects.visible_to(access).exists()
            with pytest.raises(NotFound):
                remove_search(access=access, search=search)
            with pytest.raises(NotFound):
                change_search(access=access, search=search, name="Mine")


def test_filters_at_what_is_withheld_are_refused(cast: Cast) -> None:
    guest = access_for(cast.prosecutor)
    with agency_scope(guest):
        search = save_search(access=guest, name="All", resource="incidents")
        make_incident(access_for(cast.officer), "120")
        # A guest sees the incidents of their cases alone, whatever they search for.
        assert list(found_by(guest, search)) == []


def test_what_it_looks_for_stays(cast: Cast) -> None:
    access = access_for(cast.officer)
    search = keep(access)
    with agency_scope(access):
        assert change_search(access=access, search=search, name=" Hold-ups ").name == "Hold-ups"
        with pytest.raises(InvalidInput):
            change_search(access=access, search=search, query="offence=220")
        with pytest.raises(IntegrityError), transaction.atomic():
            SavedSearch._base_manager.filter(pk=search.pk).update(query="offence=220")


def test_a_removed_search_is_gone(cast: Cast) -> None:
    access = access_for(cast.officer)
    search = keep(access)
    with agency_scope(access):
        remove_search(access=access, search=search)
        assert not SavedSearch.objects.visible_to(access).exists()


# What comes new


def test_only_what_comes_after_is_new_and_only_once(cast: Cast) -> None:
    officer = access_for(cast.officer)
    make_incident(officer, "120")
    search = keep(access_for(cast.analyst), is_watched=True)
    look(cast)
    assert again(search).unseen == []

    new = make_incident(officer, "120")
    make_incident(officer, "220")
    look(cast)
    look(cast)
    assert again(search).unseen == [new.pk]


def test_what_is_not_watched_is_not_looked_through(cast: Cast) -> None:
    search = keep(access_for(cast.analyst))
    make_incident(access_for(cast.officer), "120")
    look(cast)
    assert again(search).unseen == []


def test_watching_begins_when_it_is_asked_for(cast: Cast) -> None:
    analyst = access_for(cast.analyst)
    search = keep(analyst)
    make_incident(access_for(cast.officer), "120")
    with agency_scope(analyst):
        change_search(access=analyst, search=search, is_watched=True)
    new = make_incident(access_for(cast.officer), "120")
    look(cast)
    assert again(search).unseen == [new.pk]


def test_a_record_whose_key_is_older_than_the_last_look_is_found(cast: Cast, time_machine: Any) -> None:
    """A long import makes its keys at its beginning, and shows them at its end."""
    search = keep(access_for(cast.analyst), is_watched=True)
    begun = uuid7()
    later = timezone.now() + timedelta(minutes=30)
    time_machine.move_to(later, tick=True)
    look(cast)
    incident = make_incident(access_for(cast.officer), "120")
    with agency_scope(operator_access(cast.north.pk)):
        copy = Incident._base_manager.get(pk=incident.pk)
        copy.pk, copy.number = begun, "2026-LATE"
        copy.save(force_insert=True)
        incident.offences.model._base_manager.filter(incident_id=incident.pk).update(incident_id=begun)
    look(cast)
    assert begun in again(search).unseen


def test_the_owners_eyes_are_used(cast: Cast) -> None:
    """What a case hides from the owner is not told to them, nor what another agency records."""
    search = keep(access_for(cast.analyst), is_watched=True)
    hidden = make_incident(access_for(cast.officer), "120")
    case = make_case(access_for(cast.officer), hidden)
    supervisor = access_for(cast.supervisor)
    with agency_scope(supervisor):
        exclude_person(access=supervisor, case=case, user_id=cast.analyst.pk, reason="A relative")
    make_incident(access_for(cast.south_admin), "120")
    look(cast)
    assert again(search).unseen == []


def test_more_at_once_than_anybody_looks_through_is_said(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "MOST_NEW", 2)
    analyst = access_for(cast.analyst)
    search = keep(analyst, is_watched=True)
    for _ in range(3):
        make_incident(access_for(cast.officer), "120")
    look(cast)
    stored = again(search)
    assert stored.unseen == []
    assert stored.flooded_at is not None

    look(cast)
    assert again(search).unseen == []
    new = make_incident(access_for(cast.officer), "120")
    look(cast)
    assert again(search).unseen == [new.pk]
    with agency_scope(analyst):
        assert mark_seen(access=analyst, search=stored).flooded_at is None


def test_what_is_not_allowed_any_more_is_said_and_others_go_on(cast: Cast) -> None:
    analyst = access_for(cast.analyst)
    lost = keep(analyst, name="Cases", resource="cases", query="status=open", is_watched=True)
    sound = keep(analyst, is_watched=True)
    adjust(cast, "analyst", capabilities=ROLE_CAPABILITIES[Role.ANALYST] - {Capability.VIEW_CASES})
    new = make_incident(access_for(cast.officer), "120")
    look(cast)
    assert again(lost).problem.startswith("This search finds nothing any more:")
    assert again(sound).unseen == [new.pk]

    adjust(cast, "analyst", capabilities=ROLE_CAPABILITIES[Role.ANALYST])
    look(cast)
    assert again(lost).problem == ""


def test_one_that_the_database_gives_up_on_holds_up_nobody(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = keep(access_for(cast.officer), name="Slow", is_watched=True)
    sound = keep(access_for(cast.analyst), is_watched=True)
    new = make_incident(access_for(cast.officer), "120")

    def found(access: Access, search: SavedSearch) -> Any:
        wanted = found_by(access, search)
        return wanted.extra(where=["1 / 0 = 1"]) if search.name == "Slow" else wanted

    monkeypatch.setattr(watching, "found_by", found)
    look(cast)
    assert again(slow).unseen == []
    assert again(sound).unseen == [new.pk]


def test_the_first_key_of_a_moment_is_not_above_any_made_then() -> None:
    moment = datetime.now(UTC)
    made = uuid7()
    assert first_key(moment - timedelta(milliseconds=1)) < made < first_key(moment + timedelta(seconds=5))
    assert isinstance(first_key(moment), UUID)


# What is told


def test_its_owner_is_mailed_once_until_they_looked(cast: Cast, time_machine: Any) -> None:
    analyst = access_for(cast.analyst)
    search = keep(analyst, name="Tall dark stranger", is_watched=True)
    make_incident(access_for(cast.officer), "120", address="9 Canary Row")
    look(cast)
    first = again(search).mailed_at
    make_incident(access_for(cast.officer), "120")
    look(cast)
    assert first is not None
    assert again(search).mailed_at == first

    mail_new_matches(agency_id=cast.north.pk, search_id=search.pk)
    (sent,) = mail.outbox
    assert sent.to == [cast.analyst.email]
    told = f"{sent.subject} {sent.body}"
    assert "2 new records match a search" in told
    assert str(search.pk) in told
    assert "stranger" not in told
    assert "Canary" not in told

    time_machine.move_to(timezone.now() + timedelta(days=1, minutes=1), tick=True)
    look(cast)
    assert again(search).mailed_at != first
    with agency_scope(analyst):
        mark_seen(access=analyst, search=search)
    look(cast)
    assert again(search).mailed_at is None


def test_who_left_is_told_nothing(cast: Cast) -> None:
    search = keep(access_for(cast.analyst), is_watched=True)
    with agency_scope(operator_access(cast.north.pk)):
        type(cast.analyst)._base_manager.filter(pk=cast.analyst.pk).update(
            is_active=False, deactivated_at=timezone.now()
        )
    make_incident(access_for(cast.officer), "120")
    look_at_saved_searches(agency_id=cast.north.pk)
    assert again(search).unseen == []


def test_a_removed_search_is_not_mailed(cast: Cast) -> None:
    mail_new_matches(agency_id=cast.north.pk, search_id=uuid7())
    assert mail.outbox == []
