"""The sweep for leaks as everybody, in requests that commit, over three ways to the database.

Run by script/drill leaks. A connection that serves one agency after the other must carry nothing over.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections

from tests.architecture.leaks import names_with_canary, rows_seen_by, sweep
from tests.architecture.planting import World, plant
from tests.support.people import Cast

WAYS = ("direct", "pool of one", "pgbouncer")


@pytest.fixture
def world(committed_cast: Cast) -> World:
    return plant(committed_cast)


@contextmanager
def settings_of(**changes: Any) -> Iterator[None]:
    """Reach the database with other settings for a while."""
    connections.close_all()
    before = {name: connection.settings_dict.get(name) for name in changes}
    connection.settings_dict.update(changes)
    try:
        yield
    finally:
        connection.close()
        if "pool" in (changes.get("OPTIONS") or {}):
            pooled: Any = connection
            pooled.close_pool()
        connection.settings_dict.update(before)


@contextmanager
def over(way: str, folder: Path) -> Iterator[None]:
    """Go over one of the ways."""
    if way == "direct":
        yield
    elif way == "pool of one":
        options = {**connection.settings_dict["OPTIONS"], "pool": {"min_size": 1, "max_size": 1}}
        with settings_of(OPTIONS=options, CONN_MAX_AGE=0):
            yield
    else:
        with pgbouncer(folder) as port:
            # In transaction mode a prepared statement may meet another server connection.
            options = {**connection.settings_dict["OPTIONS"], "prepare_threshold": None}
            with settings_of(HOST="127.0.0.1", PORT=str(port), OPTIONS=options):
                yield


@contextmanager
def pgbouncer(folder: Path) -> Iterator[int]:
    """Run a real pgbouncer in transaction mode with one server connection; yield its port."""
    told = connection.settings_dict
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    (folder / "users.txt").write_text(f'"{told["USER"]}" "{told["PASSWORD"]}"\n')
    (folder / "pgbouncer.ini").write_text(
        f"""[databases]
* = host={told["HOST"]} port={told["PORT"]}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = plain
auth_file = {folder}/users.txt
pool_mode = transaction
default_pool_size = 1
max_client_conn = 50
ignore_startup_parameters = extra_float_digits,options
logfile = {folder}/pgbouncer.log
"""
    )
    folder.chmod(0o755)
    for path in (folder, folder / "users.txt", folder / "pgbouncer.ini"):
        shutil.chown(path, "postgres")
    run = subprocess.Popen(["pgbouncer", "-u", "postgres", str(folder / "pgbouncer.ini")])
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        else:
            raise AssertionError((folder / "pgbouncer.log").read_text())
        yield port
    finally:
        run.terminate()
        run.wait(10)


@pytest.mark.parametrize("way", WAYS)
def test_nobody_is_answered_what_is_not_theirs(world: World, evidence_dir: Path, way: str) -> None:
    leaks, failures, asked = [], [], 0
    with over(way, Path(tempfile.mkdtemp(prefix="nethra-bouncer-"))):
        # The agencies by turns, so that a connection serves the one straight after the other.
        for name in sorted(world.people, key=lambda name: ("south" in name, name)):
            for door in ("api", "console"):
                found = sweep(world, name, door, commits=True)
                leaks += [f"{name}: {leak}" for leak in found.leaks]
                failures += [f"{name}: {failure}" for failure in found.failures]
                asked += found.asked
            user = world.people[name]
            if user.agency_id != world.cast.north.pk:
                assert rows_seen_by(user, world.cast.north.pk) == {}
    print(
        f"{way}: {asked} requests as {len(world.people)} people, {len(leaks)} leaks, {len(failures)} failures"
    )

    assert leaks == []
    assert failures == []
    assert names_with_canary(evidence_dir) == []
