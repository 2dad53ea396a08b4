"""Jobs: ordered in the caller's transaction, done by a real worker in the agency's name."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.models import User
from nethra.audit.models import AuditEvent
from nethra.core.access import operator_access
from nethra.core.errors import Conflict
from nethra.core.models import uuid7
from nethra.core.scope import agency_scope
from nethra.jobs.queue import enqueue, is_under_way
from tests.jobs.errands import count_nothing, rename_and_fail, rename_person
from tests.support.database import with_database
from tests.support.people import Cast, access_for

ROOT = Path(__file__).resolve().parents[2]


WORKER = [sys.executable, "manage.py", "procrastinate", "worker"]


def environment_of(settings_module: str) -> dict[str, str]:
    """Return the environment of a worker with the application's role in the test's database."""
    url = with_database(os.environ["DATABASE_URL"], str(connection.settings_dict["NAME"]))
    return {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": settings_module}


def work_off_the_queue() -> subprocess.CompletedProcess[str]:
    """Run `manage.py procrastinate worker` as the application's role until nothing waits."""
    return subprocess.run(
        [*WORKER, "--one-shot"],
        cwd=ROOT,
        env=environment_of("tests.jobs.worker_settings"),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@contextmanager
def running_worker(settings_module: str) -> Iterator[None]:
    """Keep a worker running."""
    worker = subprocess.Popen(WORKER, cwd=ROOT, env=environment_of(settings_module))
    try:
        yield
    finally:
        worker.terminate()
        worker.wait(30)


def name_of(user: User) -> str:
    with agency_scope(operator_access(user.agency_id)):
        user.refresh_from_db()
    return user.name


def test_a_worker_does_the_job_in_the_agencys_name(committed_cast: Cast) -> None:
    officer = committed_cast.officer

    number = enqueue(rename_person, agency_id=officer.agency_id, user_id=officer.pk)
    worker = work_off_the_queue()

    assert ProcrastinateJob.objects.get(pk=number).status == "succeeded", worker.stderr
    assert name_of(officer) == "Renamed by a job"
    access = access_for(committed_cast.auditor)
    with agency_scope(access):
        newest = AuditEvent.objects.visible_to(access).about("accounts_user", officer.pk).first()
        assert newest is not None
        assert newest.source == "job"


def test_a_job_finds_no_row_of_another_agency(committed_cast: Cast) -> None:
    officer = committed_cast.officer

    number = enqueue(rename_person, agency_id=committed_cast.south.pk, user_id=officer.pk)
    work_off_the_queue()

    assert ProcrastinateJob.objects.get(pk=number).status == "failed"
    assert name_of(officer) == "Noel Officer"


def test_a_failing_job_leaves_nothing_half_done(committed_cast: Cast) -> None:
    officer = committed_cast.officer

    number = enqueue(rename_and_fail, agency_id=officer.agency_id, user_id=officer.pk)
    worker = work_off_the_queue()

    assert ProcrastinateJob.objects.get(pk=number).status == "failed"
    assert name_of(officer) == "Noel Officer"
    assert "Job rename_and_fail refused: conflict" in worker.stderr


def test_a_job_is_not_ordered_when_its_transaction_is_taken_back(cast: Cast) -> None:
    with transaction.atomic():
        enqueue(rename_person, agency_id=cast.north.pk, user_id=cast.officer.pk)
        transaction.set_rollback(True)

    assert ProcrastinateJob.objects.count() == 0


def test_a_job_that_waits_is_ordered_once(cast: Cast) -> None:
    first = enqueue(count_nothing, agency_id=cast.north.pk, user_id=cast.officer.pk)
    second = enqueue(count_nothing, agency_id=cast.north.pk, user_id=cast.officer.pk)
    other = enqueue(count_nothing, agency_id=cast.north.pk, user_id=cast.analyst.pk)

    assert second == first
    assert other != first


def test_a_job_is_under_way_while_it_waits_or_its_worker_lives(cast: Cast) -> None:
    ids = {"agency_id": cast.north.pk, "user_id": cast.officer.pk}
    before = is_under_way(count_nothing, **ids)
    number = enqueue(count_nothing, **ids)
    waiting = is_under_way(count_nothing, **ids)

    def taken_by(silent_seconds: int) -> bool:
        with connection.cursor() as cursor:
            cursor.execute(
                "WITH worker AS (INSERT INTO procrastinate_workers (last_heartbeat) "
                "VALUES (now() - make_interval(secs => %s)) RETURNING id) "
                "UPDATE procrastinate_jobs SET status = 'doing', worker_id = worker.id FROM worker "
                "WHERE procrastinate_jobs.id = %s",
                [silent_seconds, number],
            )
        return is_under_way(count_nothing, **ids)

    living, dead = taken_by(0), taken_by(120)

    assert (before, waiting, living, dead) == (False, True, True, False)


def test_the_queue_holds_ids_only(cast: Cast) -> None:
    number = enqueue(rename_person, agency_id=cast.north.pk, user_id=cast.officer.pk)

    arguments = ProcrastinateJob.objects.get(pk=number).args
    assert arguments == {"agency_id": str(cast.north.pk), "user_id": str(cast.officer.pk)}


@pytest.mark.parametrize(
    "ids", [{"user_id": "Nora Admin"}, {"person_id": uuid7()}, {}, {"user_id": uuid7(), "name": "Nora"}]
)
def test_other_arguments_are_refused(cast: Cast, ids: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        enqueue(rename_person, agency_id=cast.north.pk, **ids)


def test_a_job_called_directly_runs_here_and_raises(cast: Cast) -> None:
    rename_person(agency_id=cast.north.pk, user_id=cast.officer.pk)

    assert name_of(cast.officer) == "Renamed by a job"
    with pytest.raises(Conflict):
        rename_and_fail(agency_id=cast.north.pk, user_id=cast.officer.pk)


def test_jobs_are_found_in_the_apps_modules_named_jobs() -> None:
    assert settings.PROCRASTINATE_AUTODISCOVER_MODULE_NAME == "jobs"

    from procrastinate.contrib.django import app

    assert "incidents.jobs.run_import_job" in app.tasks


def test_what_the_clock_orders_is_done_for_every_agency(committed_cast: Cast) -> None:
    people = (committed_cast.officer, committed_cast.south_officer)
    until = time.monotonic() + 90

    with running_worker("tests.jobs.clock_settings"):
        while time.monotonic() < until and {name_of(user) for user in people} != {"Renamed by a job"}:
            time.sleep(0.5)

    assert [name_of(user) for user in people] == ["Renamed by a job"] * 2


def test_readings_are_looked_at_by_the_clock() -> None:
    from procrastinate.contrib.django import app

    ordered = {task.task.name: task.cron for task in app.periodic_registry.periodic_tasks.values()}
    assert ordered["cases.jobs.look_at_readings.for_every_agency"] == "13 * * * *"
