"""Lists of the console: totals that stop counting, filters that offer the person's own rows only."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any, cast

from django.contrib.admin.options import IncorrectLookupParameters
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import cached_property
from unfold.contrib.filters.admin import RangeDateFilter, RelatedDropdownFilter
from unfold.utils import parse_date_str
from unfold.views import ChangeList

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


class DayRangeFilter(RangeDateFilter):  # type: ignore[misc]
    """A filter by the first and the last day of a period, both included, in the agency's time zone."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        first, last = self._day("from"), self._day("to")
        if first is not None:
            queryset = queryset.filter(**{f"{self.parameter_name}__gte": _midnight(first)})
        if last is not None:
            queryset = queryset.filter(**{f"{self.parameter_name}__lt": _midnight(last + timedelta(days=1))})
        return queryset

    def _day(self, end: str) -> date | None:
        text = self.used_parameters.get(f"{self.parameter_name}_{end}")
        day = parse_date_str(text) if text else None
        if text and day is None:
            raise IncorrectLookupParameters(f"'{text}' is no day.")
        return cast("date | None", day)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


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
