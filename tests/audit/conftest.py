"""A sealed audit: events of two agencies, a key, a ledger, and the connections of the sealer and of a superuser."""

from __future__ import annotations

import copy
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection, connections

from nethra.audit import desk
from nethra.audit.keys import SigningKey, make_key, read_key
from nethra.audit.ledger import Ledger
from nethra.audit.proof.exports import read_lines
from nethra.audit.sealing import Sealer
from nethra.bootstrap import admin_dsn
from nethra.core.scope import agency_scope
from tests.support import database
from tests.support.cases import make_case
from tests.support.people import Cast, access_for, make_cast
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
        until = time.monotonic() + 300
        with desk.as_sealer() as sealing:
            sealer = Sealer(sealing, self.ledger, self.key)
            sealer.begin()
            while self.waiting(sealing):
                sealer.step()
                assert time.monotonic() < until, "a transaction stayed open for five minutes"

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


class Shelf:
    """A sealed audit that is made once: its database, its files, and its people as they were."""

    def __init__(self, database_name: str, files: Path) -> None:
        self.database, self.files = database_name, files
        self._cast: Cast | None = None

    def fill(self, files: Path) -> None:
        """Make the audit in the test's database and the folder of its settings, and keep both."""
        cast = make_cast()
        made = SealedAudit(cast, read_key(settings.AUDIT_KEY_FILE), desk.ledger())
        made.seal()
        for count in (3, 5, 4):
            made.write(count)
            made.seal()
        access = access_for(cast.officer)
        case = make_case(access, title="Night", notes="A note")
        with agency_scope(access):
            case.priority = "high"
            case.save(update_fields=["priority"])
        made.seal()
        self._cast = copy.deepcopy(cast)
        shutil.copytree(files, self.files)
        name = str(connection.settings_dict["NAME"])
        connections.close_all()
        database.clone(name, self.database)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was kept yet."""
        return self._cast is None

    def take(self, files: Path) -> Cast:
        """Put the kept database and files in the test's place; return its people."""
        shutil.copytree(self.files, files)
        name = str(connection.settings_dict["NAME"])
        connections.close_all()
        database.clone(self.database, name)
        return copy.deepcopy(self._cast)  # type: ignore[return-value]


@pytest.fixture(scope="session")
def shelf(worker_name: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    """Where the sealed audit is kept between tests."""
    name = f"nethra_sealed_{worker_name}"
    yield Shelf(name, tmp_path_factory.mktemp("sealed") / "files")
    database.drop(name)


@pytest.fixture
def audit(transactional_db: None, shelf: Shelf, tmp_path: Path, settings: Any) -> SealedAudit:
    """An audit of some hundred events, sealed in several steps."""
    files = tmp_path / "sealed"
    settings.AUDIT_DIR, settings.AUDIT_KEY_FILE = files / "audit", files / "keys" / "audit.key"
    if shelf.is_empty:
        make_key(settings.AUDIT_KEY_FILE, "station.example")
        shelf.fill(files)
        shutil.rmtree(files)
    cast = shelf.take(files)
    return SealedAudit(cast, read_key(settings.AUDIT_KEY_FILE), desk.ledger())


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
