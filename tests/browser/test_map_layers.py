"""An operator's own layers on the map: switched on, drawn beneath the incidents, named in the legend and the link."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, Page, Request, expect

from incidents.demo_city import streets_geojson
from tests.browser.axe import findings
from tests.browser.conftest import SignIn
from tests.browser.map_page import MAP, asked, settled
from tests.browser.served import Served, run_command
from tests.support.chromium import PHONE
from tests.support.database import with_database
from tests.support.layers import write_layer

LAYOUT = Path(__file__).with_name("layout.js").read_text()
NEAR = f"{MAP}?from=&to="


@pytest.fixture
def layers(served: Served, tmp_path: Path) -> None:
    """Hydrants at the corners of the made-up city's streets, and its bus routes, loaded as an operator does."""
    streets = [
        feature["geometry"]["coordinates"]
        for feature in streets_geojson()["features"]
        if feature["geometry"]["type"] == "LineString"
    ]
    corners = [
        ("Hydrant", "Point", place) for street in streets for place in street[:: max(1, len(street) // 4)]
    ]
    files = {
        "Fire hydrants": write_layer(tmp_path / "hydrants.geojson", *corners),
        "Bus routes": write_layer(
            tmp_path / "routes.geojson", *(("Route", "LineString", street) for street in streets[::3])
        ),
    }
    name = urlsplit(served.environment["DATABASE_URL"]).path.strip("/")
    operator = {"MIGRATE_DATABASE_URL": with_database(os.environ["MIGRATE_DATABASE_URL"], name)}
    for title, file in files.items():
        run_command(
            {**served.environment, **operator}, "load_map_layer", str(file), "--name", title
        ).check_returncode()


def pixels(page: Page, colour: tuple[int, int, int]) -> int:
    """Return how many pixels of the drawn map are of about this colour."""
    return int(
        page.evaluate(
            """(wanted) => {
                let found = 0;
                for (const canvas of document.querySelectorAll('[data-map-canvas] .ol-layers canvas')) {
                    if (!canvas.width) continue;
                    const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
                    for (let at = 0; at < data.length; at += 4) {
                        const isSo = wanted.every((each, n) => Math.abs(each - data[at + n]) < 48);
                        if (isSo && data[at + 3] > 200) found += 1;
                    }
                }
                return found;
            }""",
            list(colour),
        )
    )


#: So many pixels more of its colour show that a layer is drawn.
DRAWN = 300
#: The first two colours of layers, in the order of the titles.
ROUTES, HYDRANTS = (0x0F, 0x76, 0x6E), (0x1D, 0x4E, 0xD8)


def legend(page: Page) -> Locator:
    return page.locator("[data-map-legend]")


def open_layers(page: Page) -> None:
    page.locator("[data-reference] > summary").click()


def amiss(page: Page) -> list[str]:
    """Return what is wrong with the layout, and what axe says of the layers and the legend."""
    of_layers = ("data-layer", "data-reference", "crime-map-layers", "legend")
    return [
        *page.evaluate(LAYOUT),
        *(each for each in findings(page) if any(name in each for name in of_layers)),
    ]


@pytest.mark.usefixtures("layers")
def test_a_layer_is_switched_on_and_drawn(sign_in: SignIn) -> None:
    page = sign_in("analyst").open(NEAR)
    settled(page)
    before = {colour: pixels(page, colour) for colour in (ROUTES, HYDRANTS)}
    tiles: list[str] = []

    def note(request: Request) -> None:
        if "/map/layers/" in request.url:
            tiles.append(request.url)

    page.on("request", note)

    open_layers(page)
    page.get_by_label("Bus routes").check()
    page.wait_for_load_state("networkidle")
    expect(legend(page)).to_contain_text("Bus routes")
    page.get_by_label("Fire hydrants").check()
    page.wait_for_load_state("networkidle")
    expect(legend(page)).to_contain_text("Fire hydrants")
    page.wait_for_timeout(300)

    page.keyboard.press("Escape")
    assert amiss(page) == []
    if folder := os.environ.get("NETHRA_PICTURES"):
        page.screenshot(path=str(Path(folder) / "map-layers.png"), full_page=True)
    assert tiles
    drawn = {colour: pixels(page, colour) for colour in before}
    assert all(drawn[colour] > before[colour] + DRAWN for colour in before), (before, drawn)
    assert asked(page)["layer"] == ["bus_routes", "fire_hydrants"]
    # The link shows the same map; what is switched off is gone.
    page.reload()
    settled(page)
    expect(page.locator("[data-reference-chosen]")).to_have_text("2 layers")
    page.wait_for_timeout(300)
    assert pixels(page, ROUTES) > before[ROUTES] + DRAWN
    open_layers(page)
    page.get_by_label("Bus routes").uncheck()
    expect(legend(page)).not_to_contain_text("Bus routes")
    page.wait_for_timeout(300)
    assert pixels(page, ROUTES) < drawn[ROUTES] - DRAWN


@pytest.mark.usefixtures("layers")
def test_layers_are_switched_with_the_keyboard_alone_and_say_when_to_zoom_in(sign_in: SignIn) -> None:
    page = sign_in("analyst").open(f"{MAP}?from=&to=&at=44.6,-123.6,5")
    settled(page)

    page.locator("[data-reference] > summary").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Bus routes").focus()
    page.keyboard.press("Space")

    expect(legend(page)).to_contain_text("Bus routes (zoom in)")
    page.keyboard.press("Escape")
    expect(page.locator("[data-reference]")).not_to_have_attribute("open", "")


@pytest.mark.usefixtures("layers")
def test_layers_fit_on_a_phone(sign_in: SignIn) -> None:
    page = sign_in("analyst", PHONE).open(NEAR)
    settled(page)
    page.locator("[data-filter-sheet] > summary").click()

    open_layers(page)
    page.get_by_label("Fire hydrants").check()

    expect(legend(page)).to_contain_text("Fire hydrants")
    page.keyboard.press("Escape")
    assert amiss(page) == []
    if folder := os.environ.get("NETHRA_PICTURES"):
        page.screenshot(path=str(Path(folder) / "map-layers-phone.png"), full_page=True)
