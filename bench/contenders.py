"""What is compared: processes that answer HTTP, what they cost, and PostgreSQL by itself."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

CLIENTS = 16
START_SECONDS = 60
TICKS = os.sysconf("SC_CLK_TCK")
SCRIPT = Path(__file__).with_name("requests.lua")


@dataclass(frozen=True)
class Server:
    """A running web server: all of its processes are one group."""

    name: str
    port: int
    group: int

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def memory(self) -> float:
        """Return the megabytes of its processes, what they share counted once."""
        found = 0
        for pid in _pids():
            if _stat(pid).get("group") == self.group:
                rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
                found += int(re.findall(r"^Pss:\s+(\d+)", rollup, re.MULTILINE)[0])
        return found / 1024


@dataclass(frozen=True)
class Measured:
    """One visit. Latencies and processor time are milliseconds, the latter for each request."""

    per_second: float
    p50: float
    p99: float | None
    app_cpu: float
    database_cpu: float
    errors: int
    kilobytes: float


@contextmanager
def serving(name: str, command: Sequence[str], environment: Mapping[str, str], log: Path) -> Iterator[Server]:
    """Yield a started server whose command line holds PORT; it ends with the block."""
    port = free_port()
    told = [part.replace("PORT", str(port)) for part in command]
    environment = {**environment, "WEB_PORT": str(port)}
    with log.open("wb") as out:
        process = subprocess.Popen(
            told, env=environment, cwd=environment.get("PWD"), stdout=out, stderr=out, start_new_session=True
        )
    try:
        _wait(name, port, process, log)
        yield Server(name, port, process.pid)
    finally:
        end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """End a server with all of its processes."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, sign)
            process.wait(timeout=15)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            continue


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(name: str, port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        # Before its processes have loaded what they serve, a server only takes connections.
        try:
            _ask(port)
        except (OSError, HTTPException):
            time.sleep(0.2)
        else:
            return
    raise SystemExit(f"{name} did not start; {log} says why.")


def _ask(port: int) -> None:
    asking = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        asking.request("GET", "/")
        asking.getresponse().read()
    finally:
        asking.close()


def visit(server: Server, file: Path, seconds: int, postmaster: int) -> Measured:
    """Return what wrk measures while it sends the requests of a file in turn, from 16 clients."""
    before = _spent(server.group), _spent_by_database(postmaster)
    command = ["wrk", "-t1", f"-c{CLIENTS}", f"-d{seconds}s", "--timeout", "60s", "-s", str(SCRIPT)]
    done = subprocess.run([*command, server.url, "--", str(file)], capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout.partition("@@")[2])
    requests = max(found["requests"], 1)
    return Measured(
        per_second=found["requests"] / found["microseconds"] * 1e6,
        p50=found["p50"],
        p99=found["p99"],
        app_cpu=(_spent(server.group) - before[0]) / requests * 1000,
        database_cpu=(_spent_by_database(postmaster) - before[1]) / requests * 1000,
        errors=found["broken"] + found["refused"],
        kilobytes=found["bytes"] / requests / 1000,
    )


def visit_database(scripts: Sequence[str], dsn: str, seconds: int, postmaster: int) -> Measured:
    """Return what pgbench measures while 16 clients run these scripts, each in one round trip."""
    before = _spent_by_database(postmaster)
    command = ["pgbench", "-n", "-M", "simple", f"-c{CLIENTS}", "-j1", f"-T{seconds}"]
    with TemporaryDirectory() as folder:
        for number, script in enumerate(scripts):
            file = Path(folder) / str(number)
            file.write_text(script, encoding="utf-8")
            command += ["-f", str(file)]
        environment = {**os.environ, "PGOPTIONS": "-c jit=off -c max_parallel_workers_per_gather=0"}
        done = subprocess.run(
            [*command, dsn], capture_output=True, text=True, check=True, env=environment
        ).stdout
    return Measured(
        per_second=_number(r"tps = ([\d.]+)", done),
        p50=_number(r"latency average = ([\d.]+)", done),
        p99=None,
        app_cpu=0.0,
        database_cpu=(_spent_by_database(postmaster) - before)
        / max(_number(r"actually processed: (\d+)", done), 1)
        * 1000,
        errors=round(_number(r"failed transactions: (\d+)", done)),
        kilobytes=0.0,
    )


def _number(pattern: str, text: str) -> float:
    found = re.search(pattern, text)
    return float(found[1]) if found else 0.0


def _pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def _stat(pid: int) -> dict[str, float]:
    """Return parent, group and processor seconds of a process, own and of ended children; empty where it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return {}
    own, ended = (sum(map(int, fields[a:b])) / TICKS for a, b in ((11, 13), (13, 15)))
    return {"parent": int(fields[1]), "group": int(fields[2]), "own": own, "ended": ended}


def _spent(group: int) -> float:
    return sum(s["own"] for s in map(_stat, _pids()) if s.get("group") == group)


def _spent_by_database(postmaster: int) -> float:
    alive = sum(s["own"] for s in map(_stat, _pids()) if s.get("parent") == postmaster)
    return alive + _stat(postmaster)["ended"]
