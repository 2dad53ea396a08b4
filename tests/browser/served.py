"""A console to drive: a seeded database of its own, a web server and a worker on loopback."""

from __future__ import annotations

import atexit
import email
import email.policy
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

from nethra.serve import web_environment
from tests.support import database

START_SECONDS = 60
LOGINS = {
    "admin": ("admin@demo.example", "demo-copper-lantern"),
    "supervisor": ("supervisor@demo.example", "demo-marble-harbour"),
    "officer": ("officer@demo.example", "demo-granite-whistle"),
    "analyst": ("analyst@demo.example", "demo-violet-compass"),
    "auditor": ("auditor@demo.example", "demo-amber-ledgers"),
    "custodian": ("custodian@demo.example", "demo-hollow-anchor"),
    "neighbour": ("officer@demo-south.example", "demo-southern-gull"),
}


#: Where the files of this process's seeded demonstration lie, once there is one.
_seeded_files: list[Path] = []


@dataclass(frozen=True)
class Served:
    """Where the console answers, where its logs are, and the environment its processes run in."""

    url: str
    folder: Path
    environment: Mapping[str, str]

    def mails(self) -> list[str]:
        """Return the texts of the mails that were sent, the oldest first."""
        sent = sorted((self.folder / "mails").glob("*"), key=lambda path: path.stat().st_mtime)
        return [
            str(email.message_from_bytes(path.read_bytes(), policy=email.policy.default)) for path in sent
        ]

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command beside the served console, as an operator would."""
        return run_command(self.environment, *arguments)


def run_command(environment: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command of manage.py; return how it ended."""
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(
        command, cwd=database.ROOT, env=dict(environment), capture_output=True, text=True, check=False
    )


@contextmanager
def serve(folder: Path, name: str, **settings: str) -> Iterator[Served]:
    """Yield a served demonstration with these settings; everything it started ends with it."""
    port = free_port()
    environment = environment_for(folder, name, port) | settings
    running: list[subprocess.Popen[bytes]] = []
    try:
        _seed(folder, name)
        running.append(start_process([sys.executable, "-m", "nethra.serve"], environment, folder / "web.log"))
        worker = [sys.executable, "manage.py", "procrastinate", "worker"]
        running.append(start_process(worker, environment, folder / "worker.log"))
        url = f"http://localhost:{port}"
        wait_for(f"{url}/health", running[0])
        yield Served(url, folder, environment)
    finally:
        for process in running:
            end_process(process)
        database.drop(name)


def _seed(folder: Path, name: str) -> None:
    """Make the database and the files of a demonstration: the first is seeded, later ones are copies of it."""
    seeded = f"nethra_seeded_{os.getpid()}"
    if not _seeded_files:
        kept = Path(mkdtemp(prefix="nethra-seeded-"))
        atexit.register(shutil.rmtree, kept, ignore_errors=True)
        atexit.register(database.drop, seeded)
        database.clone(database.ensure_template(), seeded)
        run_command(environment_for(kept, seeded, 0), "seed_demo").check_returncode()
        _seeded_files.append(kept)
    database.clone(seeded, name)
    shutil.copytree(_seeded_files[0], folder, dirs_exist_ok=True)


def environment_for(folder: Path, name: str, port: int) -> dict[str, str]:
    """Return the environment of the web server: no DSN that is privileged, static files from where they lie."""
    own = {
        "ENVIRONMENT": "test",
        "HTTPS": "false",
        "AUTO_MIGRATE": "false",
        "DATABASE_URL": database.with_database(os.environ["DATABASE_URL"], name),
        "UPLOAD_DIR": str(folder / "uploads"),
        "EVIDENCE_DIR": str(folder / "evidence"),
        "EMAIL_URL": f"filemail://{folder}/mails",
        "PUBLIC_URL": f"http://localhost:{port}",
        "WEB_PORT": str(port),
        "WEB_WORKERS": "1",
        "WEB_THREADS": "4",
    }
    # Pytest names the settings in its environment; nobody does so for a server.
    inherited = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    return {**web_environment(inherited), **own}


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_process(command: list[str], environment: Mapping[str, str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("wb") as out:
        return subprocess.Popen(command, cwd=database.ROOT, env=dict(environment), stdout=out, stderr=out)


def wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    raise RuntimeError(f"{url} does not answer; web.log says why.")


def end_process(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(timeout=15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
