"""`manage.py audit_key`: make the key that signs the audit's checkpoints."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from nethra.audit import desk
from nethra.audit.keys import make_key, renew_key
from nethra.core.commands import OperatorCommand, Outcome


class Command(OperatorCommand):
    """Make the key once; give its public half to whoever shall check the audit one day."""

    help = (
        "Make the key that signs the checkpoints of the audit, in AUDIT_KEY_FILE, and print its public half. Keep the "
        "key where only the sealer reads it; hand the public half to people outside, who can check with it. --renew "
        "puts a new key in its place and says so in a statement that both sign; the running sealer takes it up."
    )
    example = "audit_key --name nethra.police.example"
    manages_transactions = True

    def add_options(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--name", help="How the log is called: a host name is a good one.")
        what.add_argument("--renew", action="store_true", help="Replace the key, say after it leaked.")
        parser.add_argument("--reason", default="", help="With --renew: why, in one line.")

    def run(self, options: dict[str, Any]) -> Outcome:
        path = settings.AUDIT_KEY_FILE
        if options["dry_run"]:
            would = (
                f"The key in {path} would be replaced." if options["renew"] else f"The key would be {path}."
            )
            return Outcome([would], {"path": str(path)})
        if options["renew"]:
            public = renew_key(path, desk.ledger(), reason=options["reason"])
        else:
            public = make_key(path, options["name"])
        return Outcome(
            [f"The key is {path}, its public half {path.with_suffix('.pub')}:", str(public)],
            {"path": str(path), "public_key": str(public)},
        )
