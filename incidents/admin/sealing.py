"""The buttons and the tab of seals by order, on the pages of every kind of record that is sealed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, ClassVar

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSplitDateTimeWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from incidents.admin.moments import moment
from incidents.choices import SealedPart
from incidents.models import IncidentSeal
from incidents.sealing import lift_incident_seal, remove_incident_seal, seal_incident
from nethra.core.access import access_of
from nethra.core.capabilities import Capability
from nethra.core.console_actions import Question, action, ask, display
from nethra.core.inlines import ViewOnlyInline
from nethra.core.seals import Seal

#: The buttons of the mixin below, by name.
SEALING = ("seal", "lift_seal", "remove_seal")


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


class SealsRecords:
    """Buttons for whoever seals records by order: place a seal, lift it for a time, remove it."""

    seal_parts: ClassVar[Any]
    #: What a seal does to the record, for the page that asks.
    seal_sentence: ClassVar[str] = "By order of a court or office. What is sealed is read by few."
    #: (access, row, values of the form) -> what the service returns.
    place_seal: ClassVar[Callable[..., Any]]
    lift_placed_seal: ClassVar[Callable[..., Any]]
    remove_placed_seal: ClassVar[Callable[..., Any]]

    def has_seal_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return access_of(request).may(Capability.SEAL_RECORDS)

    @action(description="Seal", icon="gavel", url_path="seal", permissions=("seal",))
    def seal(self: Any, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self.get_object_or_404(request, object_id)
        question = Question(
            f"Seal {row.number}",
            self.seal_sentence,
            "Seal",
            f"{row.number} is sealed.",
            seal_form(self.seal_parts),
            needs_proof=True,
        )
        return self._answered(request, row, question, self.place_seal)  # type: ignore[no-any-return]

    @action(description="Lift the seal", icon="timer", url_path="lift-seal", permissions=("seal",))
    def lift_seal(self: Any, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self.get_object_or_404(request, object_id)
        question = Question(
            f"Lift the seal of {row.number}",
            "What is sealed is open until the time given; then the seal holds again by itself.",
            "Lift",
            "The seal is lifted for a time.",
            LiftForm,
            needs_proof=True,
        )
        return self._answered(request, row, question, self.lift_placed_seal)  # type: ignore[no-any-return]

    @action(description="Remove the seal", icon="lock_reset", url_path="remove-seal", permissions=("seal",))
    def remove_seal(self: Any, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self.get_object_or_404(request, object_id)
        question = Question(
            f"Remove the seal of {row.number}",
            "For good, by another order. Both orders stay on record.",
            "Remove the seal",
            "The seal is removed.",
            RemovalForm,
            needs_proof=True,
        )
        return self._answered(request, row, question, self.remove_placed_seal)  # type: ignore[no-any-return]

    def _answered(
        self: Any, request: HttpRequest, row: Any, question: Question, verb: Callable[..., Any]
    ) -> HttpResponse:
        access = access_of(request)
        meta = row._meta
        # Whoever seals and does not read what is sealed has no page to come back to.
        after = (
            ""
            if access.may(Capability.READ_SEALED)
            else reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")
        )
        return ask(
            self,
            request,
            row,
            question,
            lambda values: verb(access, row, **values),
            permission="seal",
            after=after,
        )


def sealing_of(row: Any) -> set[str]:
    """Return which of the buttons make sense for a record as it stands."""
    return {"lift_seal", "remove_seal"} if row.sealed_parts else {"seal"}


class SealTab(ViewOnlyInline[Any, Any]):
    """The orders that seal a record or parts of it; shown where there are any."""

    parts: ClassVar[Any]
    anchor = "seals"
    verbose_name_plural = "seals"
    fields = readonly_fields = ("order_number", "authority", "what", "placed", "state")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is None or not super().has_view_permission(request, obj):
            return False
        if "_has_seals" not in obj.__dict__:
            seals = self.model._default_manager.visible_to(access_of(request))
            obj.__dict__["_has_seals"] = seals.filter(**{str(self.fk_name): obj.pk}).exists()
        return bool(obj.__dict__["_has_seals"])

    @display(description="sealed")
    def what(self, seal: Seal) -> str:
        return ", ".join(str(self.parts(part).label) for part in seal.parts)

    @display(description="placed")
    def placed(self, seal: Seal) -> str:
        return moment(seal.placed_at)

    @display(description="stands")
    def state(self, seal: Seal) -> str:
        if seal.removed_at:
            return f"Removed {moment(seal.removed_at)}, order {seal.removal_order}"
        if seal.lifted_until and seal.lifted_until > datetime.now(UTC):
            return f"Lifted until {moment(seal.lifted_until)}, order {seal.lift_order}"
        return "In force"


class SealsIncidents(SealsRecords):
    """The buttons, for incidents."""

    seal_parts = SealedPart.choices
    place_seal = staticmethod(
        lambda access, row, **values: seal_incident(access=access, incident=row, **values)
    )
    lift_placed_seal = staticmethod(
        lambda access, row, **values: lift_incident_seal(access=access, incident=row, **values)
    )
    remove_placed_seal = staticmethod(
        lambda access, row, **values: remove_incident_seal(access=access, incident=row, **values)
    )


class SealsOfIncident(SealTab):
    """The orders that seal an incident."""

    model = IncidentSeal
    parts = SealedPart
    fk_name = "incident"
    view_capability = Capability.VIEW_INCIDENTS
