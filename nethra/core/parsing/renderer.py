"""The renderer's process: shows the file on standard input, copies it, or looks what remains in a copy.

Started by ``rendering``. Its argument is the order, as JSON. It has the walls of the parser and more room.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, BinaryIO

if __name__ == "__main__":
    # An isolated interpreter knows no folder of ours.
    sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from nethra.core.parsing import answer
from nethra.core.parsing.kinds import HEAD, ParsedKind, kind_of
from nethra.core.parsing.limits import confine
from nethra.core.parsing.regions import Box, Range

MEMORY = 1 << 30
CPU_SECONDS = 120
DAMAGED = "It cannot be read: it is damaged, or not what it seems."
NOT_COPIED = "Of this kind of file no redacted copy can be made."
#: A box would leave every word of a text where it is.
WRONG_REGIONS = "Boxes are taken out of pictures and PDFs, ranges out of texts and documents."
OF_PIXELS = (ParsedKind.PICTURE, ParsedKind.PDF)
OF_WORDS = (ParsedKind.TEXT, ParsedKind.ARCHIVE)


def show(source: BinaryIO, kind: ParsedKind, order: dict[str, Any]) -> None:
    """Say the pages and one of them as a JPEG, or the text."""
    from nethra.core.parsing import drawing, wording

    if kind in OF_WORDS:
        answer.say(answer.TEXT, wording.text_shown(source, kind).encode())
        return
    page = drawing.page_of(source, kind, order["page"])
    pages = drawing.pages_of(source, kind)
    answer.say_facts({"pages": pages, "width": page.width, "height": page.height})
    answer.say(answer.RESULT, drawing.jpeg(page))


def redact(source: BinaryIO, kind: ParsedKind, order: dict[str, Any]) -> None:
    """Say a copy without the regions."""
    from nethra.core.parsing import drawing, wording

    boxes, ranges = regions(order)
    if boxes if kind in OF_WORDS else ranges:
        raise answer.CannotRead(WRONG_REGIONS)
    if kind in OF_WORDS:
        answer.say(answer.RESULT, wording.redact(source, kind, ranges, order["given_to"]))
    else:
        answer.say(answer.RESULT, drawing.redact(source, kind, boxes, order["given_to"]))


def check(source: BinaryIO, kind: ParsedKind, order: dict[str, Any]) -> None:
    """Say what remains in a copy."""
    from nethra.core.parsing.remains import remains_in

    found = remains_in(source, kind, *regions(order))
    answer.say(answer.RESULT, json.dumps(sorted(found)).encode())


def regions(order: dict[str, Any]) -> tuple[list[Box], list[Range]]:
    """Return what an order names."""
    return [Box(*box) for box in order["boxes"]], [Range(*one) for one in order["ranges"]]


ORDERS = {"show": show, "redact": redact, "check": check}


def follow(source: BinaryIO, order: dict[str, Any]) -> None:
    """Do what is ordered; never raise for what the file holds."""
    kind = kind_of(source.read(HEAD))
    answer.say(answer.KIND, kind.encode())
    try:
        if kind not in (*OF_PIXELS, *OF_WORDS):
            raise answer.CannotRead(NOT_COPIED)
        ORDERS[order["do"]](source, kind, order)
        answer.say(answer.END, b"")
    except answer.CannotRead as problem:
        answer.say(answer.REFUSAL, str(problem).encode())
    except Exception:  # noqa: BLE001 - the outermost loop of this process: libraries raise anything at all
        answer.say(answer.REFUSAL, DAMAGED.encode())


def main() -> int:
    """Follow the order."""
    confine(MEMORY, CPU_SECONDS)
    follow(sys.stdin.buffer, json.loads(sys.argv[1]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
