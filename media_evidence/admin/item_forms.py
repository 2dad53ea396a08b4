"""The console's forms for physical exhibits and for what is done to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import QuerySet
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from cases.admin.choosing import colleagues
from cases.models import Case
from media_evidence.choices import Purpose, SealCondition
from media_evidence.models import Item, StorageLocation
from nethra.core.access import Access
from nethra.core.capabilities import Capability

if TYPE_CHECKING:
    ItemModelForm = forms.ModelForm[Item]
else:
    ItemModelForm = forms.ModelForm

OWN = (
    "kind",
    "bag_number",
    "quantity",
    "unit",
    "value",
    "currency",
    "collected_at",
    "collected_place",
    "collected_by",
)


class NewItemForm(ItemModelForm):
    """A thing for a case."""

    case_number = forms.CharField(
        label="Case", max_length=20, widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "2026-000001"})
    )
    title = forms.CharField(max_length=200, widget=UnfoldAdminTextInputWidget)
    description = forms.CharField(required=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}))
    # The columns of these two follow from custody and are in no form of the model.
    first_seal = forms.CharField(
        label="Seal number", required=False, max_length=100, widget=UnfoldAdminTextInputWidget
    )
    collected_from = forms.CharField(
        label="Collected from", required=False, max_length=250, widget=UnfoldAdminTextInputWidget
    )
    put_into = forms.ModelChoiceField(
        StorageLocation.objects.none(), label="Location", required=False, widget=UnfoldAdminSelectWidget
    )

    class Meta:
        model = Item
        fields = OWN

    #: Set by the page: number -> the case that this person sees.
    find: Any = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["put_into"].queryset = self.locations  # type: ignore[attr-defined]
        self.fields["collected_at"].required = False
        self.fields["collected_at"].help_text = "Empty: now."
        self.fields["collected_by"].help_text = "Empty: you."
        self.fields["bag_number"].help_text = "As it is printed on the bag; used once in the agency."
        self.fields["value"].help_text = "Of cash: counted. With its currency, as EUR."

    #: Set by the page: where this person may put things.
    locations: Any = None

    def _post_clean(self) -> None:
        """Leave the rules to the service: it says each once, at its field."""

    def clean_case_number(self) -> Case:
        """Return the case; raise ValidationError where this person sees none of that number."""
        case: Case | None = self.find(self.cleaned_data["case_number"].strip())
        if case is None:
            raise forms.ValidationError("There is no case with this number.")
        return case

    def values(self) -> dict[str, Any]:
        """Return what was said, for the service."""
        said = {
            name: value
            for name, value in self.cleaned_data.items()
            if name != "case_number" and value not in (None, "")
        }
        named = {"put_into": "location_id", "collected_by": "collected_by_id"}
        keys = {column: said.pop(name).pk for name, column in named.items() if name in said}
        if "first_seal" in said:
            keys["seal_number"] = said.pop("first_seal")
        return {**said, **keys}


def open_locations(access: Access) -> QuerySet[StorageLocation]:
    """Return where things may be put."""
    return StorageLocation.objects.visible_to(access).filter(closed_at=None).order_by("path")


def _location(access: Access) -> forms.Field:
    return forms.ModelChoiceField(open_locations(access), label="Location", widget=UnfoldAdminSelectWidget)


def _words(label: str, *, required: bool = False, most: int = 100) -> forms.CharField:
    return forms.CharField(label=label, max_length=most, required=required, widget=UnfoldAdminTextInputWidget)


def _reason(label: str = "Why", *, required: bool = False) -> forms.CharField:
    widget = UnfoldAdminTextareaWidget(attrs={"rows": 2})
    return forms.CharField(label=label, max_length=2000, required=required, widget=widget)


def move_form(access: Access) -> type[forms.Form]:
    """Return the form of a move: where to."""
    return type("MoveForm", (forms.Form,), {"location": _location(access), "reason": _reason()})


def seal_form(item: Item) -> type[forms.Form]:
    """Return the form of a new seal: its number, and why where there was one."""
    fields = {"seal_number": _words("New seal number", required=True)}
    return type("SealForm", (forms.Form,), {**fields, "reason": _reason(required=bool(item.seal_number))})


def check_out_form(access: Access, item: Item) -> type[forms.Form]:
    """Return the form of a check-out: to whom, what for, until when."""
    others = colleagues(access, Capability.ADD_EVIDENCE).exclude(pk=item.evidence.holder_id)
    day = forms.DateInput(attrs={**UnfoldAdminTextInputWidget().attrs, "type": "date"})
    fields: dict[str, forms.Field] = {
        "purpose": forms.ChoiceField(choices=Purpose.choices, label="For", widget=UnfoldAdminSelectWidget),
        "to_person": forms.ModelChoiceField(
            others, label="To a colleague", required=False, widget=UnfoldAdminSelectWidget
        ),
        "to_name": _words("Or to somebody outside", most=250),
        "due_back_on": forms.DateField(label="Due back on", widget=day),
        "reason": _reason("What else is to be said"),
    }
    return type("CheckOutForm", (forms.Form,), fields)


def check_in_form(access: Access, item: Item) -> type[forms.Form]:
    """Return the form of a check-in: what is seen of the seal, and where it goes."""
    label = f"The seal {item.seal_number}" if item.seal_number else "The seal"
    offered = [(c, c.label) for c in SealCondition if (c == SealCondition.NONE) != bool(item.seal_number)]
    fields: dict[str, forms.Field] = {
        "seal_condition": forms.ChoiceField(choices=offered, label=label, widget=UnfoldAdminSelectWidget),
        "seal_number": _words("New seal number, where it gets one"),
        "location": _location(access),
        "reason": _reason("What is known of a broken seal"),
    }
    return type("CheckInForm", (forms.Form,), fields)


def destroy_form(access: Access) -> type[forms.Form]:
    """Return the form of a destruction: how, and before whom."""
    others = colleagues(access, Capability.VIEW_EVIDENCE).exclude(pk=access.user_id)
    fields: dict[str, forms.Field] = {
        "how": _reason("How it was destroyed", required=True),
        "witness": forms.ModelChoiceField(others, label="Before", widget=UnfoldAdminSelectWidget),
    }
    return type("DestroyForm", (forms.Form,), fields)
