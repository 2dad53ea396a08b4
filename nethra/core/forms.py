"""Form fields shared by the console's forms."""

from __future__ import annotations

import re
from typing import Any

from django.contrib.gis import forms
from django.contrib.gis.geos import Point
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from nethra.core.geo import STORAGE_SRID
from nethra.core.widgets import PointWidget

# Not float(): that takes "nan", "inf", "1e2" and digits of other scripts, and PostGIS would wrap the rest.
DEGREES = re.compile(r"[+-]?\d{1,3}([.,]\d*)?", re.ASCII)


class PointField(forms.PointField):
    """A place typed as latitude and longitude or picked on a map.

    Cleans to a `Point` in EPSG:4326 (x is longitude) or None. The widget hands over the typed pair
    (latitude, longitude); WKT and GeoJSON are refused, because their reference systems come from outside.
    The range is checked here: PostGIS geography silently turns latitude 177 into 2.4.
    """

    widget = PointWidget
    default_error_messages = {
        "invalid_geom": _("Give a place as latitude and longitude."),
        "half": _("Give both latitude and longitude, or leave both empty."),
        "latitude": _("Latitude must be a number from -90 to 90."),
        "longitude": _("Longitude must be a number from -180 to 180."),
        "swapped": _("Latitude must be a number from -90 to 90: were latitude and longitude swapped?"),
    }

    def to_python(self, value: Any) -> Point | None:
        """Return the point in EPSG:4326; raise ValidationError with one sentence."""
        if value in self.empty_values:
            return None
        if isinstance(value, Point):
            return self._checked(value.y, value.x)
        if not isinstance(value, tuple) or len(value) != 2:
            raise self._problem("invalid_geom")
        latitude, longitude = (str(part).strip() for part in value)
        if not latitude and not longitude:
            return None
        if not latitude or not longitude:
            raise self._problem("half")
        return self._checked(self._degrees(latitude, "latitude"), self._degrees(longitude, "longitude"))

    def _degrees(self, text: str, name: str) -> float:
        if not DEGREES.fullmatch(text):
            raise self._problem(name)
        return float(text.replace(",", "."))

    def _checked(self, latitude: float, longitude: float) -> Point:
        # Written as "not within", so that a NaN from code fails as well.
        if not -90 <= latitude <= 90:
            raise self._problem("swapped" if abs(latitude) <= 180 and abs(longitude) <= 90 else "latitude")
        if not -180 <= longitude <= 180:
            raise self._problem("longitude")
        return Point(longitude, latitude, srid=STORAGE_SRID)

    def _problem(self, code: str) -> ValidationError:
        return ValidationError(self.error_messages[code], code=code)
