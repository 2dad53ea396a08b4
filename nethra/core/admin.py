"""The base of every console page: scope, capabilities, audit and services, so that pages are declarations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.admin import ShowFacets
from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist, PermissionDenied
from django.db import models
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from unfold import forms as unfold_forms
from unfold.fields import UnfoldAdminReadonlyField

from nethra.core.access import access_of
from nethra.core.capabilities import Capability
from nethra.core.console import console
from nethra.core.console_lists import CappedPaginator, ConsoleChangeList
from nethra.core.errors import DomainError, InvalidInput, NotFound, ProofNeeded
from nethra.core.querysets import ScopedQuerySet

LAST_CHARACTER = "\U0010ffff"
_M = TypeVar("_M", bound=models.Model)

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin

    class Theme(ModelAdmin[_M]): ...

else:
    from unfold.admin import ModelAdmin

    class Theme(ModelAdmin, Generic[_M]): ...


class ServiceRefused(Exception):
    """A service refused what a form asked for; the form is shown again with the reason."""

    def __init__(self, error: DomainError) -> None:
        self.error = error


class RefusedForm(forms.ModelForm):  # type: ignore[type-arg]
    """A form that carries what the service said about it."""

    refusal: DomainError

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        add_refusal(self, self.refusal)


def add_refusal(form: forms.BaseForm, error: DomainError) -> None:
    """Show a service's sentences at their fields, and at the top what belongs to no field."""
    if isinstance(error, ProofNeeded):
        # In a window of its own, so that what was typed here stays.
        link = '<a class="underline" href="{}" target="_blank">Confirm first that it is you</a>, then save again.'
        form.add_error(None, format_html(link, reverse("admin:confirm_identity")))
        return
    told: set[str] = set()
    for field, sentences in error.errors.items():
        for sentence in sentences:
            # A constraint may repeat what a field says already.
            if field in form.fields or sentence not in told:
                form.add_error(field if field in form.fields else None, sentence)
            told.add(sentence)
    if not error.errors:
        form.add_error(None, error.message)


class ReadonlyLinks(UnfoldAdminReadonlyField):  # type: ignore[misc]
    """Links what a field refers to, but for people: whoever sees a record may not open their pages.

    The pages about people link them: who sees the one sees the other.
    """

    def get_admin_url(self, remote_field: Any, remote_obj: Any) -> Any:
        own = getattr(self.model_admin, "view_capability", None)
        about_people = own in (Capability.VIEW_USERS, Capability.MANAGE_USERS)
        if remote_field.model is get_user_model() and not about_people:
            return str(remote_obj)
        return super().get_admin_url(remote_field, remote_obj)


# The theme's forms name their class; there is no other place to say it.
unfold_forms.UnfoldAdminReadonlyField = ReadonlyLinks


