"""`manage.py inspect_evidence`: order looks into files that nobody has looked into yet."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from accounts.commands import AgencyCommand
from media_evidence.findings import order_inspections
from nethra.core.commands import Outcome
from nethra.core.scope import agency_scope


class Command(AgencyCommand):
    """Order jobs that look into exhibits, which the worker then does."""

    help = (
        "Order a look into every exhibit of an agency that has no facts yet: those from before facts were kept. "
        "The worker does it; what an officer said of a device's clock stays."
    )
    example = "inspect_evidence --agency demo"

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--again",
            action="store_true",
            help="Also into those that were looked into: after an update of parsers.",
        )

    def run(self, options: dict[str, Any]) -> Outcome:
        access = self.access(options)
        with agency_scope(access, reason="inspections ordered"):
            ordered = order_inspections(access=access, again=options["again"])
        return Outcome([f"{ordered} exhibits will be looked into."], {"ordered": ordered})
