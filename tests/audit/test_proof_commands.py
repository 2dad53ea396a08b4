"""The commands that seal, check, hand out and prove the audit, and the checker that needs nothing of Nethra."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from nethra.audit import desk
from nethra.audit.models import AuditEvent
from nethra.audit.proof.exports import split_notes
from nethra.audit.proof.leaves import leaf_of
from nethra.audit.proof.notes import Checkpoint, opened
from nethra.audit.proof.tree import root_by
from nethra.core.access import Access
from nethra.core.scope import agency_scope
from tests.audit.conftest import SealedAudit
from tests.support.people import access_for

pytestmark = pytest.mark.django_db(transaction=True)


def call(*arguments: str) -> Any:
    """Return what a command prints with --json."""
    out = StringIO()
    call_command(*arguments, "--json", stdout=out, stderr=StringIO())
    return json.loads(out.getvalue().splitlines()[-1])


def check(folder: Path, *options: str, key: Path) -> Any:
    """Run the standalone checker apart from every installed package."""
    command = [
        sys.executable,
        "-I",
        "-S",
        str(folder / "check_audit.pyz"),
        str(folder),
        "--key",
        str(key),
        "--json",
    ]
    done = subprocess.run([*command, *options], capture_output=True, text=True, cwd="/", check=False)
    return done.returncode, json.loads(done.stdout) if done.stdout else done.stderr


def seal_some() -> None:
    """Seal by the command; another test's open transaction may hold everything back for a while."""
    until = time.monotonic() + 300
    while not call("audit_seal")["sealed"]:
        assert time.monotonic() < until, "a transaction stayed open for five minutes"
        time.sleep(0.2)


def newest(access: Access) -> AuditEvent:
    with agency_scope(access):
        return AuditEvent.objects.visible_to(access).latest("recorded_at")


def test_sealing_is_done_once_and_verified(audit: SealedAudit) -> None:
    before = len(audit.lines)
    audit.write(2)
    first = call("audit_seal")
    # Another test's open transaction may hold the last ones back.
    audit.seal()
    second, found = call("audit_seal"), call("audit_verify", "--state")

    assert first["size"] == before + first["sealed"]
    assert second == {"sealed": 0, "size": len(audit.lines)}
    assert len(audit.lines) > before
    assert (found["sound"], found["events"], found["unsealed"]) == (True, len(audit.lines), 0)


def test_an_export_is_checked_by_python_alone(audit: SealedAudit, tmp_path: Path, settings: Any) -> None:
    folder, key = tmp_path / "export", settings.AUDIT_KEY_FILE.with_suffix(".pub")
    told = call("audit_export", "--to", str(folder))
    code, report = check(folder, "--checkpoints", str(audit.ledger.checkpoints), key=key)

    assert (code, report["sound"]) == (0, True)
    assert report["events"] == report["leaves"] == told["events"] == len(audit.lines)
    lines = folder / "events.jsonl"
    lines.write_text(lines.read_text().replace('"reason":""', '"reason":"asked"', 1))
    code, report = check(folder, key=key)
    assert (code, report["counts"]) == (1, {"event": 2})


def test_an_agency_gets_its_own_events_and_can_check_them(
    audit: SealedAudit, tmp_path: Path, settings: Any
) -> None:
    folder, key = tmp_path / "export", settings.AUDIT_KEY_FILE.with_suffix(".pub")
    call("audit_export", "--to", str(folder), "--agency", "north", "--guarded")
    code, report = check(folder, key=key)

    events = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
    assert (code, report["sound"]) == (0, True)
    assert {event["agency_id"] for event in events} == {str(audit.cast.north.pk)}
    assert 0 < report["events"] < report["leaves"]
    assert any("Window" in (event["guarded"] or "") for event in events)


def test_an_export_excuses_nothing_by_what_it_says_of_itself(
    audit: SealedAudit, tmp_path: Path, settings: Any
) -> None:
    folder, key = tmp_path / "export", settings.AUDIT_KEY_FILE.with_suffix(".pub")
    call("audit_export", "--to", str(folder))
    events, log = folder / "events.jsonl", folder / "log.json"
    events.write_text("".join(events.read_text().splitlines(keepends=True)[1:]))
    said = json.loads(log.read_text())

    log.write_text(json.dumps({**said, "retired": [[0, 1_000_000]]}))
    code, report = check(folder, key=key)
    assert (code, report["counts"], report["is_whole"]) == (1, {"missing": 1}, True)
    # Called one agency's, it cannot be told from one; the report says what it did not look for.
    log.write_text(json.dumps({**said, "agency": "north"}))
    code, report = check(folder, key=key)
    assert (code, report["is_whole"]) == (0, False)


def test_without_being_asked_for_nothing_guarded_leaves(audit: SealedAudit, tmp_path: Path) -> None:
    call("audit_export", "--to", str(tmp_path / "export"))

    assert all(b"Window" not in path.read_bytes() for path in (tmp_path / "export").iterdir())
    assert all(b"Window" not in path.read_bytes() for path in audit.ledger.folder.iterdir())


