"""Encrypting what must be read again: the secrets of authenticator apps. The key follows from SECRET_KEY."""

from __future__ import annotations

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class CannotUnseal(Exception):
    """It was sealed under a SECRET_KEY that is neither the present one nor among SECRET_KEY_FALLBACKS."""


def seal(plain: bytes) -> bytes:
    """Return the bytes encrypted and authenticated (Fernet: AES-128-CBC, HMAC-SHA256) under the present key."""
    return _fernet().encrypt(plain)


def unseal(sealed: bytes) -> bytes:
    """Return the plain bytes; raise CannotUnseal."""
    try:
        return _fernet().decrypt(bytes(sealed))
    except InvalidToken as problem:
        raise CannotUnseal() from problem


def reseal(sealed: bytes) -> bytes:
    """Return the same under the present key; raise CannotUnseal."""
    try:
        return _fernet().rotate(bytes(sealed))
    except InvalidToken as problem:
        raise CannotUnseal() from problem


def _fernet() -> MultiFernet:
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_key(secret)) for secret in secrets])


def _key(secret: str) -> bytes:
    return base64.urlsafe_b64encode(hashlib.sha256(b"nethra.sealing|" + secret.encode()).digest())
