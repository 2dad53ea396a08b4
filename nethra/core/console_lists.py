"""Lists of the console: totals that stop counting, filters that offer the person's own rows only."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import cached_property
from unfold.contrib.filters.admin import RangeDateFilter, RelatedDropdownFilter
from unfold.views import ChangeList
from unfold.widgets import INPUT_CLASSES

from nethra.core.access import access_of
from nethra.core.pagination import TOTAL_CAP, total_of
from nethra.core.querysets import ScopedQuerySet

MAX_CHOICES = 500


class CappedPaginator(Paginator):  # type: ignore[type-arg]
    """Counting a million rows takes a tenth of a second: pages reach the first ten thousand."""

    is_capped = False
    cap = TOTAL_CAP
    template_name = "nethra/pagination.html"

    @cached_property
    def count(self) -> int:
        total, self.is_capped = total_of(self.object_list, is_exact=False)  # type: ignore[arg-type]
        return total


class DayRangeForm(forms.Form):
    """The browser's own date fields: the theme's need a calendar script and a click per month."""

    def __init__(self, name: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for side, label in (("from", "From day"), ("to", "To day")):
            look = {"type": "date", "aria-label": label, "title": label, "class": " ".join(INPUT_CLASSES)}
            self.fields[f"{name}_{side}"] = forms.CharField(
                label="", required=False, widget=forms.TextInput(look)
            )


class DayRangeFilter(RangeDateFilter):  # type: ignore[misc]
    """A filter by the first and the last day of a period, both included, in the agency's time zone."""

    form_class = DayRangeForm

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        first, last = self._day("from"), self._day("to")
        if first is not None:
            queryset = queryset.filter(**{f"{self.parameter_name}__gte": _midnight(first)})
        if last is not None:
            queryset = queryset.filter(**{f"{self.parameter_name}__lt": _midnight(last + timedelta(days=1))})
        return queryset

    def _day(self, side: str) -> date | None:
        text = self.used_parameters.get(f"{self.parameter_name}_{side}")
        if not text:
            return None
        try:
            day = date.fromisoformat(text)
        except ValueError as problem:
            raise IncorrectLookupParameters from problem
        if not 1800 <= day.year <= 2200:
            raise IncorrectLookupParameters
        return day


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=timezone.get_current_timezone())


class ConsoleChangeList(ChangeList):  # type: ignore[misc]
    """A list whose foot says how many rows there are; the theme would say it in the header as well."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.full_result_count = self.result_count


class VisibleRelatedFilter(RelatedDropdownFilter):  # type: ignore[misc]
    """A filter by a related row that offers the person's own agency's rows."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        rows = field.remote_field.model._default_manager.all()
        if isinstance(rows, ScopedQuerySet):
            rows = rows.visible_to(access_of(request))
        return [(row.pk, str(row)) for row in rows[:MAX_CHOICES]]
