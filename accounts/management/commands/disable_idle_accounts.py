"""`manage.py disable_idle_accounts`: close accounts that nobody has used for 90 days."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from accounts.commands import AgencyCommand
from accounts.operators import close_idle_accounts
from nethra.core.commands import Outcome
from nethra.core.errors import InvalidInput
from nethra.core.scope import agency_scope


class Command(AgencyCommand):
    """Run it every night; CJIS AC-2(3) asks for 90 days. The last administrator is left in, with a warning."""

    help = "Close accounts that were neither signed in to nor used by a key for so many days."
    example = "disable_idle_accounts --agency north --days 90 --dry-run"

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--days", type=int, default=settings.IDLE_ACCOUNT_DAYS, help="Days without use (90)."
        )

    def run(self, options: dict[str, Any]) -> Outcome:
        if options["days"] < 1:
            raise InvalidInput("--days must be at least 1.", code="days")
        access = self.access(options)
        with agency_scope(access, reason=f"unused for {options['days']} days"):
            closed, spared = close_idle_accounts(access, options["days"])
        sentences = [f"{email} is closed." for email in closed] or ["No account has been idle for so long."]
        warnings = [f"{email} is idle too, but is the agency's last administrator." for email in spared]
        return Outcome(sentences, {"closed": closed, "spared": spared}, warnings)
