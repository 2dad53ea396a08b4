"""`manage.py court_bundle`: the exhibits of a case for a court, with everything that proves them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from accounts.commands import AgencyCommand
from media_evidence.bundle.gathering import gather
from media_evidence.bundle.writing import write_bundle
from nethra.audit import desk
from nethra.core.commands import Outcome


class Command(AgencyCommand):
    """Write a ZIP of a case's originals, chains of custody and proofs, with a checker that needs Python alone."""

    help = (
        "Write a ZIP for a court or a defence: the originals of a case, a manifest, the chains of custody, the proof "
        "that each entry stands in the audit's signed log, and a checker that needs nothing but Python. What is not as "
        "it was taken in is not handed out. The audit keeps who got which bundle."
    )
    example = "court_bundle --agency demo --case 2026-000001 --reason 'Order 12/26' --out 2026-000001.zip"
    # Hashing and copying take minutes: no transaction waits for them.
    manages_transactions = True

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("--case", required=True, metavar="NUMBER", help="The case.")
        parser.add_argument("--reason", required=True, metavar="WORDS", help="For whom, and why.")
        parser.add_argument(
            "--out", required=True, type=Path, metavar="FILE", help="The ZIP; never overwritten."
        )

        parser.add_argument(
            "--with-quarantined",
            action="store_true",
            help="Also exhibits with malware, or that no scan found clean; the audit keeps which.",
        )

    def run(self, options: dict[str, Any]) -> Outcome:
        access = self.access(options)
        bundle = gather(access, options["case"], with_quarantined=options["with_quarantined"])
        seen = (
            f"{len(bundle.exhibits)} exhibits, {bundle.size:,} bytes, {len(bundle.events)} entries of custody"
        )
        facts = {
            "case": bundle.case.number,
            "exhibits": len(bundle.exhibits),
            "entries": len(bundle.events),
            "bytes": bundle.size,
            "manifest_sha256": "",
            "file": "",
        }
        if options["dry_run"]:
            return Outcome([f"{seen} would be handed out."], facts)
        with desk.as_sealer() as sealer:
            written = write_bundle(
                access=access,
                sealer=sealer,
                key=settings.AUDIT_KEY_FILE.with_suffix(".pub").read_text(),
                bundle=bundle,
                path=options["out"],
                reason=options["reason"],
            )
        facts |= {"manifest_sha256": written.manifest_sha256, "file": str(written.path)}
        return Outcome(
            [f"{seen} are in {written.path}.", f"The manifest's SHA-256 is {written.manifest_sha256}."], facts
        )
