"""What was planted in the made-up city, as tables: later tests must find it again."""

from __future__ import annotations

from dataclasses import dataclass

from incidents.demo.habits import Habits
from incidents.demo.offenders import DAYS_OF_SOLVED, LEAST, MOST, SOLVED_SERIES
from incidents.demo.rhythms import QUIET_WEEKS
from incidents.demo.values import Metres

NEAR_REPEAT_ORIGINS = 120
# Every third origin is followed twice.
NEAR_REPEAT_DAYS = 14
NEAR_REPEAT_METRES = 200


@dataclass(frozen=True, slots=True)
class HotSpotPlan:
    """`incidents` more of an offence around a place (metres), from day `first` up to day `end` of the 730."""

    name: str
    offence: str
    at: Metres
    spread: float
    first: int
    end: int
    incidents: int


@dataclass(frozen=True, slots=True)
class SeriesPlan:
    """One offender: `hours` count from midnight and may run past 24; days count back from the end."""

    name: str
    offence: str
    incidents: int
    attempted: int
    days_back: tuple[int, int]
    weekdays: tuple[int, ...]
    hours: tuple[int, int]
    path: tuple[Metres, ...]
    scatter: float
    modus_operandi: str
    habits: Habits
    habit: str
    descriptions: tuple[str, ...]
    attempt: str


HOT_SPOTS = (
    HotSpotPlan("Break-ins in Ropewalk", "23F", (2600, 2400), 160, 0, 182, 45),
    HotSpotPlan("Break-ins in Market", "23F", (4200, 3100), 160, 182, 365, 45),
    HotSpotPlan("Break-ins in Station", "23F", (6000, 3900), 160, 365, 547, 45),
    HotSpotPlan("Break-ins in College", "23F", (7600, 4900), 160, 547, 730, 45),
    HotSpotPlan("Assaults in Fish Quay", "13B", (2100, 4300), 130, 0, 365, 50),
    HotSpotPlan("Assaults in Cathedral", "13B", (5200, 4600), 130, 365, 730, 50),
    HotSpotPlan("Car thefts in Gasworks", "240", (9300, 2200), 220, 90, 300, 30),
    HotSpotPlan("Car thefts in Mill Race", "240", (9900, 6400), 220, 420, 640, 30),
    HotSpotPlan("Damage in Fairground", "290", (5000, 7700), 140, 500, 590, 40),
)

