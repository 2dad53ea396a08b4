"""The console's pages for inventories: draw, walk, mark, settle, close."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from incidents.admin.moments import moment
from media_evidence.admin.item_forms import open_locations
from media_evidence.admin.locations import OfTheRoom
from media_evidence.choices import DISCREPANCIES, Finding
from media_evidence.models import Inventory, InventoryLine
from media_evidence.room.inventories import (
    USUAL_SHARE,
    close_inventory,
    draw_again,
    find_line,
    mark_line,
    open_inventory,
    settle_line,
)
from nethra.core.access import access_of
from nethra.core.admin import ConsoleAdmin
from nethra.core.capabilities import Capability
from nethra.core.console import console
from nethra.core.console_actions import ButtonsByState, Question, action, ask, display, refusing_as_pages
from nethra.core.inlines import ViewOnlyInline

COLOURS = {
    "Found": "success",
    "Missing": "danger",
    "In the wrong place": "warning",
    "Its seal is broken": "danger",
}


class MarkForm(forms.Form):
    """What was found of one exhibit."""

    finding = forms.ChoiceField(choices=Finding.choices, label="Found", widget=UnfoldAdminSelectWidget)
    found_place = forms.CharField(
        label="Where, if in the wrong place",
        max_length=200,
        required=False,
        widget=UnfoldAdminTextInputWidget,
    )
    note = forms.CharField(
        label="Note", max_length=1000, required=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 2})
    )


class SettleForm(forms.Form):
    """What came of a discrepancy."""

    settlement = forms.CharField(
        label="What came of it", max_length=1000, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3})
    )


class LinesTab(ViewOnlyInline[Any, Inventory]):
    """What was drawn, in the order of the walk."""

    model = InventoryLine
    fk_name = "inventory"
    anchor = "lines"
    # What an inventory's page is for is not behind a tab.
    tab = False
    view_capability = Capability.VIEW_EVIDENCE
    verbose_name_plural = "exhibits drawn"
    fields = readonly_fields = ("position", "bag", "expected_place", "expected_seal", "state", "said", "next")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        self._keeps_room = access_of(request).may(Capability.MANAGE_EVIDENCE)
        return super().get_queryset(request).select_related("evidence", "inventory", "found_by", "settled_by")

    @display(description="bag")
    def bag(self, line: InventoryLine) -> str:
        address = reverse("admin:media_evidence_evidence_change", args=[line.evidence_id])
        return format_html('<a href="{}">{}</a>', address, line.bag_number)

    @display(description="found", label=COLOURS)
    def state(self, line: InventoryLine) -> str:
        return line.get_finding_display() or "Not looked for yet"

    @display(description="said")
    def said(self, line: InventoryLine) -> str:
        if not line.finding:
            return "-"
        who = f"{line.found_by or 'Nethra'}, {moment(line.found_at)}" if line.found_at else ""
        settled = f"settled by {line.settled_by or 'Nethra'}: {line.settlement}" if line.settled_at else ""
        return "; ".join(each for each in (who, line.found_place, line.note, settled) if each)

    @display(description="what is next")
    def next(self, line: InventoryLine) -> str:
        if not self._keeps_room:
            return "-"
        if not line.finding and line.inventory.closed_at is None:
            return _link(line, "mark", "Mark")
        if line.finding in DISCREPANCIES and line.settled_at is None:
            return _link(line, "settle", "Settle")
        return "-"


def _link(line: InventoryLine, name: str, text: str) -> str:
    address = reverse(f"admin:media_evidence_inventory_{name}", args=[line.inventory_id, line.pk])
    return format_html('<a href="{}" aria-label="{} {}">{}</a>', address, text, line.bag_number, text)


@admin.register(Inventory, site=console)
class InventoryAdmin(OfTheRoom, ButtonsByState, ConsoleAdmin[Inventory]):
    """Counts of the evidence room by lot. What was drawn and what was found is never changed."""

    view_capability = Capability.VIEW_EVIDENCE
    add_capability = Capability.MANAGE_EVIDENCE
    list_display = ("opened", "where", "drawn_of", "looked_for", "wrong", "ended")
    ordering = ("-opened_at", "-id")
    sortable_by = ()
    inlines = (LinesTab,)
    actions_detail = ("walk", "close")
    readonly_fields = ("opened", "where", "drawn_of", "high_value_share", "seed", "again", "ended")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Inventory]:
        lines = InventoryLine.objects.visible_to(access_of(request)).values("pk")
        seen = Q(lines__in=lines)
        counted = {
            "lines_found": Count("lines", filter=seen & ~Q(lines__finding="")),
            "lines_wrong": Count("lines", filter=seen & Q(lines__finding__in=DISCREPANCIES)),
        }
        return super().get_queryset(request).select_related("location", "opened_by").annotate(**counted)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("location", "size", "high_value_share", "seed") if obj is None else self.readonly_fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return () if obj is None else self.readonly_fields

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return self.inlines if obj else ()

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        if obj is None and form.base_fields:
            form.base_fields["location"].queryset = open_locations(access_of(request))
            form.base_fields["location"].help_text = "With all that lies within it. Empty: everywhere."
            form.base_fields["high_value_share"].help_text = "Drugs, firearms and cash."
            form.base_fields["seed"].required = False
            form.base_fields["seed"].help_text = "Empty: made up. With it, the draw can be repeated."
        return form

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"size": 20, "high_value_share": USUAL_SHARE}

    def save_through_service(
        self, request: HttpRequest, obj: Inventory, form: Any, change: bool, formsets: Sequence[Any]
    ) -> Inventory:
        values = dict(form.cleaned_data)
        location = values.pop("location")
        return open_inventory(
            access=access_of(request), location_id=location.pk if location else None, **values
        )

    def response_post_save_add(self, request: HttpRequest, obj: Inventory) -> Any:
        """Go to the list to walk with."""
        return redirect(reverse("admin:media_evidence_inventory_change", args=[obj.pk]))

    # Lines

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        named = "media_evidence_inventory"
        return [
            path("<uuid:object_id>/sheet/", view(self.sheet_view), name=f"{named}_sheet"),
            path("<uuid:object_id>/lines/<uuid:line_id>/", view(self.mark_view), name=f"{named}_mark"),
            path(
                "<uuid:object_id>/lines/<uuid:line_id>/settle/",
                view(self.settle_view),
                name=f"{named}_settle",
            ),
            *super().get_urls(),
        ]

    @refusing_as_pages
    def sheet_view(self, request: HttpRequest, object_id: UUID) -> HttpResponse:
        """Show the list to walk with, for paper."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        inventory = self.get_object_or_404(request, str(object_id))
        lines = InventoryLine.objects.visible_to(access_of(request)).filter(inventory_id=inventory.pk)
        context = {"inventory": inventory, "lines": lines.order_by("position"), "agency": inventory.agency}
        return TemplateResponse(request, "media_evidence/sheet.html", context)

    @refusing_as_pages
    def mark_view(self, request: HttpRequest, object_id: UUID, line_id: UUID) -> HttpResponse:
        """Ask what was found of one exhibit, and keep it."""
        inventory, line = self._line(request, object_id, line_id)
        expected = f"It should lie in {line.expected_place or 'no place'}"
        seal = f" under the seal {line.expected_seal}" if line.expected_seal else ""
        question = Question(
            f"Bag {line.bag_number}",
            f"{expected}{seal}. What you say stays as it is.",
            "Keep this",
            f"{line.bag_number} is marked.",
            MarkForm,
        )

        def act(values: dict[str, Any]) -> None:
            mark_line(access=access_of(request), line=line, **values)

        return ask(self, request, inventory, question, act, permission="view")

    @refusing_as_pages
    def settle_view(self, request: HttpRequest, object_id: UUID, line_id: UUID) -> HttpResponse:
        """Ask what came of a discrepancy, and keep it."""
        inventory, line = self._line(request, object_id, line_id)
        question = Question(
            f"Settle {line.bag_number}: {line.get_finding_display().lower()}",
            "What was found stays; this says what came of it, and takes it off the dashboard.",
            "Settle",
            f"{line.bag_number} is settled.",
            SettleForm,
        )

        def act(values: dict[str, Any]) -> None:
            settle_line(access=access_of(request), line=line, **values)

        return ask(self, request, inventory, question, act, permission="view")

    def _line(
        self, request: HttpRequest, inventory_id: UUID, line_id: UUID
    ) -> tuple[Inventory, InventoryLine]:
        if not self.has_view_permission(request):
            raise PermissionDenied
        access_of(request).require(Capability.MANAGE_EVIDENCE)
        inventory = self.get_object_or_404(request, str(inventory_id))
        line = find_line(access_of(request), line_id)
        if line.inventory_id != inventory.pk:
            raise Http404
        return inventory, line

    # Buttons

    def hidden_buttons(self, request: HttpRequest, row: Inventory) -> Collection[str]:
        """A closed inventory is not closed again."""
        may = access_of(request).may(Capability.MANAGE_EVIDENCE) and row.closed_at is None
        return () if may else ("close",)

    @action(description="List to walk with", icon="print", url_path="walk")
    def walk(self, request: HttpRequest, object_id: str) -> HttpResponse:
        inventory = self.get_object_or_404(request, object_id)
        return redirect(reverse("admin:media_evidence_inventory_sheet", args=[inventory.pk]))

    @action(description="Close", icon="done_all", url_path="close")
    @refusing_as_pages
    def close(self, request: HttpRequest, object_id: str) -> HttpResponse:
        inventory = self.get_object_or_404(request, object_id)
        access_of(request).require(Capability.MANAGE_EVIDENCE)
        question = Question(
            f"Close the {str(inventory).lower()}",
            "Everything that was drawn has been looked for. Nothing can be marked afterwards.",
            "Close",
            "The inventory is closed.",
        )

        def act(_: dict[str, Any]) -> None:
            close_inventory(access=access_of(request), inventory=inventory)

        return ask(self, request, inventory, question, act, permission="view")

    # Columns

    @display(description="opened")
    def opened(self, inventory: Inventory) -> str:
        return f"{moment(inventory.opened_at)}, {inventory.opened_by or 'Nethra'}"

    @display(description="where")
    def where(self, inventory: Inventory) -> str:
        return str(inventory.location or "Everywhere")

    @display(description="drawn")
    def drawn_of(self, inventory: Inventory) -> str:
        return f"{len(inventory.drawn)} of {inventory.population}"

    @display(description="looked for")
    def looked_for(self, inventory: Any) -> str:
        return str(inventory.lines_found)

    @display(description="wrong")
    def wrong(self, inventory: Any) -> str:
        return str(inventory.lines_wrong)

    @display(description="closed")
    def ended(self, inventory: Inventory) -> str:
        return moment(inventory.closed_at) if inventory.closed_at else "Open"

    @display(description="drawn again")
    def again(self, inventory: Inventory) -> str:
        same = draw_again(inventory) == inventory.drawn
        return "The seed draws the same exhibits." if same else "The seed draws OTHER exhibits."
