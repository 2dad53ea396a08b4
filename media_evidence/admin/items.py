"""The console's pages for physical exhibits: record, find, label, move, check out and in."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from cases.admin.choosing import ChoosesColleagues
from cases.models import Case
from cases.readings import note_reading
from incidents.admin.moments import moment
from media_evidence.admin.filters import PlaceFilter, WhereFilter
from media_evidence.admin.item_forms import (
    NewItemForm,
    check_in_form,
    check_out_form,
    destroy_form,
    move_form,
    open_locations,
    seal_form,
)
from media_evidence.choices import CustodyState
from media_evidence.custody import verbs
from media_evidence.models import Evidence, Item
from media_evidence.room.destroying import destroy_item, ready_disposal
from media_evidence.room.intake import amount, find_item, record_item, summary
from media_evidence.room.labels import MOST_LABELS, label_pdf, sheet_pdf
from media_evidence.room.moving import check_in, check_out
from nethra.core.access import Access, access_of
from nethra.core.admin import ConsoleAdmin
from nethra.core.capabilities import Capability
from nethra.core.console import console
from nethra.core.console_actions import ButtonsByState, Question, action, ask, display, refusing_as_pages
from nethra.core.errors import InvalidInput


@admin.register(Item, site=console)
class ItemAdmin(ButtonsByState, ChoosesColleagues, ConsoleAdmin[Item]):
    """Physical exhibits. What was recorded never changes; where one is follows from its custody."""

    view_capability = Capability.VIEW_EVIDENCE
    add_capability = Capability.ADD_EVIDENCE
    list_display = ("bag_number", "exhibit", "of_case", "kind", "how_much", "lies", "seal_number", "out")
    list_display_links = ("bag_number",)
    list_before_template = "media_evidence/labels_of_list.html"
    list_filter = (("kind", ChoicesDropdownFilter), WhereFilter, PlaceFilter)
    sortable_by = ()
    ordering = ("-evidence__uploaded_at", "-id")
    search_fields = ("bag_number",)
    search_help_text = "Words of the title, or the beginning of a bag's, a seal's or a case's number"
    actions_detail = (
        "check_out",
        "check_in",
        "move",
        "label",
        {"title": "More", "icon": "more_horiz", "items": ["exhibit_page", "seal", "destroy"]},
    )
    fields = readonly_fields = (
        "exhibit",
        "of_case",
        "kind",
        "how_much",
        "worth",
        "bag_number",
        "seal_number",
        "lies",
        "held",
        "out",
        "collected",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Item]:
        related = ("evidence", "case", "location", "agency", "collected_by")
        return super().get_queryset(request).select_related(*related)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Return the item; of a sensitive case only once the person said why they read it."""
        item = super().get_object(request, object_id, from_field)
        if item is not None and item.case.is_sensitive:
            note_reading(access_of(request), item.case)
        return item

    def find_by_name(self, request: HttpRequest, term: str) -> QuerySet[Item]:
        """Return the items whose bag or title the term names, for the command palette."""
        found: Any = self.get_queryset(request)
        return found.matching(term)  # type: ignore[no-any-return]

    # Recording

    def get_fieldsets(self, request: HttpRequest, obj: Item | None = None) -> Any:
        if obj is not None:
            return [(None, {"fields": self.fields})]
        what = ["case_number", "title", "kind", "description", "quantity", "unit", "value", "currency"]
        whence = ["collected_at", "collected_place", "collected_from", "collected_by"]
        return [
            (None, {"fields": what}),
            ("Bag and place", {"fields": ["bag_number", "first_seal", "put_into"]}),
            ("Where it comes from", {"fields": whence}),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Item | None = None) -> Any:
        return self.readonly_fields if obj else ()

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is not None:
            return super().get_form(request, obj, change, **kwargs)
        access = access_of(request)
        cases = Case.objects.visible_to(access)
        form = super().get_form(request, obj, change, form=NewItemForm, **kwargs)
        form.find = staticmethod(lambda number: cases.filter(number=number).first())
        form.locations = open_locations(access)
        return form

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"case_number": request.GET.get("case", "")[:20]}

    def save_through_service(
        self, request: HttpRequest, obj: Item, form: Any, change: bool, formsets: Sequence[Any]
    ) -> Item:
        return record_item(access=access_of(request), case=form.cleaned_data["case_number"], **form.values())

    # Labels

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("labels/", view(self.labels_view), name="media_evidence_item_labels"),
            path("<uuid:object_id>/label.pdf", view(self.label_view), name="media_evidence_item_label_pdf"),
            *super().get_urls(),
        ]

    @refusing_as_pages
    def label_view(self, request: HttpRequest, object_id: UUID) -> HttpResponse:
        """Show the label of one item as PDF."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        item = self.get_object_or_404(request, str(object_id))
        return pdf_answer(label_pdf(item), f"label-{item.bag_number}")

    @refusing_as_pages
    def labels_view(self, request: HttpRequest) -> HttpResponse:
        """Show the labels of a list as sheets of A4: of the filters and words that the address says."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            found = self.get_changelist_instance(request).queryset
            return pdf_answer(sheet_pdf(list(found[: MOST_LABELS + 1])), "labels")
        except IncorrectLookupParameters as problem:
            raise Http404 from problem
        except InvalidInput as refused:
            return HttpResponse(refused.message, status=refused.status, content_type="text/plain")

    # Buttons

    def hidden_buttons(self, request: HttpRequest, row: Item) -> Collection[str]:
        """Offer what can be done to it as it stands, by this person."""
        access, evidence = access_of(request), row.evidence
        possible = verbs.steps_for(access, evidence)
        keeps_room = access.may(Capability.MANAGE_EVIDENCE) and bool(possible)
        in_hand = verbs.K.TRANSFERRED in possible
        is_back = evidence.offered_to_id is not None and evidence.offered_to_id == access.user_id
        is_away = row.is_out or evidence.custody == CustodyState.RELEASED or is_back
        offered = {
            "move": in_hand and not row.is_out,
            "seal": in_hand,
            "check_out": in_hand and keeps_room and not row.is_out,
            "check_in": keeps_room and is_away,
            "destroy": keeps_room and ready_disposal(access, evidence.pk) is not None,
        }
        return [name for name, is_offered in offered.items() if not is_offered]

    @action(description="Exhibit and custody", icon="link", url_path="exhibit")
    def exhibit_page(self, request: HttpRequest, object_id: str) -> HttpResponse:
        item = self.get_object_or_404(request, object_id)
        return redirect(reverse("admin:media_evidence_evidence_change", args=[item.evidence_id]))

    @action(description="Label", icon="qr_code_2", url_path="label")
    def label(self, request: HttpRequest, object_id: str) -> HttpResponse:
        item = self.get_object_or_404(request, object_id)
        return redirect(reverse("admin:media_evidence_item_label_pdf", args=[item.pk]))

    @action(description="Move", icon="move_item", url_path="move")
    @refusing_as_pages
    def move(self, request: HttpRequest, object_id: str) -> HttpResponse:
        item = self.get_object_or_404(request, object_id)
        told = ("Move", "Where it lies from now on; the move is an entry of custody.", "It is moved.")
        return self._asked(request, item, told, move_form(access_of(request)), verbs.move)

    @action(description="Seal", icon="lock", url_path="seal")
    @refusing_as_pages
    def seal(self, request: HttpRequest, object_id: str) -> HttpResponse:
        item = self.get_object_or_404(request, object_id)
        before = f"It bears the seal {item.seal_number}." if item.seal_number else "It bears no seal."
        told = ("Seal", f"{before} The entry of custody says both numbers.", "It is sealed.")
        return self._asked(request, item, told, seal_form(item), verbs.seal)

    @action(description="Check out", icon="logout", url_path="check-out")
    @refusing_as_pages
    def check_out(self, request: HttpRequest, object_id: str) -> HttpResponse:
        item = self.get_object_or_404(request, object_id)
        sentence = "To a colleague it counts when they accept it; to somebody outside at once."
        told = ("Check out", sentence, "It is checked out.")
        form = check_out_form(access_of(request), item)
        return self._asked(request, item, told, form, check_out, Capability.MANAGE_EVIDENCE)

    @action(description="Check in", icon="login", url_path="check-in")
    @refusing_as_pages
    def check_in(self, request: HttpRequest, object_id: str) -> HttpResponse:
        item = self.get_object_or_404(request, object_id)
        told = ("Check in", "Look at its seal, and say where you put it.", "It is checked in.")
        form = check_in_form(access_of(request), item)
        return self._asked(request, item, told, form, check_in, Capability.MANAGE_EVIDENCE)

    @action(description="Destroy", icon="delete_forever", url_path="destroy")
    @refusing_as_pages
    def destroy(self, request: HttpRequest, object_id: str) -> HttpResponse:
        item = self.get_object_or_404(request, object_id)
        sentence = "Two people decided on it, and a week is over. Say how it was done, and who saw it."
        told = ("Destroy", sentence, "Its certificate is written.")
        form = destroy_form(access_of(request))
        return self._asked(request, item, told, form, destroy_item, Capability.MANAGE_EVIDENCE)

    def _asked(
        self,
        request: HttpRequest,
        item: Item,
        told: tuple[str, str, str],
        form: type[forms.Form],
        verb: Callable[..., Any],
        needs: Capability = Capability.ADD_EVIDENCE,
    ) -> HttpResponse:
        access = access_of(request)
        access.require(needs)
        name, sentence, done = told

        def act(values: dict[str, Any]) -> None:
            said = {key: value for key, value in values.items() if value not in (None, "")}
            for key in ("location", "to_person", "witness"):
                if key in said:
                    said[f"{key}_id"] = said.pop(key).pk
            verb(access=access, evidence=item.evidence, **said)

        question = Question(f"{name}: {item}", sentence, name, done, form)
        return ask(self, request, item, question, act, permission="view")

    # Columns

    @display(description="exhibit")
    def exhibit(self, item: Item) -> str:
        address = reverse("admin:media_evidence_evidence_change", args=[item.evidence_id])
        return format_html('<a href="{}">{}</a>', address, item.evidence)

    @display(description="case")
    def of_case(self, item: Item) -> str:
        address = reverse("admin:cases_case_change", args=[item.case_id])
        return format_html('<a href="{}">{}</a>', address, item.case.number)

    @display(description="quantity")
    def how_much(self, item: Item) -> str:
        return amount(item)

    @display(description="value")
    def worth(self, item: Item) -> str:
        return f"{item.value:,.2f} {item.currency}" if item.value is not None else "-"

    @display(description="location")
    def lies(self, item: Item) -> str:
        return str(item.location or "-")

    @display(description="custody")
    def held(self, item: Item) -> str:
        where = item.evidence.get_custody_display()
        return f"{where}: {item.evidence.holder_name}" if item.evidence.holder_name else where

    @display(description="out")
    def out(self, item: Item) -> str:
        if item.due_back_on is None:
            return "-"
        late = ", overdue" if item.due_back_on < timezone.localdate() else ""
        return f"{item.get_purpose_display()}, due back {item.due_back_on:%-d %b %Y}{late}"

    @display(description="collected")
    def collected(self, item: Item) -> str:
        said = [moment(item.collected_at), item.collected_place, str(item.collected_by or "")]
        return ", ".join(each for each in said if each)


