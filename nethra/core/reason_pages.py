"""The console's page that asks why a sensitive record is read, once in a session."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from unfold.widgets import UnfoldAdminRadioSelectWidget, UnfoldAdminTextareaWidget

from nethra.core.access import Access, access_of
from nethra.core.console import console
from nethra.core.console_actions import Question, ask
from nethra.core.errors import InvalidInput, NotFound, ReasonNeeded
from nethra.core.readings import ReadingReason, Reason


class ReasonForm(forms.Form):
    """Why a sensitive record is read."""

    code = forms.ChoiceField(
        label="Why you read it",
        choices=ReadingReason.choices,
        widget=UnfoldAdminRadioSelectWidget,
        initial=ReadingReason.ASSIGNED,
    )
    words = forms.CharField(
        label="In words", max_length=1000, required=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 2})
    )


class AsksReason:
    """For the pages of records that are not read without a reason: raise ReasonNeeded, and it is asked here."""

    #: Why it asks.
    reason_sentence: ClassVar[str]

    def get_object(self: Any, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Return the record, None where there is none; raise ReasonNeeded until the person said why they read it."""
        # Pages, buttons and tabs ask for it again and again.
        shown = request.__dict__.setdefault("shown_rows", {})
        key = (self.opts.label_lower, object_id)
        if request.method != "GET" or key not in shown:
            row = super().get_object(request, object_id, from_field)  # type: ignore[misc]
            if row is not None and self.needs_reason(access_of(request), row):
                raise ReasonNeeded(row)
            shown[key] = row
        return shown[key]

    def changeform_view(
        self: Any,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        shows = object_id and request.method == "GET" and self.has_view_permission(request)
        row = self.get_object(request, object_id) if shows else None
        if row is not None:
            self.note_reading(access_of(request), row)
        return super().changeform_view(  # type: ignore[misc, no-any-return]
            request, object_id, form_url, extra_context
        )

    def needs_reason(self, access: Access, row: Any, /) -> bool:
        """Return whether the person has still to say why they read the record."""
        raise NotImplementedError

    def note_reading(
        self, access: Access, row: Any, reason: Reason | None = None, /, *, looked: bool = True
    ) -> None:
        """Keep that the record is read, and why; not ``looked``: only why it will be."""
        raise NotImplementedError

    def find_for_reason(self, access: Access, key: UUID) -> models.Model:
        """Return the record that somebody wants to read; raise NotFound."""
        raise NotImplementedError

    def get_urls(self: Any) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.reason_view)
        name = f"{self.opts.app_label}_{self.opts.model_name}_reason"
        urls: list[URLPattern] = super().get_urls()  # type: ignore[misc]
        return [path("<uuid:object_id>/reason/", view, name=name), *urls]

    def reason_view(self: Any, request: HttpRequest, object_id: UUID) -> HttpResponse:
        """Ask why a sensitive record is read; those who look after it see the answer."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        access = access_of(request)
        try:
            row = self.find_for_reason(access, object_id)
        except NotFound as error:
            raise Http404 from error
        question = Question(
            f"Why do you read {row.number}?",
            self.reason_sentence,
            f"Read the {row._meta.verbose_name}",
            "Noted.",
            ReasonForm,
        )

        def act(values: dict[str, Any]) -> None:
            reason = Reason(values["code"], values["words"].strip())
            try:
                reason.check()
            except InvalidInput as problem:
                raise InvalidInput(errors={"words": problem.errors["reason"]}) from problem
            self.note_reading(access, row, reason, looked=False)

        wanted = request.GET.get("next", "")
        is_safe = url_has_allowed_host_and_scheme(wanted, None) and wanted.startswith(reverse("admin:index"))
        return ask(self, request, row, question, act, permission="view", after=wanted if is_safe else "")


def ask_reason(request: HttpRequest, refused: ReasonNeeded) -> HttpResponse:
    """Lead to the page that asks why a record is read, and from it back here."""
    row = refused.row
    here = request.get_full_path() if request.method == "GET" else ""
    address = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_reason", args=[row.pk])
    return redirect(f"{address}?{urlencode({'next': here})}")


console.hang_answer(ReasonNeeded, ask_reason)
