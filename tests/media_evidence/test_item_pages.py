"""Physical exhibits over the API and on the console: record, label, scan, out and in, inventory, dashboard."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pypdfium2
import pytest
import zxingcpp
from django.conf import settings
from django.urls import reverse

from cases.models import Case
from media_evidence.models import Evidence, Item
from media_evidence.room.labels import label_pdf, scan_address, sheet_pdf
from nethra.core.scope import agency_scope
from tests.api.calls import get, patch, post, refusal
from tests.support.cases import make_case
from tests.support.files import make_evidence
from tests.support.items import make_item, make_location
from tests.support.people import Cast, access_for, console_client

pytestmark = pytest.mark.django_db
KNIFE = {"title": "Knife", "kind": "other", "bag_number": "B-1"}
SOON = (date.today() + timedelta(days=9)).isoformat()


@pytest.fixture
def case(cast: Cast) -> Case:
    return make_case(access_for(cast.officer), lead_id=cast.officer.pk)


def page(name: str, *args: Any) -> str:
    return reverse(f"admin:media_evidence_{name}", args=args)


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    return "\n".join(sheet.get_textpage().get_text_range() for sheet in document)


def codes_of(pdf: bytes) -> list[str]:
    """Return what a decoder reads in the pixels of each page."""
    found = []
    for sheet in pypdfium2.PdfDocument(pdf):
        picture = sheet.render(scale=4).to_pil().convert("L")
        found += [code.text for code in zxingcpp.read_barcodes(picture)]
    return found


# The API


def test_a_thing_goes_its_way_over_the_api(cast: Cast, case: Case) -> None:
    shelf = post(cast.custodian, "storage-locations", {"path": "pr1", "label": "Property room"}).json()
    said = {**KNIFE, "quantity": "2.5", "unit": "kilogram", "seal_number": "S-1", "location": shelf["id"]}

    made = post(cast.officer, f"cases/{case.pk}/evidence/items", said)
    item = made.json()
    path = f"evidence/{item['evidence']}"
    out = {"purpose": "court", "due_back_on": SOON, "to_name": "The court"}
    checked_out = post(cast.custodian, f"{path}/check-out", out).json()
    overdue = get(cast.custodian, "items?overdue=true").json()["data"]
    told = {"seal_condition": "broken", "seal_number": "S-2", "reason": "Opened", "location": shelf["id"]}
    back = post(cast.custodian, f"{path}/check-in", told).json()
    entries = get(cast.officer, f"{path}/custody").json()["data"]

    assert (made.status_code, made.headers["Location"]) == (201, f"/api/v1/{path}/item")
    assert (item["quantity"], item["value"], item["location_path"]) == ("2.500", None, "PR1")
    assert (checked_out["purpose"], checked_out["due_back_on"], checked_out["location"]) == (
        "court",
        SOON,
        None,
    )
    assert overdue == []
    assert (back["purpose"], back["seal_number"], back["location"]) == ("", "S-2", shelf["id"])
    assert [entry["kind"] for entry in entries] == [
        "received", "collected", "sealed", "moved", "released", "returned", "sealed", "moved",
    ]  # fmt: skip
    assert (entries[4]["purpose"], entries[5]["seal_condition"], entries[6]["previous_seal"]) == (
        "court",
        "broken",
        "S-1",
    )


def test_lists_tell_things_from_files(cast: Cast, case: Case) -> None:
    access = access_for(cast.officer)
    make_evidence(access, case), make_item(access, case, kind="drug")

    assert [row["is_physical"] for row in get(cast.officer, "evidence?physical=true").json()["data"]] == [
        True
    ]
    assert get(cast.officer, "evidence?physical=false").json()["total"] == 1
    assert get(cast.officer, f"cases/{case.pk}/evidence").json()["total"] == 2
    assert get(cast.officer, "items?kind=drug").json()["total"] == 1
    assert get(cast.officer, "items?kind=cash").json()["total"] == 0


def test_items_are_found_by_place_and_by_number(cast: Cast, case: Case) -> None:
    room, access = access_for(cast.custodian), access_for(cast.officer)
    outer = make_location(room, "PR1")
    inner, other = make_location(room, "PR1/S1"), make_location(room, "PR2")
    make_item(access, case, bag_number="IN-1", location_id=inner.pk)
    make_item(access, case, bag_number="IN-2", location_id=other.pk, seal_number="S-9")

    def found(query: str) -> list[str]:
        return [row["bag_number"] for row in get(cast.officer, f"items?{query}").json()["data"]]

    assert found(f"location={outer.pk}") == ["IN-1"]
    assert found("q=in-2") == found("q=S-9") == ["IN-2"]
    assert found("ordering=bag_number") == ["IN-1", "IN-2"]
    assert refusal(get(cast.officer, f"items?location={case.pk}")) == (400, "invalid_parameter")
    assert refusal(get(cast.officer, "items?colour=red"))[0] == 400


def test_an_inventory_goes_its_way_over_the_api(cast: Cast, case: Case) -> None:
    make_item(access_for(cast.officer), case, bag_number="B-1")

    made = post(cast.custodian, "inventories", {"size": 5, "seed": "7"}).json()
    path = f"inventories/{made['id']}"
    (line,) = get(cast.auditor, f"{path}/lines").json()["data"]
    early = refusal(post(cast.custodian, f"{path}/close", {}))
    marked = post(
        cast.custodian, f"{path}/lines/{line['id']}/find", {"finding": "missing", "note": "Not there"}
    )
    settled = post(cast.custodian, f"{path}/lines/{line['id']}/settle", {"settlement": "Found in PR2"})
    closed = post(cast.custodian, f"{path}/close", {}).json()

    assert (made["population"], made["seed"], line["bag_number"]) == (1, "7", "B-1")
    assert early == (409, "not_finished")
    assert (marked.json()["finding"], settled.json()["settlement"]) == ("missing", "Found in PR2")
    assert closed["closed_by"] == str(cast.custodian.pk)
    assert get(cast.south_admin, path).status_code == 404
    assert get(cast.prosecutor, "inventories").json()["total"] == 0


def test_a_location_is_renamed_and_closed_over_the_api(cast: Cast) -> None:
    made = post(cast.custodian, "storage-locations", {"path": "PR1"}).json()
    path = f"storage-locations/{made['id']}"

    assert patch(cast.custodian, path, {"label": "Old"}).json()["label"] == "Old"
    assert post(cast.custodian, f"{path}/close", {}).json()["closed_at"]
    assert refusal(post(cast.custodian, f"{path}/close", {})) == (409, "closed")
    assert refusal(post(cast.custodian, "storage-locations", {"path": "a b"})) == (400, "invalid_input")


def test_what_needs_a_file_answers_404_for_a_thing(cast: Cast, case: Case) -> None:
    path = f"evidence/{make_item(access_for(cast.officer), case).evidence_id}"

    for part in ("file", "facts"):
        assert refusal(get(cast.officer, f"{path}/{part}")) == (404, "no_file")
    for part in ("preview", "thumbnail"):
        assert get(cast.officer, f"{path}/{part}").status_code == 404
    assert get(cast.officer, f"{path}/alike").json() == {"data": []}
    assert post(cast.officer, f"{path}/verify", {}).json()["integrity"] == "no_file"


def test_a_file_is_no_item(cast: Cast, case: Case) -> None:
    path = f"evidence/{make_evidence(access_for(cast.officer), case).pk}"

    assert get(cast.officer, f"{path}/item").status_code == 404
    assert post(cast.officer, f"{path}/seal", {"seal_number": "S-1"}).status_code == 404


# Labels


def test_a_label_names_the_bag_and_its_code_opens_the_exhibit_for_whom_it_is_visible(
    cast: Cast, case: Case
) -> None:
    item = make_item(
        access_for(cast.officer), case, title="Secret knife", bag_number="B-77", seal_number="S-1"
    )

    pdf = get(cast.officer, f"evidence/{item.evidence_id}/label")
    (code,) = codes_of(pdf.content)
    path = code.removeprefix(settings.PUBLIC_URL)

    assert pdf.headers["Content-Type"] == "application/pdf"
    assert "Bag B-77" in text_of(pdf.content)
    assert f"{case.number} E-01" in text_of(pdf.content)
    assert "Secret" not in text_of(pdf.content)
    assert all(word not in code for word in ("B-77", case.number, str(item.pk), str(item.evidence_id)))
    opened = console_client(cast.officer).get(path)
    assert (opened.status_code, opened.headers["Location"]) == (302, page("item_change", item.pk))
    for who in (cast.analyst, cast.prosecutor, cast.south_admin):
        assert console_client(who).get(path).status_code == 404
    assert console_client(cast.officer).get(f"{path[:-5]}aaaa/").status_code == 404


def test_a_label_is_as_large_as_a_label_and_the_same_each_time(cast: Cast, case: Case) -> None:
    access = access_for(cast.officer)
    item = make_item(access, case)
    with agency_scope(access):
        pdf = label_pdf(item)
        assert label_pdf(item) == pdf

    width, height = pypdfium2.PdfDocument(pdf)[0].get_size()

    assert (round(width / 72 * 25.4), round(height / 72 * 25.4)) == (100, 62)


def test_a_sheet_has_eight_labels_a_page_that_can_all_be_read(cast: Cast, case: Case) -> None:
    access = access_for(cast.officer)
    items = [make_item(access, case) for _ in range(9)]
    with agency_scope(access):
        pdf = sheet_pdf(items)

    assert len(pypdfium2.PdfDocument(pdf)) == 2
    assert sorted(codes_of(pdf)) == sorted(scan_address(item) for item in items)


def test_labels_of_a_list_are_those_of_its_filters(cast: Cast, case: Case) -> None:
    access = access_for(cast.officer)
    make_item(access, case, kind="drug", bag_number="DRUG-1"), make_item(access, case, bag_number="ELSE-1")
    client = console_client(cast.officer)

    api = text_of(get(cast.officer, "items/labels?kind=drug").content)
    console = text_of(client.get(f"{page('item_labels')}?kind__exact=drug").content)

    assert "DRUG-1" in api
    assert "DRUG-1" in console
    assert "ELSE-1" not in api + console
    assert refusal(get(cast.officer, "items/labels?kind=cash")) == (400, "invalid_input")
    assert client.get(f"{page('item_labels')}?kind__exact=cash").status_code == 400


# The console


def test_an_officer_records_a_thing_on_the_console(cast: Cast, case: Case) -> None:
    shelf = make_location(access_for(cast.custodian), "PR1")
    client = console_client(cast.officer)
    said = {
        "case_number": case.number,
        "title": "Knife",
        "kind": "cash",
        "bag_number": "b-1",
        "quantity": "3",
        "unit": "note",
        "first_seal": "S-1",
        "put_into": str(shelf.pk),
    }

    refused = client.post(page("item_add"), said)
    saved = client.post(page("item_add"), {**said, "value": "30", "currency": "EUR"}, follow=True)

    assert "Cash is counted" in refused.content.decode()
    assert saved.status_code == 200
    access = access_for(cast.officer)
    with agency_scope(access):
        item = Item.objects.visible_to(access).select_related("location").get()
    assert (item.bag_number, item.seal_number, item.location) == ("B-1", "S-1", shelf)


def test_the_pages_of_a_thing_show_it_and_offer_what_can_be_done(cast: Cast, case: Case) -> None:
    shelf = make_location(access_for(cast.custodian), "PR1")
    item = make_item(access_for(cast.officer), case, location_id=shelf.pk, seal_number="S-1")
    keeper, reader = console_client(cast.custodian), console_client(cast.auditor)

    own = keeper.get(page("item_change", item.pk)).content.decode()
    exhibit = keeper.get(page("evidence_change", item.evidence_id)).content.decode()
    read = reader.get(page("item_change", item.pk)).content.decode()
    listed = keeper.get(page("item_changelist") + "?where=in&place=PR1").content.decode()
    timeline = keeper.get(page("evidence_custody", item.evidence_id)).content.decode()

    assert all(f"/{name}/" in own for name in ("move", "seal", "check-out", "label"))
    assert "/check-in/" not in own
    assert "/check-out/" not in read
    assert "Other, 1 piece" in exhibit
    assert "/download/" not in exhibit
    assert item.bag_number in listed
    assert "The chain holds" in timeline
    assert "Download" not in listed


def test_out_and_in_on_the_console(cast: Cast, case: Case) -> None:
    shelf = make_location(access_for(cast.custodian), "PR1")
    item = make_item(access_for(cast.officer), case, location_id=shelf.pk)
    client = console_client(cast.custodian)

    def do(name: str, **values: Any) -> str:
        return client.post(
            f"{page('item_change', item.pk)[:-7]}{name}/", values, follow=True
        ).content.decode()

    assert "Say who takes it" in do("check-out", purpose="court", due_back_on=SOON)
    assert "It is checked out." in do("check-out", purpose="court", due_back_on=SOON, to_name="The court")
    assert "Court, due back" in client.get(page("item_changelist") + "?where=out").content.decode()
    assert "It is checked in." in do("check-in", seal_condition="none", location=str(shelf.pk))
    assert "It is sealed." in do("seal", seal_number="S-5")
    with agency_scope(access_for(cast.custodian)):
        assert Evidence.objects.visible_to(access_for(cast.custodian)).get().custody == "held"


def test_an_inventory_on_the_console_and_its_alarm_on_the_dashboard(cast: Cast, case: Case) -> None:
    make_item(access_for(cast.officer), case, bag_number="B-77")
    client = console_client(cast.custodian)

    opened = client.post(
        page("inventory_add"), {"size": "5", "high_value_share": "50", "seed": ""}, follow=True
    )
    shown = opened.content.decode()
    start = shown.index("/lines/")
    mark = shown[shown.rindex('"', 0, start) + 1 : shown.index('"', start)]
    asked = client.get(mark).content.decode()
    marked = client.post(mark, {"finding": "missing"}, follow=True).content.decode()
    dashboard = client.get("/console/").content.decode()
    officers = console_client(cast.officer).get("/console/").content.decode()
    settled = client.post(f"{mark}settle/", {"settlement": "It lay behind the shelf"}, follow=True)

    assert "B-77" in asked
    assert "is marked." in marked
    assert "What an inventory found wrong" in dashboard
    assert "What an inventory found wrong" not in officers
    assert "It lay behind the shelf" in settled.content.decode()
    assert "What an inventory found wrong" not in client.get("/console/").content.decode()
    key = mark.split("/lines/")[0].rsplit("/", 1)[-1]
    assert "B-77" in client.get(page("inventory_sheet", key)).content.decode()
    closed = client.post(f"{page('inventory_change', key)[:-7]}close/", {}, follow=True)
    assert "The inventory is closed." in closed.content.decode()


def test_a_location_on_the_console(cast: Cast) -> None:
    client = console_client(cast.custodian)

    added = client.post(page("storagelocation_add"), {"path": "pr1", "label": "Room"}, follow=True)
    again = client.post(page("storagelocation_add"), {"path": "PR1", "label": "Room"})

    assert "PR1" in added.content.decode()
    assert added.redirect_chain
    assert "There is a location with this path already." in again.content.decode()
