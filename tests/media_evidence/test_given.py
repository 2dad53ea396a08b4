"""What a recipient meets at a disclosure's link: a door, a code, the files, and an end."""

from __future__ import annotations

import hashlib
import re
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.core import mail, signing
from django.db import connection
from django.test import Client

from cases.sealing import seal_case
from media_evidence.choices import CustodyKind
from media_evidence.disclosing.codes import CODES_AN_HOUR, TRIES
from media_evidence.disclosing.services import revoke_disclosure
from media_evidence.jobs import mail_first_download
from media_evidence.models import CustodyEvent, Disclosure, DisclosureCode, DisclosureDownload
from nethra.audit.models import AuditEvent
from nethra.bootstrap import admin_dsn
from nethra.core.access import operator_access
from nethra.core.scope import agency_scope
from tests.support.disclosing import (
    RECIPIENT,
    case_with_copies,
    fetched,
    files_of,
    give,
    given,
    let_in,
    mailed_code,
    mailed_link,
)
from tests.support.people import Cast, access_for
from tests.support.secrets import ORDER
from tests.support.stored import overwrite

pytestmark = pytest.mark.django_db
OVER = "is not available any more"


def stranger() -> Client:
    return Client(raise_request_exception=False, enforce_csrf_checks=True)


def downloads(disclosure: Disclosure) -> list[DisclosureDownload]:
    access = operator_access(disclosure.agency_id)
    with agency_scope(access):
        return list(DisclosureDownload.objects.visible_to(access).filter(disclosure_id=disclosure.pk))


def revoke(cast: Cast, disclosure: Disclosure) -> None:
    access = access_for(cast.supervisor)
    with agency_scope(access):
        revoke_disclosure(access=access, disclosure=disclosure, reason="The trial is over.")


