"""Drawing the incidents of the made-up city, before they get their numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from functools import cached_property
from random import Random

from incidents.demo.ground import HEIGHT, WIDTH
from incidents.demo.habits import Habits, draw_habits, kept_habits, slots_of, without_what_failed
from incidents.demo.narratives import describe
from incidents.demo.offenders import SOLVED_SERIES, draw_offender
from incidents.demo.planted import HOT_SPOTS, NEAR_REPEAT_ORIGINS, SERIES, HotSpotPlan, SeriesPlan
from incidents.demo.rhythms import DAYS, OFFENCE_BY_CODE, OFFENCES, RHYTHMS, Calendar, Offence, draw_point
from incidents.demo.streets import Address, AddressBook
from incidents.demo.values import Metres

TOTAL = 5_000


@dataclass(frozen=True, eq=False, slots=True)
class Draft:
    """An incident in local time; `repeats` is the burglary it was planted after, `solved` its offender's number."""

    offence: Offence
    local: datetime
    address: Address
    is_attempted: bool
    description: str
    habits: Habits = field(default_factory=dict)
    series: str | None = None
    solved: int | None = None
    repeats: Draft | None = None


class Drafting:
    """Draws all drafts of one seed and end date; each kind has a stream of chance of its own."""

    def __init__(self, seed: int, until: date) -> None:
        self._seed = seed
        self._first = until - timedelta(days=DAYS)
        self._until = until
        self._calendars = {name: Calendar(rhythm, until) for name, rhythm in RHYTHMS.items()}

    @cached_property
    def _addresses(self) -> AddressBook:
        return AddressBook()

    def stream(self, kind: str) -> Random:
        """Chance for one kind of drawing, so that a change to one leaves the others as they were."""
        return Random(f"{self._seed}/{kind}")  # noqa: S311 - a made-up city must be repeatable, not secret

    def all(self) -> list[Draft]:
        """5,000 drafts: hot spots, series, solved ones, background, and repeats of background burglaries."""
        planted = [*self._hot_spots(), *self._series(), *self._solved()]
        repeats = NEAR_REPEAT_ORIGINS + NEAR_REPEAT_ORIGINS // 3
        background = self._background(TOTAL - len(planted) - repeats)
        return planted + background + list(self._near_repeats(background))

    def _background(self, wanted: int) -> list[Draft]:
        chance = self.stream("background")
        shares = sum(offence.share for offence in OFFENCES)
        counts = {offence: wanted * offence.share // shares for offence in OFFENCES}
        counts[OFFENCES[0]] += wanted - sum(counts.values())
        return [
            self._usual(offence, self._somewhere(offence, chance), chance, 0, DAYS)
            for offence, count in counts.items()
            for _ in range(count)
        ]

    def _hot_spots(self) -> Iterator[Draft]:
        chance = self.stream("hot spots")
        for spot in HOT_SPOTS:
            for _ in range(spot.incidents):
                yield self._usual(
                    OFFENCE_BY_CODE[spot.offence], self._near(spot, chance), chance, spot.first, spot.end
                )

    def _series(self) -> Iterator[Draft]:
        for plan in SERIES:
            chance = self.stream(plan.name)
            days = self._series_days(plan)
            attempts = set(chance.sample(range(1, plan.incidents), plan.attempted))
            for number in range(plan.incidents):
                day = days[number * len(days) // plan.incidents]
                minutes = chance.randrange(60 * plan.hours[0], 60 * plan.hours[1])
                is_attempted = number in attempts
                habits = kept_habits(plan.offence, plan.habits, chance)
                yield Draft(
                    offence=replace(OFFENCE_BY_CODE[plan.offence], second=(), hours_open=0),
                    local=datetime.combine(day, time()) + timedelta(minutes=minutes),
                    address=self._around(
                        _along(plan.path, number / (plan.incidents - 1)), plan.scatter, chance
                    ),
                    is_attempted=is_attempted,
                    description=plan.attempt if is_attempted else chance.choice(plan.descriptions),
                    habits=without_what_failed(habits, is_attempted),
                    series=plan.name,
                )

    def _solved(self) -> Iterator[Draft]:
        for number in range(SOLVED_SERIES):
            chance = self.stream(f"solved {number}")
            plan = draw_offender(chance)
            offence = replace(OFFENCE_BY_CODE[plan.offence], second=(), hours_open=0)
            days = sorted(chance.randrange(plan.first, plan.end) for _ in range(plan.incidents))
            for place, day in enumerate(days):
                habits = kept_habits(plan.offence, plan.habits, chance)
                at = _along(plan.path, place / (plan.incidents - 1))
                midnight = datetime.combine(self._first + timedelta(days=day), time())
                draft = self._done(offence, self._around(at, plan.spread, chance), habits, midnight, chance)
                minutes = 60 * plan.hour + chance.randrange(-60, 60)
                yield replace(draft, local=midnight + timedelta(minutes=minutes), solved=number)

    def _near_repeats(self, background: list[Draft]) -> Iterator[Draft]:
        chance = self.stream("near repeats")
        latest = datetime.combine(self._until, time()) - timedelta(days=14)
        burglaries = [draft for draft in background if draft.offence.code == "220" and draft.local < latest]
        for number, origin in enumerate(chance.sample(burglaries, NEAR_REPEAT_ORIGINS)):
            for _ in range(2 if number % 3 == 0 else 1):
                yield self._repeat(origin, chance)

    def _repeat(self, origin: Draft, chance: Random) -> Draft:
        place = origin.address.x, origin.address.y
        address = self._addresses.between(place, 10, 190, chance) or origin.address
        day = (origin.local.date() - self._first).days + min(1 + int(chance.expovariate(0.22)), 12)
        draft = self._usual(origin.offence, address, chance, day, day + 1)
        return replace(draft, repeats=origin)

    def _usual(self, offence: Offence, address: Address, chance: Random, first: int, end: int) -> Draft:
        calendar = self._calendars[offence.rhythm]
        day = self._first + timedelta(days=calendar.day(chance, first, end))
        local = datetime.combine(day, time()) + timedelta(minutes=calendar.minute(chance))
        return self._done(offence, address, draw_habits(offence.code, chance), local, chance)

    def _done(
        self, offence: Offence, address: Address, habits: Habits, local: datetime, chance: Random
    ) -> Draft:
        is_attempted = chance.random() < offence.attempted
        return Draft(
            offence=offence,
            local=local,
            address=address,
            is_attempted=is_attempted,
            description=describe(offence.code, is_attempted, chance, slots_of(offence.code, habits)),
            habits=without_what_failed(habits, is_attempted),
        )

    def _somewhere(self, offence: Offence, chance: Random) -> Address:
        while True:
            address = self._addresses.nearest(draw_point(offence.places, (WIDTH, HEIGHT), chance))
            if address:
                return address

    def _near(self, spot: HotSpotPlan, chance: Random) -> Address:
        return self._around(spot.at, spot.spread, chance)

    def _around(self, point: Metres, spread: float, chance: Random) -> Address:
        while True:
            address = self._addresses.nearest(
                (chance.gauss(point[0], spread), chance.gauss(point[1], spread))
            )
            if address:
                return address

    def _series_days(self, plan: SeriesPlan) -> list[date]:
        first, last = plan.days_back
        days = [self._until - timedelta(days=back) for back in range(first, last - 1, -1)]
        return [day for day in days if day.weekday() in plan.weekdays]


def _along(path: tuple[Metres, ...], share: float) -> Metres:
    """The point at `share` (0 to 1) of the way, each leg counting the same."""
    legs = len(path) - 1
    leg = min(int(share * legs), legs - 1)
    within = share * legs - leg
    (x0, y0), (x1, y1) = path[leg], path[leg + 1]
    return x0 + (x1 - x0) * within, y0 + (y1 - y0) * within
