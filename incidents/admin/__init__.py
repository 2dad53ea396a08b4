"""The console's pages for incidents, areas and imports."""

from __future__ import annotations

from incidents.admin import areas, imports, incidents, places, placings

__all__ = ["areas", "imports", "incidents", "places", "placings"]
