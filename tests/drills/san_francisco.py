"""San Francisco's incidents in a database of their own, and the console served over them, for drills."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from urllib.request import Request, urlopen
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection

from accounts.models import Agency, User
from accounts.services import find_agency
from bench.import_sf import DISTRICTS, FILE, make_agency
from incidents.models import Incident
from nethra.core.access import operator_access
from nethra.core.scope import agency_scope
from tests.browser.served import end_process, environment_for, free_port, start_process, wait_for
from tests.support.database import ROOT, with_database
from tests.support.people import make_user

STORED = 875_659


@dataclass
class City:
    """The imported city: who looks at it, and how many incidents with a place a period has."""

    agency: Agency
    analyst: User

    @property
    def latest(self) -> date:
        """The local day of the newest incident."""
        with agency_scope(operator_access(self.agency.pk)):
            newest = Incident.objects.visible_to(operator_access(self.agency.pk)).latest("occurred_from")
        return newest.occurred_from.astimezone(ZoneInfo(self.agency.time_zone)).date()

    def placed(self, period: str) -> int:
        """Return how many incidents with a place began on the days of a period, FIRST/LAST."""
        zone = ZoneInfo(self.agency.time_zone)
        first, last = (datetime.fromisoformat(day).replace(tzinfo=zone) for day in period.split("/"))
        access = operator_access(self.agency.pk)
        with agency_scope(access):
            return (
                Incident.objects.visible_to(access)
                .filter(occurred_from__gte=first, occurred_from__lt=last + timedelta(days=1))
                .filter(location__isnull=False)
                .count()
            )


def import_city(police_data: Path) -> City:
    """Return San Francisco in the database of this drill, with an analyst."""
    make_agency("sf", police_data / "sf" / DISTRICTS)
    access = operator_access(find_agency("sf"))
    with agency_scope(access):
        agency = Agency.objects.visible_to(access).get()
        # This drill is about something else than second factors.
        agency.second_factor_roles = []
        agency.save(update_fields=["second_factor_roles"])
    connection.close()
    url = with_database(os.environ["DATABASE_URL"], str(connection.settings_dict["NAME"]))
    began = time.monotonic()
    command = [sys.executable, "manage.py", "import_incidents", str(police_data / "sf" / FILE)]
    command += ["--profile", "sf", "--agency", "sf", "--json"]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "DATABASE_URL": url}, stdout=subprocess.PIPE, check=True
    )
    print(f"\nimported: {time.monotonic() - began:.0f} s")
    assert json.loads(done.stdout)["stored"] == STORED
    return City(agency, make_user(agency, "analyst", "Ana Lyst"))


@contextmanager
def served(folder: Path, *, with_worker: bool = False) -> Iterator[str]:
    """Serve the console with gunicorn, as in life, over the database of this drill; yield its address."""
    port = free_port()
    environment = environment_for(folder, str(connection.settings_dict["NAME"]), port) | {"WEB_WORKERS": "2"}
    running = [start_process([sys.executable, "-m", "nethra.serve"], environment, folder / "web.log")]
    try:
        wait_for(f"http://localhost:{port}/health", running[0])
        if with_worker:
            worker = [sys.executable, "manage.py", "procrastinate", "worker"]
            running.append(start_process(worker, environment, folder / "worker.log"))
        yield f"http://localhost:{port}"
    finally:
        for process in running:
            end_process(process)


def wake(url: str, cookie: str, page: str = "/console/map/") -> None:
    """Let every process of the server load what it serves, as it has in life; what is measured is asked later."""

    def ask(_: int) -> None:
        headers = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={cookie}"}
        with urlopen(Request(f"{url}{page}", headers=headers), timeout=60) as answer:  # noqa: S310
            answer.read()

    with ThreadPoolExecutor(8) as several:
        list(several.map(ask, range(24)))


def say(what: str, figure: str, goal: str) -> None:
    """Print one line."""
    print(f"{what}: {figure} (goal: {goal})")
