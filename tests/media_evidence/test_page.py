"""The console's page of an exhibit: what is shown of the file, what it says, what looks alike, the clock."""

from __future__ import annotations

import pytest

from media_evidence.models import Evidence
from tests.media_evidence.test_knowing import LATITUDE, LONGITUDE, brighter, looked_into, taken_at
from tests.support import seeds
from tests.support.cases import make_case
from tests.support.files import make_evidence
from tests.support.people import Cast, access_for, console_client
from tests.support.secrets import make_restricted

pytestmark = pytest.mark.django_db


def address(evidence: Evidence, name: str = "change") -> str:
    return f"/console/media_evidence/evidence/{evidence.pk}/{name}/"


def page_of(cast: Cast, evidence: Evidence) -> str:
    return console_client(cast.officer).get(address(evidence)).content.decode()


def test_a_photo_far_from_the_incident_says_so(cast: Cast) -> None:
    page = page_of(cast, looked_into(cast, seeds.picture(details=taken_at(LONGITUDE, LATITUDE + 0.02))))

    assert "Northlight N-1, serial NL-0042" in page
    assert "96 by 72 points" in page
    assert "metres from the incident, which is more than 500: one of the two may be wrong" in page
    assert "data-lightbox" in page


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        (b"<b>Bold</b> words.\n", "&lt;b&gt;Bold&lt;/b&gt; words."),
        (seeds.sound(), "<audio"),
        (seeds.zipped({"plan <1>.txt": b"x"}), "plan &lt;1&gt;.txt, 1"),
        (seeds.pdf(pages=3), "3 pages"),
        (seeds.picture() + seeds.zipped({"x": b"x"}), "It is a picture and a ZIP archive at once"),
    ],
)
def test_every_kind_shows_what_is_in_it(cast: Cast, content: bytes, shown: str) -> None:
    assert shown in page_of(cast, looked_into(cast, content, name="x"))


@pytest.mark.skipif(not seeds.has_ffmpeg(), reason="ffmpeg is not installed")
def test_a_film_plays_and_shows_its_first_frame(cast: Cast) -> None:
    page = page_of(cast, looked_into(cast, seeds.film(), name="x.mp4"))

    assert "<video" in page
    assert "Look at the first frame" in page


def test_before_anybody_looked_the_page_says_so(cast: Cast) -> None:
    access = access_for(cast.officer)

    assert "It is being looked at." in page_of(cast, make_evidence(access, make_case(access)))


def test_what_looks_alike_is_named_where_it_is_seen(cast: Cast) -> None:
    original = looked_into(cast, seeds.picture(size=(960, 720)), title="Original")
    looked_into(cast, brighter(1), title="Resaved")
    looked_into(cast, brighter(1), make_restricted(cast), title="Elsewhere")

    page = console_client(cast.supervisor).get(address(original)).content.decode()

    assert "Resaved</a>,\n      looks alike" in page
    assert "Elsewhere" not in page


def test_the_clock_is_corrected_on_a_page_of_its_own(cast: Cast) -> None:
    evidence = looked_into(cast, seeds.picture())
    client = console_client(cast.officer)

    refused = client.post(address(evidence, "clock"), {"seconds_ahead": "60", "reason": ""})
    done = client.post(address(evidence, "clock"), {"seconds_ahead": "60", "reason": "Compared."})

    assert "Say how it was found" in refused.content.decode()
    assert (done.status_code, done.headers["Location"]) == (302, address(evidence))
    assert "60 seconds ahead: Compared." in page_of(cast, evidence)
