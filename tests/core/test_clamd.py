"""The client of clamd, against a real one and against daemons that misbehave."""

from __future__ import annotations

import io
import socket
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

import pytest
from django.core.exceptions import ImproperlyConfigured

from nethra import environment
from nethra.core.clamd import (
    AWAY,
    BROKE_OFF,
    ERRED,
    TOO_DEEP,
    TOO_LARGE,
    TOO_SLOW,
    Address,
    ScanFailed,
    scan,
)
from tests.browser.served import free_port
from tests.support.clamd import EICAR, MOST_MB, SIGNATURE, Clamd, clamd

MB = 1 << 20


@pytest.fixture(scope="module")
def daemon() -> Iterator[Clamd]:
    with clamd() as running:
        yield running


def refused(content: bytes, address: Address, seconds: float = 10) -> ScanFailed:
    with pytest.raises(ScanFailed) as caught:
        scan(io.BytesIO(content), address, seconds)
    return caught.value


@contextmanager
def misbehaving(answer: Callable[[socket.socket], object]) -> Iterator[Address]:
    """Yield the address of a daemon that names itself and then does as it likes."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            line, _ = server.accept()
            with line:
                line.recv(64)
                line.sendall(b"ClamAV 0\0")
            line, _ = server.accept()
            with line:
                answer(line)

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()
        thread.join()


def test_a_clean_file_and_an_infected_one(daemon: Clamd) -> None:
    clean = scan(io.BytesIO(b"a photo"), daemon.address, 10)
    infected = scan(io.BytesIO(EICAR), daemon.address, 10)

    assert clean.signature == ""
    # clamd says of every signature that is not its makers' own.
    assert infected.signature == f"{SIGNATURE}.UNOFFICIAL"
    assert clean.database == infected.database
    assert clean.database.startswith("ClamAV ")


def test_it_is_spoken_to_over_tcp_as_well() -> None:
    port = free_port()
    with clamd(TCPSocket=str(port), TCPAddr="127.0.0.1"):
        assert scan(io.BytesIO(EICAR), ("127.0.0.1", port), 10).signature
        # It hangs up before all is sent.
        assert refused(bytes(5 * MB), ("127.0.0.1", port)).sentence == TOO_LARGE


def test_a_file_over_the_length_of_a_stream_has_no_verdict(daemon: Clamd) -> None:
    assert scan(io.BytesIO(bytes(MOST_MB * MB)), daemon.address, 10).signature == ""

    for size in (MOST_MB * MB + 1, 50 * MB):
        problem = refused(bytes(size), daemon.address)
        assert (problem.sentence, problem.is_final) == (TOO_LARGE, True)


def test_a_file_of_which_it_looked_at_a_part_has_no_verdict() -> None:
    with clamd(StreamMaxLength="50M") as generous:
        problem = refused(bytes(5 * MB), generous.address)

    assert (problem.sentence, problem.is_final) == (TOO_DEEP, True)


def test_nor_where_the_daemon_has_no_name_for_that() -> None:
    with misbehaving(lambda line: line.sendall(b"stream: (null) FOUND\0")) as address:
        problem = refused(b"x", address)

    assert (problem.sentence, problem.is_final) == (TOO_DEEP, True)


def test_nobody_answers(tmp_path: Path) -> None:
    problem = refused(b"x", str(tmp_path / "none.sock"))

    assert (problem.sentence, problem.is_final) == (AWAY, False)
    assert refused(b"x", ("127.0.0.1", free_port())).sentence == AWAY


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (lambda line: None, BROKE_OFF),
        (lambda line: line.sendall(b"stream: Can't allocate memory ERROR\0"), ERRED),
        (lambda line: line.sendall(b"stream: nonsense\0"), ERRED),
    ],
    ids=["hangs up", "errs", "says nonsense"],
)
def test_what_is_no_verdict_is_none(answer: Callable[[socket.socket], object], sentence: str) -> None:
    with misbehaving(answer) as address:
        problem = refused(b"x", address)

    assert (problem.sentence, problem.is_final) == (sentence, False)


def test_one_that_hangs_is_given_up() -> None:
    until = threading.Event()
    with misbehaving(lambda line: until.wait(20)) as address:
        began = time.monotonic()
        problem = refused(b"x", address, seconds=0.5)
        took = time.monotonic() - began
        until.set()

    assert problem.sentence == TOO_SLOW
    assert took < 5


def test_one_that_takes_nothing_more_is_given_up() -> None:
    until = threading.Event()
    with misbehaving(lambda line: until.wait(20)) as address:
        problem = refused(bytes(64 * MB), address, seconds=0.5)
        until.set()

    assert problem.sentence == TOO_SLOW


def test_one_that_answers_a_letter_at_a_time_is_given_up() -> None:
    def drip(line: socket.socket) -> None:
        try:
            while True:
                line.sendall(b"s")
                time.sleep(0.1)
        except OSError:
            return

    with misbehaving(drip) as address:
        assert refused(b"x", address, seconds=0.5).sentence == TOO_SLOW


def test_the_name_that_it_gives_is_bounded_and_plain() -> None:
    said = b"stream: " + b"a\x1b[2J" + b"b" * 9000 + b" FOUND\0"
    with misbehaving(lambda line: line.sendall(said)) as address, pytest.raises(ScanFailed):
        scan(io.BytesIO(b"x"), address, 10)
    with misbehaving(lambda line: line.sendall(b"stream: a\x1b[2Jb FOUND\0")) as address:
        assert scan(io.BytesIO(b"x"), address, 10).signature == "a[2Jb"


def test_a_large_file_takes_no_memory() -> None:
    class Endless:
        """A file of zeros that nobody holds."""

        left = 200 * MB

        def read(self, size: int) -> bytes:
            piece = bytes(min(size, self.left))
            self.left -= len(piece)
            return piece

    with clamd(StreamMaxLength="300M", MaxFileSize="300M", MaxScanSize="300M") as generous:
        tracemalloc.start()
        try:
            scan(cast("IO[bytes]", Endless()), generous.address, 60)
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()

    assert most < 4 * MB


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("", None),
        ("unix:/run/clamav/clamd.ctl", "/run/clamav/clamd.ctl"),
        ("unix:///run/clamav/clamd.ctl", "/run/clamav/clamd.ctl"),
        ("tcp://127.0.0.1:3310", ("127.0.0.1", 3310)),
        ("tcp://[::1]:3310", ("::1", 3310)),
        ("tcp://clamav:3310", ("clamav", 3310)),
    ],
)
def test_where_it_is_said_to_be(monkeypatch: pytest.MonkeyPatch, value: str, address: Address | None) -> None:
    monkeypatch.setenv("CLAMD", value)

    assert environment.socket_address("CLAMD") == address


@pytest.mark.parametrize(
    "value", ["clamav:3310", "unix:", "unix:clamd", "tcp://clamav", "tcp://a:99999", "/run/clamd"]
)
def test_where_nobody_can_be(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("CLAMD", value)

    with pytest.raises(
        ImproperlyConfigured, match="CLAMD must be unix: and a socket's path, or tcp://host:port"
    ):
        environment.socket_address("CLAMD")
