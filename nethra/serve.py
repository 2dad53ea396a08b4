"""Serve Nethra with gunicorn, or with granian: ``python -m nethra.serve``.

With AUTO_MIGRATE=true the database is migrated first, in a child process. The web server itself never holds
a DSN that could change the schema, bypass row security or read everybody's rows.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from django.core.exceptions import ImproperlyConfigured

from nethra import environment as read

ROOT = Path(__file__).resolve().parent.parent
# SECURITY: these roles own tables or bypass row security; tests/setup/test_serve.py holds the list.
PRIVILEGED = (
    "BOOTSTRAP_DATABASE_URL",
    "MIGRATE_DATABASE_URL",
    "BACKUP_DATABASE_URL",
    "PLATFORM_DATABASE_URL",
    "SEALER_DATABASE_URL",
)


def web_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment without the privileged DSNs, nor the names of files that hold them."""
    hidden = {*PRIVILEGED, *(f"{name}_FILE" for name in PRIVILEGED)}
    return {name: value for name, value in environment.items() if name not in hidden}


@dataclass(frozen=True)
class Served:
    """Where the web server listens, and with how many processes and threads."""

    host: str
    port: int
    workers: int
    threads: int


def web_command() -> list[str]:
    """Return the command line of the web server, read from the WEB_ variables; bad values raise."""
    served = Served(
        host=read.env.str("WEB_HOST", default="127.0.0.1"),
        port=read.number("WEB_PORT", default=8000, least=1, most=65535),
        workers=read.number("WEB_WORKERS", default=2, least=1, most=64),
        threads=read.number("WEB_THREADS", default=4, least=1, most=64),
    )
    command_of = {"gunicorn": gunicorn_command, "granian": granian_command}
    return command_of[read.choice("WEB_SERVER", tuple(command_of), "gunicorn")](served)


def gunicorn_command(served: Served) -> list[str]:
    """Return the command line of gunicorn."""
    command = [sys.executable, "-m", "gunicorn", "nethra.wsgi:application"]
    command += ["--bind", f"{served.host}:{served.port}", "--worker-class", "gthread"]
    command += ["--workers", str(served.workers), "--threads", str(served.threads), "--timeout", "60"]
    command += ["--keep-alive", "5", "--graceful-timeout", "10"]
    # The control socket would lie in the home folder, which a container's user may not have.
    command += ["--no-control-socket"]
    # A heartbeat file on a slow disk makes gunicorn kill healthy workers.
    if os.access("/dev/shm", os.W_OK):  # noqa: S108
        command += ["--worker-tmp-dir", "/dev/shm"]  # noqa: S108
    # What gunicorn says of itself, in lines like everybody else's. It writes no access log: queries hold names.
    command += ["--logger-class", "nethra.core.server_log.ServerLogger"]
    return command


def granian_command(served: Served) -> list[str]:
    """Return the command line of granian: no access log, and no websockets, which nothing here answers."""
    command = [sys.executable, "-m", "granian", "nethra.wsgi:application", "--interface", "wsgi", "--no-ws"]
    command += ["--host", served.host, "--port", str(served.port)]
    command += ["--workers", str(served.workers), "--blocking-threads", str(served.threads)]
    # As gunicorn does: what ended is started again, and who is asked to end has ten seconds for what it is at.
    command += ["--respawn-failed-workers", "--workers-kill-timeout", "10", "--log-level", "warning"]
    return command


def migrate() -> None:
    """Migrate as the migrating role, in a child; raise CalledProcessError when that fails."""
    environment = {**os.environ, "DATABASE_URL": read.required_text("MIGRATE_DATABASE_URL")}
    # A mounted DATABASE_URL_FILE would win over the variable.
    environment.pop("DATABASE_URL_FILE", None)
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--no-input"], cwd=ROOT, env=environment, check=True
    )


def is_healthy() -> bool:
    """Return whether the server of this environment answers /health with 200, as a health check wants it."""
    hosts = [host.removeprefix(".") for host in read.words("ALLOWED_HOSTS") if host != "*"] or ["localhost"]
    port = read.number("WEB_PORT", default=8000, least=1, most=65535)
    request = urllib.request.Request(f"http://127.0.0.1:{port}/health", headers={"Host": hosts[0]})
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310
            return int(answer.status) == 200
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return False


def start() -> NoReturn:
    """Migrate if asked to, then become the web server; exit 1 with one sentence where the settings are wrong."""
    try:
        command = web_command()
        if read.flag("AUTO_MIGRATE", default=False):
            migrate()
    except (ImproperlyConfigured, subprocess.CalledProcessError) as problem:
        sys.exit(f"Nethra did not start: {problem}")
    os.chdir(ROOT)
    os.execve(sys.executable, command, web_environment(os.environ))  # noqa: S606


def main() -> int:
    """Read the command line; --health asks a running server instead of starting one."""
    parser = argparse.ArgumentParser(
        prog="python -m nethra.serve",
        description="Serve Nethra; the WEB_ variables of .env.example say where and how.",
        epilog="Example: WEB_PORT=8080 AUTO_MIGRATE=true python -m nethra.serve",
    )
    parser.add_argument("--health", action="store_true", help="exit 0 if the running server answers, else 1")
    if parser.parse_args().health:
        return 0 if is_healthy() else 1
    start()


if __name__ == "__main__":
    sys.exit(main())
