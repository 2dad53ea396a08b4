"""Twelve ways to falsify an audit, at a hundred places each, and none where nobody did: run by script/drill tamper.

Half of the places lie under checkpoints that somebody keeps elsewhere, the others are younger: of those only the
streamed lines tell.
"""

from __future__ import annotations

import os
import random
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections

from nethra.audit import desk
from nethra.audit.inspection import compared, inspect
from nethra.audit.sealing import Sealer
from nethra.core.scope import agency_scope
from tests.audit.conftest import SealedAudit
from tests.support.people import access_for
from tests.support.records import make_incident
from tests.support.tampering import ATTACKS, digest_of, open_tables

pytest_plugins = ["tests.audit.conftest"]
pytestmark = pytest.mark.django_db(transaction=True)
PLACES = int(os.environ.get("TAMPER_PLACES", "100"))
SECONDS = float(os.environ.get("TAMPER_SECONDS", "60"))
WRITERS = 4


def test_every_way_is_found_everywhere(audit: SealedAudit, superuser: Any, capsys: Any) -> None:
    for _ in range(6):
        audit.write(10)
        audit.seal()
    lines, exported = audit.lines, audit.notes[: len(audit.notes) // 2]
    before, keys = digest_of(superuser), [audit.key.public]
    assert compared(superuser, exported, lines, keys, with_state=True).is_sound
    missed: dict[str, int] = {}
    unchanged: dict[str, int] = {}
    for kind, attack in ATTACKS.items():
        for place in range(PLACES):
            notes, chance = list(exported), random.Random(f"{kind} {place}")
            superuser.execute("SAVEPOINT untouched")
            open_tables(superuser)
            attack(superuser, len(lines), notes, chance)
            unchanged[kind] = unchanged.get(kind, 0) + (digest_of(superuser) == before)
            report = compared(superuser, notes, lines, keys, with_state=True)
            superuser.execute("ROLLBACK TO SAVEPOINT untouched")
            missed[kind] = missed.get(kind, 0) + report.is_sound
    with capsys.disabled():
        for kind in ATTACKS:
            print(f"{kind}: {PLACES - missed[kind]} of {PLACES} found")
    assert not any(unchanged.values()), unchanged
    assert not any(missed.values()), missed


def test_nothing_is_found_where_nobody_did_anything(audit: SealedAudit, capsys: Any) -> None:
    """Writers of short and of long transactions, a sealer and a check, all at once."""
    until = time.monotonic() + SECONDS

    def write(number: int) -> int:
        chance, wrote = random.Random(number), 0
        access = access_for(audit.cast.officer)
        try:
            while time.monotonic() < until:
                with agency_scope(access):
                    for _ in range(chance.randrange(1, 4)):
                        make_incident(access)
                        wrote += 1
                        time.sleep(chance.choice([0, 0, 0.01, 0.2]))
        finally:
            connections.close_all()
        return wrote

    def seal() -> None:
        with desk.as_sealer() as connection:
            sealer = Sealer(connection, audit.ledger, audit.key)
            sealer.begin()
            while time.monotonic() < until:
                sealer.step()
                time.sleep(0.2)

    checks = 0
    alarms: list[Any] = []
    with ThreadPoolExecutor(WRITERS + 1) as pool:
        sealing = pool.submit(seal)
        writing = [pool.submit(write, number) for number in range(WRITERS)]
        while time.monotonic() < until:
            with desk.as_sealer() as connection:
                report = inspect(connection, audit.ledger, [audit.key.public], with_state=True)
            checks, alarms = checks + 1, [*alarms, *report.findings]
    sealing.result()
    wrote = sum(each.result() for each in writing)
    with capsys.disabled():
        print(
            f"{checks} checks beside {WRITERS} writers of {wrote} incidents and a sealer: {len(alarms)} alarms"
        )
    assert checks > 1
    assert not alarms
