"""Nothing that somebody sends makes the server call an address: no code can, and a listener hears nothing."""

from __future__ import annotations

import ast
import json
import socket
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.files.uploadedfile import SimpleUploadedFile

from incidents.area_files import read_area_file
from media_evidence.jobs import inspect_evidence_job
from nethra.core.errors import InvalidInput
from tests.support.cases import make_case
from tests.support.database import ROOT
from tests.support.files import make_evidence
from tests.support.people import Cast, access_for, api_client, console_client

PACKAGES = ("nethra", "cases", "incidents", "media_evidence", "accounts", "insights")
CLIENTS = {
    "urllib.request",
    "http.client",
    "socket",
    "ssl",
    "ftplib",
    "smtplib",
    "xmlrpc",
    "requests",
    "httpx",
    "urllib3",
    "aiohttp",
}
#: They call what the settings name: the server asks itself whether it is well, the sealer sends lines to syslog, the
#: worker sends files to clamd.
ALLOWED = {
    ("nethra/serve.py", "urllib.request"),
    ("nethra/audit/ledger.py", "socket"),
    ("nethra/core/clamd.py", "socket"),
}


def imports(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_no_code_of_ours_can_call_another_server() -> None:
    found = {
        (str(file.relative_to(ROOT)), name)
        for package in PACKAGES
        for file in (ROOT / package).rglob("*.py")
        for name in imports(file)
        if name in CLIENTS or name.split(".")[0] in CLIENTS
    }

    assert found == ALLOWED


def test_no_field_of_the_api_takes_an_address() -> None:
    schema = yaml.safe_load((ROOT / "docs" / "openapi" / "v1.yaml").read_text())
    written = {name: part for name, part in schema["components"]["schemas"].items() if "Request" in name}

    assert len(written) > 30
    assert [
        (name, member)
        for name, part in written.items()
        for member, facts in part.get("properties", {}).items()
        if facts.get("format") in ("uri", "url", "iri", "hostname")
    ] == []


# A listener that nobody may call


@dataclass
class Listener:
    """A server on loopback that keeps who called."""

    url: str
    callers: list[Any] = field(default_factory=list)


@pytest.fixture
def listener() -> Iterator[Listener]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        found = Listener(f"http://127.0.0.1:{server.getsockname()[1]}/secret")
        stop = threading.Event()

        def wait() -> None:
            while not stop.is_set():
                try:
                    caller, address = server.accept()
                except TimeoutError:
                    continue
                found.callers.append(address)
                caller.close()

        thread = threading.Thread(target=wait)
        thread.start()
        yield found
        stop.set()
        thread.join()


def raster(url: str) -> bytes:
    """Return what GDAL takes for a table that lies elsewhere."""
    return (
        f"<OGRVRTDataSource><OGRVRTLayer name='areas'><SrcDataSource>/vsicurl/{url}</SrcDataSource>"
        "</OGRVRTLayer></OGRVRTDataSource>"
    ).encode()


def test_area_files_that_point_elsewhere_are_refused_and_nobody_is_called(
    listener: Listener, tmp_path: Path
) -> None:
    content = raster(listener.url)
    for name in ("areas.shp", "areas.geojson", "areas.json", "areas.gpkg"):
        (tmp_path / name).write_bytes(content)
    for part in (".shx", ".dbf"):
        (tmp_path / f"areas{part}").write_bytes(content)
    with zipfile.ZipFile(tmp_path / "areas.zip", "w") as archive:
        for part in (".shp", ".shx", ".dbf", ".prj"):
            archive.writestr(f"areas{part}", content)
    crs = {"type": "link", "properties": {"href": listener.url, "type": "proj4"}}
    linked = tmp_path / "linked.geojson"
    linked.write_text(json.dumps({"type": "FeatureCollection", "features": [], "crs": crs}))

    for name in ("areas.shp", "areas.geojson", "areas.json", "areas.gpkg", "areas.zip", "linked.geojson"):
        with pytest.raises(InvalidInput):
            read_area_file(tmp_path / name)
    assert listener.callers == []


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("plan.svg", "<svg xmlns='http://www.w3.org/2000/svg'><image href='{url}'/></svg>"),
        ("page.html", "<html><img src='{url}'></html>"),
        ("list.m3u8", "#EXTM3U\n#EXTINF:10,\n{url}\n"),
        ("table.xml", "<!DOCTYPE a [<!ENTITY b SYSTEM '{url}'>]><a>&b;</a>"),
    ],
)
def test_exhibits_that_point_elsewhere_are_kept_and_nobody_is_called(
    cast: Cast, listener: Listener, name: str, content: str
) -> None:
    access = access_for(cast.officer)
    evidence = make_evidence(access, make_case(access), content.format(url=listener.url).encode(), name=name)
    inspect_evidence_job(agency_id=access.agency_id, evidence_id=evidence.pk)

    assert api_client(cast.officer).get(f"/api/v1/evidence/{evidence.pk}/file").status_code == 200
    assert listener.callers == []


def test_addresses_in_texts_are_texts(cast: Cast, listener: Listener) -> None:
    client = api_client(cast.officer)
    body = {
        "offences": [{"code": "220"}],
        "occurred_from": "2026-01-01T10:00:00Z",
        "description": listener.url,
        "address": listener.url,
        "location": {"type": "Point", "coordinates": [-122.42, 37.77]},
    }
    made = client.post("/api/v1/incidents", body, format="json", headers={"Referer": listener.url})
    file = SimpleUploadedFile("a.csv", f"date,offence\n{listener.url},{listener.url}\n".encode())
    console = console_client(cast.analyst)
    console.post("/console/incidents/importbatch/add/", {"file": file, "profile": "generic"})
    left = console.get(f"/console/login/?next={listener.url}")

    assert made.status_code == 201, made.content
    assert not left.headers.get("Location", "").startswith(listener.url)
    assert listener.callers == []
