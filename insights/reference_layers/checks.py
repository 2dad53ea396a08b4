"""Start-up checks of the schema `layers`: the application only reads there, and what is left out of the map is told."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Warning, register
from django.core.checks import Tags as DjangoTags

from incidents.importing.sql import rows
from insights.reference_layers.catalogue import SCHEMA, read_catalogue

_WRITABLE = """
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = {schema}
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
  AND has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
ORDER BY c.relname
"""


@register(DjangoTags.database)
def reference_layers_fit(
    app_configs: Sequence[Any] | None = None, databases: Iterable[str] | None = None, **options: Any
) -> list[CheckMessage]:
    """Return what is amiss in the schema of layers; asked by ``check --database default``."""
    is_migrating = sys.argv[1:2] == ["migrate"]
    if not databases or "default" not in databases or is_migrating:
        return []
    writable: list[CheckMessage] = [
        Error(
            f"The application may write to {SCHEMA}.{name}.",
            hint=f"As its owner: REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON {SCHEMA}.{name} FROM nethra_app;",
            id="nethra.E021",
        )
        for (name,) in rows(_WRITABLE, schema=SCHEMA)
    ]
    return writable + [
        Warning(f"{SCHEMA}.{each.name} is left out of the map: {each.reason}.", id="nethra.W021")
        for each in read_catalogue()[1]
    ]
