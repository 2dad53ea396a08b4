"""The audit in the console: to read, to filter, never to change."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponseBase
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter
from unfold.widgets import UnfoldAdminTextareaWidget

from nethra.audit.changes import ACTIONS, SYSTEM, UNKNOWN, action_label, changes_of, entity_labels, history_of
from nethra.audit.models import AuditEvent, AuditHold
from nethra.audit.sealed import place_of, standing
from nethra.audit.tables import MOST_WORDS, hand_out_events
from nethra.core.access import access_of
from nethra.core.admin import ViewOnlyAdmin
from nethra.core.capabilities import Capability
from nethra.core.console import console
from nethra.core.console_actions import Question, display
from nethra.core.console_lists import DayRangeFilter
from nethra.core.errors import InvalidInput

console.history_of = history_of

SOURCES = ("console", "api", "command", "job", "given", "sql")


class ColumnFilter(DropdownFilter):  # type: ignore[misc]
    """A filter on a text column by known words: asking the table for its words would read all of it."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEvent]) -> QuerySet[AuditEvent]:
        wanted = self.value()
        return queryset.filter(**{self.parameter_name: wanted}) if wanted else queryset


class ActionFilter(ColumnFilter):
    title, parameter_name = "action", "action"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(ACTIONS.items())


class EntityFilter(ColumnFilter):
    title, parameter_name = "record type", "entity"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(entity_labels().items())


class SourceFilter(ColumnFilter):
    title, parameter_name = "source", "source"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(source, source.capitalize() if len(source) > 3 else source.upper()) for source in SOURCES]


class ExportForm(forms.Form):
    """What a table of events is for."""

    reason = forms.CharField(
        label="What it is for", max_length=MOST_WORDS, widget=UnfoldAdminTextareaWidget(attrs={"rows": 2})
    )


@admin.register(AuditEvent, site=console)
class AuditEventAdmin(ViewOnlyAdmin[AuditEvent]):
    """Who did what to which record, newest first."""

    view_capability = Capability.VIEW_AUDIT
    list_display = ("recorded_at", "who", "what", "record_type", "object_id", "source", "outcome")
    list_filter = (
        ActionFilter,
        EntityFilter,
        SourceFilter,
        ("result", ChoicesDropdownFilter),
        ("recorded_at", DayRangeFilter),
    )
    search_fields = ("object_id",)
    search_help_text = "Whole id of a record or request, a person's name or address, or a network address"
    list_before_template = "audit/standing.html"
    ordering = ("-recorded_at", "-id")
    sortable_by = ("recorded_at",)
    fieldsets = (
        (None, {"fields": ("recorded_at", "who", "what", "outcome", "record_type", "object_id")}),
        ("Where it came from", {"fields": ("source", "reason", "request_id", "address")}),
        ("What changed", {"fields": ("changed_fields",)}),
        ("Proof", {"fields": ("place", "leaf_in_words")}),
    )
    readonly_fields = ("who", "what", "outcome", "record_type", "changed_fields", "place", "leaf_in_words")

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEvent]:
        people = get_user_model()._base_manager.filter(pk=OuterRef("actor_id"))
        return super().get_queryset(request).annotate(actor_name=Subquery(people.values("name")))

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        event: Any = super().get_object(request, object_id, from_field)
        if event is not None:
            event.viewer = access_of(request)
        return event

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[AuditEvent], search_term: str
    ) -> tuple[QuerySet[AuditEvent], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        people = get_user_model()._base_manager.filter(Q(name__iexact=term) | Q(email__iexact=term))
        found = (
            Q(request_id=term) | Q(address=term) | Q(actor_id__in=list(people.values_list("pk", flat=True)))
        )
        with suppress(ValueError):
            found |= Q(object_id=UUID(term))
        return queryset.filter(found), False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return super().changelist_view(request, {**(extra_context or {}), "standing": standing()})

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.export_view)
        return [path("export/", view, name="audit_auditevent_export"), *super().get_urls()]

    def export_view(self, request: HttpRequest) -> HttpResponseBase:
        """Ask what a table of the events that the list shows is for, and hand it out."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        shown: Any = self.get_changelist_instance(request)
        form = ExportForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            try:
                wanted = shown.get_queryset(request)
                query = request.GET.urlencode()
                return hand_out_events(access_of(request), wanted, query, form.cleaned_data["reason"])
            except InvalidInput as refused:
                form.add_error("reason", refused.message)
        count = f"{shown.result_count:,} event{'' if shown.result_count == 1 else 's'}"
        count += " and more" if shown.paginator.is_capped else ""
        question = Question(
            "Export events",
            f"{count}, as the list shows, into a table. The audit keeps who took it, what for, and its hash.",
            "Export",
            "Exported.",
            ExportForm,
        )
        context = {
            **self.admin_site.each_context(request),
            "title": question.title,
            "opts": self.opts,
            "question": question,
            "form": form,
            "back": f"{reverse('admin:audit_auditevent_changelist')}?{request.GET.urlencode()}",
        }
        return TemplateResponse(request, "nethra/question.html", context)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        # An event is its own history.
        context = {**(extra_context or {}), "show_history": False}
        return super().changeform_view(request, object_id, form_url, context)

    @display(description="who")
    def who(self, event: AuditEvent) -> str:
        return getattr(event, "actor_name", None) or (UNKNOWN if event.actor_id else SYSTEM)

    @display(description="action", ordering="action")
    def what(self, event: AuditEvent) -> str:
        return action_label(event.action)

    @display(description="record type")
    def record_type(self, event: AuditEvent) -> str:
        return entity_labels().get(event.entity, event.entity or "-")

    @display(description="result", label={"Done": "success", "Denied": "danger", "Failed": "warning"})
    def outcome(self, event: AuditEvent) -> str:
        return event.get_result_display()

    @display(description="sealed")
    def place(self, event: AuditEvent) -> str:
        seq, sealed_at = place_of(event.pk)
        return f"{date_format(localtime(sealed_at), 'j M Y H:i:s')}, leaf {seq:,}" if sealed_at else "Not yet"

    @display(description="leaf")
    def leaf_in_words(self, event: AuditEvent) -> str:
        return bytes(event.leaf).hex()

    @display(description="fields")
    def changed_fields(self, event: AuditEvent) -> str:
        changes = changes_of(event.viewer, event)  # type: ignore[attr-defined]
        return render_to_string("nethra/changes.html", {"changes": changes}) if changes else "-"


@admin.register(AuditHold, site=console)
class AuditHoldAdmin(ViewOnlyAdmin[AuditHold]):
    """What an order keeps beyond the agency's rule; operators place and lift holds."""

    view_capability = Capability.VIEW_AUDIT
    list_display = ("order_number", "held", "reason", "placed_at", "lifted_at")
    ordering = ("-placed_at", "-id")
    sortable_by = ("placed_at",)
    fieldsets = ((None, {"fields": ("order_number", "held", "reason", "placed_at", "lifted_at")}),)
    readonly_fields = ("held",)

    @display(description="held")
    def held(self, hold: AuditHold) -> str:
        return str(hold.object_id or "Every event")
