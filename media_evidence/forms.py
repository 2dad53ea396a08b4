"""The console's forms for evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.forms.widgets import Script
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminTextInputWidget

from cases.models import Case
from media_evidence.models import Evidence

if TYPE_CHECKING:
    EvidenceModelForm = forms.ModelForm[Evidence]
else:
    EvidenceModelForm = forms.ModelForm

FACTS = ("title", "description", "media_type", "camera_type", "captured_at")


class EvidenceForm(EvidenceModelForm):
    """What is known about an exhibit."""

    class Meta:
        model = Evidence
        fields = FACTS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "description" in self.fields:
            self.fields["description"].widget.attrs["rows"] = 4

    def facts(self) -> dict[str, Any]:
        """Return the values that differ from before, for the service."""
        return {name: self.cleaned_data[name] for name in self.changed_data if name in FACTS}


class NewEvidenceForm(EvidenceForm):
    """A file for a case."""

    case_number = forms.CharField(
        label="Case", max_length=20, widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "2026-000001"})
    )
    file = forms.FileField(
        label="File",
        allow_empty_file=True,
        widget=UnfoldAdminFileFieldWidget,
        help_text="Stored as it is, under its SHA-256; nothing in it is ever changed.",
    )
    declared_sha256 = forms.CharField(
        label="Its SHA-256",
        required=False,
        max_length=100,
        widget=UnfoldAdminTextInputWidget,
        help_text="If you know it; where another arrives, nothing is kept.",
    )
    media_type = forms.ChoiceField(label="Media type", required=False)

    class Meta(EvidenceForm.Meta):
        fields = ("case_number", "file", "declared_sha256", *FACTS)  # type: ignore[assignment]

    class Media:
        js = (
            Script("vendor/tus-js-client/tus.min.js", defer=True),
            Script("media_evidence/uploads.js", defer=True),
        )
        css = {"all": ("media_evidence/uploads.css",)}

    #: Set by the page: number -> the case that this person sees.
    find: Any = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["title"].required = False
        self.fields["title"].help_text = "Leave empty for the file's name."
        self.fields["captured_at"].help_text = "Leave empty to confirm later what the file says."

    def clean_case_number(self) -> Case:
        """Return the case; raise ValidationError where this person sees none of that number."""
        case: Case | None = self.find(self.cleaned_data["case_number"].strip())
        if case is None:
            raise forms.ValidationError("There is no case with this number.")
        return case

    def facts(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in FACTS if self.cleaned_data.get(name)}
