"""`manage.py verify_evidence`: check every stored file and chain of custody, and find what no row vouches for."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandParser

from accounts.commands import AgencyCommand
from media_evidence.fixity import verify_store
from nethra.core.commands import Outcome


class Command(AgencyCommand):
    """Check the whole store of an agency; exit 1 when a file is altered or missing, or a chain does not hold."""

    help = (
        "Hash every stored file of an agency again and compare it with what was taken in; compare each chain of "
        "custody with itself, with its exhibit and with the audit. What is found is kept on each exhibit and in the "
        "audit. Exit code 1 when a file is altered or missing, or a chain does not hold."
    )
    example = "verify_evidence --agency demo --sweep"
    # Each file is a transaction of its own: hashing takes minutes.
    manages_transactions = True

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("--case", metavar="NUMBER", help="Only the exhibits of this case.")
        parser.add_argument(
            "--sweep",
            action="store_true",
            help="Also remove files that no exhibit vouches for and uploads that ended, older than a day.",
        )

    def run(self, options: dict[str, Any]) -> Outcome:
        found = verify_store(
            access=self.access(options),
            case_number=options["case"] or "",
            with_sweep=options["sweep"],
            is_dry=options["dry_run"],
        )
        sentences = [
            f"{found.checked} files checked: {found.intact} intact, {len(found.altered)} altered, "
            f"{len(found.missing)} missing; {found.orphans} files without an exhibit, "
            f"{found.swept} removed."
        ]
        sentences += [f"Altered: {name}" for name in found.altered]
        sentences += [f"Missing: {name}" for name in found.missing]
        sentences += [f"Chain of custody broken: {name}" for name in found.broken]
        failed = bool(found.altered or found.missing or found.broken)
        return Outcome(sentences, asdict(found), failed=failed)
