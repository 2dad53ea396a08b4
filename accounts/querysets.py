"""Which people, agencies and sessions are visible."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.base_user import BaseUserManager

from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.querysets import ScopedQuerySet

if TYPE_CHECKING:
    pass


class AgencyQuerySet(ScopedQuerySet["Agency"]):
    """An agency sees itself, and nothing else."""

    def visible_to(self, access: Access) -> AgencyQuerySet:
        scoped = self._chain().filter(pk=access.agency_id)  # type: ignore[attr-defined]
        scoped._is_scoped = True
        return scoped  # type: ignore[no-any-return]


class UserQuerySet(ScopedQuerySet["User"]):
    """A user is visible if, and only if,
    * they belong to the access's agency, and
    * the access may view users, or it is the person themselves.
    """

    def bounded_to(self, access: Access) -> UserQuerySet:
        return self if access.may(Capability.VIEW_USERS) else self.filter(pk=access.user_id)


class UserSessionQuerySet(ScopedQuerySet["UserSession"]):
    """Sessions are visible to their owner and to whoever manages users."""

    def bounded_to(self, access: Access) -> UserSessionQuerySet:
        return self if access.may(Capability.MANAGE_USERS) else self.filter(user_id=access.user_id)


class UserManager(BaseUserManager["User"].from_queryset(UserQuerySet)):  # type: ignore[misc]
    """Django's user manager over scoped query sets; people are made by accounts.services."""

    use_in_migrations = False
