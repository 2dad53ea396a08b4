"""What a person calls the device behind a User-Agent header."""

from __future__ import annotations

#: The first that matches: browsers name those they descend from as well.
PROGRAMS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("QGIS/", "QGIS"),
    ("curl/", "curl"),
    ("python", "Python"),
)
SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def device_name(agent: str) -> str:
    """Return such as "Firefox on Windows"; the header's beginning where it says nothing known."""
    program = next((name for mark, name in PROGRAMS if mark.lower() in agent.lower()), "")
    system = next((name for mark, name in SYSTEMS if mark in agent), "")
    return " on ".join(filter(None, (program, system))) or agent[:40] or "Unknown device"
