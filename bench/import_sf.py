"""What importing the San Francisco file costs and yields: ``python -m bench.import_sf --data FOLDER``.

Makes an agency of its own, loads the ten police districts, imports the file twice, undoes the first import.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import re
import resource
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

GOALS = {"read": 878_049, "impossible": 67, "repeated": 2_323, "stored": 875_659, "minutes": 4, "rss_mb": 500}
FILE = "sf_incidents_2003_2015.csv.gz"
DISTRICTS = "sfpd_districts.geojson"


def main() -> int:
    """Print one JSON object with the figures of import, second import and undo."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.import_sf",
        description="Import the San Francisco file, import it again, undo it.",
        epilog="Example: python -m bench.import_sf --data shared/data/sf",
    )
    parser.add_argument("--data", type=Path, required=True, help=f"the folder with {FILE} and {DISTRICTS}")
    parser.add_argument("--agency", default=f"sf-{int(time.time())}", help="the code of the agency to make")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nethra.settings")
    import django

    django.setup()
    print(json.dumps(measured(options.agency, options.data), indent=2))
    return 0


def measured(code: str, data: Path) -> dict[str, Any]:
    """Return the figures beside the goals; the commands run as processes of their own."""
    make_agency(code, data / DISTRICTS)
    arguments = ["import_incidents", str(data / FILE), "--profile", "sf", "--agency", code, "--json"]
    first = run(arguments)
    second = run(arguments)
    undone = run(["import_incidents", "--agency", code, "--undo", first["batch"], "--json"])
    agreement = re.search(r"([\d.]+)% lie in the district", first["message"])
    return {
        "goals": GOALS,
        "first": first,
        "district_agreement_percent": float(agreement[1]) if agreement else None,
        "rejects_file": rejects_by_code(first["rejects_file"]),
        "second": second,
        "undone": undone,
        "left": left(code),
    }


def make_agency(code: str, districts: Path) -> None:
    """Make the agency and its districts; two of the shapes cross themselves and are mended."""
    from django.contrib.gis.db.models.functions import MakeValid
    from django.contrib.gis.geos import GEOSGeometry, MultiPolygon

    from accounts.services import create_agency
    from incidents.choices import AreaKind
    from incidents.models import Area, AreaSet
    from nethra.core.access import operator_access
    from nethra.core.scope import agency_scope

    agency = create_agency(code=code, name="San Francisco Police", time_zone="America/Los_Angeles")
    access = operator_access(agency.pk)
    features = json.loads(districts.read_text(encoding="utf-8"))["features"]
    with agency_scope(access, reason="bench"):
        area_set = AreaSet.objects.create(
            agency_id=agency.pk,
            kind=AreaKind.DISTRICT,
            version=1,
            source_name=districts.name,
            in_force_from=datetime(2003, 1, 1, tzinfo=UTC),
        )
        for feature in features:
            name = feature["properties"]["DISTRICT"]
            shape = GEOSGeometry(json.dumps(feature["geometry"]), srid=4326)
            shape = shape if isinstance(shape, MultiPolygon) else MultiPolygon(shape, srid=4326)
            Area.objects.create(
                agency_id=agency.pk,
                area_set=area_set,
                kind=AreaKind.DISTRICT,
                code=name,
                name=name,
                shape=shape,
            )
        Area.objects.visible_to(access).update(shape=MakeValid("shape"))


def run(arguments: list[str]) -> dict[str, Any]:
    """Run a command and return what it printed with its seconds, processor seconds and peak memory."""
    started, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    process = subprocess.run([sys.executable, "manage.py", *arguments], stdout=subprocess.PIPE, check=True)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    printed: dict[str, Any] = json.loads(process.stdout)
    return printed | {
        "wall_seconds": round(time.monotonic() - started, 1),
        "command_cpu_seconds": round(used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime, 1),
        "peak_rss_mb": round(used.ru_maxrss / 1024),
    }


def rejects_by_code(name: str) -> dict[str, int]:
    """Return how often each reason occurs in the rejects file."""
    counts: dict[str, int] = {}
    with Path(name).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            counts[row["code"]] = counts.get(row["code"], 0) + 1
    return counts


def left(code: str) -> dict[str, int]:
    """Return how many incidents and offences the agency still has."""
    from accounts.services import find_agency
    from incidents.models import Incident, IncidentOffence
    from nethra.core.access import operator_access
    from nethra.core.scope import agency_scope

    access = operator_access(find_agency(code))
    with agency_scope(access):
        return {
            "incidents": Incident.objects.visible_to(access).count(),
            "offences": IncidentOffence.objects.visible_to(access).count(),
        }


if __name__ == "__main__":
    sys.exit(main())
