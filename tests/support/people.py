"""The cast: everybody knows who may see what. Passwords are hashed once, since Argon2 is slow on purpose."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.db import connection, transaction
from django.test import Client
from rest_framework.test import APIClient

from accounts.choices import SessionKind
from accounts.models import Agency, User, UserSession
from accounts.refreshing import issue_tokens
from accounts.roles import access_of_person
from accounts.services import create_agency
from accounts.sessions import open_session
from nethra.core.access import Access, operator_access
from nethra.core.scope import agency_scope

PASSWORD = "plain words for the tests"


@cache
def password_hash() -> str:
    """Return the hash of the one test password."""
    return make_password(PASSWORD)


def make_agency(code: str, **values: Any) -> Agency:
    """Return a new agency."""
    # Most tests are about something else than second factors; those that are say so.
    defaults = {
        "name": code.title() + " Police",
        "time_zone": "America/Los_Angeles",
        "second_factor_roles": [],
    }
    values = {**defaults, **values}
    return create_agency(code=code, **values)


def make_user(agency: Agency, role: str, name: str, *, is_active: bool = True, **values: Any) -> User:
    """Return a new person of the agency; the e-mail address is made of name and agency."""
    address = f"{name.lower().replace(' ', '.')}@{agency.code}.test"
    user = User(agency_id=agency.pk, email=address, name=name, role=role, password=password_hash(), **values)
    if not is_active:
        user.is_active, user.deactivated_at = False, datetime.now(UTC)
    with agency_scope(operator_access(agency.pk)):
        user.save(force_insert=True)
    return user


def access_for(user: User, source: str = "console") -> Access:
    """Return the access the person would have in a request."""
    if "_role_rule" not in user.__dict__:
        # Read in the user's own agency, whatever the test's scope is at the moment.
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('app.agency_id', true)")
            before = cursor.fetchone()[0] or ""
            cursor.execute("SELECT set_config('app.agency_id', %s, true)", [str(user.agency_id)])
            _ = user.role_rule
            cursor.execute("SELECT set_config('app.agency_id', %s, true)", [before])
    return access_of_person(user, source, confirmed_at=datetime.now(UTC))


@dataclass(frozen=True)
class Cast:
    """North and South are two agencies; the names say the role. What a person's role may do is read once."""

    north: Agency
    south: Agency
    admin: User
    supervisor: User
    officer: User
    analyst: User
    auditor: User
    custodian: User
    prosecutor: User
    deactivated: User
    south_admin: User
    south_officer: User


def make_cast() -> Cast:
    """Return both agencies with their people."""
    north, south = make_agency("north"), make_agency("south")
    return Cast(
        north=north,
        south=south,
        admin=make_user(north, "admin", "Nora Admin"),
        supervisor=make_user(north, "supervisor", "Nell Supervisor"),
        officer=make_user(north, "officer", "Noel Officer", badge_number="N-17"),
        analyst=make_user(north, "analyst", "Nadia Analyst"),
        auditor=make_user(north, "auditor", "Neil Auditor"),
        custodian=make_user(north, "custodian", "Nick Custodian"),
        prosecutor=make_user(north, "prosecutor", "Nina Prosecutor"),
        deactivated=make_user(north, "officer", "Ned Gone", is_active=False),
        south_admin=make_user(south, "admin", "Sam Admin"),
        south_officer=make_user(south, "officer", "Sue Officer"),
    )


def session_access(user: User, session: UserSession) -> Access:
    """Return the access the person would have in a request of this session."""
    return replace(access_for(user), session_id=session.pk)


def api_client(user: User) -> APIClient:
    """Return a client that sends the person's bearer token."""
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_AUTHORIZATION=bearer(user))
    return client


def bearer(user: User) -> str:
    """Return the Authorization header of a new API session of the person."""
    with agency_scope(operator_access(user.agency_id)):
        pair = issue_tokens(open_session(user, SessionKind.API), user)
    return f"Bearer {pair.token}"


def console_client(user: User) -> Client:
    """Return a client that is signed in to the console as the person."""
    with agency_scope(operator_access(user.agency_id)):
        session = open_session(user, SessionKind.CONSOLE)
    store = SessionStore()
    store["agency_id"], store["user_id"] = str(user.agency_id), str(user.pk)
    store["session_id"] = str(session.pk)
    store.save()
    client = Client(raise_request_exception=False)
    client.cookies[settings.SESSION_COOKIE_NAME] = store.session_key or ""
    return client
