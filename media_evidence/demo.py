"""The demonstration's exhibits: small real files that Nethra makes itself."""

from __future__ import annotations

import hashlib
import io
import math
import struct
import wave
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.dispatch import receiver
from PIL import Image, ImageDraw

from accounts.models import User
from cases.models import Case
from cases.signals import demo_cases_seeded
from incidents.models import Incident
from media_evidence.custody.verbs import take_step
from media_evidence.demo_room import seed_room
from media_evidence.keeping.categories import set_categories
from media_evidence.models import Evidence, RetentionCategory
from media_evidence.services import add_evidence
from nethra.core.access import Access
from nethra.core.models import uuid7
from nethra.core.scope import Scope, set_scope
from nethra.core.uploads import StreamedFile, incoming_folder

EXIF_DETAILS, EXIF_PLACE, TAKEN_AT, MADE_BY = 0x8769, 0x8825, 0x9003, 0x010F
STATEMENT = """Statement, taken at the door.

I came home at a quarter to seven. The yard gate stood open, which it never does.
A grey van was parked across the lane; it left while I was on the telephone.
I did not see the number.
"""


@receiver(demo_cases_seeded)
def seed_evidence(sender: Any, access: Access, people: dict[str, User], cases: list[Case], **_: Any) -> None:
    """Hang files on the cases that are still open."""
    makers: tuple[tuple[str, str, str, Callable[[Incident], bytes]], ...] = (
        ("Rear window", "window.jpg", "phone", photo),
        ("Statement of the neighbour", "statement.txt", "", lambda incident: STATEMENT.encode()),
        ("Report of the first officer", "report.pdf", "", report),
        ("Call to the switchboard", "call.wav", "", call),
    )
    category = RetentionCategory.objects.visible_to(access).get(name="Offences against property")
    open_cases = [case for case in cases if not case.is_closed]
    for index, case in enumerate(open_cases[:5]):
        incident = case.primary_incident
        exhibits = []
        for title, name, camera, make in makers if index == 0 else makers[: 1 + index % 3]:
            file = _arrived(make(incident), name)
            exhibits.append(
                add_evidence(access=access, case=case, file=file, title=title, camera_type=camera)
            )
            file.path.unlink()
        for exhibit in exhibits:
            set_categories(access=access, evidence=exhibit, categories=[category.pk])
        if index == 0:
            _move(access, people, exhibits[0], incident)
            seed_room(access, people, case)


def _move(access: Access, people: dict[str, User], evidence: Evidence, incident: Incident) -> None:
    """Give a photo a history by several hands: at the end it is on its way to the officer."""
    supervisor, officer = people["supervisor"], people["officer"]
    steps: tuple[tuple[User, str, dict[str, Any]], ...] = (
        (
            supervisor,
            "collected",
            {"happened_at": incident.reported_at, "place": "Rear window", "seal_number": "B-20417"},
        ),
        (supervisor, "transferred", {"to_person_id": officer.pk}),
        (officer, "accepted", {"place": "Laboratory of photography"}),
        (officer, "analysed", {"reason": "Enlarged and sharpened; a tool mark at the lower edge."}),
        (officer, "released", {"to_name": "State laboratory", "reason": "Comparison of the tool mark"}),
        (supervisor, "returned", {"place": "Property room", "seal_number": "B-20433"}),
        (supervisor, "transferred", {"to_person_id": officer.pk, "reason": "For the interview"}),
    )
    for person, kind, values in steps:
        theirs = replace(access, user_id=person.pk)
        set_scope(Scope.of(theirs, reason="demonstration seeded"))
        take_step(access=theirs, evidence=evidence, kind=kind, **values)
    set_scope(Scope.of(access, reason="demonstration seeded"))


def photo(incident: Incident) -> bytes:
    """Return a drawn picture of a forced window, as a JPEG that says when and where it was taken."""
    picture = Image.new("RGB", (1200, 900), (88, 98, 112))
    draw = ImageDraw.Draw(picture)
    for row in range(0, 900, 60):
        for column in range(-(row // 60 % 2) * 60, 1200, 120):
            draw.rectangle((column + 2, row + 2, column + 116, row + 56), fill=(142, 92, 74))
    draw.rectangle((380, 220, 820, 700), fill=(232, 228, 216))
    draw.rectangle((410, 250, 790, 670), fill=(52, 66, 84))
    draw.line((600, 250, 600, 670), fill=(232, 228, 216), width=18)
    draw.polygon(((620, 400), (700, 360), (760, 450), (690, 540), (630, 500)), fill=(16, 20, 28))
    draw.line((380, 640, 340, 720), fill=(210, 190, 120), width=10)
    exif = Image.Exif()
    exif[MADE_BY] = "Nethra demonstration"
    exif[EXIF_DETAILS] = {TAKEN_AT: incident.reported_at.strftime("%Y:%m:%d %H:%M:%S")}
    if incident.location is not None:
        exif[EXIF_PLACE] = _place(incident.location.x, incident.location.y)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=85, exif=exif)
    return out.getvalue()


def report(incident: Incident) -> bytes:
    """Return a one-page PDF."""
    lines = (f"Report on incident {incident.number}", incident.address, incident.description[:90])
    shown = "".join(
        f"1 0 0 1 60 {760 - 24 * index} Tm ({_plain(line)}) Tj " for index, line in enumerate(lines)
    )
    content = f"BT /F1 12 Tf {shown}ET".encode("latin-1")
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out, places = io.BytesIO(b"%PDF-1.4\n"), []
    out.seek(0, io.SEEK_END)
    for number, part in enumerate(parts, start=1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, part))
    table = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(parts) + 1))
    out.writelines(b"%010d 00000 n \n" % place for place in places)
    out.write(b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(parts) + 1, table))
    return out.getvalue()


def call(incident: Incident) -> bytes:
    """Return two seconds of a dialling tone as WAV."""
    out, rate = io.BytesIO(), 8000
    with wave.open(out, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        tone = (int(9000 * math.sin(2 * math.pi * 425 * n / rate)) for n in range(2 * rate))
        sound.writeframes(b"".join(struct.pack("<h", level) for level in tone))
    return out.getvalue()


def _place(longitude: float, latitude: float) -> dict[int, Any]:
    north, east = "N" if latitude >= 0 else "S", "E" if longitude >= 0 else "W"
    return {1: north, 2: (abs(latitude), 0.0, 0.0), 3: east, 4: (abs(longitude), 0.0, 0.0)}


def _plain(text: str) -> str:
    kept = "".join(sign if " " <= sign <= "~" else "?" for sign in text)
    return kept.replace("\\", " ").replace("(", "[").replace(")", "]")


def _arrived(content: bytes, name: str) -> StreamedFile:
    path = incoming_folder() / str(uuid7())
    path.write_bytes(content)
    return StreamedFile(path, hashlib.sha256(content).hexdigest(), len(content), name=name)
