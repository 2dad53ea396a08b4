"""``python3 check_bundle.pyz BUNDLE --key FILE``: check a court bundle, on any machine, with Python alone."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from media_evidence.bundle.checking import BadBundle, Verdict, check_bundle
from nethra.audit.proof.notes import BadNote, PublicKey

EXAMPLE = "Example: python3 check_bundle.pyz 2026-000001.zip --key audit.pub"


def main(arguments: list[str] | None = None) -> int:
    """Print what a check found; return 0 where all holds, 1 where something does not, 2 where it cannot be read."""
    options = _parser().parse_args(arguments)
    try:
        keys = [PublicKey.from_text(line) for line in options.key.read_text().splitlines() if line.strip()]
        verdict = check_bundle(options.bundle, keys)
    except (BadBundle, BadNote, OSError) as problem:
        print(problem, file=sys.stderr)
        return 2
    if options.json:
        print(json.dumps({"sound": verdict.is_sound, **vars(verdict)}))
    else:
        print("\n".join(sentences(verdict)))
    return 0 if verdict.is_sound else 1


def sentences(verdict: Verdict) -> list[str]:
    """Return what a check found, for people."""
    seen = (
        f"Case {verdict.case}: {verdict.exhibits} exhibits, {verdict.entries} entries of custody, {verdict.proved} of "
        f"them found in the audit's log of {verdict.sealed_in:,} signed events."
    )
    if verdict.is_sound:
        return [seen, "Every file is the one that was taken in, and every entry is as it was written."]
    return [seen, f"{len(verdict.findings)} things are not as they were handed out:", *verdict.findings]


def _parser() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(
        description="Check a court bundle: files against the manifest, chains of custody against themselves and the "
        "exhibits, every entry against the audit's signed log.",
        epilog=EXAMPLE,
    )
    found.add_argument("bundle", type=Path, help="the ZIP, or the folder it was unpacked into")
    found.add_argument(
        "--key", type=Path, required=True, help="a file with the agency's public key, from a hand you trust"
    )
    found.add_argument("--json", action="store_true", help="print one JSON object")
    return found
