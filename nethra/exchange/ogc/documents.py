"""The documents of OGC API - Features 1.0 (OGC 17-069r4), as dictionaries; every link is absolute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, QueryDict

from nethra.core import rows
from nethra.core.access import Access
from nethra.core.pagination import MAX_SIZE
from nethra.exchange.ogc.collections import COLLECTIONS, Bounds, Collection
from nethra.exchange.ogc.items import Items

JSON = "application/json"
GEOJSON = "application/geo+json"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
HTML = "text/html"
CRS = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
CONFORMS_TO = [
    f"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/{name}"
    for name in ("core", "oas30", "geojson", "html")
]
TITLE = "Nethra"
DESCRIPTION = (
    "Incidents, cases and areas for desktop GIS, as far as you may see them. "
    "Places are longitude and latitude, times UTC. "
    "Sign in with an API key as the password (any user name), or as a bearer token."
)


@dataclass(frozen=True)
class Links:
    """Makes the links of one request: ``root`` is the landing page's address without a slash at its end."""

    request: HttpRequest
    root: str

    def to(self, path: str, rel: str, type_: str, title: str) -> rows.Record:
        """Return a link to an address below the landing page."""
        return {"href": f"{self.root}/{path}", "rel": rel, "type": type_, "title": title}

    def own(self, type_: str) -> list[rows.Record]:
        """Return the links of what is asked for: to itself, and to it as a page for people."""
        return [
            self._again("self", type_, "This document"),
            self._again("alternate", HTML, "This document as a page", f="html"),
        ]

    def next(self, items: Items, *, limit: int | None) -> list[rows.Record]:
        """Return the link to the next page, if there is one, of so many items; None: of as many as asked for."""
        if items.after is None:
            return []
        more = {} if limit is None else {"limit": str(limit)}
        return [self._again("next", GEOJSON, "The next page", after=str(items.after), **more)]

    def _again(self, rel: str, type_: str, title: str, **changes: str) -> rows.Record:
        query: QueryDict = self.request.GET.copy()
        for name, value in changes.items():
            query[name] = value
        asked = f"?{query.urlencode()}" if query else ""
        href = self.request.build_absolute_uri(f"{self.request.path}{asked}")
        return {"href": href, "rel": rel, "type": type_, "title": title}


def landing(links: Links) -> rows.Record:
    """Return the landing page."""
    return {
        "title": TITLE,
        "description": DESCRIPTION,
        "links": [
            *links.own(JSON),
            links.to("api", "service-desc", OPENAPI, "The definition of this API"),
            links.to("api?f=html", "service-doc", HTML, "The parameters of this API"),
            links.to("conformance", "conformance", JSON, "What this API conforms to"),
            links.to("collections", "data", JSON, "The collections"),
        ],
    }


def conformance(links: Links) -> rows.Record:
    """Return the conformance classes."""
    return {"conformsTo": CONFORMS_TO, "links": links.own(JSON)}


def collections(links: Links, access: Access) -> rows.Record:
    """Return the collections of which this access may see something."""
    seen = [each for each in COLLECTIONS if access.may(each.capability)]
    return {"links": links.own(JSON), "collections": [described(links, each, access) for each in seen]}


def collection(links: Links, wanted: Collection, access: Access) -> rows.Record:
    """Return one collection."""
    found = described(links, wanted, access)
    return {**found, "links": [*links.own(JSON), *found["links"][1:]]}


def described(links: Links, wanted: Collection, access: Access) -> rows.Record:
    """Return a collection as it stands among the others."""
    path = f"collections/{wanted.name}"
    return {
        "id": wanted.name,
        "title": wanted.title,
        "description": wanted.description,
        "itemType": "feature",
        "crs": [CRS],
        "extent": _extent(*wanted.extent_for(access)),
        "links": [
            links.to(path, "self", JSON, wanted.title),
            links.to(f"{path}/items", "items", GEOJSON, f"{wanted.title} as GeoJSON"),
            links.to(f"{path}/items?f=html", "items", HTML, f"{wanted.title} as a page"),
        ],
    }


def _extent(box: Bounds | None, times: Sequence[datetime | None]) -> rows.Record:
    # Of nothing there is no box, and none may stand empty in its place.
    found: dict[str, Any] = {} if box is None else {"spatial": {"bbox": [list(box)], "crs": CRS}}
    if any(times):
        found["temporal"] = {"interval": [list(times)]}
    return found


def item_page(links: Links, items: Items, *, for_people: bool) -> rows.Record:
    """Return a page of items as a GeoJSON feature collection."""
    # GDAL before 3.7 asks for ten and follows: 5,000 requests for 50,000 incidents.
    limit = None if for_people else MAX_SIZE
    counted = {} if items.matched is None else {"numberMatched": items.matched}
    return {
        "type": "FeatureCollection",
        "timeStamp": datetime.now(UTC),
        **counted,
        "numberReturned": len(items.features),
        "links": [*links.own(GEOJSON), *links.next(items, limit=limit)],
        "features": items.features,
    }


def item(links: Links, wanted: Collection, feature: rows.Record) -> rows.Record:
    """Return one item as a GeoJSON feature."""
    back = links.to(f"collections/{wanted.name}", "collection", JSON, wanted.title)
    return {**feature, "links": [*links.own(GEOJSON), back]}
