"""A person who sends files by tus, a case to send them to, and a scanner for malware."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from cases.models import Case
from tests.media_evidence.tus_client import Tus, tus
from tests.support.cases import make_case
from tests.support.clamd import Clamd, clamd
from tests.support.people import Cast, access_for


@pytest.fixture
def sender(committed_cast: Cast) -> Tus:
    """The officer's program."""
    return tus(committed_cast.officer)


@pytest.fixture
def case(committed_cast: Cast) -> Case:
    """A case of the officer's."""
    return make_case(access_for(committed_cast.officer))


@pytest.fixture(scope="module")
def daemon() -> Iterator[Clamd]:
    """A real clamd, which knows the EICAR file."""
    with clamd() as running:
        yield running


@pytest.fixture
def scanner(daemon: Clamd, settings: Any) -> Clamd:
    """The same, set up as Nethra's scanner and running, whatever a test before did to it."""
    settings.CLAMD, settings.CLAMD_MAX_MB, settings.CLAMD_SECONDS = daemon.address, 25, 20
    if not daemon.running:
        daemon.start()
    return daemon
