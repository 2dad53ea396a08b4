"""The official v4.local vectors, and every spelling of a token compared with pyseto, an independent reader."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyseto
import pytest
from hypothesis import given
from hypothesis import strategies as st
from paseto.exceptions import PasetoException
from paseto.keys.symmetric_key import SymmetricKey
from paseto.protocols.v4 import ProtocolVersion4
from pyseto import Key

from accounts.tokens import encode, unseal

OFFICIAL = json.loads((Path(__file__).parent / "data" / "paseto_v4_local.json").read_text(encoding="utf-8"))
VECTORS = OFFICIAL["vectors"]
KEY = bytes.fromhex(OFFICIAL["key"])


def opened(token: str, footer: bytes, implicit: bytes, key: bytes = KEY) -> bytes:
    """Return the payload, having compared the footer as whoever expects one would."""

    def key_of(found: bytes) -> bytes:
        if found != footer:
            raise ValueError("another footer")
        return key

    return unseal(token, implicit, key_of)


def test_there_are_thirteen_official_vectors() -> None:
    assert len(VECTORS) == 13


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_an_official_vector_is_read_as_it_should_be(vector: dict[str, Any]) -> None:
    footer, implicit = vector["footer"].encode(), vector["implicit"].encode()
    if vector["payload"] is None:
        with pytest.raises((ValueError, PasetoException)):
            opened(vector["token"], footer, implicit)
    else:
        assert opened(vector["token"], footer, implicit) == vector["payload"].encode()


@given(
    payload=st.binary(min_size=1, max_size=400),
    footer=st.binary(min_size=1, max_size=60),
    implicit=st.binary(max_size=60),
    key=st.binary(min_size=32, max_size=32),
)
def test_both_implementations_read_each_others_tokens(
    payload: bytes, footer: bytes, implicit: bytes, key: bytes
) -> None:
    theirs = pyseto.encode(
        Key.new(version=4, purpose="local", key=key), payload, footer, implicit_assertion=implicit
    )
    ours = ProtocolVersion4.encrypt(payload, SymmetricKey.v4(key), footer, implicit)

    assert opened(theirs.decode(), footer, implicit, key) == payload
    read = pyseto.decode(Key.new(version=4, purpose="local", key=key), ours, implicit_assertion=implicit)
    assert (read.payload, read.footer) == (payload, footer)


@given(st.data())
def test_no_second_spelling_of_a_token_is_read(data: st.DataObject) -> None:
    payload, footer = b'{"sub":"somebody"}', b'{"kid":"k"}'
    token = ProtocolVersion4.encrypt(payload, SymmetricKey.v4(KEY), footer, b"").decode()
    at = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.sampled_from(encode(bytes(range(256))) + "=+/. \n"))
    mutant = token[:at] + letter + token[at + 1 :]

    try:
        ours: bytes | None = opened(mutant, footer, b"")
    except (ValueError, PasetoException):
        ours = None

    assert (ours is not None) == (mutant == token)
    if ours is not None:
        their_key = Key.new(version=4, purpose="local", key=KEY)
        assert pyseto.decode(their_key, mutant).payload == ours
