"""`manage.py audit_prove`: the proof that one event was sealed, for a court."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.core.management.base import CommandError, CommandParser

from nethra.audit import desk
from nethra.audit.exporting import prove_event
from nethra.core.commands import OperatorCommand, Outcome


def _key(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise CommandError(f"'{text}' is no event's id.") from None


class Command(OperatorCommand):
    """Print an event with the hashes that lead from it to a signed checkpoint."""

    help = (
        "Print one event, the hashes that lead from its leaf to the root of the first checkpoint over it, and that "
        "checkpoint: with the public key that is enough to see that it was sealed, and when."
    )
    example = "audit_prove 01a1ffdb-ab48-7443-b325-238614fa94fa --json > proof.json"
    writes = False
    manages_transactions = True

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("event", type=_key, help="The event's id, as the console shows it.")

    def run(self, options: dict[str, Any]) -> Outcome:
        with desk.as_sealer() as connection:
            found = prove_event(connection, options["event"])
        return Outcome([json.dumps(found, indent=1, ensure_ascii=False)], found)
