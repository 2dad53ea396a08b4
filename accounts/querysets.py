"""Which people, agencies and sessions are visible.

The type checker loads the user model before this module, so the row types cannot be named here.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from nethra.core.access import Access
from nethra.core.capabilities import Capability, Reach
from nethra.core.querysets import ScopedQuerySet


class AgencyQuerySet(ScopedQuerySet[Any]):
    """An agency sees itself, and nothing else."""

    def visible_to(self, access: Access) -> AgencyQuerySet:
        scoped = self._chain().filter(pk=access.agency_id)  # type: ignore[attr-defined]
        scoped._is_scoped = True
        return scoped  # type: ignore[no-any-return]


class UserQuerySet(ScopedQuerySet[Any]):
    """A user is visible if, and only if,
    * they belong to the access's agency, and
    * the access may view users, or it is the person themselves.
    """

    def bounded_to(self, access: Access) -> UserQuerySet:
        return self if access.may(Capability.VIEW_USERS) else self.filter(pk=access.user_id)

    def colleagues_of(self, access: Access) -> UserQuerySet:
        """Return the agency's people, whose names and roles stand on what they work on: not for their pages.

        A guest is offered nobody but themselves.
        """
        if access.reach is Reach.GUEST:
            return self.visible_to(access)
        scoped = self._chain().filter(agency_id=access.agency_id)  # type: ignore[attr-defined]
        scoped._is_scoped = True
        return scoped  # type: ignore[no-any-return]


class PersonalQuerySet(ScopedQuerySet[Any]):
    """What stands about a person is visible to them and to whoever may view people."""

    def bounded_to(self, access: Access) -> PersonalQuerySet:
        return self if access.may(Capability.VIEW_USERS) else self.filter(user_id=access.user_id)


class ContactQuerySet(ScopedQuerySet[Any]):
    """How somebody is reached in private is visible to them and to whoever may read that of officers."""

    def bounded_to(self, access: Access) -> ContactQuerySet:
        may_read = access.may(Capability.READ_PRIVATE_CONTACTS)
        return self if may_read else self.filter(user_id=access.user_id)


class OwnedQuerySet(ScopedQuerySet[Any]):
    """Sessions, keys and factors are visible to their owner and to whoever manages people."""

    def bounded_to(self, access: Access) -> OwnedQuerySet:
        return self if access.may(Capability.MANAGE_USERS) else self.filter(user_id=access.user_id)


class SessionQuerySet(OwnedQuerySet):
    """Sessions, and those of them that are open."""

    def open(self) -> SessionQuerySet:
        """Return those that have not ended."""
        return self.filter(revoked_at=None, expires_at__gt=datetime.now(UTC))
