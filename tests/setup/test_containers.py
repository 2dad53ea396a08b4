"""The third way to run Nethra, read closely: no container engine is needed here."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
import yaml

from nethra.core.clamd import scan
from nethra.serve import PRIVILEGED
from tests.setup.commands import ROOT
from tests.support.clamd import EICAR, clamd

APPS = ("nethra", "accounts", "incidents", "cases", "media_evidence", "insights")


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    composed: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
    return composed["services"]  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def dockerfile() -> str:
    return (ROOT / "Dockerfile").read_text()


def test_the_services_wait_for_each_other(services: dict[str, Any]) -> None:
    waits = {
        name: {on: how["condition"] for on, how in service.get("depends_on", {}).items()}
        for name, service in services.items()
    }

    done = "service_completed_successfully"
    assert waits == {
        "database": {},
        "bootstrap": {"database": "service_healthy"},
        "migrate": {"bootstrap": done},
        "web": {"migrate": done},
        "proxy": {"web": "service_healthy"},
        "sealer": {"migrate": done},
        "worker": {"migrate": done},
        "clamav": {},
    }


def test_the_scanner_says_what_it_did_not_look_at_in_whole(services: dict[str, Any]) -> None:
    file = "./script/clamav/clamd.conf"
    assert f"{file}:/etc/clamav/clamd.conf:ro" in services["clamav"]["volumes"]
    lines = [line for line in (ROOT / file).read_text().splitlines() if not line.startswith("#")]
    options = dict(line.split() for line in lines)
    # Where the container has its own.
    for own in ("User", "PidFile", "LocalSocket", "TCPSocket", "DatabaseDirectory"):
        del options[own]

    with clamd(**options) as daemon:
        assert scan(io.BytesIO(EICAR), daemon.address, 10).signature
    assert options["AlertExceedsMax"] == "yes"
    assert {options[name] for name in ("StreamMaxLength", "MaxFileSize", "MaxScanSize")} == {"500M"}


def test_the_database_is_healthy_only_over_tcp(services: dict[str, Any]) -> None:
    assert services["database"]["healthcheck"]["test"][1:4] == ["pg_isready", "-h", "127.0.0.1"]
    assert "ports" not in services["database"]


@pytest.mark.parametrize("name", ["web", "worker"])
def test_web_and_worker_hold_no_privileged_dsn(name: str, services: dict[str, Any]) -> None:
    environment = services[name]["environment"]

    assert not set(environment) & {*PRIVILEGED, "POSTGRES_PASSWORD"}
    assert "MIGRATE" not in environment["DATABASE_URL"]


def test_web_and_worker_share_the_uploads(services: dict[str, Any]) -> None:
    assert services["web"]["volumes"] == services["worker"]["volumes"] == ["uploads:/var/lib/nethra"]


def test_the_image_copies_every_app(dockerfile: str) -> None:
    copied = set(re.findall(r"^COPY (\w+) \1$", dockerfile, flags=re.MULTILINE))
    admitted = set(re.findall(r"^!(\w+)$", (ROOT / ".dockerignore").read_text(), flags=re.MULTILINE))

    assert copied == admitted == set(APPS)


def test_the_image_serves_as_a_plain_user(dockerfile: str) -> None:
    lines = dockerfile.splitlines()

    assert "ARG BASE=python:3.13-slim-bookworm" in lines
    assert lines.index("USER nethra") < lines.index('CMD ["python3", "-m", "nethra.serve"]')
    assert '    CMD ["python3", "-m", "nethra.serve", "--health"]' in lines


@pytest.mark.parametrize("name", ["web", "worker"])
def test_what_settings_say_reaches_web_and_worker(name: str, services: dict[str, Any]) -> None:
    # How people get in is decided by both: the worker writes the mails.
    decided = set(services[name]["environment"])
    ways = "SESSION|LOCK|ADMIN|EMAIL|PUBLIC|STEP|INVITATION"
    example = (ROOT / ".env.example").read_text()
    stated = set(re.findall(rf"^((?:{ways})_[A-Z_]+)=", example, re.MULTILINE))

    assert {each for each in stated if not each.endswith("_FILE")} <= decided
