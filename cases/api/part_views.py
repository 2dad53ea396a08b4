"""What hangs on a case, over the API: further incidents, members, people, tasks."""

from __future__ import annotations

from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from cases.access import find_case
from cases.api.access_serializers import MemberChange
from cases.api.serializers import LinkWrite, MemberWrite, PersonWrite, TaskWrite
from cases.choices import TaskStatus
from cases.fields import CASE_INCIDENT, CASE_MEMBER, CASE_TASK, INVOLVED_PERSON
from cases.filters import user_reader
from cases.members import add_member, change_member, remove_member
from cases.models import Case, CaseTask
from cases.people import add_person, change_person, remove_person
from cases.readings import note_reading
from cases.services import link_incident, unlink_incident
from cases.tasks import add_task, change_task
from incidents.models import Incident
from nethra.core import pagination
from nethra.core.capabilities import Capability
from nethra.core.errors import InvalidInput
from nethra.core.fields import Declaration
from nethra.core.parameters import refuse_unknown, several, single, word_of
from nethra.core.readings import reason_of
from nethra.core.schema import PAGE_PARAMETERS, page_serializer, parameter, read_serializer
from nethra.core.viewsets import ReadViewSet

PAGES = pagination.PARAMETERS - {"cursor"}


class CasePartViewSet(ReadViewSet):
    """Rows of one case; where the case is not there, neither are they."""

    @cached_property
    def case(self) -> Case:
        """The case of the path; raise NotFound, AccessRequired."""
        return find_case(self.access, self.kwargs["case_id"])

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Look for the case before anything is said about what was sent."""
        super().initial(request, *args, **kwargs)
        if self.case.is_sensitive or self.declaration is INVOLVED_PERSON:
            note_reading(self.access, self.case, reason_of(request.headers))

    def visible(self) -> QuerySet[Any]:
        return super().visible().filter(case_id=self.case.pk)

    def narrowed(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return super().narrowed(queryset).order_by(*(self.declaration.model._meta.ordering or ()))

    def list(self, request: Request, case_id: Any) -> Response:  # type: ignore[override]
        return super().list(request)

    def made(self, key: Any) -> Response:
        """Return the answer to a creation."""
        return Response(self.record(key), status=201)


def part_schema(declaration: Declaration) -> Any:
    """Return the schema of a part's list."""
    return extend_schema_view(
        list=extend_schema(parameters=PAGE_PARAMETERS, responses=page_serializer(declaration))
    )


@part_schema(CASE_INCIDENT)
class CaseIncidentViewSet(CasePartViewSet):
    """Further incidents of a case."""

    actions = {
        "list": Capability.VIEW_CASES,
        "create": Capability.CHANGE_CASES,
        "destroy": Capability.CHANGE_CASES,
    }
    declaration = CASE_INCIDENT

    @extend_schema(request=LinkWrite, responses={201: read_serializer(CASE_INCIDENT)})
    def create(self, request: Request, case_id: Any) -> Response:
        """Link a further incident."""
        key = self.validated(LinkWrite)["incident"]
        incident = Incident.objects.visible_to(self.access).filter(pk=key).first()
        if incident is None:
            raise InvalidInput(errors={"incident": ["There is no such incident."]})
        return self.made(link_incident(access=self.access, case=self.case, incident=incident).pk)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, case_id: Any, id: UUID) -> Response:
        """Take a further incident from the case."""
        unlink_incident(access=self.access, case=self.case, incident_id=id)
        return Response(status=204)


@part_schema(CASE_MEMBER)
class CaseMemberViewSet(CasePartViewSet):
    """People named in a case."""

    actions = {
        "list": Capability.VIEW_CASES,
        "create": Capability.CHANGE_CASES,
        "partial_update": Capability.CHANGE_CASES,
        "destroy": Capability.CHANGE_CASES,
    }
    declaration = CASE_MEMBER

    @extend_schema(request=MemberWrite, responses={201: read_serializer(CASE_MEMBER)})
    def create(self, request: Request, case_id: Any) -> Response:
        """Name a person in the case: to view it, to work on it, or to close it as well."""
        values = self.validated(MemberWrite)
        user_id = values.pop("user")
        return self.made(add_member(access=self.access, case=self.case, user_id=user_id, **values).pk)

    @extend_schema(request=MemberChange, responses=read_serializer(CASE_MEMBER))
    def partial_update(self, request: Request, case_id: Any, id: UUID) -> Response:
        """Change what a named person may do, or until when."""
        values = self.validated(MemberChange, partial=True)
        member = change_member(access=self.access, case=self.case, user_id=id, **values)
        return Response(self.record(member.pk))

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, case_id: Any, id: UUID) -> Response:
        """Take a person from those who work on the case."""
        remove_member(access=self.access, case=self.case, user_id=id)
        return Response(status=204)


