"""What a request asks of PostgreSQL, and which records an answer names."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

import psycopg

from bench.asked import Asked


def scripts_of(asked: Asked, token: str) -> str:
    """Return the statements of a reading request as one round trip of pgbench, in the agency's scope."""
    from django.db import connection
    from django.test import Client

    from nethra.core import rows

    plain, found = rows.run, []

    def noted(sql: str, params: Any, **options: Any) -> Any:
        # Values in the text, as a plan made for them needs them.
        found.append(psycopg.ClientCursor(connection.connection).mogrify(sql, params))
        return plain(sql, params, **options)

    rows.run = noted
    try:
        answer = Client().get(
            asked.path,
            headers={"Authorization": f"Bearer {token}", "X-Forwarded-Proto": "https", "Host": "127.0.0.1"},
        )
    finally:
        rows.run = plain
    if answer.status_code not in (200, 204):
        raise SystemExit(f"{asked.path} answered {answer.status_code}: {answer.content[:500]!r}")
    scope = f"SELECT set_config('app.agency_id', '{asked.agency_id}', true)"
    return "\\;".join(["BEGIN", scope, *found, "COMMIT;"])


def keys_of(url: str, token: str) -> list[str]:
    """Return the keys of the records in an answer, whatever its form."""
    headers = {"Authorization": f"Bearer {token}", "X-Forwarded-Proto": "https"}
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=60) as answer:  # noqa: S310
        told = json.loads(answer.read())
    found = next((told[name] for name in ("data", "features", "results") if name in told), [told])
    return [record["id"] for record in found]
