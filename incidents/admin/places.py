"""What the address field of a form asks while somebody types."""

from __future__ import annotations

import orjson
from django.http import HttpRequest, HttpResponse

from incidents.gazetteer.answers import answer_places
from nethra.core.access import access_of
from nethra.core.console import console


def find_places_page(request: HttpRequest) -> HttpResponse:
    """Answer what a typed address may mean, the likeliest first."""
    body = orjson.dumps({"data": answer_places(access_of(request), request.GET)})
    return HttpResponse(body, content_type="application/json")


console.add_data("places", find_places_page, "find_places")
