"""Maps in forms: a picker for one point, and a read-only view of an area's outline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.contrib.gis.forms.widgets import BaseGeometryWidget
from django.contrib.gis.geos import GEOSGeometry, Point
from django.forms import Media as FormMedia
from django.forms.widgets import Script, Widget
from django.utils.safestring import SafeString

from nethra.core.basemaps import basemap
from nethra.core.geo import STORAGE_SRID

Pair = tuple[str, str]
EQUAL_AREA = 6933
MAP_CSS = {"all": ("vendor/ol/ol.css", "nethra/maps.css")}
MAP_JS = tuple(
    Script(path, defer=True) for path in ("vendor/ol/ol.js", "nethra/map-base.js", "nethra/map-backdrop.js")
)
POINT_JS = (*MAP_JS, Script("nethra/point-picker.js", defer=True))
SHAPE_JS = (*MAP_JS, Script("nethra/shape-view.js", defer=True))


class Extent(NamedTuple):
    """A box in EPSG:4326 degrees."""

    west: float
    south: float
    east: float
    north: float

    def __str__(self) -> str:
        return ",".join(format(degree, ".6f") for degree in self)


class MapWidget(BaseGeometryWidget):
    """What both maps share: the backdrop, the outlines around the place, and where the map opens."""

    map_srid = STORAGE_SRID

    def __init__(
        self,
        attrs: Mapping[str, Any] | None = None,
        *,
        areas_url: str = "",
        extent: Extent | None = None,
        read_only: bool = False,
    ) -> None:
        super().__init__(dict(attrs or {}))
        self.areas_url = areas_url
        self.extent = extent
        self.read_only = read_only

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Return the template's context; the base class would log and drop what was typed wrongly."""
        context = Widget.get_context(self, name, None, attrs)
        own = context["widget"]["attrs"]
        return context | {
            "areas_url": self.areas_url,
            "extent": str(self.extent) if self.extent else "",
            "basemap": basemap(),
            "read_only": self.read_only or bool(own.get("disabled")),
            "id": own.get("id") or f"id_{name}",
            "invalid": own.get("aria-invalid", ""),
            "described_by": own.get("aria-describedby", ""),
        }


class PointWidget(MapWidget):
    """Latitude and longitude as typed text, and a map that writes them.

    Two plain inputs, `<name>_latitude` and `<name>_longitude`, carry the value, so that keyboard, screen
    reader and a browser without scripts all take the same way; `PointField` reads the pair.
    """

    geom_type = "POINT"
    template_name = "nethra/widgets/point.html"

    class Media:
        extend = False
        css = MAP_CSS
        js = POINT_JS

    def id_for_label(self, id_: str) -> str:
        return f"{id_}_latitude" if id_ else id_

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> Pair | None:
        latitude, longitude = (str(data.get(key) or "").strip() for key in self._keys(name))
        return (latitude, longitude) if latitude or longitude else None

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Any, name: str) -> bool:
        return not any(key in data for key in self._keys(name))

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        latitude, longitude = self._typed(value)
        names = self._keys(name)
        return context | {
            "latitude": {"name": names[0], "value": latitude},
            "longitude": {"name": names[1], "value": longitude},
        }

    @staticmethod
    def _keys(name: str) -> Pair:
        return f"{name}_latitude", f"{name}_longitude"

    @staticmethod
    def _typed(value: Any) -> Pair:
        if isinstance(value, Point):
            # repr keeps every digit: saving a form without touching the place must not move it.
            return repr(value.y), repr(value.x)
        return value if isinstance(value, tuple) else ("", "")


class ShapeWidget(MapWidget):
    """A read-only map of an area's outline; use it on a disabled field, since it submits nothing."""

    geom_type = "MULTIPOLYGON"
    template_name = "nethra/widgets/shape.html"

    class Media:
        extend = False
        css = MAP_CSS
        js = SHAPE_JS

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        if not isinstance(value, GEOSGeometry):
            return context
        return context | {
            "geometry": value.json,
            "parts": value.num_geom,
            "corners": value.num_coords,
            "square_kilometres": value.transform(EQUAL_AREA, clone=True).area / 1e6,
        }


def place_search_media() -> FormMedia:
    """Return the script and style of text fields that offer places while somebody types."""
    css: Any = {"all": (*MAP_CSS["all"], "nethra/place-search.css")}
    js: Any = (Script("nethra/place-search.js", defer=True),)
    return FormMedia(css=css, js=js)


def offer_places(widget: Widget, *, url: str, point_field: str) -> None:
    """Let a text field offer places from a route, whose point goes to another field of the form."""
    widget.attrs |= {"data-places-url": url, "data-places-point": point_field}


def show_on_map(geometry: GEOSGeometry | None, name: str, *, areas_url: str = "") -> SafeString | str:
    """Return a read-only map of a point or an area in EPSG:4326, for a read-only console field.

    `name` must be unique on the page. The page needs `map_media()`.
    """
    if geometry is None:
        return "-"
    kind = PointWidget if isinstance(geometry, Point) else ShapeWidget
    return kind(areas_url=areas_url, read_only=True).render(name, geometry, {"id": f"id_{name}"})


def map_media() -> FormMedia:
    """Return the scripts and styles of both maps; joining them asks for hashed names, so not at import."""
    return PointWidget().media + ShapeWidget().media
