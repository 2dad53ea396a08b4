"""The buttons that decide who sees a case: restrict, open, seal, lift, remove a seal."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSplitDateTimeWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from cases.access import may_keep, set_restriction
from cases.choices import SealedPart
from cases.models import Case
from cases.sealing import lift_case_seal, remove_case_seal, seal_case
from nethra.core.access import access_of
from nethra.core.capabilities import Capability
from nethra.core.console_actions import Question, action, ask


class RestrictForm(forms.Form):
    """How far a restriction goes."""

    hides_incidents = forms.BooleanField(
        label="Hide its incidents too",
        required=False,
        initial=True,
        widget=UnfoldBooleanSwitchWidget(),
        help_text="From whoever does not see the case: in lists, on maps, in counts and searches.",
    )


def order_field(label: str = "Number of the order") -> forms.CharField:
    """Return the field for an order's number."""
    return forms.CharField(label=label, max_length=100, required=False, widget=UnfoldAdminTextInputWidget)


def seal_form(parts: Any) -> type[forms.Form]:
    """Return the form of a new seal of these parts."""
    fields: dict[str, Any] = {
        "parts": forms.MultipleChoiceField(
            label="What is sealed",
            choices=parts,
            required=False,
            initial=["whole"],
            widget=UnfoldAdminCheckboxSelectMultipleWidget,
        ),
        "order_number": order_field(),
        "authority": forms.CharField(
            label="Ordered by", max_length=200, required=False, widget=UnfoldAdminTextInputWidget
        ),
        "reason": forms.CharField(
            label="Remarks",
            max_length=1000,
            required=False,
            widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        ),
    }
    return type("SealForm", (forms.Form,), fields)


class LiftForm(forms.Form):
    """An order that opens a sealed record for a time."""

    order_number = order_field()
    until = forms.SplitDateTimeField(label="Until", widget=UnfoldAdminSplitDateTimeWidget)


class RemovalForm(forms.Form):
    """An order that ends a seal."""

    order_number = order_field()


class KeepsCase:
    """Buttons for whoever decides who sees a case, and for whoever seals records."""

    def has_restrict_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        case = self._shown(request, object_id)
        return case is not None and may_keep(access_of(request), case)

    def has_seal_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return access_of(request).may(Capability.SEAL_RECORDS)

    def _shown(self: Any, request: HttpRequest, row: Any) -> Case | None:
        if isinstance(row, Case) or row is None:
            return row
        return self.get_object(request, str(row))  # type: ignore[no-any-return]

    @action(description="Restrict", icon="lock", url_path="restrict", permissions=("restrict",))
    def restrict(self: Any, request: HttpRequest, object_id: str) -> HttpResponse:
        case = self.get_object_or_404(request, object_id)
        question = Question(
            f"Restrict {case.number}",
            "From now on only its lead and the people named in it see the case. Others are told its number and unit, "
            "or nothing, as the agency decided.",
            "Restrict",
            f"The case {case.number} is restricted.",
            RestrictForm,
        )

        def act(values: dict[str, Any]) -> None:
            set_restriction(access=access_of(request), case=case, is_restricted=True, **values)

        return ask(self, request, case, question, act, permission="restrict")

    @action(
        description="End the restriction", icon="lock_open", url_path="unrestrict", permissions=("restrict",)
    )
    def unrestrict(self: Any, request: HttpRequest, object_id: str) -> HttpResponse:
        case = self.get_object_or_404(request, object_id)
        question = Question(
            f"End the restriction of {case.number}",
            "Everybody whose role reaches it sees the case again.",
            "End the restriction",
            f"The case {case.number} is not restricted any more.",
            needs_proof=True,
        )

        def act(_: dict[str, Any]) -> None:
            set_restriction(access=access_of(request), case=case, is_restricted=False)

        return ask(self, request, case, question, act, permission="restrict")

    @action(description="Seal", icon="gavel", url_path="seal", permissions=("seal",))
    def seal(self: Any, request: HttpRequest, object_id: str) -> HttpResponse:
        case = self.get_object_or_404(request, object_id)
        question = Question(
            f"Seal {case.number}",
            "By order of a court or office. What is sealed is read by few, and a sealed case is not worked on.",
            "Seal",
            f"The case {case.number} is sealed.",
            seal_form(SealedPart.choices),
            needs_proof=True,
        )

        def act(values: dict[str, Any]) -> None:
            seal_case(access=access_of(request), case_id=case.pk, **values)

        return ask(self, request, case, question, act, permission="seal")

    @action(description="Lift the seal", icon="timer", url_path="lift-seal", permissions=("seal",))
    def lift_seal(self: Any, request: HttpRequest, object_id: str) -> HttpResponse:
        case = self.get_object_or_404(request, object_id)
        question = Question(
            f"Lift the seal of {case.number}",
            "What is sealed is open until the time given; then the seal holds again by itself.",
            "Lift",
            "The seal is lifted for a time.",
            LiftForm,
            needs_proof=True,
        )

        def act(values: dict[str, Any]) -> None:
            lift_case_seal(access=access_of(request), case_id=case.pk, **values)

        return ask(self, request, case, question, act, permission="seal")

    @action(description="Remove the seal", icon="lock_reset", url_path="remove-seal", permissions=("seal",))
    def remove_seal(self: Any, request: HttpRequest, object_id: str) -> HttpResponse:
        case = self.get_object_or_404(request, object_id)
        question = Question(
            f"Remove the seal of {case.number}",
            "For good, by another order. Both orders stay on record.",
            "Remove the seal",
            "The seal is removed.",
            RemovalForm,
            needs_proof=True,
        )

        def act(values: dict[str, Any]) -> None:
            remove_case_seal(access=access_of(request), case_id=case.pk, **values)

        return ask(self, request, case, question, act, permission="seal")


KEEPING = ("restrict", "unrestrict", "seal", "lift_seal", "remove_seal")


def keeping_of(case: Case) -> set[str]:
    """Return which of the buttons make sense for a case as it stands."""
    restriction = "unrestrict" if case.is_restricted else "restrict"
    return {restriction, *(("lift_seal", "remove_seal") if case.sealed_parts else ("seal",))}


def parse_key(text: Any) -> UUID:
    """Return a key of an address; raise Http404 for what is none."""
    try:
        return UUID(str(text))
    except ValueError as problem:
        raise Http404 from problem
