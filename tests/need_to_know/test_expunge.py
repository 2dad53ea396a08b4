"""Expunging by order: two people, nothing left anywhere, the proof kept, and again after a restore."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection

from cases.access import exclude_person, set_restriction
from cases.emergencies import break_glass
from cases.expunging import approve_expunge, ask_expunge, decline_expunge, reapply, remembered
from cases.models import Case, ExpungeOrder, InvolvedPerson
from cases.people import add_person
from cases.readings import note_reading
from cases.services import change_case, link_incident
from cases.tasks import add_task
from cases.transitions import move_case
from incidents.models import Incident
from incidents.services import HabitInput
from media_evidence.custody.verbs import take_step
from media_evidence.disclosing.codes import new_code
from media_evidence.disclosing.giving import fetch
from media_evidence.disclosing.services import disclose, revoke_disclosure
from media_evidence.examining import verify_evidence
from media_evidence.jobs import inspect_evidence_job, make_disclosed_files, make_redaction_job
from media_evidence.knowing import record_clock
from media_evidence.models import DisclosedFile
from media_evidence.parts import part_path
from media_evidence.redaction.services import order_redaction, release_redaction
from nethra.audit.verification import verify_audit
from nethra.bootstrap import admin_dsn
from nethra.core.access import operator_access
from nethra.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from nethra.core.readings import Reason
from nethra.core.scope import agency_scope
from tests.api.calls import ROOT
from tests.support import seeds
from tests.support.cases import make_case
from tests.support.files import make_evidence, make_upload
from tests.support.people import Cast, access_for, api_client
from tests.support.records import make_incident
from tests.support.secrets import ORDER, exclude, share_with

CANARY = "CANARYEXPUNGED"


def plant(cast: Cast) -> Case:
    """Return a closed case with the canary wherever somebody can write about it."""
    supervisor, officer = access_for(cast.supervisor), access_for(cast.officer)
    incident = make_incident(
        officer,
        description=f"{CANARY} d",
        notes=f"{CANARY} n",
        address=f"{CANARY} Street",
        external_id=CANARY,
        modus_operandi=[HabitInput("tool", CANARY)],
    )
    case = make_case(officer, incident, title=f"{CANARY} t", notes=f"{CANARY} n", lead_id=cast.officer.pk)
    further = make_incident(officer, description=f"{CANARY} further")
    photo = seeds.picture(details=seeds.exif(make=CANARY))
    evidence = make_evidence(officer, case, photo, title=CANARY, description=CANARY, name=f"{CANARY}.jpg")
    inspect_evidence_job(agency_id=case.agency_id, evidence_id=evidence.pk)
    part_path(make_upload(officer, case, f"{CANARY}.jpg", title=CANARY).pk).write_bytes(CANARY.encode())
    with agency_scope(officer):
        record_clock(access=officer, evidence=evidence, seconds_ahead=60, reason=CANARY)
        told = {"place": CANARY, "seal_number": CANARY, "reason": CANARY, "from_name": CANARY}
        take_step(access=officer, evidence=evidence, kind="collected", **told)
        verify_evidence(access=officer, evidence=evidence)
        box = {"reason": "victim", "page": 1, "x": 0, "y": 0, "width": 8, "height": 8}
        copy = order_redaction(access=officer, evidence=evidence, regions=[box])
    make_redaction_job(agency_id=case.agency_id, redaction_id=copy.pk)
    with agency_scope(supervisor):
        release_redaction(access=supervisor, redaction=copy, to_name=CANARY, reason=CANARY)
        disclosure, _ = disclose(
            access=supervisor,
            case=case,
            copies=[copy.pk],
            recipient_name=CANARY,
            recipient_email=f"{CANARY}@example.org",
            purpose=CANARY,
        )
    make_disclosed_files(agency_id=case.agency_id, disclosure_id=disclosure.pk)
    with agency_scope(supervisor):
        new_code(access=supervisor, disclosure_id=disclosure.pk)
        (file,) = DisclosedFile.objects.visible_to(supervisor)
        fetch(access=supervisor, disclosure_id=disclosure.pk, file_id=file.pk, address=CANARY)
        revoke_disclosure(access=supervisor, disclosure=disclosure, reason=CANARY)
    with agency_scope(supervisor):
        change_case(access=supervisor, case=case, informant_notes=CANARY)
        link_incident(access=supervisor, case=case, incident=further)
        add_person(access=supervisor, case=case, role="victim", name=CANARY, contact=CANARY)
        add_task(access=supervisor, case=case, title=CANARY)
        exclude_person(access=supervisor, case=case, user_id=cast.analyst.pk, reason=CANARY)
        note_reading(supervisor, case, Reason("other", CANARY))
    share_with(supervisor, case, reason=CANARY)
    with agency_scope(officer):
        set_restriction(access=officer, case=case, is_restricted=True)
    with agency_scope(supervisor):
        break_glass(access=supervisor, case_id=case.pk, reason=f"{CANARY} is in danger, says the caller")
    with agency_scope(officer):
        set_restriction(access=officer, case=case, is_restricted=False)
    with agency_scope(supervisor):
        move_case(access=supervisor, case=case, target="referred", reason=CANARY, referred_to=CANARY)
        move_case(access=supervisor, case=case, target="closed_unfounded", reason=CANARY)
    return case


def expunge(cast: Cast, subject: Any, kind: str = "case_incidents") -> ExpungeOrder:
    admin, supervisor = access_for(cast.admin), access_for(cast.supervisor)
    with agency_scope(admin):
        order = ask_expunge(access=admin, kind=kind, subject_id=subject.pk, **ORDER)
    with agency_scope(supervisor):
        return approve_expunge(access=supervisor, order=order)


def tables_with_canary(dsn: str) -> list[str]:
    """Return the relations of a database that hold the canary, read past all row security."""
    found = []
    with psycopg.connect(dsn) as server:
        relations = server.execute(
            "SELECT oid::regclass::text FROM pg_class"
            " WHERE relkind IN ('r', 'm') AND relnamespace = 'public'::regnamespace"
        ).fetchall()
        for (name,) in relations:
            row = server.execute(
                f"SELECT count(*) FROM {name} t WHERE t::text LIKE %s OR t::text LIKE %s",
                [f"%{CANARY}%", f"%{CANARY.encode().hex()}%"],
            ).fetchone()
            if row and row[0]:
                found.append(name)
    return found


def files_with_canary(folder: Path) -> list[str]:
    needle = CANARY.encode()
    return [
        str(p)
        for p in folder.rglob("*")
        if needle in p.name.encode() or (p.is_file() and needle in p.read_bytes())
    ]


@pytest.mark.django_db(transaction=True)
def test_nothing_is_left_anywhere_and_the_audit_still_verifies(
    committed_cast: Cast, evidence_dir: Path, tmp_path: Path
) -> None:
    cast = committed_cast
    case = plant(cast)
    database = connection.settings_dict["NAME"]
    before = tables_with_canary(admin_dsn(database))
    stored = [p for p in (evidence_dir / str(cast.north.pk) / "files").rglob("*") if p.is_file()]
    old_dump = tmp_path / "old.dump"
    pg_dump(database, old_dump)

    order = expunge(cast, case)

    exhibits = {
        "incidents_incidenthabit",
        "media_evidence_evidence",
        "media_evidence_filefacts",
        "media_evidence_redaction",
    }
    exhibits |= {f"media_evidence_{name}" for name in ("disclosure", "disclosedfile", "disclosuredownload")}
    assert {"cases_case", "cases_involvedperson", *exhibits, "audit_auditevent"} <= set(before)
    assert tables_with_canary(admin_dsn(database)) == []
    assert files_with_canary(evidence_dir) == []
    assert (len(stored), [p for p in stored if p.exists()]) == (3, [])
    for folder in ("thumbnails", "previews"):
        assert not list((evidence_dir / str(cast.north.pk) / folder).glob("*.*")), folder
    client = api_client(cast.supervisor)
    for path in (f"incidents?q={CANARY}", f"cases?q={CANARY}", f"evidence?q={CANARY}"):
        assert client.get(f"{ROOT}/{path}").json()["total"] == 0, path

    auditor = access_for(cast.auditor)
    with agency_scope(auditor):
        verified = verify_audit(auditor)
    assert verified.broken == ()
    assert verified.blanked >= order.events_blanked > 10
    tombstone = client.get(f"{ROOT}/cases/{case.pk}").json()
    assert (tombstone["number"], tombstone["title"]) == (case.number, "Expunged")
    assert tombstone["expunged_at"]

    # A dump made now holds nothing of it; one made before is expunged again by the list beside the evidence.
    new_dump = tmp_path / "new.dump"
    pg_dump(database, new_dump)
    restored = restore(new_dump, f"{database}_new")
    assert tables_with_canary(admin_dsn(restored)) == []
    drop(restored)
    reapply_to(old_dump, f"{database}_old", cast)


def reapply_to(dump: Path, name: str, cast: Cast) -> None:
    from django.db import connections

    restored = restore(dump, name)
    assert "cases_case" in tables_with_canary(admin_dsn(restored))
    before = connection.settings_dict["NAME"]
    connections.close_all()
    connection.settings_dict["NAME"] = restored
    try:
        operator = operator_access(cast.north.pk)
        with agency_scope(operator):
            done = reapply(access=operator)
        with agency_scope(operator):
            again = reapply(access=operator)
            verified = verify_audit(operator)
    finally:
        connections.close_all()
        connection.settings_dict["NAME"] = before
    assert (len(done), again, verified.broken) == (1, [], ())
    assert tables_with_canary(admin_dsn(restored)) == []
    drop(restored)


def tool(name: str) -> str:
    found = shutil.which(name) or next(iter(sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))), None)
    assert found, name
    return str(found)


def pg_dump(database: str, file: Path) -> None:
    subprocess.run([tool("pg_dump"), "-Fc", f"--file={file}", admin_dsn(database)], check=True)


def restore(file: Path, name: str) -> str:
    drop(name)
    with psycopg.connect(admin_dsn(), autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}" OWNER nethra_owner TEMPLATE template0')
    subprocess.run(
        [tool("pg_restore"), "--exit-on-error", f"--dbname={admin_dsn(name)}", str(file)], check=True
    )
    with psycopg.connect(admin_dsn(), autocommit=True) as server:
        user = connection.settings_dict["USER"]
        server.execute(f'GRANT CONNECT, TEMPORARY ON DATABASE "{name}" TO "{user}"')
    return name


def drop(name: str) -> None:
    with psycopg.connect(admin_dsn(), autocommit=True) as server:
        server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.mark.django_db
def test_a_second_person_approves(cast: Cast) -> None:
    case = plant_closed(cast)
    admin = access_for(cast.admin)
    with agency_scope(admin):
        order = ask_expunge(access=admin, kind="case", subject_id=case.pk, **ORDER)
        with pytest.raises(NotAllowed, match="second person"):
            approve_expunge(access=admin, order=order)
        with connection.cursor() as cursor:
            cursor.execute("SELECT app.execute_expunge(%s)", [order.pk])
            assert cursor.fetchone()[0] is None
    with agency_scope(admin):
        assert Case.objects.visible_to(admin).get(pk=case.pk).expunged_at is None


def plant_closed(cast: Cast) -> Case:
    from tests.support.cases import make_case_in

    return make_case_in(cast, "closed_unfounded")


@pytest.mark.django_db
def test_a_case_that_is_worked_on_is_not_expunged(cast: Cast) -> None:
    case = make_case(access_for(cast.officer))

    with pytest.raises(Conflict, match="Close or seal"):
        expunge(cast, case)


@pytest.mark.django_db
def test_who_is_excluded_expunges_nothing(cast: Cast) -> None:
    case = plant_closed(cast)
    exclude(access_for(cast.supervisor), case, cast.admin)

    with pytest.raises(NotFound):
        expunge(cast, case)


@pytest.mark.django_db
def test_a_declined_order_changes_nothing(cast: Cast) -> None:
    case = plant_closed(cast)
    admin, supervisor = access_for(cast.admin), access_for(cast.supervisor)
    with agency_scope(admin):
        order = ask_expunge(access=admin, kind="case", subject_id=case.pk, **ORDER)
        with pytest.raises(Conflict, match="waits"):
            ask_expunge(access=admin, kind="case", subject_id=case.pk, **ORDER)
    with agency_scope(supervisor):
        decline_expunge(access=supervisor, order=order)
        with pytest.raises(Conflict):
            approve_expunge(access=supervisor, order=order)
        assert Case.objects.visible_to(supervisor).get(pk=case.pk).expunged_at is None


@pytest.mark.django_db
@pytest.mark.parametrize("missing", ["order_number", "authority"])
def test_an_order_names_itself_and_who_gave_it(cast: Cast, missing: str) -> None:
    case = plant_closed(cast)
    access = access_for(cast.admin)

    with agency_scope(access), pytest.raises(InvalidInput) as problem:
        ask_expunge(access=access, kind="case", subject_id=case.pk, **{**ORDER, missing: " "})
    assert set(problem.value.errors) == {missing}


@pytest.mark.django_db
def test_one_person_is_expunged_and_the_rest_stays(cast: Cast) -> None:
    access = access_for(cast.officer)
    case = make_case(access, title="Stays", lead_id=cast.officer.pk)
    with agency_scope(access):
        gone = add_person(access=access, case=case, role="witness", name=CANARY)
        add_person(access=access, case=case, role="victim", name="Vera Voss")

    expunge(cast, gone, "person")

    with agency_scope(access):
        assert [p.name for p in InvolvedPerson.objects.visible_to(access)] == ["Vera Voss"]
        assert Case.objects.visible_to(access).get(pk=case.pk).title == "Stays"
    with agency_scope(access_for(cast.admin)), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit_auditevent WHERE guarded LIKE %s", [f"%{CANARY}%"])
        assert cursor.fetchone()[0] == 0


@pytest.mark.django_db
def test_an_incident_of_another_case_stays_with_it(cast: Cast) -> None:
    case = plant_closed(cast)
    other = make_case(access_for(cast.officer))
    access = access_for(cast.officer)
    with agency_scope(access):
        link_incident(access=access, case=other, incident=Incident(pk=case.primary_incident_id))

    expunge(cast, case)

    with agency_scope(access):
        assert Incident.objects.visible_to(access).get(pk=case.primary_incident_id).expunged_at is None


@pytest.mark.django_db
def test_the_application_cannot_blank_the_audit_itself(cast: Cast) -> None:
    from django.db import DatabaseError, transaction

    make_case(access_for(cast.officer))
    for statement in (
        "UPDATE audit_auditevent SET guarded = NULL",
        "DELETE FROM cases_casestatuschange",
        "DELETE FROM cases_case",
        "SELECT app.blank_events(ARRAY[app.uuid7()])",
        "SELECT app.expunge_incident(app.uuid7())",
    ):
        with agency_scope(access_for(cast.admin)), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('app.expunging', 'on', true)")
            with pytest.raises(DatabaseError), transaction.atomic():
                cursor.execute(statement)


@pytest.mark.django_db(transaction=True)
def test_the_list_names_keys_and_numbers_only(committed_cast: Cast) -> None:
    case = plant_closed(committed_cast)
    expunge(committed_cast, case, "case")

    (entry,) = remembered(committed_cast.north.pk)

    assert (entry["subject"], entry["number"], entry["kind"]) == (str(case.pk), case.number, "case")
    assert set(entry) == {"order", "kind", "subject", "number", "order_number", "authority", "executed_at"}
