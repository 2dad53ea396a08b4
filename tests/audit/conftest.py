"""A sealed audit: events of two agencies, a key, a ledger, and the connections of the sealer and of a superuser."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection

from nethra.audit import desk
from nethra.audit.keys import SigningKey, make_key, read_key
from nethra.audit.ledger import Ledger
from nethra.audit.proof.exports import read_lines
from nethra.audit.sealing import Sealer
from nethra.bootstrap import admin_dsn
from nethra.core.scope import agency_scope
from tests.support.cases import make_case
from tests.support.people import Cast, access_for
from tests.support.records import make_incident


@dataclass
class SealedAudit:
    """What a test of the proof needs."""

    cast: Cast
    key: SigningKey
    ledger: Ledger

    def seal(self) -> None:
        """Seal everything that is committed.

        A transaction that is open anywhere in the cluster holds back what came after it: other tests have some.
        """
        until = time.monotonic() + 60
        with desk.as_sealer() as sealing:
            sealer = Sealer(sealing, self.ledger, self.key)
            sealer.begin()
            while self.waiting(sealing):
                sealer.step()
                assert time.monotonic() < until, "a transaction stayed open for a minute"

    def waiting(self, connection: psycopg.Connection[Any]) -> int:
        """Return how many events wait to be sealed."""
        row = connection.execute(
            "SELECT count(*) FROM audit_auditevent e "
            "WHERE NOT EXISTS (SELECT FROM audit_auditleaf l WHERE l.event_id = e.id)"
        ).fetchone()
        return int(row[0]) if row else 0

    @property
    def notes(self) -> list[str]:
        """The signed notes of the files."""
        return self.ledger.notes()

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The streamed lines of the files."""
        return [line for path in self.ledger.lines() for line in read_lines(path)]

    def write(self, count: int = 1) -> None:
        """Record incidents, each with its events."""
        for number in range(count):
            make_incident(access_for(self.cast.officer), description=f"Window {number}")


@pytest.fixture
def keys(tmp_path: Path, settings: Any) -> SigningKey:
    """A new key in the folder that the settings name."""
    settings.AUDIT_DIR = tmp_path / "audit"
    settings.AUDIT_KEY_FILE = tmp_path / "keys" / "audit.key"
    make_key(settings.AUDIT_KEY_FILE, "station.example")
    return read_key(settings.AUDIT_KEY_FILE)


@pytest.fixture
def audit(committed_cast: Cast, keys: SigningKey) -> SealedAudit:
    """An audit of some hundred events, sealed in several steps."""
    found = SealedAudit(committed_cast, keys, desk.ledger())
    found.seal()
    for count in (3, 5, 4):
        found.write(count)
        found.seal()
    access = access_for(committed_cast.officer)
    case = make_case(access, title="Night", notes="A note")
    with agency_scope(access):
        case.priority = "high"
        case.save(update_fields=["priority"])
    found.seal()
    return found


@pytest.fixture
def superuser() -> Iterator[psycopg.Connection[Any]]:
    """A superuser's connection to the test's database, in one transaction that is never committed."""
    name = str(connection.settings_dict["NAME"])
    with psycopg.connect(admin_dsn(name)) as opened:
        yield opened
        opened.rollback()


@pytest.fixture(autouse=True)
def _needs_the_sealer() -> None:
    assert os.environ.get("SEALER_DATABASE_URL"), "script/setup writes SEALER_DATABASE_URL"
