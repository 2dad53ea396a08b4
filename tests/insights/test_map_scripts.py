"""The reckoning inside the map page's scripts: whole days in the agency's zone, class breaks, addresses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = (
    "nethra/core/static/vendor/ol/ol.js",
    "nethra/core/static/nethra/map-base.js",
    *(
        f"insights/static/insights/map-{name}.js"
        for name in ("asking", "state", "period", "filters", "layers", "measures", "hours", "draw")
    ),
)
STATE: dict[str, Any] = {
    "view": "hexagons",
    "cases": False,
    "measure": "count",
    **dict.fromkeys(("from", "to", "area", "status", "within", "near"), ""),
    **{name: [] for name in ("offence", "weekday", "hour")},
}
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    for script in SCRIPTS:
        page.add_script_tag(path=ROOT / script)
    yield page
    page.close()


def to_server(page: Page, zone: str, **changes: Any) -> str:
    query: str = page.evaluate(
        "([state, zone]) => decodeURIComponent(nethraMap.state.toServer(state, zone))",
        [STATE | changes, zone],
    )
    return query


@pytest.mark.parametrize(
    ("zone", "day", "query"),
    [
        ("UTC", "2026-01-31", "occurred_after=2026-01-31T00:00:00Z&occurred_before=2026-02-01T00:00:00Z"),
        (
            "Asia/Kolkata",
            "2026-01-01",
            "occurred_after=2025-12-31T18:30:00Z&occurred_before=2026-01-01T18:30:00Z",
        ),
        # The days the clocks change have 23 and 25 hours.
        (
            "America/Los_Angeles",
            "2026-03-08",
            "occurred_after=2026-03-08T08:00:00Z&occurred_before=2026-03-09T07:00:00Z",
        ),
        (
            "America/Los_Angeles",
            "2026-11-01",
            "occurred_after=2026-11-01T07:00:00Z&occurred_before=2026-11-02T08:00:00Z",
        ),
        (
            "Europe/London",
            "2026-03-29",
            "occurred_after=2026-03-29T00:00:00Z&occurred_before=2026-03-29T23:00:00Z",
        ),
    ],
)
def test_a_day_is_the_agencys_day(page: Page, zone: str, day: str, query: str) -> None:
    assert to_server(page, zone, **{"from": day, "to": day}) == query


def test_every_filter_reaches_the_server(page: Page) -> None:
    query = to_server(
        page,
        "UTC",
        offence=["13A", "220"],
        area="a-1",
        status="closed",
        weekday=["5"],
        hour=["22"],
        near="1,2,500",
    )

    assert query == "offence=13A&offence=220&weekday=5&hour=22&area=a-1&status=closed&near=1,2,500"


@pytest.mark.parametrize(
    ("counts", "breaks"),
    [
        ([], []),
        ([7], [5]),
        ([1, 1, 1, 1], [1]),
        ([1, 2, 3, 4, 5], [1, 3, 4, 5]),
        ([*range(1, 101)], [1, 50, 75]),
        ([1] * 90 + [50] * 9 + [1398], [1, 50]),
    ],
)
def test_classes_begin_at_plain_numbers_and_rise(page: Page, counts: list[int], breaks: list[int]) -> None:
    assert page.evaluate("counts => nethraMap.layers.classBreaks(counts)", counts) == breaks


def test_the_period_must_not_end_before_it_begins(page: Page) -> None:
    problem = page.evaluate(
        "state => nethraMap.state.problemOf(state)", STATE | {"from": "2026-02-01", "to": "2026-01-01"}
    )

    assert problem == "The period ends before it begins."


@pytest.mark.parametrize(
    ("state", "reach"),
    [
        (("2026-01-01", "2026-01-10"), {"most": 90, "value": 0}),
        (("2026-02-10", "2026-02-19"), {"most": 90, "value": 40}),
        # A period that lies beyond what there is stands at the end.
        (("2027-01-01", "2027-01-10"), {"most": 90, "value": 90}),
        (("", "2026-01-10"), None),
        (("2025-01-01", "2026-12-31"), None),
    ],
)
def test_the_slider_reaches_from_the_first_day_to_the_latest(
    page: Page, state: tuple[str, str], reach: dict[str, int] | None
) -> None:
    found = page.evaluate(
        "([from, to]) => nethraMap.period.reach({from, to}, '2026-01-01', '2026-04-10')", list(state)
    )

    assert found == reach


def test_a_moved_period_keeps_its_length(page: Page) -> None:
    moved = page.evaluate(
        "() => nethraMap.period.moved({from: '2026-02-01', to: '2026-03-02'}, '10', '2026-01-01')"
    )

    assert moved == {"from": "2026-01-11", "to": "2026-02-09"}


def test_the_address_restores_the_view(page: Page) -> None:
    state = STATE | {"view": "beats", "cases": True, "from": "2026-01-01", "to": "2026-01-31"}

    address = page.evaluate("state => nethraMap.state.toAddress(state, '44.1,-124.0,12')", state)

    assert address == "view=beats&from=2026-01-01&to=2026-01-31&cases=1&at=44.1%2C-124.0%2C12"


@pytest.mark.parametrize(
    ("address", "name", "value"),
    [
        ("weekday=5&weekday=9&weekday=x", "weekday", ["5"]),
        ("hour=0&hour=23&hour=24", "hour", ["0", "23"]),
        ("within=POLYGON((1 2,3 4,5 6,1 2))", "within", "POLYGON((1 2,3 4,5 6,1 2))"),
        ("within=nonsense", "within", ""),
        ("near=-124.1,44.2,500", "near", "-124.1,44.2,500"),
        ("near=here", "near", ""),
        ("measure=rate", "measure", "rate"),
        ("measure=beauty", "measure", "count"),
    ],
)
def test_an_address_gives_back_what_it_was_given_and_drops_nonsense(
    page: Page, address: str, name: str, value: Any
) -> None:
    state = page.evaluate("search => nethraMap.state.fromAddress(search, '2026-01-31')", address)

    assert state[name] == value
    if value and name != "measure":
        again = page.evaluate("state => nethraMap.state.toAddress(state)", state)
        assert page.evaluate("search => nethraMap.state.fromAddress(search, '')", again)[name] == value


@pytest.mark.parametrize(
    ("chosen", "press", "then"),
    [
        (([], []), ("5", "22"), (["5"], ["22"])),
        ((["5"], ["22"]), ("5", "22"), ([], [])),
        ((["5"], ["22"]), ("6", ""), (["5", "6"], ["22"])),
        ((["5", "6"], []), ("5", ""), (["6"], [])),
        (([], ["22"]), ("", "3"), ([], ["3", "22"])),
    ],
)
def test_a_press_narrows_to_a_cell_and_lets_go_again(
    page: Page, chosen: tuple[list[str], list[str]], press: tuple[str, str], then: tuple[list[str], list[str]]
) -> None:
    found = page.evaluate(
        "([weekday, hour, day, at]) => nethraMap.hours.pressed({weekday, hour}, day, at)", [*chosen, *press]
    )

    assert (found["weekday"], found["hour"]) == then


def test_an_outline_is_simplified_to_a_hundred_corners_and_never_crosses_itself(page: Page) -> None:
    outline = page.evaluate(
        """() => {
          const corner = (n) => [1000 * Math.cos(n / 80) + 9 * Math.sin(n), 1000 * Math.sin(n / 80)];
          const ring = [...Array(500).keys()].map(corner);
          return nethraMap.draw.outlineOf(new ol.geom.Polygon([[...ring, ring[0]]]));
        }"""
    )
    crossing = page.evaluate(
        "nethraMap.draw.outlineOf(new ol.geom.Polygon([[[0, 0], [900, 900], [900, 0], [0, 900], [0, 0]]]))"
    )

    assert outline.startswith("POLYGON((")
    assert outline.count(",") <= 100
    assert crossing == ""


def test_a_change_of_few_is_called_few(page: Page) -> None:
    words = page.evaluate(
        "counts => counts.map(([count, before]) => nethraMap.measures.changeWords({count, before}))",
        [[30, 20], [3, 2], [12, 0], [5, None]],
    )

    assert words == ["+50%", "+50% (few)", "+12", "-"]
