"""The base classes of API views."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache, partial
from typing import Any, ClassVar, Protocol

from django.db import transaction
from django.db.models import QuerySet
from django.http import QueryDict
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.viewsets import ViewSet

from nethra.core import pagination, rows
from nethra.core.access import Access
from nethra.core.answers import answer_of
from nethra.core.api import GeoJsonRenderer, OrjsonParser, OrjsonRenderer, Rule, is_plain_reading
from nethra.core.errors import NotFound, NotSignedIn
from nethra.core.fields import Declaration
from nethra.core.idempotency import HEADER, REPLAYED_HEADER, AlreadyDone, Attempt, Done, fingerprint_of
from nethra.core.parameters import refusal, refuse_unknown
from nethra.core.schema import (
    CURSOR_PARAMETER,
    PAGE_PARAMETERS,
    READING_REASON,
    collection_serializer,
    page_serializer,
    read_serializer,
)
from nethra.core.versions import etag_of, require_version


class ApiViewSet(ViewSet):
    """A viewset is declarations: ``actions`` says what each action needs; an action not named is refused."""

    actions: ClassVar[Mapping[str, Rule]] = {}
    parser_classes = [OrjsonParser]
    renderer_classes: Any = [OrjsonRenderer]
    http_method_names = ["get", "post", "patch", "delete", "head"]
    #: Whether an Idempotency-Key makes a POST be done once.
    is_repeatable: ClassVar[bool] = True
    #: Whether a GET writes nothing that its failure had to undo. It then goes without a savepoint of its own.
    only_reads: ClassVar[bool] = False
    _attempt: Attempt | None = None

    @classmethod
    def as_view(cls, *args: Any, **kwargs: Any) -> Any:
        """Return the view; what ATOMIC_REQUESTS puts round it is put round each request in dispatch()."""
        view = super().as_view(*args, **kwargs)
        return transaction.non_atomic_requests(view) if cls.only_reads else view

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Answer, within a savepoint unless nothing could be undone."""
        if not self.only_reads or is_plain_reading(request):
            return self._dispatched(request, *args, **kwargs)
        with transaction.atomic():
            return self._dispatched(request, *args, **kwargs)

    def _dispatched(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().dispatch(request, *args, **kwargs)
        # The answer knows its view: kept by it in turn, its records were garbage that only the collector finds.
        del self.response
        return response

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check who asks; where the same was done before, answer what came of it instead of doing it again."""
        super().initial(request, *args, **kwargs)
        key = request.headers.get(HEADER)
        if request.method != "POST" or key is None or not self.is_repeatable:
            return
        attempt = Attempt(self.access, key.strip(), fingerprint_of(request._request))
        done = attempt.begin()
        if done is None:
            self._attempt = attempt
        else:
            self.post = partial(self._told_again, done)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        if self._attempt is not None and 200 <= response.status_code < 300:
            self._attempt.end(response.status_code, getattr(response, "data", None))
        return super().finalize_response(request, response, *args, **kwargs)

    def _told_again(self, done: Done, request: Request, *args: Any, **kwargs: Any) -> Response:
        response = self.told_again(done)
        response.headers[REPLAYED_HEADER] = "true"
        return response

    def told_again(self, done: Done) -> Response:
        """Answer a request that was done before; raise AlreadyDone where its answer cannot be made again."""
        if done.record_id is not None or done.status != 204:
            raise AlreadyDone()
        return Response(status=done.status)

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
        body = self.request.data
        if body is None:
            raise ValidationError({"non_field_errors": ["No data provided"]})
        return dict(_reading(serializer, partial).run_validation(body))


@cache
def _reading(serializer: type[Serializer[Any]], partial: bool) -> Serializer[Any]:
    """Return a serializer to understand bodies with, one for all: making it copies every field. It keeps no body."""
    return serializer(partial=partial)


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
        found = rows.record_of(self.visible(), key, declaration, self.access)
        if found is None:
            raise NotFound()
        return found

    def told_again(self, done: Done) -> Response:
        if done.record_id is None:
            return super().told_again(done)
        try:
            response = self.read_again(done.record_id)
        except NotFound:
            # Not one of these records, or hidden by now.
            raise AlreadyDone() from None
        response.status_code = done.status
        return response

    def read_again(self, key: Any) -> Response:
        """Return the answer that shows a record; where reading one is noted, override; raise NotFound."""
        return Response(self.record(key))

    def instance(self, key: Any) -> Any:
        """Return one visible model object, for a service to change; raise NotFound."""
        found = self.visible().filter(pk=key).first()
        if found is None:
            raise NotFound()
        return found


class VersionedViewSet(ReadViewSet):
    """Records whose answers carry an ETag and that are changed by If-Match alone."""

    def retrieve(self, request: Request, id: Any) -> Response:
        refuse_unknown(self.query, ())
        return self.versioned(id)

    def read_again(self, key: Any) -> Response:
        return self.retrieve(self.request, key)

    def versioned(self, key: Any) -> Response:
        """Return the answer of one record with its ETag; raise NotFound."""
        record = self.record(key)
        return Response(record, headers={"ETag": etag_of(record["updated_at"])})

    def changeable(self, key: Any) -> Any:
        """Return one visible object, locked; raise NotFound, PreconditionNeeded, PreconditionFailed."""
        found = self.instance(key)
        require_version(self.access, self.declaration.model, found.pk, self.request.headers)
        return self.instance(key)


class Filters(Protocol):
    """What a query asks for: an ordering by name, '' for the usual one."""

    @property
    def ordering(self) -> str:
        """The name to sort by, with - in front for descending."""

    @property
    def take_all(self) -> bool:
        """Whether nothing is asked for but an order."""

    def ordered(self, queryset: Any, reach: int | None = None) -> QuerySet[Any]:
        """Return the query set in the order asked for; ``reach`` says how many rows are going to be read."""


class PlacedViewSet(ReadViewSet):
    """Lists of records with a place: numbered pages or a walk by cursor, as JSON or as GeoJSON.

    ``cursor_column`` is the time that a cursor walks by.
    """

    cursor_column: ClassVar[str]

    def filters(self) -> Any:
        """Return what the query parameters ask for, as ``Filters``; per resource."""
        raise NotImplementedError

    def wanted(self, filters: Any) -> QuerySet[Any]:
        """Return the rows that the filters ask for, unordered; per resource."""
        raise NotImplementedError

    def get_renderers(self) -> list[Any]:
        if self.action == "geojson":
            return [GeoJsonRenderer(), OrjsonRenderer()]
        return [OrjsonRenderer(), GeoJsonRenderer()] if self.action == "list" else [OrjsonRenderer()]

    def list(self, request: Request) -> Response:
        if request.accepted_renderer.format == GeoJsonRenderer.format:
            return self.geojson(request)
        found, envelope = self._page(answer_of(self.declaration, self.access).records)
        return Response({"data": found, **envelope})

    def geojson(self, request: Request) -> Response:
        """List the records as a GeoJSON feature collection."""
        found, envelope = self._page(answer_of(self.declaration, self.access).features)
        return Response({"type": "FeatureCollection", "features": found, **envelope})

    def walked(
        self, filters: Any, position: pagination.Position | None, count: int
    ) -> Sequence[rows.Row] | None:
        """Return the next rows of a walk by a statement that is kept; None where there is none. Per resource."""
        return None

    def first_page(self, filters: Any, start: int, count: int) -> Sequence[rows.Row] | None:
        """Return rows of an uncounted page by a statement that is kept; None where there is none. Per resource."""
        return None

    def _page(self, made: Callable[[Sequence[rows.Row]], rows.Records]) -> tuple[rows.Records, rows.Record]:
        """Return a page of what is asked for and its envelope; ``made`` makes records of rows."""
        filters: Filters = self.filters()
        wanted = pagination.PageRequest.from_query(self.query)
        if wanted.cursor is None:
            return self._numbered_page(filters, wanted, made)
        column = self.cursor_column
        if filters.ordering not in ("", column, f"-{column}"):
            raise refusal("ordering", f"A cursor walks by {column} or -{column}.")

        def read_after(position: pagination.Position | None, count: int) -> rows.Records:
            found = self.walked(filters, position, count)
            if found is None:
                is_descending = filters.ordering != column
                found = self._rows(
                    pagination.walk(self.wanted(filters), column, position, is_descending=is_descending)[
                        :count
                    ]
                )
            return made(found)

        return pagination.walk_page(wanted, read_after, column=column)

    def _numbered_page(
        self,
        filters: Filters,
        wanted: pagination.PageRequest,
        made: Callable[[Sequence[rows.Row]], rows.Records],
    ) -> tuple[rows.Records, rows.Record]:
        if wanted.count == "none":
            found = self.first_page(filters, wanted.start, wanted.size + 1)
            if found is not None:
                return pagination.uncounted(made(found), wanted)
        whole = self.wanted(filters)
        ordered = filters.ordered(whole, wanted.start + wanted.size + 1)
        return pagination.numbered_page(ordered, wanted, lambda part: made(self._rows(part)), counted=whole)

    def _rows(self, queryset: QuerySet[Any]) -> Sequence[rows.Row]:
        return rows.select(queryset, answer_of(self.declaration, self.access).columns, is_raw=True)


def placed_schema(
    declaration: Declaration, parameters: Sequence[Any], detail: Declaration | None = None
) -> Any:
    """Return the decorator that describes a placed viewset's lists and single records, by ``detail`` if they differ."""
    asked = [*PAGE_PARAMETERS, CURSOR_PARAMETER, *parameters]
    collection = {(200, "application/geo+json"): collection_serializer(declaration)}
    pages = {(200, "application/json"): page_serializer(declaration), **collection}

    def describe(view: Any) -> Any:
        # An action of its own name is described on the class that has it, not on the base.
        def geojson(self: Any, request: Request) -> Response:
            return PlacedViewSet.geojson(self, request)

        geojson.__doc__ = PlacedViewSet.geojson.__doc__
        view.geojson = extend_schema(parameters=asked, responses=collection)(geojson)
        return extend_schema_view(
            retrieve=extend_schema(
                parameters=[READING_REASON], responses=read_serializer(detail or declaration)
            ),
            list=extend_schema(parameters=asked, responses=pages),
        )(view)

    return describe


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
