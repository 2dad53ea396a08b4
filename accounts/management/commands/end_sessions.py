"""`manage.py end_sessions`: end the sessions of one person, or of a whole agency."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from accounts.choices import EndReason
from accounts.commands import AgencyCommand
from accounts.operators import end_agency_sessions, find_person
from accounts.people import end_user_sessions
from nethra.core.commands import Outcome
from nethra.core.scope import agency_scope


class Command(AgencyCommand):
    """They are refused from the next request on; API keys are not sessions and go on."""

    help = "End every session of a person, or of everybody in the agency."
    example = "end_sessions --agency north --email noel@north.example"

    def add_options(self, parser: CommandParser) -> None:
        whose = parser.add_mutually_exclusive_group(required=True)
        whose.add_argument("--email", help="The address of one person.")
        whose.add_argument("--everybody", action="store_true", help="All people of the agency.")

    def run(self, options: dict[str, Any]) -> Outcome:
        access = self.access(options)
        with agency_scope(access, reason="sessions ended by an operator"):
            if options["everybody"]:
                ended = end_agency_sessions(access)
            else:
                person = find_person(access, options["email"])
                ended = end_user_sessions(access=access, user=person, because=EndReason.BY_OPERATOR)
        noun = "session has" if ended == 1 else "sessions have"
        return Outcome([f"{ended} {noun} ended."], {"ended": ended})
