"""The base of commands that work within one named agency."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from accounts.services import find_agency
from nethra.core.access import Access, operator_access
from nethra.core.commands import OperatorCommand


class AgencyCommand(OperatorCommand):
    """A command with a required `--agency CODE`; `access` acts in that agency's name."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--agency", required=True, metavar="CODE", help="The agency's code.")
        super().add_arguments(parser)

    def access(self, options: dict[str, Any]) -> Access:
        """Return the operator's access to the agency; raise NotFound for an unknown code."""
        return operator_access(find_agency(options["agency"]))
