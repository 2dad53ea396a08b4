"""The console's pages for orders to expunge, and the button on a case that asks for one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from cases.choices import ExpungeKind
from cases.expunging import OF_CASES, approve_expunge, ask_expunge, decline_expunge
from cases.models import Case, ExpungeOrder, InvolvedPerson
from incidents.admin.sealing import order_field
from incidents.models import Incident
from nethra.core.access import access_of
from nethra.core.admin import ViewOnlyAdmin, visible_rows
from nethra.core.capabilities import Capability
from nethra.core.console import console
from nethra.core.console_actions import ButtonsByState, Question, action, ask, display

COLOURS = {"Waits for a second person": "warning", "Carried out": "danger", "Declined": "info"}


class OrderForm(forms.Form):
    """By which order something is expunged."""

    order_number = order_field()
    authority = forms.CharField(
        label="Ordered by", max_length=200, required=False, widget=UnfoldAdminTextInputWidget
    )


def case_form(people: Iterable[InvolvedPerson]) -> type[forms.Form]:
    """Return the form that asks what is expunged of a case: all of it, or one of these people, as ``subject``."""
    choices = [
        (ExpungeKind.CASE, ExpungeKind.CASE.label),
        (ExpungeKind.CASE_AND_INCIDENTS, ExpungeKind.CASE_AND_INCIDENTS.label),
        *((str(person.pk), f"Only the {person}") for person in people),
    ]
    subject = forms.ChoiceField(label="What is expunged", choices=choices, widget=UnfoldAdminSelectWidget)
    return type("CaseForm", (OrderForm,), {"field_order": ("subject",), "subject": subject})


@action(description="Expunge", icon="delete_forever", url_path="expunge", permissions=("expunge",))
def expunge_case(self: Any, request: HttpRequest, object_id: str) -> HttpResponse:
    """Ask for a case, or a person of it, to be expunged by order; a second person approves it."""
    case = self.get_object_or_404(request, object_id)
    people = []
    if access_of(request).may(Capability.VIEW_CASE_PEOPLE):
        people = list(visible_rows(InvolvedPerson, request).filter(case=case))
    sentence = (
        "By order: its words, people, files and what the audit keeps of them are destroyed for good. The number, "
        "the moves and the proof stay. A second person must approve it first."
    )

    def act(values: dict[str, Any]) -> None:
        subject = values.pop("subject")
        what: dict[str, Any] = (
            {"kind": subject, "subject_id": case.pk}
            if subject in OF_CASES
            else {"kind": ExpungeKind.PERSON, "subject_id": UUID(subject)}
        )
        ask_expunge(access=access_of(request), **what, **values)

    return _asked(self, request, case, sentence, case_form(people), act)


@action(description="Expunge", icon="delete_forever", url_path="expunge", permissions=("expunge",))
def expunge_incident(self: Any, request: HttpRequest, object_id: str) -> HttpResponse:
    """Ask for an incident to be expunged by order; a second person approves it."""
    incident = self.get_object_or_404(request, object_id)
    sentence = (
        "By order: its words, place and what the audit keeps of them are destroyed for good. The number and the "
        "proof stay. A second person must approve it first."
    )

    def act(values: dict[str, Any]) -> None:
        ask_expunge(access=access_of(request), kind=ExpungeKind.INCIDENT, subject_id=incident.pk, **values)

    return _asked(self, request, incident, sentence, OrderForm, act)


def _asked(
    admin: Any,
    request: HttpRequest,
    row: Case | Incident,
    sentence: str,
    form: type[forms.Form],
    act: Callable[[dict[str, Any]], None],
) -> HttpResponse:
    question = Question(
        f"Expunge {row.number}",
        sentence,
        "Ask for approval",
        "The order waits for a second person.",
        form,
        needs_proof=True,
    )
    after = reverse("admin:cases_expungeorder_changelist")
    return ask(admin, request, row, question, act, permission="expunge", after=after)


@admin.register(ExpungeOrder, site=console)
class ExpungeOrderAdmin(ButtonsByState, ViewOnlyAdmin[ExpungeOrder]):
    """Orders to expunge: who asked, who approved, and the proof of what is gone."""

    list_display = ("number", "kind", "order_number", "authority", "asked_at", "state")
    ordering = ("-asked_at", "-id")
    sortable_by = ()
    fields = (
        "number",
        "kind",
        "order_number",
        "authority",
        "asked_at",
        "asked_by_name",
        "state",
        "approved_at",
        "approved_by_name",
        "events_blanked",
        "files",
    )
    readonly_fields = ("state", "asked_by_name", "approved_by_name", "files")
    actions_detail = ("approve", "decline")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, Capability.EXPUNGE_RECORDS) or self._may(request, Capability.VIEW_AUDIT)

    def hidden_buttons(self, request: HttpRequest, row: ExpungeOrder) -> Collection[str]:
        """Offer a second person's answer to who may expunge, while it is asked for."""
        is_over = row.executed_at is not None or row.declined_at is not None
        if is_over or not self._may(request, Capability.EXPUNGE_RECORDS):
            return self.actions_detail
        return ("approve",) if row.asked_by_id == access_of(request).author_id else ()

    @action(description="Approve and expunge", icon="delete_forever", url_path="approve")
    def approve(self, request: HttpRequest, object_id: str) -> HttpResponse:
        order = self.get_object_or_404(request, object_id)
        question = Question(
            f"Expunge {order.number}",
            f"{order.get_kind_display()}, by order {order.order_number} of {order.authority}. It cannot be taken back.",
            "Approve and expunge",
            f"{order.number} is expunged.",
            needs_proof=True,
        )
        act = approve_expunge
        return ask(
            self,
            request,
            order,
            question,
            lambda _: act(access=access_of(request), order=order),
            permission="view",
        )

    @action(description="Decline", icon="close", url_path="decline")
    def decline(self, request: HttpRequest, object_id: str) -> HttpResponse:
        order = self.get_object_or_404(request, object_id)
        question = Question(
            "Let this order lapse", f"{order.number} stays as it is.", "Decline", "The order lapsed."
        )
        act = decline_expunge
        return ask(
            self,
            request,
            order,
            question,
            lambda _: act(access=access_of(request), order=order),
            permission="view",
        )

    @display(description="state", label=COLOURS)
    def state(self, order: ExpungeOrder) -> str:
        if order.executed_at:
            return "Carried out"
        return "Declined" if order.declined_at else "Waits for a second person"

    @display(description="asked by")
    def asked_by_name(self, order: ExpungeOrder) -> str:
        return str(order.asked_by or "-")

    @display(description="approved by")
    def approved_by_name(self, order: ExpungeOrder) -> str:
        return str(order.approved_by or "-")

    @display(description="files destroyed, SHA-256")
    def files(self, order: ExpungeOrder) -> str:
        return ", ".join(order.files_destroyed) or "-"


console.hang_button(Case, "expunge", expunge_case, Capability.EXPUNGE_RECORDS, menu="Manage")
console.hang_button(Incident, "expunge", expunge_incident, Capability.EXPUNGE_RECORDS, menu="Manage")
