"""A typed address becomes points: names by trigrams, house numbers along their street, crossings where streets meet."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.contrib.gis.geos import Point
from django.db import connection

from incidents.gazetteer.choices import Exactness, FoundKind, PlaceKind
from incidents.gazetteer.crossings import find_crossings
from incidents.gazetteer.models import GazetteerLoad
from incidents.gazetteer.named import Named, read_named
from incidents.gazetteer.numbers import NumberedPoint, find_numbers
from incidents.gazetteer.words import (
    LONGEST,
    Abbreviations,
    Asked,
    as_crossing,
    house_abbreviations,
    spelt,
    understood,
)
from nethra.core.access import Access
from nethra.core.capabilities import Capability
from nethra.core.errors import InvalidInput
from nethra.core.geo import METRES_PER_DEGREE

MOST_RESULTS = 50
#: Of the streets that sound like what was typed, so many are looked into for a number or a crossing.
MOST_STREETS = 12
SHORTEST = 2
TOO_LONG = f"An address may have {LONGEST} characters at most."
_MIDDLE_NOTE = "The number is not known: the middle of the street."
#: What a result is worth besides the likeness of its name.
_LOCALITY_WORTH = 0.5
_NEAR_WORTH = 0.4
_NEAR_METRES = 5_000.0
#: A street whose numbers are not known answers less than one that has the number.
_UNKNOWN_NUMBER = 0.3
_SAME_METRES = 5_000.0
_EXACTNESS_WORTH = {
    Exactness.EXACT: 0.2,
    Exactness.CROSSING: 0.2,
    Exactness.INTERPOLATED: 0.1,
    Exactness.STREET_MIDDLE: 0.0,
}


@dataclass(frozen=True)
class FoundPlace:
    """One answer to a typed address: its point in EPSG:4326, and how well that point is known."""

    kind: FoundKind
    label: str
    locality: str
    point: Point
    exactness: Exactness
    #: What is to be known about the point: "About here, between 100 and 198."
    note: str = ""
    score: float = 0.0

    @property
    def full_label(self) -> str:
        """The label with its locality."""
        return f"{self.label}, {self.locality}" if self.locality else self.label


def has_gazetteer(access: Access) -> bool:
    """Return whether anything was loaded into the agency's gazetteer that this access may see."""
    return GazetteerLoad.objects.visible_to(access).current().exists()


def find_places(access: Access, text: str, near: Point | None = None, limit: int = 10) -> list[FoundPlace]:
    """Return what the text may mean, the likeliest first: at most ``limit``, nothing where nothing is loaded.

    ``near`` (EPSG:4326) brings what lies around it forward. Raise InvalidInput for a text of more than 200
    characters or a limit that is not from 1 to 50.
    """
    access.require(Capability.VIEW_AREAS)
    if len(text) > LONGEST:
        raise InvalidInput(TOO_LONG, errors={"q": [TOO_LONG]})
    if not 1 <= limit <= MOST_RESULTS:
        raise InvalidInput(f"limit must be from 1 to {MOST_RESULTS}.", code="invalid_parameter")
    known = short_forms(access)
    if known is None or len(spelt(text, known)) < SHORTEST:
        return []
    crossing = as_crossing(text, known)
    found = _at_crossing(access, *crossing) if crossing else []
    asked = understood(text, known)
    found = found or _at_address(access, asked, spelt(text, known))
    return _ranked(found, asked, near)[:limit]


def short_forms(access: Access) -> Abbreviations | None:
    """Return the short forms in use; None where no gazetteer is loaded that this access may see."""
    loads = GazetteerLoad.objects.visible_to(access).current().order_by("source")
    own = list(loads.values_list("abbreviations", flat=True))
    if not own:
        return None
    return house_abbreviations().with_own({long: short for each in own for long, short in each.items()})


def _streets_called(access: Access, words: str) -> list[Named]:
    return _called(access, words, MOST_STREETS, only_streets=True)


def _called(access: Access, words: str, most: int, *, only_streets: bool = False) -> list[Named]:
    """Return what is called so or alike, the likest first."""
    if len(words) < SHORTEST:
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, score FROM app.find_places(%s, %s, %s)", [words, only_streets, most])
        scores: dict[UUID, float] = dict(cursor.fetchall())
    return read_named(access, scores)


