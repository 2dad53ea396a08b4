"""`manage.py access_review`: who may what, on paper, to be signed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from accounts.commands import AgencyCommand
from accounts.review import review_of, review_page
from nethra.core.commands import Outcome
from nethra.core.errors import InvalidInput
from nethra.core.scope import agency_scope


class Command(AgencyCommand):
    """One page that needs no network: people, roles, rights, second factors, keys, and lines to sign on."""

    help = "Make the list of who may what in an agency, for a supervisor to check and sign."
    example = "access_review --agency north --output review.html"
    writes = False

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("--output", metavar="FILE", help="Write a page to print and sign (HTML).")

    def run(self, options: dict[str, Any]) -> Outcome:
        access = self.access(options)
        with agency_scope(access, reason="access review"):
            review = review_of(access)
        sentences = [
            f"{person['name']} <{person['email']}>: {person['role_name']}, {person['state'].lower()}"
            f"{', second factor' if person['second_factor'] else ''}, last seen {person['last_seen'] or 'never'}"
            for person in review["people"]
        ]
        sentences.append(f"{len(review['people'])} people. SHA-256 of the list: {review['sha256']}")
        if options["output"]:
            try:
                Path(options["output"]).write_text(review_page(review), encoding="utf-8")
            except OSError as problem:
                raise InvalidInput(f"{options['output']} cannot be written: {problem.strerror}.") from problem
            sentences.append(f"The page to sign is in {options['output']}.")
        return Outcome(sentences, review)
