"""The parser's process: looks into the file on standard input and says what it found. Started by ``looking``.

Its arguments are the kinds of file that it may look into.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import BinaryIO

if __name__ == "__main__":
    # An isolated interpreter knows no folder of ours.
    sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from nethra.core.parsing import answer
from nethra.core.parsing.kinds import HEAD, ParsedKind, kind_of
from nethra.core.parsing.limits import confine

DAMAGED = "It cannot be read: it is damaged, or not what it seems."
NOT_LOOKED_INTO = "This kind of file is not looked into."
PARSERS = {
    ParsedKind.PICTURE: "pictures",
    ParsedKind.PDF: "pdfs",
    ParsedKind.ARCHIVE: "archives",
    ParsedKind.MEDIA: "media",
    ParsedKind.TEXT: "texts",
}


def parse(source: BinaryIO, allowed: list[str]) -> None:
    """Say what the file is and shows; never raise for what it holds."""
    kind = kind_of(source.read(HEAD))
    answer.say(answer.KIND, kind.encode())
    if kind not in PARSERS or kind not in allowed:
        answer.say_note(NOT_LOOKED_INTO)
    else:
        _attempt("polyglots", source, kind)
        _attempt(PARSERS[kind], source, kind)
    answer.say(answer.END, b"")


def _attempt(parser: str, source: BinaryIO, kind: ParsedKind) -> None:
    module = import_module(f"nethra.core.parsing.{parser}")
    source.seek(0)
    try:
        module.look(source, kind)
    except answer.CannotRead as problem:
        answer.say_note(str(problem))
    except Exception:  # noqa: BLE001 - the outermost loop of this process: libraries raise anything at all
        answer.say_note(DAMAGED)


def main() -> int:
    """Look into standard input."""
    confine()
    parse(sys.stdin.buffer, sys.argv[1:])
    return 0


if __name__ == "__main__":
    sys.exit(main())
