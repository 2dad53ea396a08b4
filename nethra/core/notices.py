"""Sentences for the next page, such as "Your profile is saved."."""

from __future__ import annotations

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage


class NoticeStorage(CookieStorage):
    """Keeps them in a signed cookie, under the name that the settings say: Django's own has a fixed one."""

    @property
    def cookie_name(self) -> str:  # type: ignore[override]
        return str(settings.MESSAGE_COOKIE_NAME)
