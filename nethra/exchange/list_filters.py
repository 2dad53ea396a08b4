"""The filters of the console's lists, as the API's lists have them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from django.http import QueryDict
from django.utils import timezone

from nethra.core.errors import InvalidInput
from nethra.core.parameters import moment
from nethra.exchange.choices import ResourceName

#: Resource -> name in the console's list -> name over the API.
NAMES: Mapping[str, Mapping[str, str]] = {
    ResourceName.INCIDENTS: {
        "offence": "offence",
        "weekday": "weekday",
        "hour": "hour",
        "area": "area",
        "status__exact": "status",
        "q": "q",
    },
    ResourceName.CASES: {
        "status__exact": "status",
        "priority__exact": "priority",
        "lead": "lead",
        "q": "q",
    },
}
#: Resource -> the column whose period the list asks for, and its bounds over the API.
PERIODS = {
    ResourceName.INCIDENTS: ("occurred_from", "occurred_after", "occurred_before"),
    ResourceName.CASES: ("opened_at", "opened_after", "opened_before"),
}
#: Which page of the list, in what order.
_PLACE = {"o", "p", "e"}


def filters_of_list(resource: ResourceName, query: QueryDict) -> str:
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
            raise InvalidInput("The list has a filter that cannot be taken along: take it off first.")
    return wanted.urlencode()


def _midnight(day: str, later: int) -> str:
    try:
        first = date.fromisoformat(day) + timedelta(days=later)
    except (ValueError, OverflowError):
        raise InvalidInput("A day of the list's filters is no day.") from None
    return datetime.combine(first, time(), tzinfo=timezone.get_current_timezone()).isoformat()


def list_of_filters(resource: ResourceName, filters: str) -> str | None:
    """Return the parameters of the console's list that shows the same; None where it has no such filter.

    Raise InvalidInput for a time that is none.
    """
    column, after, before = PERIODS[resource]
    names = {over_api: in_list for in_list, over_api in NAMES[resource].items()}
    shown = QueryDict(mutable=True)
    for name, texts in QueryDict(filters).lists():
        if name in names and len(texts) == 1:
            shown[names[name]] = str(texts[0])
        elif name == after and (first := _day(str(texts[0]))) is not None:
            shown[f"{column}_from"] = first.isoformat()
        elif name == before and (end := _day(str(texts[0]))) is not None:
            shown[f"{column}_to"] = (end - timedelta(days=1)).isoformat()
        else:
            return None
    return shown.urlencode()


def _day(text: str) -> date | None:
    """Return the day that begins at this moment in the current time zone; None within a day."""
    begin = timezone.localtime(moment(text))
    return begin.date() if begin.time() == time() else None