SERIES = (
    SeriesPlan(
        name="Ladder burglaries",
        offence="220",
        incidents=14,
        attempted=2,
        days_back=(72, 3),
        weekdays=(1, 3),
        hours=(18, 21),
        path=((3200, 7400), (4700, 7700), (6300, 7000), (7900, 6100)),
        scatter=150,
        modus_operandi="ladder from the garden to a rear upstairs window, jewellery only, drawers left open",
        habits={
            "premises": "house",
            "entry point": "upper window",
            "entry method": "climbed to",
            "tool": "ladder",
            "property": "jewellery",
        },
        habit="Tuesday and Thursday, 18:00 to 21:00, moving east through Fairground, Orchard and College",
        descriptions=(
            "Ladder from the garden put to the rear upstairs window while the family sat at dinner. Jewellery"
            " taken, bedroom drawers left open, electronics not touched.",
            "Rear upstairs window forced from a ladder found in the garden. Only jewellery taken; the bedroom"
            " drawers were left open.",
            "Owner came home and found bedroom drawers open and jewellery gone. A ladder from the garden shed"
            " stood below the rear upstairs window.",
        ),
        attempt="Ladder from the garden found against the rear upstairs window, the frame levered but still"
        " shut. Somebody in the house had switched on a light.",
    ),
    SeriesPlan(
        name="Van tool thefts",
        offence="23F",
        incidents=12,
        attempted=1,
        days_back=(245, 150),
        weekdays=(0, 1, 2),
        hours=(2, 5),
        path=((1800, 1900), (4600, 1600), (7400, 1900), (10200, 2300)),
        scatter=200,
        modus_operandi="side door of a parked van peeled down from the top, power tools taken",
        habits={
            "premises": "street",
            "target": "van",
            "entry point": "side door",
            "entry method": "bent open",
            "tool": "crowbar",
            "property": "power tools",
        },
        habit="Monday to Wednesday, 02:00 to 05:00, moving east through the southern beats",
        descriptions=(
            "Side door of a builder's van peeled down from the top. Power tools taken, nothing else.",
            "Tradesman reports the side door of his van peeled from the top edge; power tools are missing.",
            "Plumber found the side door of the van peeled open from the top and all power tools gone.",
        ),
        attempt="Side door of a parked van peeled down from the top; a bulkhead kept the power tools safe.",
    ),
    SeriesPlan(
        name="Moped phone robberies",
        offence="120",
        incidents=10,
        attempted=2,
        days_back=(46, 2),
        weekdays=(4, 5),
        hours=(22, 25),
        path=((6300, 4400), (6900, 4900), (7300, 4300), (6600, 4100), (6300, 4400)),
        scatter=120,
        modus_operandi="two on a dark moped, full-face helmets, a hammer shown, phone demanded at the kerb",
        habits={
            "premises": "street",
            "approach": "riding up to the kerb",
            "weapon": "hammer",
            "vehicle": "moped",
            "property": "phone",
        },
        habit="Friday and Saturday, 22:00 to 01:00, circling in Station and College",
        descriptions=(
            "Two people on a dark moped with full-face helmets stopped at the kerb, showed a hammer and took"
            " the phone.",
            "Victim was walking from the station when a dark moped with two riders in full-face helmets"
            " mounted the kerb. The pillion showed a hammer and took the phone.",
            "Phone robbery by two riders on a dark moped; both wore full-face helmets, one held a hammer.",
        ),
        attempt="Two riders on a dark moped with full-face helmets showed a hammer and demanded the phone at"
        " the kerb. The victim ran into a bar and kept it.",
    ),
)


def _describe() -> str:
    lines = [
        "Harrow Bay is made up: 12 by 9 km on the Oregon coast, 4 districts, 16 beats, and 5,000 incidents",
        "in the 730 days before the end date. Streets and areas are always the same; the seed and the end",
        "date decide the incidents. Planted, and to be found again:",
        "",
        "Rhythm: violence on Friday and Saturday nights and in summer; burglary on working days and in",
        "winter; shoplifting in shop hours; theft from and of vehicles by night.",
        "",
        "Hot spots (metres east and north of the south-west corner, days since the first):",
        *(_hot_spot_line(spot) for spot in HOT_SPOTS),
        "",
        f"Near repeats: {NEAR_REPEAT_ORIGINS} burglaries are followed, every third of them twice, by another",
        f"within {NEAR_REPEAT_DAYS} days and {NEAR_REPEAT_METRES} metres.",
        "",
        "Series:",
        *(_series_line(plan) for plan in SERIES),
        "",
        f"Solved series: {SOLVED_SERIES} offenders with {LEAST} to {MOST} incidents each, from day {DAYS_OF_SOLVED[0]}",
        f"to {DAYS_OF_SOLVED[1]}, whose cases were closed as cleared. Habits are kept nine times of ten.",
        "",
        f"Quiet weeks: {', '.join(map(str, QUIET_WEEKS))} weeks before that of the end date.",
    ]
    return "\n".join(lines)


def _hot_spot_line(spot: HotSpotPlan) -> str:
    where = f"around {spot.at[0]:.0f}, {spot.at[1]:.0f} ({spot.spread:.0f} m)"
    return f"  {spot.name}: {spot.incidents} of {spot.offence} {where}, days {spot.first} to {spot.end - 1}."


def _series_line(plan: SeriesPlan) -> str:
    count = f"{plan.incidents} of {plan.offence} ({plan.attempted} attempted)"
    when = f"{plan.days_back[0]} to {plan.days_back[1]} days before the end"
    return f"  {plan.name}: {count}, {when}.\n    {plan.habit}.\n    Always: {plan.modus_operandi}."


PLANTED = _describe()
