"""The pages of runs: their list, one run with its map and table, and two side by side."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.models import Agency
from insights.choices import UNDER_WAY, RunStatus
from insights.console import DEMO_AGENCY
from insights.methods.base import Method
from insights.models import MOST_WHY, AnalysisRun
from insights.pages.forecasts import score_told
from insights.pages.series import series_section
from insights.pages.shown import (
    charts_of,
    figures_of,
    map_of,
    matrices_of,
    table_of,
    values_of_colour,
)
from insights.running.catalogue import analyses, title_of
from insights.running.files import CAUTION, FileFormat, hand_out_result
from insights.running.methods import parameters_told
from insights.running.reading import Result, compare_runs, read_result
from insights.running.services import cancel_run, find_run, pin_run, repeat_run
from nethra.core.access import Access, access_of
from nethra.core.admin import ViewOnlyAdmin, add_refusal
from nethra.core.basemaps import basemap
from nethra.core.capabilities import Capability
from nethra.core.console import console
from nethra.core.console_actions import Question, display, refusing_as_pages
from nethra.core.errors import Conflict, DomainError

COLOURS = {
    "Waiting": "info",
    "Running": "primary",
    "Done": "success",
    "Failed": "danger",
    "Cancelled": "warning",
}
#: Runs of the same method that are offered to compare with.
OFFERED = 20


class AgainForm(forms.Form):
    """Why a run is repeated."""

    why = forms.CharField(label="What it is for", max_length=MOST_WHY, widget=UnfoldAdminTextInputWidget)


@admin.register(AnalysisRun, site=console)
class AnalysisRunAdmin(ViewOnlyAdmin[AnalysisRun]):
    """Every analysis of the agency, the newest first."""

    view_capability = Capability.VIEW_INSIGHTS
    list_display = ("created_at", "title", "result", "state", "made_by", "pinned")
    list_filter = (("status", ChoicesDropdownFilter), "is_pinned")
    list_before_template = "insights/runs_links.html"
    sortable_by = ()
    ordering = ("-created_at", "-id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[AnalysisRun]:
        return super().get_queryset(request).select_related("made_by")

    @display(description="analysis")
    def title(self, run: AnalysisRun) -> str:
        return title_of(run.analysis)

    @display(description="result")
    def result(self, run: AnalysisRun) -> str:
        return run.headline or run.message

    @display(description="pinned")
    def pinned(self, run: AnalysisRun) -> str:
        return "pinned" if run.is_pinned else ""

    @display(description="status", label=COLOURS)
    def state(self, run: AnalysisRun) -> str:
        return run.get_status_display()

    def get_urls(self) -> list[URLPattern]:
        def route(tail: str, view: Any, name: str) -> URLPattern:
            checked: Any = self.admin_site.admin_view(view)
            return cast(
                URLPattern, path(f"<uuid:run_id>/{tail}", checked, name=f"insights_analysisrun_{name}")
            )

        return [
            route("progress/", self.progress, "progress"),
            route("cancel/", self.cancel, "cancel"),
            route("pin/", self.pin, "pin"),
            route("repeat/", self.repeat, "repeat"),
            route("compare/", self.compare, "compare"),
            route("file/<slug:format>/", self.file, "file"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show a run: its progress, or what it found."""
        if request.method == "POST" or not self.has_view_permission(request):
            raise PermissionDenied
        access = access_of(request)
        run = self.get_object_or_404(request, object_id)
        context = {
            **self.admin_site.each_context(request),
            "title": title_of(run.analysis),
            "opts": self.opts,
            "original": run,
            "run": run,
            "is_under_way": run.status in UNDER_WAY,
            "progress": progress_of(run),
            "colour": COLOURS[run.get_status_display()],
            "may_run": access.may(Capability.RUN_ANALYSES),
            "method": method_of(run),
            "parameters": parameters_told(run.analysis, run.parameters),
            "caution": CAUTION,
            "proposals": series_section(request, run),
        }
        if run.status == RunStatus.DONE:
            context |= _found(access, run, read_result(access, run))
        return TemplateResponse(request, "insights/run.html", context)

    def progress(self, request: HttpRequest, run_id: UUID) -> HttpResponse:
        """Answer how far a run is, for the page's script."""
        return JsonResponse(progress_of(self.get_object_or_404(request, str(run_id))))

    @refusing_as_pages
    def cancel(self, request: HttpRequest, run_id: UUID) -> HttpResponse:
        """Stop a run."""
        if request.method != "POST":
            raise PermissionDenied
        try:
            cancel_run(access=access_of(request), run_id=run_id)
        except Conflict as refusal:
            messages.warning(request, refusal.message)
        return redirect(page_of(run_id))

    @refusing_as_pages
    def pin(self, request: HttpRequest, run_id: UUID) -> HttpResponse:
        """Pin a run, or let it go."""
        if request.method != "POST":
            raise PermissionDenied
        try:
            pin_run(access=access_of(request), run_id=run_id, is_pinned=request.POST.get("pinned") == "1")
        except Conflict as refusal:
            messages.warning(request, refusal.message)
        return redirect(page_of(run_id))

    @refusing_as_pages
    def repeat(self, request: HttpRequest, run_id: UUID) -> HttpResponse:
        """Ask why, and run the same again."""
        access = access_of(request)
        access.require(Capability.RUN_ANALYSES)
        run = find_run(access, run_id)
        form = AgainForm(request.POST if request.method == "POST" else None)
        if form.is_bound and form.is_valid():
            try:
                again = repeat_run(access=access, run_id=run_id, why=form.cleaned_data["why"])
            except DomainError as refusal:
                add_refusal(form, refusal)
            else:
                return redirect(page_of(again.pk))
        question = Question(
            f"Run again: {title_of(run.analysis)}",
            "The same parameters and filters on the records of today; what did not change has the same digest.",
            "Run again",
            "",
            AgainForm,
        )
        context = {
            **self.admin_site.each_context(request),
            "title": question.title,
            "question": question,
            "form": form,
            "back": page_of(run_id),
        }
        return TemplateResponse(request, "nethra/question.html", context)

    @refusing_as_pages
    def compare(self, request: HttpRequest, run_id: UUID) -> HttpResponse:
        """Show two runs side by side."""
        access = access_of(request)
        first = find_run(access, run_id)
        other = _key(request.GET.get("with", ""))
        if other is None:
            messages.warning(request, "Choose an analysis to compare with.")
            return redirect(page_of(run_id))
        try:
            compared = compare_runs(access, run_id, other)
        except Conflict as refusal:
            messages.warning(request, refusal.message)
            return redirect(page_of(run_id))
        results = [read_result(access, run) for run in (compared.first, compared.second)]
        told = {(result.body["coloured_by"], result.body["scale"]) for result in results}
        # Columns of different methods have no colours in common.
        together = (
            [value for result in results for value in values_of_colour(result)] if len(told) == 1 else []
        )
        context = {
            **self.admin_site.each_context(request),
            "title": f"Compare: {title_of(first.analysis)}",
            "compared": compared,
            "sides": [
                {"run": run, "map": map_of(result, together), "name": name}
                for run, result, name in zip(
                    (compared.first, compared.second), results, ("first", "second"), strict=True
                )
            ],
            "map_data": map_data(access),
            "back": page_of(run_id),
        }
        return TemplateResponse(request, "insights/compare.html", context)

    @refusing_as_pages
    def file(self, request: HttpRequest, run_id: UUID, format: str) -> HttpResponse:
        """Hand the result out as a file."""
        if format not in FileFormat.values:
            messages.warning(request, f"The formats are {', '.join(FileFormat.values)}.")
            return redirect(page_of(run_id))
        try:
            made = hand_out_result(access=access_of(request), run_id=run_id, format=format)
        except Conflict as refusal:
            messages.warning(request, refusal.message)
            return redirect(page_of(run_id))
        headers = {"Content-Disposition": f'attachment; filename="{made.name}"'}
        return HttpResponse(made.content, content_type=made.content_type, headers=headers)


