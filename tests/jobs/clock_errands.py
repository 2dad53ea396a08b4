"""A job that the clock orders, every minute."""

from __future__ import annotations

from accounts.models import User
from nethra.core.access import Access
from nethra.jobs.queue import job


@job(once=True, cron="* * * * *")
def rename_everybody(*, access: Access) -> None:
    """Rename the agency's people after where the change comes from."""
    User.objects.visible_to(access).update(name=f"Renamed by a {access.source}")
