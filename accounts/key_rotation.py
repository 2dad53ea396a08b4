"""Changing the keys of tokens and of sealed secrets while people work."""

from __future__ import annotations

import re
import secrets
from pathlib import Path

from django.conf import settings

from accounts.models import Authenticator
from accounts.sealing import CannotUnseal, reseal
from accounts.tokens import CLOCK_SKEW, encode
from nethra.core.access import Access
from nethra.core.errors import InvalidInput
from nethra.core.querysets import unscoped

#: After so long no token that an older key made is still good.
WAIT_MINUTES = int((settings.ACCESS_TOKEN_SECONDS + CLOCK_SKEW.total_seconds()) // 60) + 4
LINE = re.compile(r"^PASETO_KEYS=.*$", re.MULTILINE)


def new_keys(*, drop_old: bool = False) -> tuple[bytes, ...]:
    """Return the keys to configure: a new one in front of the present ones, or the present first one alone."""
    if drop_old:
        return settings.PASETO_KEYS[:1]
    return (secrets.token_bytes(32), *settings.PASETO_KEYS)


def spelled(keys: tuple[bytes, ...]) -> str:
    """Return the keys as PASETO_KEYS spells them."""
    return ",".join(f"k4.local.{encode(key)}" for key in keys)


def write_keys(path: Path, keys: tuple[bytes, ...]) -> None:
    """Put the keys into an environment file, which keeps its mode and is never half-written."""
    try:
        text = path.read_text(encoding="utf-8")
        if len(LINE.findall(text)) != 1:
            raise InvalidInput(f"{path} has no single line PASETO_KEYS=…; nothing was changed.")
        fresh = path.with_name(f"{path.name}.new")
        fresh.touch(mode=0o600)
        fresh.write_text(LINE.sub(f"PASETO_KEYS={spelled(keys)}", text), encoding="utf-8")
        fresh.chmod(path.stat().st_mode & 0o777)
        fresh.replace(path)
    except OSError as problem:
        raise InvalidInput(f"{path} cannot be written: {problem.strerror}.") from problem


def reseal_secrets(access: Access) -> tuple[int, int]:
    """Seal an agency's secrets under the present SECRET_KEY; return how many, and how many cannot be read."""
    resealed = lost = 0
    with unscoped("all sealed secrets of an agency, for an operator"):
        for app in Authenticator.objects.filter(agency_id=access.agency_id).select_for_update():
            try:
                Authenticator.objects.filter(pk=app.pk).update(secret=reseal(bytes(app.secret)))
                resealed += 1
            except CannotUnseal:
                lost += 1
    return resealed, lost
