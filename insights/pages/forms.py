"""The form of an analysis, made from what its method says of its parameters."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import QueryDict
from unfold.widgets import (
    UnfoldAdminSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from incidents.admin.filters import area_groups
from incidents.forms import offence_groups
from incidents.models import Incident
from insights.answers.base import Analysis, Need
from insights.choices import Ground
from insights.models import MOST_WHY
from insights.pages.forecasts import forecast_field
from insights.running.methods import DAY, parameters_of
from nethra.core.access import Access

#: Days that a new analysis looks at unless somebody says otherwise.
USUAL_DAYS = 365
#: The fields of every analysis; what else there is are parameters.
ABOUT = ("subject", "treated", "control", "forecast", "ground")
#: Days of a calendar that somebody may mean.
DAYS_KNOWN = (
    MinValueValidator(date(1800, 1, 1), "Choose a day from 1800 on."),
    MaxValueValidator(date(2999, 12, 31), "Choose a day before the year 3000."),
)
FILTERS = ("offence", "area", "first_day", "last_day")


class DayInput(UnfoldAdminTextInputWidget):  # type: ignore[misc]
    """A day, picked with what the browser has for it."""

    input_type = "date"

    def format_value(self, value: Any) -> Any:
        """Return the day as browsers take it, whatever the language."""
        return value.isoformat() if isinstance(value, date) else value


class AnalysisForm(forms.Form):
    """Which incidents, what else it is about, the parameters, and what for.

    ``kept``: filters that somebody comes with and that the form has no field for; they stay as they are.
    """

    first_day = forms.DateField(label="From", required=False, widget=DayInput, validators=DAYS_KNOWN)
    last_day = forms.DateField(
        label="To, this day included", required=False, widget=DayInput, validators=DAYS_KNOWN
    )
    offence = forms.MultipleChoiceField(
        label="Offences",
        required=False,
        widget=UnfoldAdminSelectMultipleWidget(attrs={"size": 8}),
        help_text="None means all.",
    )
    area = forms.ChoiceField(label="Area", required=False, widget=UnfoldAdminSelectWidget)

    def __init__(
        self, access: Access, analysis: Analysis, zone: ZoneInfo, query: QueryDict, data: Any = None
    ) -> None:
        super().__init__(data, initial=initial_of(query, zone))
        self.access, self.analysis, self.zone = access, analysis, zone
        self.kept = kept_of(query)
        self.parameters = parameters_of(analysis)
        areas = [(name, choices) for name, choices in area_groups(access)]
        if Need.FORECAST in analysis.needs:
            # Which incidents are looked at follows from the forecast.
            self.fields = {"forecast": forecast_field(access, query)}
        else:
            self._choose("offence", offence_groups())
            self._choose("area", [("", "Everywhere"), *areas])
            self._add_about(areas)
        for parameter in self.parameters:
            self.fields[parameter["name"]] = field_of(parameter)
        self.fields["why"] = forms.CharField(
            label="What it is for", max_length=MOST_WHY, widget=UnfoldAdminTextInputWidget
        )

    def _choose(self, name: str, choices: Any) -> None:
        field: Any = self.fields[name]
        field.choices = choices

    def _add_about(self, areas: Any) -> None:
        if Need.SUBJECT in self.analysis.needs:
            self.fields["subject"] = forms.CharField(
                label="Incident",
                help_text="Its number, such as it is asked about.",
                widget=UnfoldAdminTextInputWidget,
            )
        if Need.ZONES in self.analysis.needs:
            for name, label in (("treated", "Area of the operation"), ("control", "Area to compare it with")):
                self.fields[name] = forms.ChoiceField(
                    label=label, choices=[("", "Choose an area"), *areas], widget=UnfoldAdminSelectWidget
                )
        self.fields["ground"] = forms.ChoiceField(
            label="Ground",
            choices=Ground.choices,
            required=False,
            widget=UnfoldAdminSelectWidget,
            help_text="Where cells lie when no area is chosen.",
        )

    def clean_subject(self) -> str:
        """Return the key of the incident whose number was typed."""
        number = self.cleaned_data["subject"].strip()
        found = Incident.objects.visible_to(self.access).filter(number=number, is_guarded=False)
        key = found.values_list("pk", flat=True).first()
        if key is None:
            raise forms.ValidationError("There is no incident of this number, or it is guarded.")
        return str(key)

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        first, last = cleaned.get("first_day"), cleaned.get("last_day")
        if first and last and last < first:
            self.add_error("last_day", "The last day must not be before the first.")
        return cleaned

    def asked(self) -> dict[str, Any]:
        """Return what the service takes: filters, about, parameters, why."""
        told = self.cleaned_data
        return {
            "filters": "" if Need.FORECAST in self.analysis.needs else self._filters(told),
            "about": {name: told[name] for name in ABOUT if told.get(name)},
            "parameters": {one["name"]: told[one["name"]] for one in self.parameters},
            "why": told["why"],
        }

    def _filters(self, told: dict[str, Any]) -> str:
        pairs: list[tuple[str, str]] = [("offence", code) for code in told["offence"]]
        if told["area"]:
            pairs.append(("area", told["area"]))
        if told["first_day"]:
            pairs.append(("occurred_after", self._midnight(told["first_day"])))
        if told["last_day"]:
            pairs.append(("occurred_before", self._midnight(told["last_day"] + timedelta(days=1))))
        return urlencode([*pairs, *self.kept])

    def _midnight(self, day: date) -> str:
        return datetime.combine(day, time(), self.zone).isoformat()


def field_of(parameter: dict[str, Any]) -> forms.Field:
    """Return the form's field of a parameter; the method itself checks its bounds."""
    label = f"{parameter['label']} ({parameter['unit']})" if parameter["unit"] else parameter["label"]
    common = {"label": label, "help_text": parameter["help"], "initial": parameter["default"]}
    if parameter["is_list"] and parameter["choices"]:
        choices = [(one, one) for one in parameter["choices"]]
        widget = UnfoldAdminSelectMultipleWidget
        return forms.MultipleChoiceField(choices=choices, widget=widget, **common)
    if parameter["is_list"]:
        common["initial"] = ", ".join(str(one) for one in parameter["default"])
        return forms.CharField(widget=UnfoldAdminTextInputWidget, **common)
    if parameter["choices"]:
        choices = [(one, one) for one in parameter["choices"]]
        return forms.ChoiceField(choices=choices, widget=UnfoldAdminSelectWidget, **common)
    if parameter["type"] == DAY:
        return forms.DateField(widget=DayInput, validators=DAYS_KNOWN, **common)
    if parameter["type"] == "flag":
        return forms.BooleanField(required=False, widget=UnfoldBooleanSwitchWidget, **common)
    return forms.CharField(widget=UnfoldAdminTextInputWidget(attrs=_numeric(parameter)), **common)


def _numeric(parameter: dict[str, Any]) -> dict[str, str]:
    return {"inputmode": "numeric" if parameter["type"] == "whole number" else "decimal"}


def initial_of(query: QueryDict, zone: ZoneInfo) -> dict[str, Any]:
    """Return what the fields begin with: the filters that somebody comes with, else the last year."""
    found: dict[str, Any] = {"offence": query.getlist("offence"), "area": query.get("area", "")}
    after, before = (_day(query.get(name), zone) for name in ("occurred_after", "occurred_before"))
    if not query:
        after = datetime.now(zone).date() - timedelta(days=USUAL_DAYS)
    found["first_day"] = after
    found["last_day"] = None if before is None else before - timedelta(days=1)
    return found


def _day(text: str | None, zone: ZoneInfo) -> date | None:
    try:
        return None if not text else datetime.fromisoformat(text).astimezone(zone).date()
    except (ValueError, OverflowError):
        return None


def kept_of(query: QueryDict) -> list[tuple[str, str]]:
    """Return the filters that the form has no field for."""
    shown = {"offence", "area", "occurred_after", "occurred_before", "forecast"}
    return [(name, value) for name, values in query.lists() if name not in shown for value in values if value]
