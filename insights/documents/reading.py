"""The order in which letters stand on paper: names from right to left, and Arabic letters as they join."""

from __future__ import annotations

import unicodedata
from functools import cache

RIGHT_TO_LEFT = frozenset({"R", "AL"})
NUMBERS = frozenset({"EN", "AN"})
WITHIN_NUMBERS = frozenset({"ES", "CS", "ET"})
#: Invisible signs that only steer direction or joining; the order is settled here.
STEERING = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
MIRRORED = str.maketrans("()[]{}<>«»", ")(][}{><»«")
OPENING, CLOSING = "([{<«", ")]}>»"
LAM, ALEFS = "\u0644", "\u0622\u0623\u0625\u0627"


def cleaned(text: str) -> str:
    """Return the text in one line, composed, without signs that print nothing."""
    kept = "".join(" " if sign.isspace() else sign for sign in unicodedata.normalize("NFC", text))
    return " ".join("".join(sign for sign in kept if unicodedata.category(sign) not in STEERING).split())


def as_written(text: str) -> str:
    """Return the signs of one line from left to right as they stand on paper, the line itself being from the left.

    The bidirectional algorithm of Unicode (annex 9) with its first two levels, which is all that names, numbers and
    brackets in a sentence need.
    """
    if not any(unicodedata.bidirectional(sign) in RIGHT_TO_LEFT for sign in text):
        return text
    clusters = _clusters(_joined(text))
    levels = _levels([cluster[0] for cluster in clusters])
    shown = [
        cluster.translate(MIRRORED) if level == 1 else cluster
        for cluster, level in zip(clusters, levels, strict=True)
    ]
    for at_least in (2, 1):
        shown, levels = _turned(shown, levels, at_least)
    return "".join(shown)


def _clusters(text: str) -> list[str]:
    """Return each sign with the marks upon it, which stay behind it when the order turns."""
    found: list[str] = []
    for sign in text:
        if found and unicodedata.combining(sign):
            found[-1] += sign
        else:
            found.append(sign)
    return found


def _levels(signs: list[str]) -> list[int]:
    """Return 0 for what runs from the left, 1 from the right, 2 for numbers among the latter."""
    levels: list[int | None] = []
    strong = 0
    for sign in signs:
        kind = unicodedata.bidirectional(sign)
        if kind == "L" or kind in RIGHT_TO_LEFT:
            strong = int(kind != "L")
            levels.append(strong)
        else:
            levels.append(2 * strong if kind in NUMBERS else None)
    _bracket(levels, signs)
    return _neutrals(levels, signs)


def _bracket(levels: list[int | None], signs: list[str]) -> None:
    """Let a pair of brackets run from the right with what is in it, where what is before it does too."""
    opened: list[int] = []
    for place, sign in enumerate(signs):
        if sign in OPENING:
            opened.append(place)
        elif sign in CLOSING and opened:
            start = opened.pop()
            before = next((one for one in reversed(levels[:start]) if one is not None), 0)
            within = set(levels[start + 1 : place]) - {None}
            if before and within and 0 not in within:
                levels[start] = levels[place] = 1


def _neutrals(levels: list[int | None], signs: list[str]) -> list[int]:
    settled: list[int] = []
    for place, level in enumerate(levels):
        if level is not None:
            settled.append(level)
            continue
        before = settled[-1] if settled else 0
        after = next((one for one in levels[place:] if one is not None), 0)
        if before == after == 2 and unicodedata.bidirectional(signs[place]) in WITHIN_NUMBERS:
            settled.append(2)
        else:
            settled.append(1 if before and after else 0)
    return settled


def _turned(clusters: list[str], levels: list[int], at_least: int) -> tuple[list[str], list[int]]:
    """Return both with every stretch of these levels in reverse."""
    turned: list[int] = []
    stretch: list[int] = []
    for place, level in enumerate(levels):
        if level >= at_least:
            stretch.append(place)
            continue
        turned += [*reversed(stretch), place]
        stretch = []
    turned += reversed(stretch)
    return [clusters[place] for place in turned], [levels[place] for place in turned]


@cache
def _forms() -> dict[tuple[str, str], str]:
    """Return the shape of each Arabic letter or pair by its place: isolated, initial, medial or final."""
    found: dict[tuple[str, str], str] = {}
    for number in range(0xFB50, 0xFEFD):
        shape, _, letters = unicodedata.decomposition(chr(number)).partition(" ")
        signs = "".join(chr(int(code, 16)) for code in letters.split())
        if shape.startswith("<") and (len(signs) == 1 or (signs[0] == LAM and signs[1:] in ALEFS)):
            found.setdefault((signs, shape.strip("<>")), chr(number))
    return found


def _joined(text: str) -> str:
    """Return the text with Arabic letters in the shapes that they take beside each other."""
    forms, clusters = _forms(), _ligated(_clusters(text))
    written = []
    for place, cluster in enumerate(clusters):
        letter, marks = _letter(cluster)
        joins_before = place > 0 and _joins_on(clusters[place - 1]) and (letter, "final") in forms
        joins_after = _joins_on(cluster) and _is_joined_to(clusters, place + 1)
        shape = (
            ("medial" if joins_after else "final")
            if joins_before
            else "initial"
            if joins_after
            else "isolated"
        )
        written.append(forms.get((letter, shape), letter) + marks)
    return "".join(written)


def _letter(cluster: str) -> tuple[str, str]:
    """Return a letter, or the pair of lam and alef, and the marks upon it."""
    letter = "".join(sign for sign in cluster if not unicodedata.combining(sign))
    return letter, "".join(sign for sign in cluster if unicodedata.combining(sign))


def _ligated(clusters: list[str]) -> list[str]:
    found: list[str] = []
    for cluster in clusters:
        if found and found[-1][0] == LAM and len(_letter(found[-1])[0]) == 1 and cluster[0] in ALEFS:
            found[-1] += cluster
        else:
            found.append(cluster)
    return found


def _joins_on(cluster: str) -> bool:
    """Return whether a letter reaches to the one after it."""
    return (_letter(cluster)[0], "initial") in _forms() or cluster[0] == "\u0640"


def _is_joined_to(clusters: list[str], place: int) -> bool:
    return place < len(clusters) and (
        (_letter(clusters[place])[0], "final") in _forms() or clusters[place][0] == "\u0640"
    )
