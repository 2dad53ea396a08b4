"""Reading a session with its person and agency: the one query that every request makes.

Written as SQL, since compiling its three models' columns anew cost the ORM five times what PostgreSQL takes.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Model

from accounts.models import Agency, User, UserSession
from nethra.core import rows

#: What no request needs before it knows who is asking: the rest is read when somebody looks at it.
LEFT_OUT: dict[Any, frozenset[str]] = {
    UserSession: frozenset({"address", "device", "rotation"}),
    # SECURITY: what a process remembers of a person holds no password, hashed or not.
    User: frozenset({"password", "created_at", "updated_at", "last_login_at", "reset_mailed_at"}),
    Agency: frozenset({"boundary", "boundary_version", "created_at", "updated_at"})
    | {"juvenile_age", "request_hours", "emergency_minutes", "hidden_answer", "audit_keep_days"},
}


def read_session(session_id: UUID, *, agency_id: UUID, user_id: UUID, kind: str) -> UserSession | None:
    """Return the session if all four agree, with its user and the agency of both; row security bounds it."""
    row = session_row(session_id, agency_id=agency_id, user_id=user_id, kind=kind)
    return None if row is None else session_of(row)


def session_row(session_id: UUID, *, agency_id: UUID, user_id: UUID, kind: str) -> rows.Row | None:
    """Return the row that read_session() makes a session of."""
    found = rows.run(_statement(), [agency_id, session_id, user_id, kind], is_kept=True)
    return found[0] if found else None


def split_row(row: rows.Row) -> tuple[datetime, rows.Row]:
    """Return when a session was last used, and the rest of its row, which stays the same from request to request."""
    at = _seen_at()
    rest = [tuple(value) if type(value) is list else value for value in row]
    rest[at] = None
    return row[at], tuple(rest)


def session_of(row: rows.Row) -> UserSession:
    """Return the session of a row, with its person and the agency of both."""
    session, user, agency = _instances(row)
    granted, withdrawn, reach = row[-3:]
    user.role_rule = (granted or (), withdrawn or (), reach or "")
    user.agency = session.agency = agency
    session.user = user
    return session  # type: ignore[no-any-return]


@cache
def _seen_at() -> int:
    return [field.name for field in _fields(UserSession)].index("last_seen_at")


@cache
def _fields(model: type[Model]) -> list[Any]:
    return [field for field in model._meta.concrete_fields if field.name not in LEFT_OUT[model]]


@cache
def _statement() -> str:
    chosen = ", ".join(
        f"{alias}.{connection.ops.quote_name(field.column)}"
        for alias, model in (("s", UserSession), ("u", User), ("a", Agency))
        for field in _fields(model)
    )
    return f"""
        SELECT {chosen}, r.granted, r.withdrawn, r.reach FROM accounts_usersession s
        JOIN accounts_user u ON u.agency_id = s.agency_id AND u.id = s.user_id
        JOIN accounts_agency a ON a.id = s.agency_id
        LEFT JOIN accounts_rolerule r ON r.agency_id = u.agency_id AND r.role = u.role
        WHERE s.agency_id = %s AND s.id = %s AND s.user_id = %s AND s.kind = %s
    """  # noqa: S608


def _instances(row: tuple[Any, ...]) -> list[Any]:
    """Return a session, a user and an agency made of one row."""
    made, at = [], 0
    for model in (UserSession, User, Agency):
        names = [field.attname for field in _fields(model)]
        made.append(model.from_db(DEFAULT_DB_ALIAS, names, row[at : at + len(names)]))
        at += len(names)
    return made
