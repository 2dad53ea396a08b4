"""The console's forms that take a file: a new import, a new version of areas."""

from __future__ import annotations

from typing import Any

from django import forms
from unfold.widgets import (
    UnfoldAdminFileFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSplitDateTimeWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from incidents.import_profiles import load_profile, profile_names
from nethra.core.geo import ALLOWED_SRIDS

MEGABYTE = 1 << 20
MAX_IMPORT = 512 * MEGABYTE
MAX_AREAS = 50 * MEGABYTE


class UploadField(forms.FileField):
    """A file of a bounded size and of certain names."""

    def __init__(self, *, accept: tuple[str, ...], most: int, **options: Any) -> None:
        self.accept, self.most = accept, most
        widget = UnfoldAdminFileFieldWidget(attrs={"accept": ",".join(accept)})
        super().__init__(widget=widget, max_length=255, **options)

    def clean(self, data: Any, initial: Any = None) -> Any:
        file = super().clean(data, initial)
        if file is not None and not file.name.lower().endswith(self.accept):
            raise forms.ValidationError(f"Choose a file that ends in {', '.join(self.accept)}.")
        if file is not None and file.size > self.most:
            raise forms.ValidationError(f"The file is larger than {self.most // MEGABYTE} MB.")
        return file


def profile_choices() -> list[tuple[str, str]]:
    """Return (name, title) of the profiles that come with Nethra."""
    return [(name, load_profile(name).title) for name in profile_names()]


class ImportForm(forms.Form):
    """A file of incidents and how to read it."""

    file = UploadField(
        label="File",
        accept=(".csv", ".csv.gz", ".gz", ".txt", ".geojson", ".json", ".gpkg", ".zip"),
        most=MAX_IMPORT,
        help_text=(
            "CSV, plain or gzipped; GeoJSON, GeoPackage, or a ZIP archive with a shapefile. "
            "Nothing is stored before you have seen how it is read."
        ),
    )
    profile = forms.ChoiceField(
        label="How to read it",
        choices=profile_choices,
        widget=UnfoldAdminSelectWidget,
        help_text="A profile says which column is what.",
    )
    look_up_addresses = forms.BooleanField(
        label="Look addresses up",
        required=False,
        widget=UnfoldBooleanSwitchWidget,
        help_text=(
            "A row without coordinates gets the point of its address, where the gazetteer is certain of it. "
            "Otherwise it is stored without a place."
        ),
    )


class AreasForm(forms.Form):
    """A file of areas, what they are, and where code and name stand."""

    KINDS = (("beat", "Beats"), ("district", "Districts"), ("boundary", "The agency's boundary"))

    file = UploadField(
        label="File",
        accept=(".geojson", ".json", ".gpkg", ".zip"),
        most=MAX_AREAS,
        help_text="GeoJSON, GeoPackage, or a ZIP archive with a shapefile's .shp, .shx, .dbf and .prj.",
    )
    kind = forms.ChoiceField(label="What it holds", choices=KINDS, widget=UnfoldAdminSelectWidget)
    code_field = forms.CharField(
        label="Field with the code",
        required=False,
        empty_value=None,
        max_length=100,
        widget=UnfoldAdminTextInputWidget,
        help_text="Leave empty to let Nethra look for the usual names.",
    )
    name_field = forms.CharField(
        label="Field with the name",
        required=False,
        empty_value=None,
        max_length=100,
        widget=UnfoldAdminTextInputWidget,
    )
    srid = forms.TypedChoiceField(
        label="Coordinates",
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", "As the file says"), *((str(srid), f"EPSG:{srid}") for srid in sorted(ALLOWED_SRIDS))],
        widget=UnfoldAdminSelectWidget,
        help_text="Only where the file does not say it.",
    )
    since = forms.SplitDateTimeField(
        label="In force since",
        required=False,
        widget=UnfoldAdminSplitDateTimeWidget,
        help_text="Leave empty for now.",
    )
    take_faults = forms.BooleanField(
        label="Take overlaps and gaps as they are",
        required=False,
        widget=UnfoldBooleanSwitchWidget,
        help_text="Needed where more than 5 % of the ground is at fault.",
    )
