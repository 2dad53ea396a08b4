"""Running analyses that take long, and ordering those that come by the clock."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from nethra.core.access import Access
from nethra.core.scope import agency_scope
from nethra.jobs.queue import job


# What is read is read in one transaction; progress is kept between, and an order to stop is heard.
@job(manages_transactions=True, once=True)
def run_analysis_job(*, access: Access, run_id: UUID) -> None:
    """Run an ordered analysis."""
    from insights.running.work import run_ordered

    run_ordered(access=access, run_id=run_id)


@job(once=True, cron="*/10 * * * *")
def end_lost_runs_job(*, access: Access) -> None:
    """End the runs whose worker was killed."""
    from insights.running.services import end_lost_runs

    end_lost_runs(access=access)


@job(manages_transactions=True, once=True, cron="*/10 * * * *")
def order_due_job(*, access: Access) -> None:
    """Order the analyses whose turn has come."""
    from insights.schedules.services import order_due

    order_due(access=access)


# Every hour, since it is early in the morning at another one in each time zone.
@job(manages_transactions=True, once=True, cron="20 * * * *")
def order_scores_job(*, access: Access) -> None:
    """Order the scores of forecasts whose period has ended, early in the morning by the agency's clock."""
    from incidents.filters import zone_of
    from insights.schedules.scores import HOUR, order_scores

    with agency_scope(access):
        zone = zone_of(access)
    if datetime.now(UTC).astimezone(zone).hour == HOUR:
        order_scores(access=access)
