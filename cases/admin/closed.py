"""What the console shows of a case that is closed to somebody: a stub, and the ways in."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from unfold.widgets import (
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
)

from cases.access import find_case, stub_of
from cases.asking import ask_access
from cases.choices import Level, ReadingReason
from cases.emergencies import break_glass
from cases.models import AccessRequest, Case
from cases.readings import Reason, note_reading
from nethra.core.access import access_of
from nethra.core.capabilities import Capability
from nethra.core.console import console
from nethra.core.console_actions import Question, ask
from nethra.core.errors import AccessRequired, DomainError, InvalidInput, NotFound, ReasonNeeded


def show_stub(request: HttpRequest, refused: DomainError) -> HttpResponse:
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


def ask_reason(request: HttpRequest, refused: DomainError) -> HttpResponse:
    """Lead to the page that asks why a case is read, and from it back here."""
    here = request.get_full_path() if request.method == "GET" else ""
    address = reverse("admin:cases_case_reason", args=[refused.facts["case"]["id"]])
    return redirect(f"{address}?{urlencode({'next': here})}")


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


class ReasonForm(forms.Form):
    """Why a sensitive case is read."""

    code = forms.ChoiceField(
        label="Why you read it",
        choices=ReadingReason.choices,
        widget=UnfoldAdminRadioSelectWidget,
        initial=ReadingReason.ASSIGNED,
    )
    words = forms.CharField(
        label="In words", max_length=1000, required=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 2})
    )


class WaysIn:
    """The pages by which a closed or sensitive case is opened."""

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

    def reason_view(self: Any, request: HttpRequest, object_id: UUID) -> HttpResponse:
        """Ask why a sensitive case is read; the case's owners see it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        access = access_of(request)
        try:
            case = find_case(access, object_id)
        except NotFound as error:
            raise Http404 from error
        question = Question(
            f"Why do you read {case.number}?",
            "This case is sensitive: its owners see who read it and why. You are asked once in each session.",
            "Read the case",
            "Noted.",
            ReasonForm,
        )

        def act(values: dict[str, Any]) -> None:
            reason = Reason(values["code"], values["words"].strip())
            try:
                reason.check()
            except InvalidInput as problem:
                raise InvalidInput(errors={"words": problem.errors["reason"]}) from problem
            note_reading(access, case, reason)

        wanted = request.GET.get("next", "")
        is_safe = url_has_allowed_host_and_scheme(wanted, None) and wanted.startswith(reverse("admin:index"))
        return ask(self, request, case, question, act, permission="view", after=wanted if is_safe else "")

    def _stub(self: Any, request: HttpRequest, object_id: UUID) -> Case:
        stub = stub_of(access_of(request), object_id) if self.has_view_permission(request) else None
        if stub is None:
            raise Http404
        return stub


console.hang_answer(AccessRequired, show_stub)
console.hang_answer(ReasonNeeded, ask_reason)
