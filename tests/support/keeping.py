"""Exhibits that are due, and disposals whose week is over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg
from django.db import connection

from accounts.models import User
from cases.members import add_member
from media_evidence.keeping.categories import add_category, set_categories
from media_evidence.keeping.disposing import approve_disposal, ask_disposal
from media_evidence.models import Disposal, Evidence, RetentionCategory
from nethra.bootstrap import admin_dsn
from nethra.core.access import Access
from nethra.core.scope import agency_scope
from tests.support.cases import make_case, move
from tests.support.files import make_evidence
from tests.support.people import Cast, access_for

#: A category that keeps no longer than the case is open: its exhibits are due at once.
CATEGORY = "Returned"


def make_due(
    cast: Cast, *contents: bytes, closed: bool = True, guests: Sequence[User] = (), **values: Any
) -> list[Evidence]:
    """Return exhibits of one closed case that are kept no longer than it was open; one by default."""
    officer, manager = access_for(cast.officer), access_for(cast.supervisor)
    case = make_case(officer, lead_id=cast.officer.pk)
    exhibits = [make_evidence(officer, case, content, **values) for content in contents or (None,)]
    with agency_scope(manager):
        for guest in guests:
            add_member(access=manager, case=case, user_id=guest.pk, level="view")
        if not RetentionCategory.objects.visible_to(manager).filter(name=CATEGORY).exists():
            add_category(access=manager, name=CATEGORY, days=0)
    categorise(manager, exhibits)
    if closed:
        move(manager, case, "closed_unfounded", reason="Nothing happened.")
    return [fresh(exhibit) for exhibit in exhibits]


def categorise(access: Access, exhibits: list[Evidence], name: str = CATEGORY) -> None:
    """Let exhibits be of one category and no other."""
    with agency_scope(access):
        category = RetentionCategory.objects.visible_to(access).get(name=name)
        for exhibit in exhibits:
            set_categories(access=access, evidence=exhibit, categories=[category.pk])


def category_of(cast: Cast) -> RetentionCategory:
    """Return North's category whose exhibits are due at once."""
    access = access_for(cast.supervisor)
    with agency_scope(access):
        found: RetentionCategory = RetentionCategory.objects.visible_to(access).get(name=CATEGORY)
        return found


def fresh(evidence: Evidence) -> Evidence:
    """Return an exhibit as it stands."""
    with agency_scope(Access(evidence.agency_id, None, frozenset(), "command")):
        found: Evidence = Evidence._base_manager.select_related("case").get(pk=evidence.pk)
        return found


def asked(cast: Cast, evidence: Evidence, reason: str = "Nobody needs it any more.") -> Disposal:
    """Return the supervisor's request to dispose of an exhibit."""
    access = access_for(cast.supervisor)
    with agency_scope(access):
        return ask_disposal(access=access, evidence=evidence, reason=reason)


def approved(cast: Cast, evidence: Evidence) -> Disposal:
    """Return a disposal that the supervisor asked for and the custodian approved."""
    disposal, access = asked(cast, evidence), access_for(cast.custodian)
    with agency_scope(access):
        return approve_disposal(access=access, disposal=disposal)


def let_a_week_pass() -> None:
    """Move what was approved eight days back, as a superuser; the test must commit."""
    with psycopg.connect(admin_dsn(str(connection.settings_dict["NAME"])), autocommit=True) as server:
        table = "media_evidence_disposal"
        server.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        server.execute(f"UPDATE {table} SET due_at = due_at - interval '8 days' WHERE state = 'approved'")
        server.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        for trigger in ("move_disposal", "fixed_identity", "never_deleted"):
            server.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {trigger}")
        for trigger in ("insert", "update", "delete", "truncate"):
            server.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER audit_{trigger}")
