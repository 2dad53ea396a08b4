"""The base of operators' commands: they parse, call one service, and print one summary.

Exit codes: 0 done, 1 a problem (its sentences on stderr), 2 wrong usage.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError, connection, transaction

from nethra.core.errors import DomainError


@dataclass(frozen=True)
class Outcome:
    """What a command did: sentences for people, one object for `--json`, and warnings for stderr.

    When it failed, the sentences go to stderr, the object still to stdout, and the exit code is 1.
    """

    sentences: Sequence[str]
    facts: Mapping[str, Any]
    warnings: Sequence[str] = field(default=())
    failed: bool = False


def sentences_of(problem: DomainError) -> list[str]:
    """Return an error's sentences: those per field where it has them, else its message."""
    by_field = [
        sentence if name == "__all__" else f"{name}: {sentence}"
        for name, sentences in problem.errors.items()
        for sentence in sentences
    ]
    return by_field or [problem.message]


class OperatorCommand(BaseCommand):
    """A command with `--json`, an example in its help, `--dry-run` where it writes, and plain problems.

    Subclasses set `help`, `example` and `writes`, add options in `add_options`, and do their work in `run`.
    One whose work must not be a single transaction sets `manages_transactions` and heeds `--dry-run` itself.
    """

    example: ClassVar[str]
    writes: ClassVar[bool] = True
    manages_transactions: ClassVar[bool] = False
    # The checks belong to the server's start and to `check`; a command says what it finds itself.
    requires_system_checks = []
    _is_from_shell = False

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        kwargs.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        kwargs.setdefault("epilog", f"Example: python manage.py {self.example}")
        return super().create_parser(prog_name, subcommand, **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="Print one JSON object for programs.")
        if self.writes:
            parser.add_argument("--dry-run", action="store_true", help="Do it all, then take it back.")
        self.add_options(parser)

    def add_options(self, parser: CommandParser) -> None:
        """Declare the command's own options."""

    def run(self, options: dict[str, Any]) -> Outcome:
        """Do the work. A DomainError becomes its sentences on stderr and exit code 1."""
        raise NotImplementedError

    def run_from_argv(self, argv: list[str]) -> None:
        self._is_from_shell = True
        super().run_from_argv(argv)

    def handle(self, *args: Any, **options: Any) -> None:
        is_dry = bool(options.get("dry_run"))
        try:
            with rolled_back() if is_dry and not self.manages_transactions else _as_it_is():
                outcome = self.run(options)
        except DomainError as problem:
            self._fail(sentences_of(problem))
        except OperationalError as problem:
            self._fail([f"The database did not answer: {str(problem).strip().splitlines()[0]}"])
        else:
            self._print(outcome, as_json=options["json"], is_dry=is_dry)

    def _fail(self, sentences: list[str]) -> None:
        if not self._is_from_shell:
            raise CommandError(" ".join(sentences))
        self.stderr.write("\n".join(sentences))
        sys.exit(1)

    def _print(self, outcome: Outcome, *, as_json: bool, is_dry: bool) -> None:
        for warning in outcome.warnings:
            self.stderr.write(warning, self.style.WARNING)
        if as_json:
            facts = {**outcome.facts, **({"dry_run": is_dry} if self.writes else {})}
            self.stdout.write(json.dumps(facts, default=str, ensure_ascii=False))
        if outcome.failed:
            self._fail(list(outcome.sentences))
        if as_json:
            return
        closing = ["This was a dry run: nothing was changed."] if is_dry else []
        self.stdout.write("\n".join([*outcome.sentences, *closing]))


@contextmanager
def rolled_back() -> Iterator[None]:
    """Run the block in a transaction that ends with a rollback, deferred constraints checked before."""
    with transaction.atomic():
        yield
        connection.check_constraints()
        transaction.set_rollback(True)


@contextmanager
def _as_it_is() -> Iterator[None]:
    yield