def _at_crossing(access: Access, one: str, other: str) -> list[FoundPlace]:
    sides = [_streets_called(access, words) for words in (one, other)]
    meetings = find_crossings(access, [each.id for each in sides[0]], [each.id for each in sides[1]])
    streets = {each.id: each for side in sides for each in side}
    return [
        FoundPlace(
            FoundKind.CROSSING,
            f"{streets[meeting.one].name} & {streets[meeting.other].name}",
            streets[meeting.one].locality or streets[meeting.other].locality,
            meeting.point,
            Exactness.CROSSING,
            score=(streets[meeting.one].score + streets[meeting.other].score) / 2,
        )
        for meeting in meetings
    ]


def _at_address(access: Access, asked: Asked, whole: str) -> list[FoundPlace]:
    if asked.number is None:
        return [_as_it_is(each) for each in _called(access, asked.words, MOST_RESULTS)]
    streets = _streets_called(access, asked.words)
    numbers = find_numbers(access, [each.id for each in streets], asked.number, asked.number_text)
    found = [_numbered(street, asked, each) for street in streets for each in numbers.get(street.id, ())]
    knowing = [street for street in streets if street.id in numbers]
    found += [
        _middle(street, asked) for street in streets if not any(_is_same(street, each) for each in knowing)
    ]
    # "Pier 39" and "Highway 1" are names, not numbers of a house.
    return found + [_as_it_is(each) for each in _called(access, whole, MOST_STREETS) if each.words == whole]


def _as_it_is(named: Named) -> FoundPlace:
    is_street = named.kind == PlaceKind.STREET
    exactness = Exactness.STREET_MIDDLE if is_street else Exactness.EXACT
    kind = FoundKind(named.kind)
    return FoundPlace(kind, named.name, named.locality, named.point, exactness, score=named.score)


def _is_same(one: Named, other: Named) -> bool:
    """Whether two rows are one street, as two files know it."""
    return one.words == other.words and _metres(one.point, other.point) < _SAME_METRES


def _numbered(street: Named, asked: Asked, number: NumberedPoint) -> FoundPlace:
    label = asked.label_on(street.name, number.text)
    exactness, note = (Exactness.EXACT, "") if number.is_exact else (Exactness.INTERPOLATED, number.note)
    if asked.is_block:
        exactness, note = Exactness.INTERPOLATED, "About the middle of the block."
    locality = number.locality or street.locality
    return FoundPlace(FoundKind.ADDRESS, label, locality, number.point, exactness, note, street.score)


def _middle(street: Named, asked: Asked) -> FoundPlace:
    """Return the middle of a street that does not know the number; what was typed stays in the label."""
    return FoundPlace(
        FoundKind.ADDRESS,
        asked.label_on(street.name),
        street.locality,
        street.point,
        Exactness.STREET_MIDDLE,
        _MIDDLE_NOTE,
        street.score - _UNKNOWN_NUMBER,
    )


def _ranked(found: Iterable[FoundPlace], asked: Asked, near: Point | None) -> list[FoundPlace]:
    """Return the results by worth, each label of a locality once at its best."""
    ordered = sorted(found, key=lambda place: (-_worth(place, asked, near), place.label))
    once: dict[tuple[str, str, int, int], FoundPlace] = {}
    for place in ordered:
        # The same street of two files differs by metres.
        key = (
            place.label.casefold(),
            place.locality.casefold(),
            round(place.point.x * 500),
            round(place.point.y * 500),
        )
        once.setdefault(key, place)
    return list(once.values())


def _worth(place: FoundPlace, asked: Asked, near: Point | None) -> float:
    worth = place.score + _EXACTNESS_WORTH[place.exactness]
    if asked.locality and place.locality:
        spelt_there = spelt(place.locality, house_abbreviations())
        worth += _LOCALITY_WORTH * (
            asked.locality.startswith(spelt_there) or spelt_there.startswith(asked.locality)
        )
    if near is not None:
        worth += _NEAR_WORTH / (1 + _metres(place.point, near) / _NEAR_METRES)
    return worth


def _metres(one: Point, other: Point) -> float:
    """The distance on a flat map of the surroundings, which is enough to rank by."""
    east = (one.x - other.x) * math.cos(math.radians(other.y))
    return math.hypot(east, one.y - other.y) * METRES_PER_DEGREE
