"""The buttons that decide who sees a case: restrict, open, seal, lift, remove a seal."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from unfold.widgets import UnfoldBooleanSwitchWidget

from cases.access import may_keep, set_restriction
from cases.choices import SealedPart
from cases.models import Case
from cases.sealing import lift_case_seal, remove_case_seal, seal_case
from incidents.admin.sealing import SEALING, SealsRecords, sealing_of
from nethra.core.access import access_of
from nethra.core.console_actions import Question, action, ask


class RestrictForm(forms.Form):
    """How far a restriction goes."""

    hides_incidents = forms.BooleanField(
        label="Hide its incidents too",
        required=False,
        initial=True,
        widget=UnfoldBooleanSwitchWidget(),
        help_text="From whoever does not see the case: in lists, on maps, in counts and searches.",
    )


class KeepsCase(SealsRecords):
    """Buttons for whoever decides who sees a case, and for whoever seals records."""

    seal_parts = SealedPart.choices
    seal_sentence = (
        "By order of a court or office. What is sealed is read by few, and a sealed case is not worked on."
    )
    place_seal = staticmethod(
        lambda access, case, **values: seal_case(access=access, case_id=case.pk, **values)
    )
    lift_placed_seal = staticmethod(
        lambda access, case, **values: lift_case_seal(access=access, case_id=case.pk, **values)
    )
    remove_placed_seal = staticmethod(
        lambda access, case, **values: remove_case_seal(access=access, case_id=case.pk, **values)
    )

    def has_restrict_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        case = self._shown(request, object_id)
        return case is not None and may_keep(access_of(request), case)

    def _shown(self: Any, request: HttpRequest, row: Any) -> Case | None:
        if isinstance(row, Case) or row is None:
            return row
        return self.get_object(request, str(row))  # type: ignore[no-any-return]

    @action(description="Restrict", icon="lock", url_path="restrict", permissions=("restrict",))
    def restrict(self: Any, request: HttpRequest, object_id: str) -> HttpResponse:
        case = self.get_object_or_404(request, object_id)
        question = Question(
            f"Restrict {case.number}",
            "From now on only its lead and the people named in it see the case. Others are told its number and unit, "
            "or nothing, as the agency decided.",
            "Restrict",
            f"The case {case.number} is restricted.",
            RestrictForm,
        )

        def act(values: dict[str, Any]) -> None:
            set_restriction(access=access_of(request), case=case, is_restricted=True, **values)

        return ask(self, request, case, question, act, permission="restrict")

    @action(
        description="End the restriction", icon="lock_open", url_path="unrestrict", permissions=("restrict",)
    )
    def unrestrict(self: Any, request: HttpRequest, object_id: str) -> HttpResponse:
        case = self.get_object_or_404(request, object_id)
        question = Question(
            f"End the restriction of {case.number}",
            "Everybody whose role reaches it sees the case again.",
            "End the restriction",
            f"The case {case.number} is not restricted any more.",
            needs_proof=True,
        )

        def act(_: dict[str, Any]) -> None:
            set_restriction(access=access_of(request), case=case, is_restricted=False)

        return ask(self, request, case, question, act, permission="restrict")


KEEPING = ("restrict", "unrestrict", *SEALING)


def keeping_of(case: Case) -> set[str]:
    """Return which of the buttons make sense for a case as it stands."""
    restriction = "unrestrict" if case.is_restricted else "restrict"
    return {restriction, *sealing_of(case)}


def parse_key(text: Any) -> UUID:
    """Return a key of an address; raise Http404 for what is none."""
    try:
        return UUID(str(text))
    except ValueError as problem:
        raise Http404 from problem
