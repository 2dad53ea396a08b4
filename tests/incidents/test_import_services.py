"""Imports are started, looked at, cancelled, repeated and undone by those who may."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db.models import F

from incidents.importing import storing
from incidents.importing.progress import Phase, Progress
from incidents.importing.services import preview, request_cancel, run_import, undo_import
from incidents.models import ImportBatch, Incident, IncidentOffence
from incidents.services import change_incident
from incidents.signals import incidents_about_to_go
from nethra.core.access import Access
from nethra.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from nethra.core.scope import agency_scope
from tests.support.imports import counts, csv_of, import_file, start, stored
from tests.support.people import Cast, access_for
from tests.support.records import make_incident


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storing, "CHUNK", 2)
    monkeypatch.setattr(storing, "FIRST_CHUNK", 2)


@pytest.mark.parametrize("person", ["officer", "auditor"])
def test_who_may_not_import_is_refused_every_verb(cast: Cast, person: str) -> None:
    batch = start(access_for(cast.analyst), csv_of({}))
    access = access_for(getattr(cast, person))
    verbs: list[Callable[[], Any]] = [
        lambda: start(access, csv_of({})),
        lambda: preview(access=access, batch=batch),
        lambda: run_import(access=access, batch_id=batch.pk),
        lambda: request_cancel(access=access, batch=batch),
        lambda: undo_import(access=access, batch_id=batch.pk),
    ]

    for verb in verbs:
        with pytest.raises(NotAllowed):
            verb()


def test_another_agencys_batch_is_not_there(cast: Cast) -> None:
    batch = start(access_for(cast.analyst), csv_of({}))

    for verb in (run_import, undo_import):
        with pytest.raises(NotFound):
            verb(access=access_for(cast.south_admin), batch_id=batch.pk)


def test_an_upload_is_kept_private_with_its_digest(cast: Cast, uploads: Path) -> None:
    access = access_for(cast.analyst)

    batch = start(access, csv_of({}))

    kept = uploads / batch.upload_path
    assert kept.read_bytes() == csv_of({})
    assert kept.stat().st_mode & 0o777 == 0o600
    assert (batch.status, len(batch.file_sha256), batch.created_by_id) == ("uploaded", 64, cast.analyst.pk)


def test_a_mapping_that_makes_no_profile_is_refused(cast: Cast) -> None:
    with pytest.raises(InvalidInput, match='the key "srid" must be a positive whole number'):
        start(access_for(cast.analyst), csv_of({}), mapping={"srid": "x"})


def test_a_preview_shows_rows_as_they_would_be_stored(cast: Cast) -> None:
    access = access_for(cast.analyst)
    batch = start(access, csv_of({}, {"offence": "no", "latitude": "91"}, {}))

    with agency_scope(access):
        seen = preview(access=access, batch=batch, rows=2)

    assert seen.header[0] == "external_id"
    assert seen.missing_columns == ()
    assert seen.mapping["offence"] == "offence"
    assert [row.line for row in seen.rows] == [2, 3]
    assert seen.rows[0].values["offence"].code == "220"
    assert seen.rows[0].problems == ()
    assert len(seen.rows[1].problems) == 2
    assert stored(access) == []


def test_a_preview_names_missing_columns_and_bad_files(cast: Cast) -> None:
    access = access_for(cast.analyst)
    lacking, pdf = start(access, b"offence\n220\n"), start(access, b"%PDF-1.7")

    with agency_scope(access):
        assert preview(access=access, batch=lacking).missing_columns == ("occurred_from",)
        assert preview(access=access, batch=pdf).problem == "The file is a PDF, not a CSV."


@pytest.mark.usefixtures("small_chunks")
def test_rows_are_stored_in_chunks_that_tell_their_progress(cast: Cast) -> None:
    seen: list[Progress] = []

    batch = import_file(access_for(cast.analyst), csv_of(*[{}] * 5), progress=seen.append)

    assert counts(batch) == (5, 5, 0, 0, 0)
    assert [step.done for step in seen if step.phase is Phase.STORING] == [2, 4, 5]


@pytest.mark.usefixtures("small_chunks")
def test_a_cancelled_import_takes_back_what_it_stored(cast: Cast) -> None:
    access = access_for(cast.analyst)
    batch = start(access, csv_of(*[{}] * 5))

    def cancel(step: Progress) -> None:
        if step.phase is Phase.STORING and step.done == 2:
            with agency_scope(access):
                request_cancel(access=access, batch=batch)

    ended = run_import(access=access, batch_id=batch.pk, progress=cancel)

    assert (ended.status, ended.message) == ("cancelled", "The import was cancelled; nothing of it stays.")
    assert counts(ended) == (0, 0, 0, 0, 0)
    assert stored(access) == []


def test_an_import_that_breaks_takes_back_what_it_stored(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, small_chunks: None
) -> None:
    access = access_for(cast.analyst)
    batch = start(access, csv_of(*[{}] * 5))
    store = storing.store_chunk

    calls: list[int] = []

    def break_at_the_second(*args: Any) -> int:
        calls.append(1)
        if len(calls) == 2:
            raise ZeroDivisionError
        return store(*args)

    monkeypatch.setattr("incidents.importing.runs.store_chunk", break_at_the_second)
    with pytest.raises(ZeroDivisionError):
        run_import(access=access, batch_id=batch.pk)

    with agency_scope(access):
        ended = ImportBatch.objects.visible_to(access).get()
    assert (ended.status, ended.rows_stored) == ("failed", 0)
    assert stored(access) == []


def test_a_killed_import_starts_afresh(cast: Cast) -> None:
    access = access_for(cast.analyst)
    batch = import_file(access, csv_of({}, {}))
    with agency_scope(access):
        # What a kill after the first chunk leaves behind.
        ImportBatch.objects.visible_to(access).update(status="running")

    again = run_import(access=access, batch_id=batch.pk)

    assert (again.status, counts(again)) == ("done", (2, 2, 0, 0, 0))
    assert len(stored(access)) == 2


def test_an_ended_import_does_not_run_again_nor_stop(cast: Cast) -> None:
    access = access_for(cast.analyst)
    batch = import_file(access, csv_of({}))

    with pytest.raises(Conflict, match="This import is done; it cannot run again"):
        run_import(access=access, batch_id=batch.pk)
    with agency_scope(access), pytest.raises(Conflict, match="has ended already"):
        request_cancel(access=access, batch=batch)


def test_undo_removes_exactly_the_batchs_incidents(cast: Cast) -> None:
    access = access_for(cast.analyst)
    own = make_incident(access_for(cast.officer))
    import_file(access, csv_of({"external_id": "B-1"}))
    batch = import_file(access, csv_of({}, {}))

    removed = undo_import(access=access, batch_id=batch.pk)

    assert removed == 2
    left = stored(access)
    assert {incident.external_id for incident in left} == {None, "B-1"}
    assert own in left
    with agency_scope(access):
        assert IncidentOffence.objects.visible_to(access).count() == 2
        assert ImportBatch.objects.visible_to(access).get(pk=batch.pk).status == "undone"
    with pytest.raises(Conflict, match="there is nothing to undo"):
        undo_import(access=access, batch_id=batch.pk)


def test_undo_refuses_incidents_edited_since(cast: Cast) -> None:
    access = access_for(cast.admin)
    batch = import_file(access, csv_of({}, {}))
    incident = stored(access)[0]
    with agency_scope(access):
        change_incident(access=access, incident=incident, address="elsewhere")
        # In one transaction the clock of the database stands still.
        changed = Incident.objects.visible_to(access).filter(pk=incident.pk)
        changed.update(updated_at=F("created_at") + timedelta(minutes=1))

    with pytest.raises(Conflict, match=f"edited after the import: {incident.number}"):
        undo_import(access=access, batch_id=batch.pk)

    assert len(stored(access)) == 2


def test_undo_refuses_incidents_that_others_refer_to(cast: Cast) -> None:
    access = access_for(cast.analyst)
    batch = import_file(access, csv_of({}))

    def hold(access: Access, batch_id: object, **_: object) -> list[str]:
        return [f"I-7 of {batch_id == batch.pk}"]

    incidents_about_to_go.connect(hold)
    try:
        with pytest.raises(Conflict, match="Other records refer to these incidents: I-7 of True"):
            undo_import(access=access, batch_id=batch.pk)
    finally:
        incidents_about_to_go.disconnect(hold)

    assert len(stored(access)) == 1
