"""Ordering, handing out and deleting exports, and who sees them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from cases.expunging import approve_expunge, ask_expunge
from nethra.audit.models import AuditEvent
from nethra.core.access import operator_access
from nethra.core.errors import Conflict, Gone, InvalidInput, NotAllowed, NotFound
from nethra.core.models import uuid7
from nethra.core.scope import agency_scope
from nethra.exchange.models import Export
from nethra.exchange.services import cancel_export, expire_exports, find_export, hand_out_export
from tests.support.exports import made, ordered
from tests.support.people import Cast, access_for
from tests.support.records import make_incident

pytestmark = pytest.mark.django_db


def test_nobody_but_its_maker_sees_an_export(cast: Cast) -> None:
    export = ordered(access_for(cast.officer))

    for other in (cast.admin, cast.supervisor, cast.auditor, cast.south_admin):
        with agency_scope(access_for(other)), pytest.raises(NotFound):
            find_export(access_for(other), export.pk)


def test_a_superadmin_who_visits_exports_nothing(cast: Cast) -> None:
    visiting = replace(access_for(cast.admin), is_visiting=True)

    with pytest.raises(NotAllowed, match="Only the agency's own people"):
        ordered(visiting)


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"filters": "colour=red"}, "unknown_parameter"),
        ({"filters": "bbox=1,2"}, None),
        ({"filters": "ordering=number"}, "invalid_input"),
        ({"filters": "a&" * 1500}, "invalid_input"),
        ({"filters": "q=" + "x" * 5000}, "invalid_input"),
        ({"reason": "  "}, "export_reason_needed"),
        ({"reason": "two\nlines"}, "export_reason_needed"),
        ({"reason": "x" * 201}, "export_reason_needed"),
    ],
)
def test_wrong_input_is_one_sentence_and_no_export(cast: Cast, values: Any, code: str | None) -> None:
    access = access_for(cast.officer)

    with pytest.raises(InvalidInput) as refused:
        ordered(access, **values)

    assert code in (None, refused.value.code)
    assert list(refused.value.errors) == [next(iter(values))]
    with agency_scope(access):
        assert Export.objects.visible_to(access).count() == 0


def test_a_sixth_export_at_a_time_waits_to_be_ordered(cast: Cast) -> None:
    for _ in range(5):
        ordered(access_for(cast.officer))

    with pytest.raises(Conflict) as refused:
        ordered(access_for(cast.officer))

    assert refused.value.code == "too_many_exports"


def test_a_download_is_recorded_with_count_and_hash(cast: Cast) -> None:
    access = access_for(cast.officer)
    make_incident(access)
    export, path = made(access)

    with agency_scope(access):
        _, file = hand_out_export(access=access, export_id=export.pk)
        event = AuditEvent._base_manager.get(action="export_downloaded", object_id=export.pk)

    assert b"".join(file.pieces(0, file.size - 1)) == path.read_bytes()
    assert event.actor_id == cast.officer.pk
    assert f'"sha256": "{export.sha256}"' in event.body
    assert '"rows": 1' in event.body


def test_progress_is_no_event_of_the_audit(cast: Cast) -> None:
    access = access_for(cast.officer)
    export = ordered(access)

    with agency_scope(access):
        Export.objects.visible_to(access).update(rows_done=7)
        events = AuditEvent._base_manager.filter(object_id=export.pk)
        actions = list(events.values_list("action", flat=True))

    assert actions == ["insert"]


def test_there_is_no_file_before_it_is_made(cast: Cast) -> None:
    access = access_for(cast.officer)
    export = ordered(access)

    with agency_scope(access), pytest.raises(Conflict) as refused:
        hand_out_export(access=access, export_id=export.pk)

    assert refused.value.code == "not_made"


def test_a_file_is_deleted_when_its_time_is_over(cast: Cast) -> None:
    access, operator = access_for(cast.officer), operator_access(cast.north.pk)
    export, path = made(access)
    kept, kept_path = made(access)
    with agency_scope(operator):
        Export._base_manager.filter(pk=export.pk).update(expires_at=datetime.now(UTC) - timedelta(seconds=1))

    with agency_scope(access), pytest.raises(Gone):
        hand_out_export(access=access, export_id=export.pk)
    with agency_scope(operator), captured():
        assert expire_exports(access=operator) == 1

    assert (path.exists(), kept_path.exists()) == (False, True)
    with agency_scope(access):
        assert find_export(access, export.pk).status == "expired"
        assert find_export(access, kept.pk).status == "done"


def captured() -> Any:
    from django.test import TestCase

    return TestCase.captureOnCommitCallbacks(execute=True)


def test_an_export_whose_worker_was_killed_is_given_up(cast: Cast) -> None:
    access, operator = access_for(cast.officer), operator_access(cast.north.pk)
    export, waiting = ordered(access), ordered(access)
    with agency_scope(operator):
        Export._base_manager.filter(pk=export.pk).update(status="running")

        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id FROM procrastinate_jobs WHERE args->>'export_id' = %s", [str(export.pk)]
            )
            (job,) = cursor.fetchone()
            cursor.execute("SELECT procrastinate_finish_job_v1(%s, 'failed', false)", [job])
        expire_exports(access=operator)

    with agency_scope(access):
        assert find_export(access, export.pk).message.startswith("The worker was stopped")
        assert find_export(access, waiting.pk).status == "waiting"


def test_an_order_to_expunge_deletes_the_files_of_the_agency(cast: Cast) -> None:
    officer, admin, supervisor = (access_for(user) for user in (cast.officer, cast.admin, cast.supervisor))
    incident = make_incident(officer)
    export, path = made(officer)
    told = {"order_number": "E-1", "authority": "Court"}
    with agency_scope(admin):
        order = ask_expunge(access=admin, kind="incident", subject_id=incident.pk, **told)
    with agency_scope(supervisor), captured():
        approve_expunge(access=supervisor, order=order)

    assert not path.exists()
    with agency_scope(officer):
        assert find_export(officer, export.pk).status == "expired"


def test_what_ended_cannot_be_cancelled(cast: Cast) -> None:
    access = access_for(cast.officer)
    export, _ = made(access)

    with agency_scope(access), pytest.raises(Conflict):
        cancel_export(access=access, export_id=export.pk)


@pytest.mark.parametrize("values", [{"reason": "Other"}, {"filters": "q=x"}, {"made_by_id": uuid7()}])
def test_what_was_ordered_stays(cast: Cast, values: Any) -> None:
    access = access_for(cast.officer)
    export = ordered(access)

    with (
        agency_scope(access),
        pytest.raises(DatabaseError, match="stays what was ordered"),
        transaction.atomic(),
    ):
        Export._base_manager.filter(pk=export.pk).update(**values)


def test_no_export_is_ever_deleted(cast: Cast) -> None:
    access = access_for(cast.officer)
    export = ordered(access)

    with agency_scope(access), pytest.raises(DatabaseError, match="never deleted"), transaction.atomic():
        Export._base_manager.filter(pk=export.pk).delete()
