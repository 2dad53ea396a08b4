"""The console's pages for requests for access, emergencies, and the review of readings."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminSplitDateTimeWidget, UnfoldAdminTextareaWidget

from cases.asking import answer_request, require_answering, withdraw_request
from cases.choices import Decision, Oddity, Verdict
from cases.emergencies import end_emergency, require_reviewing, review_emergency
from cases.models import AccessRequest, CaseReading, Emergency
from cases.reviewing import review_reading
from incidents.admin.moments import moment
from nethra.core.access import access_of
from nethra.core.admin import ViewOnlyAdmin
from nethra.core.capabilities import Capability
from nethra.core.console import console
from nethra.core.console_actions import ButtonsByState, Question, action, ask, display
from nethra.core.errors import NotAllowed

DECISION_COLOURS = {"Waiting": "warning", "Granted": "success", "Declined": "danger", "Withdrawn": "info"}
VERDICT_COLOURS = {"Justified": "success", "Not justified": "danger", "Waiting": "warning"}


def note_field(label: str = "Note") -> forms.CharField:
    """Return a field for a few words."""
    return forms.CharField(
        label=label, max_length=1000, required=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3})
    )


class GrantForm(forms.Form):
    """Until when what was asked for is granted."""

    until = forms.SplitDateTimeField(
        label="Until (may stay empty)", required=False, widget=UnfoldAdminSplitDateTimeWidget
    )
    note = note_field("Note to who asks")


class DeclineForm(forms.Form):
    """Why a request is declined."""

    note = note_field("Note to who asks")


class VerdictForm(forms.Form):
    """What a review found."""

    verdict = forms.ChoiceField(choices=Verdict.choices, widget=UnfoldAdminSelectWidget)
    note = note_field()


class CaseColumns(ButtonsByState, ViewOnlyAdmin[Any]):
    """Lists of what concerns cases, each with the case's number and who it is about."""

    view_capability = Capability.VIEW_CASES

    @display(description="case")
    def of_case(self, row: Any) -> str:
        address = reverse("admin:cases_case_change", args=[row.case_id])
        return format_html('<a href="{}">{}</a>', address, row.case.number)

    @display(description="who")
    def who(self, row: Any) -> str:
        return str(row.user or "-")

    @display(description="result", label=VERDICT_COLOURS)
    def judged(self, row: Any) -> str:
        return row.get_verdict_display() if row.verdict else "Waiting"


def _allowed(check: Any, *arguments: Any) -> bool:
    try:
        check(*arguments)
    except NotAllowed:
        return False
    return True


