"""What is logged: lines that machines read, with the request's id, and without what somebody sent."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError, connection, transaction
from django.test import Client

from nethra.core.logs import JsonFormatter, QuietFormatter, WithoutPaths, current_request, told
from tests.support.people import Cast, api_client

SECRET = "Jane Witness"


@pytest.fixture
def request_id() -> Iterator[str]:
    token = current_request.set("request-12345")
    yield "request-12345"
    current_request.reset(token)


def failing() -> logging.LogRecord:
    """Return the record of a failure whose exceptions quote what they were given."""
    try:
        try:
            int(SECRET)
        except ValueError as error:
            raise KeyError(SECRET) from error
    except KeyError:
        failure = sys.exc_info()
    return logging.LogRecord("nethra.test", logging.ERROR, __file__, 1, "It failed", (), failure)


@pytest.mark.parametrize("formatter", [JsonFormatter(), QuietFormatter("%(levelname)s %(message)s")])
def test_an_exception_tells_its_kind_and_place_but_not_its_text(
    formatter: logging.Formatter, request_id: str
) -> None:
    line = formatter.format(failing())

    assert SECRET not in line
    assert request_id in line
    for word in ("KeyError", "ValueError", "test_logs.py", "It failed", "because of"):
        assert word in line


def test_a_line_for_machines_is_one_object(request_id: str) -> None:
    record = logging.LogRecord("nethra.test", logging.INFO, __file__, 1, "%s done", ("Import",), None)
    record.__dict__.update(route="cases/<uuid:id>", status=200, ms=1.5, method="GET", user=SECRET)

    line = json.loads(JsonFormatter().format(record))

    assert line.pop("time").endswith("Z")
    assert line == {
        "level": "INFO",
        "logger": "nethra.test",
        "message": "Import done",
        "request": request_id,
        "route": "cases/<uuid:id>",
        "status": 200,
        "ms": 1.5,
        "method": "GET",
    }


@pytest.mark.django_db
def test_a_refusal_of_the_database_is_told_by_its_state_and_constraint() -> None:
    twice = "INSERT INTO core_requestcount VALUES (%(key)s, now(), 1), (%(key)s, now(), 1)"
    with pytest.raises(IntegrityError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(twice, {"key": SECRET.encode()})
    said = told(caught.value.__cause__ or caught.value)

    assert said == "UniqueViolation: 23505 core_requestcount_pkey"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ImproperlyConfigured("HTTPS must be true."), "ImproperlyConfigured: HTTPS must be true."),
        (FileNotFoundError(2, "No such file", "Jane.txt"), "FileNotFoundError: No such file"),
        (ValueError(SECRET), "ValueError"),
    ],
)
def test_only_harmless_texts_are_told(error: Exception, said: str) -> None:
    assert told(error) == said


def test_a_request_is_logged_by_its_route_where_that_is_wanted(
    cast: Cast, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.WEB_ACCESS_LOG = True
    with caplog.at_level(logging.INFO, logger="nethra.request"):
        answer = api_client(cast.officer).get("/api/v1/cases", {"q": SECRET})
        api_client(cast.officer).get(f"/api/v1/cases/{cast.officer.pk}")

    lines = [record.getMessage() for record in caplog.records if record.name == "nethra.request"]
    assert lines[0].startswith("GET api/v1/cases answered 200 in ")
    assert lines[1].startswith("GET api/v1/cases/<uuid:id> answered 404 in ")
    assert SECRET not in str(lines)
    assert caplog.records[0].__dict__["status"] == answer.status_code


@pytest.mark.django_db
def test_neither_path_nor_host_that_somebody_sent_is_logged() -> None:
    out = StringIO()
    handler = logging.StreamHandler(out)
    handler.addFilter(WithoutPaths())
    handler.setFormatter(JsonFormatter())
    logging.getLogger().addHandler(handler)
    client = Client(raise_request_exception=False)
    try:
        client.get("/console/Jane-Witness/")
        client.get("/health", headers={"host": "jane-witness.example"})
        client.post("/console/login/", {"email": "Jane-Witness"}, headers={"x-csrftoken": "Jane-Witness"})
        client.get("/api/v1/incidents/Jane-Witness")
    finally:
        logging.getLogger().removeHandler(handler)

    said = out.getvalue()
    assert "jane-witness" not in said.lower()
    assert "A request was refused: DisallowedHost" in said


def test_a_failure_is_told_without_its_path() -> None:
    record = logging.LogRecord(
        "django.request", logging.ERROR, __file__, 1, "%s: %s", ("Error", SECRET), None
    )
    record.__dict__["status_code"] = 500

    assert WithoutPaths().filter(record)
    assert record.getMessage() == "A request failed"


def test_no_request_is_logged_otherwise(cast: Cast, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="nethra.request"):
        api_client(cast.officer).get("/api/v1/cases")

    assert not [record for record in caplog.records if record.name == "nethra.request"]
