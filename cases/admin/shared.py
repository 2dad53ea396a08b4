"""The console's pages for what other agencies share with this one."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from cases.admin.share_forms import ShareForm, sharable
from cases.admin.shown import tables_of
from cases.choices import SHARED_FIELDS, CaseStatus, Clearance, LeadState
from cases.rules import moves_from
from cases.shared import move_led_case, pass_on, read_shared, return_lead, shared_with_us, take_lead
from nethra.core.access import Access, access_of
from nethra.core.admin import add_refusal
from nethra.core.capabilities import Capability
from nethra.core.console import console
from nethra.core.console_actions import Question
from nethra.core.errors import DomainError, NotFound


class LedMoveForm(forms.Form):
    """A move of a case that this agency leads."""

    to = forms.ChoiceField(label="Move to", widget=UnfoldAdminSelectWidget)
    reason = forms.CharField(
        label="Reason", max_length=1000, required=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3})
    )
    referred_to = forms.CharField(
        label="Referred to", max_length=200, required=False, widget=UnfoldAdminTextInputWidget
    )
    clearance = forms.ChoiceField(
        label="Cleared",
        choices=[("", "-"), *Clearance.choices],
        required=False,
        widget=UnfoldAdminSelectWidget,
    )


def shared_page(request: HttpRequest) -> HttpResponse:
    """List what other agencies share with this one."""
    access = access_of(request)
    if not access.may(Capability.VIEW_SHARED):
        raise PermissionDenied
    context = {**console.each_context(request), "title": "Shared with us", "records": shared_with_us(access)}
    return TemplateResponse(request, "cases/shared.html", context)


def shared_record_page(request: HttpRequest, share_id: UUID) -> HttpResponse:
    """Show one shared record; its owner sees who read it. POST takes the lead, gives it back, moves the case."""
    access = access_of(request)
    if not access.may(Capability.VIEW_SHARED):
        raise PermissionDenied
    here = reverse("admin:shared_record", args=[share_id])
    form = None
    try:
        if request.method == "POST":
            form = _acted(request, access, share_id)
            if form is None:
                return redirect(here)
        record = read_shared(access, share_id)
    except NotFound as error:
        raise Http404 from error
    shown = tables_of(record)
    if record["lead_state"] == LeadState.HELD and access.may(Capability.CHANGE_CASES):
        form = form or LedMoveForm()
        status = (record.get("case") or {}).get("status", "")
        moves = (
            [move for move in moves_from(status) if move.transition] if status in CaseStatus.values else []
        )
        form.fields["to"].choices = [(move.target, move.verb) for move in moves]  # type: ignore[attr-defined]
    else:
        form = None
    context = {
        **console.each_context(request),
        "title": (record.get("case") or {}).get("number") or "Shared incident",
        "shown": shown,
        "form": form,
        "may_decide": access.may(Capability.SHARE_RECORDS),
        "share_id": share_id,
    }
    return TemplateResponse(request, "cases/shared_record.html", context)


def _acted(request: HttpRequest, access: Access, share_id: UUID) -> LedMoveForm | None:
    verb = request.POST.get("verb", "")
    try:
        with transaction.atomic():
            if verb == "take":
                take_lead(access=access, share_id=share_id)
                messages.success(request, "Your agency leads this case now.")
            elif verb == "return":
                return_lead(access=access, share_id=share_id)
                messages.success(request, "The case is led by its own agency again.")
            elif verb == "move":
                said = {name: request.POST.get(name, "") for name in ("reason", "referred_to", "clearance")}
                move_led_case(access=access, share_id=share_id, target=request.POST.get("to", ""), **said)
                messages.success(request, "The case is moved.")
    except NotFound:
        raise
    except DomainError as error:
        sentences = [s for found in error.errors.values() for s in found] or [error.message]
        for sentence in sentences:
            messages.error(request, sentence)
        return LedMoveForm(initial=request.POST.dict()) if verb == "move" else None
    return None


def pass_on_page(request: HttpRequest, share_id: UUID) -> HttpResponse:
    """Pass on what is shared, no more and no longer."""
    access = access_of(request)
    if not access.may(Capability.SHARE_RECORDS):
        raise PermissionDenied
    given = next((each for each in shared_with_us(access) if each.id == share_id), None)
    if given is None:
        raise Http404
    form = ShareForm(request.POST or None, sharable(access, tuple(SHARED_FIELDS)), may_pass_on=False)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                pass_on(access=access, share_id=share_id, **form.values())
            messages.success(request, "It is passed on.")
            return redirect(reverse("admin:shared_record", args=[share_id]))
        except DomainError as error:
            add_refusal(form, error)
    question = Question(
        f"Pass on {given.number}", "To a third agency: no more fields than you were given.", "Pass on", ""
    )
    context = {
        **console.each_context(request),
        "title": question.title,
        "question": question,
        "form": form,
        "back": reverse("admin:shared_record", args=[share_id]),
    }
    return TemplateResponse(request, "nethra/question.html", context)


console.add_page("shared/", shared_page, "shared")
console.add_page("shared/<uuid:share_id>/", shared_record_page, "shared_record")
console.add_page("shared/<uuid:share_id>/pass-on/", pass_on_page, "pass_on")
