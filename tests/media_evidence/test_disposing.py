"""Carrying disposals out, where everything commits: rows first, then the file, and what answers afterwards."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from cases.expunging import approve_expunge, ask_expunge
from media_evidence import store
from media_evidence.bundle.gathering import gather
from media_evidence.choices import FileFate
from media_evidence.custody import verbs
from media_evidence.jobs import carry_out_disposals, inspect_evidence_job, make_redaction_job
from media_evidence.keeping.disposing import call_back
from media_evidence.models import CustodyEvent, Disposal, DisposalCertificate, Evidence, ExhibitCategory
from nethra.core.access import operator_access
from nethra.core.scope import agency_scope
from tests.api.calls import ROOT, get, post, refusal
from tests.support.files import jpeg
from tests.support.keeping import approved, fresh, let_a_week_pass, make_due
from tests.support.people import Cast, access_for, api_client, console_client
from tests.support.secrets import ORDER
from tests.support.stored import is_stored

pytestmark = pytest.mark.django_db(transaction=True)


def certificates(cast: Cast) -> list[DisposalCertificate]:
    access = operator_access(cast.north.pk)
    with agency_scope(access):
        return list(DisposalCertificate.objects.visible_to(access).order_by("disposed_at"))


def work(cast: Cast) -> None:
    carry_out_disposals(agency_id=cast.north.pk)


def verified(capsys: Any) -> dict[str, Any]:
    call_command("verify_evidence", agency="north", json=True)
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_a_week_later_the_file_is_gone_and_certified(committed_cast: Cast, capsys: Any) -> None:
    cast = committed_cast
    gone, kept = make_due(cast, jpeg(), jpeg((1, 2, 3)))
    inspect_evidence_job(agency_id=cast.north.pk, evidence_id=gone.pk)
    disposal = approved(cast, gone)
    work(cast)
    assert (is_stored(gone), certificates(cast)) == (True, [])

    let_a_week_pass()
    work(cast)
    work(cast)

    (certificate,) = certificates(cast)
    after = fresh(gone)
    assert (after.custody, after.integrity, after.has_thumbnail, after.sha256) == (
        "disposed",
        "disposed",
        False,
        gone.sha256,
    )
    assert not is_stored(gone)
    assert is_stored(kept)
    assert not any(path.exists() for path in store.derived_paths(cast.north.pk, gone.pk))
    assert (certificate.sha256, certificate.size, certificate.custody_head, certificate.file) == (
        gone.sha256,
        gone.size,
        after.custody_head,
        FileFate.DESTROYED,
    )
    assert (certificate.category, certificate.days, certificate.started_at) == (
        "Returned",
        0,
        gone.case.closed_at,
    )
    assert (certificate.asked_by_name, certificate.approved_by_name, certificate.approved_at) == (
        str(cast.supervisor),
        str(cast.custodian),
        disposal.answered_at,
    )
    with agency_scope(operator_access(cast.north.pk)):
        last = CustodyEvent._base_manager.get(hash=after.custody_head)
        assert Disposal._base_manager.get(pk=disposal.pk).state == "done"
    assert (last.kind, last.reason) == (
        "disposed",
        f"Nobody needs it any more. Certificate {certificate.number}.",
    )

    # Downloads say what became of it; checks take it for no alarm, and the chain still holds.
    said = f"The file was disposed of under the certificate {certificate.number}."
    for name in ("file", "preview", "thumbnail"):
        answer = api_client(cast.officer).get(f"{ROOT}/evidence/{gone.pk}/{name}")
        assert (name, answer.status_code, answer.json()["detail"]) == (name, 410, said)
        page = console_client(cast.officer).get(f"/console/media_evidence/evidence/{gone.pk}/{name}/")
        assert (name, page.status_code, page.content.decode()) == (name, 410, said)
    found = verified(capsys)
    assert (found["intact"], found["disposed"], found["broken"], found["orphans"]) == (1, 1, [], 0)
    assert fresh(gone).is_sound
    with (
        pytest.raises(DatabaseError, match=r"never changes|permission denied"),
        agency_scope(access_for(cast.admin)),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE media_evidence_disposalcertificate SET file = 'shared'")
    bundle = gather(operator_access(cast.north.pk), gone.case.number)
    assert [(exhibit.pk, exhibit.is_disposed) for exhibit in bundle.exhibits] == [
        (gone.pk, True),
        (kept.pk, False),
    ]
    assert [row.number for row in bundle.certificates.values()] == [certificate.number]


def test_content_that_another_exhibit_has_stays_until_the_last_is_disposed_of(committed_cast: Cast) -> None:
    cast = committed_cast
    first, second = make_due(cast, jpeg(), jpeg())
    assert first.sha256 == second.sha256
    approved(cast, first)
    let_a_week_pass()
    work(cast)

    assert is_stored(second)
    assert [one.file for one in certificates(cast)] == [FileFate.SHARED]
    assert api_client(cast.officer).get(f"{ROOT}/evidence/{first.pk}/file").status_code == 410
    assert api_client(cast.officer).get(f"{ROOT}/evidence/{second.pk}/file").status_code == 200

    approved(cast, second)
    let_a_week_pass()
    work(cast)
    assert not is_stored(second)
    assert [one.file for one in certificates(cast)] == [FileFate.SHARED, FileFate.DESTROYED]


@pytest.mark.on_disk
def test_a_hold_stops_it_and_a_refusing_disk_only_delays_it(committed_cast: Cast) -> None:
    cast = committed_cast
    held, called, delayed = make_due(cast, b"one", b"two", b"three")
    disposals = {evidence: approved(cast, evidence) for evidence in (held, called, delayed)}
    manager = access_for(cast.supervisor)
    with agency_scope(manager):
        verbs.place_hold(access=manager, evidence=held, reason="Order 12")
        call_back(access=manager, disposal=disposals[called], reason="The insurer asked.")
    let_a_week_pass()
    # A folder in the file's place cannot be unlinked, as a file on a failing disk.
    place = store.file_path(delayed.agency_id, delayed.sha256)
    place.unlink()
    place.mkdir()
    work(cast)
    (certificate,) = certificates(cast)
    assert (certificate.evidence_id, certificate.file, certificate.checked_at) == (delayed.pk, "", None)
    place.rmdir()
    place.write_bytes(b"three")
    work(cast)

    (certificate,) = certificates(cast)
    assert (certificate.file, place.exists()) == (FileFate.DESTROYED, False)
    with agency_scope(operator_access(cast.north.pk)):
        stopped = Disposal._base_manager.get(pk=disposals[held].pk)
    assert (stopped.state, stopped.note, stopped.ended_by_id) == (
        "called_back",
        "Not carried out. On legal hold: Order 12.",
        None,
    )
    assert is_stored(held)
    assert is_stored(called)
    assert [fresh(one).custody for one in (held, called)] == ["held", "held"]


def test_expunging_takes_certificates_and_requests_with_the_case(committed_cast: Cast) -> None:
    cast = committed_cast
    gone, other = make_due(cast, b"one", b"two")
    (twin,) = make_due(cast, b"one")
    approved(cast, gone)
    let_a_week_pass()
    work(cast)
    approved(cast, other)

    admin, supervisor = access_for(cast.admin), access_for(cast.supervisor)
    with agency_scope(admin):
        order = ask_expunge(access=admin, kind="case", subject_id=gone.case_id, **ORDER)
    with agency_scope(supervisor):
        order = approve_expunge(access=supervisor, order=order)

    assert order.files_destroyed == sorted([gone.sha256, other.sha256])
    assert not is_stored(other)
    assert is_stored(twin)
    with agency_scope(operator_access(cast.north.pk)):
        for model in (DisposalCertificate, Disposal, Evidence, ExhibitCategory):
            assert not model._base_manager.filter(case_id=gone.case_id).exists()


def test_the_certificate_is_printed_once_the_file_is_gone(committed_cast: Cast) -> None:
    cast = committed_cast
    (gone,) = make_due(cast)
    disposal = approved(cast, gone)
    let_a_week_pass()
    work(cast)
    (certificate,) = certificates(cast)

    page = console_client(cast.supervisor).get(f"/console/media_evidence/disposal/{disposal.pk}/printed/")

    told = page.content.decode()
    assert page.status_code == 200
    for word in (certificate.number, gone.sha256, cast.supervisor.name, cast.custodian.name, "Destroyed"):
        assert word in told, word
    exhibit = console_client(cast.supervisor).get(f"/console/media_evidence/evidence/{gone.pk}/change/")
    assert "Disposed of" in exhibit.content.decode()


def test_redacted_copies_go_with_their_exhibit_and_nothing_more_is_made_of_it(committed_cast: Cast) -> None:
    cast = committed_cast
    (gone,) = make_due(cast)
    box = {"reason": "victim", "page": 1, "x": 8, "y": 8, "width": 64, "height": 32}
    copy = post(cast.supervisor, f"evidence/{gone.pk}/redactions", {"regions": [box]}).json()
    make_redaction_job(agency_id=cast.north.pk, redaction_id=copy["id"])
    copy = get(cast.supervisor, f"redactions/{copy['id']}").json()
    files = {sha256 for sha256, _ in store.files().stored(cast.north.pk)}
    assert {gone.sha256, copy["sha256"]} <= files

    approved(cast, gone)
    let_a_week_pass()
    work(cast)

    assert not {sha256 for sha256, _ in store.files().stored(cast.north.pk)} & {gone.sha256, copy["sha256"]}
    for path in (f"redactions/{copy['id']}/file", f"evidence/{gone.pk}/page"):
        assert refusal(get(cast.supervisor, path)) == (410, "disposed")
    for path, body in (
        (f"redactions/{copy['id']}/release", {"to_name": "The defence", "reason": "Order 7."}),
        (f"evidence/{gone.pk}/redactions", {"regions": [box]}),
    ):
        assert refusal(post(cast.supervisor, path, body)) == (410, "disposed")
