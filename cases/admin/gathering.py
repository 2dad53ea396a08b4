"""The console's page that makes one case of the incidents picked on the map."""

from __future__ import annotations

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
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from cases.gathering import MAX_GATHERED, TOO_MANY, gather_case
from incidents.admin.moments import moment
from incidents.models import Incident, IncidentOffence
from nethra.core.access import Access, access_of
from nethra.core.admin import add_refusal
from nethra.core.capabilities import Capability
from nethra.core.console import console
from nethra.core.console_actions import Question
from nethra.core.errors import DomainError, NotFound

QUESTION = Question(
    "Make a case of these incidents",
    "One of them begins the case, the others are linked to it. Untick what does not belong there.",
    "Make the case",
    "The case is open.",
)
Choice = tuple[str, str]


class GatherForm(forms.Form):
    """Which incidents, which of them begins the case, and the case's title."""

    first = forms.ChoiceField(label="It begins with", widget=UnfoldAdminSelectWidget)
    title = forms.CharField(
        label="Title",
        max_length=200,
        required=False,
        help_text="Empty: the offence of the incident that begins it.",
        widget=UnfoldAdminTextInputWidget,
    )
    incidents = forms.MultipleChoiceField(label="Incidents", widget=UnfoldAdminCheckboxSelectMultipleWidget)

    def __init__(self, data: Any, choices: list[Choice]) -> None:
        super().__init__(data, initial={"incidents": [key for key, _ in choices]})
        for name in ("first", "incidents"):
            self.fields[name].choices = choices  # type: ignore[attr-defined]

    def gather(self, access: Access) -> str:
        """Make the case; return the address of its page."""
        keys = [UUID(key) for key in self.cleaned_data["incidents"]]
        first, title = UUID(self.cleaned_data["first"]), self.cleaned_data["title"]
        case = gather_case(access=access, incident_ids=keys, first=first, title=title)
        return reverse("admin:cases_case_change", args=[case.pk])


def gather_page(request: HttpRequest) -> HttpResponse:
    """Ask which of the picked incidents make a case; on POST make it and go to it."""
    access = access_of(request)
    if not access.may(Capability.ADD_CASES):
        raise PermissionDenied
    keys = _picked(request)
    choices = _choices(access, keys)
    if not choices:
        raise Http404
    form = GatherForm(request.POST if request.method == "POST" else None, choices)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                address = form.gather(access)
            messages.success(request, QUESTION.done)
            return redirect(address)
        except NotFound as error:
            raise Http404 from error
        except DomainError as error:
            add_refusal(form, error)
    context = {
        **console.each_context(request),
        "title": QUESTION.title,
        "question": QUESTION,
        "form": form,
        "back": reverse("admin:incidents_incident_changelist"),
    }
    return TemplateResponse(request, "nethra/question.html", context)


def _picked(request: HttpRequest) -> list[UUID]:
    try:
        keys = [UUID(text) for text in dict.fromkeys(request.GET.getlist("incident"))]
    except ValueError as problem:
        raise Http404 from problem
    if len(keys) > MAX_GATHERED:
        raise Http404(TOO_MANY)
    return keys


def _choices(access: Access, keys: list[UUID]) -> list[Choice]:
    """Return the incidents that this person sees, the earliest first, each in a line."""
    found = Incident.objects.visible_to(access).filter(pk__in=keys).order_by("occurred_from", "id")
    primary = IncidentOffence.objects.visible_to(access).filter(incident_id__in=keys, is_primary=True)
    offences = dict(primary.values_list("incident_id", "offence_code__name"))
    rows = found.values_list("pk", "number", "occurred_from")
    return [(str(key), f"{number}, {offences.get(key, '-')}, {moment(at)}") for key, number, at in rows]


console.add_page("cases/gather/", gather_page, "gather_case")
