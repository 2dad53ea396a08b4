"""The console's pages for retention: the categories, the disposals and who waits for whom, the certificate."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter

from incidents.admin.moments import moment
from media_evidence.admin.kept import BUTTONS, NEEDED, ReasonForm
from media_evidence.choices import DisposalState
from media_evidence.keeping.categories import add_category, change_category
from media_evidence.keeping.certificates import certificate_of
from media_evidence.keeping.disposing import approve_disposal, call_back, decline_disposal, steps_for
from media_evidence.models import Disposal, Evidence, RetentionCategory
from media_evidence.room.intake import find_item, summary
from nethra.core.access import access_of
from nethra.core.admin import ConsoleAdmin, ViewOnlyAdmin
from nethra.core.capabilities import Capability
from nethra.core.console import console
from nethra.core.console_actions import ButtonsByState, Question, action, ask, display, refusing_as_pages

COLOURS = {
    DisposalState.WAITING.label: "warning",
    DisposalState.APPROVED.label: "warning",
    DisposalState.DONE.label: "danger",
    DisposalState.DECLINED.label: "info",
    DisposalState.CALLED_BACK.label: "info",
}


@admin.register(RetentionCategory, site=console)
class RetentionCategoryAdmin(ConsoleAdmin[RetentionCategory]):
    """For how long exhibits of which kind are kept."""

    view_capability = Capability.VIEW_EVIDENCE
    add_capability = change_capability = Capability.MANAGE_EVIDENCE
    list_display = ("name", "days", "starts", "is_offered")
    fields = ("name", "days", "starts", "is_offered")
    ordering = ("name",)
    sortable_by = ()

    def save_through_service(
        self, request: HttpRequest, obj: RetentionCategory, form: Any, change: bool, formsets: Sequence[Any]
    ) -> RetentionCategory:
        access = access_of(request)
        if change:
            return change_category(access=access, category=obj, **form.cleaned_data)
        return add_category(access=access, **form.cleaned_data)


class WaitingFilter(DropdownFilter):  # type: ignore[misc]
    """What this person may decide on, or asked for."""

    title = "who waits"
    parameter_name = "who"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [("me", "Waits for me"), ("mine", "I asked")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Disposal]) -> QuerySet[Disposal]:
        access, found = access_of(request), queryset
        if self.value() == "me":
            return found.answerable_by(access)  # type: ignore[attr-defined, no-any-return]
        return found.filter(asked_by=access.user_id) if self.value() == "mine" else found


@admin.register(Disposal, site=console)
class DisposalAdmin(ButtonsByState, ViewOnlyAdmin[Disposal]):
    """Disposals: who asked, who decided, until when they can be called back, and what certifies them."""

    view_capability = Capability.VIEW_EVIDENCE
    list_display = ("exhibit", "shown_state", "asked_by_name", "asked_on", "answered_by_name", "due_on")
    list_filter = (("state", ChoicesDropdownFilter), WaitingFilter)
    ordering = ("-asked_at", "-id")
    sortable_by = ()
    fields = (
        "exhibit",
        "shown_state",
        "reason",
        "asked_by_name",
        "asked_on",
        "answered_by_name",
        "answered_on",
        "due_on",
        "ended_by_name",
        "ended_on",
        "note",
    )
    readonly_fields = fields
    actions_detail = ("approve", "decline", "call_back", "certificate")

    def has_decide_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, Capability.MANAGE_EVIDENCE)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Disposal]:
        people = ("asked_by", "answered_by", "ended_by")
        return super().get_queryset(request).select_related("case", "evidence", *people)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.certificate_view)
        own = path("<uuid:object_id>/printed/", view, name="media_evidence_disposal_printed")
        return [own, *super().get_urls()]

    def hidden_buttons(self, request: HttpRequest, row: Disposal) -> Collection[str]:
        """Offer what this person may do while it waits or can be called back, the certificate afterwards."""
        offered = {*steps_for(access_of(request), row)}
        offered |= {"certificate"} if row.state == DisposalState.DONE else set()
        return set(self.actions_detail) - offered

    @action(description="Approve", icon="check", url_path="approve")
    def approve(self, request: HttpRequest, object_id: str) -> HttpResponse:
        disposal = self.get_object_or_404(request, object_id)
        question = Question(
            f"Dispose of {disposal.case} {disposal.evidence}",
            f"{disposal.asked_by} asks: {disposal.reason} It can be called back for seven days, then the file is "
            "destroyed for good.",
            "Approve",
            "The disposal is approved; it can be called back for seven days.",
            needs_proof=True,
        )
        access = access_of(request)
        return self._asked(
            request, disposal, question, lambda _: approve_disposal(access=access, disposal=disposal)
        )

    @action(description="Decline", icon="close", url_path="decline")
    def decline(self, request: HttpRequest, object_id: str) -> HttpResponse:
        disposal = self.get_object_or_404(request, object_id)
        question = Question(
            f"Keep {disposal.case} {disposal.evidence}",
            f"{disposal.asked_by} asked: {disposal.reason}",
            "Decline",
            "The request is declined.",
            ReasonForm,
        )
        access = access_of(request)
        return self._asked(
            request,
            disposal,
            question,
            lambda said: decline_disposal(access=access, disposal=disposal, **said),
        )

    @action(description="Call back", icon="undo", url_path="call-back")
    def call_back(self, request: HttpRequest, object_id: str) -> HttpResponse:
        disposal = self.get_object_or_404(request, object_id)
        question = Question(
            f"Keep {disposal.case} {disposal.evidence}",
            "The disposal ends; another one can be asked for.",
            "Call back",
            "The disposal is called back.",
            ReasonForm,
        )
        access = access_of(request)
        return self._asked(
            request, disposal, question, lambda said: call_back(access=access, disposal=disposal, **said)
        )

    @action(description="Certificate", icon="verified", url_path="certificate")
    def certificate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        disposal = self.get_object_or_404(request, object_id)
        return redirect(reverse("admin:media_evidence_disposal_printed", args=[disposal.pk]))

    def _asked(
        self,
        request: HttpRequest,
        disposal: Disposal,
        question: Question,
        act: Callable[[dict[str, Any]], object],
    ) -> HttpResponse:
        return ask(self, request, disposal, question, act, permission="decide")

    @refusing_as_pages
    def certificate_view(self, request: HttpRequest, object_id: UUID) -> HttpResponse:
        """Show the certificate as one page to print."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        certificate = certificate_of(access_of(request), object_id)
        context = {"certificate": certificate, "agency": getattr(request, "agency", "")}
        if certificate.evidence.is_physical:
            context["thing"] = summary(find_item(access_of(request), certificate.evidence_id))
        return TemplateResponse(request, "media_evidence/certificate.html", context)

    @display(description="exhibit")
    def exhibit(self, disposal: Disposal) -> str:
        address = reverse("admin:media_evidence_evidence_change", args=[disposal.evidence_id])
        return format_html('<a href="{}">{} {}</a>', address, disposal.case.number, disposal.evidence)

    @display(description="state", label=COLOURS)
    def shown_state(self, disposal: Disposal) -> str:
        return disposal.get_state_display()

    @display(description="asked by")
    def asked_by_name(self, disposal: Disposal) -> str:
        return str(disposal.asked_by)

    @display(description="asked")
    def asked_on(self, disposal: Disposal) -> str:
        return moment(disposal.asked_at)

    @display(description="answered by")
    def answered_by_name(self, disposal: Disposal) -> str:
        return str(disposal.answered_by or "-")

    @display(description="answered")
    def answered_on(self, disposal: Disposal) -> str:
        return moment(disposal.answered_at) if disposal.answered_at else "-"

    @display(description="can be called back until")
    def due_on(self, disposal: Disposal) -> str:
        return moment(disposal.due_at) if disposal.due_at else "-"

    @display(description="ended by")
    def ended_by_name(self, disposal: Disposal) -> str:
        return str(disposal.ended_by or ("Nethra" if disposal.ended_at else "-"))

    @display(description="ended")
    def ended_on(self, disposal: Disposal) -> str:
        return moment(disposal.ended_at) if disposal.ended_at else "-"


for name, button in BUTTONS:
    console.hang_button(Evidence, name, button, NEEDED)
