"""Scans for malware by a real clamd: what it says, what it cannot say, and what is tried again."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import IntegrityError, connection, transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from media_evidence.inspecting import GONE
from media_evidence.jobs import (
    mail_infected_evidence,
    order_due_scans_job,
    scan_evidence_job,
)
from media_evidence.models import Evidence
from media_evidence.rules import FIRST_WAIT, LONGEST_WAIT, wait_after
from media_evidence.scanning import order_due_scans
from nethra.core import clamd
from nethra.core.access import operator_access
from nethra.core.scope import agency_scope
from tests.api.calls import ROOT, get
from tests.support import database
from tests.support.cases import make_case
from tests.support.clamd import EICAR, SIGNATURE, Clamd
from tests.support.files import sent
from tests.support.people import Cast, access_for, api_client
from tests.support.scans import HARMLESS, fresh, infected, scanned, taken_in, whole
from tests.support.stored import content_of, take_away

MB = 1 << 20
FOUND = f"{SIGNATURE}.UNOFFICIAL"

pytestmark = pytest.mark.django_db


def waiting(task: Any, evidence: Evidence | None = None) -> int:
    """Return how many jobs of a kind wait, of an exhibit where one is named."""
    jobs = ProcrastinateJob.objects.filter(task_name=task.name, status="todo")
    return jobs.filter(args__evidence_id=str(evidence.pk)).count() if evidence else jobs.count()


def done(*tasks: Any) -> None:
    """Let the jobs that wait be over."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = 'succeeded' WHERE task_name = ANY(%s)",
            [[task.name for task in tasks]],
        )


def changed(evidence: Evidence, **values: Any) -> None:
    with agency_scope(whole(evidence)):
        Evidence._base_manager.filter(pk=evidence.pk).update(**values)


def ordered(cast: Cast) -> int:
    access = operator_access(cast.north.pk)
    with agency_scope(access):
        return order_due_scans(access=access)


