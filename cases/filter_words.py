"""The filters of incidents and cases as people read them."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.db.models import TextChoices
from django.http import QueryDict
from django.utils import timezone
from django.utils.formats import date_format

from accounts.models import User
from cases.choices import Priority
from incidents.models import Area, OffenceCategory, OffenceCode
from nethra.core.access import Access
from nethra.core.errors import InvalidInput
from nethra.core.parameters import moment

LABELS = {
    "q": "words",
    "offence": "offence",
    "category": "category",
    "area": "area",
    "weekday": "weekday (1 is Monday)",
    "hour": "hour",
    "status": "status",
    "priority": "priority",
    "lead": "lead",
    "person": "works on it",
    "incident": "incident",
    "near": "near",
    "bbox": "in the box",
    "within": "within the outline",
    "occurred_after": "from",
    "occurred_before": "before",
    "opened_after": "opened from",
    "opened_before": "opened before",
    "ordering": "sorted by",
}
Reader = Callable[[Access, str], str]


def filters_in_words(access: Access, query: QueryDict, statuses: type[TextChoices]) -> list[str]:
    """Return one line for each filter, such as "offence: Robbery"; ``statuses`` are those of the records."""
    readers = {**READERS, "status": lambda access, text: str(statuses(text).label)}
    return [
        f"{LABELS.get(name, name)}: {', '.join(_read(readers.get(name, _plain), access, text) for text in texts)}"
        for name, texts in query.lists()
    ]


def _read(reader: Reader, access: Access, text: str) -> str:
    try:
        return reader(access, text) or text
    except (ValueError, InvalidInput):
        return text


def _plain(access: Access, text: str) -> str:
    return text


def _offence(access: Access, text: str) -> str:
    return OffenceCode.objects.filter(pk=text).values_list("name", flat=True).first() or ""


def _category(access: Access, text: str) -> str:
    found = OffenceCategory.objects.visible_to(access).filter(pk=UUID(text))
    return found.values_list("name", flat=True).first() or ""


def _area(access: Access, text: str) -> str:
    found = Area.objects.visible_to(access).filter(pk=UUID(text)).only("kind", "name").first()
    return str(found or "")


def _person(access: Access, text: str) -> str:
    if text == "me":
        return "me"
    found = User.objects.colleagues_of(access).filter(pk=UUID(text)).values_list("name", flat=True).first()
    return str(found or "")


def _time(access: Access, text: str) -> str:
    return date_format(timezone.localtime(moment(text)), "j M Y, H:i")


READERS: dict[str, Reader] = {
    "offence": _offence,
    "category": _category,
    "area": _area,
    "lead": _person,
    "person": _person,
    "priority": lambda access, text: str(Priority(text).label),
    **dict.fromkeys(("occurred_after", "occurred_before", "opened_after", "opened_before"), _time),
}
