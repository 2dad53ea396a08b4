"""Custody: what is written, who may write it, when a hand-over counts, and what tells that a chain was changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import DatabaseError, connection, transaction

from cases.access import set_restriction
from cases.members import add_member
from media_evidence.choices import CustodyKind
from media_evidence.custody import verbs
from media_evidence.custody.chain import Link, breaks_of, first_hash, hash_of
from media_evidence.custody.checking import custody_breaks
from media_evidence.custody.entries import note_reading
from media_evidence.jobs import mail_hand_over
from media_evidence.models import CustodyEvent, Evidence
from nethra.core.access import Access
from nethra.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from nethra.core.scope import agency_scope
from tests.support.cases import make_case
from tests.support.files import make_evidence
from tests.support.people import Cast, access_for, make_user

pytestmark = pytest.mark.django_db
K = CustodyKind


def exhibit(cast: Cast, **values: Any) -> Evidence:
    access = access_for(cast.officer)
    return make_evidence(access, make_case(access, lead_id=cast.officer.pk), **values)


def stored(evidence: Evidence) -> Evidence:
    with agency_scope(Access(evidence.agency_id, None, frozenset(), "command")):
        return Evidence._base_manager.get(pk=evidence.pk)


def chain(evidence: Evidence) -> list[CustodyEvent]:
    with agency_scope(Access(evidence.agency_id, None, frozenset(), "command")):
        return list(CustodyEvent._base_manager.filter(evidence_id=evidence.pk).order_by("position"))


def done(
    access: Access, verb: Callable[..., CustodyEvent], evidence: Evidence, **values: Any
) -> CustodyEvent:
    with agency_scope(access):
        return verb(access=access, evidence=evidence, **values)


def refused(access: Access, verb: Callable[..., CustodyEvent], evidence: Evidence, **values: Any) -> Any:
    with pytest.raises((NotAllowed, NotFound, Conflict, InvalidInput)) as caught:
        done(access, verb, evidence, **values)
    return caught.value


def breaks(evidence: Evidence) -> list[str]:
    access = Access(evidence.agency_id, None, frozenset(), "command")
    with agency_scope(access):
        found = custody_breaks(access, [Evidence._base_manager.get(pk=evidence.pk)])
        return [str(one) for one in found.get(evidence.pk, [])]


# What begins and moves


def test_a_chain_begins_with_the_exhibit(cast: Cast) -> None:
    evidence = exhibit(cast)

    (first,) = chain(evidence)

    assert (first.kind, first.position, first.to_person_id) == (K.RECEIVED, 1, cast.officer.pk)
    assert (first.to_name, first.recorded_by_name) == (str(cast.officer), str(cast.officer))
    assert first.previous_hash == first_hash(str(evidence.pk), evidence.sha256)
    assert first.hash == hash_of(first.previous_hash, first.record)
    now = stored(evidence)
    assert (now.custody, now.holder_id, now.custody_events, now.custody_head) == (
        "held",
        cast.officer.pk,
        1,
        first.hash,
    )
    assert breaks(evidence) == []


def test_a_hand_over_counts_when_the_other_accepts(cast: Cast) -> None:
    evidence, giver, taker = exhibit(cast), access_for(cast.officer), access_for(cast.supervisor)

    offered = done(giver, verbs.hand_over, evidence, to_person_id=cast.supervisor.pk, seal_number="S-17")
    between = stored(evidence)
    accepted = done(taker, verbs.accept, evidence, place="Property room")

    assert (between.custody, between.holder_id, between.offered_to_id) == (
        "offered",
        cast.officer.pk,
        cast.supervisor.pk,
    )
    after = stored(evidence)
    assert (after.custody, after.holder_id, after.offered_to_id) == ("held", cast.supervisor.pk, None)
    assert (accepted.answers_id, accepted.from_name, accepted.to_name) == (
        offered.pk,
        str(cast.officer),
        str(cast.supervisor),
    )
    assert breaks(evidence) == []


def test_the_receiver_is_mailed_and_no_more_once_it_is_answered(cast: Cast) -> None:
    evidence, giver, taker = exhibit(cast), access_for(cast.officer), access_for(cast.supervisor)
    offered = done(giver, verbs.hand_over, evidence, to_person_id=cast.supervisor.pk)

    mail_hand_over(agency_id=cast.north.pk, event_id=offered.pk)
    done(taker, verbs.accept, evidence)
    mail_hand_over(agency_id=cast.north.pk, event_id=offered.pk)

    (sent,) = mail.outbox
    assert (sent.to, str(evidence.pk) in sent.body) == ([cast.supervisor.email], True)
    assert evidence.title not in sent.body


def test_only_the_one_it_is_offered_to_accepts(cast: Cast) -> None:
    evidence, giver = exhibit(cast), access_for(cast.officer)
    done(giver, verbs.hand_over, evidence, to_person_id=cast.supervisor.pk)

    for other in (cast.officer, cast.admin):
        assert refused(access_for(other), verbs.accept, evidence).code == "not_offered_to_you"
    assert stored(evidence).holder_id == cast.officer.pk
    # And whoever goes past the service is told so by the database.
    event = CustodyEvent(
        agency_id=evidence.agency_id,
        case_id=evidence.case_id,
        evidence_id=evidence.pk,
        kind=K.ACCEPTED,
        happened_at=datetime.now(UTC),
    )
    refusal = pytest.raises(DatabaseError, match="Only the one it is offered to")
    with agency_scope(giver), refusal, transaction.atomic():
        event.save(force_insert=True)


def test_declined_and_withdrawn_offers_leave_it_where_it_was(cast: Cast) -> None:
    evidence, giver, taker = exhibit(cast), access_for(cast.officer), access_for(cast.supervisor)

    done(giver, verbs.hand_over, evidence, to_person_id=cast.supervisor.pk)
    assert "reason" in refused(taker, verbs.decline, evidence).errors
    done(taker, verbs.decline, evidence, reason="The bag is open.")
    done(giver, verbs.hand_over, evidence, to_person_id=cast.supervisor.pk)
    done(giver, verbs.withdraw, evidence)

    now = stored(evidence)
    assert (now.custody, now.holder_id, now.offered_to_id) == ("held", cast.officer.pk, None)
    assert refused(taker, verbs.accept, evidence).code == "custody_step"


def test_nobody_hands_on_what_another_holds(cast: Cast) -> None:
    evidence = exhibit(cast)
    other = make_user(cast.north, "officer", "Otto Other")

    said = refused(access_for(other), verbs.hand_over, evidence, to_person_id=cast.supervisor.pk)

    assert (said.code, str(cast.officer) in said.message) == ("not_the_holder", True)


def test_whoever_manages_evidence_acts_for_the_holder(cast: Cast) -> None:
    evidence = exhibit(cast)

    event = done(access_for(cast.admin), verbs.hand_over, evidence, to_person_id=cast.supervisor.pk)

    assert (event.from_name, event.recorded_by_name) == (str(cast.officer), str(cast.admin))


def test_a_receiver_must_see_the_case(cast: Cast) -> None:
    access = access_for(cast.officer)
    case = make_case(access, lead_id=cast.officer.pk)
    evidence = make_evidence(access, case)
    colleague = make_user(cast.north, "officer", "Otto Other")
    with agency_scope(access):
        set_restriction(access=access, case=case, is_restricted=True)

    said = refused(access, verbs.hand_over, evidence, to_person_id=colleague.pk)
    assert (said.code, list(said.errors)) == ("receiver_cannot_see", ["to_person"])

    with agency_scope(access):
        add_member(access=access, case=case, user_id=colleague.pk)
    assert done(access, verbs.hand_over, evidence, to_person_id=colleague.pk).kind == K.TRANSFERRED


@pytest.mark.parametrize("who", ["south_officer", "auditor", "analyst"])
def test_receivers_who_cannot_accept_are_refused(cast: Cast, who: str) -> None:
    evidence = exhibit(cast)

    said = refused(access_for(cast.officer), verbs.hand_over, evidence, to_person_id=getattr(cast, who).pk)

    assert list(said.errors) == ["to_person"]
    assert len(chain(evidence)) == 1


def test_released_and_taken_back(cast: Cast) -> None:
    evidence, access = exhibit(cast), access_for(cast.officer)

    assert "to_name" in refused(access, verbs.release, evidence, to_name=" ", reason="Analysis").errors
    done(access, verbs.release, evidence, to_name="State laboratory", reason="Analysis of the glass")
    away = stored(evidence)
    said = refused(access_for(cast.admin), verbs.hand_over, evidence, to_person_id=cast.supervisor.pk)
    assert (said.code, said.message) == ("custody_step", "The exhibit is not in custody here.")
    back = done(access_for(cast.supervisor), verbs.take_back, evidence)

    assert (away.custody, away.holder_id, away.holder_name) == ("released", None, "State laboratory")
    assert (back.from_name, back.to_name) == ("State laboratory", str(cast.supervisor))
    assert stored(evidence).holder_id == cast.supervisor.pk


def test_holds_are_placed_and_lifted_with_a_reason_by_whoever_manages(cast: Cast) -> None:
    evidence, access = exhibit(cast), access_for(cast.supervisor)

    assert refused(access_for(cast.officer), verbs.place_hold, evidence, reason="Order").code == "not_allowed"
    assert "reason" in refused(access, verbs.place_hold, evidence).errors
    done(access, verbs.place_hold, evidence, reason="Order of the county court")
    assert stored(evidence).is_on_hold
    assert refused(access, verbs.place_hold, evidence, reason="Again").code == "custody_step"
    done(access, verbs.lift_hold, evidence, reason="Order lifted")
    assert not stored(evidence).is_on_hold


def test_what_is_entered_late_is_marked(cast: Cast) -> None:
    evidence, access = exhibit(cast), access_for(cast.officer)
    before = datetime.now(UTC) - timedelta(days=2)

    late = done(access, verbs.note_custody, evidence, kind=K.COLLECTED, happened_at=before, place="Rear yard")
    soon = done(access, verbs.note_custody, evidence, kind=K.ANALYSED, reason="Enlarged")

    assert (late.is_late, soon.is_late) == (True, False)
    ahead = datetime.now(UTC) + timedelta(hours=1)
    said = refused(access, verbs.note_custody, evidence, kind=K.ANALYSED, reason="x", happened_at=ahead)
    assert list(said.errors) == ["happened_at"]


def test_what_a_person_may_not_just_note(cast: Cast) -> None:
    evidence, access = exhibit(cast), access_for(cast.officer)

    for kind in (K.RECEIVED, K.ACCEPTED, K.DISPOSED, "burnt"):
        assert list(refused(access, verbs.note_custody, evidence, kind=kind, reason="x").errors) == ["kind"]
    assert list(refused(access, verbs.note_custody, evidence, kind=K.ANALYSED).errors) == ["reason"]


def test_looking_again_within_the_hour_is_one_entry(cast: Cast) -> None:
    evidence = exhibit(cast)

    for person in (cast.officer, cast.officer, cast.auditor):
        access = access_for(person)
        with agency_scope(access):
            note_reading(access, evidence, K.DOWNLOADED)

    assert [event.recorded_by_id for event in chain(evidence)[1:]] == [cast.officer.pk, cast.auditor.pk]


# Walls


def as_application(evidence: Evidence, statement: str, *values: Any) -> None:
    access = Access(evidence.agency_id, None, frozenset(), "command")
    with agency_scope(access), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE media_evidence_custodyevent SET reason = 'x'",
        "DELETE FROM media_evidence_custodyevent",
        "TRUNCATE media_evidence_custodyevent",
        "UPDATE media_evidence_evidence SET holder_name = 'x'",
        "UPDATE media_evidence_evidence SET custody_head = 'x', custody_events = 7",
        "UPDATE media_evidence_evidence SET is_on_hold = true",
    ],
)
def test_the_application_cannot_rewrite_a_chain(cast: Cast, statement: str) -> None:
    evidence = exhibit(cast)

    with pytest.raises(DatabaseError):
        as_application(evidence, statement)

    assert breaks(evidence) == []


def test_the_database_fills_what_proves_an_entry(cast: Cast) -> None:
    evidence, access = exhibit(cast), access_for(cast.officer)
    forged = datetime(2020, 1, 1, tzinfo=UTC)
    with agency_scope(access):
        CustodyEvent(
            agency_id=evidence.agency_id,
            case_id=evidence.case_id,
            evidence_id=evidence.pk,
            kind=K.ANALYSED,
            happened_at=datetime.now(UTC),
            recorded_at=forged,
            recorded_by_id=cast.supervisor.pk,
            recorded_by_name="Somebody else",
            position=40,
            record="{}",
            hash="0" * 64,
            previous_hash="0" * 64,
            reason="x",
        ).save(force_insert=True)

    event = chain(evidence)[-1]

    assert (event.position, event.recorded_by_id) == (2, cast.officer.pk)
    assert (event.recorded_by_name, event.recorded_at != forged) == (str(cast.officer), True)
    assert breaks(evidence) == []


# Tampering


def linked(count: int = 5) -> list[Link]:
    links, before = [], first_hash("x", "y")
    for position in range(1, count + 1):
        record = f'{{"evidence_id": "x", "sha256": "y", "position": {position}}}'
        links.append(Link(position, record, before, hash_of(before, record)))
        before = links[-1].hash
    return links


def test_a_whole_chain_has_no_breaks() -> None:
    links = linked()
    assert breaks_of("x", "y", links, count=5, head=links[-1].hash) == []


@pytest.mark.parametrize(
    ("change", "position"),
    [
        (lambda links: [links[0], *links[2:]], 3),
        (lambda links: [links[0], links[2], links[1], *links[3:]], 3),
        (lambda links: [*links[:2], links[1], *links[2:]], 2),
        (lambda links: [Link(1, links[0].record.replace("y", "z"), *_hashes(links[0])), *links[1:]], 1),
        (lambda links: [Link(1, "no JSON", *_hashes(links[0])), *links[1:]], 1),
        (lambda links: links[:-1], 0),
        (lambda links: [], 0),
    ],
)
def test_what_was_done_to_a_chain_is_told(change: Any, position: int) -> None:
    links = linked()

    found = breaks_of("x", "y", change(links), count=5, head=links[-1].hash)

    assert position in {one.position for one in found}


def test_a_chain_is_its_exhibits_alone() -> None:
    links = linked()

    assert breaks_of("other", "y", links)
    assert breaks_of("x", "other", links)


def _hashes(link: Link) -> tuple[str, str]:
    return link.previous_hash, link.hash
