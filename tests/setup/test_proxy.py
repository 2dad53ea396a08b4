"""Nginx in front, as script/proxy configures it: slow clients wait outside, and nobody says where they come from."""

from __future__ import annotations

import os
import shutil
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.browser.served import Served, end_process, free_port, serve, start_process
from tests.support.database import ROOT

TEMPLATE = ROOT / "script" / "proxy" / "nethra.conf.template"
#: More than the web server has threads.
CLIENTS = 60


@dataclass(frozen=True)
class Proxied:
    """A served demonstration, and the ports of the proxy in front of it."""

    house: Served
    http: int
    https: int
    trust: ssl.SSLContext
    folder: Path

    def open(self) -> ssl.SSLSocket:
        """Return a connection over TLS."""
        plain = socket.create_connection(("127.0.0.1", self.https), timeout=60)
        return self.trust.wrap_socket(plain, server_hostname="localhost")

    def get(self, path: str, **headers: str) -> int:
        """Return the status of a request that somebody else makes, in ten seconds at most."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(f"https://localhost:{self.https}{path}", headers=named)
        try:
            with urllib.request.urlopen(request, timeout=10, context=self.trust) as answer:  # noqa: S310
                return int(answer.status)
        except urllib.error.HTTPError as refused:
            return refused.code


def program() -> str:
    own = ROOT / ".local" / "nginx" / "usr" / "sbin" / "nginx"
    found = shutil.which("nginx") or (str(own) if own.exists() else "")
    if not found:
        pytest.skip("nginx is not here; script/setup --dev fetches it.")
    return found


def write_certificate(folder: Path) -> None:
    """Write a certificate for localhost that signs itself."""
    folder.mkdir()
    key, name = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")]),
    )
    now = datetime.now(UTC)
    alternatives = x509.SubjectAlternativeName(
        [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
    )
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(alternatives, critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


def write_configuration(folder: Path, upstream: str, http: int, https: int) -> Path:
    """Fill the template as the image of nginx does, below what the image's own nginx.conf says."""
    text = TEMPLATE.read_text()
    values = {
        "NETHRA_UPSTREAM": upstream,
        "NETHRA_HTTPS": f"127.0.0.1:{https} ssl",
        "NETHRA_HTTP": f"127.0.0.1:{http}",
    }
    for name, value in values.items():
        text = text.replace(f"${{{name}}}", value)
    (folder / "nethra.conf").write_text(text)
    kept = "".join(
        f"{kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    main = folder / "nginx.conf"
    main.write_text(
        f"daemon off;\npid {folder}/pid;\nerror_log {folder}/error.log;\n"
        f"events {{ worker_connections 1024; }}\n"
        f"http {{ access_log {folder}/access.log;\n{kept}include {folder}/nethra.conf; }}\n"
    )
    return main


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxied]:
    """A demonstration that is served over HTTPS only, and nginx in front of it."""
    nginx, folder = program(), tmp_path_factory.mktemp("proxy")
    http, https = free_port(), free_port()
    write_certificate(folder / "tls")
    with serve(
        folder / "house", f"nethra_proxied_{os.getpid()}", HTTPS="true", TRUSTED_PROXIES="127.0.0.1"
    ) as house:
        conf = write_configuration(folder, house.url.removeprefix("http://"), http, https)
        command = [nginx, "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(conf)]
        checked = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
        assert checked.returncode == 0, checked.stderr
        running = start_process(command, os.environ, folder / "nginx.log")
        trust = ssl.create_default_context(cafile=str(folder / "tls" / "certificate.pem"))
        found = Proxied(house, http, https, trust, folder)
        until = time.monotonic() + 20
        while time.monotonic() < until:
            try:
                found.open().close()
                break
            except OSError:
                time.sleep(0.1)
        yield found
        end_process(running)


def test_what_comes_in_clear_is_sent_to_https(proxied: Proxied) -> None:
    with socket.create_connection(("127.0.0.1", proxied.http), timeout=10) as plain:
        plain.sendall(b"GET /console/?q=1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        answer = plain.recv(4096).decode()

    assert answer.startswith("HTTP/1.1 308")
    assert "Location: https://localhost/console/?q=1" in answer


@pytest.mark.parametrize("path", [b"/api/v1/auth/me", b"/auth/me", b"/users"])
def test_programs_that_come_in_clear_are_refused(proxied: Proxied, path: bytes) -> None:
    asked = b"GET " + path + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", proxied.http), timeout=10) as plain:
        plain.sendall(asked)
        answer = plain.recv(4096).decode()

    assert answer.startswith("HTTP/1.1 403")
    assert "Location" not in answer


def test_pages_are_served_over_tls_with_their_headers(proxied: Proxied) -> None:
    request = urllib.request.Request(f"https://localhost:{proxied.https}/console/login/")
    with urllib.request.urlopen(request, timeout=10, context=proxied.trust) as answer:  # noqa: S310
        headers = answer.headers

    assert "max-age=31536000" in headers["Strict-Transport-Security"]
    cookies = headers.get_all("Set-Cookie", [])
    assert cookies
    assert all(cookie.startswith("__Host-") and "Secure" in cookie for cookie in cookies)
    assert headers["X-Request-ID"]


def answered(connection: socket.socket, request: bytes) -> bytes:
    """Return all that comes back until the other side closes the connection."""
    connection.sendall(request)
    connection.settimeout(10)
    found = b""
    while piece := connection.recv(65536):
        found += piece
    return found


@pytest.mark.parametrize(
    "borders",
    [
        b"Content-Length: 5\r\nTransfer-Encoding: chunked",
        b"Transfer-Encoding: chunked\r\nContent-Length: 60",
        b"Content-Length: 5\r\nContent-Length: 60",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
        b"Transfer-Encoding: xchunked",
        b"Content-Length: +5",
        b"Content-Length: 5 5",
    ],
)
@pytest.mark.parametrize("door", ["proxy", "server"])
def test_a_body_whose_end_is_doubtful_is_refused_with_what_follows(
    proxied: Proxied, door: str, borders: bytes
) -> None:
    host, port = proxied.house.url.removeprefix("http://").split(":")
    request = b"POST /console/login/ HTTP/1.1\r\nHost: localhost\r\n" + borders + b"\r\n\r\n0\r\n\r\n"
    smuggled = b"GET /console/smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with (
        proxied.open() if door == "proxy" else socket.create_connection((host, int(port)), timeout=10)
    ) as connection:
        answer = answered(connection, request + smuggled)

    assert answer.count(b"HTTP/1.1 ") == 1, answer
    assert answer[9:12] in (b"400", b"501"), answer


def test_tls_is_new_enough(proxied: Proxied) -> None:
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    # Debian's OpenSSL offers nothing before 1.2 unless it is told that security does not matter.
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.minimum_version = ssl.TLSVersion.TLSv1
    old.maximum_version = ssl.TLSVersion.TLSv1_1
    with (
        socket.create_connection(("127.0.0.1", proxied.https), timeout=10) as plain,
        pytest.raises(ssl.SSLError),
    ):
        old.wrap_socket(plain)
    with proxied.open() as connection:
        assert connection.version() == "TLSv1.3"


@pytest.mark.parametrize(
    "begun",
    [
        b"GET /console/login/ HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
        b"POST /api/v1/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Content-Length: 1000\r\n\r\n{",
    ],
    ids=["headers", "body"],
)
def test_slow_clients_keep_nobody_waiting_and_are_let_go_of(proxied: Proxied, begun: bytes) -> None:
    with ExitStack() as stack:
        slow = [stack.enter_context(proxied.open()) for _ in range(CLIENTS)]
        for connection in slow:
            connection.sendall(begun)
        # One byte each, as such clients do, between the requests of others.
        for _ in range(5):
            for connection in slow:
                connection.sendall(b" ")
            assert proxied.get("/console/login/") == 200
        for connection in slow:
            # nginx ends it: with 408, or without a word.
            assert connection.recv(64)[:12] in (b"", b"HTTP/1.1 408")


def test_slow_readers_keep_nobody_waiting(proxied: Proxied) -> None:
    # A megabyte each, more than any buffer between.
    asked = b"GET /static/vendor/ol/ol.js HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with ExitStack() as stack:
        slow = [stack.enter_context(proxied.open()) for _ in range(CLIENTS)]
        for connection in slow:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.sendall(asked)
            assert connection.recv(15) == b"HTTP/1.1 200 OK"
        assert [proxied.get("/console/login/") for _ in range(5)] == [200] * 5


def test_one_address_opens_a_hundred_connections_at_once_and_no_more(proxied: Proxied) -> None:
    with ExitStack() as stack:
        many = [stack.enter_context(proxied.open()) for _ in range(110)]
        for connection in many[:100]:
            connection.sendall(
                b"POST /console/login/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n"
            )
        time.sleep(1)
        many[-1].sendall(b"GET /console/login/ HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert many[-1].recv(64).startswith(b"HTTP/1.1 429")


def test_no_line_holds_what_was_searched_for(proxied: Proxied) -> None:
    assert proxied.get("/console/login/?next=/console/search/%3Fs=Jane-Witness") == 200
    logged = [path.read_text() for path in proxied.folder.glob("*.log")]

    assert logged
    assert "Jane" not in "".join(logged)


def test_a_host_that_is_not_ours_is_refused(proxied: Proxied) -> None:
    assert proxied.get("/console/login/", Host="evil.example") == 400
    assert proxied.get("/console/login/", Host="localhost", X_Forwarded_Host="evil.example") == 200


def test_without_the_proxy_eight_slow_clients_would_stop_the_server(proxied: Proxied) -> None:
    """Why there is one: shown on the port behind it, which nobody else may reach."""
    host, port = proxied.house.url.removeprefix("http://").split(":")
    with ExitStack() as stack:
        for _ in range(CLIENTS):
            connection = stack.enter_context(socket.create_connection((host, int(port)), timeout=60))
            connection.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
        with pytest.raises((TimeoutError, urllib.error.URLError)):
            urllib.request.urlopen(f"{proxied.house.url}/health", timeout=3)  # noqa: S310
    assert proxied.get("/console/login/") == 200
