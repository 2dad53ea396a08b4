"""Redacted copies on an exhibit's page: the page to mark regions on, the list of copies, and what is done with one."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from media_evidence.choices import RedactionReason, RedactionState
from media_evidence.models import Evidence, Redaction
from media_evidence.redaction.answers import page_answer, redaction_answer
from media_evidence.redaction.gate import latest_checks, why_not
from media_evidence.redaction.services import (
    UNDER_WAY,
    cancel_redaction,
    find_redaction,
    order_redaction,
    release_redaction,
)
from nethra.core.access import Access, access_of
from nethra.core.capabilities import Capability
from nethra.core.console_actions import Question, action, ask, refusing_as_pages
from nethra.core.errors import Conflict, DomainError, InvalidInput

NO_REGIONS = "Mark at least one region."
MOST_REGIONS_TEXT = 200_000


class ReleaseForm(forms.Form):
    """To whom a copy is given out, and why."""

    to_name = forms.CharField(label="To", max_length=250, widget=UnfoldAdminTextInputWidget)
    reason = forms.CharField(
        label="Why", max_length=2000, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3})
    )


class ShowsRedactions:
    """The part of an exhibit's page that makes redacted copies and gives them out."""

    def get_urls(self: Any) -> list[URLPattern]:
        view, name = self.admin_site.admin_view, "media_evidence_evidence"
        copy = "<uuid:object_id>/copies/<uuid:copy_id>"
        return [
            path("<uuid:object_id>/mark/", view(self.mark_view), name=f"{name}_mark"),
            path("<uuid:object_id>/mark/<int:page>/", view(self.mark_page_view), name=f"{name}_mark_page"),
            path(f"{copy}/file/", view(self.copy_file_view), name=f"{name}_copy_file"),
            path(f"{copy}/cancel/", view(self.copy_cancel_view), name=f"{name}_copy_cancel"),
            path(f"{copy}/release/", view(self.copy_release_view), name=f"{name}_copy_release"),
            *super().get_urls(),  # type: ignore[misc]
        ]

    def shown_beside(self: Any, request: HttpRequest, row: Evidence) -> dict[str, Any]:
        told: dict[str, Any] = super().shown_beside(request, row)  # type: ignore[misc]
        return {**told, "copies": copies_shown(access_of(request), row.pk)}

    @action(description="Redact", icon="ink_eraser", url_path="redact")
    def redact(self: Any, request: HttpRequest, object_id: str) -> HttpResponse:
        evidence = self.get_object_or_404(request, object_id)
        return redirect(reverse("admin:media_evidence_evidence_mark", args=[evidence.pk]))

    @refusing_as_pages
    def mark_view(self: Any, request: HttpRequest, object_id: UUID) -> HttpResponse:
        """Show what regions are marked on, and order a copy without them."""
        evidence, access = _exhibit_of(self, request, object_id), access_of(request)
        access.require(Capability.ADD_EVIDENCE)
        refusal = ""
        if request.method == "POST":
            try:
                order_redaction(access=access, evidence=evidence, regions=_regions_in(request))
                return redirect(f"{_change_page(evidence)}#copies")
            except (Conflict, InvalidInput) as problem:
                refusal = _told(problem)
        context = {
            **self.admin_site.each_context(request),
            "title": f"Redact {evidence}",
            "opts": self.model._meta,
            "original": evidence,
            "reasons": RedactionReason.choices,
            "refusal": refusal,
            "page": reverse("admin:media_evidence_evidence_mark_page", args=[evidence.pk, 1]),
        }
        return TemplateResponse(
            request, "media_evidence/redact.html", context, status=400 if refusal else 200
        )

    @refusing_as_pages
    def mark_page_view(self: Any, request: HttpRequest, object_id: UUID, page: int) -> HttpResponseBase:
        """Show one page as boxes are counted on it, or the text."""
        try:
            return page_answer(access_of(request), object_id, page)
        except Conflict as refused:
            return HttpResponse(refused.message, status=refused.status, content_type="text/plain")

    @refusing_as_pages
    def copy_file_view(self, request: HttpRequest, object_id: UUID, copy_id: UUID) -> HttpResponseBase:
        """Send a copy as a download."""
        _copy_of(access_of(request), object_id, copy_id)
        try:
            return redaction_answer(request, access_of(request), copy_id)
        except Conflict as refused:
            return HttpResponse(refused.message, status=refused.status, content_type="text/plain")

    @refusing_as_pages
    def copy_cancel_view(self: Any, request: HttpRequest, object_id: UUID, copy_id: UUID) -> HttpResponse:
        """Ask whether a copy is not to be made, and stop it."""
        evidence, access = _exhibit_of(self, request, object_id), access_of(request)
        access.require(Capability.ADD_EVIDENCE)
        copy = _copy_of(access, object_id, copy_id)
        question = Question(
            f"Cancel {str(copy).lower()} of {evidence}",
            "What is made of it so far is thrown away.",
            "Cancel the copy",
            "The copy is cancelled.",
        )
        return ask(
            self,
            request,
            evidence,
            question,
            lambda _: cancel_redaction(access=access, redaction=copy),
            permission="view",
        )

    @refusing_as_pages
    def copy_release_view(self: Any, request: HttpRequest, object_id: UUID, copy_id: UUID) -> HttpResponse:
        """Ask to whom a copy goes and why, and release it where nothing remains in it."""
        evidence, access = _exhibit_of(self, request, object_id), access_of(request)
        access.require(Capability.MANAGE_EVIDENCE)
        copy = _copy_of(access, object_id, copy_id)
        question = Question(
            f"Release {str(copy).lower()} of {evidence}",
            "Look at it first: a check proves that nothing lies underneath, not that enough is covered.",
            "Release",
            "The copy is released.",
            form=ReleaseForm,
        )
        return ask(
            self,
            request,
            evidence,
            question,
            lambda values: release_redaction(access=access, redaction=copy, **values),
            permission="view",
        )


