"""A real S3 server for drills: Ceph's radosgw over one monitor and one object server in memory, on loopback."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from uuid import uuid4

import boto3

from tests.browser.served import free_port

KEY, SECRET, BUCKET = "nethra-drill", "drill-secret", "evidence"
PATIENCE_SECONDS = 90
CONFIGURATION = """
[global]
fsid = {fsid}
mon initial members = a
mon host = [v2:127.0.0.1:{monitor}/0,v1:127.0.0.1:{monitor_v1}/0]
public addr = 127.0.0.1
keyring = {folder}/keyring
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd crush chooseleaf type = 0
mon allow pool size one = true
mon data = {folder}/mon
osd data = {folder}/osd
osd objectstore = memstore
memstore device bytes = 4294967296
run dir = {folder}
admin socket = {folder}/$name.asok
log file = {folder}/$name.log
pid file = {folder}/$name.pid
[client.admin]
rgw frontends = beast endpoint=127.0.0.1:{gateway}
rgw crypt require ssl = false
"""


class ObjectServer:
    """The three processes, their folder, and the address of what they serve."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._environment = {**os.environ, "CEPH_CONF": str(folder / "ceph.conf")}

    @property
    def endpoint(self) -> str:
        found = re.search(r"endpoint=(\S+)", (self.folder / "ceph.conf").read_text())
        assert found is not None
        return found[1]

    @property
    def url(self) -> str:
        """What EVIDENCE_BUCKET_URL says."""
        return f"s3+http://{KEY}:{SECRET}@{self.endpoint}/{BUCKET}"

    def start(self) -> None:
        """Make the cluster, its user and a bucket whose files can be locked; return when it answers."""
        for name in ("mon", "osd"):
            (self.folder / name).mkdir()
        ports = {name: free_port() for name in ("monitor", "monitor_v1", "gateway")}
        told = CONFIGURATION.format(folder=self.folder, fsid=uuid4(), **ports)
        (self.folder / "ceph.conf").write_text(told)
        self._start_monitor(told)
        self._start_object_server()
        user = ("--uid=nethra", "--display-name=nethra", f"--access-key={KEY}", f"--secret-key={SECRET}")
        self._run("radosgw-admin", "user", "create", *user)
        self.start_gateway()
        client = boto3.client(
            "s3",
            endpoint_url=f"http://{self.endpoint}",
            aws_access_key_id=KEY,
            aws_secret_access_key=SECRET,
            region_name="us-east-1",
        )
        client.create_bucket(Bucket=BUCKET, ObjectLockEnabledForBucket=True)

    def start_gateway(self) -> None:
        """Start radosgw; return when it answers."""
        self._run("radosgw", "-n", "client.admin")
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            try:
                urllib.request.urlopen(f"http://{self.endpoint}/", timeout=2).close()
                return
            except (URLError, OSError):
                time.sleep(0.5)
        raise RuntimeError(f"radosgw does not answer; see {self.folder}/client.admin.log.")

    def kill(self, name: str) -> None:
        """Kill client.admin, which is the gateway, osd.0 or mon.a, where it runs."""
        try:
            pid = int((self.folder / f"{name}.pid").read_text())
            os.kill(pid, signal.SIGKILL)
        except (FileNotFoundError, ProcessLookupError, ValueError):
            return
        (self.folder / f"{name}.pid").unlink(missing_ok=True)

    def _start_monitor(self, told: str) -> None:
        fsid = re.search(r"fsid = (\S+)", told)
        address = re.search(r"mon host = (\S+)", told)
        assert fsid is not None
        assert address is not None
        everything = ("--cap", "mon", "allow *", "--cap", "osd", "allow *")
        keys = ("ceph-authtool", "keyring", "--gen-key", "-n")
        self._run("ceph-authtool", "--create-keyring", "keyring")
        self._run(*keys, "mon.", "--cap", "mon", "allow *")
        self._run(*keys, "client.admin", *everything)
        self._run("monmaptool", "--create", "--addv", "a", address[1], "--fsid", fsid[1], "monmap")
        self._run("ceph-mon", "--mkfs", "-i", "a", "--monmap", "monmap", "--keyring", "keyring")
        self._run("ceph-mon", "-i", "a")

    def _start_object_server(self) -> None:
        self._run("ceph-authtool", "keyring", "--gen-key", "-n", "osd.0")
        secret = self._run("ceph-authtool", "-p", "-n", "osd.0", "keyring").strip()
        key = str(uuid4())
        self._run("ceph", "osd", "new", key, "-i", "-", said=json.dumps({"cephx_secret": secret}))
        self._run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", key)
        self._run("ceph", "osd", "crush", "add", "osd.0", "1.0", "host=here", "root=default")
        self._run("ceph-osd", "-i", "0")

    def _run(self, *command: str, said: str = "") -> str:
        done = subprocess.run(
            command,
            input=said,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            env=self._environment,
            cwd=self.folder,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)}: {done.stderr}")
        return done.stdout


@contextmanager
def object_server(folder: Path) -> Iterator[ObjectServer]:
    """Start a server in this folder and end it afterwards."""
    server = ObjectServer(folder)
    try:
        server.start()
        yield server
    finally:
        for name in ("client.admin", "osd.0", "mon.a"):
            server.kill(name)
