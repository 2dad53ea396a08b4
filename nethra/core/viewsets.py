"""The base classes of API views."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import QueryDict
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.viewsets import ViewSet

from nethra.core import pagination, rows
from nethra.core.access import Access
from nethra.core.api import OrjsonParser, OrjsonRenderer, Rule
from nethra.core.errors import NotFound, NotSignedIn
from nethra.core.fields import Declaration
from nethra.core.parameters import refusal, refuse_unknown


class ApiViewSet(ViewSet):
    """A viewset is declarations: ``actions`` says what each action needs; an action not named is refused."""

    actions: ClassVar[Mapping[str, Rule]] = {}
    parser_classes = [OrjsonParser]
    renderer_classes: Any = [OrjsonRenderer]
    http_method_names = ["get", "post", "patch", "delete", "head"]

    @property
    def access(self) -> Access:
        """The access that the token gave."""
        if not isinstance(self.request.auth, Access):
            raise NotSignedIn()
        return self.request.auth

    @property
    def query(self) -> QueryDict:
        """The query parameters."""
        return self.request.query_params

    def validated(self, serializer: type[Serializer[Any]], *, partial: bool = False) -> dict[str, Any]:
        """Return the body's values as the serializer understands them."""
        reading = serializer(data=self.request.data, partial=partial)
        reading.is_valid(raise_exception=True)
        return dict(reading.validated_data)


class ReadViewSet(ApiViewSet):
    """Lists and single records through the bytes path, from one declaration."""

    declaration: ClassVar[Declaration]
    detail_declaration: ClassVar[Declaration | None] = None

    def visible(self) -> QuerySet[Any]:
        """Return the rows this access may see."""
        manager: Any = self.declaration.model._default_manager
        rows_: QuerySet[Any] = manager.visible_to(self.access)
        return rows_

    def narrowed(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the rows that the query parameters ask for, ordered; override per resource."""
        refuse_unknown(self.query, pagination.PARAMETERS - {"cursor"})
        return queryset

    def list(self, request: Request) -> Response:
        wanted = pagination.PageRequest.from_query(self.query)
        found, envelope = pagination.numbered_page(self.narrowed(self.visible()), wanted, self.read)
        return Response({"data": found, **envelope})

    def retrieve(self, request: Request, id: Any) -> Response:
        refuse_unknown(self.query, ())
        return Response(self.record(id))

    def read(self, queryset: QuerySet[Any]) -> rows.Records:
        """Return a list's records."""
        return rows.records(queryset, self.declaration, self.access)

    def record(self, key: Any) -> rows.Record:
        """Return one record; raise NotFound, whether it is foreign or not there at all."""
        declaration = self.detail_declaration or self.declaration
        found = rows.records(self.visible().filter(pk=key), declaration, self.access)
        if not found:
            raise NotFound()
        return found[0]

    def instance(self, key: Any) -> Any:
        """Return one visible model object, for a service to change; raise NotFound."""
        found = self.visible().filter(pk=key).first()
        if found is None:
            raise NotFound()
        return found


def one_of(query: QueryDict, name: str, allowed: Collection[str]) -> str | None:
    """Return a parameter that must be one of some words; None when it is absent."""
    value = query.get(name)
    if value is not None and value not in allowed:
        raise refusal(name, f"{name} must be one of {', '.join(sorted(allowed))}.")
    return value


def flag(query: QueryDict, name: str) -> bool | None:
    """Return a true/false parameter; None when it is absent."""
    value = one_of(query, name, ("true", "false"))
    return None if value is None else value == "true"
