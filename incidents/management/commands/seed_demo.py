"""`manage.py seed_demo`: the made-up city with people to sign in as."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import CommandParser

from incidents.demo.logins import AGENCY_CODE, LOGINS, login_lines
from incidents.demo.seeding import demo_exists, refuse_in_production, seed_demo
from incidents.demo_city import CITY_NAME, PLANTED, TIME_ZONE
from nethra.core.commands import OperatorCommand, Outcome
from nethra.core.errors import NotFound


class Command(OperatorCommand):
    """Store the demonstration once, or list its people."""

    help = f"Store a made-up city to try Nethra with. Refused in production.\n\n{PLANTED}"
    example = "seed_demo --logins"

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("--logins", action="store_true", help="Only list whom to sign in as.")

    def run(self, options: dict[str, Any]) -> Outcome:
        refuse_in_production()
        if options["logins"]:
            return _logins()
        if demo_exists():
            facts = {"agency": AGENCY_CODE, "seeded": False}
            return Outcome([f"{CITY_NAME} is there already; nothing was changed."], facts)
        done = seed_demo(datetime.now(ZoneInfo(TIME_ZONE)), with_files=not options["dry_run"])
        sentence = (
            f"{CITY_NAME} is stored: {done.incidents} incidents with {done.offences} offences, "
            f"{done.areas} areas, {done.people} people in 3 agencies."
        )
        hint = "Whom to sign in as: python manage.py seed_demo --logins"
        return Outcome([sentence, hint], {"agency": AGENCY_CODE, "seeded": True, **asdict(done)})


def _logins() -> Outcome:
    if not demo_exists():
        raise NotFound("The demonstration is not stored yet: run seed_demo first.", code="not_seeded")
    facts = [{"role": login.label, "email": login.email, "password": login.password} for login in LOGINS]
    return Outcome(login_lines(), {"logins": facts})
