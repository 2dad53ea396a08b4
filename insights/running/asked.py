"""What somebody asks of a method, checked before anything is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, fields
from datetime import date
from typing import Any, get_args, get_origin, get_type_hints
from uuid import UUID

from cases.filter_words import filters_in_words
from incidents.choices import IncidentStatus
from incidents.filters import IncidentFilters
from incidents.models import Area, Incident
from insights.answers.base import Analysis, Need
from insights.choices import Ground, RunStatus
from insights.methods.base import Asked as AskedFor
from insights.methods.base import MethodFault, Parameters
from insights.models import MOST_WHY, AnalysisRun
from insights.running.catalogue import analyses
from nethra.core.access import Access
from nethra.core.errors import InvalidInput, NotFound
from nethra.core.parameters import query_of, refusal

#: Words that stand for a flag where it is given as text.
FLAGS = {
    "true": True,
    "on": True,
    "1": True,
    "yes": True,
    "false": False,
    "off": False,
    "0": False,
    "no": False,
}
#: The method whose runs are scored after their period.
FORECAST = "forecast"
#: Of a date in days since 1970-01-01: those of a calendar.
MOST_DAYS = 1_000_000
WHY_NEEDED = f"Say in up to {MOST_WHY} characters what the analysis is for."


@dataclass(frozen=True)
class About:
    """What a method is asked about besides the incidents: keys of records, and where cells lie without an area."""

    subject: UUID | None = None
    treated: UUID | None = None
    control: UUID | None = None
    forecast: UUID | None = None
    ground: Ground = Ground.AREAS

    def as_json(self) -> dict[str, str]:
        """Return what is kept of it: what was asked for, as text."""
        return {name: str(value) for name, value in asdict(self).items() if value is not None}


@dataclass(frozen=True)
class Asked:
    """One analysis of some incidents. ``query`` holds the filters as the API's list takes them."""

    analysis: Analysis
    parameters: Parameters
    filters: IncidentFilters
    query: str
    about: About


def asked_of(key: str, parameters: Mapping[str, Any], query: str, about: Mapping[str, Any]) -> Asked:
    """Return what is asked; raise NotFound for a method that is not there, InvalidInput naming what is wrong."""
    analysis = analysis_of(key)
    filters = IncidentFilters.from_query(query_of(query))
    if filters.ordering:
        raise refusal("ordering", "An analysis has its own order; incidents cannot be sorted for it.")
    told = about_of(about)
    if Need.SUBJECT in analysis.needs and told.subject is None:
        raise refusal("subject", "Name the incident that the analysis is about.")
    if Need.ZONES in analysis.needs and (told.treated is None or told.control is None):
        raise refusal("treated", "Name the area of the operation and the area to compare it with.")
    if Need.FORECAST in analysis.needs and told.forecast is None:
        raise refusal("forecast", "Name the forecast that is to be scored.")
    return Asked(analysis, parameters_of(analysis, parameters), filters, query, told)


def analysis_of(key: str) -> Analysis:
    """Return the analysis of a key; raise NotFound."""
    found = analyses().get(key)
    if found is None:
        raise NotFound(f"There is no analysis '{key}'; the list of methods names those there are.")
    return found


def about_of(given: Mapping[str, Any]) -> About:
    """Return what a method is asked about; raise InvalidInput for what is unknown or no key."""
    known = {field.name for field in fields(About)}
    values: dict[str, Any] = {}
    for name, value in given.items():
        if name not in known:
            raise refusal(name, f"The parameter '{name}' is not known.", "unknown_parameter")
        if value in (None, ""):
            continue
        try:
            values[name] = Ground(value) if name == "ground" else UUID(str(value))
        except ValueError:
            raise refusal(
                name, f"{name} must be {'areas or box' if name == 'ground' else 'a key'}."
            ) from None
    return About(**values)


def parameters_of(analysis: Analysis, given: Mapping[str, Any]) -> Parameters:
    """Return a method's parameters of values or texts; raise InvalidInput naming the one that is wrong."""
    hints = get_type_hints(analysis.parameters)
    known = {field.name: field for field in fields(analysis.parameters)}
    values: dict[str, Any] = {}
    for name, value in given.items():
        if name not in known:
            raise refusal(name, f"The parameter '{name}' is not known.", "unknown_parameter")
        if value is None or value == "":
            continue
        asked: AskedFor = known[name].metadata["asked"]
        if asked.is_day:
            values[name] = _day(name, asked.label, value)
        else:
            values[name] = _value(name, asked.label, hints[name], value)
    for name, field in known.items():
        if field.metadata["asked"].is_day and name not in values:
            raise refusal(name, f"Name the day of “{field.metadata['asked'].label}”.")
    try:
        return analysis.parameters(**values)
    except MethodFault as fault:
        raise of_fault(fault) from None


