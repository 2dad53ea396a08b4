"""PASETO v4.local: strict decoding, required claims, rotation; pyseto reads what we write."""

from __future__ import annotations

import json
import random
import string
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pyseto
import pytest
from hypothesis import given
from hypothesis import strategies as st
from paseto.keys.symmetric_key import SymmetricKey
from paseto.protocols.v4 import ProtocolVersion4
from pyseto import Key

from accounts import tokens

OLD_KEY, NEW_KEY = bytes(range(32)), bytes(range(32, 64))
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def keys(settings: Any) -> None:
    settings.PASETO_KEYS = (OLD_KEY,)
    settings.DEPLOYMENT_ID = "tests"


def fresh_token(now: datetime = NOW) -> str:
    return tokens.issue(
        user_id=uuid4(), agency_id=uuid4(), session_id=uuid4(), role="officer", token_id=uuid4(), now=now
    )


def sealed(claims: dict[str, Any], implicit: bytes = b"nethra/access/v1|tests", key: bytes = OLD_KEY) -> str:
    footer = json.dumps({"kid": tokens.key_id(key)}).encode()
    token: bytes = ProtocolVersion4.encrypt(
        json.dumps(claims).encode(), SymmetricKey.v4(key), footer, implicit
    )
    return token.decode()


def valid_claims() -> dict[str, Any]:
    texts = {name: str(uuid4()) for name in ("sub", "sid", "jti", "agency")}
    return {**texts, "role": "officer", "iat": NOW.isoformat(), "exp": (NOW + timedelta(hours=1)).isoformat()}


def test_a_token_says_who_until_when() -> None:
    claims = tokens.read(fresh_token(), now=NOW)

    assert claims.role == "officer"
    assert claims.expires_at - claims.issued_at == timedelta(minutes=60)


def test_an_independent_implementation_reads_our_token() -> None:
    key = Key.new(version=4, purpose="local", key=OLD_KEY)

    token = pyseto.decode(key, fresh_token(), implicit_assertion=b"nethra/access/v1|tests")

    assert isinstance(token.payload, bytes)
    assert isinstance(token.footer, bytes)
    assert set(json.loads(token.payload)) == {"sub", "role", "iat", "exp", "sid", "jti", "agency"}
    assert json.loads(token.footer)["kid"] == tokens.key_id(OLD_KEY)


@pytest.mark.parametrize("offset", [timedelta(hours=1), timedelta(days=1), timedelta(minutes=-1)])
def test_a_token_is_refused_outside_its_time(offset: timedelta) -> None:
    token = fresh_token()

    with pytest.raises(tokens.InvalidToken):
        tokens.read(token, now=NOW + offset)


def test_a_clock_may_be_half_a_minute_behind() -> None:
    token = fresh_token()

    assert tokens.read(token, now=NOW - tokens.CLOCK_SKEW).issued_at == NOW


@pytest.mark.parametrize("missing", tokens.CLAIMS)
def test_every_claim_is_required(missing: str) -> None:
    claims = valid_claims()
    tokens.read(sealed(claims), now=NOW)
    del claims[missing]

    with pytest.raises(tokens.InvalidToken):
        tokens.read(sealed(claims), now=NOW)


@pytest.mark.parametrize(
    ("name", "value"),
    [("exp", 4102444800), ("exp", "2030-01-01T00:00:00"), ("sub", "nobody"), ("role", None), ("sid", ["x"])],
)
def test_a_claim_of_the_wrong_kind_is_refused(name: str, value: Any) -> None:
    with pytest.raises(tokens.InvalidToken):
        tokens.read(sealed({**valid_claims(), name: value}), now=NOW)


def test_a_token_of_another_deployment_or_key_is_refused() -> None:
    for token in (sealed(valid_claims(), implicit=b"other"), sealed(valid_claims(), key=NEW_KEY)):
        with pytest.raises(tokens.InvalidToken):
            tokens.read(token, now=NOW)


def test_rotation_keeps_old_tokens_readable(settings: Any) -> None:
    token = fresh_token()
    settings.PASETO_KEYS = (NEW_KEY, OLD_KEY)

    assert tokens.read(token, now=NOW).role == "officer"
    assert tokens.key_id(NEW_KEY) in tokens.decode(fresh_token().split(".")[3]).decode()


def mutants(token: str, count: int, seed: int = 7) -> list[str]:
    """Return the token with characters replaced, inserted, dropped, doubled or padded."""
    chance = random.Random(seed)
    alphabet = string.ascii_letters + string.digits + "-_=+/. \n"
    made: list[str] = []
    while len(made) < count:
        at = chance.randrange(len(token))
        letter = chance.choice(alphabet)
        made.append(
            chance.choice(
                [
                    token[:at] + letter + token[at + 1 :],
                    token[:at] + letter + token[at:],
                    token[:at] + token[at + 1 :],
                    token[:at],
                    token + letter,
                ]
            )
        )
    return [mutant for mutant in made if mutant != token]


def test_no_mutant_is_accepted_and_every_one_raises_the_same_error() -> None:
    for mutant in mutants(fresh_token(), 5000):
        with pytest.raises(tokens.InvalidToken):
            tokens.read(mutant, now=NOW)


@given(st.text(max_size=300))
def test_no_text_is_a_token(text: str) -> None:
    with pytest.raises(tokens.InvalidToken):
        tokens.read(text, now=NOW)


@pytest.mark.parametrize("size", [0, 1, 31, 33])
def test_a_key_has_32_bytes(size: int) -> None:
    with pytest.raises(ValueError, match=r"^A v4\.local key has 32 bytes\.$"):
        tokens.key_id(b"x" * size)


def test_a_key_is_named_as_paserk_names_it() -> None:
    """The first of the specification's test vectors for k4.lid."""
    assert tokens.key_id(bytes(32)) == "k4.lid.bqltbNc4JLUAmc9Xtpok-fBuI0dQN5_m3CD9W_nbh559"


def test_the_footer_names_the_key_and_nothing_else() -> None:
    _, _, _, footer = fresh_token().split(".")

    assert tokens.decode(footer).decode() == f'{{"kid":"{tokens.key_id(OLD_KEY)}"}}'
