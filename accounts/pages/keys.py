"""The page of one's keys for programs."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache

from accounts.api_keys import grantable, make_key, revoke_key
from accounts.forms import KeyForm
from accounts.models import ApiKey
from accounts.pages.frame import own_access, page, person
from nethra.core.admin import add_refusal
from nethra.core.console_actions import proof_first
from nethra.core.errors import DomainError


@never_cache
def keys_page(request: HttpRequest) -> HttpResponse:
    """List one's keys; make one, and show its secret this once."""
    access, user = own_access(request), person(request)
    first = proof_first(request)
    if first is not None:
        return first
    form = KeyForm(request.POST or None, scopes=grantable(user))
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                key, secret = make_key(access=access, user=user, **form.cleaned_data)
            return page(request, "key_made", "Your new key", key=key, secret=secret)
        except DomainError as error:
            add_refusal(form, error)
    keys = ApiKey.objects.visible_to(access).filter(user_id=user.pk)
    return page(request, "keys", "Keys for programs", form, keys=keys)


def revoke_key_page(request: HttpRequest, key_id: UUID) -> HttpResponse:
    """Revoke one of one's keys."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    access, user = own_access(request), person(request)
    key = ApiKey.objects.visible_to(access).filter(pk=key_id, user_id=user.pk).first()
    if key is None:
        raise Http404
    revoke_key(access=access, key=key)
    messages.success(request, f"The key {key.name} is revoked: it opens nothing any more.")
    return redirect("admin:api_keys")
