"""`manage.py import_incidents`: import a file of incidents, look at what it would do, or undo an import."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from accounts.commands import AgencyCommand
from incidents.choices import ImportStatus
from incidents.import_profiles import ProfileError, load_profile, profile_names, read_mapping
from incidents.importing.display import display
from incidents.importing.files import BadFile
from incidents.importing.progress import Progress, Watcher
from incidents.importing.runs import check_file, summary
from incidents.importing.services import run_import, start_import, undo_import
from incidents.importing.sessions import import_session
from incidents.models import ImportBatch
from nethra.core.access import Access
from nethra.core.commands import Outcome, rolled_back
from nethra.core.errors import Conflict, InvalidInput
from nethra.core.scope import agency_scope

WRONG_USAGE = 2


class Command(AgencyCommand):
    """Operators' door to the import services; exit 0 only when the file was read whole."""

    help = (
        "Import incidents (CSV, plain or gzipped; GeoJSON, GeoPackage, zipped shapefile), or undo an import."
    )
    example = "import_incidents reports.csv.gz --agency north --profile generic --map ours.toml --dry-run"
    manages_transactions = True

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, help="CSV, .csv.gz, .geojson, .gpkg or .zip.")
        parser.add_argument("--profile", choices=profile_names(), help="What the file looks like.")
        parser.add_argument("--map", type=Path, metavar="FILE.toml", help="Keys that replace the profile's.")
        parser.add_argument(
            "--look-up-addresses",
            action="store_true",
            help="Give rows without coordinates the point of their address, where the gazetteer is certain of it.",
        )
        parser.add_argument("--undo", type=UUID, metavar="BATCH", help="Remove what this import stored.")

    def run(self, options: dict[str, Any]) -> Outcome:
        _check_usage(options)
        started = time.monotonic()
        phases: dict[str, float] = {}
        with _problems_explained(), display(self.stderr, quiet=options["json"]) as shown:
            outcome = _do(self.access(options), options, _timed(shown, phases))
        timing = {
            "seconds": round(time.monotonic() - started, 1),
            "phases": {phase: round(seconds, 1) for phase, seconds in phases.items()},
        }
        return Outcome(outcome.sentences, {**outcome.facts, **timing}, failed=outcome.failed)


def _check_usage(options: dict[str, Any]) -> None:
    of_import = ("file", "profile", "map", "look_up_addresses")
    if options["undo"] and any(options[name] for name in of_import):
        raise CommandError("--undo takes no file and no profile.", returncode=WRONG_USAGE)
    if not options["undo"] and (options["file"] is None or options["profile"] is None):
        raise CommandError("Name the file and its --profile.", returncode=WRONG_USAGE)


@contextmanager
def _problems_explained() -> Iterator[None]:
    try:
        yield
    except (ProfileError, BadFile) as problem:
        raise InvalidInput(str(problem)) from problem
    except OSError as problem:
        sentence = f"{problem.filename}: the file cannot be read: {problem.strerror}."
        raise InvalidInput(sentence, code="unreadable") from problem
    except KeyboardInterrupt as problem:
        raise Conflict("The import was interrupted; nothing of it stays.", code="interrupted") from problem


def _do(access: Access, options: dict[str, Any], watch: Watcher) -> Outcome:
    if options["undo"]:
        return _undo(access, options, watch)
    if options["dry_run"]:
        return _look(access, options, watch)
    return _import(access, options, watch)


def _undo(access: Access, options: dict[str, Any], watch: Watcher) -> Outcome:
    batch_id: UUID = options["undo"]
    if options["dry_run"]:
        with rolled_back():
            removed = undo_import(access=access, batch_id=batch_id, progress=watch)
    else:
        removed = undo_import(access=access, batch_id=batch_id, progress=watch)
    sentence = f"{removed:,} {'incident' if removed == 1 else 'incidents'} removed."
    return Outcome([sentence], {"batch": batch_id, "status": ImportStatus.UNDONE, "removed": removed})


def _look(access: Access, options: dict[str, Any], watch: Watcher) -> Outcome:
    profile = load_profile(options["profile"], options["map"])
    with import_session(access.agency_id):
        _, counts = check_file(
            access,
            options["file"],
            profile,
            watch,
            "import_incidents --dry-run",
            look_up_addresses=options["look_up_addresses"],
        )
    facts = {
        "status": "dry run",
        "read": counts.read,
        "stored": 0,
        "new": counts.new,
        "known": counts.known,
        "repeated": counts.repeated,
        "rejected": counts.rejected,
        "refused": counts.refused,
        **{f"addresses_{outcome}": count for outcome, count in (counts.looked_up or {}).items()},
    }
    return Outcome([f"An import would say: {summary(counts)}"], facts)


def _import(access: Access, options: dict[str, Any], watch: Watcher) -> Outcome:
    path: Path = options["file"]
    mapping = read_mapping(options["map"]) if options["map"] else None
    with path.open("rb") as file, agency_scope(access, reason="import_incidents"):
        batch = start_import(
            access=access,
            file=file,
            file_name=path.name,
            profile=options["profile"],
            mapping=mapping,
            look_up_addresses=options["look_up_addresses"],
        )
    return _outcome(run_import(access=access, batch_id=batch.pk, progress=watch))


def _outcome(batch: ImportBatch) -> Outcome:
    rejects = str(Path(settings.UPLOAD_DIR, batch.rejects_path).resolve()) if batch.rejects_path else ""
    facts = {
        "batch": batch.pk,
        "status": batch.status,
        "read": batch.rows_read,
        "stored": batch.rows_stored,
        "known": batch.rows_known,
        "repeated": batch.rows_repeated,
        "rejected": batch.rows_rejected,
        **(_addresses(batch) if batch.look_up_addresses else {}),
        "rejects_file": rejects,
        "message": batch.message,
    }
    sentences = [batch.message]
    if rejects:
        sentences.append(f"The rows that were not stored, with their reasons: {rejects}")
    if batch.status == ImportStatus.DONE:
        sentences.append(f"To take it back: import_incidents --agency CODE --undo {batch.pk}")
    return Outcome(sentences, facts, failed=batch.status != ImportStatus.DONE)


def _addresses(batch: ImportBatch) -> dict[str, int]:
    return {
        "addresses_found": batch.addresses_found,
        "addresses_ambiguous": batch.addresses_ambiguous,
        "addresses_unknown": batch.addresses_unknown,
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
