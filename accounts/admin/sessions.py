"""The console's pages for sessions, keys and the log of sign-ins."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from accounts.api_keys import revoke_key
from accounts.choices import EndReason
from accounts.devices import device_name
from accounts.models import ApiKey, SignInEvent, User, UserSession
from accounts.sessions import end_session, idle_since
from nethra.audit.changes import action_label
from nethra.core.access import access_of
from nethra.core.admin import ViewOnlyAdmin
from nethra.core.capabilities import Capability
from nethra.core.console import console
from nethra.core.console_actions import Question, action, ask, display
from nethra.core.console_lists import DayRangeFilter


@admin.register(UserSession, site=console)
class SessionAdmin(ViewOnlyAdmin[UserSession]):
    """Who is signed in, from where; an administrator may end any session."""

    view_capability = Capability.MANAGE_USERS
    list_display = ("user", "kind", "state", "address", "device_name", "created_at", "last_seen_at")
    list_select_related = ("user",)
    list_filter = (("kind", ChoicesDropdownFilter),)
    search_fields = ("user__name", "user__email", "=address")
    ordering = ("-created_at", "-id")
    fields = (
        "user",
        "kind",
        "state",
        "address",
        "device",
        "created_at",
        "last_seen_at",
        "expires_at",
        "second_factor_at",
        "rotation",
        "revoked_at",
        "revoked_because",
    )
    readonly_fields = ("state",)
    actions_detail = ("end",)

    @display(description="state", label={"Live": "success", "Ended": "info", "Idle": "warning"})
    def state(self, session: UserSession) -> str:
        if session.revoked_at or session.expires_at <= datetime.now(UTC):
            return "Ended"
        return "Live" if session.last_seen_at > idle_since() else "Idle"

    @display(description="device")
    def device_name(self, session: UserSession) -> str:
        return device_name(session.device)

    @action(description="End this session", icon="logout", url_path="end", permissions=("end",))
    def end(self, request: HttpRequest, object_id: str) -> HttpResponse:
        session = self.get_object_or_404(request, object_id)
        question = Question(
            "End this session",
            f"{session.user.name} must sign in again on that device.",
            "End session",
            "The session has ended.",
        )

        def act(_: dict[str, Any]) -> None:
            end_session(session, because=EndReason.BY_ADMIN)

        return ask(self, request, session, question, act, permission="end")

    def has_end_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_view_permission(request)


@admin.register(ApiKey, site=console)
class ApiKeyAdmin(ViewOnlyAdmin[ApiKey]):
    """Everybody's keys for programs; an administrator may revoke any."""

    view_capability = Capability.MANAGE_USERS
    list_display = ("name", "user", "state", "expires_at", "last_used_at", "last_address")
    list_select_related = ("user",)
    search_fields = ("name", "user__name", "=prefix")
    fields = (
        "name",
        "user",
        "prefix",
        "scopes",
        "state",
        "created_at",
        "expires_at",
        "last_used_at",
        "last_address",
        "revoked_at",
    )
    readonly_fields = ("state",)
    actions_detail = ("revoke",)

    @display(description="state", label={"Live": "success", "Revoked": "info", "Ended": "info"})
    def state(self, key: ApiKey) -> str:
        if key.is_live:
            return "Live"
        return "Revoked" if key.revoked_at else "Ended"

    @action(description="Revoke", icon="block", url_path="revoke", permissions=("revoke",))
    def revoke(self, request: HttpRequest, object_id: str) -> HttpResponse:
        key = self.get_object_or_404(request, object_id)
        question = Question(
            f"Revoke {key.name}",
            f"The program that uses it in the name of {key.user.name} is refused from now on.",
            "Revoke",
            "The key is revoked.",
        )
        act = revoke_key
        return ask(self, request, key, question, lambda _: act(access=access_of(request), key=key), "revoke")

    def has_revoke_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_view_permission(request)


@admin.register(SignInEvent, site=console)
class SignInLogAdmin(ViewOnlyAdmin[SignInEvent]):
    """Who got in, who failed, who was locked out and let in again: the audit's events about signing in."""

    view_capability = Capability.VIEW_AUDIT
    list_display = ("recorded_at", "person", "what", "outcome", "why", "source", "address")
    list_filter = (("result", ChoicesDropdownFilter), ("recorded_at", DayRangeFilter))
    search_fields = ("=address",)
    search_help_text = "The whole address that somebody came from"
    ordering = ("-recorded_at", "-id")
    sortable_by = ("recorded_at",)
    fields = ("recorded_at", "person", "what", "outcome", "why", "source", "address", "request_id")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[SignInEvent]:
        signing_in = super().get_queryset(request)
        # An event about a session or a key is one about whoever acted; every other names the person itself.
        people = User._base_manager.filter(pk=OuterRef("object_id"), agency_id=OuterRef("agency_id"))
        actors = User._base_manager.filter(pk=OuterRef("actor_id"), agency_id=OuterRef("agency_id"))
        return signing_in.annotate(
            person_name=Subquery(people.values("name")[:1]), actor_name=Subquery(actors.values("name")[:1])
        )

    @display(description="person")
    def person(self, event: Any) -> str:
        return event.person_name or event.actor_name or "-"

    @display(description="what")
    def what(self, event: SignInEvent) -> str:
        return action_label(event.action)

    @display(description="result", label={"Done": "success", "Denied": "danger", "Failed": "warning"})
    def outcome(self, event: SignInEvent) -> str:
        return event.get_result_display()

    @display(description="why")
    def why(self, event: SignInEvent) -> str:
        return WHY.get(event.reason, event.reason) or "-"


#: Reasons as the log tells them; to the person concerned, EndReason speaks.
WHY = {
    "locked": "Account locked",
    "second_factor": "Wrong code",
    "deactivated": "Account closed",
    "agency_closed": "Agency closed",
    "limit": "Too many sessions",
    "ended_by_owner": "Ended by the person",
    "ended_by_admin": "Ended by an administrator",
    "ended_by_operator": "Ended by an operator",
    "refresh_reuse": "Refresh token used twice",
    "factor_changed": "Second factor changed",
    "password_changed": "Password changed",
    "role_changed": "Role changed",
    "hours": "Outside working hours",
    "signed_out": "Signed out",
    "logout": "Signed out",
}
