"""What the parser's process takes from itself before it sees a foreign byte: memory, time, files, the network."""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import resource
import stat
import struct
import sys
from pathlib import Path

MEMORY = 512 << 20
CPU_SECONDS = 2
#: ffprobe and ffmpeg each: far more than a probe or one frame takes.
PROGRAM_SECONDS = 1

_NO_NEW_PRIVILEGES, _SET_SECCOMP, _FILTER = 38, 22, 2
#: Machine -> its name in the kernel's audit, and the numbers of socket, ptrace and io_uring_setup.
_CALLS = {"x86_64": (0xC000003E, (41, 101, 425)), "aarch64": (0xC00000B7, (198, 117, 425))}
_LOAD, _EQUALS, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _REFUSE, _KILL = 0x7FFF0000, 0x00050001, 0x80000000
#: Calls of another calling convention of the same machine begin here.
_FOREIGN_CALLS = 0x40000000

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF, _ASK_VERSION, _BENEATH = 444, 445, 446, 1, 1
#: What is read beside the file: interpreter, libraries, fonts, and the parsers themselves.
_LIBRARIES = (
    "/usr",
    "/lib",
    "/lib64",
    "/etc/ld.so.cache",
    "/dev/urandom",
    "/dev/null",
    str(Path(__file__).parent),
)
_READ_FILE, _READ_FOLDER = 1 << 2, 1 << 3
#: Landlock's rights: write, remove and make files of every kind; from version 2 on link, from 3 on truncate.
_WRITING = (1 << 1) | (0x1FF << 4)
_LINKING, _TRUNCATING = 1 << 13, 1 << 14


def confine(memory: int = MEMORY, cpu_seconds: int = CPU_SECONDS) -> None:
    """Take away what a parser does not need, and bytes and seconds beyond these.

    What the kernel does not know is left out.
    """
    _limit(resource.RLIMIT_AS, memory)
    _limit(resource.RLIMIT_CPU, cpu_seconds)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_NOFILE, 64)
    kernel = ctypes.CDLL(None, use_errno=True)
    if kernel.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) == 0:
        _forbid_files(kernel)
        _forbid_network(kernel)


def limit_program() -> None:
    """Bound a program that the parser starts; it inherits the rest."""
    _limit(resource.RLIMIT_CPU, PROGRAM_SECONDS)


def _limit(kind: int, most: int) -> None:
    # The soft limit ends the process with a signal that says why; the hard one comes where it is not heeded.
    hard = most + 1 if kind == resource.RLIMIT_CPU else most
    resource.setrlimit(kind, (most, hard))


def _forbid_files(kernel: ctypes.CDLL) -> None:
    """No file is opened for writing, made or removed; none is read but standard input and what libraries need.

    SECURITY: whoever takes the parser over finds no other exhibit and no key; tests/core/parsing/test_limits.py.
    """
    version = kernel.syscall(_CREATE_RULESET, None, 0, _ASK_VERSION)
    if version < 1:
        return
    rights = _WRITING | (_LINKING if version >= 2 else 0) | (_TRUNCATING if version >= 3 else 0)
    handled = struct.pack("=Q", rights | _READ_FILE | _READ_FOLDER)
    ruleset = kernel.syscall(_CREATE_RULESET, handled, len(handled), 0)
    if ruleset < 0:
        return
    _allow_reading(kernel, ruleset, 0)
    for path in {*_LIBRARIES, sys.prefix, sys.base_prefix}:
        with contextlib.suppress(OSError):
            place = os.open(path, os.O_PATH | os.O_CLOEXEC)
            _allow_reading(kernel, ruleset, place)
            os.close(place)
    kernel.syscall(_RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)


def _allow_reading(kernel: ctypes.CDLL, ruleset: int, place: int) -> None:
    is_folder = stat.S_ISDIR(os.fstat(place).st_mode)
    rule = struct.pack("=Qi", _READ_FILE | (_READ_FOLDER if is_folder else 0), place)
    kernel.syscall(_ADD_RULE, ruleset, _BENEATH, rule, 0)


def _forbid_network(kernel: ctypes.CDLL) -> None:
    """No socket is made, no other process looked into."""
    known = _CALLS.get(platform.machine())
    if known is None:
        return
    name, refused = known
    steps = [(_LOAD, 0, 0, 4), (_EQUALS, 1, 0, name), (_RETURN, 0, 0, _KILL), (_LOAD, 0, 0, 0)]
    steps.append((_AT_LEAST, len(refused) + 1, 0, _FOREIGN_CALLS))
    steps += [(_EQUALS, len(refused) - index, 0, call) for index, call in enumerate(refused)]
    steps += [(_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _REFUSE)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in steps))
    program = struct.pack("@HP", len(steps), ctypes.addressof(code))
    kernel.prctl(_SET_SECCOMP, _FILTER, program, 0, 0)
