"""`manage.py load_map_layer`: a layer of the map from a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import CommandParser

from insights.reference_layers.loading import load_layer
from nethra.core.commands import OperatorCommand, Outcome
from nethra.core.errors import InvalidInput
from nethra.core.geo import ALLOWED_SRIDS
from nethra.environment import required_text


class Command(OperatorCommand):
    """Put a file onto the map of everybody, in place of the layer of that name."""

    help = (
        "Load roads, premises, hydrants: shapes that lie on the map beneath the incidents. Everybody who is signed "
        "in sees them, whatever their agency and role: nothing of incidents, people or cases belongs here.\n\n"
        "Of each feature its shape and a name are kept. A layer of the same name is replaced."
    )
    example = 'load_map_layer hydrants.geojson --name "Fire hydrants"'
    # Its work is in a database connection of its own.
    manages_transactions = True

    def add_options(self, parser: CommandParser) -> None:
        srids = ", ".join(map(str, sorted(ALLOWED_SRIDS)))
        parser.add_argument("file", type=Path, help=".geojson, .shp, .zip, .gpkg, or .csv with degrees.")
        parser.add_argument("--name", required=True, help="What the map calls the layer.")
        parser.add_argument(
            "--name-field", help="The field with the name of a feature; guessed when left out."
        )
        parser.add_argument("--srid", type=int, help=f"Where the file does not say it: one of {srids}.")

    def run(self, options: dict[str, Any]) -> Outcome:
        layer = load_layer(
            dsn=_owners_dsn(),
            file=options["file"],
            title=options["name"],
            name_field=options["name_field"],
            srid=options["srid"],
            keep=not options["dry_run"],
        )
        facts = {
            "layer": layer.name,
            "title": layer.title,
            "kind": layer.kind,
            "features": layer.features,
            "left_out": layer.left_out,
            "file_sha256": layer.file_sha256,
        }
        features = "1 feature is" if layer.features == 1 else f"{layer.features:,} features are"
        said = [f"{features} on the map as {layer.title} (layers.{layer.name})."]
        if layer.left_out:
            said.append(f"{layer.left_out:,} features without a shape were left out.")
        return Outcome(said, facts)


def _owners_dsn() -> str:
    try:
        return required_text("MIGRATE_DATABASE_URL")
    except ImproperlyConfigured as problem:
        raise InvalidInput(
            f"{problem} The application's own login may not write layers.", code="no_login"
        ) from problem
