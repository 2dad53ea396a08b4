"""`manage.py load_areas`: districts, beats or the boundary from a file."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from accounts.commands import AgencyCommand
from incidents.areas import KINDS, LoadedAreas, load_areas
from incidents.placing_runs import run_waiting
from nethra.core.commands import Outcome
from nethra.core.geo import ALLOWED_SRIDS
from nethra.core.scope import agency_scope

MOST_WARNINGS = 20


class Command(AgencyCommand):
    """Put a new version in force; older versions stay."""

    help = "Load districts, beats or the agency's boundary from GeoJSON, a GeoPackage or a shapefile."
    example = "load_areas districts.geojson --agency north --kind district --assign"

    def add_options(self, parser: CommandParser) -> None:
        srids = ", ".join(map(str, sorted(ALLOWED_SRIDS)))
        parser.add_argument(
            "file", type=Path, help="A .geojson, .json, .gpkg, .shp or .zip file of polygons."
        )
        parser.add_argument("--kind", required=True, choices=KINDS)
        parser.add_argument("--code-field", help="The field with each area's code; guessed when left out.")
        parser.add_argument("--name-field", help="The field with each area's name; guessed when left out.")
        parser.add_argument("--srid", type=int, help=f"Where the file does not say it: one of {srids}.")
        parser.add_argument(
            "--assign",
            action="store_true",
            help="Place all incidents in the new areas now; else a worker does.",
        )
        parser.add_argument(
            "--since", type=datetime.fromisoformat, help="In force since then (with its zone), not since now."
        )
        parser.add_argument(
            "--take-faults", action="store_true", help="Take areas that overlap or leave gaps as they are."
        )

    def run(self, options: dict[str, Any]) -> Outcome:
        access = self.access(options)
        kind = options["kind"]
        with agency_scope(access, reason=f"{kind} loaded by a command"):
            loaded = load_areas(
                access=access,
                file=options["file"],
                kind=kind,
                code_field=options["code_field"],
                name_field=options["name_field"],
                srid=options["srid"],
                since=options["since"],
                take_faults=options["take_faults"],
            )
        placed = run_waiting(access=access) if options["assign"] else None
        warnings = (*loaded.warnings, *(fault.sentence for fault in loaded.faults[:MOST_WARNINGS]))
        sentences = [_sentence(loaded, kind)]
        if placed is not None:
            sentences.append(f"{placed} incidents changed their district or beat.")
        facts = {
            "kind": kind,
            "stored": loaded.stored,
            "version": loaded.area_set.version if loaded.area_set else None,
            "code_field": loaded.code_field,
            "name_field": loaded.name_field,
            "srid": loaded.srid,
            "warnings": warnings,
            "placed": placed,
        }
        return Outcome(sentences, facts, warnings)


def _sentence(loaded: LoadedAreas, kind: str) -> str:
    if loaded.area_set is None:
        return f"The boundary is stored (SRID {loaded.srid} in the file)."
    return (
        f"{loaded.stored} {kind}s are in force as version {loaded.area_set.version}: code from "
        f"{loaded.code_field}, name from {loaded.name_field}, SRID {loaded.srid} in the file."
    )