def method_of(run: AnalysisRun) -> Method | None:
    """Return a run's method, None where it is none any more."""
    found = analyses().get(run.analysis)
    return None if found is None else found.method


def page_of(run_id: UUID) -> str:
    """Return the address of a run's page."""
    return reverse("admin:insights_analysisrun_change", args=[run_id])


def progress_of(run: AnalysisRun) -> dict[str, Any]:
    """Return what the progress script shows."""
    words = f"{run.percent} % done"
    if run.seconds_expected:
        words += f"; it was thought to take about {run.seconds_expected:,} seconds"
    if run.cancel_requested:
        words = "Stopping."
    elif run.status == RunStatus.WAITING:
        words = "Waiting for the worker to begin."
    return {"stage": run.status, "done": run.percent, "total": 100, "words": words, "counts": {}}


def map_data(access: Access) -> dict[str, Any]:
    """Return what the maps of results are drawn upon."""
    agency = Agency.objects.visible_to(access).get()
    return {
        "areas_url": reverse("admin:map_outlines") if access.may(Capability.VIEW_AREAS) else "",
        "streets_url": reverse("admin:map_streets") if agency.code == DEMO_AGENCY else "",
        "basemap": basemap(),
    }


def _found(access: Access, run: AnalysisRun, result: Result) -> dict[str, Any]:
    others = AnalysisRun.objects.visible_to(access).filter(analysis=run.analysis, status=RunStatus.DONE)
    return {
        "result": result,
        "sentences": result.body["sentences"],
        "cautions": result.body["cautions"],
        "forecast": score_told(access, run),
        "figures": figures_of(result),
        "table": table_of(result),
        "map": map_of(result),
        "map_data": map_data(access),
        "charts": charts_of(result, run.headline),
        "matrices": matrices_of(result),
        "formats": [
            (value, label)
            for value, label in FileFormat.choices
            if value != FileFormat.GEOJSON or result.body["shapes"] is not None
        ],
        "others": list(others.exclude(pk=run.pk).order_by("-created_at", "-id")[:OFFERED]),
    }


def _key(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
