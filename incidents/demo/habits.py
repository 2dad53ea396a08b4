"""How the offences of the made-up city were done: tables of what is common and rare, and the drawing of it."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

Habits = Mapping[str, str]

#: Each value is three quarters as common as the one before it.
FALL = 0.75
#: How often an offender keeps to a habit.
KEPT = 0.9

_VEHICLES = ("car", "hatchback", "pick-up truck", "estate car", "hire car", "van")
#: Offence -> field -> values, the commonest first. The last ones are those of the planted series too.
HABITS: dict[str, dict[str, tuple[str, ...]]] = {
    "220": {
        "premises": ("house", "flat", "shop", "garage", "office", "school", "warehouse"),
        "entry point": (
            "front door",
            "rear window",
            "back door",
            "side door",
            "patio door",
            "garage door",
            "basement window",
            "skylight",
            "upper window",
        ),
        "entry method": ("forced", "broken", "levered", "left unlocked", "drilled", "cut out", "climbed to"),
        "tool": ("none", "screwdriver", "crowbar", "brick", "drill", "glass cutter", "ladder"),
        "property": (
            "electronics",
            "cash",
            "bicycles",
            "tools",
            "clothes",
            "spirits",
            "passports",
            "jewellery",
        ),
    },
    "23F": {
        "premises": ("street", "driveway", "car park", "station forecourt", "works yard"),
        "target": _VEHICLES,
        "entry point": (
            "front passenger window",
            "door",
            "rear window",
            "quarter light",
            "boot",
            "tailgate",
            "side door",
        ),
        "entry method": ("broken", "left unlocked", "levered", "opened with a wire", "drilled", "bent open"),
        "tool": ("none", "spring punch", "stone", "screwdriver", "wire", "crowbar"),
        "property": ("bag", "laptop", "phone", "sunglasses", "rucksack", "child seat", "power tools"),
    },
    "240": {
        "premises": ("street", "driveway", "car park", "works yard", "fuel station"),
        "target": _VEHICLES,
        "entry method": (
            "keys left inside",
            "window broken",
            "ignition forced",
            "key relayed",
            "towed away",
            "keys from a coat",
        ),
        "tool": ("none", "screwdriver", "spring punch", "relay box", "tow truck"),
    },
    "120": {
        "premises": ("street", "bus stop", "car park", "shop", "park", "underpass"),
        "approach": (
            "from behind",
            "blocking the way",
            "asking for the time",
            "begging",
            "from a doorway",
            "riding up to the kerb",
        ),
        "weapon": ("knife", "bottle", "metal bar", "threats alone", "pistol", "hammer"),
        "vehicle": ("none", "bicycle", "scooter", "car", "moped"),
        "property": ("cash", "wallet", "bag", "watch", "bicycle", "phone"),
    },
}
#: Fields that an attempt does not have.
_OF_COMPLETED = frozenset({"property"})
#: Slot of a narrative -> what it says of these habits.
_SLOTS = {
    "220": {"entry": "{entry point} {entry method}", "loot": "{property}"},
    "23F": {"car": "a parked {target}", "pane": "{entry point} {entry method}", "bag": "{property}"},
    "240": {"car": "a parked {target}"},
    "120": {"arm": "{weapon}", "item": "{property}"},
}
_UNCOUNTED = frozenset(
    {
        *("electronics", "cash", "bicycles", "tools", "clothes", "spirits", "passports", "jewellery"),
        *("sunglasses", "power tools", "threats alone"),
    }
)
_COUNTED_SLOTS = frozenset({"loot", "bag", "arm", "item"})


def draw_habits(offence: str, chance: Random) -> dict[str, str]:
    """Return a modus operandi of an offence, field by field as common as its values; empty where none is kept."""
    return {
        field: chance.choices(values, weights=[FALL**rank for rank in range(len(values))])[0]
        for field, values in HABITS.get(offence, {}).items()
    }


def kept_habits(offence: str, own: Habits, chance: Random) -> dict[str, str]:
    """Return how an offender did it this time: each of the own habits kept nine times of ten."""
    usual = draw_habits(offence, chance)
    return {field: own[field] if field in own and chance.random() < KEPT else usual[field] for field in usual}


def without_what_failed(habits: Habits, is_attempted: bool) -> dict[str, str]:
    """Return what there is to tell of an attempt or of a completed offence."""
    return {field: value for field, value in habits.items() if not (is_attempted and field in _OF_COMPLETED)}


def slots_of(offence: str, habits: Habits) -> dict[str, str]:
    """Return what a narrative says of these habits, by slot."""
    return {
        slot: _counted(words.format(**habits)) if slot in _COUNTED_SLOTS else words.format(**habits)
        for slot, words in _SLOTS.get(offence, {}).items()
    }


def _counted(word: str) -> str:
    return word if word in _UNCOUNTED else f"a {word}"
