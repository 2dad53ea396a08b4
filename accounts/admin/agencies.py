"""The console's pages for the agency, its units and its working hours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from accounts.choices import RoleChoice
from accounts.models import Agency, HoursException, Unit, User, WorkingHours
from accounts.profiles import add_unit, change_unit, close_unit
from accounts.rosters import add_hours, allow_exception, remove_hours
from accounts.services import AGENCY_FIELDS, NEED_TO_KNOW, change_agency
from nethra.core.access import access_of
from nethra.core.admin import ConsoleAdmin
from nethra.core.capabilities import Capability
from nethra.core.console import console
from nethra.core.console_actions import Question, action, ask, display, proof_first
from nethra.core.inlines import ViewOnlyInline
from nethra.core.widgets import map_media, show_on_map


class AgencyForm(forms.ModelForm):  # type: ignore[type-arg]
    """The agency's facts and rules."""

    second_factor_roles = forms.MultipleChoiceField(
        label="Roles that need a second factor",
        choices=RoleChoice.choices,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget(),
        help_text="People of these roles set one up at their next sign-in. CJIS asks it of everybody.",
    )

    class Meta:
        model = Agency
        fields = AGENCY_FIELDS


@admin.register(Agency, site=console)
class AgencyAdmin(ConsoleAdmin[Agency]):
    """One's own agency; there is no list of others."""

    view_capability = Capability.VIEW_AGENCY
    change_capability = Capability.CHANGE_AGENCY
    form = AgencyForm
    fieldsets = (
        (None, {"fields": ("name", "code", "ori", "time_zone", "incident_number_format")}),
        ("Signing in", {"fields": ("second_factor_roles",)}),
        ("Need to know", {"fields": NEED_TO_KNOW}),
        ("Audit", {"fields": ("audit_keep_days",)}),
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


class MembersTab(ViewOnlyInline[User, Unit]):
    """The people of a unit."""

    model = User
    fk_name = "unit"
    anchor = "members"
    view_capability = Capability.VIEW_USERS
    verbose_name_plural = "people"
    fields = ("name", "role", "badge_number", "is_active")
    readonly_fields = fields


@admin.register(Unit, site=console)
class UnitAdmin(ConsoleAdmin[Unit]):
    """The parts of the agency and who supervises them."""

    view_capability = Capability.VIEW_USERS
    add_capability = change_capability = Capability.MANAGE_USERS
    list_display = ("name", "part_of", "supervised_by", "deactivated_at")
    search_fields = ("name",)
    fields = ("name", "parent", "supervisor", "deactivated_at")
    readonly_fields = ("deactivated_at",)
    inlines = (MembersTab,)
    actions_detail = ("close",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Unit]:
        return super().get_queryset(request).select_related("parent", "supervisor")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        access = access_of(request)
        if db_field.name == "supervisor":
            kwargs["queryset"] = User.objects.colleagues_of(access).filter(is_active=True)
        if db_field.name == "parent":
            kwargs["queryset"] = Unit.objects.visible_to(access).filter(deactivated_at=None)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_through_service(
        self, request: HttpRequest, obj: Unit, form: Any, change: bool, formsets: Sequence[Any]
    ) -> Unit:
        if change:
            return change_unit(access=access_of(request), unit=obj, **form.cleaned_data)
        return add_unit(access=access_of(request), **form.cleaned_data)

    @display(description="part of")
    def part_of(self, unit: Unit) -> str:
        return str(unit.parent or "-")

    @display(description="supervisor")
    def supervised_by(self, unit: Unit) -> str:
        return str(unit.supervisor or "-")

    @action(description="Close", icon="block", url_path="close")
    def close(self, request: HttpRequest, object_id: str) -> HttpResponse:
        unit = self.get_object_or_404(request, object_id)
        question = Question(
            f"Close {unit.name}",
            "It can no longer be chosen. Old postings keep its name.",
            "Close",
            f"{unit.name} is closed.",
        )
        return ask(self, request, unit, question, lambda _: close_unit(access=access_of(request), unit=unit))


class ProofAdmin(ConsoleAdmin[Any]):
    """Rules that are added by whoever proved lately who they are, and never changed."""

    view_capability = Capability.VIEW_USERS
    add_capability = Capability.MANAGE_USERS

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        first = proof_first(request) if self.has_add_permission(request) else None
        return first or super().add_view(request, form_url, extra_context)


@admin.register(WorkingHours, site=console)
class WorkingHoursAdmin(ProofAdmin):
    """When which role works, in each person's own time zone. A role without hours works at any time."""

    list_display = ("role", "weekday", "opens", "closes")
    list_filter = (("role", ChoicesDropdownFilter),)
    fields = ("role", "weekday", "opens", "closes")
    actions_detail = ("withdraw",)

    def save_through_service(
        self, request: HttpRequest, obj: WorkingHours, form: Any, change: bool, formsets: Sequence[Any]
    ) -> WorkingHours:
        return add_hours(access=access_of(request), **form.cleaned_data)

    @action(description="Withdraw", icon="block", url_path="withdraw", permissions=("withdraw",))
    def withdraw(self, request: HttpRequest, object_id: str) -> HttpResponse:
        rule = self.get_object_or_404(request, object_id)
        question = Question(
            "Withdraw these hours",
            f"{rule}. Without any hours left, the role may sign in at any time.",
            "Withdraw",
            "The hours are withdrawn.",
            needs_proof=True,
            back="admin:accounts_workinghours_changelist",
        )
        act = remove_hours
        return ask(
            self, request, rule, question, lambda _: act(access=access_of(request), rule=rule), "withdraw"
        )

    def has_withdraw_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_add_permission(request)


@admin.register(HoursException, site=console)
class HoursExceptionAdmin(ProofAdmin):
    """Who may sign in beyond their hours, from when to when, and why."""

    list_display = ("person", "starts_at", "ends_at", "reason")
    list_select_related = ("user",)
    fields = ("user", "starts_at", "ends_at", "reason")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs["queryset"] = User.objects.colleagues_of(access_of(request)).filter(is_active=True)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_through_service(
        self, request: HttpRequest, obj: HoursException, form: Any, change: bool, formsets: Sequence[Any]
    ) -> HoursException:
        return allow_exception(access=access_of(request), **form.cleaned_data)

    @display(description="person")
    def person(self, exception: HoursException) -> str:
        return str(exception.user)
