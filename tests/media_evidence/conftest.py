"""A person who sends files by tus, and a case to send them to."""

from __future__ import annotations

import pytest

from cases.models import Case
from tests.media_evidence.tus_client import Tus, tus
from tests.support.cases import make_case
from tests.support.people import Cast, access_for


@pytest.fixture
def sender(committed_cast: Cast) -> Tus:
    """The officer's program."""
    return tus(committed_cast.officer)


@pytest.fixture
def case(committed_cast: Cast) -> Case:
    """A case of the officer's."""
    return make_case(access_for(committed_cast.officer))
