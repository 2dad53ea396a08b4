"""`manage.py analyse`: run an analysis and tell what it found."""

from __future__ import annotations

import argparse
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.core.management.base import CommandParser
from django.db import transaction

from accounts.commands import AgencyCommand
from insights.answers.table import ANALYSES
from insights.choices import RunStatus
from insights.models import AnalysisRun
from insights.running.reading import Result, read_result
from insights.running.services import find_run, order_run
from insights.running.telling import told
from insights.running.work import run_ordered
from nethra.core.access import Access
from nethra.core.commands import Outcome
from nethra.core.scope import agency_scope


class Command(AgencyCommand):
    """Operators' door to analyses; the run is recorded as every other."""

    help = (
        "Run an analysis on an agency's incidents and record it. A long one is run here and now, not by a worker. "
        "With --dry-run the parameters are checked, what takes about a second is computed, and nothing is kept. "
        f"METHOD is one of: {', '.join(ANALYSES)}."
    )
    example = (
        "analyse hotspots --agency north --why 'Weekly briefing' --filter offence=220 "
        "--filter occurred_after=2026-03-01T00:00:00Z --parameter cell=250"
    )
    manages_transactions = True

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("method", metavar="METHOD")
        parser.add_argument("--why", required=True, help="What it is for.")
        for name, words in (
            ("filter", "Which incidents, as in the API's list; repeatable."),
            ("parameter", "A parameter of the method; repeatable."),
            ("about", "subject, treated, control, forecast or ground; repeatable."),
        ):
            parser.add_argument(
                f"--{name}", action="append", default=[], metavar="NAME=VALUE", type=pair, help=words
            )

    def run(self, options: dict[str, Any]) -> Outcome:
        access = self.access(options)
        with agency_scope(access, reason="analyse"), transaction.atomic():
            run = order_run(
                access=access,
                analysis=options["method"],
                parameters=dict(options["parameter"]),
                filters=urlencode(options["filter"]),
                about=dict(options["about"]),
                why=options["why"],
                is_dry=options["dry_run"],
                is_left=False,
            )
        if options["dry_run"]:
            return Outcome([run.headline or _expected(run)], _facts(run))
        if run.status == RunStatus.WAITING:
            run_ordered(access=access, run_id=run.pk)
        return self._told(access, run.pk)

    def _told(self, access: Access, key: UUID) -> Outcome:
        with agency_scope(access):
            run = find_run(access, key)
            if run.status != RunStatus.DONE:
                return Outcome([run.message or "The analysis was cancelled."], _facts(run), failed=True)
            result = read_result(access, run)
        return Outcome([*result.body["sentences"], *_lines(result)], {**_facts(run), "result": result.body})


def pair(text: str) -> tuple[str, str]:
    """Return the name and value of NAME=VALUE."""
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise argparse.ArgumentTypeError(f"'{text}' is not NAME=VALUE.")
    return name, value


def _expected(run: AnalysisRun) -> str:
    if run.seconds_expected is None:
        return "The incidents are many: it would be run in a worker's way, which tells its progress."
    return f"It would take about {run.seconds_expected:,} seconds."


def _facts(run: AnalysisRun) -> dict[str, Any]:
    names = (
        "analysis",
        "version",
        "parameters",
        "filters",
        "status",
        "message",
        "input_rows",
        "input_digest",
    )
    return {"id": str(run.pk), **{name: getattr(run, name) for name in (*names, "result_digest")}}


def _lines(result: Result) -> list[str]:
    """Return the figures, one a line."""
    return [
        f"{figure['label']}: {told(figure['value'], figure['kind'], figure['unit'])}"
        for figure in result.body["figures"]
    ]
