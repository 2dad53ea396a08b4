"""QGIS opens a project whose layers are those of the OGC API, and shows what there is. Run by script/drill qgis."""

from __future__ import annotations

import json
import os
import subprocess
import urllib.request
from pathlib import Path
from typing import Any

from tests.browser.served import LOGINS, Served
from tests.support.database import ROOT

pytest_plugins = ["tests.browser.conftest"]


def call(served: Served, path: str, body: Any = None, token: str = "") -> Any:
    """Return the JSON that the API answers."""
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"} if token else {}
    headers |= {"Content-Type": "application/json"}
    sent = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{served.url}{path}", sent, headers)  # noqa: S310
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
        return json.load(answer)


def shown_by_qgis(served: Served, key: str, folder: Path) -> Any:
    """Return what QGIS says of the layers of a project that it saved and opened again."""
    own = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "XDG_RUNTIME_DIR": str(folder),
        "QGIS_AUTH_DB_DIR_PATH": str(folder),
        "QGIS_KEY": key,
    }
    script = str(ROOT / "tests" / "support" / "qgis_layers.py")
    project = folder / "nethra.qgs"
    command = ["xvfb-run", "-a", "/usr/bin/python3", script, f"{served.url}/ogc", str(project)]
    done = subprocess.run(command, env=own, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert key not in project.read_text()
    return json.loads(done.stdout.splitlines()[-1])


def test_a_project_shows_every_layer_whole(served: Served, tmp_path: Path) -> None:
    email, password = LOGINS["officer"]
    token = call(served, "/auth/login", {"email": email, "password": password})["token"]
    scopes = ["view_incidents", "view_cases", "view_areas"]
    key = call(served, "/auth/keys", {"name": "QGIS", "scopes": scopes, "days": 1}, token)["key"]
    totals = {
        "incidents": call(served, "/api/v1/incidents?count=exact&size=1", token=key)["total"],
        "cases": call(served, "/api/v1/cases?count=exact&size=1", token=key)["total"],
        "areas": call(served, "/api/v1/areas?current=true&count=exact&size=1", token=key)["total"],
    }
    reported = call(served, "/api/v1/incidents?status=reported&count=exact&size=1", token=key)["total"]

    told = shown_by_qgis(served, key, tmp_path)

    print(json.dumps({"total": totals, "qgis": told}, indent=1))
    for name, total in totals.items():
        layer = told[name]
        assert (layer["is_valid"], layer["read"]) == (True, total)
        assert layer["in_half"] == layer["lies_in_half"] > 0
    assert "notes" not in told["incidents"]["fields"]
    assert told["incidents"]["reported"] == reported
