"""The filters of the console's lists, as the API's lists have them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from django.http import QueryDict
from django.utils import timezone

from nethra.core.errors import InvalidInput
from nethra.exchange.choices import ExportResource

#: Resource -> name in the console's list -> name over the API.
NAMES: Mapping[str, Mapping[str, str]] = {
    ExportResource.INCIDENTS: {"offence": "offence", "area": "area", "status__exact": "status", "q": "q"},
    ExportResource.CASES: {
        "status__exact": "status",
        "priority__exact": "priority",
        "lead": "lead",
        "q": "q",
    },
}
#: Resource -> the column whose period the list asks for, and its bounds over the API.
PERIODS = {
    ExportResource.INCIDENTS: ("occurred_from", "occurred_after", "occurred_before"),
    ExportResource.CASES: ("opened_at", "opened_after", "opened_before"),
}
#: Which page of the list, in what order.
_PLACE = {"o", "p", "e"}


def filters_of_list(resource: ExportResource, query: QueryDict) -> str:
    """Return what the console's list shows as a query of the API's list; days are those of the current time zone.

    Raise InvalidInput for a filter that the API does not have.
    """
    column, after, before = PERIODS[resource]
    names = NAMES[resource]
    wanted = QueryDict(mutable=True)
    for name, value in query.items():
        text = str(value).strip()
        if not text or name in _PLACE:
            continue
        if name == f"{column}_from":
            wanted[after] = _midnight(text, 0)
        elif name == f"{column}_to":
            wanted[before] = _midnight(text, 1)
        elif name in names and (name, text) != ("lead", "nobody"):
            wanted[names[name]] = text
        else:
            raise InvalidInput("The list has a filter that an export cannot have: take it off first.")
    return wanted.urlencode()


def _midnight(day: str, later: int) -> str:
    try:
        first = date.fromisoformat(day) + timedelta(days=later)
    except (ValueError, OverflowError):
        raise InvalidInput("A day of the list's filters is no day.") from None
    return datetime.combine(first, time(), tzinfo=timezone.get_current_timezone()).isoformat()
