"""Making the files of exports and deleting them in time; looking through saved searches."""

from __future__ import annotations

from uuid import UUID

from accounts.jobs import send
from nethra.core.access import Access
from nethra.jobs.queue import job


# A file is written between short transactions, in which progress is kept and an order to stop is heard.
@job(manages_transactions=True, once=True)
def make_export_job(*, access: Access, export_id: UUID) -> None:
    """Make the file of an export."""
    from nethra.exchange.making import make_export

    make_export(access=access, export_id=export_id)


@job(once=True, cron="*/10 * * * *")
def expire_exports_job(*, access: Access) -> None:
    """Delete the files of exports whose time is over."""
    from nethra.exchange.services import expire_exports

    expire_exports(access=access)


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
