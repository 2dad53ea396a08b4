"""The console's pages of analysis."""

from insights import console as pages
from insights.dashboard import dashboard
from insights.pages import runs, schedules  # noqa: F401  (they register the pages of runs and schedules)
from insights.pages.asking import ask_page, briefing_now, methods_page
from nethra.core.basemaps import base_tile
from nethra.core.console import console

console.dashboard_view = dashboard
console.add_page("map/", pages.map_page, "map")
console.add_data("map/tiles/<int:z>/<int:x>/<int:y>.mvt", pages.map_tile, "map_tile")
console.add_data("map/base/<int:z>/<int:x>/<int:y>", base_tile, "map_base")
console.add_data("map/layers/<str:name>/<int:z>/<int:x>/<int:y>.mvt", pages.map_layer_tile, "map_layer_tile")
console.add_data("map/grid", pages.map_grid, "map_grid")
console.add_data("map/areas.geojson", pages.map_outlines, "map_outlines")
console.add_data("map/streets.geojson", pages.map_streets, "map_streets")
console.add_data("map/area-counts", pages.map_area_counts, "map_area_counts")
console.add_data("map/hours", pages.map_hours, "map_hours")
console.add_data("map/steps", pages.map_steps, "map_steps")
console.add_data("map/selection", pages.map_selection, "map_selection")
console.add_data("map/cases.geojson", pages.map_cases, "map_cases")
console.add_page("analyses/", methods_page, "analysis_methods")
console.add_page("analyses/briefing/now/", briefing_now, "analysis_briefing")
console.add_page("analyses/<slug:key>/", ask_page, "analysis_ask")
