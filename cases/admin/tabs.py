"""The tabs of a case's page."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from cases.access import may_keep, may_write
from cases.admin.choosing import ChoosesColleagues
from cases.choices import SealedPart
from cases.forms import LinkForm
from cases.models import (
    Case,
    CaseExclusion,
    CaseIncident,
    CaseMember,
    CaseReading,
    CaseSeal,
    CaseStatusChange,
    CaseTask,
    InvolvedPerson,
)
from cases.trails import trail_of
from incidents.admin.moments import moment
from incidents.admin.readers import ReadersTab
from incidents.admin.sealing import SealTab
from incidents.models import Incident
from nethra.core.access import access_of
from nethra.core.capabilities import Capability
from nethra.core.console_actions import display
from nethra.core.inlines import ConsoleInline, ViewOnlyInline


def incident_link(incident: Incident) -> str:
    """Return a link to an incident's page."""
    address = reverse("admin:incidents_incident_change", args=[incident.pk])
    return format_html('<a href="{}">{}</a>', address, incident.number)


class CasePart(ConsoleInline[Any, Case]):
    """A tab whose rows stand still once the case is closed."""

    view_capability = Capability.VIEW_CASES
    change_capability = Capability.CHANGE_CASES

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_open = obj is None or (not obj.is_closed and may_write(access_of(request), obj))
        return is_open and super().has_change_permission(request, obj)


class IncidentTab(CasePart):
    """Further incidents. A link is made or taken off, never changed."""

    model = CaseIncident
    form = LinkForm
    verbose_name = "further incident"
    verbose_name_plural = "further incidents"
    readonly_fields = ("incident_page", "occurred", "address", "linked")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return (
            ("number", *self.readonly_fields)
            if self.has_change_permission(request, obj)
            else self.readonly_fields
        )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        # SECURITY: by the incident's own rules: a joined row would carry what is sealed of it.
        incidents = Prefetch("incident", Incident.objects.visible_to(access_of(request)))
        return super().get_queryset(request).select_related("linked_by").prefetch_related(incidents)

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset = super().get_formset(request, obj, **kwargs)
        incidents = Incident.objects.visible_to(access_of(request))

        class Rows(formset):  # type: ignore[misc, valid-type]
            def add_fields(self, form: Any, index: int | None) -> None:
                super().add_fields(form, index)
                if form.instance._state.adding:
                    form.fields["number"].find = lambda number: incidents.filter(number=number).first()
                elif "number" in form.fields:
                    form.fields["number"].disabled = True
                    form.fields["number"].initial = form.instance.incident.number
                    form.fields["number"].clean = lambda value: None

        return Rows

    @display(description="record")
    def incident_page(self, link: CaseIncident) -> str:
        return incident_link(link.incident) if link.incident_id else "-"

    @display(description="occurred")
    def occurred(self, link: CaseIncident) -> str:
        return moment(link.incident.occurred_from) if link.incident_id else "-"

    @display(description="address")
    def address(self, link: CaseIncident) -> str:
        return link.incident.address or "-" if link.incident_id else "-"

    @display(description="linked")
    def linked(self, link: CaseIncident) -> str:
        return f"{moment(link.linked_at)}, {link.linked_by or '-'}" if link.linked_at else "-"


class PeopleTab(CasePart):
    """People involved, for whoever may see names."""

    model = InvolvedPerson
    view_capability = Capability.VIEW_CASE_PEOPLE
    verbose_name = "person"
    verbose_name_plural = "people"
    fields = ("role", "name", "born_on", "contact")


class TasksTab(ChoosesColleagues, CasePart):
    """Tasks. One that is not wanted is cancelled, never removed."""

    model = CaseTask
    verbose_name_plural = "tasks"
    fields = ("title", "status", "priority", "assignee", "due_on")
    can_delete = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("assignee")


class MembersTab(ChoosesColleagues, CasePart):
    """People named in the case beside its lead: what they may do there, and until when."""

    model = CaseMember
    verbose_name_plural = "members"
    fields = ("user", "level", "expires_at", "added")
    readonly_fields = ("added",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("user", "added_by")

    @display(description="added")
    def added(self, member: CaseMember) -> str:
        return f"{moment(member.added_at)}, {member.added_by or '-'}" if member.added_at else "-"


class KeeperTab(ConsoleInline[Any, Case]):
    """A tab for whoever decides who sees the case, and for auditors to read."""

    view_capability = Capability.VIEW_CASES

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        access = access_of(request)
        is_theirs = obj is not None and (may_keep(access, obj) or access.may(Capability.VIEW_AUDIT))
        return is_theirs and super().has_view_permission(request, obj)


class ExclusionsTab(ChoosesColleagues, KeeperTab):
    """People who must not see the case: it and its incidents are not there for them."""

    model = CaseExclusion
    verbose_name_plural = "excluded"
    fields = ("user", "reason", "expires_at", "added")
    readonly_fields = ("added",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is not None and may_keep(access_of(request), obj)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("user", "added_by")

    @display(description="added")
    def added(self, row: CaseExclusion) -> str:
        return f"{moment(row.added_at)}, {row.added_by or '-'}" if row.added_at else "-"


class SealsTab(SealTab):
    """The orders that seal the case or parts of it."""

    model = CaseSeal
    parts = SealedPart
    fk_name = "case"
    view_capability = Capability.VIEW_CASES


class CaseReadersTab(KeeperTab, ReadersTab):
    """Who looked at the case, the latest first."""

    model = CaseReading
    fk_name = "case"
    fields = readonly_fields = ("who", "last", "times", "basis", "why")


class HistoryTab(ViewOnlyInline[Any, Case]):
    """How the case moved, the first step first."""

    model = CaseStatusChange
    fk_name = "case"
    anchor = "history"
    view_capability = Capability.VIEW_CASES
    verbose_name_plural = "status history"
    readonly_fields = ("at", "step", "who", "details")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        hidden = () if access_of(request).may(Capability.READ_CASE_NOTES) else ("reason",)
        return tuple(name for name in ("at", "step", "who", "reason", "details") if name not in hidden)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("lead", "changed_by")

    @display(description="when")
    def at(self, step: CaseStatusChange) -> str:
        return moment(step.changed_at)

    @display(description="step")
    def step(self, step: CaseStatusChange) -> str:
        before = step.get_from_status_display() if step.from_status else "New"
        return f"{before} → {step.get_to_status_display()}"

    @display(description="who")
    def who(self, step: CaseStatusChange) -> str:
        return str(step.changed_by or "-")

    @display(description="details")
    def details(self, step: CaseStatusChange) -> str:
        parts = [
            f"lead {step.lead}" if step.lead else "",
            f"to {step.referred_to}" if step.referred_to else "",
            step.get_clearance_display() if step.clearance else "",
        ]
        return ", ".join(part for part in parts if part) or "-"


class AuditTab(ViewOnlyInline[Any, Case]):
    """What the audit has about the case and everything that hung on it."""

    model = CaseStatusChange
    fk_name = "case"
    view_capability = Capability.VIEW_AUDIT
    verbose_name_plural = "audit"
    template = "cases/audit_tab.html"
    fields = ()

    anchor = "audit"

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        # The tab shows events, not rows of a form.
        self.entries = trail_of(access_of(request), obj.pk) if obj is not None else []
        return super().get_formset(request, obj, **kwargs)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).none()
