"""Jobs that only the tests order."""

from __future__ import annotations

from uuid import UUID

from accounts.models import User
from nethra.core.access import Access
from nethra.core.errors import Conflict
from nethra.jobs.queue import job


@job()
def rename_person(*, access: Access, user_id: UUID) -> None:
    """Rename one of the agency's people after where the change comes from."""
    person = User.objects.visible_to(access).get(pk=user_id)
    person.name = f"Renamed by a {access.source}"
    person.save(update_fields=["name"])


@job()
def rename_and_fail(*, access: Access, user_id: UUID) -> None:
    """Write something, then fail."""
    User.objects.visible_to(access).filter(pk=user_id).update(name="Half done")
    raise Conflict("The errand failed.")


@job(once=True, manages_transactions=True)
def count_nothing(*, access: Access, user_id: UUID) -> None:
    """Do nothing, and open no transaction."""
