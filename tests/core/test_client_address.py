"""A client's address: what a trusted proxy says of it, and nothing that the client says itself."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

import pytest

from nethra.core.client import client_address

NOBODY: list[str] = []
EDGE = ["10.0.0.0/24", "fd00::/64"]


@pytest.mark.parametrize(
    ("trusted", "peer", "said", "address"),
    [
        (NOBODY, "203.0.113.9", "", "203.0.113.9"),
        (NOBODY, "203.0.113.9", "198.51.100.1", "203.0.113.9"),
        (EDGE, "203.0.113.9", "198.51.100.1", "203.0.113.9"),
        (EDGE, "10.0.0.2", "198.51.100.1", "198.51.100.1"),
        (EDGE, "10.0.0.2", "", "10.0.0.2"),
        # What stands before the last untrusted address was written by whoever has that.
        (EDGE, "10.0.0.2", "127.0.0.1, 198.51.100.1", "198.51.100.1"),
        (EDGE, "10.0.0.2", "127.0.0.1, 198.51.100.1, 10.0.0.3", "198.51.100.1"),
        (EDGE, "10.0.0.2", "198.51.100.1, nonsense", "10.0.0.2"),
        (EDGE, "10.0.0.2", "198.51.100.1, nonsense, 10.0.0.3", "10.0.0.3"),
        (EDGE, "10.0.0.2", "x" * 10_000, "10.0.0.2"),
        (EDGE, "10.0.0.2", "10.0.0.3, 10.0.0.4", "10.0.0.3"),
        (EDGE, "fd00::1", " 2001:db8::7 ", "2001:db8::7"),
        (EDGE, "", "198.51.100.1", ""),
    ],
)
def test_only_a_trusted_proxy_is_believed(
    settings: Any, trusted: list[str], peer: str, said: str, address: str
) -> None:
    settings.TRUSTED_PROXIES = [ip_network(text) for text in trusted]

    assert client_address({"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_FOR": said}) == address


def test_what_a_client_says_of_itself_reaches_no_audit(client: Any, db: None) -> None:
    answer = client.get("/health", headers={"X-Forwarded-For": "198.51.100.1"})

    assert answer.wsgi_request.frame.address == "127.0.0.1"
