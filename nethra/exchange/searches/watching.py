"""What came new to watched searches, found by the key of a record, which begins with the time it was made."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from uuid import UUID

from accounts.models import User
from accounts.roles import access_of_person
from nethra.core.access import Access
from nethra.core.errors import DomainError
from nethra.core.scope import agency_scope
from nethra.exchange.jobs import mail_new_matches
from nethra.exchange.models import SavedSearch
from nethra.exchange.searches.services import found_by
from nethra.jobs.queue import enqueue

logger = logging.getLogger(__name__)

#: A record is seen when its transaction ends, which may be long after its key was made: each look begins so far back.
OVERLAP = timedelta(hours=1)
#: More at once is no news but a search that is too wide.
MOST_NEW = 1000
#: What was not looked at is told again after so long.
TOLD_AGAIN = timedelta(days=1)


def look_at_searches(*, access: Access) -> None:
    """Look through the agency's watched searches, each in its owner's name and in a transaction of its own."""
    with agency_scope(access):
        watched = SavedSearch.objects.visible_to(access).filter(is_watched=True)
        found = list(watched.order_by("owner_id", "id").values_list("pk", "owner_id"))
        owners = User.objects.colleagues_of(access).filter(
            pk__in={owner for _, owner in found}, is_active=True
        )
        people = {person.pk: access_of_person(person, access.source) for person in owners}
    for key, owner in found:
        if owner in people:
            _look_in_turn(people[owner], key)


def _look_in_turn(owner: Access, key: UUID) -> None:
    try:
        with agency_scope(owner, reason="look at saved searches"):
            look_at(owner, key)
    except Exception:
        # Nobody else's search waits for one that the database gives up on.
        logger.exception("Saved search %s could not be looked through", key)


def look_at(owner: Access, key: UUID) -> None:
    """Keep what is new to a search, and mail its owner unless they were told already; within a transaction."""
    search = SavedSearch.objects.visible_to(owner).select_for_update().filter(pk=key, is_watched=True).first()
    if search is None:
        return
    now = datetime.now(UTC)
    try:
        new = _new(owner, search)
    except DomainError as problem:
        search.problem = f"This search finds nothing any more: {problem.message}"[:300]
        search.save(update_fields=["problem"])
        return
    search.problem = ""
    if len(new) > MOST_NEW:
        search.flooded_at, search.looked_from, search.known = now, now, []
    else:
        search.looked_from = max(search.looked_from, now - OVERLAP)
        floor = first_key(search.looked_from)
        search.known = [each for each in [*search.known, *new] if each >= floor]
        search.unseen = [*search.unseen, *new][-MOST_NEW:]
    is_due = search.mailed_at is None or search.mailed_at < now - TOLD_AGAIN
    if (search.unseen or search.flooded_at) and is_due:
        search.mailed_at = now
        enqueue(mail_new_matches, agency_id=search.agency_id, search_id=search.pk)
    search.save(update_fields=["problem", "flooded_at", "looked_from", "known", "unseen", "mailed_at"])


def _new(owner: Access, search: SavedSearch) -> list[UUID]:
    """Return the keys of what came since the last look, the oldest first, one more than MOST_NEW at most."""
    found = found_by(owner, search).filter(pk__gte=first_key(search.looked_from))
    keys = found.exclude(pk__in=search.known).order_by("pk").values_list("pk", flat=True)
    return list(keys[: MOST_NEW + 1])


def first_key(moment: datetime) -> UUID:
    """Return the smallest key (UUIDv7) that a record made at this moment could have."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)
