"""`manage.py find_place`: what a typed address means to the gazetteer."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from accounts.commands import AgencyCommand
from incidents.gazetteer.answers import near_point, place_record
from incidents.gazetteer.searching import FoundPlace, find_places
from nethra.core.commands import Outcome
from nethra.core.scope import agency_scope


class Command(AgencyCommand):
    """Search the agency's gazetteer."""

    help = "Find the point of an address, a crossing or a place in the agency's gazetteer."
    example = 'find_place "12 Mission St" --agency north'
    writes = False

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("text", help="The address as somebody would type it.")
        parser.add_argument("--near", metavar="LON,LAT", help="What lies around this point comes first.")
        parser.add_argument("--limit", type=int, default=10, help="How many results at most (1 to 50).")

    def run(self, options: dict[str, Any]) -> Outcome:
        access = self.access(options)
        near = near_point(options["near"]) if options["near"] else None
        with agency_scope(access):
            found = find_places(access, options["text"], near, options["limit"])
        sentences = [_sentence(place) for place in found] or ["Nothing is called so."]
        return Outcome(sentences, {"places": [place_record(place) for place in found]})


def _sentence(place: FoundPlace) -> str:
    where = f"{place.point.y:.6f}, {place.point.x:.6f}"
    known = place.note or f"{place.exactness.label}."
    return f"{place.full_label}: {where} ({place.kind.label.lower()}). {known}"
