"""Typed reading of the environment: a wrong or missing value stops the start with one sentence."""

from __future__ import annotations

import base64
import binascii
import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

Network = IPv4Network | IPv6Network
env = environ.Env()
ENVIRONMENTS = ("development", "test", "production")


def required_text(name: str) -> str:
    """Return the variable's text, or that of the file named by NAME_FILE (for mounted secrets)."""
    file_name: str = env.str(f"{name}_FILE", default="")
    if file_name:
        try:
            return Path(file_name).read_text(encoding="utf-8").strip()
        except OSError as problem:
            raise ImproperlyConfigured(f"{name}_FILE cannot be read: {problem.strerror}.") from problem
    value: str = env.str(name, default="")
    if not value:
        raise ImproperlyConfigured(f"{name} is missing from the environment.")
    return value


def choice(name: str, allowed: tuple[str, ...], default: str) -> str:
    """Return the variable's value, which must be one of the allowed words."""
    value: str = env.str(name, default=default)
    if value not in allowed:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(allowed)}, not '{value}'.")
    return value


def flag(name: str, *, default: bool) -> bool:
    """Return a yes/no variable; anything but true or false is refused, since a typo must not turn it off."""
    return choice(name, ("true", "false"), "true" if default else "false") == "true"


def number(name: str, *, default: int, least: int, most: int) -> int:
    """Return a whole number within its bounds."""
    text: str = env.str(name, default=str(default))
    if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
        raise ImproperlyConfigured(f"{name} must be a whole number from {least} to {most}, not '{text}'.")
    return int(text)


def words(name: str) -> list[str]:
    """Return a comma-separated list without empty entries."""
    return [word.strip() for word in env.str(name, default="").split(",") if word.strip()]


def origins(name: str) -> list[str]:
    """Return a comma-separated list of origins such as https://map.example.org: https, or this machine."""
    found = words(name)
    for origin in found:
        parts = urlsplit(origin)
        is_safe = parts.scheme == "https" or parts.hostname in ("localhost", "127.0.0.1")
        if not is_safe or not parts.hostname or origin != f"{parts.scheme}://{parts.netloc}" or "*" in origin:
            raise ImproperlyConfigured(
                f"{name} must list origins such as https://map.example.org, not '{origin}'."
            )
    return found


def database(name: str) -> dict[str, Any]:
    """Return Django's database settings for a postgis:// or postgresql:// URL."""
    url = required_text(name)
    if not url.startswith(("postgis://", "postgresql://", "postgres://")):
        raise ImproperlyConfigured(
            f"{name} must be a postgis:// URL: Nethra runs on PostgreSQL with PostGIS only."
        )
    settings: dict[str, Any] = env.db_url_config(url, engine="nethra.core.postgis")
    if not settings.get("NAME") or not settings.get("USER"):
        raise ImproperlyConfigured(f"{name} must name a user and a database.")
    return settings


def own_address(hosts: list[str]) -> str:
    """Return where people reach Nethra, from the first host it serves."""
    host = next((host.removeprefix(".") for host in hosts if host != "*"), "localhost")
    if flag("HTTPS", default=env.str("ENVIRONMENT", default="development") == "production"):
        return f"https://{host}"
    return f"http://{host}:{number('WEB_PORT', default=8000, least=1, most=65535)}"


def mail(name: str) -> dict[str, Any]:
    """Return Django's mail settings for a URL such as smtp+tls://user:password@host:587; the default prints."""
    url = (
        required_text(name)
        if env.str(name, default="") or env.str(f"{name}_FILE", default="")
        else "consolemail://"
    )
    try:
        found: dict[str, Any] = env.email_url_config(url)
    except (KeyError, ValueError, ImproperlyConfigured) as problem:
        raise ImproperlyConfigured(
            f"{name} must be a URL such as smtp+tls://user:password@host:587 or consolemail://."
        ) from problem
    found = {key: "" if value is None and key != "EMAIL_PORT" else value for key, value in found.items()}
    nothing = {"EMAIL_USE_TLS": False, "EMAIL_USE_SSL": False}
    # A file backend's path is the URL's own, below the root of the file system.
    path = urlsplit(url).path
    return {**nothing, **found, "EMAIL_FILE_PATH": path}


