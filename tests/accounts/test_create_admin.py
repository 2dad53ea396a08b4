"""The first administrator of an agency, from the shell."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from accounts.management.commands import create_admin
from accounts.models import Agency, User
from accounts.services import agency_exists, find_agency
from nethra.core.access import operator_access
from nethra.core.scope import agency_scope
from tests.support.people import Cast

PASSWORD = "seven quiet herons wade"
NEW = [
    "--agency=east",
    "--agency-name=East Police",
    "--time-zone=America/Chicago",
    "--email=Chief@East.example",
    "--name=Kim Chief",
]


@pytest.fixture(autouse=True)
def password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETHRA_ADMIN_PASSWORD", PASSWORD)


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("create_admin", *arguments, stdout=out)
    return out.getvalue()


def people_of(code: str) -> list[User]:
    access = operator_access(find_agency(code))
    with agency_scope(access):
        return list(User.objects.visible_to(access))


def test_creates_the_agency_and_its_administrator(db: None) -> None:
    said = run(*NEW)

    assert said == "The agency east was created.\nchief@east.example administers east.\n"
    (chief,) = people_of("east")
    assert (chief.role, chief.name) == ("admin", "Kim Chief")
    assert chief.check_password(PASSWORD)
    access = operator_access(chief.agency_id)
    with agency_scope(access):
        assert Agency.objects.visible_to(access).get().time_zone == "America/Chicago"


def test_a_second_run_changes_nothing(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    run(*NEW)
    monkeypatch.setenv("NETHRA_ADMIN_PASSWORD", "another pair of grey geese")

    again = json.loads(run(*NEW, "--json"))

    assert (again["is_new"], again["is_new_agency"]) == (False, False)
    assert people_of("east")[0].check_password(PASSWORD)


def test_joins_an_agency_that_is_there(cast: Cast) -> None:
    run("--agency=north", "--email=second@north.example", "--name=Sam Second")

    assert "second@north.example" in {user.email for user in people_of("north")}


def test_reads_the_password_from_the_variable_named(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRST_PASSWORD", "eleven otters cross rivers")

    run(*NEW, "--password-env=FIRST_PASSWORD")

    assert people_of("east")[0].check_password("eleven otters cross rivers")


@pytest.mark.parametrize(
    ("weak", "sentence"),
    [
        ("short", "at least 12 characters"),
        ("password1234567890", "too easy to guess"),
        ("chief@east.example", "too similar"),
        ("demo-copper-lantern", "one of the demonstration's"),
    ],
)
def test_refuses_weak_passwords_and_leaves_no_agency(
    db: None, monkeypatch: pytest.MonkeyPatch, weak: str, sentence: str
) -> None:
    monkeypatch.setenv("NETHRA_ADMIN_PASSWORD", weak)

    with pytest.raises(CommandError, match=sentence):
        run(*NEW)
    assert not agency_exists("east")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--agency=west", "--email=a@b.example", "--name=A"], "no agency with the code 'west'"),
        (["--agency=north", "--email=noel.officer@north.test", "--name=A"], "not an active administrator"),
        (["--agency=north", "--email=sam.admin@south.test", "--name=A"], "not an active administrator"),
        (["--agency=north", "--email=nobody", "--name=A"], "valid email"),
        (["--agency=north", "--name=A"], "E-mail is missing: state it with --email"),
        ([*NEW, "--time-zone=Mars/Olympus"], "is not a time zone"),
        ([*NEW, "--password-env=NOT_THERE"], "The environment variable NOT_THERE is empty"),
    ],
)
def test_says_what_is_wrong(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, arguments: list[str], sentence: str
) -> None:
    with pytest.raises(CommandError, match=sentence):
        run(*arguments)


def answering(*answers: str) -> Callable[[str], str]:
    rest = list(answers)
    return lambda question: rest.pop(0)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Somebody sits at the terminal, and no variable holds the password."""

    class Terminal(StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.delenv("NETHRA_ADMIN_PASSWORD")
    monkeypatch.setattr("sys.stdin", Terminal())
    return monkeypatch


def test_asks_for_what_no_option_says(db: None, terminal: pytest.MonkeyPatch) -> None:
    answers = answering("east", "East Police", "America/Chicago", "chief@east.example", "Kim Chief")
    terminal.setattr("builtins.input", answers)
    terminal.setattr(create_admin, "getpass", answering(PASSWORD, PASSWORD))

    run()

    assert people_of("east")[0].check_password(PASSWORD)


def test_the_password_must_be_typed_twice_alike(db: None, terminal: Any) -> None:
    terminal.setattr(create_admin, "getpass", answering(PASSWORD, "something else entirely"))

    with pytest.raises(CommandError, match="The two passwords differ"):
        run(*NEW)
