"""`manage.py unlock`: open an account that wrong passwords locked."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from accounts.commands import AgencyCommand
from accounts.operators import find_person
from accounts.people import release_user
from nethra.core.commands import Outcome
from nethra.core.scope import agency_scope


class Command(AgencyCommand):
    """For the day the only administrator is locked out."""

    help = "Open an account that wrong passwords or codes locked, and forget the failures."
    example = "unlock --agency north --email chief@north.example"

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("--email", required=True, help="The address of the account.")

    def run(self, options: dict[str, Any]) -> Outcome:
        access = self.access(options)
        with agency_scope(access, reason="unlocked by an operator"):
            person = find_person(access, options["email"])
            was_locked = person.locked_at is not None
            release_user(access=access, user=person, reason="by an operator")
        sentence = "is open again" if was_locked else "was not locked; its failures are forgotten"
        return Outcome(
            [f"The account of {person.email} {sentence}."],
            {"email": person.email, "was_locked": was_locked},
        )