@part_schema(INVOLVED_PERSON)
class InvolvedPersonViewSet(CasePartViewSet):
    """People involved in a case."""

    actions = {
        "list": Capability.VIEW_CASE_PEOPLE,
        "create": Capability.CHANGE_CASES,
        "retrieve": Capability.VIEW_CASE_PEOPLE,
        "partial_update": Capability.CHANGE_CASES,
        "destroy": Capability.CHANGE_CASES,
    }
    declaration = INVOLVED_PERSON

    @extend_schema(request=PersonWrite, responses={201: read_serializer(INVOLVED_PERSON)})
    def create(self, request: Request, case_id: Any) -> Response:
        """Add a person with their role."""
        return self.made(add_person(access=self.access, case=self.case, **self.validated(PersonWrite)).pk)

    @extend_schema(responses=read_serializer(INVOLVED_PERSON))
    def retrieve(self, request: Request, case_id: Any, id: Any) -> Response:  # type: ignore[override]
        return super().retrieve(request, id)

    @extend_schema(request=PersonWrite, responses=read_serializer(INVOLVED_PERSON))
    def partial_update(self, request: Request, case_id: Any, id: UUID) -> Response:
        """Change what is recorded of a person."""
        values = self.validated(PersonWrite, partial=True)
        change_person(access=self.access, case=self.case, person_id=id, **values)
        return Response(self.record(id))

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, case_id: Any, id: UUID) -> Response:
        """Take a person off who was recorded in error; the audit keeps what was said."""
        remove_person(access=self.access, case=self.case, person_id=id)
        return Response(status=204)


@part_schema(CASE_TASK)
class CaseTaskViewSet(CasePartViewSet):
    """Tasks of a case."""

    actions = {
        "list": Capability.VIEW_CASES,
        "create": Capability.CHANGE_CASES,
        "retrieve": Capability.VIEW_CASES,
        "partial_update": Capability.CHANGE_CASES,
    }
    declaration = CASE_TASK

    @extend_schema(request=TaskWrite, responses={201: read_serializer(CASE_TASK)})
    def create(self, request: Request, case_id: Any) -> Response:
        """Add a task."""
        return self.made(add_task(access=self.access, case=self.case, **self.validated(TaskWrite)).pk)

    @extend_schema(responses=read_serializer(CASE_TASK))
    def retrieve(self, request: Request, case_id: Any, id: Any) -> Response:  # type: ignore[override]
        return super().retrieve(request, id)

    @extend_schema(request=TaskWrite, responses=read_serializer(CASE_TASK))
    def partial_update(self, request: Request, case_id: Any, id: UUID) -> Response:
        """Change a task."""
        values = self.validated(TaskWrite, partial=True)
        change_task(access=self.access, case=self.case, task_id=id, **values)
        return Response(self.record(id))


@extend_schema_view(
    list=extend_schema(
        parameters=[
            *PAGE_PARAMETERS,
            parameter("assignee", "Assigned to this user; `me` is you."),
            parameter("status", "Repeatable.", enum=list(TaskStatus.values), many=True),
        ],
        responses=page_serializer(CASE_TASK),
    )
)
class TaskViewSet(ReadViewSet):
    """Tasks of all cases, the first due first."""

    actions = {"list": Capability.VIEW_CASES}
    declaration = CASE_TASK

    def visible(self) -> QuerySet[Any]:
        return CaseTask.objects.visible_to(self.access)

    def narrowed(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        refuse_unknown(self.query, {*PAGES, "assignee", "status"})
        assignee = single(self.query, "assignee", user_reader(self.access))
        statuses = several(self.query, "status", word_of("status", TaskStatus.values))
        found = queryset if assignee is None else queryset.filter(assignee_id=assignee)
        found = found.filter(status__in=statuses) if statuses else found
        return found.order_by("due_on", "created_at", "id")
