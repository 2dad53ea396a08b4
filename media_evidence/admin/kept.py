"""Retention on an exhibit's page: until when it is kept and why, its categories, and the way to its disposal."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminTextareaWidget

from incidents.admin.moments import moment
from media_evidence.keeping.categories import categories_of, choosable_categories, set_categories
from media_evidence.keeping.disposing import ask_disposal
from media_evidence.keeping.planning import verdict_on
from media_evidence.models import Disposal, Evidence
from nethra.core.access import access_of
from nethra.core.capabilities import Capability
from nethra.core.console_actions import Question, action, ask, display


class ReasonForm(forms.Form):
    """Why something is decided."""

    reason = forms.CharField(
        label="Why", max_length=1000, required=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3})
    )


class ShowsKeeping:
    """The part of an exhibit's page that says how long it is kept."""

    @display(description="kept")
    def kept(self, evidence: Evidence) -> str:
        access = evidence.__dict__["_reader"]
        verdict = verdict_on(access, evidence)
        day = f" ({moment(verdict.due_at)})" if verdict.due_at else ""
        last = (
            Disposal.objects.visible_to(access).filter(evidence_id=evidence.pk).order_by("-asked_at").first()
        )
        if last is None:
            return f"{verdict.reason}{day}"
        address = reverse("admin:media_evidence_disposal_change", args=[last.pk])
        return format_html(
            '{}{} <a href="{}">Disposal: {}</a>',
            verdict.reason,
            day,
            address,
            last.get_state_display().lower(),
        )


@action(description="Retention", icon="event_busy", url_path="retention", permissions=("retention",))
def decide_retention(self: Any, request: HttpRequest, object_id: str) -> HttpResponse:
    """Say of which categories an exhibit is."""
    evidence = self.get_object_or_404(request, object_id)
    access = access_of(request)
    field = forms.ModelMultipleChoiceField(
        choosable_categories(access, evidence),
        label="Categories",
        required=False,
        initial=[row.pk for row in categories_of(access, evidence)],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    question = Question(
        f"Retention of {evidence}",
        f"{verdict_on(access, evidence).reason} Of several categories the longest counts; without any, the exhibit is "
        "kept without end.",
        "Save",
        "The categories are set.",
        type("CategoriesForm", (forms.Form,), {"categories": field}),
    )

    def act(values: dict[str, Any]) -> None:
        keys = [row.pk for row in values["categories"]]
        set_categories(access=access, evidence=evidence, categories=keys)

    return ask(self, request, evidence, question, act, permission="retention")


@action(description="Dispose of it", icon="auto_delete", url_path="dispose", permissions=("dispose",))
def dispose(self: Any, request: HttpRequest, object_id: str) -> HttpResponse:
    """Ask for the disposal of an exhibit that is due."""
    evidence = self.get_object_or_404(request, object_id)
    access = access_of(request)
    question = Question(
        f"Dispose of {evidence}",
        f"{verdict_on(access, evidence).reason} A second person must approve; after that it can be called back for "
        "seven days. Then the file is destroyed; this page, its SHA-256 and its chain of custody stay.",
        "Ask for approval",
        "The request waits for a second person.",
        ReasonForm,
    )

    def act(values: dict[str, Any]) -> None:
        ask_disposal(access=access, evidence=evidence, reason=values["reason"])

    after = reverse("admin:media_evidence_disposal_changelist")
    return ask(self, request, evidence, question, act, permission="dispose", after=after)


BUTTONS = (("retention", decide_retention), ("dispose", dispose))
NEEDED = Capability.MANAGE_EVIDENCE
