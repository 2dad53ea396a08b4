"""One row of every model that the console shows, so that every page can be opened."""

from __future__ import annotations

from typing import Any

from django.db.models import Model
from django.urls import reverse

from cases.tasks import add_task
from incidents.choices import AreaKind
from incidents.models import ImportBatch, OffenceCategory
from nethra.core.access import Access
from nethra.core.querysets import ScopedQuerySet
from nethra.core.scope import agency_scope
from tests.support.cases import make_case
from tests.support.files import make_evidence
from tests.support.people import Cast, access_for
from tests.support.records import make_area, make_incident


def fill(cast: Cast) -> None:
    """Make a row of every kind in North."""
    access = access_for(cast.admin)
    make_area(access, AreaKind.DISTRICT, "D1", (-122.43, 37.76, -122.41, 37.78))
    case = make_case(access_for(cast.officer), make_incident(access_for(cast.officer), "220", "290"))
    make_evidence(access, case)
    with agency_scope(access):
        add_task(access=access, case=case, title="Ask the neighbours")
        OffenceCategory.objects.create(agency_id=cast.north.pk, name="Shed", offence_code_id="220")
        ImportBatch.objects.create(
            agency_id=cast.north.pk, profile="sf", file_name="a.csv", upload_path="a.upload"
        )


def first_of(model: type[Model], access: Access) -> Any:
    """Return a row of the model that the access sees."""
    with agency_scope(access):
        rows = model._default_manager.all()
        assert isinstance(rows, ScopedQuerySet)
        return rows.visible_to(access).order_by("pk").first()


def page(model: type[Model], name: str, *args: Any) -> str:
    """Return the address of one of a model's pages."""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=args)
