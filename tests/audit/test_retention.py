"""What the rule removes is said in the audit and checked; what an order blanks is looked for; nothing else may go."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.services import change_agency
from cases.expunging import approve_expunge, ask_expunge
from nethra.audit.models import AuditEvent, AuditHold
from nethra.audit.proof.checking import Report, Stamp, Times
from nethra.audit.proof.removals import Removals
from nethra.audit.retention import place_hold
from nethra.core.errors import InvalidInput, NotAllowed
from nethra.core.scope import agency_scope
from tests.audit.conftest import SealedAudit
from tests.audit.test_proof_commands import call, check
from tests.support.ageing import age
from tests.support.cases import make_case
from tests.support.people import access_for
from tests.support.secrets import ORDER, seal
from tests.support.tampering import key_at, open_tables

pytestmark = pytest.mark.django_db(transaction=True)


def set_rule(audit: SealedAudit, days: int | None) -> None:
    access = access_for(audit.cast.admin)
    with agency_scope(access):
        change_agency(access=access, agency=audit.cast.north, audit_keep_days=days)


@pytest.fixture
def old(audit: SealedAudit, superuser: Any) -> SealedAudit:
    """A sealed audit of 500 days ago, and a rule of 400 that was made today."""
    age(superuser, audit.key, 500)
    for path in audit.ledger.folder.iterdir():
        path.unlink()
    set_rule(audit, 400)
    audit.seal()
    return audit


def events(audit: SealedAudit) -> int:
    access = access_for(audit.cast.admin)
    with agency_scope(access):
        return AuditEvent.objects.visible_to(access).count()


def test_what_the_rule_lets_go_is_said_and_the_rest_still_proves_itself(
    old: SealedAudit, tmp_path: Path, settings: Any
) -> None:
    before = events(old)
    would = call("audit_retire", "--dry-run")["retired"]["north"]
    assert (would > 0, events(old)) == (True, before)

    went = call("audit_retire", "--agency", "north", "--reason", "Rule of 2026")["retired"]["north"]

    assert (went, events(old)) == (would, before - would + 1)
    assert call("audit_verify", "--state")["sound"] is True
    old.seal()
    found = call("audit_verify", "--state")
    assert (found["sound"], found["retired"], found["unsealed"]) == (True, went, 0)
    folder, key = tmp_path / "export", settings.AUDIT_KEY_FILE.with_suffix(".pub")
    call("audit_export", "--to", str(folder))
    lines = [argument for path in old.ledger.lines() for argument in ("--lines", str(path))]
    code, report = check(folder, *lines, key=key)
    assert (code, report["retired"]) == (0, went)
    assert call("audit_retire")["retired"] == {"north": 0}
    access = access_for(old.cast.admin)
    with agency_scope(access):
        told = AuditEvent.objects.visible_to(access).get(action="retire")
    assert (told.reason, json.loads(told.body)["events"], told.source) == ("Rule of 2026", went, "command")


def test_the_last_event_of_every_row_stays(old: SealedAudit, superuser: Any) -> None:
    rows = superuser.execute(
        "SELECT count(DISTINCT object_id) FROM audit_auditevent WHERE entity = 'incidents_incident'"
    ).fetchone()
    superuser.rollback()
    call("audit_retire")
    left = superuser.execute(
        "SELECT count(DISTINCT object_id) FROM audit_auditevent WHERE entity = 'incidents_incident'"
    ).fetchone()

    assert rows == left


def test_young_events_and_agencies_without_a_rule_lose_nothing(audit: SealedAudit) -> None:
    set_rule(audit, 365)
    audit.seal()
    before = events(audit)

    assert call("audit_retire")["retired"] == {"north": 0}
    set_rule(audit, None)
    assert call("audit_retire")["retired"] == {}
    assert events(audit) == before + 1


def test_what_was_sealed_lately_stays_whatever_its_date(old: SealedAudit, superuser: Any) -> None:
    """A date alone lets nothing go: the checkpoints tell how long an event was sealed."""
    superuser.execute("ALTER TABLE audit_auditcheckpoint DISABLE TRIGGER ALL")
    superuser.execute("UPDATE audit_auditcheckpoint SET sealed_at = clock_timestamp() - interval '364 days'")
    superuser.commit()

    assert call("audit_retire")["retired"] == {"north": 0}


def test_what_an_order_holds_stays_until_it_is_lifted(old: SealedAudit, superuser: Any) -> None:
    updated = superuser.execute(
        "SELECT object_id::text FROM audit_auditevent WHERE entity = 'cases_case' AND action = 'insert'"
    ).fetchone()[0]
    superuser.rollback()
    all_of_it = call("audit_retire", "--dry-run")["retired"]["north"]

    call("audit_hold", "--agency", "north", "--place", "O-1", "--reason", "Appeal", "--record", updated)
    assert 0 < call("audit_retire", "--dry-run")["retired"]["north"] < all_of_it
    held = call("audit_hold", "--agency", "north", "--place", "O-2", "--reason", "Lawsuit")["held"]
    assert {hold["order"] for hold in held} == {"O-1", "O-2"}
    assert call("audit_retire")["retired"] == {"north": 0}
    call("audit_hold", "--agency", "north", "--lift", "O-2")
    left = call("audit_hold", "--agency", "north", "--lift", "O-1")["held"]
    assert left == []
    assert call("audit_retire", "--dry-run")["retired"]["north"] >= all_of_it


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["audit_hold", "--agency", "north", "--place", " ", "--reason", "x"], "number of the order"),
        (["audit_hold", "--agency", "north", "--place", "O-1"], "who ordered it and why"),
        (["audit_hold", "--agency", "north", "--lift", "O-9"], "No hold of the order 'O-9'"),
        (["audit_hold", "--agency", "north", "--record", "x"], "is no record's id"),
        (["audit_hold", "--agency", "nowhere"], "nowhere"),
        (["audit_retire", "--agency", "nowhere"], "There is no agency 'nowhere'"),
    ],
)
def test_wrong_input_is_one_plain_sentence(audit: SealedAudit, arguments: list[str], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        call_command(*arguments, stdout=StringIO())


def test_a_rule_of_less_than_a_year_is_refused(audit: SealedAudit) -> None:
    with pytest.raises(InvalidInput) as refused:
        set_rule(audit, 364)

    assert set(refused.value.errors) == {"audit_keep_days"}


def test_nobody_with_a_role_holds_or_lifts(audit: SealedAudit) -> None:
    access = access_for(audit.cast.admin)
    with agency_scope(access), pytest.raises(NotAllowed):
        place_hold(access=access, order_number="O-1", reason="x")
    with agency_scope(access):
        assert not AuditHold.objects.visible_to(access).exists()


def test_a_retirement_that_no_rule_allows_is_found(audit: SealedAudit, superuser: Any) -> None:
    """A superuser who removes a young event, and writes that the rule did it."""
    seq = len(audit.lines) // 2
    key, agency = key_at(superuser, seq), str(audit.cast.north.pk)
    open_tables(superuser)
    superuser.execute("DELETE FROM audit_auditevent WHERE id = %s", [key])
    superuser.execute("SELECT set_config('app.agency_id', %s, true)", [agency])
    long_ago = int((datetime.now(UTC) - timedelta(days=800)).timestamp() * 1_000_000)
    body = json.dumps({"before": long_ago, "leaves": f"{{[{seq},{seq + 1})}}", "events": 1})
    superuser.execute(
        "SELECT app.record_event('retire', 'accounts_agency', %s, 'done', 'rule', %s::jsonb, NULL)",
        [agency, body],
    )
    superuser.commit()
    audit.seal()

    with pytest.raises(CommandError, match="Events of less than a year were removed"):
        call_command("audit_verify", stdout=StringIO())


def retired(*leaves: str) -> tuple[Removals, Report]:
    """Return what removals know after an event of agency a for each of these places, older than 10."""
    removals, report = Removals(), Report()
    for number, places in enumerate(leaves):
        event = {
            "id": str(number),
            "action": "retire",
            "agency_id": "a",
            "object_id": None,
            "entity": "",
            "recorded_at": 10**17,
            "body": json.dumps({"before": 10, "leaves": places, "events": 1}),
        }
        assert list(removals.watch([event], report)) == [event]
    return removals, report


def test_places_that_are_named_twice_are_found() -> None:
    """A wide range of somebody's own must not hide behind one that the rule made."""
    removals, report = retired("{[0,1000)}", "{[500,501)}")

    removals.judge(Times([Stamp(size=1000, at=0, over=1, next=1, epoch=0)]), report)

    sentences = [finding.sentence for finding in report.findings]
    assert sentences == ["It names places whose events were gone already."]


