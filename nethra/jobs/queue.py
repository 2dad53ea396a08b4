"""Work for later: `@job` declares it in an app's module `jobs`, `enqueue` orders it, the worker does it.

The queue has no row security, so a job's arguments are ids only: the agency's, and those of its rows.
The queue behind this module may be replaced without a change to any app.
"""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import close_old_connections, connection, transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from nethra.core.access import Access, operator_access
from nethra.core.errors import DomainError
from nethra.core.logs import current_request
from nethra.core.models import uuid7
from nethra.core.scope import agency_scope

logger = logging.getLogger(__name__)
Work = Callable[..., None]

_WAITING = "SELECT id FROM procrastinate_jobs WHERE queueing_lock = %s AND status = 'todo'"
# A worker that was killed leaves its job "doing"; its heart, which beats every ten seconds, stops.
_UNDER_WAY = """
SELECT EXISTS (
    SELECT FROM procrastinate_jobs AS job
    LEFT JOIN procrastinate_workers AS worker ON worker.id = job.worker_id
    WHERE job.queueing_lock = %s
      AND (job.status = 'todo' OR job.status = 'doing' AND worker.last_heartbeat > now() - interval '1 minute')
)
"""


@dataclass(frozen=True)
class Job:
    """A declared job. Calling it does the work at once, in this process."""

    name: str
    work: Work
    manages_transactions: bool
    once: bool
    task: Any

    def __call__(self, *, agency_id: UUID, **ids: UUID) -> None:
        perform(self.work, self.manages_transactions, agency_id, ids)

    def check_arguments(self, ids: dict[str, UUID]) -> None:
        """Raise TypeError unless the ids are UUIDs and are those that the work takes."""
        # SECURITY: everybody with the application's role reads the queue, of every agency.
        if wrong := sorted(name for name, value in ids.items() if not isinstance(value, UUID)):
            raise TypeError(f"A job takes ids only; {', '.join(wrong)} of {self.name} is no UUID.")
        inspect.signature(self.work).bind(access=None, **ids)


def job(*, manages_transactions: bool = False, once: bool = False, cron: str = "") -> Callable[[Work], Job]:
    """Declare `work(*, access, **ids)` as a job.

    The work runs within one transaction in the agency's name, unless it ``manages_transactions`` itself.
    With ``once``, a job that still waits with the same ids is not ordered a second time. With ``cron``, a worker
    orders it for every agency at those times (UTC); a time at which no worker ran is left out.
    """

    def declare(work: Work) -> Job:
        name = f"{work.__module__}.{work.__name__}"

        def run(agency_id: str, **ids: str) -> None:
            keys = {key: UUID(value) for key, value in ids.items()}
            # A worker may idle for longer than the server or a firewall keeps its connection.
            close_old_connections()
            try:
                perform(work, manages_transactions, UUID(agency_id), keys)
            finally:
                close_old_connections()

        declared = Job(name, work, manages_transactions, once, app.task(name=name)(run))
        if cron:
            _order_by_the_clock(declared, cron)
        return declared

    return declare


def _order_by_the_clock(declared: Job, cron: str) -> None:
    name = f"{declared.name}.for_every_agency"

    def order(timestamp: int) -> None:
        close_old_connections()
        try:
            enqueue_for_every_agency(declared)
        finally:
            close_old_connections()

    app.periodic(cron=cron)(app.task(name=name, queueing_lock=name)(order))


@transaction.atomic
def enqueue_for_every_agency(task: Job) -> int:
    """Order a job for each agency there is; return how many that are."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT app.agency_keys()")
        agencies = [agency_id for (agency_id,) in cursor.fetchall()]
    for agency_id in agencies:
        enqueue(task, agency_id=agency_id)
    return len(agencies)


def enqueue(task: Job, *, agency_id: UUID, **ids: UUID) -> int:
    """Order a job in the caller's transaction, with which it stands or falls; return the job's number."""
    task.check_arguments(ids)
    arguments = {"agency_id": str(agency_id), **{name: str(value) for name, value in ids.items()}}
    if not task.once:
        return int(task.task.configure().defer(**arguments))
    lock = _lock(task, agency_id, ids)
    try:
        # The refused order must not break the caller's transaction.
        with transaction.atomic():
            return int(task.task.configure(queueing_lock=lock).defer(**arguments))
    except AlreadyEnqueued:
        return _waiting_job(lock)


def is_under_way(task: Job, *, agency_id: UUID, **ids: UUID) -> bool:
    """Return whether this job waits for a worker, or a living one is at it; only for jobs that are ``once``."""
    with connection.cursor() as cursor:
        cursor.execute(_UNDER_WAY, [_lock(task, agency_id, ids)])
        row = cursor.fetchone()
    return bool(row and row[0])


def _lock(task: Job, agency_id: UUID, ids: dict[str, UUID]) -> str:
    arguments = {"agency_id": str(agency_id), **{name: str(value) for name, value in ids.items()}}
    return ":".join([task.name, *(arguments[name] for name in sorted(arguments))])


def _waiting_job(lock: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, [lock])
        row = cursor.fetchone()
    # A worker may have taken it in between: then the work is under way, and no number waits any more.
    return int(row[0]) if row else 0


def perform(work: Work, manages_transactions: bool, agency_id: UUID, ids: dict[str, UUID]) -> None:
    """Do a job's work in the agency's name; a failure is logged and raised, so the queue records it."""
    access: Access = operator_access(agency_id, source="job")
    current_request.set(f"job {work.__name__} {uuid7()}")
    try:
        if manages_transactions:
            work(access=access, **ids)
        else:
            with agency_scope(access, reason=f"job {work.__name__}"):
                work(access=access, **ids)
    except DomainError as problem:
        # Names of ids only: an error's sentence may quote what a file holds.
        logger.warning("Job %s refused: %s", work.__name__, problem.code)
        raise
    except Exception:
        logger.exception("Job %s failed", work.__name__)
        raise
