"""A real clamd for tests, with a signature file of our own; freshclam is never asked for one."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from nethra.core.clamd import ScanFailed, version
from tests.support.database import ROOT

OWN = ROOT / ".local" / "clamav"
#: The test file of EICAR, in parts: whole, it would make scanners remove this file.
EICAR = b"".join([b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$", b"EICAR-STANDARD-ANTIVIRUS", b"-TEST-FILE!$H+H*"])
SIGNATURE = "Nethra.Test.EICAR"
START_SECONDS = 30
#: Megabytes that the daemon of the tests takes.
MOST_MB = 2


@dataclass
class Clamd:
    """A daemon that can be killed, stopped and started again, and the path of its socket."""

    folder: Path
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def address(self) -> str:
        """The path of its socket."""
        return str(self.folder / "clamd.sock")

    def start(self) -> None:
        """Start it and wait until it answers."""
        log = self.folder / "clamd.log"
        with log.open("ab") as out:
            command = [program(), f"--config-file={self.folder / 'clamd.conf'}"]
            self.running.append(subprocess.Popen(command, env=environment(), cwd="/", stdout=out, stderr=out))
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until and self.running[-1].poll() is None:
            try:
                version(self.address, 5)
            except ScanFailed:
                time.sleep(0.05)
            else:
                return
        raise RuntimeError(f"clamd does not answer: {log.read_text()}")

    def kill(self) -> None:
        """End it at once, as a crash would; nobody answers any more."""
        while self.running:
            process = self.running.pop()
            process.kill()
            process.wait()
        Path(self.address).unlink(missing_ok=True)

    def learn(self, name: str, content: bytes) -> None:
        """Add a signature of a file that begins with this content; it counts from the next start."""
        with (self.folder / "signatures" / "nethra.ndb").open("a") as out:
            out.write(f"{name}:0:0:{content.hex()}\n")


def program() -> str:
    """Return the daemon's program; skip the test where it is absent."""
    own = OWN / "usr" / "sbin" / "clamd"
    found = shutil.which("clamd") or (str(own) if own.exists() else "")
    if not found:
        pytest.skip("clamd is not here; script/setup --dev fetches it.")
    return found


def environment() -> dict[str, str]:
    """Return the environment in which the fetched program finds its libraries."""
    folders = {str(path.parent) for path in OWN.glob("usr/lib/**/libclamav.so*")}
    return {**os.environ, "LD_LIBRARY_PATH": ":".join(sorted(folders))} if folders else dict(os.environ)


@contextmanager
def clamd(**options: str) -> Iterator[Clamd]:
    """Yield a daemon that knows the EICAR file; ``options`` are lines of its configuration."""
    # The path of a socket has 107 letters at most, which those of pytest may have.
    with TemporaryDirectory(prefix="clamd-") as name:
        daemon = Clamd(Path(name))
        (daemon.folder / "signatures").mkdir()
        daemon.learn(SIGNATURE, EICAR)
        lines = {
            "Foreground": "yes",
            "LocalSocket": daemon.address,
            "DatabaseDirectory": str(daemon.folder / "signatures"),
            "TemporaryDirectory": name,
            "StreamMaxLength": f"{MOST_MB}M",
            "MaxFileSize": f"{MOST_MB}M",
            "AlertExceedsMax": "yes",
            **options,
        }
        text = "".join(f"{option} {value}\n" for option, value in lines.items())
        (daemon.folder / "clamd.conf").write_text(text)
        try:
            daemon.start()
            yield daemon
        finally:
            daemon.kill()
