"""Refusals of files: nobody sees a page where a picture or a download was asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec

from django.http import HttpResponse
from django.http.response import HttpResponseBase

from nethra.core.errors import Conflict, Gone

_P = ParamSpec("_P")


def or_sentence(
    answer: Callable[_P, HttpResponseBase], *args: _P.args, **kwargs: _P.kwargs
) -> HttpResponseBase:
    """Return the answer; what the domain refuses as Conflict or Gone is its sentence, as plain text."""
    try:
        return answer(*args, **kwargs)
    except (Conflict, Gone) as refused:
        return HttpResponse(refused.message, status=refused.status, content_type="text/plain")
