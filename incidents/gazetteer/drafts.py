"""What a file's features are to the gazetteer: streets, house numbers, ranges of them, places."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.contrib.gis.geos import GEOSGeometry

from incidents.features import AreaFile, Feature
from incidents.gazetteer.choices import PlaceSource
from incidents.gazetteer.words import house_number, split_address
from nethra.core.errors import InvalidInput

LINES = ("LineString", "MultiLineString")


class DraftKind(StrEnum):
    """What a draft is; a range is the numbers along one side of a piece of street."""

    STREET = "street"
    ADDRESS = "address"
    RANGE = "range"
    PLACE = "place"
    LANDMARK = "landmark"


@dataclass(frozen=True)
class Draft:
    """One thing to be stored; `first` is more than `latest` where the line runs the other way."""

    kind: DraftKind
    name: str
    shape: GEOSGeometry
    locality: str = ""
    first: int | None = None
    latest: int | None = None
    number: str = ""


@dataclass(frozen=True)
class Columns:
    """Which fields of a file hold what; '' where it has none. `ranges` are pairs of first and latest."""

    name: str
    number: str = ""
    locality: str = ""
    ranges: tuple[tuple[str, str], ...] = ()


#: Fields that hold a name in the files of real agencies, the likeliest first.
NAMES = {
    PlaceSource.STREETS: ("fullname", "full_name", "streetname", "street_name", "street", "st_name", "name"),
    PlaceSource.ADDRESSES: (
        "addr:street",
        "street",
        "streetname",
        "street_name",
        "st_name",
        "fullname",
        "full_name",
        "address",
        "full_address",
        "name",
    ),
    PlaceSource.PLACES: ("name", "fullname", "label", "title", "facility", "common_name"),
}
NUMBERS = (
    "addr:housenumber",
    "housenumber",
    "house_number",
    "number",
    "add_number",
    "addr_num",
    "address_number",
    "housenum",
    "hnr",
)
LOCALITIES = ("addr:city", "city", "locality", "municipality", "town", "post_comm", "msag_comm", "ort")
#: Left and right, from and to: TIGER, the National Emergency Number Association, and cities.
RANGES = (
    (("lfromadd", "ltoadd"), ("rfromadd", "rtoadd")),
    (("lfromhn", "ltohn"), ("rfromhn", "rtohn")),
    (("fromaddr_l", "toaddr_l"), ("fromaddr_r", "toaddr_r")),
    (("l_f_add", "l_t_add"), ("r_f_add", "r_t_add")),
    (("lf_fadd", "lf_toadd"), ("rt_fadd", "rt_toadd")),
    (("fromleft", "toleft"), ("fromright", "toright")),
)


def find_columns(
    content: AreaFile,
    source: PlaceSource,
    name: str | None = None,
    number: str | None = None,
    locality: str | None = None,
) -> Columns:
    """Return the fields to read, those named or else the likeliest; raise InvalidInput where there is none."""
    for field in (name, number, locality):
        if field is not None and field not in content.fields:
            known = ", ".join(content.fields) or "none"
            raise InvalidInput(f"There is no field '{field}'; the file has {known}.", code="unknown_field")
    lowered = {field.lower(): field for field in content.fields}
    found = name or _first(lowered, NAMES[source])
    if not found:
        known = ", ".join(content.fields) or "none"
        raise InvalidInput(f"Say which field holds the name; the file has {known}.", code="unknown_field")
    ranges = next((pairs for pairs in RANGES if all(end in lowered for pair in pairs for end in pair)), ())
    return Columns(
        found,
        number or _first(lowered, NUMBERS),
        locality or _first(lowered, LOCALITIES),
        tuple((lowered[first], lowered[latest]) for first, latest in ranges),
    )


def drafts_of(content: AreaFile, source: PlaceSource, columns: Columns) -> Iterator[Draft | None]:
    """Yield what the features are; None for one without a name, number or shape of the kind."""
    for feature in content.features:
        name = feature.attributes.get(columns.name, "")
        locality = feature.attributes.get(columns.locality, "")
        if not name or feature.shape.empty:
            yield None
        elif source == PlaceSource.STREETS:
            yield from _street(feature, name, locality, columns)
        elif source == PlaceSource.ADDRESSES:
            yield _address(feature, name, locality, columns)
        else:
            yield Draft(DraftKind.LANDMARK, name, feature.shape, locality)


def _first(lowered: Mapping[str, str], names: Sequence[str]) -> str:
    return next((lowered[name] for name in names if name in lowered), "")


def _street(feature: Feature, name: str, locality: str, columns: Columns) -> Iterator[Draft | None]:
    if feature.shape.geom_type not in LINES:
        yield None
        return
    yield Draft(DraftKind.STREET, name, feature.shape, locality)
    for pair in columns.ranges:
        ends = [house_number(feature.attributes.get(end, "")) for end in pair]
        # Centrelines say 0 where a side has no houses.
        if all(end is not None and end[0] > 0 for end in ends):
            first, latest = (end[0] for end in ends if end is not None)
            yield Draft(DraftKind.RANGE, name, feature.shape, locality, first, latest)


def _address(feature: Feature, name: str, locality: str, columns: Columns) -> Draft | None:
    written = feature.attributes.get(columns.number, "")
    if not written:
        written, name = split_address(name) or ("", name)
    number = house_number(written)
    if number is None:
        return None
    return Draft(DraftKind.ADDRESS, name, feature.shape, locality, number[0], number[0], number[1])
