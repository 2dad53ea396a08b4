"""Custody on an exhibit's page: where it stands, its chain as a timeline, and the question that each step asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminSplitDateTimeWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from cases.admin.choosing import colleagues
from media_evidence.choices import CustodyKind
from media_evidence.custody.checking import custody_breaks
from media_evidence.custody.entries import note_reading
from media_evidence.custody.verbs import BY_HAND, steps_for, take_step
from media_evidence.models import CustodyEvent, Evidence
from nethra.core.access import Access, access_of
from nethra.core.capabilities import Capability
from nethra.core.console_actions import Question, ask, refusing_as_pages

#: Entries on the exhibit's page; its page of custody has all.
SHOWN = 8

K = CustodyKind


@dataclass(frozen=True)
class Step:
    """What a step is called on its button, what its page says, and what it says afterwards."""

    verb: str
    sentence: str
    done: str


STEPS: dict[str, Step] = {
    K.TRANSFERRED: Step(
        "Hand over",
        "It changes hands when the other accepts; until then you hold it.",
        "The hand-over waits.",
    ),
    K.ACCEPTED: Step("Accept", "From now on you hold it.", "The exhibit is in your hands."),
    K.DECLINED: Step("Decline", "It stays where it is.", "The hand-over is declined."),
    K.WITHDRAWN: Step("Withdraw the hand-over", "It stays where it is.", "The hand-over is withdrawn."),
    K.RELEASED: Step(
        "Release", "It leaves the agency: to a laboratory, a court, its owner.", "The exhibit is released."
    ),
    K.RETURNED: Step("Take back", "From now on you hold it.", "The exhibit is in your hands."),
    K.COLLECTED: Step(
        "Note where it was collected",
        "When, where and from whom it was taken; more than a day later it is marked as late.",
        "It is noted.",
    ),
    K.ANALYSED: Step(
        "Note an analysis", "What was done to it, by what means, with what result.", "It is noted."
    ),
    K.CORRECTED: Step(
        "Correct an entry",
        "No entry is ever changed: say which one is wrong, and what is right.",
        "The correction is noted.",
    ),
    K.HOLD_SET: Step(
        "Place a legal hold", "It cannot be disposed of while the hold lasts.", "The legal hold is placed."
    ),
    K.HOLD_LIFTED: Step("Lift the legal hold", "The rules of retention apply again.", "The hold is lifted."),
}


def step_form(access: Access, evidence: Evidence, kind: str) -> type[forms.Form]:
    """Return the form of a step: to or from whom, when, where, under which seal, and why."""
    fields: dict[str, forms.Field] = {}
    if kind == K.TRANSFERRED:
        others = colleagues(access, Capability.ADD_EVIDENCE).exclude(pk=evidence.holder_id)
        fields["to_person"] = forms.ModelChoiceField(others, label="To", widget=UnfoldAdminSelectWidget)
    if kind in (K.RELEASED, K.COLLECTED):
        name, label = ("to_name", "To") if kind == K.RELEASED else ("from_name", "From (may stay empty)")
        fields[name] = forms.CharField(
            label=label, max_length=250, required=kind == K.RELEASED, widget=UnfoldAdminTextInputWidget
        )
    fields["happened_at"] = forms.SplitDateTimeField(
        label="When (empty: now)", required=False, widget=UnfoldAdminSplitDateTimeWidget
    )
    fields["place"] = forms.CharField(
        label="Place", max_length=200, required=False, widget=UnfoldAdminTextInputWidget
    )
    fields["seal_number"] = forms.CharField(
        label="Seal number", max_length=100, required=False, widget=UnfoldAdminTextInputWidget
    )
    fields["reason"] = forms.CharField(
        label="What was done, or why",
        max_length=2000,
        required=kind not in (K.TRANSFERRED, K.ACCEPTED, K.WITHDRAWN, K.RETURNED, K.COLLECTED),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )
    return type("StepForm", (forms.Form,), fields)


class ShowsCustody:
    """The part of an exhibit's page that shows and moves it."""

    def get_urls(self: Any) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path(
                "<uuid:object_id>/custody/", view(self.custody_view), name="media_evidence_evidence_custody"
            ),
            path(
                "<uuid:object_id>/custody/<slug:kind>/",
                view(self.step_view),
                name="media_evidence_evidence_step",
            ),
            *super().get_urls(),  # type: ignore[misc]
        ]

    def shown_beside(self: Any, request: HttpRequest, row: Evidence) -> dict[str, Any]:
        if request.method == "GET":
            note_reading(access_of(request), row, K.VIEWED)
        told: dict[str, Any] = super().shown_beside(request, row)  # type: ignore[misc]
        return {**told, **custody_shown(access_of(request), row, SHOWN)}

    def custody_view(self: Any, request: HttpRequest, object_id: Any) -> HttpResponse:
        """Show the whole chain of an exhibit, and whether it holds."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        evidence = self.get_object_or_404(request, str(object_id))
        access = access_of(request)
        context = {
            **self.admin_site.each_context(request),
            "title": f"Custody of {evidence}",
            "opts": self.model._meta,
            "original": evidence,
            **custody_shown(access, evidence, None),
            "breaks": custody_breaks(access, [evidence]).get(evidence.pk, []),
        }
        return TemplateResponse(request, "media_evidence/custody_page.html", context)

    @refusing_as_pages
    def step_view(self: Any, request: HttpRequest, object_id: Any, kind: str) -> HttpResponse:
        """Ask for what a step needs, and take it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        evidence = self.get_object_or_404(request, str(object_id))
        if kind not in BY_HAND:
            raise Http404
        access = access_of(request)
        access.require(Capability.ADD_EVIDENCE)
        step = STEPS[kind]
        question = Question(
            f"{step.verb}: {evidence}",
            step.sentence,
            step.verb,
            step.done,
            step_form(access, evidence, kind),
        )

        def act(values: dict[str, Any]) -> None:
            person = values.pop("to_person", None)
            said = {name: value for name, value in values.items() if value not in (None, "")}
            whom = {"to_person_id": person.pk} if person else {}
            take_step(access=access, evidence=evidence, kind=kind, **said, **whom)

        return ask(self, request, evidence, question, act, permission="view")


def custody_shown(access: Access, evidence: Evidence, most: int | None) -> dict[str, Any]:
    """Return what the templates say of an exhibit's custody: where it stands, what may be done, the latest entries."""
    chain = CustodyEvent.objects.visible_to(access).filter(evidence_id=evidence.pk).order_by("-position")
    entries = list(chain[: most + 1] if most else chain)
    possible = steps_for(access, evidence)
    return {
        "custody_steps": [(kind, STEPS[kind].verb) for kind in STEPS if kind in possible],
        "custody_entries": entries[:most],
        "custody_more": most is not None and len(entries) > most,
        "is_offered_to_me": evidence.offered_to_id is not None and evidence.offered_to_id == access.user_id,
    }
