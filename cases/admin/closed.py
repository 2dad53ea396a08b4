"""What the console shows of a case that is closed to somebody: a stub, and the ways in."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from cases.access import stub_of
from cases.asking import ask_access
from cases.choices import Level
from cases.emergencies import break_glass
from cases.models import AccessRequest, Case
from nethra.core.access import access_of
from nethra.core.capabilities import Capability
from nethra.core.console import console
from nethra.core.console_actions import Question, ask
from nethra.core.errors import AccessRequired


def show_stub(request: HttpRequest, refused: AccessRequired) -> HttpResponse:
    """Show what may be known of a case that is closed to this person, and the ways in; 403."""
    access = access_of(request)
    key = UUID(refused.facts["case"]["id"])
    waiting = AccessRequest.objects.visible_to(access).filter(
        case_id=key, user=access.user_id, decision="open"
    )
    context = {
        **console.each_context(request),
        "title": f"Case {refused.facts['case']['number']}",
        "case": refused.facts["case"],
        "waiting": waiting.first(),
        "may_break": access.may(Capability.BREAK_GLASS),
    }
    return TemplateResponse(request, "cases/closed.html", context, status=403)


class RequestForm(forms.Form):
    """A request for access."""

    level = forms.ChoiceField(
        label="What you need",
        choices=[(Level.VIEW, "To read the case"), (Level.WRITE, "To work on the case")],
        widget=UnfoldAdminSelectWidget,
    )
    reason = forms.CharField(
        label="Why", max_length=1000, required=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 4})
    )


class EmergencyForm(forms.Form):
    """Why a case must be opened at once."""

    reason = forms.CharField(
        label="What the emergency is",
        max_length=1000,
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
    )


class WaysIn:
    """The pages by which a closed case is opened."""

    def ask_view(self: Any, request: HttpRequest, object_id: UUID) -> HttpResponse:
        """Ask the case's owners for access."""
        stub = self._stub(request, object_id)
        question = Question(
            f"Ask for access to {stub.number}",
            "Its owners read why you need it, and answer. You are told by mail.",
            "Ask for access",
            "Your request waits for its answer.",
            RequestForm,
        )

        def act(values: dict[str, Any]) -> None:
            ask_access(access=access_of(request), case_id=stub.pk, **values)

        after = reverse("admin:cases_accessrequest_changelist")
        return ask(self, request, stub, question, act, permission="view", after=after)

    def emergency_view(self: Any, request: HttpRequest, object_id: UUID) -> HttpResponse:
        """Open the case at once, for a time; it is reviewed afterwards."""
        if not access_of(request).may(Capability.BREAK_GLASS):
            raise PermissionDenied
        stub = self._stub(request, object_id)
        question = Question(
            f"Open {stub.number} in an emergency",
            "The case opens to you at once, for reading. Its owners are alarmed, each of your requests is recorded "
            "meanwhile, and somebody else judges afterwards whether it was an emergency.",
            "Break the glass",
            "The case is open to you for a time. Every request you make is recorded.",
            EmergencyForm,
            needs_proof=True,
        )

        def act(values: dict[str, Any]) -> None:
            break_glass(access=access_of(request), case_id=stub.pk, **values)

        return ask(self, request, stub, question, act, permission="view")

    def _stub(self: Any, request: HttpRequest, object_id: UUID) -> Case:
        stub = stub_of(access_of(request), object_id) if self.has_view_permission(request) else None
        if stub is None:
            raise Http404
        return stub


console.hang_answer(AccessRequired, show_stub)
