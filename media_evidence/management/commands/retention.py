"""`manage.py retention`: what may be disposed of, when, and why or why not."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from accounts.commands import AgencyCommand
from media_evidence.keeping.planning import Line, plan
from nethra.core.commands import Outcome
from nethra.core.scope import agency_scope


class Command(AgencyCommand):
    """Tell what the rules of retention say of each exhibit."""

    help = (
        "Print a line for each exhibit: whether it may be disposed of, from when on, and the reason. Nothing is "
        "changed: a disposal is asked for and approved by two people."
    )
    example = "retention --agency ALB --plan"
    writes = False

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("--plan", action="store_true", required=True, help="Tell what is due.")

    def run(self, options: dict[str, Any]) -> Outcome:
        access = self.access(options)
        with agency_scope(access):
            lines = list(plan(access))
        due = sum(line.verdict.is_due for line in lines)
        sentences = [*map(_sentence, lines), f"{len(lines)} exhibits, {due} of them due."]
        return Outcome(sentences, {"exhibits": [_facts(line) for line in lines], "due": due})


def _sentence(line: Line) -> str:
    word = "due " if line.verdict.is_due else "kept"
    day = f"{line.verdict.due_at:%Y-%m-%d}" if line.verdict.due_at else "-".ljust(10)
    return f"{line.name}  {word}  {day}  {line.verdict.reason}"


def _facts(line: Line) -> dict[str, Any]:
    verdict, evidence = line.verdict, line.evidence
    return {
        "id": evidence.pk,
        "case": evidence.case.number,
        "position": evidence.position,
        "sha256": evidence.sha256,
        "is_due": verdict.is_due,
        "due_at": verdict.due_at.isoformat() if verdict.due_at else None,
        "reason": verdict.reason,
        "category": verdict.rule.name if verdict.rule else None,
    }
