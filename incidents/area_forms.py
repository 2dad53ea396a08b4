"""The console's forms for drawing areas and for putting a version in force."""

from __future__ import annotations

from typing import Any

from django import forms
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminSplitDateTimeWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from incidents.choices import PLACED_KINDS


class BeginDraftForm(forms.Form):
    """What a new version is drawn from."""

    kind = forms.ChoiceField(
        label="What is drawn",
        choices=[(str(kind), f"{kind.label}s") for kind in PLACED_KINDS],
        widget=UnfoldAdminSelectWidget,
    )
    is_empty = forms.BooleanField(
        label="Begin empty",
        required=False,
        widget=UnfoldBooleanSwitchWidget,
        help_text="Otherwise the draft begins with the areas in force.",
    )


class OutlineForm(forms.Form):
    """One area: what it is called and its corners."""

    code = forms.CharField(label="Code", max_length=40, widget=UnfoldAdminTextInputWidget)
    name = forms.CharField(label="Name", max_length=100, required=False, widget=UnfoldAdminTextInputWidget)
    note = forms.CharField(
        label="Note",
        max_length=500,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text="What the area is for.",
    )
    shape = forms.CharField(
        label="Corners",
        strip=True,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4, "spellcheck": "false", "data-outline": ""}),
        help_text="POLYGON((longitude latitude, …)) or GeoJSON; the map writes it, and draws what is typed.",
    )

    def __init__(self, *args: Any, has_note: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        if not has_note:
            del self.fields["note"]


class PutInForceForm(forms.Form):
    """Why areas change, and since when."""

    reason = forms.CharField(label="Why", max_length=150, required=False, widget=UnfoldAdminTextInputWidget)
    since = forms.SplitDateTimeField(
        label="Since",
        required=False,
        widget=UnfoldAdminSplitDateTimeWidget,
        help_text="Leave empty for now.",
    )
    take_faults = forms.BooleanField(
        label="Take its faults as they are",
        required=False,
        widget=UnfoldBooleanSwitchWidget,
        help_text="Needed where more than 5 % of the ground is at fault; the check says what.",
    )
