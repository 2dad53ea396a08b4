"""The map page of the console, and what it asks for: tiles, counts, outlines. The cookie opens all of it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from urllib.parse import quote

import orjson
from django.contrib.gis.db.models import Extent
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from accounts.models import Agency
from cases.choices import CaseStatus
from cases.fields import CASE
from cases.models import Case
from incidents.admin.filters import area_groups
from incidents.bins import CellShape
from incidents.choices import AreaKind, IncidentStatus
from incidents.demo_city import streets_geojson
from incidents.filters import IncidentFilters
from incidents.filters import wanted_by as incidents_wanted_by
from incidents.forms import offence_groups
from incidents.models import Area, Incident
from incidents.outlines import outlines_geojson
from incidents.tiles import MAX_ZOOM, incident_tile
from insights.area_counts import count_areas, kind_in_force
from insights.grid import count_grid
from insights.hours import count_hours
from insights.reference_layers.catalogue import find_layers
from insights.reference_layers.tiles import MIN_ZOOM as LAYER_MIN_ZOOM
from insights.reference_layers.tiles import layer_tile
from insights.selection import select_incidents
from insights.steps import count_steps
from nethra.core import rows
from nethra.core.access import Access, access_of
from nethra.core.basemaps import basemap
from nethra.core.capabilities import Capability
from nethra.core.console import console
from nethra.core.errors import InvalidInput, NotFound
from nethra.core.fields import Declaration
from nethra.core.parameters import single, whole_of, word_of
from nethra.core.versions import etag_of_content, is_known

MVT = "application/vnd.mapbox-vector-tile"
GEOJSON = "application/geo+json"
PRIVATE = {"Cache-Control": "private, max-age=60", "Vary": "Cookie"}
#: What an operator loads changes seldom, and is the same for everybody.
LAYER_HEADERS = {"Cache-Control": "private, max-age=300", "Vary": "Cookie"}
MAX_CASES = 5000
CASE_ON_MAP = Declaration(
    "CaseOnMap",
    Case,
    tuple(f for f in CASE.fields if f.name in ("id", "number", "title", "status", "location")),
)
#: The made-up city brings its own streets; a real agency draws them as a basemap.
DEMO_AGENCY = "demo"


def map_page(request: HttpRequest) -> HttpResponse:
    """Show the map; everything on it is asked for by its script."""
    access = access_of(request)
    if not access.may(Capability.VIEW_INCIDENTS):
        raise PermissionDenied
    agency = Agency.objects.visible_to(access).get()
    context = {
        **console.each_context(request),
        "title": "Map",
        "map": {
            **_addresses(access, agency),
            "earliest_on": _day(access, agency, "occurred_from"),
            "latest_on": _day(access, agency, "-occurred_from"),
            "time_zone": agency.time_zone,
            "agency": agency.name,
        },
        "case_statuses": CaseStatus.choices,
        "layers": _layers(),
        "layers_from_zoom": LAYER_MIN_ZOOM,
        "offence_groups": _offence_groups(),
        "area_groups": _area_groups(access),
        "statuses": IncidentStatus.choices,
    }
    return TemplateResponse(request, "insights/map.html", context)


def map_tile(request: HttpRequest, z: int, x: int, y: int) -> HttpResponse:
    """Answer one vector tile, 204 where there is nothing to draw."""
    filters = IncidentFilters.from_query(request.GET, also=("bins",))
    tile = incident_tile(access_of(request), z, x, y, filters, bins=request.GET.get("bins") == "1")
    return HttpResponse(tile, status=200 if tile else 204, content_type=MVT, headers=PRIVATE)


def map_grid(request: HttpRequest) -> HttpResponse:
    """Answer the counts of the cells, the biggest first."""
    filters = IncidentFilters.from_query(request.GET, also=("shape", "size", "limit"))
    counts = count_grid(access_of(request), filters, *_cells_wanted(request))
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
    body = orjson.dumps({"data": cells, "total": counts.total})
    return HttpResponse(body, content_type="application/json", headers=PRIVATE)


def map_area_counts(request: HttpRequest) -> HttpResponse:
    """Answer the counts by beat or district, by default of the finest kind there is, the biggest first."""
    access = access_of(request)
    filters = IncidentFilters.from_query(request.GET, also=("kind",))
    kind = single(request.GET, "kind", word_of("kind", AreaKind.values))
    counts = count_areas(access, filters, AreaKind(kind) if kind else kind_in_force(access))
    areas = [asdict(area) for area in counts.areas]
    body = orjson.dumps({**asdict(counts), "areas": areas})
    return HttpResponse(body, content_type="application/json", headers=PRIVATE)


def map_hours(request: HttpRequest) -> HttpResponse:
    """Answer the counts by weekday and hour."""
    counts = count_hours(access_of(request), IncidentFilters.from_query(request.GET))
    return HttpResponse(orjson.dumps(asdict(counts)), content_type="application/json", headers=PRIVATE)


def map_steps(request: HttpRequest) -> HttpResponse:
    """Answer the hexagons of a view with the days of their incidents, 204 where they are too many."""
    filters = IncidentFilters.from_query(request.GET, also=("z",))
    z = single(request.GET, "z", whole_of("z", 0, MAX_ZOOM))
    steps = count_steps(access_of(request), filters, z)
    if steps is None:
        return HttpResponse(status=204, headers=PRIVATE)
    return HttpResponse(orjson.dumps(steps), content_type="application/json", headers=PRIVATE)


def map_selection(request: HttpRequest) -> HttpResponse:
    """Answer the wanted incidents themselves, the latest first, and how many they are."""
    chosen = select_incidents(access_of(request), IncidentFilters.from_query(request.GET))
    body = rows.dumps({"data": chosen.records, "total": chosen.total})
    return HttpResponse(body, content_type="application/json", headers=PRIVATE)


def map_cases(request: HttpRequest) -> HttpResponse:
    """Answer the cases whose incident fits the filters, each where it was; the latest opened first."""
    access = access_of(request)
    access.require(Capability.VIEW_CASES)
    wanted = incidents_wanted_by(access, IncidentFilters.from_query(request.GET))
    cases = Case.objects.visible_to(access).filter(
        primary_incident__in=wanted.values("pk"), primary_incident__location__isnull=False
    )
    found = rows.features(cases.order_by("-opened_at", "-id")[:MAX_CASES], CASE_ON_MAP, access)
    body = rows.dumps({"type": "FeatureCollection", "features": found})
    return HttpResponse(body, content_type=GEOJSON, headers=PRIVATE)


def map_outlines(request: HttpRequest) -> HttpResponse:
    """Answer the outlines of boundary, districts and beats."""
    return HttpResponse(outlines_geojson(access_of(request)), content_type=GEOJSON, headers=PRIVATE)


def map_layer_tile(request: HttpRequest, name: str, z: int, x: int, y: int) -> HttpResponse:
    """Answer one vector tile of a reference layer, 204 where there is nothing, to whoever is signed in."""
    access_of(request)
    tile = layer_tile(name, z, x, y)
    etag = etag_of_content(tile.body)
    headers = {**LAYER_HEADERS, "ETag": etag, **({"Nethra-Cut": "true"} if tile.is_cut else {})}
    if is_known(etag, request.headers):
        return HttpResponse(status=304, headers=headers)
    return HttpResponse(tile.body, status=200 if tile.body else 204, content_type=MVT, headers=headers)


def map_streets(request: HttpRequest) -> HttpResponse:
    """Answer the streets of the made-up city, to its own agency."""
    if Agency.objects.visible_to(access_of(request)).get().code != DEMO_AGENCY:
        raise NotFound
    return HttpResponse(orjson.dumps(streets_geojson()), content_type=GEOJSON, headers=PRIVATE)


def _cells_wanted(request: HttpRequest) -> tuple[CellShape, float, int]:
    wanted = request.GET
    try:
        shape = CellShape(wanted.get("shape", CellShape.HEX))
        return shape, float(wanted.get("size", "250")), int(wanted.get("limit", "20"))
    except ValueError as problem:
        raise InvalidInput("shape, size or limit is not right.", code="invalid_parameter") from problem


def _addresses(access: Access, agency: Agency) -> dict[str, Any]:
    tile = reverse("admin:map_tile", kwargs={"z": 0, "x": 0, "y": 0})
    extent = agency.boundary.extent if agency.boundary else _areas_extent(access)
    return {
        "tiles_url": tile.replace("0/0/0", "{z}/{x}/{y}"),
        "grid_url": reverse("admin:map_grid"),
        "areas_url": reverse("admin:map_outlines"),
        "area_counts_url": reverse("admin:map_area_counts"),
        "hours_url": _if(access, Capability.VIEW_INSIGHTS, "admin:map_hours"),
        "steps_url": _if(access, Capability.VIEW_INSIGHTS, "admin:map_steps"),
        "selection_url": reverse("admin:map_selection"),
        "record_url": _if(access, Capability.ADD_INCIDENTS, "admin:incidents_incident_add"),
        "places_url": reverse("admin:find_places"),
        "gather_url": _if(access, Capability.ADD_CASES, "admin:gather_case"),
        "cases_url": _if(access, Capability.VIEW_CASES, "admin:map_cases"),
        "case_url": reverse("admin:cases_case_changelist"),
        "streets_url": reverse("admin:map_streets") if agency.code == DEMO_AGENCY else "",
        "incident_url": reverse("admin:incidents_incident_changelist"),
        "basemap": basemap(),
        "extent": ",".join(f"{number:.5f}" for number in extent) if extent else "",
    }


def _layers() -> list[dict[str, Any]]:
    tile = reverse("admin:map_layer_tile", kwargs={"name": "NAME", "z": 0, "x": 0, "y": 0})
    return [
        {
            "name": layer.name,
            "title": layer.title,
            "kind": layer.kind.value,
            "url": tile.replace("NAME/0/0/0", f"{quote(layer.name)}/{{z}}/{{x}}/{{y}}"),
        }
        for layer in find_layers()
    ]


def _areas_extent(access: Access) -> tuple[float, ...] | None:
    """Return the box of the areas in force: without it a map opens on the world and asks for its tiles in vain."""
    if not access.may(Capability.VIEW_AREAS):
        return None
    found: tuple[float, ...] | None = (
        Area.objects.visible_to(access).current().aggregate(box=Extent("shape"))["box"]
    )
    return found


def _if(access: Access, capability: Capability, name: str) -> str:
    return reverse(name) if access.may(capability) else ""


def _day(access: Access, agency: Agency, ordering: str) -> Any:
    """Return the local day of the first incident in an order."""
    incidents = Incident.objects.visible_to(access).order_by(ordering)
    found = incidents.values_list("occurred_from", flat=True).first()
    return found.astimezone(agency.zone).date() if found else None


def _offence_groups() -> list[dict[str, Any]]:
    return [
        {"name": category, "offences": [{"code": code, "name": name} for code, name in offences]}
        for category, offences in offence_groups()
    ]


def _area_groups(access: Access) -> list[dict[str, Any]]:
    return [
        {"name": name, "areas": [{"id": key, "label": label} for key, label in areas]}
        for name, areas in area_groups(access)
    ]
