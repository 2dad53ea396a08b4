"""The roof: every route of Nethra."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from nethra.admin_site import console

urlpatterns: list[URLPattern | URLResolver] = [path("console/", console.urls)]
