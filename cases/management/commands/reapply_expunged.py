"""`manage.py reapply_expunged`: expunge again what a restore brought back."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from accounts.services import find_agency
from cases.expunging import agencies_with_orders, reapply
from nethra.core.access import operator_access
from nethra.core.commands import OperatorCommand, Outcome
from nethra.core.scope import agency_scope


class Command(OperatorCommand):
    """Carry out the orders of the agencies' lists that the database does not show as carried out."""

    help = (
        "After a restore: expunge again every record whose order was carried out after the dump was made. The list "
        "of orders lies beside the evidence, outside the database. Safe to run twice."
    )
    example = "reapply_expunged --all"

    def add_options(self, parser: CommandParser) -> None:
        whose = parser.add_mutually_exclusive_group(required=True)
        whose.add_argument("--agency", metavar="CODE", help="The agency's code.")
        whose.add_argument("--all", action="store_true", help="Every agency that has a list.")

    def run(self, options: dict[str, Any]) -> Outcome:
        agencies = agencies_with_orders() if options["all"] else [find_agency(options["agency"])]
        done: list[str] = []
        for agency_id in agencies:
            access = operator_access(agency_id)
            with agency_scope(access, reason="orders applied again after a restore"):
                done += reapply(access=access)
        sentences = [f"Expunged again: {', '.join(done)}." if done else "Nothing came back: all orders hold."]
        return Outcome(sentences, {"agencies": len(agencies), "expunged": done})
