"""The database's own walls, asked as the application's role over the whole catalogue."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.db import ProgrammingError, connection, models, transaction

from nethra.core.checks import SHARED_RELATIONS, row_security_stands
from nethra.core.models import AgencyForeignKey, AgencyModel
from nethra.core.scope import agency_scope
from tests.support.people import Cast, access_for
from tests.support.records import make_incident

AGENCY_MODELS = [model for model in apps.get_models() if issubclass(model, AgencyModel)]


def rows(statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())


def relations_with_agency() -> list[str]:
    found = rows(
        """SELECT c.relname FROM pg_class c
           JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
           JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'agency_id' AND NOT a.attisdropped
           WHERE c.relkind IN ('r', 'p', 'v', 'm') ORDER BY 1"""
    )
    return [name for (name,) in found]


@pytest.mark.django_db
def test_the_application_owns_nothing_and_bypasses_nothing() -> None:
    assert row_security_stands(databases=["default"]) == []


@pytest.mark.django_db
def test_the_application_holds_no_dangerous_privilege() -> None:
    dangerous = rows(
        """SELECT c.relname, p FROM pg_class c
           JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public',
           unnest(ARRAY['TRUNCATE', 'REFERENCES', 'TRIGGER']) p
           WHERE c.relkind = 'r' AND has_table_privilege(c.oid, p)"""
    )

    assert dangerous == []
    assert rows("SELECT has_schema_privilege('public', 'CREATE'), has_schema_privilege('app', 'CREATE')") == [
        (False, False)
    ]


def test_without_a_setting_no_relation_shows_a_row(cast: Cast) -> None:
    make_incident(access_for(cast.officer))

    counts = {name: rows(f"SELECT count(*) FROM {name}")[0][0] for name in relations_with_agency()}

    assert counts == dict.fromkeys(counts, 0)
    assert "incidents_incident" in counts


def test_as_north_no_relation_shows_a_row_of_south(cast: Cast) -> None:
    make_incident(access_for(cast.south_officer))

    with agency_scope(access_for(cast.admin)):
        for name in relations_with_agency():
            foreign = rows(f"SELECT count(*) FROM {name} WHERE agency_id = %s", cast.south.pk)
            assert foreign == [(0,)], name


def test_a_row_of_another_agency_cannot_be_written(cast: Cast) -> None:
    with (
        agency_scope(access_for(cast.admin)),
        pytest.raises(ProgrammingError, match="row-level security"),
        transaction.atomic(),
    ):
        rows(
            "INSERT INTO incidents_areaset (id, agency_id, kind, version, is_current, source_name, loaded_at)"
            " VALUES (app.uuid7(), %s, 'beat', 9, false, '', now())",
            cast.south.pk,
        )


@pytest.mark.django_db
@pytest.mark.parametrize("model", AGENCY_MODELS, ids=lambda model: model._meta.label)
def test_every_reference_within_an_agency_is_a_composite_key(model: type[models.Model]) -> None:
    table = model._meta.db_table
    keys = {
        columns
        for (columns,) in rows(
            """SELECT (SELECT array_agg(a.attname::text ORDER BY k.n)
                       FROM unnest(c.conkey) WITH ORDINALITY k(num, n)
                       JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.num)::text
               FROM pg_constraint c
               WHERE c.conrelid = %s::regclass AND c.contype = 'f' AND NOT c.condeferrable""",
            table,
        )
    }
    references = [field for field in model._meta.fields if isinstance(field, AgencyForeignKey)]

    missing = [field.column for field in references if f"{{agency_id,{field.column}}}" not in keys]

    assert missing == []
    assert "{agency_id}" in keys


@pytest.mark.django_db
@pytest.mark.parametrize("model", AGENCY_MODELS, ids=lambda model: model._meta.label)
def test_references_to_agency_rows_use_the_composite_field(model: type[models.Model]) -> None:
    plain = [
        field.name
        for field in model._meta.fields
        if isinstance(field, models.ForeignKey)
        and not isinstance(field, AgencyForeignKey)
        and issubclass(field.related_model, AgencyModel)
    ]

    assert plain == []


@pytest.mark.django_db
@pytest.mark.parametrize("model", AGENCY_MODELS, ids=lambda model: model._meta.label)
def test_every_unique_key_begins_with_the_agency(model: type[models.Model]) -> None:
    unique = rows(
        """SELECT i.relname, pg_get_indexdef(i.oid) FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
           WHERE x.indrelid = %s::regclass AND x.indisunique AND NOT x.indisprimary""",
        model._meta.db_table,
    )
    # The e-mail is the login, refresh tokens and keys are secrets: all are looked up before an agency is known.
    allowed = ("(email)", "(email varchar", "lower((email)", "(token_hash)", "(key_hash)")

    loose = [
        name
        for name, definition in unique
        if "(agency_id" not in definition and not any(a in definition for a in allowed)
    ]

    assert loose == []


@pytest.mark.django_db
@pytest.mark.parametrize("model", AGENCY_MODELS, ids=lambda model: model._meta.label)
def test_every_domain_table_is_audited_whatever_writes_it(model: type[models.Model]) -> None:
    triggers = rows(
        """SELECT tgname::text, tgenabled::text FROM pg_trigger
           WHERE tgrelid = %s::regclass AND tgname LIKE 'audit_%%'""",
        model._meta.db_table,
    )

    assert dict(triggers) == dict.fromkeys(
        ("audit_insert", "audit_update", "audit_delete", "audit_truncate"), "A"
    )


@pytest.mark.django_db
def test_shared_relations_are_still_there() -> None:
    names = {name for (name,) in rows("SELECT relname FROM pg_class WHERE relkind IN ('r', 'v')")}

    assert set(SHARED_RELATIONS) - names == set()