@contextmanager
def silent() -> Iterator[tuple[str, int]]:
    """Yield the address of somebody who lets all in and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()


def told(capsys: Any, *arguments: str, fails: bool = False) -> dict[str, Any]:
    command = ["scan_evidence", "--agency", "north", "--json", *arguments]
    if fails:
        with pytest.raises(CommandError):
            call_command(*command)
    else:
        call_command(*command)
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


# What it says


def test_without_a_scanner_nothing_is_scanned_and_nothing_is_ordered(cast: Cast) -> None:
    evidence = taken_in(cast)

    assert (evidence.scan, evidence.scan_due_at) == ("not_scanned", None)
    assert waiting(scan_evidence_job) == 0
    assert ordered(cast) == 0
    assert get(cast.officer, f"evidence/{evidence.pk}/file").status_code == 200


def test_a_file_waits_until_the_worker_scanned_it(cast: Cast, scanner: Clamd) -> None:
    evidence = taken_in(cast)

    assert evidence.scan == "waiting"
    assert waiting(scan_evidence_job, evidence) == 1
    scan_evidence_job(agency_id=cast.north.pk, evidence_id=evidence.pk)
    record = get(cast.officer, f"evidence/{evidence.pk}").json()
    assert (record["scan"], record["scan_signature"], record["scan_note"]) == ("clean", "", "")
    assert record["scan_database"].startswith("ClamAV ")
    assert record["scanned_at"]


def test_the_answer_to_an_upload_does_not_wait_for_the_scanner(cast: Cast, settings: Any) -> None:
    with silent() as address:
        settings.CLAMD, settings.CLAMD_SECONDS = address, 30
        case = make_case(access_for(cast.officer))
        answer = api_client(cast.officer).post(f"{ROOT}/cases/{case.pk}/evidence", {"file": sent(EICAR)})

    assert answer.status_code == 201
    assert answer.json()["scan"] == "waiting"


def test_malware_is_named_and_those_who_manage_evidence_are_mailed_once(cast: Cast, scanner: Clamd) -> None:
    evidence = infected(cast, title="A secret title")

    assert (evidence.scan, evidence.scan_signature, evidence.scan_due_at) == ("infected", FOUND, None)
    # An administrator, a supervisor and a custodian manage evidence here.
    assert waiting(mail_infected_evidence, evidence) == 3
    done(mail_infected_evidence)
    scan_evidence_job(agency_id=cast.north.pk, evidence_id=evidence.pk)
    assert waiting(mail_infected_evidence) == 0
    mail_infected_evidence(agency_id=cast.north.pk, user_id=cast.custodian.pk, evidence_id=evidence.pk)
    (mailed,) = mail.outbox
    assert (mailed.to, mailed.subject) == ([cast.custodian.email], "Malware was found in an exhibit")
    assert FOUND in mailed.body
    assert str(evidence.pk) in mailed.body
    assert evidence.title not in mailed.body


def test_the_original_stays_as_it_was_taken_in(cast: Cast, scanner: Clamd) -> None:
    evidence = infected(cast)

    assert content_of(evidence) == EICAR


@pytest.mark.django_db(transaction=True)
def test_a_real_worker_scans_what_comes_in(committed_cast: Cast, scanner: Clamd, evidence_dir: Path) -> None:
    cast = committed_cast
    exhibits = [taken_in(cast), taken_in(cast, EICAR)]
    url = database.with_database(os.environ["DATABASE_URL"], str(connection.settings_dict["NAME"]))
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "EVIDENCE_DIR": str(evidence_dir),
        "CLAMD": f"unix:{scanner.address}",
    }

    worker = [sys.executable, "manage.py", "procrastinate", "worker", "--one-shot"]
    subprocess.run(worker, cwd=database.ROOT, env=environment, check=True, capture_output=True, timeout=120)

    assert [fresh(one).scan for one in exhibits] == ["clean", "infected"]


# What it cannot say


def test_a_daemon_that_is_gone_is_tried_again_until_it_is_back(cast: Cast, scanner: Clamd) -> None:
    evidence = taken_in(cast)
    done(scan_evidence_job)

    scanner.kill()
    scan_evidence_job(agency_id=cast.north.pk, evidence_id=evidence.pk)

    failed = fresh(evidence)
    assert (failed.scan, failed.scan_note, failed.scan_failures) == ("failed", clamd.AWAY, 1)
    assert failed.scan_due_at is not None
    assert failed.scanned_at is not None
    assert failed.scan_due_at - failed.scanned_at == FIRST_WAIT
    assert ordered(cast) == 0, "It is not due yet."
    changed(evidence, scan_due_at=datetime.now(UTC))
    assert ordered(cast) == 0, "Nobody answers yet."
    assert fresh(evidence).scan_failures == 1
    scanner.start()
    assert ordered(cast) == 1
    assert ordered(cast) == 0, "It is ordered already."
    assert waiting(scan_evidence_job, evidence) == 1
    scan_evidence_job(agency_id=cast.north.pk, evidence_id=evidence.pk)
    clean = fresh(evidence)
    assert (clean.scan, clean.scan_note, clean.scan_failures, clean.scan_due_at) == ("clean", "", 0, None)


def test_a_daemon_that_hangs_is_given_up(cast: Cast, settings: Any) -> None:
    with silent() as address:
        settings.CLAMD, settings.CLAMD_SECONDS = address, 1
        evidence = scanned(cast)

    assert (evidence.scan, evidence.scan_note) == ("failed", clamd.TOO_SLOW)
    assert evidence.scan_due_at


def test_the_wait_doubles_up_to_six_hours() -> None:
    waits = [wait_after(failures) for failures in (1, 2, 3, 7, 8, 500)]

    assert waits == [FIRST_WAIT, FIRST_WAIT * 2, FIRST_WAIT * 4, FIRST_WAIT * 64, LONGEST_WAIT, LONGEST_WAIT]


def test_a_file_over_the_daemons_length_says_so_and_is_not_tried_again(cast: Cast, scanner: Clamd) -> None:
    evidence = scanned(cast, bytes(3 * MB))

    assert (evidence.scan, evidence.scan_note) == ("failed", clamd.TOO_LARGE)
    assert evidence.scan_due_at is None
    assert ordered(cast) == 0


def test_a_file_that_the_daemon_would_not_look_at_in_whole_is_never_called_clean(
    cast: Cast, settings: Any
) -> None:
    # Debian's configuration: clamd says OK of what is beyond its MaxFileSize, and never looked.
    with silent() as address:
        settings.CLAMD, settings.CLAMD_MAX_MB = address, 1
        evidence = scanned(cast, bytes(MB + 1))

    assert (evidence.scan, evidence.scan_note) == ("failed", clamd.TOO_LARGE)


def test_a_file_that_is_gone_is_not_clean(cast: Cast, scanner: Clamd) -> None:
    evidence = taken_in(cast)
    take_away(evidence)

    scan_evidence_job(agency_id=cast.north.pk, evidence_id=evidence.pk)

    assert (fresh(evidence).scan, fresh(evidence).scan_note) == ("failed", GONE)


@pytest.mark.parametrize(("content", "verdict"), [(HARMLESS, "clean"), (EICAR, "infected")])
def test_a_verdict_outlives_a_scan_that_fails(
    cast: Cast, scanner: Clamd, content: bytes, verdict: str
) -> None:
    before = scanned(cast, content)

    scanner.kill()
    scan_evidence_job(agency_id=cast.north.pk, evidence_id=before.pk)

    after = fresh(before)
    assert (after.scan, after.scanned_at, after.scan_failures) == (verdict, before.scanned_at, 0)


@pytest.mark.parametrize(("content", "verdict"), [(HARMLESS, "failed"), (EICAR, "infected")])
def test_what_can_no_longer_be_told_is_not_clean_and_malware_stays_malware(
    cast: Cast, scanner: Clamd, settings: Any, content: bytes, verdict: str
) -> None:
    before = scanned(cast, content)

    settings.CLAMD_MAX_MB = 0
    scan_evidence_job(agency_id=cast.north.pk, evidence_id=before.pk)

    assert fresh(before).scan == verdict


@pytest.mark.parametrize(
    "values",
    [
        {"scan": "infected"},
        {"scan": "clean", "scan_signature": "x"},
        {"scan": "sound"},
    ],
)
def test_the_database_takes_no_verdict_that_says_two_things(cast: Cast, values: dict[str, str]) -> None:
    evidence = taken_in(cast)

    with pytest.raises(IntegrityError), transaction.atomic():
        changed(evidence, **values)


# What is due


def test_exhibits_from_before_the_scanner_are_ordered(cast: Cast, scanner: Clamd, settings: Any) -> None:
    settings.CLAMD = None
    evidence = taken_in(cast)
    settings.CLAMD = scanner.address

    assert ordered(cast) == 1

    assert fresh(evidence).scan == "waiting"
    assert waiting(scan_evidence_job, evidence) == 1


def test_a_scan_of_which_nothing_is_heard_for_an_hour_is_ordered_again(cast: Cast, scanner: Clamd) -> None:
    evidence = taken_in(cast)
    done(scan_evidence_job)

    assert ordered(cast) == 0
    changed(evidence, scan_due_at=datetime.now(UTC) - timedelta(seconds=1))
    assert ordered(cast) == 1
    assert waiting(scan_evidence_job, evidence) == 1


def test_the_clock_orders_what_is_due_for_every_agency(cast: Cast, scanner: Clamd, settings: Any) -> None:
    settings.CLAMD = None
    taken_in(cast)
    settings.CLAMD = scanner.address

    order_due_scans_job(agency_id=cast.north.pk)
    order_due_scans_job(agency_id=cast.south.pk)

    assert waiting(scan_evidence_job) == 1
    by_clock = {task.task.name: task.cron for task in app.periodic_registry.periodic_tasks.values()}
    assert by_clock[f"{order_due_scans_job.name}.for_every_agency"] == "*/5 * * * *"


def test_no_agency_scans_or_reads_what_is_another_ones(cast: Cast, scanner: Clamd, capsys: Any) -> None:
    evidence = taken_in(cast)

    access = operator_access(cast.south.pk)
    with agency_scope(access):
        assert order_due_scans(access=access) == 0
    with pytest.raises(CommandError, match="no such record"):
        call_command("scan_evidence", "--agency", "south", "--id", str(evidence.pk))
    call_command("scan_evidence", "--agency", "south", "--all", "--json")
    assert json.loads(capsys.readouterr().out)["scanned"] == 0
    assert fresh(evidence).scan == "waiting"
    assert get(cast.south_officer, "evidence?scan=waiting").json()["data"] == []


# The command


def test_the_command_scans_what_has_no_verdict(cast: Cast, scanner: Clamd, capsys: Any) -> None:
    scanned(cast)
    evidence = taken_in(cast)

    found = told(capsys)

    assert (found["scanned"], found["clean"], found["dry_run"]) == (1, 1, False)
    assert fresh(evidence).scan == "clean"


def test_after_an_update_of_signatures_all_is_scanned_again(cast: Cast, scanner: Clamd, capsys: Any) -> None:
    evidence = scanned(cast, b"A worm that nobody knew. " * 20)
    scanner.kill()
    scanner.learn("Nethra.Test.Worm", b"A worm that nobody knew.")
    scanner.start()

    dry = told(capsys, "--all", "--dry-run", fails=True)
    assert fresh(evidence).scan == "clean"
    found = told(capsys, "--all", fails=True)

    assert dry["infected"] == found["infected"]
    (line,) = found["infected"]
    assert line.endswith("Nethra.Test.Worm.UNOFFICIAL")
    assert fresh(evidence).scan == "infected"
    assert waiting(mail_infected_evidence, evidence) == 3


def test_what_could_not_be_scanned_is_scanned_when_the_daemon_takes_more(
    cast: Cast, scanner: Clamd, settings: Any, capsys: Any
) -> None:
    settings.CLAMD_MAX_MB = 1
    large = scanned(cast, bytes(MB + 1))
    taken_in(cast)
    settings.CLAMD_MAX_MB = 2

    found = told(capsys, "--failed")

    assert (found["scanned"], found["clean"]) == (1, 1)
    assert fresh(large).scan == "clean"


def test_the_command_scans_one_exhibit(cast: Cast, scanner: Clamd, capsys: Any) -> None:
    evidence, other = taken_in(cast, EICAR), taken_in(cast)

    found = told(capsys, "--id", str(evidence.pk), fails=True)

    assert (found["scanned"], len(found["infected"]), found["failed"]) == (1, 1, [])
    assert fresh(other).scan == "waiting"


def test_the_command_says_that_nobody_scans(cast: Cast, scanner: Clamd, settings: Any) -> None:
    evidence = taken_in(cast)
    scanner.kill()

    with pytest.raises(CommandError, match=clamd.AWAY):
        call_command("scan_evidence", "--agency", "north")
    settings.CLAMD = None
    with pytest.raises(CommandError, match="No scanner is set up"):
        call_command("scan_evidence", "--agency", "north")

    assert fresh(evidence).scan == "waiting"
