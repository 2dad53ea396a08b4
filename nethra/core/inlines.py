"""Tables of a record's parts on its page: tabs whose rows are written by services, never by the form."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from django import forms
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest

from nethra.core.access import access_of
from nethra.core.admin import visible_rows
from nethra.core.capabilities import Capability
from nethra.core.guards import withheld_of

_M = TypeVar("_M", bound=models.Model)
_P = TypeVar("_P", bound=models.Model)

if TYPE_CHECKING:
    from django.contrib.admin import TabularInline

    class Table(TabularInline[_M, _P]): ...

    FormSet = forms.BaseInlineFormSet[Any, Any, Any]
else:
    from unfold.admin import TabularInline

    class Table(TabularInline, Generic[_M, _P]): ...

    FormSet = forms.BaseInlineFormSet

#: The theme renamed the switch that hides each row's name.
NO_ROW_NAMES = {"show_title": False} if hasattr(TabularInline, "show_title") else {"hide_title": True}


class OwnRowsFormSet(FormSet):
    """The rows of one parent."""

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        # SECURITY: only this parent's own rows can be named; Django's choices are every row there is.
        form.fields["id"].queryset = self.queryset
        for name in withheld_of(form.instance):
            if name in form.fields:
                form.fields[name].disabled = True
        # The heads of the table name its columns for the eye alone: each field says its own name.
        for name, field in form.fields.items():
            if not field.widget.is_hidden:
                label = field.label or name.replace("_", " ").capitalize()
                field.widget.attrs.setdefault("aria-label", str(label))

    def added(self) -> Iterator[Any]:
        """Yield the forms of new rows."""
        return (form for form in self._written() if form.instance._state.adding)

    def changed(self) -> Iterator[Any]:
        """Yield the forms of rows that differ from what is stored."""
        return (form for form in self._written() if not form.instance._state.adding)

    def removed(self) -> Iterator[Any]:
        """Yield the forms of stored rows that were marked for removal."""
        return (form for form in self.deleted_forms if not form.instance._state.adding)

    def values(self, form: Any) -> dict[str, Any]:
        """Return a row's values for its service; of a related row its key, under the column's name."""
        values: dict[str, Any] = {}
        for name in form._meta.fields:
            if name == self.fk.name or name not in form.cleaned_data or name in withheld_of(form.instance):
                continue
            value = form.cleaned_data[name]
            is_related = form._meta.model._meta.get_field(name).is_relation
            values[f"{name}_id" if is_related else name] = value.pk if is_related and value else value
        return values

    def _written(self) -> Iterator[Any]:
        return (f for f in self.forms if f.has_changed() and f not in self.deleted_forms)


class ConsoleInline(Table[_M, _P]):
    """A tab with the parts of a record. A capability of None means nobody."""

    view_capability: Capability | None = None
    change_capability: Capability | None = None

    formset: Any = OwnRowsFormSet
    extra = 0
    tab = True
    locals().update(NO_ROW_NAMES)

    def get_queryset(self, request: HttpRequest) -> QuerySet[_M]:
        return visible_rows(self.model, request)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        # SECURITY: choices come from the person's own agency; a foreign id is "not one of the choices".
        if "queryset" not in kwargs:
            kwargs["queryset"] = visible_rows(db_field.remote_field.model, request)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.view_capability is not None and access_of(request).may(self.view_capability)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        may_change = self.change_capability is not None and access_of(request).may(self.change_capability)
        return may_change and self.has_view_permission(request, obj)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)


class ShownFormSet(OwnRowsFormSet):
    """Rows to read: what a browser sends for them, or does not send, is not looked at."""

    def __init__(self, data: Any = None, files: Any = None, **options: Any) -> None:
        super().__init__(None, None, **options)

    def is_valid(self) -> bool:
        return True

    def has_changed(self) -> bool:
        return False


class ViewOnlyInline(ConsoleInline[_M, _P]):
    """A tab to read. ``anchor`` is its name in the address."""

    formset = ShownFormSet
    can_delete = False
    anchor = ""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset = super().get_formset(request, obj, **kwargs)
        anchor = self.anchor or formset.get_default_prefix()
        return type("Rows", (formset,), {"get_default_prefix": classmethod(lambda cls: anchor)})
