"""`manage.py check_areas`: whether an agency's beats or districts fit together."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from accounts.commands import AgencyCommand
from incidents.choices import PLACED_KINDS
from incidents.models import AreaSet
from incidents.topology import check_version
from nethra.core.commands import Outcome
from nethra.core.errors import NotFound
from nethra.core.scope import agency_scope


class Command(AgencyCommand):
    """Look for overlaps, gaps, slivers and what lies outside the boundary."""

    help = "Check the beats or districts in force, or one version of them; exit 1 where there are faults."
    example = "check_areas --agency north --kind beat --json"
    writes = False

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("--kind", required=True, choices=[str(kind) for kind in PLACED_KINDS])
        parser.add_argument("--set-version", type=int, help="A version; the one in force when left out.")

    def run(self, options: dict[str, Any]) -> Outcome:
        access, kind, version = self.access(options), options["kind"], options["set_version"]
        with agency_scope(access):
            sets = AreaSet.objects.visible_to(access).filter(kind=kind)
            area_set = (sets.current() if version is None else sets.filter(version=version)).first()
            if area_set is None:
                raise NotFound(f"There is no such version of {kind}s.")
            topology = check_version(access=access, area_set=area_set)
        facts = {
            "kind": kind,
            "version": area_set.version,
            "faults": topology.count,
            "faulty_share": topology.faulty_share,
            "largest": [fault.told() for fault in topology.faults],
        }
        if topology.count:
            return Outcome(topology.sentences, facts, failed=True)
        return Outcome([f"The {kind}s of version {area_set.version} fit together."], facts)
