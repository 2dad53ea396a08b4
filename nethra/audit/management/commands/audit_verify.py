"""`manage.py audit_verify`: whether the audit, and with --state every row, is what was recorded."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from nethra.audit import desk
from nethra.audit.inspection import inspect
from nethra.audit.proof.cli import sentences
from nethra.core.commands import OperatorCommand, Outcome


class Command(OperatorCommand):
    """Compare the database with the signed checkpoints outside it."""

    help = (
        "Check the audit: every event against its leaf, the leaves against the signed checkpoints and streamed lines "
        "of AUDIT_DIR or of --ledger, and with --state every row against its last event. Ends with 1 where anything "
        "differs."
    )
    example = "audit_verify --state --ledger /mnt/evidence-room/audit --key /mnt/evidence-room/audit.pub"
    writes = False
    manages_transactions = True

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--state", action="store_true", help="Compare every row with its last event besides."
        )
        parser.add_argument(
            "--ledger", default="", help="A folder with checkpoints and lines kept elsewhere."
        )
        parser.add_argument(
            "--key",
            default="",
            help="The public key, from a hand you trust; keys that it replaced below it.",
        )

    def run(self, options: dict[str, Any]) -> Outcome:
        ledger, keys = desk.ledger(options["ledger"]), desk.public_keys(options["key"])
        with desk.as_sealer() as connection:
            report = inspect(connection, ledger, keys, with_state=options["state"])
            connection.execute(
                "SELECT app.note_verification(%s, %s, %s, %s)",
                [report.is_sound, options["state"], report.events, sum(report.counts.values())],
            )
        facts = {
            **vars(report),
            "sound": report.is_sound,
            "findings": [vars(finding) for finding in report.findings],
        }
        return Outcome(sentences(report), facts, failed=not report.is_sound)
