"""In whose name later work is done: whoever ordered it, with the rights they have today."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from accounts.models import User
from accounts.roles import access_of_person
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.errors import NotAllowed

GONE = "Whoever ordered the analysis does not work here any more."


def access_of_maker(access: Access, user_id: UUID, capabilities: Iterable[str]) -> Access:
    """Return the access of a person as it is today, no wider than what they ordered with; raise NotAllowed."""
    # SECURITY: what the session or key could not do that ordered it, the job cannot; tests/insights/test_runs.py.
    person = User.objects.visible_to(access).filter(pk=user_id, is_active=True).first()
    if person is None:
        raise NotAllowed(GONE)
    ordered_with = {Capability(name) for name in capabilities if name in set(Capability)}
    return access_of_person(person, access.source, capabilities=person.capabilities & ordered_with)