def of_fault(fault: MethodFault) -> InvalidInput:
    """Return a method's refusal as an error that names the parameter at fault."""
    sentence = str(fault)
    errors = {fault.parameter: [sentence]} if fault.parameter else {}
    return InvalidInput(sentence, code="analysis_refused", errors=errors)


def _day(name: str, label: str, given: Any) -> float:
    """Return days since 1970-01-01 of a date such as 2026-03-01, or of that number, as it is kept."""
    if isinstance(given, int | float) and not isinstance(given, bool) and abs(given) < MOST_DAYS:
        return float(given)
    try:
        return float((date.fromisoformat(str(given)) - date(1970, 1, 1)).days)
    except ValueError:
        raise refusal(name, f"{label} must be a day such as 2026-03-01.") from None


def _value(name: str, label: str, hint: Any, given: Any) -> Any:
    if get_origin(hint) is tuple:
        parts = given.split(",") if isinstance(given, str) else given
        if not isinstance(parts, list | tuple):
            raise refusal(name, f"{label} must be a list.")
        one = get_args(hint)[0]
        return tuple(
            _value(name, label, one, part.strip() if isinstance(part, str) else part) for part in parts
        )
    if hint is bool:
        return _flag(name, label, given)
    if hint is str:
        return _text(name, label, given)
    return _number(name, label, hint, given)


def _flag(name: str, label: str, given: Any) -> bool:
    found = given if isinstance(given, bool) else FLAGS.get(str(given).lower())
    if found is None:
        raise refusal(name, f"{label} must be true or false.")
    return bool(found)


def _text(name: str, label: str, given: Any) -> str:
    if not isinstance(given, str):
        raise refusal(name, f"{label} must be a text.")
    return given


def _number(name: str, label: str, hint: Any, given: Any) -> int | float:
    if isinstance(given, bool) or not isinstance(given, int | float | str):
        raise refusal(name, f"{label} must be a number.")
    try:
        number = float(given)
        if hint is not int:
            return number
        whole = int(number)
    except (ValueError, OverflowError):
        raise refusal(name, f"{label} must be a number.") from None
    if whole != number:
        raise refusal(name, f"{label} must be a whole number.")
    return whole


def parameters_json(parameters: Parameters) -> dict[str, Any]:
    """Return every parameter by name, defaults too, as JSON holds them."""
    return {
        name: list(value) if isinstance(value, tuple) else value for name, value in asdict(parameters).items()
    }


def default_of(analysis: Analysis, name: str) -> Any:
    """Return the default of a parameter."""
    found = next(field.default for field in fields(analysis.parameters) if field.name == name)
    return None if found is MISSING else found


def check_about(access: Access, about: About) -> None:
    """Raise InvalidInput unless the access may see every record that is asked about.

    An incident that is guarded can be no subject: what is found is shown to others.
    """
    incidents = Incident.objects.visible_to(access).filter(is_guarded=False)
    if about.subject is not None and not incidents.filter(pk=about.subject).exists():
        raise refusal("subject", "There is no such incident, or it is guarded.")
    for name, key in (("treated", about.treated), ("control", about.control)):
        if key is not None and not Area.objects.visible_to(access).filter(pk=key).exists():
            raise refusal(name, "There is no such area.")
    done = AnalysisRun.objects.visible_to(access).filter(analysis=FORECAST, status=RunStatus.DONE)
    if about.forecast is not None and not done.filter(pk=about.forecast).exists():
        raise refusal("forecast", "There is no such forecast, or it is not done.")


def checked_why(text: str) -> str:
    """Return why somebody analyses; raise InvalidInput where nobody says it."""
    why = text.strip()
    if not why or len(why) > MOST_WHY or not why.isprintable():
        raise InvalidInput(WHY_NEEDED, code="why_needed", errors={"why": [WHY_NEEDED]})
    return why


def words_of(access: Access, asked: Asked) -> str:
    """Return which incidents are asked for, as people read it."""
    return "; ".join(filters_in_words(access, query_of(asked.query), IncidentStatus)) or "All incidents"
