"""The console's pages for what this agency shares with others."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html

from cases.access import may_keep
from cases.admin.share_forms import ShareForm, sharable
from cases.admin.shown import tables_of
from cases.choices import (
    SHARED_FIELDS,
    LeadState,
)
from cases.models import Case, Share, ShareReading
from cases.sharing import draft_share, offer_lead, preview, release_share, revoke_share
from incidents.models import Incident
from nethra.core.access import Access, access_of
from nethra.core.admin import ViewOnlyAdmin, add_refusal
from nethra.core.capabilities import Capability
from nethra.core.console import console
from nethra.core.console_actions import ButtonsByState, Question, action, ask, display, proof_first
from nethra.core.errors import DomainError, NotAllowed
from nethra.core.inlines import ViewOnlyInline

STATE_COLOURS = {"Draft": "warning", "Released": "success", "Revoked": "danger", "Over": "info"}


@action(description="Share", icon="share", url_path="share", permissions=("share",))
def share_case(self: Any, request: HttpRequest, object_id: str) -> HttpResponse:
    """Draft a share of the case, and go to its preview."""
    case = self.get_object_or_404(request, object_id)
    return _drafted(request, case, {"case": case}, tuple(SHARED_FIELDS))


@action(description="Share", icon="share", url_path="share", permissions=("share",))
def share_incident(self: Any, request: HttpRequest, object_id: str) -> HttpResponse:
    """Draft a share of the incident, and go to its preview."""
    incident = self.get_object_or_404(request, object_id)
    return _drafted(request, incident, {"incident": incident}, ("incident",))


def _drafted(
    request: HttpRequest, row: Case | Incident, subject: dict[str, Any], kinds: Collection[str]
) -> HttpResponse:
    """Ask what is shared of a record, out of the fields of these kinds; go to the preview of the draft."""
    access = access_of(request)
    if not access.may(Capability.SHARE_RECORDS):
        raise PermissionDenied
    first = proof_first(request)
    if first is not None:
        return first
    form = ShareForm(request.POST or None, sharable(access, kinds))
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                share = draft_share(access=access, **subject, **form.values())
            return redirect(reverse("admin:cases_share_change", args=[share.pk]))
        except DomainError as error:
            if "fields" in error.errors:
                error.errors["fields_"] = error.errors.pop("fields")
            add_refusal(form, error)
    question = Question(
        f"Share {row.number}",
        "Another agency will see what you choose, until the time you set. Nobody sees it before you release it.",
        "Preview",
        "",
    )
    meta = row._meta
    context = {
        **console.each_context(request),
        "title": question.title,
        "question": question,
        "form": form,
        "back": reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk]),
    }
    return TemplateResponse(request, "nethra/question.html", context)


class Shares(ViewOnlyInline[Any, Any]):
    """With whom a record is shared."""

    model = Share
    anchor = "shares"
    verbose_name_plural = "shared with"
    fields = readonly_fields = ("page", "until", "level", "state")

    @display(description="agency")
    def page(self, share: Share) -> str:
        return format_html(
            '<a href="{}">{}</a>', reverse("admin:cases_share_change", args=[share.pk]), share.recipient_name
        )

    @display(description="state", label=STATE_COLOURS)
    def state(self, share: Share) -> str:
        return state_of(share)


class SharesOfCase(Shares):
    """With whom a case is shared."""

    fk_name = "case"
    view_capability = Capability.VIEW_CASES


class SharesOfIncident(Shares):
    """With whom an incident is shared; shown where it is."""

    fk_name = "incident"
    view_capability = Capability.VIEW_CASES

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is None or not super().has_view_permission(request, obj):
            return False
        if "_has_shares" not in obj.__dict__:
            shares = Share.objects.visible_to(access_of(request)).filter(incident=obj.pk)
            obj.__dict__["_has_shares"] = shares.exists()
        return bool(obj.__dict__["_has_shares"])


def state_of(share: Share) -> str:
    """Return how a share stands today, in a word."""
    if share.revoked_at:
        return "Revoked"
    if share.until <= datetime.now(UTC):
        return "Over"
    return "Released" if share.released_at else "Draft"


class ReadersOfShare(ViewOnlyInline[Any, Share]):
    """Who of the other agency read it."""

    model = ShareReading
    fk_name = "share"
    anchor = "readers"
    view_capability = Capability.VIEW_CASES
    tab = False
    verbose_name_plural = "who read it"
    fields = readonly_fields = ("read_at", "reader_name", "reader_agency", "what")


@admin.register(Share, site=console)
class ShareAdmin(ButtonsByState, ViewOnlyAdmin[Share]):
    """What this agency shares with others, each with exactly what they see."""

    view_capability = Capability.VIEW_CASES
    list_display = ("recipient_name", "record", "until", "level", "state", "lead")
    ordering = ("-created_at", "-id")
    sortable_by = ()
    fields = (
        "recipient_name",
        "record",
        "state",
        "until",
        "level",
        "may_reshare",
        "passed_on_by",
        "lead",
        "reason",
    )
    readonly_fields = ("record", "state", "lead")
    inlines = (ReadersOfShare,)
    actions_detail = ("release", "offer", "revoke")
    change_form_outer_before_template = "cases/share_preview.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Share]:
        return super().get_queryset(request).select_related("case", "incident")

    def shown_beside(self, request: HttpRequest, row: Share) -> dict[str, Any]:
        seen = _preview(access_of(request), row)
        return {
            **super().shown_beside(request, row),
            "shown": tables_of(seen) if seen else None,
            "share": row,
        }

    def hidden_buttons(self, request: HttpRequest, row: Share) -> Collection[str]:
        return set(self.actions_detail) - _sensible(access_of(request), row)

    @action(description="Release", icon="send", url_path="release")
    def release(self, request: HttpRequest, object_id: str) -> HttpResponse:
        share = self.get_object_or_404(request, object_id)
        question = Question(
            f"Release to {share.recipient_name}",
            "From now on they see what the preview shows, as it changes.",
            "Release",
            f"{share.recipient_name} sees it now.",
            needs_proof=True,
        )
        act = release_share
        return ask(
            self,
            request,
            share,
            question,
            lambda _: act(access=access_of(request), share=share),
            permission="view",
        )

    @action(description="Revoke", icon="undo", url_path="revoke")
    def revoke(self, request: HttpRequest, object_id: str) -> HttpResponse:
        share = self.get_object_or_404(request, object_id)
        question = Question(
            f"Revoke what {share.recipient_name} sees",
            "It is gone for them at once, and for whomever they passed it on to.",
            "Revoke",
            f"{share.recipient_name} sees it no more.",
        )
        act = revoke_share
        return ask(
            self,
            request,
            share,
            question,
            lambda _: act(access=access_of(request), share=share),
            permission="view",
        )

    @action(description="Offer the lead", icon="swap_horiz", url_path="offer-lead")
    def offer(self, request: HttpRequest, object_id: str) -> HttpResponse:
        share = self.get_object_or_404(request, object_id)
        question = Question(
            f"Offer {share.recipient_name} to lead the case",
            "Once they take it, the case moves there and is read here, until they give it back or you revoke.",
            "Offer the lead",
            "The lead is offered.",
            needs_proof=True,
        )
        act = offer_lead
        return ask(
            self,
            request,
            share,
            question,
            lambda _: act(access=access_of(request), share=share),
            permission="view",
        )

    @display(description="record")
    def record(self, share: Share) -> str:
        if share.case is not None:
            address = reverse("admin:cases_case_change", args=[share.case_id])
            return format_html('<a href="{}">{}</a>', address, share.case.number)
        if share.incident is None:
            return "-"
        address = reverse("admin:incidents_incident_change", args=[share.incident_id])
        return format_html('<a href="{}">{}</a>', address, share.incident.number)

    @display(description="state", label=STATE_COLOURS)
    def state(self, share: Share) -> str:
        return state_of(share)

    @display(description="leads")
    def lead(self, share: Share) -> str:
        return share.get_lead_state_display()


def _sensible(access: Access, share: Share) -> set[str]:
    """Return which buttons make sense: whoever shares releases and revokes, a lead revokes what is of their case."""
    state = state_of(share)
    if not access.may(Capability.SHARE_RECORDS):
        is_theirs = share.case is not None and may_keep(access, share.case)
        return {"revoke"} if is_theirs and state in ("Draft", "Released") else set()
    if state == "Draft":
        return {"release", "revoke"}
    if state != "Released":
        return set()
    is_ours = share.case_id is not None and share.parent_id is None
    may_offer = is_ours and share.lead_state in (LeadState.NONE, LeadState.RETURNED)
    return {"revoke", "offer"} if may_offer else {"revoke"}


def _preview(access: Access, share: Share) -> dict[str, Any] | None:
    """Return what the other agency sees, for whoever may read all of it themselves."""
    try:
        return preview(access, share)
    except NotAllowed:
        return None


console.hang_button(Case, "share", share_case, Capability.SHARE_RECORDS)
console.hang_tab(Case, SharesOfCase)
console.hang_button(Incident, "share", share_incident, Capability.SHARE_RECORDS)
console.hang_tab(Incident, SharesOfIncident)