def test_an_event_proves_itself_to_who_has_the_key_alone(audit: SealedAudit) -> None:
    event = newest(access_for(audit.cast.admin))
    found = call("audit_prove", str(event.pk))
    checkpoint = Checkpoint.from_text(opened(found["checkpoint"], desk.public_keys()))
    steps = [bytes.fromhex(step) for step in found["proof"]]

    assert found["event"]["id"] == str(event.pk)
    assert root_by(leaf_of(found["event"]), found["event"]["seq"], checkpoint.size, steps) == checkpoint.root


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["audit_key", "--name", "station"], "There is a key already"),
        (["audit_key", "--name", "two words"], "neither blanks nor a plus"),
        (["audit_export", "--to", "{folder}"], "is not empty"),
        (["audit_export", "--to", "{folder}/new", "--agency", "nowhere"], "There is no agency 'nowhere'"),
        (["audit_prove", "01a1ffdb-ab48-7443-b325-238614fa94fa"], "There is no such event"),
        (["audit_prove", "x"], "is no event's id"),
        (["audit_verify", "--key", "{folder}/none"], "cannot be read"),
        (["audit_verify", "--key", "{folder}/bad"], "This is no Ed25519 key"),
    ],
)
def test_wrong_input_is_one_plain_sentence(
    audit: SealedAudit, tmp_path: Path, arguments: list[str], sentence: str
) -> None:
    (tmp_path / "bad").write_text("a+b+c\n")

    with pytest.raises(CommandError, match=sentence):
        call_command(*(part.format(folder=tmp_path) for part in arguments), stdout=StringIO())


def test_an_event_that_is_not_sealed_yet_is_not_proved(audit: SealedAudit) -> None:
    audit.write()

    with pytest.raises(CommandError, match="not sealed yet"):
        call_command("audit_prove", str(newest(access_for(audit.cast.admin)).pk))


def test_a_key_is_renewed_and_what_both_signed_is_sound(
    audit: SealedAudit, tmp_path: Path, settings: Any
) -> None:
    old_file, pub = tmp_path / "old.key", settings.AUDIT_KEY_FILE.with_suffix(".pub")
    shutil.copy(settings.AUDIT_KEY_FILE, old_file)
    with pytest.raises(CommandError, match="Say in one line why"):
        call_command("audit_key", "--renew", stdout=StringIO())
    before = call("audit_verify")

    made = call("audit_key", "--renew", "--reason", "A backup was stolen")
    audit.write()
    seal_some()
    found = call("audit_verify", "--state")

    assert (found["sound"], found["checkpoints"]) == (True, before["checkpoints"] + 1)
    assert pub.read_text().splitlines() == [made["public_key"], str(audit.key.public)]
    (statement,) = split_notes((audit.ledger.folder / "statements.txt").read_text())
    for key in desk.public_keys():
        assert "A backup was stolen" in opened(statement, [key])
    folder = tmp_path / "export"
    call("audit_export", "--to", str(folder))
    assert check(folder, key=pub)[0] == 0
    # Whoever has the old key signs once more with it.
    shutil.copy(old_file, settings.AUDIT_KEY_FILE)
    audit.write()
    seal_some()
    with pytest.raises(CommandError, match="signed by a key that was replaced"):
        call_command("audit_verify", stdout=StringIO())


def test_what_is_falsified_ends_with_one(audit: SealedAudit, superuser: Any) -> None:
    superuser.execute("ALTER TABLE audit_auditevent DISABLE TRIGGER ALL")
    superuser.execute(
        "UPDATE audit_auditevent SET reason = 'x' WHERE id = (SELECT min(id::text)::uuid FROM audit_auditevent)"
    )
    superuser.commit()

    with pytest.raises(CommandError, match="things are not as they were written"):
        call_command("audit_verify", stdout=StringIO())


def test_without_its_login_nothing_is_sealed(keys: Any, settings: Any) -> None:
    settings.SEALER_DATABASE_URL = ""

    with pytest.raises(CommandError, match="SEALER_DATABASE_URL is missing"):
        call_command("audit_seal", stdout=StringIO())


def test_after_a_restore_the_log_goes_on_and_says_what_was_lost(audit: SealedAudit, superuser: Any) -> None:
    size = len(audit.lines)
    for table in ("audit_auditevent", "audit_auditleaf", "audit_auditcheckpoint"):
        superuser.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
    last = "(SELECT size FROM audit_auditcheckpoint ORDER BY size DESC OFFSET 1 LIMIT 1)"
    superuser.execute(
        f"DELETE FROM audit_auditevent WHERE id IN (SELECT event_id FROM audit_auditleaf WHERE seq >= {last})"
    )
    superuser.execute(f"DELETE FROM audit_auditleaf WHERE seq >= {last}")
    superuser.execute(f"DELETE FROM audit_auditcheckpoint WHERE size > {last}")
    for table in ("audit_auditevent", "audit_auditleaf", "audit_auditcheckpoint"):
        superuser.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER append_only")
    superuser.commit()

    with pytest.raises(CommandError, match="checkpoints that the database does not know"):
        call_command("audit_seal", stdout=StringIO())
    with pytest.raises(CommandError, match="Say in one line"):
        call_command("audit_restored", "--reason", " ", stdout=StringIO())
    told = call("audit_restored", "--reason", "Disk failure")
    audit.write()
    call("audit_seal")

    assert (told["size_before"], told["size"] < size) == (size, True)
    assert call("audit_verify")["sound"] is True
    (statement,) = split_notes((audit.ledger.folder / "statements.txt").read_text())
    assert "Disk failure" in opened(statement, desk.public_keys())
    with pytest.raises(CommandError, match="not as they were written"):
        call_command("audit_verify", "--ledger", told["kept"], stdout=StringIO())
    with pytest.raises(CommandError, match="Nothing is lost"):
        call_command("audit_restored", "--reason", "Again", stdout=StringIO())
