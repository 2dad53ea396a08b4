"""Looking into pictures through a limited process: no parser of foreign bytes runs in ours."""

from __future__ import annotations

import json
import logging
import resource
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import IO

logger = logging.getLogger(__name__)
PARSER = Path(__file__).with_name("picture_parser.py")
WALL_SECONDS = 30
LIMITS = {
    resource.RLIMIT_AS: 1 << 30,
    resource.RLIMIT_CPU: 20,
    resource.RLIMIT_FSIZE: 0,
    resource.RLIMIT_CORE: 0,
    resource.RLIMIT_NOFILE: 64,
}


@dataclass(frozen=True)
class PictureFacts:
    """What a picture shows: a small JPEG of it; when it says it was taken, as text. Empty: it cannot be read."""

    thumbnail: bytes = b""
    taken: str = ""
    offset: str = ""


def look_into(picture: IO[bytes]) -> PictureFacts:
    """Return what the parser's process says about an open file; nothing where it fails or takes too long."""
    try:
        ended = subprocess.run(
            [sys.executable, "-I", str(PARSER)],
            stdin=picture,
            capture_output=True,
            timeout=WALL_SECONDS,
            env={},
            cwd="/",
            preexec_fn=_limit,
            check=False,
        )
    except subprocess.TimeoutExpired:
        logger.warning("The parser took longer than %s seconds.", WALL_SECONDS)
        return PictureFacts()
    line, _, thumbnail = ended.stdout.partition(b"\n")
    try:
        facts = json.loads(line)
    except ValueError:
        logger.warning("The parser ended with %s and said nothing.", ended.returncode)
        return PictureFacts()
    return PictureFacts(thumbnail, facts["taken"], facts["offset"])


def _limit() -> None:
    for kind, most in LIMITS.items():
        resource.setrlimit(kind, (most, most))
