"""`manage.py scan_evidence`: scan stored files for malware now, after an update of signatures for example."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.core.management.base import CommandParser

from accounts.commands import AgencyCommand
from media_evidence.scanning import Choice, scan_store
from nethra.core.commands import Outcome


class Command(AgencyCommand):
    """Scan an agency's exhibits by clamd; exit 1 when one is infected or could not be scanned."""

    help = (
        "Scan stored files of an agency by clamd (CLAMD) and keep what it says of each: by default those without a "
        "verdict. What was clean or infected before is so until another scan says otherwise; one that merely fails "
        "changes nothing of it. Exit code 1 when a file is infected or could not be scanned, or clamd is away."
    )
    example = "scan_evidence --agency demo --all"
    # Each file is a transaction of its own: scanning takes minutes.
    manages_transactions = True

    def add_options(self, parser: CommandParser) -> None:
        which = parser.add_mutually_exclusive_group()
        which.add_argument(
            "--all", action="store_true", help="Every exhibit again: after an update of signatures."
        )
        which.add_argument(
            "--failed",
            action="store_true",
            help="Those that could not be scanned: after clamd was given more room.",
        )
        which.add_argument("--id", type=UUID, metavar="UUID", help="This exhibit.")

    def run(self, options: dict[str, Any]) -> Outcome:
        choice = Choice(options["id"], options["all"], options["failed"])
        found = scan_store(access=self.access(options), choice=choice, is_dry=options["dry_run"])
        sentences = [
            f"{found.scanned} files scanned: {found.clean} clean, {len(found.infected)} infected, "
            f"{len(found.failed)} could not be scanned."
        ]
        sentences += [f"Infected: {name}" for name in found.infected]
        sentences += [f"Not scanned: {name}" for name in found.failed]
        return Outcome(sentences, asdict(found), failed=bool(found.infected or found.failed))
