"""The console's pages for incidents, areas and imports."""

from __future__ import annotations

from incidents.admin import areas, incidents

__all__ = ["areas", "incidents"]
