"""Giving copies of a case to somebody outside, from the case's page, and the list of what was given of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminEmailInputWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from cases.models import Case
from media_evidence.admin.disclosures import ShowsStanding, may_revoke, with_standing
from media_evidence.disclosing.services import copies_to_give, disclose
from media_evidence.models import Disclosure, Redaction
from media_evidence.models.disclosure import MOST_DOWNLOADS
from nethra.core.access import access_of
from nethra.core.admin import add_refusal
from nethra.core.capabilities import Capability
from nethra.core.console import console
from nethra.core.console_actions import Question, action, display, proof_first
from nethra.core.errors import DomainError
from nethra.core.inlines import ViewOnlyInline

SENTENCE = (
    "Each file is made anew for this recipient, with their name over every page. They are mailed a link that opens "
    "with a code from another mail. Look at the copies first: a check proves that nothing lies underneath, not that "
    "enough is covered."
)
NO_COPIES = "There is no redacted copy that can be given: make one on an exhibit's page first."


class DiscloseForm(forms.Form):
    """To whom copies are given, what for, and until when."""

    copies = forms.TypedMultipleChoiceField(
        label="Copies", coerce=UUID, widget=UnfoldAdminCheckboxSelectMultipleWidget
    )
    recipient_name = forms.CharField(label="Recipient", max_length=100, widget=UnfoldAdminTextInputWidget)
    recipient_email = forms.EmailField(
        label="Mail address",
        max_length=254,
        help_text="Link and code go there: whoever reads its mail gets the files.",
        widget=UnfoldAdminEmailInputWidget,
    )
    purpose = forms.CharField(
        label="What for", max_length=1000, widget=UnfoldAdminTextareaWidget(attrs={"rows": 2})
    )
    most_downloads = forms.IntegerField(
        label="Downloads of each file",
        min_value=1,
        max_value=MOST_DOWNLOADS,
        initial=3,
        widget=UnfoldAdminIntegerFieldWidget,
    )

    def __init__(self, data: Any, copies: list[Redaction]) -> None:
        super().__init__(data)
        self.fields["copies"].choices = [(str(copy.pk), f"{copy.evidence}: {copy}") for copy in copies]  # type: ignore[attr-defined]
        most = settings.DISCLOSURE_DAYS
        self.fields["days"] = forms.IntegerField(
            label="Days until it ends",
            min_value=1,
            max_value=most,
            initial=most,
            widget=UnfoldAdminIntegerFieldWidget,
        )
        self.order_fields(["copies", "recipient_name", "recipient_email", "purpose", "days"])

    def values(self) -> dict[str, Any]:
        """Return what the service asks for."""
        values = dict(self.cleaned_data)
        values["expires_at"] = datetime.now(UTC) + timedelta(days=values.pop("days"))
        return values


@action(description="Disclose", icon="outgoing_mail", url_path="disclose", permissions=("disclose",))
def disclose_case(self: Any, request: HttpRequest, object_id: str) -> HttpResponse:
    """Ask what of a case is given to whom, and show the link once."""
    case, access = self.get_object_or_404(request, object_id), access_of(request)
    if not access.may(Capability.MANAGE_EVIDENCE):
        raise PermissionDenied
    first = proof_first(request)
    if first is not None:
        return first
    copies = copies_to_give(access, case)
    form = DiscloseForm(request.POST or None, copies)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                disclosure, link = disclose(access=access, case=case, **form.values())
            return _page(
                request, "media_evidence/disclosed.html", str(disclosure), disclosure=disclosure, link=link
            )
        except DomainError as error:
            if "expires_at" in error.errors:
                error.errors["days"] = error.errors.pop("expires_at")
            add_refusal(form, error)
    sentence = SENTENCE if copies else NO_COPIES
    question = Question(f"Disclose copies of {case.number}", sentence, "Make the files and mail the link", "")
    back = f"{reverse('admin:cases_case_change', args=[case.pk])}#disclosures"
    return _page(request, "nethra/question.html", question.title, question=question, form=form, back=back)


def _page(request: HttpRequest, template: str, title: str, **context: Any) -> HttpResponse:
    return TemplateResponse(request, template, {**console.each_context(request), "title": title, **context})


class DisclosuresTab(ShowsStanding, ViewOnlyInline[Any, Case]):
    """What of a case was given to whom, the latest first."""

    model = Disclosure
    fk_name = "case"
    anchor = "disclosures"
    view_capability = Capability.VIEW_EVIDENCE
    verbose_name_plural = "disclosures"
    fields = readonly_fields = ("page", "recipient_name", "ends", "state", "times", "revoking")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Disclosure]:
        self._reader = access_of(request)
        return with_standing(super().get_queryset(request))

    @display(description="disclosure")
    def page(self, disclosure: Disclosure) -> str:
        address = reverse("admin:media_evidence_disclosure_change", args=[disclosure.pk])
        return format_html('<a href="{}">{}</a>', address, disclosure.number)

    @display(description="revoke")
    def revoking(self, disclosure: Disclosure) -> str:
        if not may_revoke(self._reader, disclosure):
            return "-"
        address = reverse("admin:media_evidence_disclosure_revoke", args=[disclosure.pk])
        return format_html('<a class="nethra-button" href="{}">Revoke {}</a>', address, disclosure.number)


console.hang_tab(Case, DisclosuresTab)
console.hang_button(Case, "disclose", disclose_case, Capability.MANAGE_EVIDENCE)
