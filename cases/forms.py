"""The console's forms for cases and their parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from cases.choices import Clearance, Transition
from cases.models import Case, CaseIncident
from incidents.models import Incident
from nethra.core.guards import withheld_of

if TYPE_CHECKING:
    CaseModelForm = forms.ModelForm[Case]
    LinkModelForm = forms.ModelForm[CaseIncident]
else:
    CaseModelForm = LinkModelForm = forms.ModelForm


FACTS = ("title", "priority", "lead", "unit", "notes", "informant_notes")


class NumberField(forms.CharField):
    """An incident named by its number; cleans to the incident. ``find`` is set by the page."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("widget", UnfoldAdminTextInputWidget(attrs={"placeholder": "I2026-0000001"}))
        super().__init__(label="Incident", max_length=40, **options)
        self.find: Any = None

    def clean(self, value: Any) -> Incident | None:
        """Return the incident; raise ValidationError where this person sees none of that number."""
        number = super().clean(value).strip().upper()
        if not number:
            return None
        found = self.find(number) if self.find else None
        if found is None:
            raise forms.ValidationError("There is no incident with this number.")
        return found  # type: ignore[no-any-return]


class CaseForm(CaseModelForm):
    """A case's own facts."""

    class Meta:
        model = Case
        fields = FACTS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, rows in (("notes", 6), ("informant_notes", 3)):
            if name in self.fields:
                self.fields[name].widget.attrs["rows"] = rows
        for name in withheld_of(self.instance):
            if name in self.fields:
                self.fields[name].disabled = True

    def facts(self, *, changed_only: bool) -> dict[str, Any]:
        """Return the values for the service: all that were given, or those that differ from before."""
        names = [name for name in FACTS if name in self.cleaned_data]
        if changed_only:
            values = {name: self.cleaned_data[name] for name in names if name in self.changed_data}
        else:
            values = {name: self.cleaned_data[name] for name in names if self.cleaned_data[name]}
        for name in {"lead", "unit"} & set(values):
            row = values.pop(name)
            values[f"{name}_id"] = row.pk if row else None
        return values


class NewCaseForm(CaseForm):
    """A new case about an incident."""

    incident = NumberField(help_text="The incident that begins the case; an incident begins one case.")

    class Meta(CaseForm.Meta):
        fields = ("incident", *FACTS)  # type: ignore[assignment]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["title"].required = False
        self.fields["title"].help_text = "Leave empty for the incident's offence."


class LinkForm(LinkModelForm):
    """A further incident, named by its number."""

    number = NumberField()

    class Meta:
        model = CaseIncident
        fields = ()


def transition_form(transition: Transition, case: Case, people: Any) -> type[forms.Form]:
    """Return the form of one move: what it needs, and the status that the person saw."""
    offered: dict[str, forms.Field] = {
        "source": forms.CharField(widget=forms.HiddenInput, initial=case.status, required=False)
    }
    if "lead" in transition.fields:
        offered["lead"] = forms.ModelChoiceField(
            people, initial=case.lead_id, widget=UnfoldAdminSelectWidget, label="Lead", required=False
        )
    if "referred_to" in transition.fields:
        offered["referred_to"] = forms.CharField(
            max_length=200, widget=UnfoldAdminTextInputWidget, label="Referred to", required=False
        )
    if "clearance" in transition.fields:
        offered["clearance"] = forms.ChoiceField(
            choices=[("", "Choose how"), *Clearance.choices],
            widget=UnfoldAdminSelectWidget,
            label="Cleared",
            required=False,
        )
    offered["reason"] = forms.CharField(
        max_length=1000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
        label="Reason" if transition.needs_reason else "Reason (may stay empty)",
        help_text="The history keeps it for good.",
        required=False,
    )
    return type("TransitionForm", (forms.Form,), offered)
