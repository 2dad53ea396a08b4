"""``python3 check_audit.pyz FOLDER --key FILE``: check an exported audit, on any machine, with Python alone."""

from __future__ import annotations

import argparse
import json
import sys
from itertools import chain
from pathlib import Path

from .checking import (
    Report,
    Times,
    check_events,
    check_lines,
    check_places,
    check_tree,
    read_checkpoints,
    stamps_of,
)
from .exports import CHECKPOINTS, EVENTS, BadExport, read_leaves, read_lines, read_log, read_notes
from .notes import BadNote, PublicKey
from .removals import Removals

EXAMPLE = (
    "Example: python3 check_audit.pyz export --key audit.pub --checkpoints /mnt/evidence-room/checkpoints.txt"
)


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    found = argparse.ArgumentParser(
        description="Check an exported audit: every event against its leaf, the leaves against the signed checkpoints.",
        epilog=EXAMPLE,
    )
    found.add_argument("folder", type=Path, help="the folder of the export")
    found.add_argument(
        "--key", type=Path, required=True, help="a file with the public key, from a hand you trust"
    )
    found.add_argument(
        "--checkpoints",
        type=Path,
        action="append",
        default=[],
        help="checkpoints kept elsewhere; those of the export are checked besides",
    )
    found.add_argument(
        "--lines", type=Path, action="append", default=[], help="lines streamed to another machine"
    )
    found.add_argument("--json", action="store_true", help="print one JSON object")
    return found


def check_export(folder: Path, keys: list[PublicKey], checkpoints: list[Path], lines: list[Path]) -> Report:
    """Return what a check of the folder found; raise BadExport where it cannot be read."""
    report = Report()
    told = read_log(folder)
    own = read_checkpoints(read_notes([folder / CHECKPOINTS]), keys, report)
    kept = read_checkpoints(read_notes(checkpoints), keys, report)
    report.checkpoints = len(own) + len(kept)
    leaves = read_leaves(folder)
    check_tree(leaves, [*own, *kept], report)
    streamed = chain.from_iterable(read_lines(path) for path in lines)
    times = Times(stamps_of([*own, *kept], streamed))
    removals = Removals()
    events = removals.watch(check_events(read_lines(folder / EVENTS), leaves, times, report), report)
    seqs = [event["seq"] for event in events]
    removals.judge(times, report)
    # SECURITY: what the export says of itself is signed by nobody. That it is of one agency only costs it the check
    # that nothing is missing, and the report says so; tests/audit/test_proof_commands.py.
    report.is_whole = told.get("agency") is None
    if report.is_whole:
        check_places(seqs, len(leaves), removals.places, report)
    for path in lines:
        check_lines(read_lines(path), leaves, report, removals.wrong_about)
    return report


def main(arguments: list[str] | None = None) -> int:
    """Print what a check found; return 0 where all holds, 1 where something does not, 2 where it cannot be read."""
    options = parser().parse_args(arguments)
    try:
        keys = [PublicKey.from_text(line) for line in options.key.read_text().splitlines() if line.strip()]
        report = check_export(options.folder, keys, options.checkpoints, options.lines)
    except (BadExport, BadNote, OSError) as problem:
        print(problem, file=sys.stderr)
        return 2
    if options.json:
        print(json.dumps({"sound": report.is_sound, **vars(report)}, default=vars))
    else:
        print("\n".join(sentences(report)))
    return 0 if report.is_sound else 1


def sentences(report: Report) -> list[str]:
    """Return what a check found, for people."""
    seen = (
        f"{report.events:,} events, {report.leaves:,} leaves, {report.checkpoints:,} checkpoints and "
        f"{report.lines:,} streamed lines compared; {report.unsealed:,} events wait to be sealed, "
        f"{report.blanked:,} were blanked by order, {report.retired:,} retired by rule."
    )
    if report.is_sound and not report.is_whole:
        partly = "They are one agency's events: that none of them is missing was not looked for."
        return [seen, "What is there is as it was written.", partly]
    if report.is_sound:
        return [seen, "All of it is as it was written."]
    found = [f"{finding.where}: {finding.sentence}" for finding in report.findings]
    more = sum(report.counts.values()) - len(found)
    rest = [f"... and {more:,} more."] if more else []
    return [seen, f"{sum(report.counts.values()):,} things are not as they were written:", *found, *rest]
