"""What is done for those who keep searches, by the worker."""

from __future__ import annotations

from uuid import UUID

from accounts.jobs import send
from nethra.core.access import Access
from nethra.jobs.queue import job


@job(manages_transactions=True, once=True, cron="*/10 * * * *")
def look_at_saved_searches(*, access: Access) -> None:
    """Find what came new to watched searches, every ten minutes."""
    from nethra.exchange.searches.watching import look_at_searches

    look_at_searches(access=access)


@job(once=True)
def mail_new_matches(*, access: Access, search_id: UUID) -> None:
    """Tell the owner of a search how much came new; neither its name nor what it found is in the mail."""
    from nethra.exchange.models import SavedSearch

    search = SavedSearch.objects.visible_to(access).filter(pk=search_id).first()
    if search is not None:
        send(
            access,
            search.owner_id,
            "exchange/mail/new_matches",
            "New in a search of yours",
            search=search,
            count=len(search.unseen),
        )
