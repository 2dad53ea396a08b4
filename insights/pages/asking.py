"""The pages that ask: all methods, and the form of one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse

from cases.filter_words import filters_in_words
from incidents.choices import IncidentStatus
from incidents.filters import zone_of
from insights.choices import RunStatus
from insights.pages.forecasts import advised
from insights.pages.forms import AnalysisForm, kept_of
from insights.running.catalogue import analyses
from insights.running.services import order_run
from nethra.core.access import access_of
from nethra.core.admin import add_refusal
from nethra.core.capabilities import Capability
from nethra.core.console import console
from nethra.core.errors import DomainError

#: The questions of analysts, and which methods answer them.
QUESTIONS: Mapping[str, tuple[str, ...]] = {
    "Where": (
        "counts",
        "h3_counts",
        "density",
        "density_contours",
        "hotspots",
        "autocorrelation",
        "concentration",
        "hot_streets",
        "clusters",
        "emerging",
    ),
    "When": ("aoristic", "seasonality", "compstat", "compstat_beats", "alarms", "briefing"),
    "Where next": (
        "near_repeat",
        "risk",
        "chains",
        "space_time_scan",
        "forecast",
        "forecast_score",
        "forecast_comparison",
    ),
    "Who did several": ("linkage", "candidates", "series", "narratives"),
    "Where from, and did it work": ("geoprofile", "operations"),
}


def methods_page(request: HttpRequest) -> HttpResponse:
    """Show every method by the question that it answers; what the map showed goes along."""
    access = access_of(request)
    if not access.may(Capability.RUN_ANALYSES) or not access.may(Capability.VIEW_INSIGHTS):
        raise PermissionDenied
    shown = request.GET.urlencode()
    questions = [
        (name, [_card(key, shown) for key in keys if key in analyses()]) for name, keys in QUESTIONS.items()
    ]
    context = {
        **console.each_context(request),
        "title": "New analysis",
        "questions": [(name, cards) for name, cards in questions if cards],
    }
    return TemplateResponse(request, "insights/methods.html", context)


def briefing_now(request: HttpRequest) -> HttpResponse:
    """Run the CompStat briefing up to this moment and hand it out as PDF; a long one leads to its page."""
    access = access_of(request)
    if request.method != "POST" or not access.may(Capability.RUN_ANALYSES):
        raise PermissionDenied
    # The same days of last year are compared, and early in January those begin in the year before.
    begin = datetime(datetime.now(zone_of(access)).year - 2, 1, 1, tzinfo=zone_of(access))
    filters = urlencode({"occurred_after": begin.isoformat()})
    try:
        run = order_run(access=access, analysis="briefing", filters=filters, why="CompStat briefing")
    except DomainError as refusal:
        messages.warning(request, refusal.message)
        return redirect(reverse("admin:insights_analysisrun_changelist"))
    if run.status == RunStatus.DONE:
        return redirect(reverse("admin:insights_analysisrun_file", args=[run.pk, "pdf"]))
    return redirect(reverse("admin:insights_analysisrun_change", args=[run.pk]))


def _card(key: str, shown: str) -> dict[str, Any]:
    method = analyses()[key].method
    address = reverse("admin:analysis_ask", args=[key])
    return {
        "title": method.title,
        "question": method.question,
        "address": f"{address}?{shown}" if shown else address,
    }


def ask_page(request: HttpRequest, key: str) -> HttpResponse:
    """Show the form of one method; run it."""
    access = access_of(request)
    if not access.may(Capability.RUN_ANALYSES) or not access.may(Capability.VIEW_INSIGHTS):
        raise PermissionDenied
    if key not in analyses():
        raise Http404
    analysis = analyses()[key]
    posted = request.POST if request.method == "POST" else None
    form = AnalysisForm(access, analysis, zone_of(access), request.GET, posted)
    advice = advised(access, key, form)
    if posted is not None and form.is_valid():
        try:
            run = order_run(access=access, analysis=key, **form.asked())
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            return redirect(reverse("admin:insights_analysisrun_change", args=[run.pk]))
    kept = request.GET.copy()
    for name in set(kept) - {name for name, _ in kept_of(request.GET)}:
        del kept[name]
    context = {
        **console.each_context(request),
        "title": analysis.method.title,
        "method": analysis.method,
        "form": form,
        "advice": advice,
        "kept": filters_in_words(access, kept, IncidentStatus),
        "back": reverse("admin:analysis_methods"),
    }
    return TemplateResponse(request, "insights/ask.html", context, status=200)
