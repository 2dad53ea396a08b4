"""Whatever people write stands on the pages as text: no markup of theirs reaches a browser as markup."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from cases.people import add_person
from cases.services import change_case
from cases.tasks import add_task
from incidents.area_drawing import begin_draft
from incidents.choices import AreaKind
from incidents.models import Area, AreaPlacing, AreaSet, ImportBatch, OffenceCategory
from media_evidence.models import RetentionCategory
from nethra.core.console import console
from nethra.core.scope import agency_scope
from tests.console.rows import (
    first_of,
    page,
    plant_disclosure,
    plant_exports,
    plant_hold,
    plant_people,
    plant_room,
    plant_run,
    plant_schedule,
    plant_searches,
    plant_watch,
)
from tests.support.cases import make_case
from tests.support.files import make_evidence
from tests.support.keeping import CATEGORY, asked, make_due
from tests.support.people import Cast, access_for, console_client
from tests.support.records import make_area, make_incident

#: Ends an attribute, a tag, a script and a template's expression.
MARK = "'\"></script><b onclick=BAIT>${1}"
RAW = "<b onclick=BAIT"
#: Where tags are escaped and quotes are not, an attribute can be left.
HALF_ESCAPED = '"&gt;&lt;/script'
#: What writes HTML or runs text.
SINKS = re.compile(
    r"\b(innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|srcdoc|DOMParser"
    r"|eval|Function\(|setAttribute\(['\"]on)|set(Timeout|Interval)\(\s*['\"`]|javascript:"
)
OWN_SCRIPTS = sorted(
    path
    for app in ("nethra/core", "accounts", "insights", "media_evidence")
    for path in (settings.BASE_DIR / app / "static").rglob("*.js")
    if "vendor" not in path.parts
)


def fill_with_markup(cast: Cast) -> None:
    """Write the mark into every text of North that somebody may write."""
    admin, officer = access_for(cast.admin), access_for(cast.officer)
    make_area(admin, AreaKind.DISTRICT, "D1", (-122.43, 37.76, -122.41, 37.78))
    incident = make_incident(officer, address=MARK, description=MARK, notes=MARK)
    case = make_case(officer, incident, title=MARK)
    make_evidence(officer, case, title=MARK, name=f"{MARK}.jpg", description=MARK)
    plant_watch(cast, case, MARK)
    plant_people(cast, MARK, unit_name=MARK)
    plant_hold(cast, MARK)
    plant_exports(cast, MARK)
    plant_run(cast, MARK)
    plant_schedule(cast, MARK)
    plant_searches(cast, MARK)
    plant_room(cast, case, label=MARK, title=MARK, description=MARK)
    asked(cast, make_due(cast, title=MARK, name=f"{MARK}.jpg")[0], reason=MARK)
    with agency_scope(admin):
        RetentionCategory.objects.visible_to(admin).filter(name=CATEGORY).update(name=MARK)
        plant_disclosure(case, MARK)
        change_case(access=admin, case=case, notes=MARK)
        add_person(access=admin, case=case, role="witness", name=MARK, contact=MARK)
        add_task(access=admin, case=case, title=MARK)
        Area.objects.visible_to(admin).update(name=MARK, code=MARK, note=MARK)
        AreaPlacing.objects.create(agency_id=cast.north.pk, reason=MARK, message=MARK, status="failed")
        # Twice the same ground, so that a fault names its areas; a draft, so that they are drawn.
        area = Area.objects.visible_to(admin).get()
        begin_draft(access=admin, kind=AreaKind.DISTRICT, from_id=area.area_set_id)
        Area.objects.create(
            agency_id=cast.north.pk,
            area_set=area.area_set,
            kind="district",
            code=f"{MARK}2",
            shape=area.shape,
        )
        OffenceCategory.objects.create(agency_id=cast.north.pk, name=MARK, offence_code_id="220")
        ImportBatch.objects.create(
            agency_id=cast.north.pk, profile="sf", file_name=MARK, upload_path="a.upload", message=MARK
        )
        cast.admin.name = cast.officer.badge_number = MARK
        cast.admin.save()
        cast.officer.save()
        cast.north.name = MARK
        cast.north.save()


def _area_sets(cast: Cast) -> list[AreaSet]:
    admin = access_for(cast.admin)
    with agency_scope(admin):
        return list(AreaSet.objects.visible_to(admin))


def pages(cast: Cast) -> Iterator[str]:
    """Yield the addresses of all pages of models, and of the others that show what people wrote."""
    for model in console._registry:
        row = first_of(model, access_for(cast.admin))
        yield page(model, "changelist")
        yield page(model, "change", row.pk)
        yield page(model, "history", row.pk)
    for area_set in _area_sets(cast):
        for name in ("check_areas", "compare", "draw", "put_in_force"):
            yield page(AreaSet, name, area_set.pk)
    for path in (
        "",
        "map/",
        "roles/",
        "shared/",
        "account/",
        "account/profile/",
        "account/keys/",
        "search/?s=B",
    ):
        yield f"/console/{path}"


@pytest.mark.django_db
def test_markup_in_every_text_is_shown_as_text(cast: Cast) -> None:
    fill_with_markup(cast)
    client = console_client(cast.admin)

    shown = {path: client.get(path, follow=True).content.decode() for path in pages(cast)}

    assert [path for path, text in shown.items() if RAW in text or HALF_ESCAPED in text] == []
    escaped = {path for path, text in shown.items() if "&lt;b onclick=BAIT&gt;" in text}
    assert len(escaped) > len(shown) / 2


@pytest.mark.parametrize("script", OWN_SCRIPTS, ids=lambda script: script.name)
def test_no_script_of_ours_writes_markup_or_runs_text(script: Path) -> None:
    assert SINKS.findall(script.read_text()) == []
