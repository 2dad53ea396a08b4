"""A superuser who knows how chains are made changes one: the chain, the exhibit and the audit tell."""

from __future__ import annotations

import json

import psycopg
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from media_evidence.choices import CustodyKind
from media_evidence.custody import verbs
from media_evidence.custody.checking import custody_breaks, missing_entries
from media_evidence.models import Evidence
from nethra.bootstrap import admin_dsn
from nethra.core.access import Access, operator_access
from nethra.core.scope import agency_scope
from tests.support.cases import make_case
from tests.support.files import make_evidence
from tests.support.people import Cast, access_for

pytestmark = pytest.mark.django_db(transaction=True)
TABLE = "media_evidence_custodyevent"

# The rest of a chain made anew after a change, as the trigger would have made it.
REMADE = f"""
DO $$ DECLARE e record; before text; BEGIN
    FOR e IN SELECT c.*, x.sha256 FROM {TABLE} c JOIN media_evidence_evidence x ON x.id = c.evidence_id
             ORDER BY c.evidence_id, c.position LOOP
        before := CASE WHEN e.position = 1
            THEN encode(sha256(convert_to(format(E'nethra custody\\n%s\\n%s', e.evidence_id, e.sha256), 'UTF8')), 'hex')
            ELSE before END;
        UPDATE {TABLE} c SET previous_hash = before, record = app.custody_record(c, e.sha256) WHERE c.id = e.id;
        UPDATE {TABLE} c SET hash = encode(sha256(convert_to(previous_hash || E'\\n' || record, 'UTF8')), 'hex')
            WHERE c.id = e.id RETURNING c.hash INTO before;
        UPDATE media_evidence_evidence SET custody_head = before, custody_events = e.position WHERE id = e.evidence_id;
    END LOOP;
END $$
"""


def exhibit(cast: Cast) -> Evidence:
    """Return an exhibit whose chain has five entries."""
    access = access_for(cast.officer)
    evidence = make_evidence(access, make_case(access, lead_id=cast.officer.pk))
    for number in range(4):
        with agency_scope(access):
            verbs.note_custody(
                access=access, evidence=evidence, kind=CustodyKind.ANALYSED, reason=f"Step {number}"
            )
    return evidence


def told(access: Access) -> list[str]:
    with agency_scope(access):
        exhibits = list(Evidence._base_manager.filter(agency_id=access.agency_id))
        found = [str(one) for breaks in custody_breaks(access, exhibits).values() for one in breaks]
        return found + [str(one) for _, one in missing_entries(access)]


def as_superuser(*statements: str) -> None:
    with psycopg.connect(admin_dsn(str(connection.settings_dict["NAME"])), autocommit=True) as server:
        for table in (TABLE, "media_evidence_evidence"):
            server.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for statement in statements:
            server.execute(statement)


def at(position: int) -> str:
    return f"{TABLE} SET reason = 'Never happened' WHERE position = {position}"


SWAPPED = f"""
UPDATE {TABLE} SET position = CASE position WHEN 2 THEN 93 ELSE 92 END WHERE position IN (2, 3);
UPDATE {TABLE} SET position = position - 90 WHERE position > 90
"""
INSERTED = f"""
UPDATE {TABLE} SET position = position + 100 WHERE position > 2;
INSERT INTO {TABLE} (id, agency_id, case_id, evidence_id, position, kind, happened_at, recorded_at, is_late,
    recorded_by_id, recorded_by_name, from_name, to_name, place, seal_number, reason, previous_seal, seal_condition,
    purpose, record, salt, previous_hash, hash)
SELECT app.uuid7(), agency_id, case_id, evidence_id, 3, 'analysed', happened_at, recorded_at, false, recorded_by_id,
    recorded_by_name, '', '', '', '', 'Put in', '', '', '', record, salt, hash, hash FROM {TABLE} WHERE position = 2;
UPDATE {TABLE} SET position = position - 99 WHERE position > 100
"""
ATTACKS: dict[str, tuple[str, ...]] = {
    "edit": (f"UPDATE {at(3)}",),
    "edit the record": (
        f"UPDATE {TABLE} SET record = replace(record, 'Step 1', 'Step 9') WHERE position = 3",
    ),
    "delete": (f"DELETE FROM {TABLE} WHERE position = 3",),
    "delete the last": (f"DELETE FROM {TABLE} WHERE position = 5",),
    "delete all": (f"DELETE FROM {TABLE}",),
    "reorder": (SWAPPED,),
    "insert": (INSERTED,),
    "change who holds it": ("UPDATE media_evidence_evidence SET holder_id = NULL, holder_name = 'Somebody'",),
    "lift a hold unseen": ("UPDATE media_evidence_evidence SET is_on_hold = true",),
}


def test_an_untouched_chain_is_whole(cast: Cast) -> None:
    exhibit(cast)
    assert told(operator_access(cast.north.pk)) == []


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS.keys())
def test_each_change_is_found(cast: Cast, attack: tuple[str, ...]) -> None:
    exhibit(cast)
    as_superuser(*attack)
    assert told(operator_access(cast.north.pk))


@pytest.mark.parametrize("attack", ["edit", "delete", "delete the last", "delete all", "reorder", "insert"])
def test_so_it_is_when_the_chain_is_made_anew(cast: Cast, attack: str) -> None:
    exhibit(cast)
    as_superuser(*ATTACKS[attack], REMADE)
    assert told(operator_access(cast.north.pk)), "the audit has what was written"


def test_chains_of_another_agency_are_not_looked_at(cast: Cast) -> None:
    exhibit(cast)
    as_superuser(f"UPDATE {at(3)}")
    assert told(operator_access(cast.south.pk)) == []


def test_the_command_names_exhibit_and_entry(cast: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    evidence = exhibit(cast)
    as_superuser(f"DELETE FROM {TABLE} WHERE position = 3")

    with pytest.raises(CommandError, match="Chain of custody broken"):
        call_command("verify_evidence", agency="north", json=True)

    told_by_command = json.loads(capsys.readouterr().out)
    assert told_by_command["altered"] == told_by_command["missing"] == []
    assert any("entry 4" in one and evidence.sha256[:12] in one for one in told_by_command["broken"])
