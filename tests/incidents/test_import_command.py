"""The command imports, looks and undoes, in a database where everything commits."""

from __future__ import annotations

import gzip
import json
from io import StringIO
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from incidents.management.commands.import_incidents import Command
from incidents.models import ImportBatch, ImportReject
from nethra.core.scope import agency_scope
from tests.support.imports import csv_of, stored
from tests.support.people import Cast, access_for

pytestmark = pytest.mark.django_db(transaction=True)


def run(*arguments: object) -> dict[str, Any]:
    """Return the JSON that the command prints."""
    out = StringIO()
    call_command("import_incidents", *map(str, arguments), "--agency", "north", "--json", stdout=out)
    printed: dict[str, Any] = json.loads(out.getvalue())
    return printed


@pytest.fixture
def good_file(tmp_path: Path) -> Path:
    path = tmp_path / "good.csv"
    path.write_bytes(csv_of({}, {}, {"offence": "no"}))
    return path


def test_a_dry_run_counts_and_stores_nothing(committed_cast: Cast, good_file: Path) -> None:
    printed = run(good_file, "--profile", "generic", "--dry-run")

    assert (printed["read"], printed["new"], printed["rejected"], printed["stored"]) == (3, 2, 1, 0)
    assert printed["refused"] == {"category_unknown": 1}
    access = access_for(committed_cast.analyst)
    assert stored(access) == []
    with agency_scope(access):
        assert not ImportBatch.objects.visible_to(access).exists()


def test_an_import_can_be_repeated_and_undone(committed_cast: Cast, good_file: Path) -> None:
    first = run(good_file, "--profile", "generic")
    second = run(good_file, "--profile", "generic")
    undone = run("--undo", first["batch"])

    assert Path(first["rejects_file"]).is_file()
    assert (first["status"], first["stored"], first["rejected"]) == ("done", 2, 1)
    assert (second["status"], second["stored"], second["known"]) == ("done", 0, 2)
    assert undone["removed"] == 2
    assert stored(access_for(committed_cast.analyst)) == []


def test_nothing_of_an_import_stays_in_the_session(committed_cast: Cast, good_file: Path) -> None:
    run(good_file, "--profile", "generic")

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_class WHERE relname LIKE 'import_%' AND relpersistence = 't'")
        assert cursor.fetchone() == (0,)
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()")
        assert cursor.fetchone() == (0,)


def test_a_second_import_waits_for_nobody(committed_cast: Cast, good_file: Path) -> None:
    from incidents.importing.sessions import import_session

    other = connection.copy()
    try:
        with other.cursor() as cursor:
            key = f"import {committed_cast.north.pk}"
            cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [key])
        with pytest.raises(CommandError, match="Another import of this agency is running"):
            run(good_file, "--profile", "generic")
        with import_session(committed_cast.south.pk):
            pass
    finally:
        other.close()


def on_the_shell(*arguments: str) -> None:
    Command().run_from_argv(["manage.py", "import_incidents", "--agency", "north", *arguments])


def test_a_bad_file_ends_with_one_sentence_and_exit_1(
    committed_cast: Cast, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "report.csv"
    path.write_bytes(b"%PDF-1.7")
    with pytest.raises(SystemExit) as ended:
        on_the_shell(str(path), "--profile", "generic", "--json")

    printed, said = capsys.readouterr()
    assert ended.value.code == 1
    assert said == "The file is a PDF, not a CSV.\n"
    assert json.loads(printed)["status"] == "failed"


def test_what_cannot_begin_is_said_in_one_sentence(committed_cast: Cast, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="the file cannot be read: No such file"):
        run(tmp_path / "none.csv", "--profile", "generic")
    with pytest.raises(CommandError, match=r"m\.toml: the file cannot be read"):
        run(__file__, "--profile", "generic", "--map", tmp_path / "m.toml")
    with pytest.raises(CommandError, match="There is no agency with the code 'nowhere'"):
        call_command("import_incidents", __file__, "--profile", "generic", "--agency", "nowhere")


@pytest.mark.parametrize(
    "arguments", [(), ("file.csv",), ("file.csv", "--undo", str(UUID(int=1))), ("--undo", "7")]
)
def test_wrong_usage_is_exit_2(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        on_the_shell(*arguments)

    assert ended.value.code == 2
    assert capsys.readouterr().err


def test_an_undo_can_be_tried_first(committed_cast: Cast, good_file: Path) -> None:
    batch = run(good_file, "--profile", "generic")["batch"]

    tried = run("--undo", batch, "--dry-run")

    assert (tried["removed"], tried["dry_run"]) == (2, True)
    assert len(stored(access_for(committed_cast.analyst))) == 2
    assert run("--undo", batch)["removed"] == 2


def test_ctrl_c_takes_back_what_was_stored(
    committed_cast: Cast, good_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("incidents.importing.runs.store_chunk", interrupt)

    with pytest.raises(CommandError, match="The import was interrupted; nothing of it stays"):
        run(good_file, "--profile", "generic")
    assert stored(access_for(committed_cast.analyst)) == []


@pytest.mark.data
def test_the_first_20000_lines_of_san_francisco(
    committed_cast: Cast, police_data: Path, tmp_path: Path
) -> None:
    part = tmp_path / "part.csv.gz"
    with (
        gzip.open(police_data / "sf" / "sf_incidents_2003_2015.csv.gz") as file,
        gzip.open(part, "wb") as out,
    ):
        out.writelines(islice(file, 20_001))

    first = run(part, "--profile", "sf")
    second = run(part, "--profile", "sf")

    assert (first["read"], first["stored"], first["repeated"], first["rejected"]) == (20_000, 19_951, 48, 1)
    assert (second["stored"], second["known"]) == (0, 19_951)
    access = access_for(committed_cast.analyst)
    with agency_scope(access):
        [reject] = ImportReject.objects.visible_to(access).filter(
            batch_id=first["batch"], code="coordinates_impossible"
        )
    assert "-120.5, 90.0" in reject.reason
