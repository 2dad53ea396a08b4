"""Where a request comes from: the address that limits count by and the audit keeps."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

from django.conf import settings


def client_address(meta: Mapping[str, Any]) -> str:
    """Return the client's address: the peer's, or what the peer says in X-Forwarded-For if it is a trusted proxy.

    Of a chain the last address counts that no trusted proxy has: what stands before it anybody can write.
    """
    address = str(meta.get("REMOTE_ADDR", ""))
    if not _is_trusted(_read(address)):
        return address
    for text in reversed(str(meta.get("HTTP_X_FORWARDED_FOR", "")).split(",")):
        told = _read(text.strip())
        if told is None:
            break
        address = str(told)
        if not _is_trusted(told):
            break
    return address


@lru_cache(maxsize=1024)
def _read(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


def _is_trusted(address: IPv4Address | IPv6Address | None) -> bool:
    return address is not None and any(address in network for network in settings.TRUSTED_PROXIES)
