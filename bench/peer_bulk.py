"""What the peer does with a file: its own validation and its own ORM, a thousand rows at a time.

Run by the peer's Python in its folder: ``python peer_bulk.py FILE AGENCY``. Prints the rows stored, seconds and
processor seconds.
"""

from __future__ import annotations

import asyncio
import csv
import sys
import time
from pathlib import Path
from typing import Any

from app import Incident, IncidentCreate, Session
from geoalchemy2 import WKTElement

ROWS_AT_A_TIME = 1_000


def wanted(row: dict[str, str], agency: str) -> dict[str, Any]:
    """Return the columns of a row of the file, validated."""
    place = {"coordinates": (row["longitude"], row["latitude"])}
    read = IncidentCreate(
        agency_id=agency,
        incident_type=row["offence"],
        description=row["description"],
        occurred_at=row["occurred_from"],
        location=place,
        notes=row["notes"] or None,
    )
    longitude, latitude = read.location.coordinates
    point = WKTElement(f"POINT({longitude} {latitude})", srid=4326)
    return {**read.model_dump(exclude={"location"}), "location": point}


async def store(file: Path, agency: str) -> int:
    """Store the file's rows in one transaction; return how many."""
    stored = 0
    with file.open(newline="", encoding="utf-8") as text:
        async with Session() as session, session.begin():
            batch: list[Any] = []
            for row in csv.DictReader(text):
                batch.append(Incident(**wanted(row, agency)))
                if len(batch) == ROWS_AT_A_TIME:
                    session.add_all(batch)
                    await session.flush()
                    session.expunge_all()
                    stored, batch = stored + len(batch), []
            session.add_all(batch)
            stored += len(batch)
    return stored


if __name__ == "__main__":
    began, busy = time.perf_counter(), time.process_time()
    count = asyncio.run(store(Path(sys.argv[1]), sys.argv[2]))
    print(count, time.perf_counter() - began, time.process_time() - busy)
