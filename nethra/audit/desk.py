"""What operators' commands about the proof of the audit share: where its parts are, opened with plain refusals."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from django.conf import settings
from django.db import connection

from nethra.audit.ledger import Ledger
from nethra.audit.proof.notes import BadNote, PublicKey
from nethra.core.errors import InvalidInput, NotFound


def ledger(folder: str = "") -> Ledger:
    """Return the ledger of this installation, or that of another folder."""
    return Ledger(Path(folder) if folder else settings.AUDIT_DIR, settings.AUDIT_SYSLOG)


def public_keys(path: str = "") -> list[PublicKey]:
    """Return the keys of a file, by default the public half of the installation's own; raise InvalidInput."""
    file = Path(path) if path else settings.AUDIT_KEY_FILE.with_suffix(".pub")
    try:
        return [PublicKey.from_text(line) for line in file.read_text().splitlines() if line.strip()]
    except OSError as problem:
        raise InvalidInput(
            f"{file} cannot be read ({problem.strerror}): name the public key, or make one with audit_key."
        ) from problem
    except BadNote as problem:
        raise InvalidInput(f"{file}: {problem}") from problem


@contextmanager
def as_sealer() -> Iterator[psycopg.Connection[Any]]:
    """Connect to the database with the sealer's own login; raise InvalidInput where there is none."""
    dsn: str = settings.SEALER_DATABASE_URL
    if not dsn:
        raise InvalidInput(
            "SEALER_DATABASE_URL is missing: sealing and checking the audit have a login of their own."
        )
    # The tests' database has another name than the environment's.
    name = str(connection.settings_dict["NAME"])
    address = dsn.replace("postgis://", "postgresql://", 1)
    with psycopg.connect(address, dbname=name, autocommit=True) as opened:
        opened.execute("SET idle_in_transaction_session_timeout = '1min'")
        yield opened


def agency_by_code(connection: psycopg.Connection[Any], code: str) -> UUID:
    """Return the key of the agency with this code; raise NotFound."""
    found = connection.execute("SELECT id FROM accounts_agency WHERE code = %s", [code]).fetchone()
    if found is None:
        raise NotFound(f"There is no agency '{code}'.")
    return UUID(str(found[0]))
