"""The page of the capability table: who may what, and for whoever manages roles, the way to adjust it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminSelectWidget

from accounts.choices import ReachChoice
from accounts.pages.frame import page
from accounts.roles import RoleStanding, adjust_role, standings
from nethra.core.access import access_of
from nethra.core.admin import add_refusal
from nethra.core.capabilities import Capability, Reach
from nethra.core.console_actions import proof_first
from nethra.core.errors import DomainError


class RoleForm(forms.Form):
    """What one role may do, and how far it reaches."""

    capabilities = forms.MultipleChoiceField(
        label="May", required=False, widget=UnfoldAdminCheckboxSelectMultipleWidget
    )
    reach = forms.ChoiceField(
        label="Sees without being named", choices=ReachChoice.choices, widget=UnfoldAdminSelectWidget
    )

    def __init__(self, data: Any, standing: RoleStanding) -> None:
        initial = {"capabilities": sorted(standing.capabilities), "reach": str(standing.reach)}
        super().__init__(data, initial=initial)
        self.fields["capabilities"].choices = [  # type: ignore[attr-defined]
            (str(c), words(c)) for c in Capability if c not in standing.fixed or c in standing.capabilities
        ]
        if standing.reach is Reach.GUEST:
            del self.fields["reach"]


def words(capability: Capability) -> str:
    """Return a capability as people read it."""
    return str(capability).replace("_", " ").capitalize()


def roles_page(request: HttpRequest) -> HttpResponse:
    """Show the matrix of roles and capabilities, with what the agency adjusted marked."""
    access = access_of(request)
    found = standings(access) if access.may(Capability.VIEW_AGENCY) else None
    if found is None:
        raise PermissionDenied
    rows = [
        {"name": words(capability), "cells": [_cell(standing, capability) for standing in found]}
        for capability in Capability
    ]
    may_change = access.may(Capability.MANAGE_ROLES)
    return page(request, "roles", "Roles", standings=found, rows=rows, may_change=may_change)


def _cell(standing: RoleStanding, capability: Capability) -> dict[str, bool]:
    return {
        "is_held": capability in standing.capabilities,
        "is_granted": capability in standing.granted,
        "is_withdrawn": capability in standing.withdrawn,
    }


def role_page(request: HttpRequest, role: str) -> HttpResponse:
    """Adjust one role; it counts from the next request of everybody in it."""
    access = access_of(request)
    if not access.may(Capability.MANAGE_ROLES):
        raise PermissionDenied
    standing = next((each for each in standings(access) if each.role == role), None)
    if standing is None:
        raise Http404
    first = proof_first(request)
    if first is not None:
        return first
    form = RoleForm(request.POST or None, standing)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                adjust_role(access=access, role=role, **form.cleaned_data)
            messages.success(request, f"The role {standing.label} is adjusted.")
            return redirect("admin:roles")
        except DomainError as error:
            add_refusal(form, error)
    return page(request, "role", standing.label, form, standing=standing)
