"""The same story over the API, told by a client that was generated from the published schema, and as commands."""

from __future__ import annotations

import hashlib
import importlib
import io
import json
import subprocess
import sys
from typing import Any

import pytest

from tests.browser.served import LOGINS, Served
from tests.support.database import ROOT
from tests.support.files import jpeg

SCHEMA = ROOT / "docs" / "openapi" / "v1.yaml"


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of the package that openapi-python-client makes of the schema."""
    folder = tmp_path_factory.mktemp("client")
    config = folder / "config.yaml"
    config.write_text("post_hooks: []\n")
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--path", str(SCHEMA)]
    command += ["--output-path", str(folder / "nethra_client"), "--meta", "none", "--config", str(config)]
    subprocess.run(command, check=True, capture_output=True)
    sys.path.insert(0, str(folder))
    return "nethra_client"


class Caller:
    """One person's client: calls an operation by its name and returns what it parsed."""

    def __init__(self, package: str, url: str, role: str) -> None:
        self.package = package
        client = importlib.import_module(f"{package}.client")
        email, password = LOGINS[role]
        body = self.model("LoginWriteRequest", {"email": email, "password": password})
        self.client: Any = client.Client(base_url=url)
        token = self.ask("auth", "auth_login", body=body).token
        self.client = client.AuthenticatedClient(base_url=url, token=token)

    def model(self, name: str, values: dict[str, Any]) -> Any:
        """Return a body."""
        models = importlib.import_module(f"{self.package}.models")
        return getattr(models, name).from_dict(values)

    def ask(self, group: str, operation: str, *keys: Any, **values: Any) -> Any:
        """Return the parsed answer of an operation."""
        module = importlib.import_module(f"{self.package}.api.{group}.{operation}")
        return module.sync_detailed(*keys, client=self.client, **values).parsed

    def problem(self, group: str, operation: str, *keys: Any, **values: Any) -> str:
        """Return the code of the refusal."""
        return str(self.ask(group, operation, *keys, **values).code)


def test_the_story_by_a_generated_client(served: Served, generated: str) -> None:
    officer = Caller(generated, served.url, "officer")
    robberies = officer.ask("incidents", "incidents_list", offence=["120"], size=200)
    incident = robberies.data[-1]
    assert {part.code for part in incident.offences} >= {"120"}

    body = officer.model("CaseCreateRequest", {"primary_incident": str(incident.id), "priority": "high"})
    case = officer.ask("cases", "cases_create", body=body)
    assert (case.status, case.lead, case.primary_incident) == ("open", None, incident.id)
    assert officer.problem("cases", "cases_create", body=body) == "case_exists"

    exhibit = _upload(officer, case.id)
    _add_witness_and_task(officer, case.id)
    _move_to_the_end(served, generated, officer, case.id)

    auditor = Caller(generated, served.url, "auditor")
    steps = auditor.ask("cases", "cases_history", case.id).data
    assert [step.to_status for step in steps] == ["open", "under_investigation", "closed_cleared"]
    assert [step.changed_by_name for step in steps] == ["Owen Marsh", "Owen Marsh", "Selma Reed"]
    assert auditor.ask("evidence", "evidence_verify", exhibit.id).integrity == "intact"

    analyst = Caller(generated, served.url, "analyst")
    assert analyst.problem("evidence", "evidence_retrieve", exhibit.id) == "not_allowed"
    shown = analyst.ask("cases_geojson", "cases_geojson_geojson", q=case.number)
    assert [feature.properties.number for feature in shown.features] == [case.number]


def _upload(officer: Caller, case_id: Any) -> Any:
    types = importlib.import_module(f"{officer.package}.types")
    models = importlib.import_module(f"{officer.package}.models")
    content = jpeg((30, 60, 90))
    digest = hashlib.sha256(content).hexdigest()

    def form(declared: str) -> Any:
        file = types.File(payload=io.BytesIO(content), file_name="tram.jpg", mime_type="image/jpeg")
        return models.EvidenceCreateRequest(file=file, title="Tram stop", sha256=declared)

    refused = officer.problem("cases", "cases_evidence_create", case_id, body=form("0" * 64))
    assert refused == "hash_mismatch"
    exhibit = officer.ask("cases", "cases_evidence_create", case_id, body=form(digest))
    assert (exhibit.sha256, exhibit.media_type, exhibit.size) == (digest, "photo", len(content))
    assert officer.ask("evidence", "evidence_file", exhibit.id).payload.read() == content
    return exhibit


def _add_witness_and_task(officer: Caller, case_id: Any) -> None:
    person = officer.model("PersonWriteRequest", {"role": "witness", "name": "Ida Crane"})
    assert officer.ask("cases", "cases_people_create", case_id, body=person).name == "Ida Crane"
    me = officer.ask("auth", "auth_me").user.id
    task = officer.model("TaskWriteRequest", {"title": "Get the camera", "assignee": str(me)})
    assert officer.ask("cases", "cases_tasks_create", case_id, body=task).assignee == me
    waiting = officer.ask("tasks", "tasks_list", assignee="me").data
    assert "Get the camera" in {each.title for each in waiting}


def _move_to_the_end(served: Served, generated: str, officer: Caller, case_id: Any) -> None:
    close = {"to": "closed_cleared", "reason": "Arrested.", "clearance": "arrest"}
    moves = officer.ask("cases", "cases_transitions_moves", case_id).data
    why = {move.to: move.why_not for move in moves if not move.is_possible}
    assert "under investigation" in why["closed_cleared"]
    supervisor = Caller(generated, served.url, "supervisor")
    early = supervisor.model("MoveWriteRequest", close)
    assert supervisor.problem("cases", "cases_transitions_move", case_id, body=early) == "illegal_transition"

    me = officer.ask("auth", "auth_me").user.id
    body = officer.model("MoveWriteRequest", {"to": "under_investigation", "lead": str(me)})
    assert officer.ask("cases", "cases_transitions_move", case_id, body=body).status == "under_investigation"
    body = officer.model("MoveWriteRequest", close)
    assert officer.problem("cases", "cases_transitions_move", case_id, body=body) == "not_allowed"
    assert supervisor.ask("cases", "cases_transitions_move", case_id, body=early).status == "closed_cleared"


def test_the_operators_command_vouches_for_the_store(served: Served) -> None:
    ended = served.manage("verify_evidence", "--agency", "demo", "--json")

    found = json.loads(ended.stdout)
    assert ended.returncode == 0, ended.stderr
    assert found["checked"] >= 12
    assert (found["altered"], found["missing"]) == ([], [])


def test_an_unknown_case_is_one_sentence_and_exit_1(served: Served) -> None:
    ended = served.manage("verify_evidence", "--agency", "demo", "--case", "1999-000001")

    assert (ended.returncode, ended.stderr.strip()) == (1, "There is no case 1999-000001.")
