"""The console's pages for people, their sessions and the agency."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from unfold.contrib.filters.admin import BooleanRadioFilter, ChoicesDropdownFilter

from accounts.account_pages import account_page, end_own_session, enter_agency_page, leave_agency_page
from accounts.forms import AddPersonForm, NewPasswordForm, ReasonForm
from accounts.models import Agency, User, UserSession
from accounts.services import (
    change_agency,
    change_user,
    create_user,
    deactivate_user,
    reactivate_user,
    set_password,
)
from accounts.sessions import end_session
from accounts.sign_in_pages import sign_in_page, sign_out
from nethra.core.access import access_of
from nethra.core.admin import ConsoleAdmin, ViewOnlyAdmin
from nethra.core.capabilities import Capability
from nethra.core.console import console
from nethra.core.console_actions import Question, action, ask, display
from nethra.core.scope import set_reason
from nethra.core.widgets import map_media, show_on_map

console.sign_in_view = sign_in_page
console.sign_out_view = sign_out
console.account_view = account_page
console.add_page("account/", account_page, "account")
console.add_page("account/sessions/<uuid:session_id>/end/", end_own_session, "end_own_session")
console.add_page("agencies/enter/", enter_agency_page, "enter_agency")
console.add_page("agencies/leave/", leave_agency_page, "leave_agency")


@admin.register(User, site=console)
class PersonAdmin(ConsoleAdmin[User]):
    """The agency's people. Accounts are closed and opened again, never deleted."""

    view_capability = Capability.VIEW_USERS
    add_capability = change_capability = Capability.MANAGE_USERS
    list_display = ("name", "email", "role", "unit", "badge_number", "is_active", "last_login_at")
    list_filter = (
        ("role", ChoicesDropdownFilter),
        ("is_active", BooleanRadioFilter),
    )
    search_fields = ("name", "email", "=badge_number")
    search_help_text = "Name, e-mail or badge number"
    ordering = ("name", "id")
    fieldsets = (
        (None, {"fields": ("name", "email", "role", "unit", "badge_number")}),
        ("Account", {"fields": ("is_active", "last_login_at", "created_at", "deactivated_at")}),
    )
    add_fieldsets = ((None, {"fields": ("name", "email", "role", "unit", "badge_number", "password")}),)
    readonly_fields = ("is_active", "last_login_at", "created_at", "deactivated_at")
    actions_detail = ("give_password", "deactivate", "reactivate")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            kwargs["form"] = AddPersonForm
        return super().get_form(request, obj, change, **kwargs)

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        # Nobody becomes an administrator because it is the first word of a list.
        kwargs["choices"] = db_field.get_choices(include_blank=True, blank_choice=[("", "Select a role")])
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def save_through_service(
        self, request: HttpRequest, obj: User, form: Any, change: bool, formsets: Sequence[Any]
    ) -> User:
        access = access_of(request)
        if change:
            return change_user(access=access, user=obj, **form.cleaned_data)
        return create_user(access=access, **form.cleaned_data)

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Offer what makes sense for this person."""
        person = self.get_object(request, str(object_id)) if self.has_change_permission(request) else None
        if person is None:
            return []
        offered = {"give_password", "deactivate"} if person.is_active else {"reactivate"}
        if person.pk == access_of(request).user_id:
            offered = set()
        actions = super().get_actions_detail(request, object_id)  # type: ignore[misc]
        return [each for each in actions if each.action_name.removeprefix("accounts_user_") in offered]

    @action(description="Set password", icon="key", url_path="password")
    def give_password(self, request: HttpRequest, object_id: str) -> HttpResponse:
        person = self.get_object_or_404(request, object_id)
        question = Question(
            f"Set a password for {person.name}",
            "All of this person's sessions end. Hand the new password over in person.",
            "Set password",
            f"{person.name} has a new password.",
            NewPasswordForm,
        )

        def act(values: dict[str, Any]) -> None:
            set_password(access=access_of(request), user=person, password=values["password"])

        return ask(self, request, person, question, act)

    @action(description="Deactivate", icon="block", url_path="deactivate")
    def deactivate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        person = self.get_object_or_404(request, object_id)
        question = Question(
            f"Deactivate {person.name}",
            "Their sessions end at once and they can no longer sign in. Nothing of theirs is deleted.",
            "Deactivate",
            f"{person.name} is deactivated.",
            ReasonForm,
        )

        def act(values: dict[str, Any]) -> None:
            set_reason(values["reason"])
            deactivate_user(access=access_of(request), user=person, reason=values["reason"])

        return ask(self, request, person, question, act)

    @action(description="Reactivate", icon="check_circle", url_path="reactivate")
    def reactivate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        person = self.get_object_or_404(request, object_id)
        question = Question(
            f"Reactivate {person.name}",
            "They can sign in again with the password they had.",
            "Reactivate",
            f"{person.name} is active again.",
            ReasonForm,
        )

        def act(values: dict[str, Any]) -> None:
            set_reason(values["reason"])
            reactivate_user(access=access_of(request), user=person)

        return ask(self, request, person, question, act)


@admin.register(UserSession, site=console)
class SessionAdmin(ViewOnlyAdmin[UserSession]):
    """Who is signed in, from where; an administrator may end any session."""

    view_capability = Capability.MANAGE_USERS
    list_display = ("user", "kind", "state", "address", "device", "created_at", "last_seen_at")
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
        "revoked_at",
        "revoked_because",
    )
    readonly_fields = ("state",)
    actions_detail = ("end",)

    @display(description="state", label={"Live": "success", "Ended": "info", "Expired": "info"})
    def state(self, session: UserSession) -> str:
        if session.revoked_at:
            return "Ended"
        return "Live" if session.expires_at > datetime.now(UTC) else "Expired"

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
            end_session(session, because="ended_by_admin")

        return ask(self, request, session, question, act, permission="end")

    def has_end_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_view_permission(request)


@admin.register(Agency, site=console)
class AgencyAdmin(ConsoleAdmin[Agency]):
    """One's own agency; there is no list of others."""

    view_capability = Capability.VIEW_AGENCY
    change_capability = Capability.CHANGE_AGENCY
    fieldsets = (
        (None, {"fields": ("name", "code", "ori", "time_zone", "incident_number_format")}),
        ("Boundary", {"fields": ("boundary_map", "boundary_version")}),
    )
    readonly_fields = ("code", "boundary_map", "boundary_version")

    @property
    def media(self) -> forms.Media:
        return super().media + map_media()

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return redirect(reverse("admin:accounts_agency_change", args=[access_of(request).agency_id]))

    def save_through_service(
        self, request: HttpRequest, obj: Agency, form: Any, change: bool, formsets: Sequence[Any]
    ) -> Agency:
        return change_agency(access=access_of(request), agency=obj, **form.cleaned_data)

    def response_post_save_change(self, request: HttpRequest, obj: Agency) -> HttpResponseRedirect:
        return redirect(reverse("admin:accounts_agency_change", args=[obj.pk]))

    @display(description="boundary")
    def boundary_map(self, agency: Agency) -> str:
        return show_on_map(agency.boundary, "boundary")