def bucket(name: str) -> dict[str, Any] | None:
    """Return the storage of a bucket for a URL such as s3://KEY:SECRET@s3.example.org/bucket; None without one.

    s3 is over TLS; s3+http, without, is for a server on this machine.
    """
    if not env.str(name, default="") and not env.str(f"{name}_FILE", default=""):
        return None
    url = urlsplit(required_text(name))
    is_safe = url.scheme == "s3" or (url.scheme == "s3+http" and url.hostname in ("localhost", "127.0.0.1"))
    bucket_name = url.path.strip("/")
    if not is_safe or not all((url.hostname, url.username, url.password, bucket_name)) or "/" in bucket_name:
        raise ImproperlyConfigured(f"{name} must be a URL such as s3://KEY:SECRET@s3.example.org/bucket.")
    scheme, address = "https" if url.scheme == "s3" else "http", url.netloc.rpartition("@")[2]
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": bucket_name,
            "endpoint_url": f"{scheme}://{address}",
            "access_key": unquote(str(url.username)),
            "secret_key": unquote(str(url.password)),
            "region_name": dict(parse_qsl(url.query)).get("region", "us-east-1"),
            "client_config": _client_config(),
        },
    }


def _client_config() -> Any:
    # Half a second of imports, for those who have a bucket.
    from botocore.config import Config

    return Config(
        signature_version="s3v4",
        s3={"addressing_style": "path"},
        connect_timeout=5,
        read_timeout=60,
        retries={"mode": "standard", "total_max_attempts": 3},
        # Sums that older servers do not know; what was sent is read back.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )


def paseto_keys(name: str) -> tuple[bytes, ...]:
    """Return the 32-byte keys of a comma-separated k4.local list; the first one signs."""
    keys = []
    for text in required_text(name).split(","):
        prefix, _, encoded = text.strip().rpartition(".")
        try:
            key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            key = b""
        if prefix != "k4.local" or len(key) != 32:
            raise ImproperlyConfigured(f"{name} must be a comma-separated list of k4.local keys of 32 bytes.")
        keys.append(key)
    return tuple(keys)


def networks(name: str) -> list[Network]:
    """Return a comma-separated list of addresses and networks such as 10.0.0.5 or 172.18.0.0/16."""
    try:
        return [ip_network(word) for word in words(name)]
    except ValueError as problem:
        raise ImproperlyConfigured(f"{name}: {problem}.") from problem


def socket_address(name: str) -> str | tuple[str, int] | None:
    """Return a socket's path for unix:/run/a.sock, host and port for tcp://host:port, None where nothing is said."""
    value: str = env.str(name, default="")
    if not value:
        return None
    try:
        parts = urlsplit(value)
        if parts.scheme == "unix" and parts.path.startswith("/"):
            return parts.path
        if parts.scheme == "tcp" and parts.hostname and parts.port and not parts.path.strip("/"):
            return parts.hostname, parts.port
    except ValueError:
        # A port that is none.
        pass
    raise ImproperlyConfigured(
        f"{name} must be unix: and a socket's path, or tcp://host:port, not '{value}'."
    )


#: WMTS's names of what XYZ calls otherwise; in its usual matrix set rows are counted from the north as well.
_WMTS = {"{TileMatrix}": "{z}", "{TileRow}": "{y}", "{TileCol}": "{x}"}


def tile_address(name: str) -> str:
    """Return an address of map tiles with {z}, {x} and {y}, '' where nothing is said; WMTS's names are taken too."""
    value: str = env.str(name, default="")
    address = value
    for theirs, ours in _WMTS.items():
        address = re.sub(re.escape(theirs), ours, address, flags=re.IGNORECASE)
    places = set(re.findall(r"\{([^}]*)\}", address))
    if address and places not in ({"z", "x", "y"}, {"z", "x", "-y"}):
        raise ImproperlyConfigured(
            f"{name} must hold {{z}}, {{x}} and {{y}}, or {{TileMatrix}}, {{TileCol}} and {{TileRow}}, and no other "
            f"name in braces, not '{value}'."
        )
    return address


def tile_file(name: str, *, instead_of: str) -> str:
    """Return the path of a file of map tiles, '' where nothing is said."""
    value: str = env.str(name, default="")
    if not value:
        return ""
    if instead_of:
        raise ImproperlyConfigured(f"Set {name} or BASEMAP_URL, not both.")
    begins = {".mbtiles": b"SQLite format 3\0", ".pmtiles": b"PMTiles\3"}.get(Path(value).suffix)
    if begins is None or not Path(value).is_file():
        raise ImproperlyConfigured(f"{name} must be a file that ends in .mbtiles or .pmtiles, not '{value}'.")
    with Path(value).open("rb") as file:
        if not file.read(len(begins)).startswith(begins):
            raise ImproperlyConfigured(f"{name} is not what its ending says: '{value}'.")
    return value
