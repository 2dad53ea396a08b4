"""What a superuser who knows the algorithm does to a sealed audit is found; where nothing was done, nothing is."""

from __future__ import annotations

import random
from typing import Any

import pytest

from nethra.audit.inspection import compared
from nethra.audit.proof.checking import Report
from tests.audit.conftest import SealedAudit
from tests.support.tampering import ATTACKS, digest_of, open_tables

pytestmark = pytest.mark.django_db(transaction=True)


def look(connection: Any, audit: SealedAudit, notes: list[str]) -> Report:
    return compared(connection, notes, audit.lines, [audit.key.public], with_state=True)


@pytest.mark.parametrize("kind", ATTACKS)
def test_what_is_falsified_is_found(audit: SealedAudit, superuser: Any, kind: str) -> None:
    before, size, chance = digest_of(superuser), len(audit.lines), random.Random(kind)
    assert look(superuser, audit, audit.notes).findings == []
    for _ in range(3):
        notes = audit.notes
        superuser.execute("SAVEPOINT untouched")
        open_tables(superuser)
        ATTACKS[kind](superuser, size, notes, chance)
        changed = digest_of(superuser) != before

        report = look(superuser, audit, notes)

        superuser.execute("ROLLBACK TO SAVEPOINT untouched")
        assert changed
        assert not report.is_sound, kind
