"""Streets with invented names on the bent lattice, and the addresses along them."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from random import Random

from incidents.demo.ground import bend, place
from incidents.demo.values import DemoStreet, LonLat, Metres

# From west to east; an entry with * is a main street that crosses the whole city.
_NORTHWARD = (
    "Shore Drive*|Capstan Lane|Mizzen Street|Anchor Street|Chandler Street|Cutler Street|Quay Street*"
    "|Tallow Lane|Cooper Street|Lantern Street|Guildhall Street|Foundry Street|Larkspur Avenue"
    "|Station Avenue*|Juniper Avenue|Bellows Street|Weaver Street|Sorrel Avenue|Hawthorn Avenue"
    "|Teasel Avenue|Mill Avenue*|Plover Avenue|Curlew Avenue|Bracken Avenue|Quarry Avenue"
    "|Harebell Avenue|Tanner Avenue|Ridge Avenue*|Fieldfare Avenue|Heath Avenue"
)
# From south to north.
_EASTWARD = (
    "Saltmarsh Road*|Osier Road|Kiln Road|Sedge Road|Brickfield Road|Heron Road|Harbour Road*"
    "|Ferry Road|Net Loft Road|Barley Road|Merchant Road|Market Road*|Almond Road|Chapel Road"
    "|Cloister Road|Priory Road*|Damson Road|Scholar Road|Lime Walk Road|Windmill Road*"
    "|Marram Road|Dune Road|Beacon Road|North Common Road"
)
_DIAGONALS = (("Old Coach Road", (0.10, 0.12), (0.93, 0.78)), ("Tramway", (0.14, 0.90), (0.62, 0.20)))

_SAMPLES = 60
_ADDRESS_EVERY = 30.0
_SET_BACK = 12.0
_BUCKET = 250.0


@dataclass(frozen=True, slots=True)
class Address:
    """A front door: its text and its place in metres."""

    text: str
    x: float
    y: float

    @property
    def number(self) -> int:
        return int(self.text.split()[0])

    @property
    def longitude_latitude(self) -> LonLat:
        return place((self.x, self.y))


def build_streets() -> tuple[DemoStreet, ...]:
    """All streets and the river, as lines in EPSG:4326."""
    streets = [
        DemoStreet(name, "main" if is_main else "street", tuple(place(point) for point in line))
        for name, is_main, line in _lines()
    ]
    river = [_river(step / _SAMPLES) for step in range(_SAMPLES + 1)]
    return (*streets, DemoStreet("River Kestrel", "river", tuple(place(point) for point in river)))


def build_doors() -> Iterator[tuple[str, list[Address]]]:
    """Yield each street's name and its addresses in order; odd and even ones take turns."""
    for name, _, line in _lines():
        yield name, list(_addresses(name, line))


class AddressBook:
    """All addresses of the city, found by place."""

    def __init__(self) -> None:
        self._buckets: dict[tuple[int, int], list[Address]] = defaultdict(list)
        for name, _, line in _lines():
            for address in _addresses(name, line):
                self._buckets[_bucket(address.x, address.y)].append(address)

    def __iter__(self) -> Iterator[Address]:
        for bucket in self._buckets.values():
            yield from bucket

    def nearest(self, point: Metres) -> Address | None:
        """The address nearest to a point in metres; None where none is within about 250 metres."""
        return min(self._around(point), key=lambda address: _distance(address, point), default=None)

    def between(self, point: Metres, nearer: float, farther: float, chance: Random) -> Address | None:
        """One of the addresses from `nearer` to `farther` metres away (at most 250), by chance."""
        near = [address for address in self._around(point) if nearer <= _distance(address, point) <= farther]
        return chance.choice(near) if near else None

    def _around(self, point: Metres) -> list[Address]:
        column, row = _bucket(*point)
        return [
            address
            for east in (-1, 0, 1)
            for north in (-1, 0, 1)
            for address in self._buckets.get((column + east, row + north), ())
        ]


def _lines() -> Iterator[tuple[str, bool, list[Metres]]]:
    """Name, whether it is a main street, and the line in metres."""
    northward, eastward = _NORTHWARD.split("|"), _EASTWARD.split("|")
    for number, entry in enumerate(northward):
        u = 0.02 + 0.96 * (number + 0.18 * math.sin(2.7 * number)) / (len(northward) - 1)
        south, north = _reach(number, entry)
        yield _named(entry, [bend(_inside(u), south + (north - south) * t) for t in _fractions()])
    for number, entry in enumerate(eastward):
        v = 0.025 + 0.95 * (number + 0.15 * math.sin(1.9 * number)) / (len(eastward) - 1)
        west, east = _reach(number + 3, entry)
        yield _named(entry, [bend(west + (east - west) * t, _inside(v)) for t in _fractions()])
    for name, (u0, v0), (u1, v1) in _DIAGONALS:
        yield name, True, [bend(u0 + (u1 - u0) * t, v0 + (v1 - v0) * t) for t in _fractions()]


def _named(entry: str, line: list[Metres]) -> tuple[str, bool, list[Metres]]:
    return entry.rstrip("*"), entry.endswith("*"), line


def _reach(number: int, entry: str) -> tuple[float, float]:
    """Where a street begins and ends: a main street crosses the city, others stop short here and there."""
    if entry.endswith("*"):
        return 0.015, 0.985
    return 0.015 + 0.12 * (number % 3 == 0), 0.985 - 0.17 * (number % 4 == 1)


def _inside(fraction: float) -> float:
    return min(max(fraction, 0.015), 0.985)


def _fractions() -> list[float]:
    return [step / _SAMPLES for step in range(_SAMPLES + 1)]


def _river(t: float) -> Metres:
    return bend(t, 0.53 + 0.06 * math.sin(5 * t) - 0.1 * t)


def _addresses(name: str, line: list[Metres]) -> Iterator[Address]:
    """Doors every 30 metres, odd numbers left of the line and even ones right."""
    walked, number = _ADDRESS_EVERY / 2, 0
    for (x0, y0), (x1, y1) in pairwise(line):
        length = math.hypot(x1 - x0, y1 - y0)
        east, north = (x1 - x0) / length, (y1 - y0) / length
        while walked < length:
            number += 1
            side = _SET_BACK if number % 2 else -_SET_BACK
            x, y = x0 + east * walked - north * side, y0 + north * walked + east * side
            yield Address(f"{100 + 4 * number + number % 2} {name}", x, y)
            walked += _ADDRESS_EVERY
        walked -= length


def _bucket(x: float, y: float) -> tuple[int, int]:
    return int(x // _BUCKET), int(y // _BUCKET)


def _distance(address: Address, point: Metres) -> float:
    return math.hypot(address.x - point[0], address.y - point[1])
