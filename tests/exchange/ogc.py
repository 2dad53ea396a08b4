"""Short words for tests of the OGC API."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import urlencode

from accounts.models import User
from tests.api.calls import post
from tests.support.people import api_client

ROOT = "/ogc"


def ask(user: User, path: str, query: Any = (), **headers: str) -> Any:
    """Return the answer to GET as the person; ``query`` as urlencode takes it."""
    asked = f"?{urlencode(query, doseq=True)}" if query else ""
    return api_client(user).get(f"{ROOT}/{path}{asked}", headers=headers)


def items(user: User, collection: str, query: Any = ()) -> list[dict[str, Any]]:
    """Return the features of a page of items."""
    answer = ask(user, f"collections/{collection}/items", query)
    assert answer.status_code == 200, answer.content
    found: list[dict[str, Any]] = answer.json()["features"]
    return found


def numbers(user: User, collection: str, query: Any = ()) -> list[str]:
    """Return the numbers of a page of items, in their order."""
    return [feature["properties"]["number"] for feature in items(user, collection, query)]


def link(document: dict[str, Any], rel: str) -> str:
    """Return the address of a document's first link of a kind, '' where it has none."""
    return next((each["href"] for each in document["links"] if each["rel"] == rel), "")


def key_for(user: User, *scopes: str) -> str:
    """Return an API key of the person for reading what the OGC API offers, or for these scopes."""
    wanted = list(scopes) or ["view_incidents", "view_cases", "view_areas"]
    answer = post(user, "auth/keys", {"name": "QGIS", "scopes": wanted, "days": 30})
    assert answer.status_code == 201, answer.content
    return str(answer.json()["key"])


def basic(password: str, name: str = "token") -> str:
    """Return the header of HTTP Basic."""
    return f"Basic {base64.b64encode(f'{name}:{password}'.encode()).decode()}"
