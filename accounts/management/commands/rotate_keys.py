"""`manage.py rotate_keys`: new keys without logging anybody out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from accounts.key_rotation import WAIT_MINUTES, new_keys, reseal_secrets, spelled, write_keys
from accounts.services import find_agency
from nethra.core.access import operator_access
from nethra.core.commands import OperatorCommand, Outcome
from nethra.core.errors import InvalidInput
from nethra.core.scope import agency_scope


class Command(OperatorCommand):
    """Three steps: a new key in front, restart; an hour later the old ones go, restart."""

    help = (
        "Put a new token key in front of PASETO_KEYS (the old ones go on reading), drop the old ones, or seal "
        "an agency's secrets anew after SECRET_KEY changed."
    )
    example = "rotate_keys --env-file .local/env"

    def add_options(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--drop-old", action="store_true", help="Keep the first key only.")
        what.add_argument(
            "--secrets", metavar="CODE", help="Seal this agency's secrets under the present SECRET_KEY."
        )
        parser.add_argument("--env-file", metavar="FILE", help="Change the line in this file; else print it.")

    def run(self, options: dict[str, Any]) -> Outcome:
        if options["secrets"]:
            return _seal_anew(options["secrets"])
        if options["drop_old"] and len(new_keys()) == 2:
            raise InvalidInput("There is one key only: nothing to drop.", code="one_key")
        keys = new_keys(drop_old=options["drop_old"])
        line = f"PASETO_KEYS={spelled(keys)}"
        path = options["env_file"]
        if path and not options["dry_run"]:
            write_keys(Path(path), keys)
        said = f"{path} has {len(keys)} keys now" if path else line
        then = (
            "Restart the web servers: tokens of the dropped keys are refused from then on."
            if options["drop_old"]
            else f"Restart the web servers; {WAIT_MINUTES} minutes later run it again with --drop-old."
        )
        return Outcome([f"{said}.", then] if path else [said, then], {"keys": len(keys), "file": path})


def _seal_anew(code: str) -> Outcome:
    access = operator_access(find_agency(code))
    with agency_scope(access, reason="secrets sealed anew"):
        resealed, lost = reseal_secrets(access)
    sentences = [f"{resealed} secrets are sealed under the present SECRET_KEY."]
    if lost:
        sentences.append(f"{lost} cannot be read: name the SECRET_KEY they were sealed under as a fallback.")
    return Outcome(sentences, {"resealed": resealed, "lost": lost}, failed=bool(lost))
