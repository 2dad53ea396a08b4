"""Incidents and what they are told by: offences, modus operandi, areas in versions, imports, places with names."""

from incidents.gazetteer.models import GazetteerLoad, HouseNumber, Place
from incidents.models.areas import Area, AreaPlacing, AreaSet
from incidents.models.habits import IncidentHabit
from incidents.models.imports import ImportBatch, ImportReject
from incidents.models.incidents import Incident, IncidentOffence, IncidentReading, IncidentSeal
from incidents.models.offences import OffenceCategory, OffenceCode

__all__ = [
    "Area",
    "AreaPlacing",
    "AreaSet",
    "GazetteerLoad",
    "HouseNumber",
    "ImportBatch",
    "ImportReject",
    "Incident",
    "IncidentHabit",
    "IncidentOffence",
    "IncidentReading",
    "IncidentSeal",
    "OffenceCategory",
    "OffenceCode",
    "Place",
]
