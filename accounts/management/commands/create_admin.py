"""`manage.py create_admin`: an agency's first administrator, and the agency with them."""

from __future__ import annotations

import os
import sys
from dataclasses import asdict
from getpass import getpass
from typing import Any

from django.core.management.base import CommandParser

from accounts.operators import Administrator, administrator_exists, create_administrator
from accounts.services import agency_exists
from nethra.core.commands import OperatorCommand, Outcome
from nethra.core.errors import InvalidInput

PASSWORD_VARIABLE = "NETHRA_ADMIN_PASSWORD"


class Command(OperatorCommand):
    """Ask for what no option says when somebody sits at the terminal; never take a password as an option."""

    help = "Create an administrator; with --agency-name also the agency, where its code is new."
    example = (
        'create_admin --agency north --agency-name "North Police" --time-zone America/Chicago '
        '--email chief@north.example --name "Kim Chief"'
    )

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("--email", help="The address to sign in with.")
        parser.add_argument("--name", help="The person's name.")
        parser.add_argument("--agency", metavar="CODE", help="The agency's code.")
        parser.add_argument("--agency-name", default="", help="The name of an agency to be created.")
        parser.add_argument("--time-zone", default="UTC", help="The new agency's zone, such as Europe/Oslo.")
        parser.add_argument(
            "--password-env",
            metavar="VARIABLE",
            help=f"The environment variable with the password; {PASSWORD_VARIABLE} is read without asking.",
        )

    def run(self, options: dict[str, Any]) -> Outcome:
        agency = _answer(options["agency"], "Agency code", "--agency")
        agency_name, time_zone = options["agency_name"], options["time_zone"]
        if not agency_name and options["agency"] is None and not agency_exists(agency):
            agency_name = _answer(None, "Name of the new agency", "--agency-name")
            time_zone = _answer(None, "Its time zone, such as America/Chicago", "--time-zone")
        email = _answer(options["email"], "E-mail", "--email")
        if administrator_exists(email=email, agency_code=agency):
            return _outcome(Administrator(email, agency, is_new=False, is_new_agency=False))
        done = create_administrator(
            email=email,
            name=_answer(options["name"], "Name", "--name"),
            password=_password(options["password_env"]),
            agency_code=agency,
            agency_name=agency_name,
            time_zone=time_zone,
        )
        return _outcome(done)


def _outcome(done: Administrator) -> Outcome:
    if not done.is_new:
        sentence = f"{done.email} administers {done.agency_code} already; nothing was changed."
        return Outcome([sentence], asdict(done))
    sentences = [f"The agency {done.agency_code} was created."] if done.is_new_agency else []
    return Outcome([*sentences, f"{done.email} administers {done.agency_code}."], asdict(done))


def _answer(given: str | None, question: str, option: str) -> str:
    if given is None and sys.stdin.isatty():
        given = input(f"{question}: ")
    if not (given or "").strip():
        raise InvalidInput(f"{question} is missing: state it with {option}.", code="missing")
    return str(given).strip()


def _password(variable: str | None) -> str:
    # SECURITY: never an option, which every user of the machine could read in the list of processes.
    password = os.environ.get(variable or PASSWORD_VARIABLE, "")
    if password:
        return password
    if variable is not None:
        raise InvalidInput(f"The environment variable {variable} is empty.", code="missing")
    if not sys.stdin.isatty():
        raise InvalidInput(f"The password is missing: set {PASSWORD_VARIABLE}.", code="missing")
    password = getpass("Password (at least 15 characters): ")
    if getpass("The same again: ") != password:
        raise InvalidInput("The two passwords differ.", code="passwords_differ")
    return password
