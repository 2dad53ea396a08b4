"""Disclosures: who gives what, to whom and until when; files with a name over them; and what never changes."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core import mail
from django.db import DatabaseError, connection, transaction
from PIL import Image, ImageChops

from cases.sealing import seal_case
from media_evidence.choices import CustodyKind, RedactionState
from media_evidence.disclosing.services import copies_to_give, revoke_disclosure
from media_evidence.fixity import verify_store
from media_evidence.jobs import mail_disclosure_link, mail_failed_disclosure, make_disclosed_files
from media_evidence.models import (
    CustodyEvent,
    DisclosedFile,
    Disclosure,
    DisclosureDownload,
)
from media_evidence.redaction.services import order_redaction
from nethra.core.access import operator_access
from nethra.core.errors import Conflict, DomainError, InvalidInput, NotAllowed, NotFound, ProofNeeded
from nethra.core.parsing import rendering
from nethra.core.parsing.kinds import ParsedKind
from nethra.core.parsing.rendering import Copy
from nethra.core.scope import agency_scope
from nethra.jobs.queue import Job
from tests.core.parsing.test_rendering import pdf
from tests.support.cases import make_case
from tests.support.disclosing import (
    BOX,
    RECIPIENT,
    case_with_copies,
    files_of,
    give,
    given,
    in_days,
    make_copy,
)
from tests.support.files import jpeg, make_evidence
from tests.support.people import Cast, access_for
from tests.support.secrets import ORDER
from tests.support.stored import content_of

pytestmark = pytest.mark.django_db


def stored(disclosure: Disclosure) -> Disclosure:
    with agency_scope(operator_access(disclosure.agency_id)):
        found: Disclosure = Disclosure._base_manager.get(pk=disclosure.pk)
        return found


def test_each_recipient_gets_a_file_of_their_own_that_the_gate_looked_into(cast: Cast) -> None:
    case, (copy,) = case_with_copies(cast)
    (first, _), (second, _) = (
        give(cast, case, [copy], recipient_name=name) for name in ("Dana", "Pete Press")
    )
    for disclosure in (first, second):
        make_disclosed_files(agency_id=cast.north.pk, disclosure_id=disclosure.pk)

    (one,), (other,) = files_of(first), files_of(second)

    assert [one.state, other.state] == [RedactionState.MADE, RedactionState.MADE]
    assert len({one.sha256, other.sha256, copy.sha256}) == 3
    assert one.file_name == f"window-redacted-1-{first.number}.jpg"
    shown = [Image.open(io.BytesIO(content_of(row))).convert("RGB") for row in (one, copy)]
    assert shown[0].crop((8, 8, 72, 40)).getcolors() == [(64 * 32, (0, 0, 0))]
    assert ImageChops.difference(*shown).getbbox() is not None
    assert content_of(one.evidence) == jpeg()
    access = operator_access(cast.north.pk)
    with agency_scope(access):
        told = CustodyEvent.objects.visible_to(access).filter(kind=CustodyKind.COPIED).order_by("position")
        assert [(entry.recorded_by_id, one.sha256 in entry.reason) for entry in told] == [
            (cast.officer.pk, False),
            (cast.supervisor.pk, True),
            (cast.supervisor.pk, False),
        ]
    report = verify_store(access=access)
    assert (report.orphans, report.broken) == (0, [])


def test_every_page_of_a_pdf_and_both_ends_of_a_text_are_marked(cast: Cast) -> None:
    access = access_for(cast.officer)
    case = make_case(access, lead_id=cast.officer.pk)
    report = make_copy(cast.officer, make_evidence(access, case, pdf(), name="report.pdf"))
    note = make_evidence(access, case, b"Smith saw it.", name="note.txt")
    text = make_copy(cast.officer, note, {"reason": "informant", "start": 0, "end": 5})

    disclosure, _ = give(cast, case, [report, text])
    make_disclosed_files(agency_id=cast.north.pk, disclosure_id=disclosure.pk)

    files = {file.content_type: file for file in files_of(disclosure)}
    assert (files["application/pdf"].state, files["application/pdf"].pages_done) == ("made", 2)
    lines = content_of(files["text/plain"]).decode().splitlines()
    assert lines[0] == lines[-1] == f"Dana Defence, {disclosure.number}, {lines[0].rpartition(', ')[2]}"
    assert lines[2] == "[redacted] saw it."


def test_the_link_is_mailed_once_all_files_are_made_and_says_nothing_of_the_case(cast: Cast) -> None:
    disclosure, path = given(cast)
    mail_disclosure_link(agency_id=cast.north.pk, disclosure_id=disclosure.pk)
    mail_disclosure_link(agency_id=cast.north.pk, disclosure_id=disclosure.pk)

    (sent,) = mail.outbox
    text = f"{sent.subject} {sent.body}"
    assert (sent.to, disclosure.number in text, "/given/" in text) == (
        [RECIPIENT["recipient_email"]],
        True,
        True,
    )
    # Another one than was shown: neither is kept.
    assert path not in text
    with agency_scope(operator_access(cast.north.pk)):
        row = Disclosure._base_manager.select_related("case").get(pk=disclosure.pk)
    for secret in (row.case.number, row.case.title, row.purpose, "window"):
        assert secret not in text


def test_a_file_in_which_something_remains_is_not_given(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    case, copies = case_with_copies(cast)
    disclosure, _ = give(cast, case, copies)
    monkeypatch.setattr(rendering, "redact", lambda *_, **__: Copy(ParsedKind.PICTURE, jpeg(), ()))

    make_disclosed_files(agency_id=cast.north.pk, disclosure_id=disclosure.pk)

    (file,) = files_of(disclosure)
    assert (file.state, file.sha256) == ("failed", "")
    assert "A box is not covered." in file.note
    assert stored(disclosure).mailed_hash is None
    assert ordered(mail_failed_disclosure) == 1
    assert ordered(mail_disclosure_link) == 0
    mail_failed_disclosure(agency_id=cast.north.pk, disclosure_id=disclosure.pk)
    (sent,) = mail.outbox
    assert (sent.to, disclosure.number in str(sent.body)) == ([cast.supervisor.email], True)
    # Tried again, nothing of it is under way any more: nobody is told twice.
    make_disclosed_files(agency_id=cast.north.pk, disclosure_id=disclosure.pk)
    assert ordered(mail_failed_disclosure) == 1


def ordered(work: Job) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE task_name = %s", [work.name])
        return int(cursor.fetchone()[0])


def test_what_was_revoked_meanwhile_is_not_made(cast: Cast) -> None:
    case, copies = case_with_copies(cast)
    disclosure, _ = give(cast, case, copies)
    access = access_for(cast.supervisor)
    with agency_scope(access):
        revoke_disclosure(access=access, disclosure=disclosure, reason="The wrong case.")

    make_disclosed_files(agency_id=cast.north.pk, disclosure_id=disclosure.pk)

    (file,) = files_of(disclosure)
    assert (file.state, file.note) == ("failed", "It was revoked before the file was made.")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"recipient_name": " "}, "recipient_name"),
        ({"recipient_name": "Dana\nBcc: all"}, "recipient_name"),
        ({"recipient_email": "dana"}, "recipient_email"),
        ({"purpose": " "}, "purpose"),
        ({"expires_at": in_days(-1)}, "expires_at"),
        ({"expires_at": in_days(31)}, "expires_at"),
        ({"most_downloads": 0}, "most_downloads"),
        ({"most_downloads": 101}, "most_downloads"),
    ],
)
def test_what_is_said_wrong_is_refused(cast: Cast, values: dict[str, Any], field: str) -> None:
    case, copies = case_with_copies(cast)

    with pytest.raises(InvalidInput) as refused:
        give(cast, case, copies, **values)

    assert list(refused.value.errors) == [field]
    with agency_scope(operator_access(cast.north.pk)):
        assert not Disclosure._base_manager.exists()


def test_only_clean_copies_of_the_same_case_are_given(cast: Cast) -> None:
    case, (copy,) = case_with_copies(cast)
    _, (foreign,) = case_with_copies(cast)
    access = access_for(cast.officer)
    with agency_scope(access):
        unmade = order_redaction(access=access, evidence=copy.evidence, regions=[BOX])

    with pytest.raises(InvalidInput):
        give(cast, case, [])
    with pytest.raises(InvalidInput):
        give(cast, case, [copy, foreign])
    with pytest.raises(Conflict) as refused:
        give(cast, case, [copy, unmade])
    assert refused.value.code == "not_made"
    disclosure, _ = give(cast, case, [copy])
    with pytest.raises(DatabaseError, match="nothing remains"), agency_scope(access), transaction.atomic():
        DisclosedFile(
            agency_id=cast.north.pk,
            case=case,
            disclosure=disclosure,
            evidence=foreign.evidence,
            redaction=foreign,
        ).save(force_insert=True)
    with agency_scope(access):
        assert copies_to_give(access, case) == [copy]


def test_who_does_not_manage_evidence_or_prove_themselves_gives_nothing(cast: Cast) -> None:
    case, (copy,) = case_with_copies(cast)
    from dataclasses import replace

    from media_evidence.disclosing.services import disclose

    for access, refusal in (
        (access_for(cast.officer), NotAllowed),
        (replace(access_for(cast.supervisor), confirmed_at=None), ProofNeeded),
    ):
        with pytest.raises(refusal), agency_scope(access):
            disclose(access=access, case=case, copies=[copy.pk], **RECIPIENT)
    south = access_for(cast.south_admin)
    with pytest.raises(DomainError), agency_scope(south):
        disclose(access=south, case=case, copies=[copy.pk], **RECIPIENT)


def test_of_a_sealed_case_nothing_is_given(cast: Cast) -> None:
    case, copies = case_with_copies(cast)
    admin = access_for(cast.admin)
    with agency_scope(admin):
        seal_case(access=admin, case_id=case.pk, parts=["evidence"], **ORDER)
        case.refresh_from_db()

    with pytest.raises(Conflict) as refused:
        give(cast, case, copies)

    assert refused.value.code == "case_sealed"


def test_a_disclosure_is_revoked_once_for_a_reason_by_who_manages_evidence(cast: Cast) -> None:
    disclosure, _ = given(cast)
    officer, access = access_for(cast.officer), access_for(cast.supervisor)
    with pytest.raises(NotAllowed), agency_scope(officer):
        revoke_disclosure(access=officer, disclosure=disclosure, reason="x")
    with pytest.raises(NotFound), agency_scope(access_for(cast.south_admin)):
        revoke_disclosure(access=access_for(cast.south_admin), disclosure=disclosure, reason="x")
    with agency_scope(access):
        with pytest.raises(InvalidInput):
            revoke_disclosure(access=access, disclosure=disclosure, reason=" ")
        revoked = revoke_disclosure(access=access, disclosure=disclosure, reason="The trial is over.")
        with pytest.raises(Conflict):
            revoke_disclosure(access=access, disclosure=disclosure, reason="Again.")

    assert (revoked.revoked_by_id, revoked.revoke_reason) == (cast.supervisor.pk, "The trial is over.")


@pytest.mark.parametrize(
    ("model", "change"),
    [
        (Disclosure, {"recipient_email": "pete@press.example"}),
        (Disclosure, {"expires_at": in_days(300)}),
        (Disclosure, {"most_downloads": 100}),
        (Disclosure, {"token_hash": b"0" * 32}),
        (DisclosedFile, {"sha256": "0" * 64}),
        (DisclosureDownload, {"address": "192.0.2.9"}),
    ],
)
def test_what_was_given_never_changes(cast: Cast, model: Any, change: dict[str, Any]) -> None:
    disclosure, _ = given(cast)
    access = operator_access(cast.north.pk)
    with agency_scope(access):
        (file,) = DisclosedFile.objects.visible_to(access)
        DisclosureDownload(
            agency_id=cast.north.pk,
            case_id=file.case_id,
            disclosure=disclosure,
            file=file,
            address="192.0.2.1",
        ).save(force_insert=True)

    refused = pytest.raises(DatabaseError, match=r"permission denied|never|revoked, once")
    with refused, agency_scope(access), transaction.atomic():
        model._base_manager.filter(agency_id=cast.north.pk).update(**change)
    with refused, agency_scope(access), transaction.atomic():
        model._base_manager.filter(agency_id=cast.north.pk)._raw_delete("default")
