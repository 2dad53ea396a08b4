"""Buttons of console pages: each asks on a page of its own and acts on POST."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse

from nethra.core.access import access_of
from nethra.core.admin import ConsoleAdmin, add_refusal
from nethra.core.errors import (
    AccessRequired,
    DomainError,
    Gone,
    NotAllowed,
    NotFound,
    ProofNeeded,
    ReasonNeeded,
)

_F = TypeVar("_F", bound=Callable[..., Any])

if TYPE_CHECKING:

    def action(**options: Any) -> Callable[[_F], _F]: ...
    def display(**options: Any) -> Callable[[_F], _F]: ...

else:
    from unfold.decorators import action, display

__all__ = ["ButtonsByState", "Question", "action", "ask", "display", "proof_first", "refusing_as_pages"]


def refusing_as_pages(view: _F) -> _F:
    """Return a method that is a view: what the domain refuses is the console's 403 or 404, or a sentence with 410."""

    @wraps(view)
    def answer(self: Any, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            return view(self, request, *args, **kwargs)
        except (AccessRequired, ReasonNeeded):
            # The console has pages for these.
            raise
        except NotFound as error:
            raise Http404 from error
        except NotAllowed as error:
            raise PermissionDenied from error
        except Gone as gone:
            return HttpResponse(gone.message, status=gone.status, content_type="text/plain")

    return answer  # type: ignore[return-value]


def proof_first(request: HttpRequest, *, back: str = "") -> HttpResponse | None:
    """Return the way to the page that asks who is there, and from it back here; None after a recent proof.

    ``back`` names another page to come back to.
    """
    try:
        access_of(request).require_proof()
    except ProofNeeded:
        here = reverse(f"admin:{back}") if back else request.get_full_path()
        return redirect(f"{reverse('admin:confirm_identity')}?{urlencode({'next': here})}")
    return None


class ButtonsByState:
    """For pages whose buttons do not all make sense for every record: a button that does not is not offered."""

    def hidden_buttons(self, request: HttpRequest, row: Any) -> Collection[str]:
        """Return the names of the buttons that make no sense for this record and this person today."""
        raise NotImplementedError

    def get_actions_detail(self: Any, request: HttpRequest, object_id: Any) -> list[Any]:
        offered: list[Any] = super().get_actions_detail(request, object_id)  # type: ignore[misc]
        row = self.get_object(request, str(object_id)) if self.has_view_permission(request) else None
        if row is None:
            return []
        hidden = set(self.hidden_buttons(request, row))
        prefix = f"{self.opts.app_label}_{self.opts.model_name}_"
        return [button for button in offered if button.action_name.removeprefix(prefix) not in hidden]


@dataclass(frozen=True)
class Question:
    """What a confirmation page asks before something is done, and what it says afterwards.

    ``needs_proof``: only whoever proved lately who they are is asked at all. ``back`` names the page to go to
    when the row is gone afterwards.
    """

    title: str
    sentence: str
    button: str
    done: str
    form: type[forms.Form] = forms.Form
    needs_proof: bool = False
    back: str = ""


def ask(
    admin: ConsoleAdmin[Any],
    request: HttpRequest,
    row: models.Model,
    question: Question,
    act: Callable[[dict[str, Any]], object],
    permission: str = "change",
    after: str = "",
) -> HttpResponse:
    """Ask on GET; on POST call ``act`` with the form's values and go back to the row, or to ``after``.

    ``permission`` names the page's has_…_permission that must hold. A DomainError is shown in the form, and
    nothing of a failed attempt stays.
    """
    if not getattr(admin, f"has_{permission}_permission")(request, row):
        raise PermissionDenied
    first = proof_first(request) if question.needs_proof else None
    if first is not None:
        return first
    meta = row._meta
    here = reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk])
    form = question.form(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and _acted(form, act):
        messages.success(request, question.done)
        return redirect(after or (reverse(question.back) if question.back else here))
    context = {
        **admin.admin_site.each_context(request),
        "title": question.title,
        "opts": meta,
        "original": row,
        "question": question,
        "form": form,
        "back": here,
    }
    return TemplateResponse(request, "nethra/question.html", context)


def _acted(form: forms.Form, act: Callable[[dict[str, Any]], object]) -> bool:
    try:
        with transaction.atomic():
            act(form.cleaned_data)
    except NotFound as error:
        raise Http404 from error
    except DomainError as error:
        add_refusal(form, error)
        return False
    return True
