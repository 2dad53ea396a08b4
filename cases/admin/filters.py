"""The list filters that only cases have."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import DropdownFilter

from accounts.models import User
from nethra.core.access import access_of
from nethra.core.console_lists import MAX_CHOICES

NOBODY = "nobody"
ME = "me"


class PersonFilter(DropdownFilter):  # type: ignore[misc]
    """A filter by a colleague; `me` is whoever looks, `nobody` finds rows without one."""

    column = ""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        people = User.objects.colleagues_of(access_of(request)).order_by("name", "id")[:MAX_CHOICES]
        return [(ME, "Me"), (NOBODY, "Nobody"), *((str(person.pk), str(person)) for person in people)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        if not value:
            return queryset
        if value == NOBODY:
            return queryset.filter(**{f"{self.column}__isnull": True})
        try:
            key = access_of(request).user_id if value == ME else UUID(value)
        except ValueError as problem:
            raise IncorrectLookupParameters from problem
        return queryset.filter(**{self.column: key})


class LeadFilter(PersonFilter):
    """Cases by who leads them."""

    title = "lead"
    parameter_name = "lead"
    column = "lead_id"


class AssigneeFilter(PersonFilter):
    """Tasks by who does them."""

    title = "assignee"
    parameter_name = "assignee"
    column = "assignee_id"
