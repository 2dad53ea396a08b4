"""Checks of the store: which exhibits, what is kept of them, who hears of it, and when they are due."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from media_evidence.fixity import verify_due
from media_evidence.jobs import mail_unsound_evidence, verify_due_evidence
from media_evidence.models import Evidence, FixityCheck
from nethra.core.access import Access, operator_access
from nethra.core.scope import agency_scope
from tests.api.calls import get, post
from tests.support.cases import make_case
from tests.support.files import jpeg, make_evidence
from tests.support.people import Cast, access_for, console_client
from tests.support.stored import content_of, overwrite, take_away

pytestmark = pytest.mark.django_db


def exhibits(cast: Cast, count: int = 1) -> list[Evidence]:
    access = access_for(cast.officer)
    case = make_case(access, lead_id=cast.officer.pk)
    return [make_evidence(access, case, jpeg((number * 37 % 256, 90, 120))) for number in range(count)]


def alter(evidence: Evidence) -> None:
    overwrite(evidence, b"other" + content_of(evidence)[5:])


def dated(evidence: Evidence, days: int) -> None:
    """Let the last check have been so many days ago."""
    with agency_scope(whole(evidence)):
        then = datetime.now(UTC) - timedelta(days=days)
        Evidence._base_manager.filter(pk=evidence.pk).update(verified_at=then)


def whole(evidence: Evidence) -> Access:
    return operator_access(evidence.agency_id)


def checks(evidence: Evidence) -> list[FixityCheck]:
    access = whole(evidence)
    with agency_scope(access):
        rows = FixityCheck.objects.visible_to(access).filter(evidence_id=evidence.pk)
        return list(rows.order_by("checked_at"))


def waiting_mails() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM procrastinate_jobs WHERE task_name = %s AND status = 'todo'",
            [mail_unsound_evidence.name],
        )
        return int(cursor.fetchone()[0])


def told(capsys: Any, **options: Any) -> dict[str, Any]:
    call_command("verify_evidence", agency="north", json=True, **options)
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_each_check_is_a_row(cast: Cast) -> None:
    (evidence,) = exhibits(cast)

    post(cast.officer, f"evidence/{evidence.pk}/verify", {})
    alter(evidence)
    post(cast.supervisor, f"evidence/{evidence.pk}/verify", {})
    take_away(evidence)
    post(cast.supervisor, f"evidence/{evidence.pk}/verify", {})

    rows = checks(evidence)
    assert [(row.integrity, row.checked_by_id, row.source) for row in rows] == [
        ("intact", cast.officer.pk, "api"),
        ("altered", cast.supervisor.pk, "api"),
        ("missing", cast.supervisor.pk, "api"),
    ]
    assert rows[0].found_sha256 == evidence.sha256
    assert rows[1].found_sha256 not in ("", evidence.sha256)
    assert rows[2].found_sha256 == ""
    listed = get(cast.officer, f"evidence/{evidence.pk}/checks").json()["data"]
    assert [row["integrity"] for row in listed] == ["missing", "altered", "intact"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE media_evidence_fixitycheck SET integrity = 'intact'",
        "DELETE FROM media_evidence_fixitycheck",
        "TRUNCATE media_evidence_fixitycheck",
    ],
)
def test_what_was_found_is_never_changed(cast: Cast, statement: str) -> None:
    (evidence,) = exhibits(cast)
    post(cast.officer, f"evidence/{evidence.pk}/verify", {})

    refusal = pytest.raises(DatabaseError)
    with agency_scope(whole(evidence)), refusal, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_every_file_that_is_not_what_it_was_is_named_and_no_other(cast: Cast, capsys: Any) -> None:
    """A byte turned, two files that changed places, one taken away; the fifth was left alone."""
    turned, first, second, gone, left = exhibits(cast, 5)
    assert told(capsys)["intact"] == 5
    content = content_of(turned)
    overwrite(turned, content[:700] + bytes([content[700] ^ 1]) + content[701:])
    contents = content_of(first), content_of(second)
    overwrite(first, contents[1])
    overwrite(second, contents[0])
    take_away(gone)

    with pytest.raises(CommandError):
        call_command("verify_evidence", agency="north", json=True)

    found = json.loads(capsys.readouterr().out)

    def names(lines: list[str], *these: Evidence) -> bool:
        return len(lines) == len(these) and all(
            any(one.sha256[:12] in line for line in lines) for one in these
        )

    assert names(found["altered"], turned, first, second), found
    assert names(found["missing"], gone), found
    assert (found["intact"], found["broken"]) == (1, [])
    assert left.sha256[:12] not in json.dumps(found)


def test_the_alarm_sounds_once(cast: Cast) -> None:
    (evidence,) = exhibits(cast)
    alter(evidence)

    for _ in range(2):
        post(cast.officer, f"evidence/{evidence.pk}/verify", {})

    # An administrator, a supervisor and a custodian manage evidence here.
    assert waiting_mails() == 3
    mail_unsound_evidence(agency_id=cast.north.pk, user_id=cast.supervisor.pk, evidence_id=evidence.pk)
    (sent,) = mail.outbox
    assert (sent.to, sent.subject) == ([cast.supervisor.email], "A check of the evidence failed")
    assert "its file was altered" in sent.body
    assert str(evidence.pk) in sent.body
    assert evidence.title not in sent.body


def test_the_dashboard_says_so_until_it_is_mended(cast: Cast) -> None:
    (evidence,) = exhibits(cast)
    content = content_of(evidence)
    alter(evidence)
    post(cast.officer, f"evidence/{evidence.pk}/verify", {})
    sentence = "Evidence that is not what it was"

    def first_page(user: Any) -> str:
        return console_client(user).get(reverse("admin:index")).content.decode()

    assert sentence in first_page(cast.supervisor)
    assert sentence not in first_page(cast.officer)
    listed = console_client(cast.officer).get("/console/media_evidence/evidence/?sound=no").content.decode()
    assert str(evidence.pk) in listed
    overwrite(evidence, content)
    post(cast.officer, f"evidence/{evidence.pk}/verify", {})
    assert sentence not in first_page(cast.supervisor)


def test_the_page_lists_its_checks(cast: Cast) -> None:
    (evidence,) = exhibits(cast)
    post(cast.officer, f"evidence/{evidence.pk}/verify", {})

    page = console_client(cast.officer).get(
        reverse("admin:media_evidence_evidence_change", args=[evidence.pk])
    )

    assert "Holds" in page.content.decode()


def test_only_what_is_due_is_checked(cast: Cast, capsys: Any) -> None:
    old, older, fresh = exhibits(cast, 3)
    dated(old, 24)
    dated(older, 40)

    dry = told(capsys, older_than=30, dry_run=True)
    found = verify_due(access=operator_access(cast.north.pk), seconds=60)

    assert dry["checked"] == 1
    assert found.checked == 2
    assert [len(checks(one)) for one in (old, older, fresh)] == [1, 1, 0]


def test_the_longest_unchecked_come_first_and_time_ends_it(cast: Cast) -> None:
    exhibits(cast, 2)

    assert verify_due(access=operator_access(cast.north.pk), seconds=0).checked == 0


def test_the_schedule_checks_them(cast: Cast) -> None:
    from procrastinate.contrib.django import app

    (evidence,) = exhibits(cast)
    dated(evidence, 24)

    verify_due_evidence(agency_id=cast.north.pk)

    (row,) = checks(evidence)
    assert (row.integrity, row.checked_by_id, row.source) == ("intact", None, "job")
    ordered = {task.task.name: task.cron for task in app.periodic_registry.periodic_tasks.values()}
    assert f"{verify_due_evidence.name}.for_every_agency" in ordered


def test_a_sample_is_of_the_size_asked_for(cast: Cast, capsys: Any) -> None:
    exhibits(cast, 3)

    assert told(capsys, sample=2)["checked"] == 2
    assert told(capsys, sample=0)["checked"] == 0
    assert told(capsys)["checked"] == 3


@pytest.mark.parametrize(
    "options",
    [{"sample": -1}, {"older_than": -1}, {"sample": 2, "sweep": True}, {"older_than": 3, "sweep": True}],
)
def test_what_makes_no_sense_is_refused(cast: Cast, options: dict[str, Any]) -> None:
    with pytest.raises(CommandError):
        call_command("verify_evidence", agency="north", **options)
