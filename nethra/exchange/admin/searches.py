"""The console's pages for saved searches."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import escape
from unfold.widgets import UnfoldAdminSelectWidget

from nethra.core.access import access_of
from nethra.core.admin import ConsoleAdmin
from nethra.core.capabilities import Capability
from nethra.core.console import console
from nethra.core.console_actions import ButtonsByState, Question, action, ask, display
from nethra.core.errors import DomainError, InvalidInput
from nethra.exchange.choices import ResourceName
from nethra.exchange.list_filters import filters_of_list, list_of_filters
from nethra.exchange.models import SavedSearch
from nethra.exchange.searches.services import (
    address_query,
    change_search,
    found_by,
    mark_seen,
    remove_search,
    save_search,
    words_of,
)

if TYPE_CHECKING:
    SearchModelForm = forms.ModelForm[SavedSearch]
else:
    SearchModelForm = forms.ModelForm

SHOWN = 50
NO_FILTERS = "All of them. To keep filters, set them in a list and choose “keep this search” there."
LISTS = {
    ResourceName.INCIDENTS: "admin:incidents_incident_changelist",
    ResourceName.CASES: "admin:cases_case_changelist",
}
RECORDS = {
    ResourceName.INCIDENTS: "admin:incidents_incident_change",
    ResourceName.CASES: "admin:cases_case_change",
}


class SearchForm(SearchModelForm):
    """A new search; what it looks for comes with the list that it was kept from."""

    resource = forms.ChoiceField(choices=ResourceName, label="Looks for", widget=UnfoldAdminSelectWidget)
    query = forms.CharField(required=False, max_length=2000, widget=forms.HiddenInput)

    class Meta:
        model = SavedSearch
        fields = ("name", "latest_days", "is_watched")


@admin.register(SavedSearch, site=console)
class SavedSearchAdmin(ButtonsByState, ConsoleAdmin[SavedSearch]):
    """One's own searches: what each finds today, and what came new."""

    view_capability = add_capability = change_capability = Capability.VIEW_INCIDENTS
    list_display = ("name", "resource", "what", "watch", "new")
    ordering = ("name", "id")
    sortable_by = ()
    search_fields = ("name",)
    actions_detail = ("open_list", "seen", "remove")
    change_form_after_template = "exchange/found.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return whether this is somebody of the agency: a visiting superadmin keeps nothing in it."""
        return super().has_add_permission(request) and access_of(request).author_id is not None

    # The form

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            kwargs["form"] = SearchForm
        return super().get_form(request, obj, change, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        own = ("name", "latest_days", "is_watched")
        return ("resource", *own, "query") if obj is None else (*own, "resource", "what")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = {"fields": self.get_fields(request, obj)}
        return [(None, fields if obj else {**fields, "description": self._kept(request)})]

    def _kept(self, request: HttpRequest) -> str:
        """Return in words what the list showed that somebody comes from, or why that cannot be kept."""
        access = access_of(request)
        try:
            told = request.POST if request.method == "POST" else _from_list(request.GET)
            if told.get("resource") not in ResourceName.values:
                return NO_FILTERS
            search = SavedSearch(resource=told["resource"], query=told.get("query", ""))
            found_by(access, search)
            return escape(words_of(access, search) or NO_FILTERS)
        except DomainError as problem:
            return escape(problem.message)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return () if obj is None else ("resource", "what")

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Return what the list that somebody comes from shows."""
        try:
            return _from_list(request.GET)
        except InvalidInput:
            return {}

    def save_through_service(
        self, request: HttpRequest, obj: SavedSearch, form: Any, change: bool, formsets: Sequence[Any]
    ) -> SavedSearch:
        access = access_of(request)
        if not change:
            return save_search(access=access, **form.cleaned_data)
        return change_search(
            access=access, search=obj, **{n: form.cleaned_data[n] for n in form.changed_data}
        )

    # What it finds

    def shown_beside(self, request: HttpRequest, row: SavedSearch) -> dict[str, Any]:
        """Return the newest of what the search finds, what is new first, or why it finds nothing."""
        told = super().shown_beside(request, row)
        try:
            found = found_by(access_of(request), row)
        except DomainError as problem:
            return {**told, "problem": problem.message}
        new = list(found.filter(pk__in=row.unseen)[:SHOWN])
        others = list(found.exclude(pk__in=row.unseen)[: SHOWN - len(new)])
        records = [_shown(row, record, is_new=True) for record in new]
        records += [_shown(row, record, is_new=False) for record in others]
        return {**told, "problem": row.problem, "records": records, "has_more": len(records) == SHOWN}

    # Buttons

    def hidden_buttons(self, request: HttpRequest, row: SavedSearch) -> Collection[str]:
        hidden = set() if row.unseen or row.flooded_at else {"seen"}
        return hidden if self._list_address(row) else hidden | {"open_list"}

    def _list_address(self, search: SavedSearch) -> str:
        try:
            shown = list_of_filters(ResourceName(search.resource), address_query(search))
        except DomainError:
            return ""
        return "" if shown is None else f"{reverse(LISTS[ResourceName(search.resource)])}?{shown}"

    @action(description="Open the list", icon="list", url_path="list")
    def open_list(self, request: HttpRequest, object_id: str) -> HttpResponse:
        search = self.get_object_or_404(request, object_id)
        return redirect(
            self._list_address(search) or reverse("admin:exchange_savedsearch_change", args=[search.pk])
        )

    @action(description="Mark as seen", icon="done_all", url_path="seen")
    def seen(self, request: HttpRequest, object_id: str) -> HttpResponse:
        search = self.get_object_or_404(request, object_id)
        question = Question(
            "Mark as seen",
            "What came new is listed as all else from now on.",
            "Mark as seen",
            "Marked as seen.",
        )
        return ask(
            self, request, search, question, lambda _: mark_seen(access=access_of(request), search=search)
        )

    @action(description="Remove", icon="delete", url_path="remove")
    def remove(self, request: HttpRequest, object_id: str) -> HttpResponse:
        search = self.get_object_or_404(request, object_id)
        question = Question(
            f"Remove {search}",
            "Nobody looks for it any more; the records stay.",
            "Remove",
            "The search is removed.",
            back="admin:exchange_savedsearch_changelist",
        )
        return ask(
            self, request, search, question, lambda _: remove_search(access=access_of(request), search=search)
        )

    # Columns

    @display(description="filters")
    def what(self, search: SavedSearch) -> str:
        return search.words or "all of them"

    @display(description="watched", boolean=True)
    def watch(self, search: SavedSearch) -> bool:
        return search.is_watched

    @display(description="new", label=True)
    def new(self, search: SavedSearch) -> str:
        return str(len(search.unseen)) if search.unseen else "-"


def _shown(search: SavedSearch, record: Any, *, is_new: bool) -> dict[str, Any]:
    """Return what a line of the list of found records says."""
    is_case = search.resource == ResourceName.CASES
    return {
        "address": reverse(RECORDS[ResourceName(search.resource)], args=[record.pk]),
        "number": record.number,
        "at": record.opened_at if is_case else record.occurred_from,
        "text": record.title if is_case else record.address,
        "is_new": is_new,
    }


def _from_list(asked: QueryDict) -> dict[str, str]:
    """Return resource and filters of the list that somebody comes from; raise InvalidInput for one it alone has."""
    resource = asked.get("resource", "")
    if resource not in ResourceName.values:
        return {}
    shown = asked.copy()
    del shown["resource"]
    return {"resource": resource, "query": filters_of_list(ResourceName(resource), shown)}
