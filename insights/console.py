"""The map page of the console, and what it asks for: tiles, counts, outlines. The cookie opens all of it."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse

from accounts.models import Agency
from incidents.bins import CellShape
from incidents.choices import IncidentStatus
from incidents.demo_city import streets_geojson
from incidents.filters import IncidentFilters
from incidents.models import Area, Incident, OffenceCode
from incidents.outlines import outlines_geojson
from incidents.tiles import incident_tile
from insights.grid import count_grid
from nethra.core.access import Access, access_of
from nethra.core.capabilities import Capability
from nethra.core.console import console
from nethra.core.errors import DomainError, InvalidInput

MVT = "application/vnd.mapbox-vector-tile"
#: The made-up city brings its own streets; a real agency draws them as a basemap.
DEMO_AGENCY = "demo"


def map_page(request: HttpRequest) -> HttpResponse:
    """Show the map; everything on it is asked for by its script."""
    access = access_of(request)
    access.require(Capability.VIEW_INCIDENTS)
    agency = Agency.objects.visible_to(access).get()
    context = {
        **console.each_context(request),
        "title": "Map",
        "map": _addresses(agency) | {"latest_on": _latest_day(access, agency), "time_zone": agency.time_zone},
        "offence_groups": _offence_groups(),
        "area_groups": _area_groups(access),
        "statuses": IncidentStatus.choices,
    }
    return TemplateResponse(request, "insights/map.html", context)


def map_tile(request: HttpRequest, z: int, x: int, y: int) -> HttpResponse:
    """Answer one vector tile, 204 where there is nothing to draw."""
    try:
        filters = IncidentFilters.from_query(_query(request), also=("bins",))
        bins = request.GET.get("bins") == "1"
        tile = incident_tile(access_of(request), z, x, y, filters, bins=bins)
    except DomainError as problem:
        return _refusal(problem)
    return HttpResponse(
        tile,
        status=200 if tile else 204,
        content_type=MVT,
        headers={"Cache-Control": "private, max-age=60", "Vary": "Cookie"},
    )


def map_grid(request: HttpRequest) -> HttpResponse:
    """Answer the counts of the cells, the biggest first."""
    try:
        filters = IncidentFilters.from_query(_query(request), also=("shape", "size", "limit"))
        shape = CellShape(request.GET.get("shape", CellShape.HEX))
        size, limit = float(request.GET.get("size", "250")), int(request.GET.get("limit", "20"))
        counts = count_grid(access_of(request), filters, shape, size, limit)
    except ValueError:
        return _refusal(InvalidInput("shape, size or limit is not right.", code="invalid_parameter"))
    except DomainError as problem:
        return _refusal(problem)
    cells = [
        {
            "id": index,
            "count": cell.count,
            "lon": cell.centre[0],
            "lat": cell.centre[1],
            "polygon": {"type": "Polygon", "coordinates": [cell.ring]},
        }
        for index, cell in enumerate(counts.cells)
    ]
    return _json({"data": cells, "total": counts.total})


def map_outlines(request: HttpRequest) -> HttpResponse:
    """Answer the outlines of boundary, districts and beats."""
    return HttpResponse(outlines_geojson(access_of(request)), content_type="application/geo+json")


def map_streets(request: HttpRequest) -> HttpResponse:
    """Answer the streets of the made-up city."""
    return HttpResponse(orjson.dumps(streets_geojson()), content_type="application/geo+json")


def _query(request: HttpRequest) -> QueryDict:
    return request.GET


def _addresses(agency: Agency) -> dict[str, Any]:
    tile = reverse("admin:map_tile", kwargs={"z": 0, "x": 0, "y": 0})
    extent = agency.boundary.extent if agency.boundary else None
    return {
        "tiles_url": tile.replace("0/0/0", "{z}/{x}/{y}"),
        "grid_url": reverse("admin:map_grid"),
        "areas_url": reverse("admin:map_outlines"),
        "streets_url": reverse("admin:map_streets") if agency.code == DEMO_AGENCY else "",
        "incident_url": reverse("admin:incidents_incident_changelist"),
        "basemap_url": settings.BASEMAP_URL,
        "extent": ",".join(f"{number:.5f}" for number in extent) if extent else "",
    }


def _latest_day(access: Access, agency: Agency) -> Any:
    incidents = Incident.objects.visible_to(access).order_by("-occurred_from", "-id")
    latest = incidents.values_list("occurred_from", flat=True).first()
    return latest.astimezone(agency.zone).date() if latest else None


def _offence_groups() -> list[dict[str, Any]]:
    codes = OffenceCode.objects.order_by("category", "name").values("category", "code", "name")
    return [
        {"name": category, "offences": [{"code": row["code"], "name": row["name"]} for row in rows]}
        for category, rows in groupby(codes, key=lambda row: row["category"])
    ]


def _area_groups(access: Access) -> list[dict[str, Any]]:
    areas = Area.objects.visible_to(access).current().order_by("-kind", "code").only("kind", "code", "name")
    return [
        {"name": f"{kind}s", "areas": [{"id": str(area.pk), "label": area.name} for area in rows]}
        for kind, rows in groupby(areas, key=lambda area: area.get_kind_display())
    ]


def _refusal(problem: DomainError) -> HttpResponse:
    return _json({"code": problem.code, "detail": problem.message}, status=problem.status)


def _json(value: dict[str, Any], status: int = 200) -> HttpResponse:
    return HttpResponse(orjson.dumps(value), status=status, content_type="application/json")
