"""`manage.py review_readings`: find the odd readings of cases, for the weekly review."""

from __future__ import annotations

from typing import Any

from accounts.commands import AgencyCommand
from cases.reviewing import judge_readings
from nethra.core.commands import Outcome
from nethra.core.scope import agency_scope


class Command(AgencyCommand):
    """Look at every reading that no one has looked at; odd ones wait in the console for a person."""

    help = (
        "Look at the readings of cases since the last time and queue the odd ones for review: somebody who read "
        "their own or a colleague's name, who has nothing to do with the case, or who broke the glass. "
        "Workers do it every hour; this does it now."
    )
    example = "review_readings --agency demo"

    def run(self, options: dict[str, Any]) -> Outcome:
        access = self.access(options)
        with agency_scope(access, reason="readings looked at"):
            seen, odd = judge_readings(access=access)
        return Outcome(
            [f"{seen} readings looked at, {odd} of them wait for a review."], {"seen": seen, "odd": odd}
        )
