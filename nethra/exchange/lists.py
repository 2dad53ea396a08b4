"""What a list of the console shows, as the filters of the API that find the same."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django.http import QueryDict
from django.utils import timezone

from nethra.core.errors import InvalidInput
from nethra.exchange.choices import ResourceName

#: Parameter of the list -> that of the API, for those that only have another name.
RENAMED = {
    ResourceName.INCIDENTS: {"q": "q", "offence": "offence", "area": "area", "status__exact": "status"},
    ResourceName.CASES: {
        "q": "q",
        "lead": "lead",
        "status__exact": "status",
        "priority__exact": "priority",
    },
}
#: The column that a period bounds -> the API's name of it.
PERIODS = {
    ResourceName.INCIDENTS: ("occurred_from", "occurred"),
    ResourceName.CASES: ("opened_at", "opened"),
}
#: The page, the order and what the console itself adds.
IGNORED = frozenset({"p", "o", "e", "all", "_changelist_filters", "resource"})


def query_of_list(resource: str, shown: QueryDict) -> str:
    """Return the API's parameters for what a list of the console shows; raise InvalidInput for a filter it lacks."""
    name = ResourceName(resource)
    column, word = PERIODS[name]
    asked = QueryDict(mutable=True)
    for parameter, texts in shown.lists():
        texts = [text for text in texts if text]
        if parameter in IGNORED or not texts:
            continue
        if parameter in RENAMED[name]:
            asked.setlist(RENAMED[name][parameter], texts)
        elif parameter in (f"{column}_from", f"{column}_to"):
            is_end = parameter.endswith("_to")
            asked[f"{word}_{'before' if is_end else 'after'}"] = _midnight(texts[0], days=int(is_end))
        else:
            raise InvalidInput(
                f"A search cannot be kept with the filter '{parameter}'.", code="unknown_parameter"
            )
    return asked.urlencode()


def list_of_query(resource: str, query: str) -> str | None:
    """Return the parameters of the console's list that shows the same; None where it has no such filter."""
    name = ResourceName(resource)
    column, word = PERIODS[name]
    back = {api: own for own, api in RENAMED[name].items()}
    shown: Any = QueryDict(mutable=True)
    for parameter, texts in QueryDict(query).lists():
        if parameter in back and len(texts) == 1:
            shown[back[parameter]] = texts[0]
        elif parameter == f"{word}_after" and (day := _day(texts[0])) is not None:
            shown[f"{column}_from"] = day.isoformat()
        elif parameter == f"{word}_before" and (day := _day(texts[0])) is not None:
            shown[f"{column}_to"] = (day - timedelta(days=1)).isoformat()
        else:
            return None
    return str(shown.urlencode())


def _midnight(text: str, *, days: int) -> str:
    try:
        day = date.fromisoformat(text) + timedelta(days=days)
    except (ValueError, OverflowError) as problem:
        raise InvalidInput("Give the days as 2026-01-31.", code="invalid_parameter") from problem
    return datetime.combine(day, time(), tzinfo=timezone.get_current_timezone()).isoformat()


def _day(text: str) -> date | None:
    """Return the day that begins at this moment where the person is; None within a day."""
    begin = timezone.localtime(datetime.fromisoformat(text))
    return begin.date() if begin.time() == time() else None
