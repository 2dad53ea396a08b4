"""No page links a person's own page to somebody whom that refuses."""

from __future__ import annotations

import pytest

from nethra.core.console import console
from tests.console.rows import fill, first_of, page
from tests.support.people import Cast, access_for, console_client

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("role", "opens_people"), [("analyst", False), ("officer", False), ("auditor", True)]
)
def test_people_are_linked_where_their_pages_open(cast: Cast, role: str, opens_people: bool) -> None:
    fill(cast)
    user = getattr(cast, role)
    client, linked = console_client(user), []
    for model in console._registry:
        row = first_of(model, access_for(user))
        for path in (page(model, "changelist"), *([page(model, "change", row.pk)] if row else [])):
            text = client.get(path, follow=True).content.decode()
            linked += [path] if '="/console/accounts/user/0' in text else []

    assert bool(linked) is opens_people, linked
