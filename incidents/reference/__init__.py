"""Reference data that ships with Nethra: the offence codes of the FBI's NIBRS, edition 2023.0.

README.md in this folder names the sources and the choices behind `nibrs.csv`.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal, cast

OffenceGroup = Literal["A", "B", "N"]
CrimeAgainst = Literal["person", "property", "society", "not_a_crime"]
CodeSource = Literal["nibrs", "nibrs_federal", "nethra"]

NOT_A_CRIME = "N00"
ALL_OTHER_OFFENCES = "90Z"

# NIBRS, data element 7: an assault or a homicide is always completed; a failed one is another offence.
NEVER_ATTEMPTED = frozenset({"09A", "09B", "09C", "13A", "13B", "13C"})

_FILE = Path(__file__).parent / "nibrs.csv"


@dataclass(frozen=True, slots=True)
class OffenceCodeRow:
    """One line of `nibrs.csv`; `retired_on` is the first day on which the code is no longer taken."""

    code: str
    name: str
    group: OffenceGroup
    category: str
    crime_against: CrimeAgainst
    source: CodeSource
    retired_on: date | None
    replaced_by: str | None

    @property
    def is_crime(self) -> bool:
        return self.crime_against != "not_a_crime"

    @property
    def is_retired(self) -> bool:
        """The FBI no longer takes the code; older incidents may keep it."""
        return self.retired_on is not None


@cache
def load_offence_codes() -> tuple[OffenceCodeRow, ...]:
    """All offence codes, in the order of the file: sorted by code, our own `N00` last."""
    with _FILE.open(encoding="utf-8", newline="") as lines:
        return tuple(_row(line) for line in csv.DictReader(lines))


@cache
def offence_codes_by_code() -> dict[str, OffenceCodeRow]:
    """The same rows keyed by code, for look-ups while a profile or a file is read."""
    return {row.code: row for row in load_offence_codes()}


def _row(line: dict[str, str]) -> OffenceCodeRow:
    retired_on = line["retired_on"]
    return OffenceCodeRow(
        code=line["code"],
        name=line["name"],
        group=cast(OffenceGroup, line["group"]),
        category=line["category"],
        crime_against=cast(CrimeAgainst, line["crime_against"]),
        source=cast(CodeSource, line["source"]),
        retired_on=date.fromisoformat(retired_on) if retired_on else None,
        replaced_by=line["replaced_by"] or None,
    )
