"""Making the files of exports, and deleting them in time."""

from __future__ import annotations

from uuid import UUID

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
