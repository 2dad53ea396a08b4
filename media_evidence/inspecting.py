"""Looks into a stored picture through a limited process: no parser of foreign bytes runs in ours."""

from __future__ import annotations

import json
import logging
import resource
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from media_evidence import store
from media_evidence.choices import MediaType
from media_evidence.models import Evidence

logger = logging.getLogger(__name__)
PARSER = Path(__file__).with_name("parsing.py")
WALL_SECONDS = 30
LIMITS = {
    resource.RLIMIT_AS: 1 << 30,
    resource.RLIMIT_CPU: 20,
    resource.RLIMIT_FSIZE: 0,
    resource.RLIMIT_CORE: 0,
    resource.RLIMIT_NOFILE: 64,
}


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
    """Return what the parser's process says about a file; nothing where it fails or takes too long."""
    try:
        with path.open("rb") as file:
            ended = subprocess.run(
                [sys.executable, "-I", str(PARSER)],
                stdin=file,
                capture_output=True,
                timeout=WALL_SECONDS,
                env={},
                cwd="/",
                preexec_fn=_limit,
                check=False,
            )
    except subprocess.TimeoutExpired:
        logger.warning("The parser took longer than %s seconds.", WALL_SECONDS)
        return Findings()
    line, _, thumbnail = ended.stdout.partition(b"\n")
    try:
        facts = json.loads(line)
    except ValueError:
        logger.warning("The parser ended with %s and said nothing.", ended.returncode)
        return Findings()
    return Findings(thumbnail, facts["taken"], facts["offset"])


def _limit() -> None:
    for kind, most in LIMITS.items():
        resource.setrlimit(kind, (most, most))
