"""The form of a share: with whom, what, and for how long."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django import forms
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSplitDateTimeWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from cases.choices import SHARED_FIELDS, ShareLevel
from cases.sharing import NEEDS
from nethra.core.access import Access

#: What a form begins with: the facts, no notes, and nobody's name.
USUAL = [f"{kind}.{name}" for kind in ("case", "incident") for name in SHARED_FIELDS[kind] if name != "notes"]


def sharable(access: Access, kinds: Collection[str]) -> list[tuple[str, str]]:
    """Return the fields of these kinds that this person may share.

    Nobody passes on what is withheld from themselves.
    """
    return [
        (f"{kind}.{name}", f"{kind}: {name.replace('_', ' ')}")
        for kind, names in SHARED_FIELDS.items()
        if kind in kinds
        for name in names
        if all(access.may(needed) for needed in NEEDS.get(f"{kind}.{name}", ()))
    ]


class ShareForm(forms.Form):
    """With whom, what, and for how long."""

    recipient = forms.CharField(
        label="Code of the other agency", max_length=40, widget=UnfoldAdminTextInputWidget
    )
    level = forms.ChoiceField(label="They may", choices=ShareLevel.choices, widget=UnfoldAdminSelectWidget)
    until = forms.SplitDateTimeField(label="Until", widget=UnfoldAdminSplitDateTimeWidget)
    may_reshare = forms.BooleanField(
        label="They may pass it on", required=False, widget=UnfoldBooleanSwitchWidget()
    )
    fields_ = forms.MultipleChoiceField(
        label="What they see", required=False, widget=UnfoldAdminCheckboxSelectMultipleWidget
    )
    reason = forms.CharField(
        label="Why", max_length=1000, required=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3})
    )

    def __init__(self, data: Any, choices: list[tuple[str, str]], *, may_pass_on: bool = True) -> None:
        offered = [name for name, _ in choices]
        super().__init__(data, initial={"fields_": [name for name in USUAL if name in offered]})
        self.fields["fields_"].choices = choices  # type: ignore[attr-defined]
        if not may_pass_on:
            del self.fields["may_reshare"], self.fields["level"]

    def values(self) -> dict[str, Any]:
        """Return what the service asks for."""
        values = dict(self.cleaned_data)
        values["fields"] = values.pop("fields_")
        return values
