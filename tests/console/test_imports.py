"""The pages of imports: rows as they came are for whoever runs imports; who may look learns why they were refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from incidents.choices import ImportStatus
from incidents.importing.batches import rejects_path
from incidents.models import ImportBatch, ImportReject
from nethra.core.scope import agency_scope
from tests.support.people import Cast, access_for, console_client

pytestmark = pytest.mark.django_db
RAW, WHY = "Jane Witness, 3 Elm Street", "This offence is not known."


@pytest.fixture
def batch(cast: Cast, tmp_path: Path, settings: Any) -> ImportBatch:
    settings.UPLOAD_DIR = tmp_path
    access = access_for(cast.analyst)
    own = {"agency_id": cast.north.pk}
    with agency_scope(access):
        made = ImportBatch.objects.create(
            **own,
            profile="sf",
            file_name="a.csv",
            upload_path="a.upload",
            status=ImportStatus.DONE,
            rows_rejected=1,
            rejects_path="rejects.csv",
        )
        ImportReject.objects.create(**own, batch=made, line=2, code="offence", reason=WHY, raw=RAW)
    file = rejects_path(made)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(RAW)
    return made


@pytest.mark.parametrize(("role", "sees_rows"), [("analyst", True), ("admin", True), ("auditor", False)])
def test_refused_rows_are_for_who_runs_imports(
    cast: Cast, batch: ImportBatch, role: str, sees_rows: bool
) -> None:
    client = console_client(getattr(cast, role))
    page = client.get(f"/console/incidents/importbatch/{batch.pk}/change/").content.decode()
    file = client.get(f"/console/incidents/importbatch/{batch.pk}/rejects.csv")

    assert WHY in page
    assert (RAW in page) is sees_rows
    assert ("Download the refused rows" in page) is sees_rows
    assert file.status_code == (200 if sees_rows else 403)
