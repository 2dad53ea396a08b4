"""Moving a case from its page: the ways there are, and the question that each asks."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from cases.admin.choosing import colleagues
from cases.choices import CaseStatus
from cases.forms import transition_form
from cases.models import Case
from cases.transitions import move_case, possible_move, possible_moves
from nethra.core.access import access_of
from nethra.core.capabilities import Capability
from nethra.core.console_actions import Question, ask


class MovesCase:
    """The part of a case's page that moves it."""

    def shown_beside(self: Any, request: HttpRequest, row: Case) -> dict[str, Any]:
        moves = possible_moves(access_of(request), row)
        told: dict[str, Any] = super().shown_beside(request, row)  # type: ignore[misc]
        return {
            **told,
            "moves": moves,
            "possible": [move for move in moves if move.transition],
            "impossible": [move for move in moves if not move.transition],
        }

    def move_view(self: Any, request: HttpRequest, object_id: Any, target: str) -> HttpResponse:
        """Ask for what a move needs and move the case; where there is no way, say why and go back."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        case = self.get_object_or_404(request, str(object_id))
        if target not in CaseStatus.values:
            raise Http404
        access = access_of(request)
        move = possible_move(access, case, CaseStatus(target))
        if move.transition is None:
            messages.warning(request, move.sentence)
            return redirect(reverse("admin:cases_case_change", args=[case.pk]))
        way, verb = move.transition, move.verb
        label = CaseStatus(target).label.lower()
        question = Question(
            f"{verb}: {case.number}",
            f"The case is {case.get_status_display().lower()} and will be {label}.",
            verb,
            f"The case {case.number} is {label}.",
            transition_form(way, case, colleagues(access, Capability.CHANGE_CASES)),
        )

        def act(values: dict[str, Any]) -> None:
            lead = values.pop("lead", None)
            move_case(access=access, case=case, target=target, lead_id=lead.pk if lead else None, **values)

        return ask(self, request, case, question, act, permission="view")
