"""The words that the gazetteer is described with."""

from __future__ import annotations

from django.db import models


class PlaceSource(models.TextChoices):
    """What a file is; a new load of a source replaces the old one."""

    OSM = "osm", "OpenStreetMap extract"
    STREETS = "streets", "Street centrelines"
    ADDRESSES = "addresses", "Address points"
    PLACES = "places", "Places and landmarks"


class PlaceKind(models.TextChoices):
    """What has a name."""

    STREET = "street", "Street"
    PLACE = "place", "Place"
    LANDMARK = "landmark", "Landmark"


class FoundKind(models.TextChoices):
    """What a search finds: the kinds that have names, and what is made of streets."""

    ADDRESS = "address", "Address"
    CROSSING = "crossing", "Crossing"
    STREET = "street", "Street"
    PLACE = "place", "Place"
    LANDMARK = "landmark", "Landmark"


class Exactness(models.TextChoices):
    """How well the point of a result is known."""

    EXACT = "exact", "The place itself"
    CROSSING = "crossing", "Where the streets meet"
    INTERPOLATED = "interpolated", "Between known house numbers"
    STREET_MIDDLE = "street_middle", "The middle of the street"


#: What is certain enough to place an incident that nobody looked at: the middle of a street is not.
FOUND_BY_ADDRESS = [
    (exactness.value, exactness.label) for exactness in Exactness if exactness != Exactness.STREET_MIDDLE
]
