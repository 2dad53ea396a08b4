"""`manage.py export_incidents`: an agency's incidents as a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django.core.management.base import CommandError, CommandParser

from accounts.commands import AgencyCommand
from nethra.core.commands import Outcome
from nethra.core.errors import InvalidInput
from nethra.exchange.choices import ExportFormat, ResourceName
from nethra.exchange.making import export_to

WRONG_USAGE = 2


class Command(AgencyCommand):
    """Operators' door to exports; the audit keeps what for, how many, and the file's hash."""

    help = (
        "Write an agency's incidents to a new file: all of them, or those that --filter asks for as the API's list "
        "does. With --dry-run they are only counted."
    )
    example = (
        "export_incidents --agency north --format gpkg --output march.gpkg --reason 'Monthly map' "
        "--filter offence=220 --filter occurred_after=2026-03-01T00:00:00Z"
    )
    manages_transactions = True

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("--format", required=True, choices=ExportFormat.values)
        parser.add_argument(
            "--output", required=True, type=Path, metavar="FILE", help="A file that is not there yet."
        )
        parser.add_argument("--reason", required=True, help="What it is for.")
        parser.add_argument(
            "--filter",
            action="append",
            default=[],
            metavar="NAME=VALUE",
            help="As in the API's list; repeatable.",
        )

    def run(self, options: dict[str, Any]) -> Outcome:
        path: Path = options["output"]
        if path.exists():
            raise InvalidInput(f"{path} is there already.", code="exists")
        try:
            done = export_to(
                access=self.access(options),
                path=path,
                resource=ResourceName.INCIDENTS,
                format=options["format"],
                filters=_query(options["filter"]),
                reason=options["reason"],
                is_dry=options["dry_run"],
            )
        except OSError as problem:
            raise InvalidInput(
                f"{path} cannot be written: {problem.strerror}.", code="unwritable"
            ) from problem
        records = f"{done.rows:,} {'incident' if done.rows == 1 else 'incidents'}"
        sentence = f"{records} would be exported." if options["dry_run"] else f"{records} are in {path}."
        return Outcome([sentence], {**vars(done), "output": path, "format": options["format"]})


def _query(filters: list[str]) -> str:
    pairs = [text.partition("=") for text in filters]
    if any(not sign for _, sign, _ in pairs):
        raise CommandError("A --filter is NAME=VALUE.", returncode=WRONG_USAGE)
    return urlencode([(name, value) for name, _, value in pairs])
