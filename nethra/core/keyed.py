"""Keyed hashes: under what somebody is counted, so that a table of counts names nobody."""

from __future__ import annotations

import hashlib
import hmac

from django.conf import settings


def keyed_hash(text: str) -> bytes:
    """Return 32 bytes that only who has SECRET_KEY can make of a text."""
    return hmac.new(settings.SECRET_KEY.encode(), text.encode(), hashlib.sha256).digest()
