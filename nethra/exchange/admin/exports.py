"""The console's pages for exports: ordering one from a list, and one's own with progress, file and cancel."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from cases.models import Case
from incidents.models import Incident
from nethra.core.access import access_of
from nethra.core.admin import ViewOnlyAdmin, add_refusal
from nethra.core.console import console
from nethra.core.console_actions import Question, display, refusing_as_pages
from nethra.core.errors import Conflict, DomainError, Gone
from nethra.exchange.answers import file_answer
from nethra.exchange.choices import UNDER_WAY, ExportFormat, ExportStatus, ResourceName
from nethra.exchange.list_filters import filters_of_list
from nethra.exchange.models import MOST_REASON, Export
from nethra.exchange.resources import RESOURCES
from nethra.exchange.services import cancel_export, count_wanted, order_export

COLOURS = {
    "Waiting": "info",
    "Running": "primary",
    "Done": "success",
    "Failed": "danger",
    "Cancelled": "warning",
    "Expired": "warning",
}
LISTS: dict[ResourceName, type[Any]] = {ResourceName.INCIDENTS: Incident, ResourceName.CASES: Case}


class ExportForm(forms.Form):
    """As what a list is exported, and what for."""

    format = forms.ChoiceField(label="Format", choices=ExportFormat.choices, widget=UnfoldAdminSelectWidget)
    reason = forms.CharField(
        label="What it is for", max_length=MOST_REASON, widget=UnfoldAdminTextareaWidget(attrs={"rows": 2})
    )


@admin.register(Export, site=console)
class ExportAdmin(ViewOnlyAdmin[Export]):
    """One's own exports: nobody sees another's."""

    list_display = ("created_at", "resource", "format_name", "state", "rows_done", "expires_at")
    list_filter = (("status", ChoicesDropdownFilter),)
    sortable_by = ()
    ordering = ("-created_at", "-id")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return hasattr(request, "access")

    @display(description="format")
    def format_name(self, export: Export) -> str:
        return export.get_format_display()

    @display(description="status", label=COLOURS)
    def state(self, export: Export) -> str:
        return export.get_status_display()

    def get_urls(self) -> list[URLPattern]:
        def route(tail: str, view: Any, name: str) -> URLPattern:
            checked: Any = self.admin_site.admin_view(view)
            return cast(URLPattern, path(f"<uuid:export_id>/{tail}", checked, name=f"exchange_export_{name}"))

        return [
            route("progress/", self.progress, "progress"),
            route("cancel/", self.cancel, "cancel"),
            route("file/", self.file, "file"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show an export: its progress, or its file."""
        if request.method == "POST":
            raise PermissionDenied
        export = self.get_object_or_404(request, object_id)
        context = {
            **self.admin_site.each_context(request),
            "title": str(export),
            "opts": self.opts,
            "original": export,
            "export": export,
            "is_under_way": export.status in UNDER_WAY,
            "is_made": export.status == ExportStatus.DONE,
            "progress": progress_of(export),
            "colour": COLOURS[export.get_status_display()],
        }
        return TemplateResponse(request, "exchange/export.html", context)

    def progress(self, request: HttpRequest, export_id: UUID) -> HttpResponse:
        """Answer how far an export is, for the page's script."""
        return JsonResponse(progress_of(self.get_object_or_404(request, str(export_id))))

    @refusing_as_pages
    def cancel(self, request: HttpRequest, export_id: UUID) -> HttpResponse:
        """Stop an export."""
        if request.method != "POST":
            raise PermissionDenied
        try:
            cancel_export(access=access_of(request), export_id=export_id)
        except Conflict as refusal:
            messages.warning(request, refusal.message)
        return redirect(_page(export_id))

    @refusing_as_pages
    def file(self, request: HttpRequest, export_id: UUID) -> HttpResponseBase:
        """Hand the file out, or say why there is none."""
        try:
            return file_answer(request, access_of(request), export_id)
        except (Conflict, Gone) as refusal:
            messages.warning(request, refusal.message)
            return redirect(_page(export_id))


def progress_of(export: Export) -> dict[str, Any]:
    """Return what the progress script shows; total is 0 while nobody knows it."""
    words = f"{export.rows_done:,} of {export.rows_total:,} records"
    if export.cancel_requested:
        words = "Stopping."
    elif export.status == ExportStatus.WAITING:
        words = "Waiting for the worker to begin."
    return {
        "stage": export.status,
        "done": export.rows_done,
        "total": export.rows_total,
        "words": words,
        "counts": {},
    }


def order_view(request: HttpRequest, resource: str) -> HttpResponse:
    """Ask as what the records that a list shows are exported, and what for; then order it."""
    if resource not in set(ResourceName):
        raise Http404
    wanted = ResourceName(resource)
    access = access_of(request)
    if not access.may(RESOURCES[wanted].capability):
        raise PermissionDenied
    form = ExportForm(request.POST if request.method == "POST" else None)
    try:
        filters = filters_of_list(wanted, request.GET)
        if request.method == "POST" and form.is_valid():
            export = order_export(access=access, resource=wanted, filters=filters, **form.cleaned_data)
            return redirect(_page(export.pk))
        count = count_wanted(access, wanted, ExportFormat.CSV, filters)
        sentence = f"{count:,} records, as the list shows, into a file that only you see."
    except DomainError as refusal:
        sentence = "As the list shows, into a file that only you see."
        if form.is_bound:
            add_refusal(form, refusal)
        else:
            messages.warning(request, refusal.message)
    return _asked(request, wanted, form, sentence)


def analyse_view(request: HttpRequest) -> HttpResponse:
    """Go on from the list of incidents to the methods of analysis, with the filters that it shows."""
    try:
        filters = filters_of_list(ResourceName.INCIDENTS, request.GET)
    except DomainError as refusal:
        messages.warning(request, refusal.message)
        return redirect(reverse("admin:incidents_incident_changelist"))
    return redirect(f"{reverse('admin:analysis_methods')}?{filters}")


def _asked(request: HttpRequest, resource: ResourceName, form: ExportForm, sentence: str) -> HttpResponse:
    meta = LISTS[resource]._meta
    question = Question(
        f"Export {resource.label.lower()}",
        f"{sentence} The audit keeps who took it, what for, and its hash.",
        "Export",
        "",
        ExportForm,
    )
    here = reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")
    context = {
        **console.each_context(request),
        "title": question.title,
        "question": question,
        "form": form,
        "back": f"{here}?{request.GET.urlencode()}",
    }
    return TemplateResponse(request, "nethra/question.html", context)


def _page(export_id: UUID) -> str:
    return reverse("admin:exchange_export_change", args=[export_id])


console.add_page("export/<slug:resource>/", order_view, "export_list")
console.add_page("analyse-incidents/", analyse_view, "analyse_list")
for listed in LISTS.values():
    console.hang_above_list(listed, "exchange/list_links.html")
