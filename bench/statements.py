"""What a request asks of PostgreSQL, and which records an answer names."""

from __future__ import annotations

import json
import re
import urllib.request
from typing import Any

import psycopg

from bench.asked import Asked


def scripts_of(asked: Asked, token: str) -> str:
    """Return the statements of a reading request as one round trip of pgbench, in the agency's scope."""
    found = noted_statements(asked, token)
    scope = f"SELECT set_config('app.agency_id', '{asked.agency_id}', true)"
    return "\\;".join(["BEGIN", scope, *found, "COMMIT;"])


#: How the statements begin that say who asks and what of the guarded they see: no part of an answer.
_BEFOREHAND = ('SELECT s."id"', "SELECT n.id FROM incidents_incident n")


def noted_statements(asked: Asked, token: str) -> list[str]:
    """Return the statements that answer a reading request, with their values."""
    from django.db import connection
    from django.test import Client

    from nethra.core import rows

    plain, found = rows._run, []

    def noted(manner: str, sql: str, params: Any, **options: Any) -> Any:
        if sql.strip().startswith(_BEFOREHAND):
            return plain(manner, sql, params, **options)
        # Values in the text, as a plan made for them needs them.
        cursor = psycopg.ClientCursor(connection.connection)
        if manner == "native":
            literals = [cursor.mogrify("%s", [value]) for value in params]
            found.append(re.sub(r"\$(\d+)", lambda place: literals[int(place[1]) - 1], sql))
        else:
            found.append(cursor.mogrify(sql, params))
        return plain(manner, sql, params, **options)

    rows._run = noted
    try:
        answer = Client().get(
            asked.path,
            headers={"Authorization": f"Bearer {token}", "X-Forwarded-Proto": "https", "Host": "127.0.0.1"},
        )
    finally:
        rows._run = plain
    if answer.status_code not in (200, 204):
        raise SystemExit(f"{asked.path} answered {answer.status_code}: {answer.content[:500]!r}")
    return found


def keys_of(url: str, token: str) -> list[str]:
    """Return the keys of the records in an answer, whatever its form."""
    headers = {"Authorization": f"Bearer {token}", "X-Forwarded-Proto": "https"}
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=60) as answer:  # noqa: S310
        told = json.loads(answer.read())
    found = next((told[name] for name in ("data", "features", "results") if name in told), [told])
    return [record["id"] for record in found]
