"""`manage.py audit_hold`: keep events beyond the agency's rule while an order says so."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.management.base import CommandError, CommandParser

from accounts.commands import AgencyCommand
from nethra.audit.models import AuditHold
from nethra.audit.retention import lift_hold, place_hold
from nethra.core.commands import Outcome
from nethra.core.scope import agency_scope


def _key(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise CommandError(f"'{text}' is no record's id.") from None


class Command(AgencyCommand):
    """Without --place or --lift it lists what is held."""

    help = (
        "Hold the audit by order (a lawsuit, a complaint, an appeal): audit_retire removes nothing that is held. With "
        "--record the events about one record, else all of the agency's."
    )
    example = "audit_hold --agency north --place 'CV-2026-114' --reason 'Preservation letter, city attorney'"

    def add_options(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--place", metavar="ORDER", help="The number of the order that holds.")
        what.add_argument("--lift", metavar="ORDER", help="The number of an order that is over.")
        parser.add_argument("--record", type=_key, help="The id of the record; else everything is held.")
        parser.add_argument("--reason", default="", help="Who ordered it and why, in one line.")

    def run(self, options: dict[str, Any]) -> Outcome:
        access = self.access(options)
        with agency_scope(access, reason=options["reason"] or "audit hold"):
            if options["place"]:
                place_hold(
                    access=access,
                    order_number=options["place"],
                    reason=options["reason"],
                    object_id=options["record"],
                )
            elif options["lift"]:
                lift_hold(access=access, order_number=options["lift"])
            held = list(AuditHold.objects.visible_to(access).filter(lifted_at=None))
        sentences = [
            f"{hold.order_number}: {hold.object_id or 'every event'}, since {hold.placed_at:%Y-%m-%d} "
            f"({hold.reason})."
            for hold in held
        ]
        facts = [
            {"order": hold.order_number, "record": hold.object_id, "reason": hold.reason} for hold in held
        ]
        return Outcome(sentences or ["Nothing is held."], {"held": facts})
