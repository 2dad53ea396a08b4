"""The tabs of a person's page: contacts, postings, open sessions, exceptions from hours."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.devices import device_name
from accounts.models import Contact, HoursException, Posting, User, UserSession
from nethra.core.capabilities import Capability
from nethra.core.console_actions import display
from nethra.core.inlines import ConsoleInline, ViewOnlyInline


class OpenRows(ConsoleInline[Any, User]):
    """Rows of a person that an administrator writes and that are closed rather than deleted."""

    view_capability = Capability.VIEW_USERS
    change_capability = Capability.MANAGE_USERS

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).filter(deactivated_at=None)


class ContactsTab(OpenRows):
    """How the person can be reached."""

    model = Contact
    fields = ("kind", "value", "is_primary")
    verbose_name_plural = "contacts"


class PostingsTab(OpenRows):
    """Where the person serves and served."""

    model = Posting
    fields = ("unit", "rank", "starts_on", "ends_on", "place_name")
    verbose_name_plural = "postings"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("unit")


class SessionsTab(ViewOnlyInline[Any, User]):
    """Where the person is signed in."""

    model = UserSession
    fk_name = "user"
    anchor = "sessions"
    view_capability = Capability.MANAGE_USERS
    verbose_name_plural = "open sessions"
    fields = ("kind", "device_said", "address", "created_at", "last_seen_at")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: Any = super().get_queryset(request)
        return rows.open()  # type: ignore[no-any-return]

    @display(description="device")
    def device_said(self, session: UserSession) -> str:
        return device_name(session.device)


class ExceptionsTab(ViewOnlyInline[Any, User]):
    """When the person may work beyond their hours."""

    model = HoursException
    fk_name = "user"
    anchor = "exceptions"
    view_capability = Capability.VIEW_USERS
    fields = ("starts_at", "ends_at", "reason")
    readonly_fields = fields
