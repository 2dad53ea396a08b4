"""Counts of incidents by weekday and hour of the agency's time zone: when, not only where."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, F, Q

from incidents.filters import IncidentFilters, wanted_by, zone_of
from incidents.querysets import local_times
from nethra.core.access import Access
from nethra.core.capabilities import Capability

#: An incident whose time is less certain than this lies in its hour by the earliest time it can have begun.
CERTAIN = timedelta(hours=1)
DAYS, HOURS = 7, 24


@dataclass(frozen=True)
class HourCounts:
    """Counts by weekday and hour: ``counts[weekday][hour]``, the first row Monday's, the first column midnight's.

    Each incident is counted once, at the time it began at the earliest; of ``vague`` incidents that time is
    uncertain by more than an hour. ``total`` is the sum of all cells.
    """

    time_zone: str
    total: int
    vague: int
    counts: tuple[tuple[int, ...], ...]


def count_hours(access: Access, filters: IncidentFilters) -> HourCounts:
    """Return how many of the wanted incidents began on each weekday and in each hour."""
    access.require(Capability.VIEW_INSIGHTS)
    access.require(Capability.VIEW_INCIDENTS)
    zone = zone_of(access)
    wanted = wanted_by(access, filters, reading=("occurred_from", "occurred_until"))
    is_vague = Q(occurred_until__gt=F("occurred_from") + CERTAIN)
    # Any: the checker does not know columns that only an annotation names.
    moments: Any = wanted.annotate(**local_times(zone))
    counted = moments.values("weekday", "hour").annotate(
        number=Count("pk"), vague=Count("pk", filter=is_vague)
    )
    numbers = {(row["weekday"], row["hour"]): (row["number"], row["vague"]) for row in counted}
    counts = tuple(
        tuple(numbers.get((day, hour), (0, 0))[0] for hour in range(HOURS)) for day in range(1, DAYS + 1)
    )
    return HourCounts(zone.key, sum(map(sum, counts)), sum(vague for _, vague in numbers.values()), counts)
