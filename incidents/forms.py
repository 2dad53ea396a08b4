"""The console's forms for incidents, their offences and their modus operandi."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING, Any

from django import forms
from unfold.widgets import UnfoldAdminSelectWidget

from incidents.choices import Completion
from incidents.models import Incident, IncidentHabit, IncidentOffence, OffenceCode
from incidents.rules import HabitInput, OffenceInput, breaches_of_habits, breaches_of_offences
from nethra.core.inlines import OwnRowsFormSet

if TYPE_CHECKING:
    IncidentModelForm = forms.ModelForm[Incident]
    OffenceModelForm = forms.ModelForm[IncidentOffence]
    HabitModelForm = forms.ModelForm[IncidentHabit]
else:
    IncidentModelForm = OffenceModelForm = HabitModelForm = forms.ModelForm

Choice = tuple[str, str]
Group = tuple[str, list[Choice]]


@cache
def offence_groups() -> list[Group]:
    """Return (category, [(code, name)]) of the NIBRS codes in use; only a migration changes them."""
    codes = OffenceCode.objects.filter(is_retired=False).order_by("category", "name")
    return [
        (category, [(code.code, code.name) for code in group])
        for category, group in groupby(codes, key=lambda code: code.category)
    ]


def offence_choices() -> list[Any]:
    """Return the choices of a select of NIBRS codes, grouped by category."""
    return [("", "Choose an offence"), *offence_groups()]


class IncidentForm(IncidentModelForm):
    """An incident's facts. Times are in the agency's zone."""

    class Meta:
        model = Incident
        fields = (
            "status",
            "occurred_from",
            "occurred_until",
            "reported_at",
            "address",
            "location",
            "description",
            "notes",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field.widget, forms.Textarea):
                field.widget.attrs["rows"] = 5
            if isinstance(field.widget, forms.SplitDateTimeWidget):
                field.widget.widgets[1].format = "%H:%M"
        for name, sentence in _WHEN_EMPTY.items():
            if name in self.fields:
                self.fields[name].required = False
                self.fields[name].help_text = sentence

    def facts(self, *, changed_only: bool) -> dict[str, Any]:
        """Return the values for the service: all that were given, or those that differ from before."""
        if changed_only:
            return {name: self.cleaned_data[name] for name in self.changed_data if self._differs(name)}
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}

    def _differs(self, name: str) -> bool:
        # The form shows minutes: an imported 23:26:41 that nobody touched stays what it is.
        before, after = self.initial.get(name), self.cleaned_data[name]
        if not isinstance(before, datetime) or not isinstance(after, datetime):
            return True
        return before.replace(second=0, microsecond=0) != after


_WHEN_EMPTY = {
    "occurred_until": "Leave empty for a point in time.",
    "reported_at": "Leave empty for now.",
}


class OffenceForm(OffenceModelForm):
    """One offence of an incident."""

    code = forms.ChoiceField(label="Offence", choices=offence_choices, widget=UnfoldAdminSelectWidget)

    class Meta:
        model = IncidentOffence
        fields = ("code", "completion")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stored = self.instance.offence_code_id
        if not stored:
            return
        self.initial["code"] = stored
        choices = offence_choices()
        if not any(stored == code for _, group in choices[1:] for code, _ in group):
            # A record from before the code was retired keeps it.
            choices.append((stored, str(self.instance.offence_code)))
        self.fields["code"].choices = choices  # type: ignore[attr-defined]

    def offence(self) -> OffenceInput:
        """Return what the form states; the agency's own category stays with the code it stands for."""
        code = self.cleaned_data["code"]
        category_id = self.instance.category_id if code == self.instance.offence_code_id else None
        return OffenceInput(code, self.cleaned_data["completion"] or Completion.COMPLETED, category_id)


class OffenceFormSet(OwnRowsFormSet):
    """The offences of one incident; the first is the primary."""

    def offences(self) -> list[OffenceInput]:
        """Return the offences in the order of the rows."""
        kept = [form for form in self.forms if form not in self.deleted_forms and form.cleaned_data]
        return [form.offence() for form in kept if "code" in form.cleaned_data]

    def clean(self) -> None:
        super().clean()
        if any(self.errors):
            return
        offences = self.offences()
        breaches = breaches_of_offences(offences, {offence.code: False for offence in offences})
        if breaches:
            raise forms.ValidationError(breaches)


class HabitForm(HabitModelForm):
    """One field of how it was done."""

    class Meta:
        model = IncidentHabit
        fields = ("field", "value")


class HabitFormSet(OwnRowsFormSet):
    """The modus operandi of one incident."""

    def habits(self) -> list[HabitInput]:
        """Return what the rows state."""
        kept = [form.cleaned_data for form in self.forms if form not in self.deleted_forms]
        return [HabitInput(row["field"], row["value"]) for row in kept if "value" in row and "field" in row]

    def clean(self) -> None:
        super().clean()
        if any(self.errors):
            return
        breaches = breaches_of_habits(self.habits())
        if breaches:
            raise forms.ValidationError(breaches)
