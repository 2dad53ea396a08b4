"""`manage.py audit_seal`: put what was recorded into the tree, sign it, and write it outside the database."""

from __future__ import annotations

import signal
import threading
import time
from typing import Any

import psycopg
from django.conf import settings
from django.core.management.base import CommandParser

from nethra.audit import desk
from nethra.audit.keys import read_key
from nethra.audit.sealing import Sealed, Sealer
from nethra.core.commands import OperatorCommand, Outcome
from nethra.core.errors import Conflict


class Command(OperatorCommand):
    """Seal what is there, or with --follow everything that comes, until it is stopped."""

    help = (
        "Seal the audit: append the leaves of committed events to the tree, sign a checkpoint, and write both to "
        "AUDIT_DIR, and to AUDIT_SYSLOG where it is set. With --follow once a second, until a stop."
    )
    example = "audit_seal --follow"
    # Its work is in a database connection of its own; a dry run would sign nothing worth having.
    writes = False
    manages_transactions = True

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("--follow", action="store_true", help="Go on until TERM or Ctrl-C.")
        parser.add_argument(
            "--every", type=float, default=1.0, help="Seconds between two looks, 1 by default."
        )

    def run(self, options: dict[str, Any]) -> Outcome:
        self._stop = threading.Event()
        key, ledger = read_key(settings.AUDIT_KEY_FILE), desk.ledger()
        if options["follow"]:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: self._stop.set())
        total, size = 0, 0
        while True:
            try:
                with desk.as_sealer() as connection:
                    sealer = Sealer(connection, ledger, key)
                    sealer.begin()
                    for sealed in self._steps(sealer, options):
                        total, size = total + sealed.count, sealed.size
                break
            except psycopg.OperationalError as problem:
                if not options["follow"] or self._stop.is_set():
                    raise Conflict(f"The database did not answer: {problem}", code="no_database") from problem
                self.stderr.write("The database did not answer; trying again.")
                self._stop.wait(2)
        return Outcome(
            [f"{total:,} events sealed; the log has {size:,} leaves."], {"sealed": total, "size": size}
        )

    def _steps(self, sealer: Sealer, options: dict[str, Any]) -> Any:
        while not self._stop.is_set():
            began = time.monotonic()
            # audit_key --renew may have put another one there.
            sealer.key = read_key(settings.AUDIT_KEY_FILE)
            sealed: Sealed = sealer.step()
            yield sealed
            if sealed.count and options["follow"]:
                self.stdout.write(
                    f"{sealed.count:,} events sealed, the oldest after {sealed.lag:.1f} s; {sealed.size:,} leaves."
                )
            if sealed.count:
                continue
            if not options["follow"]:
                return
            self._stop.wait(max(0.0, options["every"] - (time.monotonic() - began)))
