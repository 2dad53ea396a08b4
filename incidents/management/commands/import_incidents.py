"""Import a CSV of incidents, look at what it would do, or undo an import."""

from __future__ import annotations

import json
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from accounts.services import find_agency
from incidents.choices import ImportStatus
from incidents.import_profiles import ProfileError, load_profile, profile_names, read_mapping
from incidents.importing.display import display
from incidents.importing.files import BadFile
from incidents.importing.progress import Progress, Watcher
from incidents.importing.runs import check_file, summary
from incidents.importing.services import run_import, start_import, undo_import
from incidents.importing.sessions import import_session
from incidents.models import ImportBatch
from nethra.core.access import Access, operator_access
from nethra.core.errors import DomainError
from nethra.core.scope import agency_scope


class Command(BaseCommand):
    """Operators' door to the import services; exit 0 only when the file was read whole."""

    help = "Import a CSV of incidents (plain or .csv.gz), or undo an import."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, help="the CSV, plain or gzipped")
        parser.add_argument("--profile", choices=profile_names(), help="what the file looks like")
        parser.add_argument("--agency", required=True, help="the code of the agency")
        parser.add_argument("--map", type=Path, metavar="FILE.toml", help="keys that replace the profile's")
        parser.add_argument("--dry-run", action="store_true", help="count what would happen, store nothing")
        parser.add_argument("--undo", type=UUID, metavar="BATCH", help="remove what this import stored")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.monotonic()
        phases: dict[str, float] = {}
        try:
            with display(self.stderr, quiet=options["json"]) as shown:
                outcome = self._do(options, _timed(shown, phases))
        except (DomainError, ProfileError, BadFile) as problem:
            raise CommandError(str(problem)) from problem
        except OSError as problem:
            raise CommandError(
                f"{problem.filename}: the file cannot be read: {problem.strerror}."
            ) from problem
        outcome["seconds"] = round(time.monotonic() - started, 1)
        outcome["phases"] = {phase: round(seconds, 1) for phase, seconds in phases.items()}
        self.stdout.write(json.dumps(outcome) if options["json"] else outcome["message"])
        if outcome["status"] in (ImportStatus.FAILED, ImportStatus.CANCELLED):
            raise SystemExit(1)

    def _do(self, options: dict[str, Any], watch: Watcher) -> dict[str, Any]:
        access = operator_access(find_agency(options["agency"]))
        if options["undo"]:
            removed = undo_import(access=access, batch_id=options["undo"], progress=watch)
            batch = str(options["undo"])
            return {
                "batch": batch,
                "status": "undone",
                "removed": removed,
                "message": f"{removed:,} incidents removed.",
            }
        if options["file"] is None or options["profile"] is None:
            raise CommandError("Name the file and its --profile.")
        if options["dry_run"]:
            return _dry_run(access, options, watch)
        return _import(access, options, watch)


def _import(access: Access, options: dict[str, Any], watch: Watcher) -> dict[str, Any]:
    path: Path = options["file"]
    mapping = read_mapping(options["map"]) if options["map"] else None
    with path.open("rb") as file, agency_scope(access, reason="import_incidents"):
        batch = start_import(
            access=access, file=file, file_name=path.name, profile=options["profile"], mapping=mapping
        )
    return _outcome(run_import(access=access, batch_id=batch.pk, progress=watch))


def _dry_run(access: Access, options: dict[str, Any], watch: Watcher) -> dict[str, Any]:
    profile = load_profile(options["profile"], options["map"])
    with import_session(access.agency_id):
        _, counts = check_file(access, options["file"], profile, watch, "import_incidents --dry-run")
    return {
        "status": "dry run",
        "read": counts.read,
        "stored": 0,
        "new": counts.new,
        "known": counts.known,
        "repeated": counts.repeated,
        "rejected": counts.rejected,
        "refused": counts.refused,
        "message": f"Nothing was stored. An import would say: {summary(counts)}",
    }


def _outcome(batch: ImportBatch) -> dict[str, Any]:
    return {
        "batch": str(batch.pk),
        "status": batch.status,
        "read": batch.rows_read,
        "stored": batch.rows_stored,
        "known": batch.rows_known,
        "repeated": batch.rows_repeated,
        "rejected": batch.rows_rejected,
        "rejects_file": batch.rejects_path,
        "message": batch.message
        if batch.rejects_path == ""
        else f"{batch.message} See {batch.rejects_path}.",
    }


def _timed(watch: Watcher, phases: dict[str, float]) -> Watcher:
    """Add the seconds that each phase takes to `phases`."""
    before = time.monotonic()

    def timed(progress: Progress) -> None:
        nonlocal before
        now = time.monotonic()
        phases[progress.phase] = phases.get(progress.phase, 0.0) + now - before
        before = now
        watch(progress)

    return timed
