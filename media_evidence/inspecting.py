"""What a stored picture shows, and when it says it was taken."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from media_evidence import store
from media_evidence.choices import MediaType
from media_evidence.models import Evidence
from nethra.core.pictures import look_into


@dataclass(frozen=True)
class Findings:
    """What was found in a file: a JPEG thumbnail, or nothing; when it says it was recorded, as text."""

    thumbnail: bytes = b""
    taken: str = ""
    offset: str = ""

    def captured_at(self, zone: ZoneInfo) -> datetime | None:
        """Return when the file says it was recorded; without an offset of its own it speaks of ``zone``."""
        try:
            return datetime.strptime(f"{self.taken} {self.offset}", "%Y:%m:%d %H:%M:%S %z")
        except ValueError:
            pass
        try:
            return datetime.strptime(self.taken, "%Y:%m:%d %H:%M:%S").replace(tzinfo=zone)
        except ValueError:
            return None


def inspect(evidence: Evidence) -> Findings:
    """Return what a picture shows; nothing for other files, and for pictures that cannot be read."""
    path = store.file_path(evidence.agency_id, evidence.sha256)
    if evidence.media_type != MediaType.PHOTO or not path.is_file():
        return Findings()
    return parse(path)


def parse(path: Path) -> Findings:
    """Return what a file shows; nothing where it is no picture that can be read."""
    with path.open("rb") as file:
        facts = look_into(file)
    return Findings(facts.thumbnail, facts.taken, facts.offset)