class ConsoleAdmin(Theme[_M]):
    """Pages of one model: rows of the person's agency, verbs by capability, writes by services.

    A capability of None means nobody. Deleting is nobody's. ``name_field`` is the column that the command
    palette finds records by, from the left.
    """

    view_capability: Capability | None = None
    add_capability: Capability | None = None
    change_capability: Capability | None = None
    name_field = ""

    actions = None
    paginator = CappedPaginator
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    list_per_page = 50
    list_max_show_all = 0
    list_filter_submit = True
    compressed_fields = True
    warn_unsaved_form = True
    save_on_top = False
    view_on_site = False

    # Who may

    def _may(self, request: HttpRequest, capability: Capability | None) -> bool:
        return capability is not None and hasattr(request, "access") and access_of(request).may(capability)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, self.view_capability)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self._may(request, self.add_capability)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, self.change_capability)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    # What is visible

    def get_queryset(self, request: HttpRequest) -> QuerySet[_M]:
        rows = visible_rows(self.model, request)
        ordering = self.get_ordering(request)
        return rows.order_by(*ordering) if ordering else rows

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        # SECURITY: choices come from the person's own agency; a foreign id is "not one of the choices".
        if "queryset" not in kwargs:
            kwargs["queryset"] = visible_rows(db_field.remote_field.model, request)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        # SECURITY: Django lets anybody filter by any column of the table, hidden ones too; a hidden value
        # that can be filtered by is not hidden.
        first = lookup.split("__")[0]
        names = {str(name).split("__")[0] for name in self._offered_filters(request)}
        return (first in names or not _is_column(self.model, first)) and super().lookup_allowed(
            lookup, value, request
        )

    def _offered_filters(self, request: HttpRequest) -> list[Any]:
        own = [getattr(item, "parameter_name", item) for item in self.get_list_filter(request)]
        offered = [item[0] if isinstance(item, tuple | list) else item for item in own]
        return [*offered, self.date_hierarchy] if self.date_hierarchy else offered

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Search by the query set's own ``matching`` where it has one, as the API does."""
        matching = getattr(queryset, "matching", None)
        if matching is None:
            return super().get_search_results(request, queryset, search_term)
        if not search_term.strip():
            return queryset, False
        try:
            return matching(search_term), False
        except InvalidInput as problem:
            messages.warning(request, problem.message)
            return queryset.none(), False

    def find_by_name(self, request: HttpRequest, term: str) -> QuerySet[_M]:
        """Return the rows whose name begins with the term, for the command palette."""
        rows = self.get_queryset(request)
        if not self.name_field:
            return rows.none()
        # Not LIKE: beneath row security only comparisons may use the index, and names sort by code point.
        begin = term.upper()
        between = {f"{self.name_field}__gte": begin, f"{self.name_field}__lt": begin + LAST_CHARACTER}
        return rows.filter(**between).order_by(self.name_field)

    # Writing

    def save_through_service(
        self, request: HttpRequest, obj: _M, form: Any, change: bool, formsets: Sequence[Any]
    ) -> _M:
        """Call the one service that writes this and return the row as stored; override where forms write.

        ``obj`` is the row as it was before the form touched it; when adding, a new one. ``form.cleaned_data``
        has the values, ``formsets`` the validated inlines. A DomainError becomes errors in the form, and
        nothing that was written before it stays.
        """
        raise PermissionDenied

    def save_model(self, request: HttpRequest, obj: _M, form: Any, change: bool) -> None:
        """Leave writing to save_related(), which knows the inlines as well."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        before = self.get_queryset(request).get(pk=form.instance.pk) if change else self.model()
        try:
            stored = self.save_through_service(request, before, form, change, list(formsets))
        except NotFound as error:
            raise Http404 from error
        except DomainError as error:
            raise ServiceRefused(error) from error
        form.instance.__dict__.update(stored.__dict__)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> Any:
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except ServiceRefused as refused:
            # The transaction of the first pass is rolled back; the second shows the form with the reason.
            request.refusal = refused.error  # type: ignore[attr-defined]
            return super().changeform_view(request, object_id, form_url, extra_context)

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: _M | None = None,
    ) -> HttpResponse:
        if obj is not None:
            context.update(self.shown_beside(request, obj))
        return super().render_change_form(request, context, add, change, form_url, obj)

    def shown_beside(self, request: HttpRequest, row: _M) -> dict[str, Any]:
        """Return what the page of a record shows beside its form, for its templates."""
        return {}

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        refusal = getattr(request, "refusal", None)
        return form if refusal is None else type(form.__name__, (RefusedForm, form), {"refusal": refusal})

    # The audit is written by triggers; Django's own log would be a second, weaker one.

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        return None

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        return None

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        return None

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> Any:
        return []

    # Pages

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> Any:
        return ConsoleChangeList

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> Any:
        # SECURITY: "not there" and "not yours" must look the same, and neither repeats what was asked for.
        raise Http404

    def get_object_or_404(self, request: HttpRequest, object_id: str) -> _M:
        """Return the row if it is the person's to see."""
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        return row

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Show what the audit has about this row."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        row = self.get_object_or_404(request, object_id)
        entries = console.history_of(access_of(request), self.model._meta.db_table, UUID(str(row.pk)))
        context = {
            **self.admin_site.each_context(request),
            "title": f"History of {row}",
            "opts": self.model._meta,
            "original": row,
            "entries": entries,
            **(extra_context or {}),
        }
        return TemplateResponse(request, "nethra/history.html", context)


class ViewOnlyAdmin(ConsoleAdmin[_M]):
    """Pages to read; there is nothing to add or change."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def _is_column(model: type[models.Model], name: str) -> bool:
    try:
        model._meta.get_field(name)
    except FieldDoesNotExist:
        return False
    return True


def visible_rows(model: type[_M], request: HttpRequest) -> QuerySet[_M]:
    """Return the model's rows that this person may see; reference data is everybody's."""
    rows = model._default_manager.all()
    return rows.visible_to(access_of(request)) if isinstance(rows, ScopedQuerySet) else rows
