"""`manage.py load_gazetteer`: streets, house numbers and places from a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from accounts.commands import AgencyCommand
from incidents.gazetteer.choices import PlaceSource
from incidents.gazetteer.loading import Fields, Loaded, load_gazetteer, read_own_words
from incidents.importing.display import display
from nethra.core.commands import Outcome
from nethra.core.geo import ALLOWED_SRIDS
from nethra.core.scope import agency_scope


class Command(AgencyCommand):
    """Put a file in place of what the source brought before."""

    help = (
        "Load streets, house numbers and places, for searching addresses without the internet. A new load of a "
        "source replaces the old one.\n\n"
        "  osm        an extract of OpenStreetMap (.osm.pbf, .osm)\n"
        "  streets    centrelines, with the numbers of both sides where the file has them\n"
        "  addresses  a point for each house number\n"
        "  places     parks, schools, stations: whatever has a name\n\n"
        "All but osm are .geojson, .shp, .zip, .gpkg or .csv with longitude and latitude."
    )
    example = "load_gazetteer oregon.osm.pbf --agency north --source osm"

    def add_options(self, parser: CommandParser) -> None:
        srids = ", ".join(map(str, sorted(ALLOWED_SRIDS)))
        parser.add_argument("file", type=Path)
        parser.add_argument("--source", required=True, choices=PlaceSource.values, help="What the file is.")
        parser.add_argument("--name-field", help="The field with the name; guessed when left out.")
        parser.add_argument("--number-field", help="The field with the house number; guessed when left out.")
        parser.add_argument("--locality-field", help="The field with the town; guessed when left out.")
        parser.add_argument("--srid", type=int, help=f"Where the file does not say it: one of {srids}.")
        parser.add_argument(
            "--words", type=Path, metavar="FILE.toml", help="Short forms of your own: [words]."
        )

    def run(self, options: dict[str, Any]) -> Outcome:
        access = self.access(options)
        own_words = read_own_words(options["words"]) if options["words"] else None
        fields = Fields(options["name_field"], options["number_field"], options["locality_field"])
        with (
            display(self.stderr, quiet=options["json"]) as watch,
            agency_scope(access, reason="gazetteer loaded by a command"),
        ):
            loaded = load_gazetteer(
                access=access,
                file=options["file"],
                source=PlaceSource(options["source"]),
                fields=fields,
                srid=options["srid"],
                own_words=own_words,
                progress=watch,
            )
        return Outcome(_sentences(loaded), _facts(loaded))


def _sentences(loaded: Loaded) -> list[str]:
    load = loaded.load
    found = [
        f"{load.places:,} streets and places with {load.house_numbers:,} house numbers are in force as version "
        f"{load.version} of {load.source}."
    ]
    if loaded.left_out:
        found.append(
            f"{loaded.left_out:,} features without a name, number or shape of the kind were left out."
        )
    return found


def _facts(loaded: Loaded) -> dict[str, Any]:
    load = loaded.load
    return {
        "source": load.source,
        "version": load.version,
        "places": load.places,
        "house_numbers": load.house_numbers,
        "left_out": loaded.left_out,
        "file_sha256": load.file_sha256,
    }
