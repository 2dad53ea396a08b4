"""The console's pages for people: their facts, contacts, postings, sessions, and what may be done about them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter

from accounts.admin.people_tabs import ContactsTab, ExceptionsTab, PostingsTab, SessionsTab
from accounts.forms import ReasonForm, RoleForm
from accounts.models import Contact, Posting, Unit, User
from accounts.people import (
    change_role,
    change_user,
    create_user,
    deactivate_user,
    end_user_sessions,
    reactivate_user,
    release_user,
    send_link,
)
from accounts.profiles import (
    PROFILE_FIELDS,
    add_contact,
    add_posting,
    change_contact,
    change_posting,
    close_contact,
    profile_of,
    withdraw_posting,
)
from accounts.second_factor import has_factor, reset_factors
from accounts.states import STATES, AccountState, in_state, state_of
from nethra.core.access import Access, access_of
from nethra.core.admin import ConsoleAdmin
from nethra.core.capabilities import Capability
from nethra.core.console import console
from nethra.core.console_actions import ButtonsByState, Question, action, ask, display

MANAGING = ("other_role", "link", "end_sessions", "reset_factor", "deactivate")


class StateFilter(DropdownFilter):  # type: ignore[misc]
    """Active, invited, locked, closed."""

    title, parameter_name = "account", "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(state), state.label) for state in AccountState]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        wanted = self.value()
        return in_state(queryset, AccountState(wanted)) if wanted in AccountState.values else queryset


def _write_contacts(access: Access, user: User, rows: Any) -> None:
    for row in rows.removed():
        close_contact(access=access, contact=row.instance)
    for row in rows.changed():
        stored = Contact.objects.visible_to(access).get(pk=row.instance.pk)
        change_contact(access=access, contact=stored, **_values(row))
    for row in rows.added():
        add_contact(access=access, user=user, **_values(row))


def _write_postings(access: Access, user: User, rows: Any) -> None:
    for row in rows.removed():
        withdraw_posting(access=access, posting=row.instance)
    for row in rows.changed():
        stored = Posting.objects.visible_to(access).get(pk=row.instance.pk)
        change_posting(access=access, posting=stored, **_values(row))
    for row in rows.added():
        add_posting(access=access, user=user, **_values(row))


def _values(row: Any) -> dict[str, Any]:
    return {
        name: row.cleaned_data[name]
        for name in row._meta.fields
        if name in row.cleaned_data and name != "user"
    }


WRITERS = {Contact: _write_contacts, Posting: _write_postings}


@admin.register(User, site=console)
class PersonAdmin(ButtonsByState, ConsoleAdmin[User]):
    """The agency's people. Accounts are closed and opened again, never deleted."""

    view_capability = Capability.VIEW_USERS
    add_capability = change_capability = Capability.MANAGE_USERS
    list_display = ("name", "email", "role", "unit_name", "badge_number", "state", "last_login_at")
    list_filter = (("role", ChoicesDropdownFilter), StateFilter)
    list_select_related = ("unit",)
    search_fields = ("name", "email", "=badge_number")
    search_help_text = "Name, e-mail or badge number"
    ordering = ("name", "id")
    fieldsets = (
        (None, {"fields": ("portrait", "name", "email", "role", "unit", "badge_number")}),
        ("Settings", {"fields": ("language", "time_zone")}),
        ("Profile", {"fields": ("profile",)}),
        (
            "Account",
            {
                "fields": (
                    "state",
                    "second_factor",
                    "last_login_at",
                    "invited_at",
                    "locked_at",
                    "created_at",
                    "deactivated_at",
                )
            },
        ),
    )
    add_fieldsets = (
        (None, {"fields": ("name", "email", "role", "unit", "badge_number", "language", "time_zone")}),
    )
    readonly_fields = (
        "portrait",
        "profile",
        "state",
        "second_factor",
        "last_login_at",
        "invited_at",
        "locked_at",
        "created_at",
        "deactivated_at",
    )
    inlines = (ContactsTab, PostingsTab, SessionsTab, ExceptionsTab)
    actions_detail = (
        "release",
        "reactivate",
        {
            "title": "Manage",
            "icon": "manage_accounts",
            "items": list(MANAGING),
        },
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        # A role is changed by a button of its own, which asks who is there.
        return self.readonly_fields if obj is None else (*self.readonly_fields, "role")

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return () if obj is None else self.inlines

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        # Nobody becomes an administrator because it is the first word of a list.
        if db_field.name == "role":
            kwargs["choices"] = db_field.get_choices(include_blank=True, blank_choice=[("", "Select a role")])
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs["queryset"] = Unit.objects.visible_to(access_of(request)).filter(deactivated_at=None)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_through_service(
        self, request: HttpRequest, obj: User, form: Any, change: bool, formsets: Sequence[Any]
    ) -> User:
        access = access_of(request)
        if not change:
            return create_user(access=access, **form.cleaned_data)
        user = change_user(access=access, user=obj, **form.cleaned_data)
        for rows in formsets:
            if rows.model in WRITERS:
                WRITERS[rows.model](access, user, rows)
        user.refresh_from_db()
        return user

    def response_add(self, request: HttpRequest, obj: User, post_url_continue: Any = None) -> HttpResponse:
        self.message_user(request, f"An invitation is on its way to {obj.email}.")
        return super().response_add(request, obj, post_url_continue)

    @display(description="unit")
    def unit_name(self, person: User) -> str:
        return str(person.unit or "-")

    @display(description="account", label=STATES)
    def state(self, person: User) -> str:
        return state_of(person).label

    @display(description="second factor")
    def second_factor(self, person: User) -> str:
        return "Set up" if has_factor(person) else "Not set up"

    @display(description="in their own words")
    def profile(self, person: User) -> str:
        profile = profile_of(person)
        facts = [
            (str(profile._meta.get_field(name).verbose_name).capitalize(), getattr(profile, name))  # type: ignore[union-attr]
            for name in PROFILE_FIELDS
        ]
        lines = format_html_join("", "<dt>{}</dt><dd>{}</dd>", [fact for fact in facts if fact[1]])
        return format_html('<dl class="nethra-facts">{}</dl>', lines) if lines else "-"

    @display(description="picture")
    def portrait(self, person: User) -> str:
        if not profile_of(person).picture:
            return "-"
        address = reverse("admin:picture", args=[person.pk])
        return format_html(
            '<img class="nethra-thumb nethra-portrait" src="{}" alt="{}">', address, person.name
        )

    def hidden_buttons(self, request: HttpRequest, row: User) -> Collection[str]:
        """Offer nothing of it about oneself, nor to who may not change people."""
        sensible: set[str] = set()
        if self.has_change_permission(request) and row.pk != access_of(request).user_id:
            sensible = (
                {"other_role", "link", "end_sessions", "deactivate"} if row.is_active else {"reactivate"}
            )
            sensible |= {"release"} if row.locked_at is not None else set()
            sensible |= {"reset_factor"} if row.is_active and has_factor(row) else set()
        return {"release", "reactivate", *MANAGING} - sensible

    @action(description="Change role", icon="badge", url_path="role")
    def other_role(self, request: HttpRequest, object_id: str) -> HttpResponse:
        person = self.get_object_or_404(request, object_id)
        question = Question(
            f"Change the role of {person.name}",
            f"Now: {person.get_role_display()}. Their sessions end, and they sign in again in the new role.",
            "Change role",
            f"{person.name} has another role.",
            RoleForm,
            needs_proof=True,
        )

        def act(values: dict[str, Any]) -> None:
            change_role(access=access_of(request), user=person, **values)

        return ask(self, request, person, question, act)

    @action(description="Send password link", icon="mail", url_path="link")
    def link(self, request: HttpRequest, object_id: str) -> HttpResponse:
        person = self.get_object_or_404(request, object_id)
        kind = "invitation" if person.is_invited else "link to choose another password"
        question = Question(
            f"Send {person.name} the {kind}",
            f"It goes to {person.email}. Nobody else ever knows the password; links sent before lapse.",
            "Send",
            f"The {kind} is on its way.",
        )
        return ask(
            self,
            request,
            person,
            question,
            lambda _: send_link(access=access_of(request), user=person),
        )

    @action(description="Release lock", icon="lock_open", url_path="release")
    def release(self, request: HttpRequest, object_id: str) -> HttpResponse:
        person = self.get_object_or_404(request, object_id)
        question = Question(
            f"Release {person.name}",
            "Too many wrong passwords or codes locked the account. Make sure that it was they who tried.",
            "Release",
            f"{person.name} can sign in again.",
            ReasonForm,
        )

        def act(values: dict[str, Any]) -> None:
            release_user(access=access_of(request), user=person, reason=values["reason"])

        return ask(self, request, person, question, act)

    @action(description="End sessions", icon="logout", url_path="end-sessions")
    def end_sessions(self, request: HttpRequest, object_id: str) -> HttpResponse:
        person = self.get_object_or_404(request, object_id)
        question = Question(
            f"End all sessions of {person.name}",
            "They must sign in again, on every device.",
            "End sessions",
            "The sessions have ended.",
        )
        return ask(
            self,
            request,
            person,
            question,
            lambda _: end_user_sessions(access=access_of(request), user=person),
        )

    @action(description="Reset second factor", icon="phonelink_erase", url_path="reset-factor")
    def reset_factor(self, request: HttpRequest, object_id: str) -> HttpResponse:
        person = self.get_object_or_404(request, object_id)
        question = Question(
            f"Reset the second factor of {person.name}",
            "Their authenticator apps, security keys and recovery codes are void. Make sure, in person or by a "
            "telephone number you know, that it is they who ask.",
            "Reset",
            f"{person.name} sets up a second factor at the next sign-in.",
            needs_proof=True,
        )
        return ask(
            self,
            request,
            person,
            question,
            lambda _: reset_factors(access=access_of(request), user=person),
        )

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
            reactivate_user(access=access_of(request), user=person, reason=values["reason"])

        return ask(self, request, person, question, act)
