"""The section of a run's page that shows its proposed series, and the pages that decide about one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.widgets import UnfoldAdminTextInputWidget

from insights.answers.base import of_many
from insights.choices import Verdict
from insights.models import MOST_WHY, AnalysisRun
from insights.running.services import find_run
from insights.running.telling import header_of, told
from insights.series.decisions import Decision, counts, decisions_of
from insights.series.reading import Crime, Series, find_series, proposes_series, read_series
from insights.series.services import Made, decide_series, make_series, may_make
from nethra.core.access import Access, access_of
from nethra.core.admin import add_refusal
from nethra.core.capabilities import Capability
from nethra.core.console import console
from nethra.core.console_actions import Question
from nethra.core.errors import Conflict, DomainError, InvalidInput, NotAllowed, NotFound

#: Series that a page shows; the next ones are on the next.
SHOWN_SERIES = 20


class WhyForm(forms.Form):
    """Why a series is accepted or rejected."""

    why = forms.CharField(label="Why", max_length=MOST_WHY, widget=UnfoldAdminTextInputWidget)


class TitleForm(forms.Form):
    """What the case of a series is called."""

    title = forms.CharField(
        label="Title",
        max_length=200,
        required=False,
        help_text="Of a new case; empty: the offence of the incident that begins it.",
        widget=UnfoldAdminTextInputWidget,
    )


DECIDE: Mapping[str, Question] = {
    Verdict.ACCEPTED: Question(
        "Accept the series",
        "Say what speaks for one offender. The decision is kept and counted; a later one replaces it.",
        "Accept",
        "The series is accepted.",
        WhyForm,
    ),
    Verdict.REJECTED: Question(
        "Reject the series",
        "Say what speaks against one offender. The decision is kept and counted; a later one replaces it.",
        "Reject",
        "The series is rejected.",
        WhyForm,
    ),
}
MAKE = Question(
    "Make a series",
    "All crimes of the series that you may see are linked to one case: one that a crime of it has and you may change,"
    " else a new one. That accepts the series.",
    "Make a series",
    "The series is a case.",
    TitleForm,
)


def series_section(request: HttpRequest, run: AnalysisRun) -> dict[str, Any] | None:
    """Return what a run's page tells of its proposed series; None for a run of something else or without a result."""
    if not proposes_series(run):
        return None
    access = access_of(request)
    try:
        found = read_series(access, run)
    except Conflict:
        # The page says already that the result is not the one that was stored.
        return None
    decided = {one.series: one for one in decisions_of(access, run) if one.counts}
    begin = _begin(request.GET.get("series_from", ""), len(found))
    shown = found[begin : begin + SHOWN_SERIES]
    return {
        "series": [_told(one, decided.get(one.rank)) for one in shown],
        "earlier": None if begin == 0 else max(0, begin - SHOWN_SERIES) + 1,
        "later": begin + SHOWN_SERIES + 1 if begin + SHOWN_SERIES < len(found) else None,
        "total": len(found),
        "counted": counted_in_words(access),
        "may_decide": access.may(Capability.RUN_ANALYSES),
        "may_make": may_make(access),
    }


def counted_in_words(access: Access) -> str:
    """Return how many proposals of all runs were accepted, rejected and wait, in a sentence."""
    found = counts(access)
    waiting = f"{found.undecided:,} {'is' if found.undecided == 1 else 'are'} not decided."
    if found.precision is None:
        return f"Of the series that all runs proposed none was accepted or rejected yet; {waiting}"
    decided = found.accepted + found.rejected
    return (
        f"Of {of_many(decided, 'proposal')} of all runs that somebody decided about {found.accepted:,}"
        f" {'was' if found.accepted == 1 else 'were'} accepted ({100 * found.precision:.0f} %) and"
        f" {found.rejected:,} rejected; {waiting}"
    )


def _begin(text: str, total: int) -> int:
    begin = int(text) - 1 if text.isascii() and text.isdecimal() and len(text) < 10 else 0
    return begin if 0 <= begin < total else 0


def _told(series: Series, decision: Decision | None) -> dict[str, Any]:
    return {
        "rank": series.rank,
        "title": f"Series {series.rank}: {of_many(len(series.crimes) + series.left_out, 'crime')}",
        "facts": [(header_of(fact), told(fact["value"], fact["kind"])) for fact in series.facts],
        "crimes": [_crime(crime) for crime in series.crimes],
        "left_out": series.left_out,
        "decision": decision,
    }


def _crime(crime: Crime) -> dict[str, Any]:
    return {
        "key": crime.incident,
        "number": crime.number,
        "began": told(crime.began, "moment"),
        "tie": told(crime.tie, "number"),
        "reasons": crime.reasons,
    }


def decide_page(request: HttpRequest, run_id: UUID, rank: int, verdict: str) -> HttpResponse:
    """Ask why a series is accepted or rejected; on POST record it and go back to the run."""
    access = access_of(request)
    if not access.may(Capability.RUN_ANALYSES):
        raise PermissionDenied
    if verdict not in DECIDE:
        raise Http404

    def decide(values: dict[str, Any]) -> None:
        decide_series(access=access, run_id=run_id, series=rank, verdict=verdict, **values)
        messages.success(request, DECIDE[verdict].done)

    return _asked(request, run_id, rank, DECIDE[verdict], decide)


def make_page(request: HttpRequest, run_id: UUID, rank: int) -> HttpResponse:
    """Ask for the title of a series; on POST make it a case and go back to the run."""
    access = access_of(request)
    if not may_make(access):
        raise PermissionDenied

    def make(values: dict[str, Any]) -> None:
        made = make_series(access=access, run_id=run_id, series=rank, **values)
        messages.success(request, _made_in_words(made))

    return _asked(request, run_id, rank, MAKE, make)


def _made_in_words(made: Made) -> str:
    told = f"The series is the case {made.case.number}; {of_many(made.linked, 'incident')} linked."
    return f"{told} {of_many(made.left_out, 'crime')} left out." if made.left_out else told


def _asked(
    request: HttpRequest,
    run_id: UUID,
    rank: int,
    question: Question,
    act: Callable[[dict[str, Any]], None],
) -> HttpResponse:
    series = _series_or_404(access_of(request), run_id, rank)
    back = f"{reverse('admin:insights_analysisrun_change', args=[run_id])}#series-{rank}"
    form = question.form(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and _acted(form, act):
        return redirect(back)
    context = {
        **console.each_context(request),
        "title": f"{question.title}: {of_many(len(series.crimes), 'crime')}",
        "question": question,
        "form": form,
        "back": back,
    }
    return TemplateResponse(request, "nethra/question.html", context)


def _acted(form: forms.Form, act: Callable[[dict[str, Any]], None]) -> bool:
    try:
        with transaction.atomic():
            act(form.cleaned_data)
    except NotFound as error:
        raise Http404 from error
    except DomainError as error:
        add_refusal(form, error)
        return False
    return True


def _series_or_404(access: Access, run_id: UUID, rank: int) -> Series:
    try:
        return find_series(access, find_run(access, run_id), rank)
    except (NotFound, InvalidInput, Conflict) as error:
        raise Http404 from error
    except NotAllowed as error:
        raise PermissionDenied from error


console.add_page(
    "analyses/runs/<uuid:run_id>/series/<int:rank>/decide/<slug:verdict>/", decide_page, "decide_series"
)
console.add_page("analyses/runs/<uuid:run_id>/series/<int:rank>/case/", make_page, "make_series")
