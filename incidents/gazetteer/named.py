"""Rows of the gazetteer with the point that stands for each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.contrib.gis.db.models.functions import Centroid, ClosestPoint
from django.contrib.gis.geos import Point

from incidents.gazetteer.models import Place
from nethra.core.access import Access


@dataclass(frozen=True)
class Named:
    """A street, place or landmark: its point (EPSG:4326) lies on it, near its middle."""

    id: UUID
    kind: str
    name: str
    words: str
    locality: str
    point: Point
    score: float


def read_named(access: Access, scores: Mapping[UUID, float]) -> list[Named]:
    """Return the rows of these keys that the access may see, the highest score first."""
    rows = (
        Place.objects.visible_to(access)
        .filter(pk__in=list(scores))
        .annotate(middle=ClosestPoint("shape", Centroid("shape")))
        .values_list("pk", "kind", "name", "words", "locality", "middle")
    )
    found = [Named(*row, score=scores[row[0]]) for row in rows]
    return sorted(found, key=lambda named: (-named.score, named.words, named.id))