def copies_shown(access: Access, evidence_id: Any) -> list[dict[str, Any]]:
    """Return what the exhibit's page says of each copy, and what may be done with it."""
    found = Redaction.objects.visible_to(access).filter(evidence_id=evidence_id)
    copies = list(found.select_related("ordered_by").order_by("-position"))
    checks = latest_checks(copies)
    return [
        {
            "copy": copy,
            "reasons": ", ".join(sorted({RedactionReason(r["reason"]).label for r in copy.regions})),
            "is_under_way": copy.state in UNDER_WAY,
            "is_made": copy.state == RedactionState.MADE,
            "remains": why_not(checks.get(copy.pk)) if copy.state == RedactionState.MADE else "",
            "may_cancel": copy.state in UNDER_WAY and access.may(Capability.ADD_EVIDENCE),
            "may_release": copy.state == RedactionState.MADE
            and copy.released_at is None
            and access.may(Capability.MANAGE_EVIDENCE),
        }
        for copy in copies
    ]


def _exhibit_of(admin: Any, request: HttpRequest, object_id: UUID) -> Evidence:
    if not admin.has_view_permission(request):
        raise PermissionDenied
    evidence: Evidence = admin.get_object_or_404(request, str(object_id))
    return evidence


def _copy_of(access: Access, evidence_id: UUID, copy_id: UUID) -> Redaction:
    copy = find_redaction(access, copy_id)
    if copy.evidence_id != evidence_id:
        raise Http404
    return copy


def _regions_in(request: HttpRequest) -> Any:
    text = request.POST.get("regions", "")
    try:
        return json.loads(text[:MOST_REGIONS_TEXT])
    except ValueError:
        raise InvalidInput(errors={"regions": [NO_REGIONS]}) from None


def _told(problem: DomainError) -> str:
    return (
        " ".join(sentence for sentences in problem.errors.values() for sentence in sentences)
        or problem.message
    )


def _change_page(evidence: Evidence) -> str:
    return reverse("admin:media_evidence_evidence_change", args=[evidence.pk])
