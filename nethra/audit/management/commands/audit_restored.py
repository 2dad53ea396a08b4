"""`manage.py audit_restored`: say, signed, that the database was set back to a backup."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from nethra.audit import desk
from nethra.audit.keys import read_key
from nethra.audit.restoring import accept_restore
from nethra.core.commands import OperatorCommand, Outcome


class Command(OperatorCommand):
    """Let the log go on from what a backup held."""

    help = (
        "After a restore the database knows less than the files of AUDIT_DIR, and the sealer refuses to go on. This "
        "keeps those files in a folder of their own, begins new ones with what the database has, and writes a signed "
        "statement of what was lost and why."
    )
    example = "audit_restored --reason 'Disk failure; backup of 21 November, 02:00'"
    writes = False
    manages_transactions = True

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("--reason", required=True, help="What happened, in one line.")

    def run(self, options: dict[str, Any]) -> Outcome:
        with desk.as_sealer() as connection:
            done = accept_restore(
                connection, desk.ledger(), read_key(settings.AUDIT_KEY_FILE), reason=options["reason"]
            )
        return Outcome(
            [
                f"The log had {done.size_before:,} leaves and has {done.size:,}: {done.size_before - done.size:,} "
                f"events are lost. Their checkpoints and lines are kept in {done.kept}."
            ],
            vars(done),
        )
