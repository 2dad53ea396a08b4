"""The tests of evidence, over a bucket of a real S3 server; run by script/drill s3."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.support.objects import object_server

TRIED = ("tests/media_evidence", "tests/audit/test_court_bundle.py", "tests/drills/s3_bucket.py")


def main(arguments: list[str]) -> int:
    """Return pytest's exit code."""
    # The paths of sockets must be short.
    with (
        tempfile.TemporaryDirectory(prefix="s3-", dir="/tmp") as folder,
        object_server(Path(folder)) as server,
    ):
        environment = {**os.environ, "EVIDENCE_BUCKET_URL": server.url, "DRILL_S3": folder}
        command = [sys.executable, "-m", "pytest", "-q", "-s", "-m", "not on_disk", *TRIED, *arguments]
        return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
