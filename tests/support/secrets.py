"""Cases that not everybody may see, made by the services that make them in life."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from accounts.models import User
from accounts.roles import adjust_role
from accounts.services import change_agency
from cases.access import exclude_person, set_restriction
from cases.members import add_member
from cases.models import Case, Share
from cases.readings import note_reading
from cases.sealing import seal_case
from cases.sharing import draft_share, release_share
from nethra.core.access import Access
from nethra.core.readings import Reason
from nethra.core.scope import agency_scope
from tests.support.cases import make_case
from tests.support.people import Cast, access_for

ORDER = {"order_number": "CR-2026-17", "authority": "County Court"}
#: Why one reads, and that one changes whatever version there is. Any: the client's options are typed one by one.
HEADER: Any = {"HTTP_X_READING_REASON": "supervision", "HTTP_IF_MATCH": "*"}


def in_an_hour() -> datetime:
    return datetime.now(UTC) + timedelta(hours=1)


def make_restricted(cast: Cast, **values: Any) -> Case:
    """Return a case of the officer's that nobody else sees."""
    case = make_case(access_for(cast.officer), lead_id=cast.officer.pk, **values)
    return restrict(access_for(cast.officer), case)


def restrict(access: Access, case: Case, **values: Any) -> Case:
    with agency_scope(access):
        return set_restriction(access=access, case=case, is_restricted=True, **values)


def name_person(access: Access, case: Case, user: User, **values: Any) -> None:
    with agency_scope(access):
        add_member(access=access, case=case, user_id=user.pk, **values)


def exclude(access: Access, case: Case, user: User, **values: Any) -> None:
    with agency_scope(access):
        exclude_person(access=access, case=case, user_id=user.pk, reason="A cousin of his", **values)


def seal(cast: Cast, case: Case, *parts: str) -> None:
    access = access_for(cast.admin)
    with agency_scope(access):
        seal_case(access=access, case_id=case.pk, parts=parts or ("whole",), **ORDER)


def explain(access: Access, case: Case, code: str = "supervision") -> None:
    """Say why somebody reads a sensitive case."""
    with agency_scope(access):
        note_reading(access, case, Reason(code))


def answer_absent(cast: Cast) -> None:
    """Let North say nothing of cases that are closed to somebody."""
    access = access_for(cast.admin)
    with agency_scope(access):
        change_agency(access=access, agency=cast.north, hidden_answer="absent")


def adjust(cast: Cast, role: str, **values: Any) -> None:
    """Adjust a role of North; whoever has it reads it anew."""
    access = access_for(cast.admin)
    with agency_scope(access):
        adjust_role(access=access, role=role, **values)
    for user in vars(cast).values():
        if isinstance(user, User):
            user.__dict__.pop("_role_rule", None)


def share_with(access: Access, case: Case, recipient: str = "south", **values: Any) -> Share:
    """Return a released share of a case: its title, its incidents, nobody's name, unless said otherwise."""
    values = {
        "fields": ["case.title", "case.status", "incident.address", "incident.description"],
        "until": in_an_hour(),
        **values,
    }
    with agency_scope(access):
        share = draft_share(access=access, case=case, recipient=recipient, **values)
        return release_share(access=access, share=share)
