"""What is known about a file: its facts beside it, what follows from them, what looks alike, and for whom."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, transaction
from PIL import ImageEnhance

from cases.models import Case
from incidents.sealing import seal_incident
from media_evidence.fact_fields import DISAGREES_METRES
from media_evidence.jobs import inspect_evidence_job
from media_evidence.models import Evidence, FileFacts
from nethra.audit.models import AuditEvent
from nethra.core.parsing.process import NOT_LOOKED_INTO
from nethra.core.scope import agency_scope
from tests.api.calls import ROOT, get, post, refusal
from tests.support import seeds
from tests.support.cases import make_case
from tests.support.files import make_evidence
from tests.support.people import Cast, access_for, api_client
from tests.support.records import make_incident
from tests.support.secrets import HEADER, ORDER, make_restricted
from tests.support.stored import content_of

pytestmark = pytest.mark.django_db

#: Where make_incident puts an incident, in degrees.
LONGITUDE, LATITUDE = -122.42, 37.77


def taken_at(longitude: float, latitude: float) -> Any:
    """Return the details of a photo that was taken there."""
    place = {
        1: "N" if latitude >= 0 else "S",
        2: (abs(latitude), 0.0, 0.0),
        3: "E" if longitude >= 0 else "W",
        4: (abs(longitude), 0.0, 0.0),
    }
    return seeds.exif(place)


def looked_into(cast: Cast, content: bytes, case: Case | None = None, **values: Any) -> Evidence:
    access = access_for(cast.officer)
    evidence = make_evidence(access, case or make_case(access), content, **values)
    inspect_evidence_job(agency_id=cast.north.pk, evidence_id=evidence.pk)
    return evidence


def facts_of(user: Any, evidence: Evidence) -> dict[str, Any]:
    found: dict[str, Any] = get(user, f"evidence/{evidence.pk}/facts").json()
    return found


def test_the_facts_of_a_photo_stand_beside_it(cast: Cast) -> None:
    content = seeds.picture()
    evidence = looked_into(cast, content)

    facts = facts_of(cast.officer, evidence)

    assert (facts["camera_make"], facts["camera_model"], facts["camera_serial"]) == (
        "Northlight",
        "N-1",
        "NL-0042",
    )
    assert (facts["stated_at"], facts["stated_offset"]) == ("2026-03-02T05:31:00Z", "+01:00")
    assert (facts["width"], facts["height"], facts["preview"], facts["note"]) == (96, 72, "picture", "")
    assert content_of(evidence) == content


def test_a_time_without_an_offset_is_that_of_the_agency(cast: Cast) -> None:
    evidence = looked_into(cast, seeds.picture(details=seeds.exif(offset="")))

    facts = facts_of(cast.officer, evidence)

    assert (facts["stated_at"], facts["stated_offset"]) == ("2026-03-02T14:31:00Z", "")


def test_a_document_says_when_it_was_written_which_is_no_time_of_recording(cast: Cast) -> None:
    evidence = looked_into(cast, seeds.pdf(), name="report.pdf")

    assert facts_of(cast.officer, evidence)["stated_at"] == "2026-03-02T05:31:00Z"
    assert get(cast.officer, f"evidence/{evidence.pk}").json()["proposed_captured_at"] is None


def test_a_file_that_is_not_looked_into_says_so(cast: Cast) -> None:
    evidence = looked_into(cast, bytes(range(256)) * 4, name="x.bin")

    assert facts_of(cast.officer, evidence)["note"] == NOT_LOOKED_INTO


def test_before_anybody_looked_there_are_no_facts(cast: Cast) -> None:
    access = access_for(cast.officer)
    evidence = make_evidence(access, make_case(access))

    assert refusal(get(cast.officer, f"evidence/{evidence.pk}/facts")) == (404, "not_inspected")
    assert refusal(
        post(cast.officer, f"evidence/{evidence.pk}/clock", {"seconds_ahead": 1, "reason": "x"})
    ) == (
        409,
        "not_inspected",
    )


def test_exhibits_from_before_are_looked_into_on_order(cast: Cast) -> None:
    access = access_for(cast.officer)
    make_evidence(access, make_case(access))
    looked_into(cast, seeds.picture())

    told = [StringIO(), StringIO()]
    call_command("inspect_evidence", "--agency", "north", stdout=told[0])
    call_command("inspect_evidence", "--agency", "north", "--again", stdout=told[1])

    assert [each.getvalue().split()[0] for each in told] == ["1", "2"]


def test_facts_are_never_removed_nor_given_to_another_exhibit(cast: Cast) -> None:
    access = access_for(cast.officer)
    evidence, other = looked_into(cast, seeds.picture()), looked_into(cast, seeds.pdf())
    with agency_scope(access):
        facts = FileFacts.objects.visible_to(access).filter(evidence_id=evidence.pk)
        with pytest.raises(DatabaseError, match="never deleted"), transaction.atomic():
            facts.delete()
        with pytest.raises(DatabaseError, match="stay with the exhibit"), transaction.atomic():
            facts.update(evidence=other)


# The place


@pytest.mark.parametrize(("north", "disagrees"), [(0.0, False), (0.004, False), (0.006, True)])
def test_the_distance_to_the_incident_is_told(cast: Cast, north: float, disagrees: bool) -> None:
    evidence = looked_into(cast, seeds.picture(details=taken_at(LONGITUDE, LATITUDE + north)))

    facts = facts_of(cast.officer, evidence)

    assert abs(facts["incident_distance"] - north * 111_000) < 20
    assert facts["place_disagrees"] is disagrees is (facts["incident_distance"] > DISAGREES_METRES)


def test_a_photo_without_a_place_disagrees_with_nothing(cast: Cast) -> None:
    facts = facts_of(cast.officer, looked_into(cast, seeds.picture(details=seeds.exif(place={}))))

    assert (facts["location"], facts["incident_distance"], facts["place_disagrees"]) == (None, None, None)


def test_where_the_place_of_the_incident_is_sealed_the_photo_does_not_tell_it(cast: Cast) -> None:
    access, admin = access_for(cast.officer), access_for(cast.admin)
    incident = make_incident(access)
    evidence = looked_into(cast, seeds.picture(), make_case(access, incident))
    with agency_scope(admin):
        seal_incident(access=admin, incident=incident, parts=["place"], **ORDER)

    facts = facts_of(cast.officer, evidence)

    hidden = {"location", "incident_distance", "place_disagrees"}
    assert set(facts["redacted"]) == hidden
    assert not hidden & set(facts)
    with agency_scope(access):
        assert FileFacts.objects.visible_to(access).get(evidence_id=evidence.pk).location is None


# Alike


def like(cast: Cast, user: Any, evidence: Evidence) -> list[tuple[str, bool]]:
    rows = get(user, f"evidence/{evidence.pk}/alike").json()["data"]
    return [(row["evidence"], row["differences"] is None) for row in rows]


def brighter(seed: int) -> bytes:
    import io

    out = io.BytesIO()
    ImageEnhance.Brightness(seeds.drawn((400, 300), seed)).enhance(1.1).save(out, "JPEG", quality=40)
    return out.getvalue()


def test_the_same_photo_and_the_same_file_are_found_and_others_are_not(cast: Cast) -> None:
    original = looked_into(cast, seeds.picture(size=(960, 720), seed=1))
    resaved = looked_into(cast, brighter(1))
    again = looked_into(cast, seeds.picture(size=(960, 720), seed=1))
    looked_into(cast, brighter(2))

    assert like(cast, cast.officer, original) == [(str(again.pk), True), (str(resaved.pk), False)]


def test_what_is_alike_in_a_case_that_one_does_not_see_is_not_told(cast: Cast) -> None:
    hidden = make_restricted(cast)
    looked_into(cast, seeds.picture(), hidden)
    looked_into(cast, brighter(1), hidden)
    open_one = looked_into(cast, seeds.picture())

    assert len(like(cast, cast.officer, open_one)) == 2
    assert like(cast, cast.supervisor, open_one) == []


def test_another_agency_never_hears_of_what_is_alike(cast: Cast) -> None:
    looked_into(cast, seeds.picture())
    access = access_for(cast.south_officer)
    theirs = make_evidence(access, make_case(access), seeds.picture())
    inspect_evidence_job(agency_id=cast.south.pk, evidence_id=theirs.pk)

    assert like(cast, cast.south_officer, theirs) == []


# The clock


def test_a_wrong_clock_corrects_the_time_and_leaves_what_was_stated(cast: Cast) -> None:
    evidence = looked_into(cast, seeds.picture())
    body = {"seconds_ahead": 3600, "reason": "The camera showed 15:00 when it was 14:00."}

    told = post(cast.officer, f"evidence/{evidence.pk}/clock", body).json()
    inspect_evidence_job(agency_id=cast.north.pk, evidence_id=evidence.pk)

    assert (told["stated_at"], told["corrected_at"]) == ("2026-03-02T05:31:00Z", "2026-03-02T04:31:00Z")
    assert (told["clock_reason"], told["clock_set_by"]) == (body["reason"], str(cast.officer.pk))
    assert facts_of(cast.officer, evidence)["clock_ahead"] == 3600


def test_a_correction_can_be_taken_back(cast: Cast) -> None:
    evidence = looked_into(cast, seeds.picture())
    post(cast.officer, f"evidence/{evidence.pk}/clock", {"seconds_ahead": 5, "reason": "Compared."})

    told = post(cast.officer, f"evidence/{evidence.pk}/clock", {"seconds_ahead": None}).json()

    assert (told["clock_ahead"], told["clock_reason"], told["corrected_at"]) == (None, "", None)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"seconds_ahead": 5}, "reason"),
        ({"seconds_ahead": 5, "reason": "  "}, "reason"),
        ({"seconds_ahead": 400_000_000, "reason": "x"}, "seconds_ahead"),
        ({"seconds_ahead": 1 << 40, "reason": "x"}, "seconds_ahead"),
        ({"seconds_ahead": "5", "reason": "x"}, "seconds_ahead"),
        ({"reason": "x"}, "seconds_ahead"),
    ],
)
def test_a_correction_needs_a_number_and_a_reason(cast: Cast, body: dict[str, Any], field: str) -> None:
    evidence = looked_into(cast, seeds.picture())

    answer = post(cast.officer, f"evidence/{evidence.pk}/clock", body)

    assert refusal(answer) == (400, "invalid_input")
    assert list(answer.json()["errors"]) == [field]


def test_who_only_reads_sets_no_clock(cast: Cast) -> None:
    evidence = looked_into(cast, seeds.picture())

    answer = post(cast.auditor, f"evidence/{evidence.pk}/clock", {"seconds_ahead": 5, "reason": "x"})

    assert refusal(answer) == (403, "not_allowed")


def test_a_correction_is_in_the_audit(cast: Cast) -> None:
    evidence = looked_into(cast, seeds.picture())
    post(cast.officer, f"evidence/{evidence.pk}/clock", {"seconds_ahead": 5, "reason": "Compared."})

    with agency_scope(access_for(cast.admin)):
        events = AuditEvent.objects.visible_to(access_for(cast.admin)).filter(
            entity="media_evidence_filefacts", action="update"
        )
        (event,) = events.filter(actor_id=cast.officer.pk)
    assert '"clock_ahead": 5' in str(event.body)
    assert "Compared." in str(event.guarded)
    assert "Compared." not in str(event.body)


# Previews


def body_of(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


@pytest.mark.parametrize(
    ("content", "content_type", "begins"),
    [
        (seeds.picture(), "image/jpeg", b"\xff\xd8"),
        (seeds.pdf(), "image/jpeg", b"\xff\xd8"),
        (b"<b>A note.</b>\n", "text/plain; charset=utf-8", b"<b>A note.</b>"),
    ],
)
def test_a_preview_is_shown_and_never_runs(
    cast: Cast, content: bytes, content_type: str, begins: bytes
) -> None:
    evidence = looked_into(cast, content)

    answer = get(cast.officer, f"evidence/{evidence.pk}/preview")

    assert body_of(answer).startswith(begins)
    assert answer.headers["Content-Type"] == content_type
    assert answer.headers["Content-Security-Policy"].startswith("sandbox;")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_what_cannot_be_shown_has_no_preview(cast: Cast) -> None:
    evidence = looked_into(cast, seeds.sound(), name="call.wav")

    assert get(cast.officer, f"evidence/{evidence.pk}/preview").status_code == 404


def test_a_preview_of_a_restricted_case_is_for_those_who_see_it_and_say_why(cast: Cast) -> None:
    evidence = looked_into(cast, seeds.picture(), make_restricted(cast))

    for part in ("preview", "facts", "alike"):
        assert get(cast.supervisor, f"evidence/{evidence.pk}/{part}").status_code == 404
        assert refusal(get(cast.auditor, f"evidence/{evidence.pk}/{part}")) == (403, "reason_required")
    assert api_client(cast.auditor).get(f"{ROOT}/evidence/{evidence.pk}/facts", **HEADER).status_code == 200
