"""A connection that was ended meanwhile is noticed before the next request uses it."""

from __future__ import annotations

import select
from typing import Any

import psycopg
import pytest
from django.db import connection

from nethra.bootstrap import admin_dsn


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_the_server_ended_is_made_anew() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        before = cursor.fetchone()[0]
    assert connection.is_usable()

    with psycopg.connect(admin_dsn(str(connection.settings_dict["NAME"])), autocommit=True) as superuser:
        superuser.execute("SELECT pg_terminate_backend(%s, 5000)", [before])

    assert not connection.is_usable()
    held: Any = connection
    held.health_check_enabled, held.health_check_done = True, False
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        assert cursor.fetchone()[0] != before


@pytest.mark.django_db(transaction=True)
def test_a_connection_with_news_that_is_not_the_end_is_kept() -> None:
    with connection.cursor() as cursor:
        cursor.execute("LISTEN news")
    with psycopg.connect(admin_dsn(str(connection.settings_dict["NAME"])), autocommit=True) as superuser:
        superuser.execute("NOTIFY news")
    # Until it has come.
    for _ in range(100):
        if select.select([connection.connection.pgconn.socket], [], [], 0.1)[0]:
            break

    assert connection.is_usable()


@pytest.mark.django_db(transaction=True)
def test_a_closed_connection_is_not_usable() -> None:
    connection.ensure_connection()
    connection.connection.close()
    try:
        assert not connection.is_usable()
    finally:
        connection.close()
