"""`manage.py audit_export`: hand the audit out, with what checks it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from nethra.audit import desk
from nethra.audit.exporting import CHECKER, export_audit
from nethra.core.commands import OperatorCommand, Outcome


class Command(OperatorCommand):
    """Write the audit into a folder that an outsider checks with Python alone."""

    help = (
        "Write events, leaves and signed checkpoints into a new folder, with a checker of one file that needs nothing "
        "but Python. With --agency the events of one agency; with --guarded names, narratives and places besides."
    )
    example = "audit_export --to /media/court/audit --agency demo"
    # What it writes are files for others; the database stays as it is.
    writes = False
    manages_transactions = True

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--to", required=True, type=Path, metavar="FOLDER", help="A new or an empty folder."
        )
        parser.add_argument("--agency", default="", metavar="CODE", help="Only the events of this agency.")
        parser.add_argument("--guarded", action="store_true", help="Add the guarded parts of events.")

    def run(self, options: dict[str, Any]) -> Outcome:
        with desk.as_sealer() as connection:
            code = options["agency"]
            agency = desk.agency_by_code(connection, code) if code else None
            done = export_audit(connection, options["to"], agency=agency, with_guarded=options["guarded"])
        return Outcome(
            [
                f"{done.events:,} events, {done.leaves:,} leaves and {done.checkpoints:,} checkpoints are in "
                f"{done.folder}.",
                f"Check them anywhere: python3 {done.folder / CHECKER} {done.folder} --key THE-PUBLIC-KEY",
            ],
            vars(done),
        )
