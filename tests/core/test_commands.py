"""What every operator's command shares: sentences, JSON, dry runs and exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from accounts.models import Agency
from accounts.services import agency_exists, create_agency
from nethra.core.commands import OperatorCommand, Outcome, sentences_of
from nethra.core.errors import Conflict, InvalidInput

ROOT = Path(__file__).resolve().parents[2]


class MakeAgency(OperatorCommand):
    """Makes an agency; the name 'taken' is refused."""

    help = "Make an agency."
    example = "make_agency --code north"

    def add_options(self, parser: Any) -> None:
        parser.add_argument("--code", required=True)

    def run(self, options: dict[str, Any]) -> Outcome:
        if options["code"] == "half":
            return Outcome(["Only half was done."], {"code": "half"}, failed=True)
        if options["code"] == "taken":
            raise InvalidInput(errors={"code": ["It is taken."], "__all__": ["Nothing was done."]})
        agency: Agency = create_agency(code=options["code"], name="North Police")
        return Outcome([f"{agency.name} is made."], {"code": agency.code}, ["Its zone is UTC."])


def run(*arguments: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command(MakeAgency(), *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_prints_sentences_to_stdout_and_warnings_to_stderr(db: None) -> None:
    out, err = run("--code", "north")

    assert out == "North Police is made.\n"
    assert "Its zone is UTC." in err
    assert agency_exists("north")


def test_json_is_one_object(db: None) -> None:
    out, _ = run("--code", "north", "--json")

    assert json.loads(out) == {"code": "north", "dry_run": False}


def test_a_dry_run_runs_and_takes_all_back(db: None) -> None:
    out, _ = run("--code", "north", "--dry-run")

    assert out == "North Police is made.\nThis was a dry run: nothing was changed.\n"
    assert not agency_exists("north")


def test_a_problem_is_raised_to_callers_as_its_sentences(db: None) -> None:
    with pytest.raises(CommandError, match=r"^code: It is taken\. Nothing was done\.$"):
        run("--code", "taken")


def test_a_problem_on_the_shell_is_sentences_on_stderr_and_exit_code_1(
    db: None, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        MakeAgency().run_from_argv(["manage.py", "make_agency", "--code", "taken"])

    assert stopped.value.code == 1
    assert capsys.readouterr().err == "code: It is taken.\nNothing was done.\n"


def test_what_failed_is_said_on_stderr_with_its_object_on_stdout(
    db: None, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        MakeAgency().run_from_argv(["manage.py", "make_agency", "--code", "half", "--json"])

    out, err = capsys.readouterr()
    assert (stopped.value.code, err) == (1, "Only half was done.\n")
    assert json.loads(out) == {"code": "half", "dry_run": False}


def test_wrong_usage_is_exit_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        MakeAgency().run_from_argv(["manage.py", "make_agency"])

    assert stopped.value.code == 2
    assert "--code" in capsys.readouterr().err


def test_an_error_without_fields_is_its_message() -> None:
    assert sentences_of(Conflict("Somebody was first.")) == ["Somebody was first."]


@pytest.mark.parametrize("name", ["seed_demo", "load_areas", "create_admin", "import_incidents"])
def test_every_command_shows_an_example_in_its_help(name: str) -> None:
    command = [sys.executable, "manage.py", name, "--help"]
    shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert f"Example: python manage.py {name} " in shown
    assert "--json" in shown
    assert "--dry-run" in shown
