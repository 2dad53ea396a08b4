"""How the set-up tests run the commands of script/."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = ("setup", "db", "server", "test", "drill", "vendor")


def run(
    *command: str, cwd: Path | None = None, environment: Mapping[str, str] | None = None, seconds: int = 300
) -> subprocess.CompletedProcess[str]:
    """Run a command without a terminal and return what it said; never raises for its exit code."""
    return subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )


def shell(lines: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run lines of bash after loading script/lib.sh."""
    return run("bash", "-c", f'set -euo pipefail\n. "{ROOT}/script/lib.sh"\n{lines}', cwd=cwd)
