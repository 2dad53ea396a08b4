from __future__ import annotations

import pytest
from django.db.models import Value

from accounts.models import User
from nethra.core.access import Access, operator_access
from nethra.core.capabilities import Capability
from nethra.core.declaration_checks import check_declarations, declarations_of_routes
from nethra.core.errors import NotAllowed
from nethra.core.fields import Declaration, Field, Kind, breaches
from nethra.core.models import uuid7

AUDITED = Declaration(
    "Person", User, (Field("id", Kind.KEY), Field("email", Kind.TEXT, capability=Capability.VIEW_USERS))
)
NOBODY = Access(uuid7(), None, frozenset(), "api")


@pytest.mark.parametrize(
    ("field", "sentence"),
    [
        (Field("id", Kind.KEY), ""),
        (Field("agency_code", Kind.TEXT, source="agency__code"), ""),
        (Field("one", Kind.WHOLE, sql=Value(1)), ""),
        (Field("shoe_size", Kind.WHOLE), "names 'shoe_size', which User does not have."),
        (Field("x", Kind.TEXT, source="agency__shoe"), "names 'agency__shoe', which User does not have."),
        (Field("email", Kind.TIME), "is time, which EmailField is not."),
        (Field("sessions", Kind.ROWS), "needs SQL that selects its rows."),
        (Field("sessions", Kind.ROWS, sql=Value(1)), "does not say what its rows hold."),
    ],
)
def test_a_field_without_sql_or_column_is_told(field: Field, sentence: str) -> None:
    found = breaches(Declaration("Person", User, (field,)))

    assert found == ([f"'{field.name}' {sentence}"] if sentence else [])


def test_a_field_is_declared_once() -> None:
    twice = Declaration("Person", User, (Field("id", Kind.KEY), Field("id", Kind.KEY)))

    assert breaches(twice) == ["'id' is declared twice."]


def test_the_start_up_check_reads_every_routes_declaration(monkeypatch: pytest.MonkeyPatch) -> None:
    assert {"Incident", "Area", "AreaDetail", "User"} <= {d.name for d in declarations_of_routes()}
    assert check_declarations() == []

    broken = Declaration("Broken", User, (Field("shoe_size", Kind.WHOLE),))
    monkeypatch.setattr("nethra.core.declaration_checks.declarations_of_routes", lambda: [broken])

    assert [message.id for message in check_declarations()] == ["nethra.E050"]


def test_a_guarded_field_is_absent_and_named() -> None:
    everything = operator_access(uuid7())

    assert [f.name for f in AUDITED.readable_by(everything)] == ["id", "email"]
    assert AUDITED.redacted_for(everything) == []
    assert [f.name for f in AUDITED.readable_by(NOBODY)] == ["id"]
    assert AUDITED.redacted_for(NOBODY) == ["email"]


def test_a_guarded_field_may_not_be_looked_at_either() -> None:
    AUDITED.require_readable(NOBODY, ["id"])

    with pytest.raises(NotAllowed):
        AUDITED.require_readable(NOBODY, ["email"])
