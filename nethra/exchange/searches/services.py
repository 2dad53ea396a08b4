"""The verbs of saved searches: keep, change, remove, look through, mark as seen."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.http import QueryDict

from cases.choices import CaseStatus
from cases.filter_words import filters_in_words
from cases.services import check
from incidents.choices import IncidentStatus
from nethra.core.access import Access
from nethra.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from nethra.core.parameters import query_of
from nethra.core.refusals import refused_by
from nethra.exchange.choices import ResourceName
from nethra.exchange.models import SavedSearch
from nethra.exchange.resources import RESOURCES, Resource

MOST_SEARCHES = 100
CHANGEABLE = frozenset({"name", "latest_days", "is_watched"})


@transaction.atomic
def save_search(
    *,
    access: Access,
    name: str,
    resource: str,
    query: str = "",
    latest_days: int | None = None,
    is_watched: bool = False,
) -> SavedSearch:
    """Keep filters for the person who asks; return the search, from now on watched if so wanted.

    ``query`` has the parameters of the resource's list. Raise NotAllowed, InvalidInput naming what is wrong, Conflict
    beyond 100 searches.
    """
    if access.author_id is None:
        raise NotAllowed("Only people of the agency keep searches.")
    mine = SavedSearch.objects.visible_to(access)
    if mine.count() >= MOST_SEARCHES:
        raise Conflict(
            f"You have {MOST_SEARCHES} saved searches: remove one first.", code="too_many_searches"
        )
    search = SavedSearch(
        agency_id=access.agency_id,
        owner_id=access.author_id,
        name=name.strip(),
        resource=resource,
        query=query,
        latest_days=latest_days,
        is_watched=is_watched,
        looked_from=datetime.now(UTC),
    )
    check(search)
    found_by(access, search)
    search.words = words_of(access, search)
    with _named_once():
        search.save(force_insert=True)
    return search


@transaction.atomic
def change_search(*, access: Access, search: SavedSearch, **values: Any) -> SavedSearch:
    """Change name, days or whether it is watched; return it as stored. Raise NotFound, InvalidInput.

    What is watched anew is watched from now on.
    """
    stored = _locked(access, search.pk)
    if unknown := sorted(set(values) - CHANGEABLE):
        raise InvalidInput(errors={name: ["This cannot be changed."] for name in unknown})
    begins = bool(values.get("is_watched")) and not stored.is_watched
    for name, value in values.items():
        setattr(stored, name, value.strip() if name == "name" else value)
    if begins:
        stored.looked_from, stored.known = datetime.now(UTC), []
    check(stored)
    found_by(access, stored)
    # What was wrong with it is found again, if it still is, by the next look.
    stored.problem = ""
    with _named_once():
        stored.save(update_fields=[*values, "looked_from", "known", "problem"])
    return stored


@transaction.atomic
def remove_search(*, access: Access, search: SavedSearch) -> None:
    """Remove a search of one's own; the audit keeps what it was. Raise NotFound."""
    _locked(access, search.pk).delete()


@transaction.atomic
def mark_seen(*, access: Access, search: SavedSearch) -> SavedSearch:
    """Keep that its owner saw what is new; return it as stored. Raise NotFound."""
    stored = _locked(access, search.pk)
    stored.unseen, stored.flooded_at, stored.mailed_at = [], None, None
    stored.save(update_fields=["unseen", "flooded_at", "mailed_at"])
    return stored


def found_by(access: Access, search: SavedSearch) -> QuerySet[Any]:
    """Return the records that a search finds for this access today, in the order it asks for.

    Raise NotAllowed, or InvalidInput where the filters are not known, such as those of an area that is gone.
    """
    resource = resource_of(search)
    access.require(resource.capability)
    return resource.found(access, _asked(search, resource))


def resource_of(search: SavedSearch) -> Resource:
    """Return what a search looks for."""
    return RESOURCES[ResourceName(search.resource)]


def address_query(search: SavedSearch) -> str:
    """Return the parameters with which the resource's list over the API finds the same today."""
    return _asked(search, resource_of(search)).urlencode()


def words_of(access: Access, search: SavedSearch) -> str:
    """Return the filters as people read them; raise InvalidInput for too many."""
    statuses = IncidentStatus if search.resource == ResourceName.INCIDENTS else CaseStatus
    return "; ".join(filters_in_words(access, query_of(search.query), statuses))


def _named_once() -> AbstractContextManager[None]:
    refusal = InvalidInput(errors={"name": ["You have a search of this name."]}, code="name_taken")
    return refused_by("savedsearch_name_once", lambda _: refusal)


def _asked(search: SavedSearch, resource: Resource) -> QueryDict:
    query = query_of(search.query)
    if search.latest_days is not None:
        if resource.after in query:
            sentence = f"Give either {resource.after} or the latest days."
            raise InvalidInput(sentence, errors={"latest_days": [sentence]})
        begin = datetime.now(UTC) - timedelta(days=search.latest_days)
        query[resource.after] = begin.isoformat(timespec="seconds").replace("+00:00", "Z")
    return query


def _locked(access: Access, key: UUID) -> SavedSearch:
    found: SavedSearch | None = (
        SavedSearch.objects.visible_to(access).select_for_update().filter(pk=key).first()
    )
    if found is None:
        raise NotFound()
    return found
