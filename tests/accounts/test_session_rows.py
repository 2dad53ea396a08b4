"""What opening, taking up and ending write, to the second, and to which session alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction

from accounts.choices import EndReason, ReachChoice, SessionKind
from accounts.models import User, UserSession
from accounts.rosters import add_hours
from accounts.sessions import (
    end_reason,
    end_session,
    end_sessions_of,
    find_identity,
    find_locked,
    own_session,
    take_up,
    why_ended,
)
from nethra.audit.models import AuditEvent
from nethra.core.capabilities import Reach
from nethra.core.errors import NotSignedIn
from nethra.core.querysets import unscoped
from nethra.core.scope import Scope, agency_scope, set_scope
from tests.support.people import Cast, access_for
from tests.support.secrets import adjust
from tests.support.sessions import (
    BEGAN,
    at,
    change,
    in_own_agency,
    opened,
    paired,
    refused,
    row,
)

pytestmark = pytest.mark.django_db


def test_a_new_session_keeps_who_where_and_since_when(cast: Cast) -> None:
    with at(BEGAN):
        session = opened(cast.officer, address="a" * 70, device="d" * 210, with_factor=True)
        plain = opened(cast.officer, SessionKind.CONSOLE)

    stored = row(session)
    assert (stored.address, stored.device) == ("a" * 64, "d" * 200)
    assert (stored.last_seen_at, stored.confirmed_at, stored.second_factor_at) == (BEGAN, BEGAN, BEGAN)
    assert (row(plain).second_factor_at, row(plain).address, row(plain).device) == (None, "", "")


def test_at_its_last_second_a_session_is_over(cast: Cast, settings: Any) -> None:
    with at(BEGAN):
        idle, idle_pair = paired(cast.officer)
        ended, ended_pair = paired(cast.officer)
        change(ended, expires_at=BEGAN + timedelta(seconds=60))
    with at(BEGAN + timedelta(seconds=60)):
        assert refused(ended_pair.refresh_token)[0] == "session_ended"
        assert end_reason(row(ended)) == row(ended).expires_because
        identity = {"agency_id": ended.agency_id, "user_id": ended.user_id, "kind": SessionKind.API}
        assert in_own_agency(ended, find_identity, session_id=ended.pk, **identity) is None
        assert in_own_agency(idle, find_identity, session_id=idle.pk, is_use=False, **identity) is not None
    with at(BEGAN + timedelta(seconds=settings.SESSION_IDLE_SECONDS)):
        assert refused(idle_pair.refresh_token) == (
            "session_ended",
            f"This session has ended. {EndReason.IDLE.label}.",
        )
        assert end_reason(row(idle)) == EndReason.IDLE
    with at(BEGAN + timedelta(seconds=settings.SESSION_IDLE_SECONDS - 1)):
        assert end_reason(row(idle)) == EndReason.DEACTIVATED


def test_a_use_is_written_once_a_minute(cast: Cast) -> None:
    with at(BEGAN):
        session = opened(cast.officer)
    identity = {
        "agency_id": session.agency_id,
        "user_id": session.user_id,
        "session_id": session.pk,
        "kind": SessionKind.API,
    }
    with at(BEGAN + timedelta(seconds=60)):
        in_own_agency(session, find_identity, **identity)
        assert row(session).last_seen_at == BEGAN
    with at(BEGAN + timedelta(seconds=61)):
        in_own_agency(session, find_identity, is_use=False, **identity)
        assert row(session).last_seen_at == BEGAN
        in_own_agency(session, find_identity, **identity)
        assert row(session).last_seen_at == BEGAN + timedelta(seconds=61)


def test_a_use_is_of_one_session_and_where_sessions_are_short_written_oftener(
    cast: Cast, settings: Any
) -> None:
    settings.SESSION_IDLE_SECONDS = 100
    with at(BEGAN):
        used, other = opened(cast.officer), opened(cast.officer)
    identity = {"agency_id": used.agency_id, "user_id": used.user_id, "kind": SessionKind.API}

    with at(BEGAN + timedelta(seconds=10)):
        in_own_agency(used, find_identity, session_id=used.pk, **identity)
        assert row(used).last_seen_at == BEGAN
    with at(BEGAN + timedelta(seconds=11)):
        in_own_agency(used, find_identity, session_id=used.pk, **identity)

    assert (row(used).last_seen_at, row(other).last_seen_at) == (BEGAN + timedelta(seconds=11), BEGAN)


def test_who_is_found_reaches_as_far_as_their_agency_lets_their_role(cast: Cast) -> None:
    session = opened(cast.officer)
    adjust(cast, "officer", reach=ReachChoice.NAMED)
    identity = {
        "agency_id": session.agency_id,
        "user_id": session.user_id,
        "session_id": session.pk,
        "kind": SessionKind.API,
    }

    found = in_own_agency(session, find_identity, **identity)

    assert found.user.reach is Reach.NAMED


def test_only_a_console_session_that_fell_asleep_is_found_locked(cast: Cast, settings: Any) -> None:
    with at(BEGAN):
        console = opened(cast.officer, SessionKind.CONSOLE)
        program = opened(cast.officer)
    identity = {"agency_id": console.agency_id, "user_id": console.user_id}
    with at(BEGAN + timedelta(seconds=60)):
        assert in_own_agency(console, find_locked, session_id=console.pk, **identity) is None
    with at(BEGAN + timedelta(seconds=settings.SESSION_IDLE_SECONDS)):
        found = in_own_agency(console, find_locked, session_id=console.pk, **identity)
        assert (found.session.pk, found.user.pk) == (console.pk, cast.officer.pk)
        assert in_own_agency(program, find_locked, session_id=program.pk, **identity) is None
        in_own_agency(console, end_session, session=console, because=EndReason.SIGNED_OUT)
        assert in_own_agency(console, find_locked, session_id=console.pk, **identity) is None


def test_taking_up_wakes_one_open_session(cast: Cast) -> None:
    with at(BEGAN):
        mine, other, ended = (opened(cast.officer, SessionKind.CONSOLE) for _ in range(3))
        in_own_agency(ended, end_session, session=ended, because=EndReason.SIGNED_OUT)
    later = BEGAN + timedelta(hours=1)

    with at(later):
        for session in (mine, ended):
            in_own_agency(session, take_up, session=session)

    assert (row(mine).last_seen_at, row(mine).confirmed_at) == (later, later)
    for session in (other, ended):
        assert (row(session).last_seen_at, row(session).confirmed_at) == (BEGAN, BEGAN)


def test_only_its_own_person_is_told_why_a_session_ended(cast: Cast) -> None:
    session, other = opened(cast.officer), opened(cast.officer)
    in_own_agency(session, end_session, session=session, because=EndReason.SIGNED_OUT)

    def told(session_id: UUID, user: User, agency_id: UUID) -> str | None:
        found = in_own_agency(session, why_ended, session_id=session_id, user_id=user.pk, agency_id=agency_id)
        return found.message if found else None

    assert told(session.pk, cast.officer, cast.north.pk) == (
        f"This session has ended. {EndReason.SIGNED_OUT.label}."
    )
    assert told(other.pk, cast.officer, cast.north.pk) != told(session.pk, cast.officer, cast.north.pk)
    assert told(session.pk, cast.analyst, cast.north.pk) is None
    assert told(session.pk, cast.officer, cast.south.pk) is None
    assert told(UUID(int=1), cast.officer, cast.north.pk) is None


def test_ending_writes_when_why_and_one_event(cast: Cast) -> None:
    session, other = opened(cast.officer), opened(cast.officer)

    with at(BEGAN):
        first = in_own_agency(session, end_session, session=session, because=EndReason.REUSE)
        again = in_own_agency(session, end_session, session=session, because=EndReason.SIGNED_OUT)

    assert (first, again) == (True, False)
    stored = row(session)
    assert (stored.revoked_at, stored.revoked_because) == (BEGAN, EndReason.REUSE)
    assert end_reason(stored) == EndReason.REUSE
    assert row(other).revoked_at is None
    with transaction.atomic():
        set_scope(Scope(session.agency_id))
        with unscoped("test"):
            events = AuditEvent.objects.filter(action="session_ended", object_id=str(session.pk))
            assert [(event.entity, event.reason) for event in events] == [
                ("accounts_usersession", EndReason.REUSE)
            ]


def test_ending_all_of_a_person_spares_the_one_named_and_everybody_else(cast: Cast) -> None:
    kept, gone, before = (opened(cast.officer) for _ in range(3))
    others = opened(cast.analyst)
    in_own_agency(before, end_session, session=before, because=EndReason.SIGNED_OUT)

    ended = in_own_agency(kept, end_sessions_of, user=cast.officer, because=EndReason.PASSWORD, but=kept.pk)

    assert ended == 1
    assert [row(one).revoked_because for one in (kept, gone, before, others)] == [
        "",
        EndReason.PASSWORD,
        EndReason.SIGNED_OUT,
        "",
    ]
    assert in_own_agency(kept, end_sessions_of, user=cast.officer, because=EndReason.PASSWORD) == 1


def test_a_dead_session_of_the_api_takes_no_place(cast: Cast, settings: Any) -> None:
    settings.SESSION_LIMIT = 2
    with at(BEGAN):
        dead = opened(cast.officer)
        asleep = opened(cast.officer, SessionKind.CONSOLE)
    with at(BEGAN + timedelta(seconds=settings.SESSION_IDLE_SECONDS)):
        new = opened(cast.officer)
        assert [row(one).revoked_at for one in (dead, asleep, new)] == [None, None, None]
        opened(cast.officer)
        assert row(asleep).revoked_because == EndReason.LIMIT
        assert row(new).revoked_at is None


def test_only_sessions_that_live_take_a_place_and_the_oldest_goes_first(cast: Cast, settings: Any) -> None:
    settings.SESSION_LIMIT = 2
    with at(BEGAN):
        first, ended, expired = (opened(cast.officer, SessionKind.CONSOLE) for _ in range(3))
        assert row(first).revoked_because == EndReason.LIMIT
        in_own_agency(ended, end_session, session=ended, because=EndReason.SIGNED_OUT)
        change(expired, expires_at=BEGAN + timedelta(seconds=30))
    with at(BEGAN + timedelta(seconds=60)):
        older = opened(cast.officer, SessionKind.CONSOLE)
    with at(BEGAN + timedelta(seconds=30)):
        # Its key is younger than the other's, its row is older.
        younger_key = opened(cast.officer, SessionKind.CONSOLE)
    change(expired, revoked_at=None, expires_at=BEGAN + timedelta(seconds=30))

    with at(BEGAN + timedelta(seconds=90)):
        opened(cast.officer, SessionKind.CONSOLE)

    assert row(older).revoked_at is None
    assert row(younger_key).revoked_because == EndReason.LIMIT
    assert [row(one).revoked_because for one in (ended, expired)] == [EndReason.SIGNED_OUT, ""]


def test_a_session_opened_in_working_hours_says_that_they_end_it(cast: Cast) -> None:
    closes = time(18, 0)
    access = access_for(cast.admin)
    with agency_scope(access):
        add_hours(access=access, role="officer", weekday=1, opens=time(6, 0), closes=closes)
    zone = ZoneInfo(cast.north.time_zone)
    morning = datetime(2026, 3, 2, 12, 0, tzinfo=zone)

    with at(morning):
        session = opened(cast.officer)

    stored = row(session)
    assert stored.expires_because == EndReason.HOURS
    assert stored.expires_at == datetime.combine(morning.date(), closes, zone)


def test_the_own_session_is_one_s_own_and_lies_at_home(cast: Cast) -> None:
    mine, theirs = opened(cast.officer), opened(cast.analyst)
    access = access_for(cast.officer)

    def asked(session: UserSession | None, **values: Any) -> UserSession:
        of = replace(access, session_id=session.pk if session else None, **values)
        found: UserSession = in_own_agency(mine, own_session, user=cast.officer, access=of)
        return found

    assert asked(mine).pk == mine.pk
    with pytest.raises(UserSession.DoesNotExist):
        asked(theirs)
    with pytest.raises(NotSignedIn):
        asked(None)
    with transaction.atomic():
        set_scope(Scope(cast.south.pk))
        visiting = replace(access, session_id=mine.pk, is_visiting=True)
        assert own_session(cast.officer, visiting).pk == mine.pk
        with unscoped("test"):
            assert UserSession.objects.filter(pk=theirs.pk).exists()
