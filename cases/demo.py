"""The demonstration's cases: one or more in every state, with people, tasks and a history of real moves."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.dispatch import receiver

from accounts.models import User
from cases.access import exclude_person, set_restriction
from cases.choices import CaseStatus
from cases.demo_series import seed_solved
from cases.members import add_member
from cases.models import Case
from cases.people import add_person
from cases.services import link_incident, open_case
from cases.sharing import draft_share, release_share
from cases.signals import demo_cases_seeded
from cases.tasks import add_task, change_task
from cases.transitions import move_case
from incidents.demo.logins import NEIGHBOUR_CODE
from incidents.demo.values import DemoTruth
from incidents.models import Incident
from incidents.sealing import seal_incident
from incidents.signals import demo_city_seeded
from nethra.core.access import Access
from nethra.core.scope import Scope, set_scope

Step = tuple[str, str]
INVESTIGATE: Step = (CaseStatus.UNDER_INVESTIGATION, "")


SHARED_FIELDS_OF_DEMO = ("case.title", "case.status", "incident.occurred_from", "incident.address")


@dataclass(frozen=True)
class DemoCase:
    """A case as the demonstration tells it; the incident is the latest free one of its offence."""

    offence: str
    priority: str
    notes: str
    steps: tuple[Step, ...] = ()
    people: tuple[tuple[str, str, str], ...] = ()
    tasks: tuple[tuple[str, str, str, int], ...] = ()
    further: int = 0
    values: dict[str, str] = field(default_factory=dict)
    is_restricted: bool = False


CASES = (
    DemoCase(
        "220",
        "high",
        "Rear windows, early evening, jewellery and cash. The tool marks look alike.",
        (INVESTIGATE,),
        (
            ("victim", "Ines Falk", "14 Lantern Street, 555 0114"),
            ("witness", "Tom Arden", "16 Lantern Street"),
            ("suspect", "Unknown man, grey van", ""),
        ),
        (
            ("Compare the tool marks", "in_progress", "high", 3),
            ("Ask the pawnshops on Quay Street", "open", "normal", 7),
            ("Photograph the rear yard", "done", "normal", -2),
        ),
        further=2,
    ),
    DemoCase(
        "120",
        "urgent",
        "Two men on one motorcycle, telephone taken at the tram stop.",
        (INVESTIGATE,),
        (("victim", "Carl Osgood", "555 0131"), ("witness", "Mira Holt", "Tram driver, depot 2")),
        (("Get the tram's camera", "open", "urgent", 1), ("Line-up with Mira Holt", "open", "high", 5)),
    ),
    DemoCase("240", "normal", "Taken from the yard over the weekend, keys inside."),
    DemoCase("13B", "normal", "", people=(("complainant", "Rosa Lamb", "555 0170"),)),
    DemoCase(
        "23F",
        "low",
        "No trace, no witness.",
        (
            (
                CaseStatus.SUSPENDED,
                "No lead after the neighbours were asked; opened again if the goods turn up.",
            ),
        ),
    ),
    DemoCase(
        "290",
        "normal",
        "",
        (INVESTIGATE, (CaseStatus.SUSPENDED, "Waiting for the laboratory's answer on the paint.")),
        tasks=(("Call the laboratory", "open", "normal", 14),),
    ),
    DemoCase(
        "35A",
        "high",
        "Belongs to a case of the county.",
        (INVESTIGATE, (CaseStatus.REFERRED, "The county leads the wider case.")),
        values={"referred_to": "County drug unit"},
    ),
    DemoCase(
        "220",
        "high",
        "Caught two streets away with the goods.",
        (INVESTIGATE, (CaseStatus.CLOSED_CLEARED, "Arrested with the goods; the victim knew them again.")),
        (("victim", "Olga Reyes", "555 0152"), ("suspect", "Dale Munro", "In custody")),
        (("Return the goods", "done", "normal", -5),),
        values={"clearance": "arrest"},
    ),
    DemoCase(
        "13A",
        "normal",
        "",
        (INVESTIGATE, (CaseStatus.CLOSED_CLEARED, "The victim does not wish to go on.")),
        values={"clearance": "exceptional"},
    ),
    DemoCase(
        "240",
        "low",
        "",
        ((CaseStatus.CLOSED_UNFOUNDED, "The car had been towed; the owner found it at the pound."),),
    ),
    DemoCase(
        "120",
        "high",
        "A second witness came forward.",
        (
            INVESTIGATE,
            (CaseStatus.CLOSED_UNFOUNDED, "The report could not be upheld."),
            (CaseStatus.REOPENED, "A second witness describes the same man."),
        ),
        (("witness", "Piet Auer", "555 0199"),),
        (("Hear Piet Auer", "open", "high", 2),),
    ),
    DemoCase("220", "normal", "Garage door levered."),
    DemoCase(
        "13A",
        "high",
        "The suspect is a relative of somebody of this house.",
        (INVESTIGATE,),
        (("victim", "Lena Hart", "555 0163"), ("suspect", "Marcus Brook", "")),
        (("Hear Lena Hart again", "open", "high", 4),),
        is_restricted=True,
    ),
)


@receiver(demo_city_seeded)
def seed_cases(
    sender: Any, access: Access, people: dict[str, User], truth: DemoTruth, with_files: bool, **_: Any
) -> None:
    """Store the cases, each step by whoever would take it in life."""
    officer, supervisor = (_as(access, people[label]) for label in ("officer", "supervisor"))
    taken = seed_solved(access, people, truth.solved)
    cases = []
    for told in CASES:
        set_scope(Scope.of(officer, reason="demonstration seeded"))
        case = _open(officer, told, taken, people["officer"])
        _fill(officer, case, told, people)
        for target, reason in told.steps:
            mover = supervisor if target.startswith("closed") or target == CaseStatus.REOPENED else officer
            set_scope(Scope.of(mover))
            case = _move(mover, case, told, target, reason)
        cases.append(case)
    set_scope(Scope.of(access, reason="demonstration seeded"))
    _guard(access, people, cases, _latest(access, "13B", taken))
    if with_files:
        demo_cases_seeded.send(sender=Case, access=access, people=people, cases=cases)


def _guard(access: Access, people: dict[str, User], cases: list[Case], incident: Incident) -> None:
    """Show need to know: a restricted case, a guest, a sealed incident, a case that the neighbour sees."""
    for told, case in zip(CASES, cases, strict=True):
        if told.is_restricted:
            exclude_person(
                access=access, case=case, user_id=people["analyst"].pk, reason="A relative of the suspect"
            )
            set_restriction(access=access, case=case, is_restricted=True)
    add_member(access=access, case=cases[1], user_id=people["prosecutor"].pk)
    seal_incident(
        access=access,
        incident=incident,
        parts=["narrative"],
        order_number="HB 4417",
        authority="Harrow Bay Juvenile Court",
    )
    share = draft_share(
        access=access,
        case=cases[0],
        recipient=NEIGHBOUR_CODE,
        fields=SHARED_FIELDS_OF_DEMO,
        until=datetime.now(UTC) + timedelta(days=90),
        reason="Tool marks as at the burglaries in South Harrow",
    )
    release_share(access=access, share=share)


def _as(access: Access, user: User) -> Access:
    return replace(access, user_id=user.pk)


def _open(access: Access, told: DemoCase, taken: set[Any], lead: User) -> Case:
    incident = _latest(access, told.offence, taken)
    leads = lead.pk if told.steps or told.priority != "low" else None
    case = open_case(
        access=access, incident=incident, notes=told.notes, priority=told.priority, lead_id=leads
    )
    for _ in range(told.further):
        link_incident(access=access, case=case, incident=_latest(access, told.offence, taken))
    return case


def _latest(access: Access, offence: str, taken: set[Any]) -> Incident:
    of_kind = Incident.objects.visible_to(access).with_offence([offence]).exclude(pk__in=taken)
    found = of_kind.order_by("-occurred_from", "-id").first()
    if found is None:
        found = Incident.objects.visible_to(access).exclude(pk__in=taken).latest("occurred_from")
    taken.add(found.pk)
    return found


def _fill(access: Access, case: Case, told: DemoCase, people: dict[str, User]) -> None:
    for role, name, contact in told.people:
        add_person(access=access, case=case, role=role, name=name, contact=contact, born_on=_born(name, role))
    today = datetime.now(UTC).date()
    for title, status, priority, days in told.tasks:
        task = add_task(
            access=access,
            case=case,
            title=title,
            priority=priority,
            assignee_id=people["officer"].pk,
            due_on=today + timedelta(days=days),
        )
        if status != "open":
            change_task(access=access, case=case, task_id=task.pk, status=status)
    if told.people and not told.is_restricted:
        add_member(access=access, case=case, user_id=people["analyst"].pk)


def _born(name: str, role: str) -> date | None:
    return date(1950 + len(name) * 3 % 50, 1 + len(name) % 12, 11) if role in ("victim", "witness") else None


def _move(access: Access, case: Case, told: DemoCase, target: str, reason: str) -> Case:
    wanted = {"referred_to": CaseStatus.REFERRED, "clearance": CaseStatus.CLOSED_CLEARED}
    values = {name: value for name, value in told.values.items() if wanted[name] == target}
    return move_case(access=access, case=case, target=target, reason=reason, **values)
