"""Loaded by schemathesis: it signs in as CONTRACT_EMAIL, and again every minute, since what it sends may sign out."""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from typing import Any

import requests
import schemathesis


@schemathesis.auth(refresh_interval=60)
class SignedIn:
    """A bearer token of a new session; the last one where what was sent locked the account."""

    token = ""

    def get(self, case: Any, context: Any) -> str:
        body = {"email": os.environ["CONTRACT_EMAIL"], "password": os.environ["CONTRACT_PASSWORD"]}
        request = urllib.request.Request(  # noqa: S310
            f"{os.environ['CONTRACT_URL']}/api/v1/auth/login",
            json.dumps(body).encode(),
            {"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
                type(self).token = str(json.load(answer)["token"])
        except urllib.error.HTTPError:
            if not self.token:
                raise
        return self.token

    def set(self, case: Any, data: str, context: Any) -> None:
        case.headers = {**(case.headers or {}), "Authorization": f"Bearer {data}"}


# Bytes for an upload's offset are bytes.
schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")

#: Gunicorn reads request lines up to here; a longer one is its own 414, before Nethra hears of it.
LONGEST_LINE = 4094


@schemathesis.hook
def filter_case(context: Any, case: Any) -> bool:
    """Leave out what the web server in front of the contract refuses."""
    sent = requests.Request(
        case.method, f"http://localhost{case.formatted_path}", params=case.query
    ).prepare()
    return len(f"{sent.method} {sent.path_url} HTTP/1.1") <= LONGEST_LINE