def pdf_answer(content: bytes, name: str) -> HttpResponse:
    """Return a PDF that the browser shows, under a name for whoever saves it."""
    safe = "".join(sign if sign.isalnum() or sign in "-." else "-" for sign in name)
    headers = {"Content-Disposition": f'inline; filename="{safe}.pdf"', "Cache-Control": "no-store"}
    return HttpResponse(content, content_type="application/pdf", headers=headers)


def thing_of(access: Access, evidence: Evidence) -> str:
    """Return what a physical exhibit is and where, in a line that leads to its page."""
    item = find_item(access, evidence.pk)
    place = f"lies in {item.location}" if item.location else "lies in no location"
    seal = f", seal {item.seal_number}" if item.seal_number else ""
    address = reverse("admin:media_evidence_item_change", args=[item.pk])
    return format_html('<a href="{}">{}</a>{}; {}', address, summary(item), seal, place)


def scan(request: HttpRequest, code: str) -> HttpResponse:
    """Lead whoever scans a label to the exhibit, if it is theirs to see."""
    item = Item.objects.visible_to(access_of(request)).filter(label_code=code).first()
    if item is None:
        raise Http404
    return redirect(reverse("admin:media_evidence_item_change", args=[item.pk]))


console.add_page("evidence/scan/<slug:code>/", scan, "evidence_scan")
