"""Running analyses that take long."""

from __future__ import annotations

from uuid import UUID

from nethra.core.access import Access
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