def age(table: str, column: str, by: str) -> None:
    """Let time pass for all rows of a table, past every wall."""
    with psycopg.connect(admin_dsn(connection.settings_dict["NAME"]), autocommit=True) as server:
        server.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        server.execute(f"UPDATE {table} SET {column} = {column} - %s::interval", [by])
        server.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def test_the_door_says_who_gives_and_nothing_else(cast: Cast) -> None:
    disclosure, path = given(cast)

    answer = stranger().get(path)

    page = answer.content.decode()
    assert (answer.status_code, "North Police" in page) == (200, True)
    with agency_scope(operator_access(cast.north.pk)):
        row = Disclosure._base_manager.select_related("case").get(pk=disclosure.pk)
    secrets = (
        row.number,
        row.recipient_name,
        row.recipient_email,
        row.purpose,
        row.case.number,
        row.case.title,
    )
    assert [secret for secret in (*secrets, "window", ".jpg") if secret in page] == []
    assert not mail.outbox
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "noindex" in answer.headers["X-Robots-Tag"]
    assert "no-store" in answer.headers["Cache-Control"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert "<script" not in page
    assert "style=" not in page
    assert not answer.cookies


def test_a_recipient_gets_in_by_the_code_from_their_mail_and_fetches_a_file(cast: Cast) -> None:
    disclosure, _ = given(cast)
    path = mailed_link(disclosure)
    browser = stranger()
    asked = browser.post(path, {"send": "1"})
    assert "A code is on its way." in asked.content.decode()
    code = mailed_code(disclosure)

    entered = browser.post(path, {"code": code}, follow=True)

    page = entered.content.decode()
    (file,) = files_of(disclosure)
    assert entered.status_code == 200
    for told in (file.file_name, file.sha256, RECIPIENT["recipient_name"], disclosure.number, "<dd>3</dd>"):
        assert told in page
    cookie = browser.cookies[settings.GIVEN_COOKIE_NAME]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (
        path,
        True,
        "Lax",
        1800,
    )
    answer: Any = fetched(browser, path, file.pk, Range="bytes=0-3")
    content = b"".join(answer.streaming_content)
    assert (answer.status_code, hashlib.sha256(content).hexdigest()) == (200, file.sha256)
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{file.file_name}"'
    assert (answer.headers["Accept-Ranges"], answer.headers["Referrer-Policy"]) == ("none", "no-referrer")
    assert "<dd>2</dd>" in browser.get(path).content.decode()


def test_each_download_is_counted_audited_and_an_entry_of_the_chain(cast: Cast) -> None:
    disclosure, path = given(cast, most_downloads=2)
    (file,) = files_of(disclosure)
    browser = let_in(disclosure, path)

    statuses = [fetched(browser, path, file.pk).status_code for _ in range(3)]

    assert statuses == [200, 200, 409]
    refused = fetched(browser, path, file.pk).content.decode()
    assert "This file was downloaded as often as it was given for" in refused
    assert [row.address for row in downloads(disclosure)] == ["127.0.0.1", "127.0.0.1"]
    access = operator_access(cast.north.pk)
    with agency_scope(access):
        entries = CustodyEvent.objects.visible_to(access).filter(kind=CustodyKind.DOWNLOADED)
        told = [
            (entry.to_name, file.sha256 in entry.reason, disclosure.number in entry.reason)
            for entry in entries
        ]
        events = AuditEvent.objects.visible_to(access).filter(action="disclosure_downloaded")
        audited = [(event.source, event.actor_id, event.address, event.object_id) for event in events]
    assert told == [("Dana Defence", True, True)] * 2
    assert audited == [("given", None, "127.0.0.1", disclosure.pk)] * 2
    mail.outbox.clear()
    mail_first_download(agency_id=cast.north.pk, disclosure_id=disclosure.pk)
    assert (mail.outbox[0].to, disclosure.number in str(mail.outbox[0].body)) == (
        [cast.supervisor.email],
        True,
    )


@pytest.mark.django_db(transaction=True)
def test_of_two_downloads_at_once_the_last_one_left_is_counted_once(committed_cast: Cast) -> None:
    disclosure, path = given(committed_cast, most_downloads=1)
    (file,) = files_of(disclosure)
    browsers = [let_in(disclosure, path) for _ in range(2)]
    start = Barrier(2)

    def fetch(browser: Client) -> int:
        start.wait()
        try:
            return fetched(browser, path, file.pk).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        statuses = Counter(pool.map(fetch, browsers))

    assert statuses == {200: 1, 409: 1}
    assert len(downloads(disclosure)) == 1


def test_without_the_code_no_file_is_fetched(cast: Cast) -> None:
    disclosure, path = given(cast)
    (file,) = files_of(disclosure)
    other, other_path = given(cast)

    forged = stranger()
    forged.cookies[settings.GIVEN_COOKIE_NAME] = signing.dumps(str(disclosure.pk), salt="nethra.given")
    foreign = let_in(other, other_path)
    foreign.cookies[settings.GIVEN_COOKIE_NAME]["path"] = "/"
    refused = [fetched(browser, path, file.pk) for browser in (stranger(), forged, foreign)]

    assert [answer.status_code for answer in refused] == [403, 403, 403]
    assert [file.file_name in answer.content.decode() for answer in refused] == [False] * 3
    # Who is let in to one disclosure fetches no file of another.
    mine = let_in(other, other_path)
    assert fetched(mine, other_path, file.pk).status_code == 404
    assert downloads(disclosure) == downloads(other) == []
    assert let_in(disclosure, path).get(f"{path}/{file.pk}").status_code == 405


def test_a_wrong_code_is_tried_five_times_and_an_older_one_never(cast: Cast) -> None:
    disclosure, path = given(cast)
    older, code = mailed_code(disclosure), mailed_code(disclosure)
    browser = stranger()
    assert browser.post(path, {"code": older}).status_code == 403

    wrong = [browser.post(path, {"code": "00000000"}) for _ in range(TRIES - 1)]

    assert {answer.status_code for answer in wrong} == {403}
    assert "That is not the code, or it is too old." in wrong[0].content.decode()
    assert browser.post(path, {"code": code}).status_code == 403
    with agency_scope(operator_access(cast.north.pk)):
        assert sorted(DisclosureCode._base_manager.values_list("tries", flat=True)) == [0, TRIES]
    code = mailed_code(disclosure)
    assert browser.post(path, {"code": code.replace(" ", "-")}).status_code == 302
    # It was used.
    assert stranger().post(path, {"code": code}).status_code == 403


@pytest.mark.django_db(transaction=True)
def test_a_code_lasts_ten_minutes_and_a_link_until_its_end(committed_cast: Cast) -> None:
    disclosure, path = given(committed_cast)
    code = mailed_code(disclosure)
    age("media_evidence_disclosurecode", "good_until", "10 minutes")
    assert stranger().post(path, {"code": code}).status_code == 403
    browser = let_in(disclosure, path)
    (file,) = files_of(disclosure)

    for column in ("made_at", "expires_at"):
        age("media_evidence_disclosure", column, "30 days")

    for answer in (stranger().get(path), browser.get(path), fetched(browser, path, file.pk)):
        assert (answer.status_code, OVER in answer.content.decode()) == (410, True)


def test_what_keeps_the_link_open_ends_after_half_an_hour(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    disclosure, path = given(cast)
    browser = let_in(disclosure, path)
    later = time.time() + 1801
    monkeypatch.setattr(time, "time", lambda: later)

    assert "Send me the code" in browser.get(path).content.decode()


def test_codes_are_sent_five_times_an_hour(cast: Cast) -> None:
    _, path = given(cast)
    browser = stranger()

    statuses = [browser.post(path, {"send": "1"}).status_code for _ in range(CODES_AN_HOUR + 1)]

    assert statuses == [200] * CODES_AN_HOUR + [429]
    refused = browser.post(path, {"send": "1"})
    assert re.search(r"ask again in \d+ minutes", refused.content.decode())
    assert 0 < int(refused.headers["Retry-After"]) <= 3600


def test_a_revoked_link_is_gone_for_everybody_at_once(cast: Cast) -> None:
    disclosure, path = given(cast)
    mailed = mailed_link(disclosure)
    browser = let_in(disclosure, path)
    (file,) = files_of(disclosure)

    revoke(cast, disclosure)

    answers = (
        browser.get(path),
        stranger().get(mailed),
        stranger().post(path),
        fetched(browser, path, file.pk),
    )
    assert [(answer.status_code, OVER in answer.content.decode()) for answer in answers] == [(410, True)] * 4
    assert downloads(disclosure) == []


def test_a_seal_closes_the_link_also_while_it_is_lifted(cast: Cast) -> None:
    disclosure, path = given(cast)
    admin = access_for(cast.admin)
    with agency_scope(admin):
        seal_case(access=admin, case_id=disclosure.case_id, parts=["evidence"], **ORDER)

    assert stranger().get(path).status_code == 410


@pytest.mark.parametrize("token", ["none", "A" * 43, "%00", "A" * 5000, "é"])
def test_a_token_of_nobody_is_404(cast: Cast, token: str) -> None:
    answer = stranger().get(f"/given/{token}")

    assert (answer.status_code, "There is nothing at this address" in answer.content.decode()) == (404, True)
    assert stranger().post(f"/given/{token}", {"code": "1"}).status_code == 404
    assert stranger().post(f"/given/{token}/{cast.north.pk}").status_code == 404


def test_a_link_is_found_by_one_question_whatever_it_opens(
    cast: Cast, django_assert_num_queries: Any
) -> None:
    disclosure, path = given(cast)
    revoke(cast, disclosure)
    browser = stranger()

    # The scope, a savepoint, the question, the savepoint's end.
    for address in (path, "/given/none"):
        with django_assert_num_queries(6):
            browser.get(address)


def test_files_that_are_not_made_are_not_listed(cast: Cast) -> None:
    case, copies = case_with_copies(cast)
    disclosure, path = give(cast, case, copies)
    browser = let_in(disclosure, path)
    (file,) = files_of(disclosure)

    page = browser.get(path).content.decode()

    assert ("Not all files are ready yet." in page, "SHA-256" in page) == (True, False)
    assert fetched(browser, path, file.pk).status_code == 409


def test_a_file_that_was_altered_is_not_given(cast: Cast) -> None:
    disclosure, path = given(cast)
    (file,) = files_of(disclosure)
    overwrite(file, b"another")

    assert fetched(let_in(disclosure, path), path, file.pk).status_code == 409
    assert downloads(disclosure) == []
