"""Which runs of analyses, schedules of them, and decisions about what they proposed, are visible to whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.querysets import ScopedQuerySet

if TYPE_CHECKING:
    from insights import models as rows  # noqa: F401


class AnalysisRunQuerySet(ScopedQuerySet["rows.AnalysisRun"]):
    """Runs are visible to whoever may see analyses: of guarded incidents there is nothing in them."""

    def bounded_to(self, access: Access) -> Self:
        return self if access.may(Capability.VIEW_INSIGHTS) else self.none()


class AnalysisScheduleQuerySet(ScopedQuerySet["rows.AnalysisSchedule"]):
    """Schedules are visible, as their runs are, to whoever may see analyses."""

    def bounded_to(self, access: Access) -> Self:
        return self if access.may(Capability.VIEW_INSIGHTS) else self.none()


class AnalysisResultQuerySet(ScopedQuerySet["rows.AnalysisResult"]):
    """Results, visible as their runs are; rows about single incidents are sifted where they are read."""

    def bounded_to(self, access: Access) -> Self:
        return self if access.may(Capability.VIEW_INSIGHTS) else self.none()


class SeriesDecisionQuerySet(ScopedQuerySet["rows.SeriesDecision"]):
    """Decisions, visible as their runs are; incidents and case are sifted where they are read."""

    def bounded_to(self, access: Access) -> Self:
        return self if access.may(Capability.VIEW_INSIGHTS) else self.none()

    def newest_first(self) -> Self:
        """Return the decisions, the newest of all first."""
        return self.order_by("-decided_at", "-id")

    def that_count(self) -> Self:
        """Return of each series of each run the newest decision: who changes their mind writes a further one."""
        return self.order_by("run_id", "series", "-decided_at", "-id").distinct("run_id", "series")
