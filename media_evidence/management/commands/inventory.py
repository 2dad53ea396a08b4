"""`manage.py inventory`: draw exhibits for a count of the evidence room, or draw an earlier count again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.management.base import CommandParser

from accounts.commands import AgencyCommand
from media_evidence.models import InventoryLine, StorageLocation
from media_evidence.room.inventories import USUAL_SHARE, draw_again, find_inventory, open_inventory
from nethra.core.access import Access
from nethra.core.commands import Outcome
from nethra.core.errors import InvalidInput
from nethra.core.scope import agency_scope


class Command(AgencyCommand):
    """Open an inventory by lot, or show that an earlier one was drawn by its seed."""

    help = (
        "Draw exhibits at random for a count of the evidence room and list where each should lie. The seed is kept: "
        "with --repeat, whoever audits draws again from what was there and must get the same; exit code 1 where not."
    )
    example = "inventory --agency demo --draw --location PR1 --size 20"

    def add_options(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--draw", action="store_true", help="Open a new inventory.")
        what.add_argument("--repeat", type=UUID, metavar="ID", help="Draw this inventory again and compare.")
        parser.add_argument("--location", metavar="PATH", help="Only what lies in this location; else all.")
        parser.add_argument("--size", type=int, default=20, help="How many exhibits to draw; 20 by default.")
        parser.add_argument(
            "--high-value",
            type=int,
            default=USUAL_SHARE,
            metavar="PERCENT",
            help=f"How many of them are drugs, firearms and cash; {USUAL_SHARE} percent by default.",
        )
        parser.add_argument("--seed", default="", help="The lot; made up by default.")

    def run(self, options: dict[str, Any]) -> Outcome:
        access = self.access(options)
        with agency_scope(access, reason="inventory"):
            return (
                self._repeat(access, options["repeat"]) if options["repeat"] else self._draw(access, options)
            )

    def _draw(self, access: Access, options: dict[str, Any]) -> Outcome:
        inventory = open_inventory(
            access=access,
            size=options["size"],
            location_id=_location(access, options["location"]),
            high_value_share=options["high_value"],
            seed=options["seed"],
        )
        lines = InventoryLine.objects.visible_to(access).filter(inventory_id=inventory.pk)
        drawn = [
            {"position": line.position, "bag_number": line.bag_number, "place": line.expected_place}
            for line in lines.order_by("position")
        ]
        facts = {"inventory": inventory.pk, "seed": inventory.seed, "population": inventory.population}
        sentences = [
            f"{len(drawn)} of {inventory.population} exhibits were drawn with the seed {inventory.seed}.",
            *(f"{row['position']}. {row['bag_number']}, {row['place'] or 'no place'}" for row in drawn),
        ]
        return Outcome(sentences, {**facts, "drawn": drawn})

    def _repeat(self, access: Access, key: UUID) -> Outcome:
        inventory = find_inventory(access, key)
        same = draw_again(inventory) == inventory.drawn
        facts = {"inventory": key, "seed": inventory.seed, "same": same}
        told = "the same exhibits" if same else "other exhibits than the inventory has"
        return Outcome([f"The seed {inventory.seed} draws {told}."], facts, failed=not same)


def _location(access: Access, path: str | None) -> UUID | None:
    if path is None:
        return None
    found = StorageLocation.objects.visible_to(access).filter(path=path.upper()).first()
    if found is None:
        raise InvalidInput(errors={"location": ["There is no such location."]})
    return found.pk
