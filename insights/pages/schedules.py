"""The pages of schedules: their list, one of them, and the form that makes one of a run."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, cast
from uuid import UUID

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from insights.choices import Every
from insights.models import MOST_DAYS, AnalysisRun, AnalysisSchedule
from insights.pages.runs import page_of
from insights.running.catalogue import title_of
from insights.running.methods import parameters_told
from insights.running.services import find_run
from insights.schedules.services import add_schedule, may_stop, stop_schedule
from insights.schedules.turns import without_days
from nethra.core.access import Access, access_of
from nethra.core.admin import ViewOnlyAdmin, add_refusal
from nethra.core.capabilities import Capability
from nethra.core.console import console
from nethra.core.console_actions import ButtonsByState, Question, action, ask, display, refusing_as_pages
from nethra.core.errors import DomainError

COLOURS = {"Active": "success", "Stopped": "warning"}


class ScheduleForm(forms.Form):
    """What a schedule is called, how often it orders, and how far back it looks."""

    name = forms.CharField(label="Name", max_length=100, widget=UnfoldAdminTextInputWidget)
    every = forms.ChoiceField(label="Every", choices=Every, widget=UnfoldAdminSelectWidget)
    latest_days = forms.IntegerField(
        label="Latest days",
        required=False,
        min_value=1,
        max_value=MOST_DAYS,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text="Incidents from so many days before each run on, in place of the days that were asked for."
        " Without a number those days stay.",
    )


@admin.register(AnalysisSchedule, site=console)
class AnalysisScheduleAdmin(ButtonsByState, ViewOnlyAdmin[AnalysisSchedule]):
    """Every schedule of the agency, by name."""

    view_capability = Capability.VIEW_INSIGHTS
    list_display = ("name", "title", "every", "state", "last_ordered_on", "owner", "problem")
    list_filter = ("is_active",)
    ordering = ("name", "id")
    sortable_by = ()
    fields = (
        "name",
        "title",
        "words",
        "parameters_shown",
        "latest_days",
        "every",
        "why",
        "owner",
        "state",
        "last_ordered_on",
        "last_run",
        "problem",
    )
    readonly_fields = ("title", "parameters_shown", "state")
    actions_detail = ("stop",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[AnalysisSchedule]:
        return super().get_queryset(request).select_related("owner", "last_run")

    def get_urls(self) -> list[URLPattern]:
        checked: Any = self.admin_site.admin_view(self.of_run)
        own = cast(URLPattern, path("of/<uuid:run_id>/", checked, name="insights_analysisschedule_of"))
        return [own, *super().get_urls()]

    @refusing_as_pages
    def of_run(self, request: HttpRequest, run_id: UUID) -> HttpResponse:
        """Ask how often, and have what a run asked for ordered by the clock."""
        access = access_of(request)
        access.require(Capability.RUN_ANALYSES)
        run = find_run(access, run_id)
        form = ScheduleForm(request.POST if request.method == "POST" else None)
        if form.is_bound and form.is_valid():
            try:
                schedule = schedule_run(access, run, form.cleaned_data)
            except DomainError as refusal:
                add_refusal(form, refusal)
            else:
                return redirect(reverse("admin:insights_analysisschedule_change", args=[schedule.pk]))
        question = Question(
            f"Schedule: {title_of(run.analysis)}",
            "The same is ordered at five in the morning, in your name and with the rights that you have then.",
            "Schedule",
            "",
            ScheduleForm,
        )
        context = {
            **self.admin_site.each_context(request),
            "title": question.title,
            "question": question,
            "form": form,
            "back": page_of(run_id),
        }
        return TemplateResponse(request, "nethra/question.html", context)

    def hidden_buttons(self, request: HttpRequest, row: AnalysisSchedule) -> Collection[str]:
        return set() if row.is_active and may_stop(access_of(request), row) else {"stop"}

    @action(description="Stop", icon="stop_circle", url_path="stop")
    def stop(self, request: HttpRequest, object_id: str) -> HttpResponse:
        schedule = self.get_object_or_404(request, object_id)
        question = Question(
            f"Stop {schedule}",
            "It orders nothing any more; its runs stay. A stopped schedule cannot be started again.",
            "Stop",
            "The schedule is stopped.",
        )
        return ask(
            self,
            request,
            schedule,
            question,
            lambda _: stop_schedule(access=access_of(request), schedule_id=schedule.pk),
            permission="view",
        )

    @display(description="analysis")
    def title(self, schedule: AnalysisSchedule) -> str:
        return title_of(schedule.analysis)

    @display(description="status", label=COLOURS)
    def state(self, schedule: AnalysisSchedule) -> str:
        return "Active" if schedule.is_active else "Stopped"

    @display(description="parameters")
    def parameters_shown(self, schedule: AnalysisSchedule) -> str:
        told = parameters_told(schedule.analysis, schedule.parameters)
        return "; ".join(f"{label}: {text}" for label, text in told) or "-"


def schedule_run(access: Access, run: AnalysisRun, told: dict[str, Any]) -> AnalysisSchedule:
    """Return a schedule of what a run asked for; the latest days take the place of its own. Raise as add_schedule."""
    latest = told["latest_days"]
    return add_schedule(
        access=access,
        name=told["name"],
        analysis=run.analysis,
        parameters=run.parameters,
        filters=run.filters if latest is None else without_days(run.filters),
        about=run.about,
        latest_days=latest,
        every=told["every"],
        why=run.why,
    )
