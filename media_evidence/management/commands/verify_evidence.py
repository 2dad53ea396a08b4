"""`manage.py verify_evidence`: check every stored file and chain of custody, and find what no row vouches for."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandParser

from accounts.commands import AgencyCommand
from media_evidence.fixity import Chosen, verify_store
from nethra.core.commands import Outcome
from nethra.core.errors import InvalidInput


class Command(AgencyCommand):
    """Check the whole store of an agency; exit 1 when a file is altered or missing, or a chain does not hold."""

    help = (
        "Hash every stored file of an agency again and compare it with what was taken in; compare each chain of "
        "custody with itself, with its exhibit and with the audit. What is found is kept on each exhibit and in the "
        "audit. Exit code 1 when a file is altered or missing, or a chain does not hold."
    )
    example = "verify_evidence --agency demo --older-than 30"
    # Each file is a transaction of its own: hashing takes minutes.
    manages_transactions = True

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("--case", metavar="NUMBER", help="Only the exhibits of this case.")
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--all", action="store_true", help="Every exhibit; so it is by default.")
        which.add_argument(
            "--older-than", type=int, metavar="DAYS", help="Only what was not checked for so many days."
        )
        which.add_argument("--sample", type=int, metavar="NUMBER", help="Only so many, drawn at random.")
        parser.add_argument(
            "--sweep",
            action="store_true",
            help="Also remove files that no exhibit vouches for and uploads that ended, older than a day.",
        )

    def _chosen(self, options: dict[str, Any]) -> Chosen:
        for name in ("older_than", "sample"):
            if options[name] is not None and options[name] < 0:
                raise InvalidInput(f"--{name.replace('_', '-')} counts from 0.")
        chosen = Chosen(options["case"] or "", options["older_than"], options["sample"])
        if options["sweep"] and not chosen.is_all:
            raise InvalidInput(
                "--sweep looks at the whole store: leave --case, --older-than and --sample out."
            )
        return chosen

    def run(self, options: dict[str, Any]) -> Outcome:
        found = verify_store(
            access=self.access(options),
            chosen=self._chosen(options),
            with_sweep=options["sweep"],
            is_dry=options["dry_run"],
        )
        sentences = [
            f"{found.checked} files checked: {found.intact} intact, {len(found.altered)} altered, "
            f"{len(found.missing)} missing, {found.disposed} disposed of; {found.orphans} files without an exhibit, "
            f"{found.swept} removed."
        ]
        if found.physical:
            sentences.append(f"{found.physical} physical exhibits have no file: their chains were checked.")
        sentences += [f"Altered: {name}" for name in found.altered]
        sentences += [f"Missing: {name}" for name in found.missing]
        sentences += [f"Chain of custody broken: {name}" for name in found.broken]
        failed = bool(found.altered or found.missing or found.broken)
        return Outcome(sentences, asdict(found), failed=failed)
