"""The console's pages for storage locations."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from unfold.widgets import UnfoldAdminTextInputWidget

from media_evidence.models import StorageLocation
from media_evidence.room.locations import add_location, change_location, close_location
from nethra.core.access import access_of
from nethra.core.admin import ConsoleAdmin
from nethra.core.capabilities import Capability, Reach
from nethra.core.console import console
from nethra.core.console_actions import ButtonsByState, Question, action, ask, display

if TYPE_CHECKING:
    LocationModelForm = forms.ModelForm[StorageLocation]
else:
    LocationModelForm = forms.ModelForm


class LocationForm(LocationModelForm):
    """A location, whose path may be typed in small letters."""

    path = forms.CharField(
        max_length=83,
        widget=UnfoldAdminTextInputWidget,
        help_text="Room, shelf and bin, parted by a slash: PR1/S3/B12. The outer one is there first.",
    )

    class Meta:
        model = StorageLocation
        fields = ("path", "label")

    def clean_path(self) -> str:
        """Return the path in capitals."""
        return str(self.cleaned_data["path"]).strip().upper()


class OfTheRoom:
    """For pages about the evidence room itself, which no guest of a case sees."""

    def has_view_permission(self: Any, request: HttpRequest, obj: Any = None) -> bool:
        is_allowed: bool = super().has_view_permission(request, obj)  # type: ignore[misc]
        return is_allowed and access_of(request).reach is not Reach.GUEST


@admin.register(StorageLocation, site=console)
class StorageLocationAdmin(OfTheRoom, ButtonsByState, ConsoleAdmin[StorageLocation]):
    """Rooms, shelves and bins. A path never changes, since chains of custody name it."""

    view_capability = Capability.VIEW_EVIDENCE
    add_capability = change_capability = Capability.MANAGE_EVIDENCE
    form = LocationForm
    list_display = ("path", "label", "what_lies_there", "closed_at")
    search_fields = ("path", "label")
    ordering = ("path",)
    sortable_by = ()
    actions_detail = ("close",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("path", "label") if obj is None else ("path", "label", "what_lies_there", "closed_at")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return () if obj is None else ("path", "what_lies_there", "closed_at")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        if obj is not None and "label" in form.base_fields:
            form.base_fields["label"].required = True
        return form

    def save_through_service(
        self, request: HttpRequest, obj: StorageLocation, form: Any, change: bool, formsets: Sequence[Any]
    ) -> StorageLocation:
        access = access_of(request)
        if change:
            return change_location(access=access, location=obj, label=form.cleaned_data["label"])
        return add_location(access=access, **form.cleaned_data)

    def hidden_buttons(self, request: HttpRequest, row: StorageLocation) -> Collection[str]:
        """A closed location is not closed again."""
        may = self.has_change_permission(request, row) and row.closed_at is None
        return () if may else ("close",)

    @action(description="Close", icon="block", url_path="close")
    def close(self, request: HttpRequest, object_id: str) -> HttpResponse:
        location = self.get_object_or_404(request, object_id)
        question = Question(
            f"Close {location}", "Nothing can be put there any more.", "Close", "The location is closed."
        )

        def act(_: dict[str, Any]) -> None:
            close_location(access=access_of(request), location=location)

        return ask(self, request, location, question, act)

    @display(description="what lies there")
    def what_lies_there(self, location: StorageLocation) -> str:
        address = reverse("admin:media_evidence_item_changelist")
        return format_html('<a href="{}?place={}">Exhibits</a>', address, location.path)
