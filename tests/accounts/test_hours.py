"""Working hours: rules as rows, in each person's own zone, with named exceptions."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from accounts.hours import OutsideHours, closing_time
from accounts.models import User
from accounts.rosters import add_hours, allow_exception, remove_hours
from nethra.core.errors import InvalidInput, NotAllowed
from nethra.core.scope import agency_scope
from tests.api.calls import ROOT, anonymous, refusal
from tests.support.people import PASSWORD, Cast, access_for, api_client

pytestmark = pytest.mark.django_db
PACIFIC = ZoneInfo("America/Los_Angeles")
#: A Monday.
MONDAY = datetime(2026, 3, 2, tzinfo=PACIFIC)


def bind(cast: Cast, weekday: int, opens: str, closes: str) -> None:
    access = access_for(cast.admin)
    with agency_scope(access):
        add_hours(
            access=access,
            role="officer",
            weekday=weekday,
            opens=time.fromisoformat(opens),
            closes=time.fromisoformat(closes),
        )


def closes_at(cast: Cast, now: datetime) -> datetime | None:
    with agency_scope(access_for(cast.officer)):
        user = User.objects.visible_to(access_for(cast.officer)).select_related("agency").get()
        return closing_time(user, now.astimezone(UTC))


@pytest.mark.parametrize(
    ("hours", "now", "closes"),
    [
        (("08:00", "16:00"), "08:00", "16:00"),
        (("08:00", "16:00"), "15:59", "16:00"),
        (("08:00", "16:00"), "16:00", None),
        (("08:00", "16:00"), "07:59", None),
        (("22:00", "06:00"), "23:00", "+06:00"),
        (("00:00", "00:00"), "12:00", "+00:00"),
    ],
)
def test_hours_open_and_close(cast: Cast, hours: tuple[str, str], now: str, closes: str | None) -> None:
    bind(cast, 1, *hours)
    hour, minute = map(int, now.split(":"))
    moment = MONDAY + timedelta(hours=hour, minutes=minute)

    if closes is None:
        with pytest.raises(OutsideHours):
            closes_at(cast, moment)
        return
    day = MONDAY + timedelta(days=1) if closes.startswith("+") else MONDAY
    expected = datetime.combine(day, time.fromisoformat(closes.removeprefix("+")), PACIFIC)
    assert closes_at(cast, moment) == expected


def test_a_night_shift_goes_on_in_the_morning(cast: Cast) -> None:
    bind(cast, 1, "22:00", "06:00")

    tuesday_at_three = MONDAY + timedelta(hours=27)

    assert closes_at(cast, tuesday_at_three) == MONDAY + timedelta(hours=30)


def test_hours_that_follow_each_other_are_one(cast: Cast) -> None:
    bind(cast, 1, "08:00", "12:00")
    bind(cast, 1, "12:00", "20:00")

    assert closes_at(cast, MONDAY + timedelta(hours=9)) == MONDAY + timedelta(hours=20)


def test_hours_are_those_of_the_persons_own_zone(cast: Cast) -> None:
    bind(cast, 1, "08:00", "16:00")
    access = access_for(cast.officer)
    with agency_scope(access):
        User.objects.visible_to(access).update(time_zone="Asia/Kolkata")

    at_eight_there = datetime(2026, 3, 2, 8, 0, tzinfo=ZoneInfo("Asia/Kolkata"))

    assert closes_at(cast, at_eight_there) == at_eight_there + timedelta(hours=8)
    with pytest.raises(OutsideHours):
        closes_at(cast, MONDAY + timedelta(hours=9))


def test_without_a_rule_there_are_no_hours(cast: Cast) -> None:
    assert closes_at(cast, MONDAY) is None


def test_a_sign_in_outside_the_hours_is_told_so_and_an_exception_opens(cast: Cast) -> None:
    bind(cast, 1, "08:00", "16:00")
    body = {"email": cast.officer.email, "password": PASSWORD}
    with time_machine.travel(MONDAY + timedelta(hours=20)):
        refused = anonymous().post(f"{ROOT}/auth/login", body, format="json")
        access = access_for(cast.admin)
        with agency_scope(access):
            allow_exception(
                access=access,
                user=cast.officer,
                starts_at=MONDAY + timedelta(hours=19),
                ends_at=MONDAY + timedelta(hours=20, minutes=30),
                reason="Homicide on Foundry Street",
            )
        allowed = anonymous().post(f"{ROOT}/auth/login", body, format="json")
        header = {"Authorization": f"Bearer {allowed.json()['token']}"}
        assert anonymous().get(f"{ROOT}/auth/me", headers=header).status_code == 200
    with time_machine.travel(MONDAY + timedelta(hours=20, minutes=30, seconds=1)):
        ended = anonymous().get(f"{ROOT}/auth/me", headers=header)

    assert refusal(refused) == (401, "outside_hours")
    assert "administrator" in refused.json()["detail"]
    assert refusal(ended) == (401, "session_ended")


def test_a_rule_acts_on_the_next_request_and_its_withdrawal_too(cast: Cast) -> None:
    with time_machine.travel(MONDAY + timedelta(hours=10)):
        client = api_client(cast.officer)
        access = access_for(cast.admin)
        with agency_scope(access):
            rule = add_hours(access=access, role="officer", weekday=1, opens=time(9), closes=time(11))
        during = client.get("/auth/me").status_code
        with agency_scope(access):
            remove_hours(access=access, rule=rule)
            add_hours(access=access, role="officer", weekday=1, opens=time(12), closes=time(13))
        after = client.get("/auth/me").status_code

    assert (during, after) == (200, 401)


@pytest.mark.parametrize("role", ["officer", "supervisor", "auditor"])
def test_only_administrators_make_rules(cast: Cast, role: str) -> None:
    access = access_for(getattr(cast, role))
    with agency_scope(access), pytest.raises(NotAllowed):
        add_hours(access=access, role="officer", weekday=1, opens=time(9), closes=time(11))


def test_an_exception_names_its_reason_and_ends_after_it_begins(cast: Cast) -> None:
    access = access_for(cast.admin)
    values = {"user": cast.officer, "starts_at": MONDAY, "ends_at": MONDAY + timedelta(hours=1)}
    with agency_scope(access):
        with pytest.raises(InvalidInput):
            allow_exception(access=access, **values, reason=" ")  # type: ignore[arg-type]
        with pytest.raises(InvalidInput):
            allow_exception(access=access, **(values | {"ends_at": MONDAY}), reason="x")  # type: ignore[arg-type]