@pytest.mark.parametrize(
    ("line", "is_wrong"),
    [
        ({"seq": 3, "agency_id": "a", "recorded_at": 5}, False),
        ({"seq": 3, "agency_id": "b", "recorded_at": 5}, True),
        ({"seq": 4, "agency_id": "a", "recorded_at": 10}, True),
        ({"seq": 9, "agency_id": "a", "recorded_at": 9}, False),
        # Nothing was retired there, and nothing is wrong about it.
        ({"seq": 2, "agency_id": "b", "recorded_at": 10}, False),
        ({"seq": 5, "agency_id": "b", "recorded_at": 10}, False),
        ({"seq": 11, "agency_id": "b", "recorded_at": 10}, False),
        ({"seq": 3, "agency_id": None, "recorded_at": None}, False),
    ],
)
def test_a_line_tells_whether_its_event_could_go(line: dict[str, Any], is_wrong: bool) -> None:
    removals, _ = retired("{[3,5),[8,11)}")

    assert bool(removals.wrong_about(line)) is is_wrong


def test_what_an_order_blanked_is_sound_and_what_none_did_is_found(
    audit: SealedAudit, superuser: Any
) -> None:
    cast = audit.cast
    case = make_case(access_for(cast.officer), title="Night", notes="Secret")
    audit.seal()
    admin, supervisor = access_for(cast.admin), access_for(cast.supervisor)
    seal(cast, case)
    with agency_scope(admin):
        order = ask_expunge(access=admin, kind="case", subject_id=case.pk, **ORDER)
    with agency_scope(supervisor):
        approve_expunge(access=supervisor, order=order)
    audit.seal()
    found = call("audit_verify")
    assert (found["sound"], found["blanked"] > 0) == (True, True)

    open_tables(superuser)
    superuser.execute(
        """UPDATE audit_auditevent SET guarded = NULL, salt = NULL WHERE id =
           (SELECT id FROM audit_auditevent WHERE guarded IS NOT NULL AND entity = 'incidents_incident' LIMIT 1)"""
    )
    superuser.commit()
    with pytest.raises(CommandError, match="no order says so"):
        call_command("audit_verify", stdout=StringIO())
