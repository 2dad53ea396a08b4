"""`manage.py audit_retire`: remove what an agency's rule keeps no longer."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from nethra.audit import desk
from nethra.audit.retention import retirable, retire, ruled_agencies
from nethra.core.commands import OperatorCommand, Outcome


class Command(OperatorCommand):
    """Run it every month; an agency without a rule keeps its events for good."""

    help = (
        "Remove the events that are older than their agency's rule allows (a year at least) and that no order holds. "
        "The last event of every row stays, so does the tree of leaves: what went is said by an event of its own, and "
        "audit_verify checks that nothing else is missing. Safe to run twice."
    )
    example = "audit_retire --agency north --dry-run"
    manages_transactions = True

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--agency", default="", metavar="CODE", help="Only this one; else all that have a rule."
        )
        parser.add_argument("--reason", default="retention rule", help="What the audit says of it.")

    def run(self, options: dict[str, Any]) -> Outcome:
        facts: dict[str, int] = {}
        with desk.as_sealer() as connection:
            rules = ruled_agencies(connection)
            if options["agency"]:
                own = desk.agency_by_code(connection, options["agency"])
                rules = [rule for rule in rules if rule.agency == own]
            for rule in rules:
                facts[rule.code] = (
                    retirable(connection, rule.agency)
                    if options["dry_run"]
                    else retire(connection, rule.agency, options["reason"])
                )
        verb = "would go" if options["dry_run"] else "went"
        sentences = [
            f"{rule.code}: {facts[rule.code]:,} events older than {rule.days:,} days {verb}."
            for rule in rules
        ]
        return Outcome(sentences or ["No rule: every event is kept for good."], {"retired": facts})