@admin.register(AccessRequest, site=console)
class AccessRequestAdmin(CaseColumns):
    """Requests for access: one's own, and those one may answer."""

    list_display = ("of_case", "who", "level", "asked_at", "due_at", "state")
    list_filter = (("decision", ChoicesDropdownFilter),)
    ordering = ("-asked_at", "-id")
    fields = ("of_case", "who", "level", "reason", "asked_at", "due_at", "state", "answered", "note")
    readonly_fields = ("of_case", "who", "state", "answered")
    actions_detail = ("grant", "decline", "withdraw")

    def get_queryset(self, request: HttpRequest) -> QuerySet[AccessRequest]:
        return super().get_queryset(request).select_related("case", "user", "decided_by")

    def hidden_buttons(self, request: HttpRequest, row: AccessRequest) -> Collection[str]:
        access = access_of(request)
        sensible: set[str] = set()
        if row.decision != Decision.OPEN:
            return self.actions_detail
        if row.user_id == access.author_id:
            sensible = {"withdraw"}
        elif _allowed(require_answering, access, row):
            sensible = {"grant", "decline"}
        return set(self.actions_detail) - sensible

    @action(description="Grant", icon="check", url_path="grant")
    def grant(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._answer(request, object_id, Decision.GRANTED, "Grant", GrantForm)

    @action(description="Decline", icon="close", url_path="decline")
    def decline(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._answer(request, object_id, Decision.DECLINED, "Decline", DeclineForm)

    def _answer(
        self, request: HttpRequest, object_id: str, decision: Decision, verb: str, form: type[forms.Form]
    ) -> HttpResponse:
        asked = self.get_object_or_404(request, object_id)
        question = Question(
            f"{verb}: access to {asked.case.number}",
            f"{asked.user} asks for: {asked.get_level_display().lower()}. “{asked.reason}”",
            verb,
            f"The request is {decision.label.lower()}.",
            form,
        )

        def act(values: dict[str, Any]) -> None:
            answer_request(access=access_of(request), request=asked, decision=decision, **values)

        return ask(self, request, asked, question, act, permission="view")

    @action(description="Withdraw", icon="undo", url_path="withdraw")
    def withdraw(self, request: HttpRequest, object_id: str) -> HttpResponse:
        asked = self.get_object_or_404(request, object_id)
        question = Question(
            "Withdraw your request", f"The case {asked.case.number}.", "Withdraw", "The request is withdrawn."
        )

        def act(_: dict[str, Any]) -> None:
            withdraw_request(access=access_of(request), request=asked)

        return ask(self, request, asked, question, act, permission="view")

    @display(description="answer", label=DECISION_COLOURS)
    def state(self, asked: AccessRequest) -> str:
        return asked.get_decision_display()

    @display(description="answered")
    def answered(self, asked: AccessRequest) -> str:
        return f"{moment(asked.decided_at)}, {asked.decided_by or '-'}" if asked.decided_at else "-"


@admin.register(Emergency, site=console)
class EmergencyAdmin(CaseColumns):
    """Cases opened in an emergency: one's own, and those one may review."""

    list_display = ("of_case", "who", "opened_at", "expires_at", "judged")
    list_filter = (("verdict", ChoicesDropdownFilter),)
    ordering = ("-opened_at", "-id")
    fields = ("of_case", "who", "reason", "opened_at", "expires_at", "judged", "reviewed", "note")
    readonly_fields = ("of_case", "who", "judged", "reviewed")
    actions_detail = ("review", "close_again")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Emergency]:
        return super().get_queryset(request).select_related("case", "user", "reviewed_by")

    def hidden_buttons(self, request: HttpRequest, row: Emergency) -> Collection[str]:
        access = access_of(request)
        if row.user_id == access.author_id:
            return ("review",)
        may_review = not row.verdict and _allowed(require_reviewing, access, row)
        return ("close_again",) if may_review else self.actions_detail

    @action(description="Review", icon="rate_review", url_path="review")
    def review(self, request: HttpRequest, object_id: str) -> HttpResponse:
        found = self.get_object_or_404(request, object_id)
        question = Question(
            f"Review the emergency access to {found.case.number}",
            f"{found.user} opened it on {moment(found.opened_at)}: “{found.reason}”",
            "Save the review",
            "The emergency is reviewed.",
            VerdictForm,
        )

        def act(values: dict[str, Any]) -> None:
            review_emergency(access=access_of(request), emergency=found, **values)

        return ask(self, request, found, question, act, permission="view")

    @action(description="Close the case again", icon="lock", url_path="close-again")
    def close_again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        found = self.get_object_or_404(request, object_id)
        question = Question(
            f"Close {found.case.number} again",
            "The emergency is over; the case is closed to you from now on.",
            "Close it",
            "The case is closed to you again.",
        )

        def act(_: dict[str, Any]) -> None:
            end_emergency(access=access_of(request), emergency=found)

        return ask(self, request, found, question, act, permission="view")

    @display(description="reviewed")
    def reviewed(self, row: Emergency) -> str:
        return f"{moment(row.reviewed_at)}, {row.reviewed_by or '-'}" if row.reviewed_at else "-"


class OddityFilter(DropdownFilter):  # type: ignore[misc]
    """Readings by what is odd about them."""

    title, parameter_name = "oddity", "odd"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("any", "Anything odd"), *((value, str(label)) for value, label in Oddity.choices)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[CaseReading]) -> QuerySet[CaseReading]:
        value = self.value()
        if value == "any":
            return queryset.exclude(oddities=[])
        return queryset.filter(oddities__contains=[value]) if value else queryset


@admin.register(CaseReading, site=console)
class CaseReadingAdmin(CaseColumns):
    """Who looked at which case, and what a review made of it."""

    list_display = ("last_at", "who", "of_case", "basis", "why", "odd", "judged")
    list_filter = (OddityFilter, ("verdict", ChoicesDropdownFilter), ("basis", ChoicesDropdownFilter))
    ordering = ("-last_at", "-id")
    sortable_by = ()
    fields = ("of_case", "who", "basis", "why", "first_at", "last_at", "times", "odd", "judged", "note")
    readonly_fields = ("of_case", "who", "why", "odd", "judged")
    actions_detail = ("review",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[CaseReading]:
        return super().get_queryset(request).select_related("case", "user")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        reads = self._may(request, Capability.REVIEW_READINGS) or self._may(request, Capability.VIEW_AUDIT)
        return reads and super().has_view_permission(request, obj)

    def hidden_buttons(self, request: HttpRequest, row: CaseReading) -> Collection[str]:
        return ("review",) if row.verdict or row.user_id == access_of(request).author_id else ()

    def has_review_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return access_of(request).may(Capability.REVIEW_READINGS)

    @action(description="Review", icon="rate_review", url_path="review", permissions=("review",))
    def review(self, request: HttpRequest, object_id: str) -> HttpResponse:
        found = self.get_object_or_404(request, object_id)
        question = Question(
            f"Review a reading of {found.case.number}",
            f"{found.user or 'Somebody'} read it on {moment(found.last_at)}. {self.odd(found)}.",
            "Save the review",
            "The reading is reviewed.",
            VerdictForm,
        )

        def act(values: dict[str, Any]) -> None:
            review_reading(access=access_of(request), reading=found, **values)

        return ask(self, request, found, question, act, permission="review")

    @display(description="why")
    def why(self, reading: CaseReading) -> str:
        return reading.why

    @display(description="odd")
    def odd(self, reading: CaseReading) -> str:
        return ", ".join(str(Oddity(each).label) for each in reading.oddities) or "-"
