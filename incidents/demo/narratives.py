"""Plain words for the incidents of the made-up city."""

from __future__ import annotations

import string
from collections.abc import Mapping
from random import Random

_SLOTS: dict[str, tuple[str, ...]] = {
    "entry": (
        "front door forced",
        "rear window broken",
        "back door levered with a tool",
        "unlocked side door used",
    ),
    "loot": (
        "a laptop and cash",
        "jewellery",
        "a games console",
        "cash and a passport",
        "bicycles and tools",
    ),
    "upset": ("drawers searched", "one room searched", "every room searched", "nothing disturbed"),
    "car": ("a parked car", "a parked van", "a hatchback", "a pick-up truck", "a hire car", "an estate car"),
    "pane": (
        "front passenger window broken",
        "rear window broken",
        "quarter light broken",
        "door left unlocked",
    ),
    "bag": ("a bag", "a rucksack", "tools", "a phone", "sunglasses and cash", "a child seat", "a laptop"),
    "who": ("a man", "a woman", "two men", "a neighbour", "a former partner", "an unknown person", "a youth"),
    "hurt": ("a cut lip", "bruising", "no visible injury", "a bleeding nose", "scratches"),
    "grave": ("a broken jaw", "a stab wound to the arm", "a head wound", "a fractured wrist"),
    "arm": ("a bottle", "a kitchen knife", "a metal bar", "a broken glass"),
    "bar": ("outside a bar", "at a taxi rank", "inside a pub", "at a bus stop", "in a car park", "at a home"),
    "goods": ("spirits", "cosmetics", "meat and cheese", "clothing", "power tools", "batteries"),
    "thing": (
        "a shop window",
        "a parked car",
        "a garden wall",
        "a bus shelter",
        "a front door",
        "a street light",
    ),
    "how": ("a stone", "spray paint", "kicks", "a hammer", "unknown means"),
    "drug": ("cannabis", "methamphetamine", "heroin", "cocaine", "pills without a prescription"),
    "item": (
        "a bicycle",
        "a phone left on a table",
        "a wallet",
        "a parcel from a doorstep",
        "garden furniture",
    ),
    "lure": (
        "a rented flat that does not exist",
        "a fake invoice",
        "an online sale",
        "a call from a false bank",
    ),
    "site": ("a building site", "a school yard", "a warehouse", "a private garden", "the tram depot"),
    "burnt": ("a waste bin", "a parked moped", "a shed", "a pile of pallets"),
}

_SENTENCES: dict[str, tuple[str, ...]] = {
    "220": (
        "Entered while nobody was in: {entry}, {upset}. Taken: {loot}.",
        "Owner returned to find {entry} and {loot} missing; {upset}.",
        "Burglary, {entry}. {loot} taken, {upset}.",
        "Entered at an hour when nobody was there, {entry}. {loot} taken, {upset}.",
        "Neighbour heard noise; {entry}. The ladder in the yard was not used. Taken: {loot}.",
    ),
    "23F": (
        "Theft from {car}: {pane}, {bag} taken from the seat.",
        "Owner returned to {car} and found {pane}; {bag} missing.",
        "{bag} stolen from {car} parked overnight, {pane}.",
    ),
    "240": (
        "Theft of {car} overnight.",
        "{car} was driven away within minutes.",
        "Owner reports {car} gone in the morning.",
    ),
    "290": (
        "Damage to {thing} with {how}.",
        "Caller reports damage to {thing}, done with {how}.",
        "{thing} damaged.",
    ),
    "13B": (
        "Victim struck by {who} {bar}; {hurt}.",
        "Argument {bar}, victim pushed and punched by {who}; {hurt}.",
        "Fight {bar} between two groups, one victim with {hurt}.",
    ),
    "13A": (
        "Victim attacked with {arm} {bar} by {who}; {grave}.",
        "Assault {bar}: {who} used {arm}. {grave}.",
    ),
    "13C": (
        "Threats by {who} in messages over several days.",
        "Victim followed home by {who} and threatened.",
        "Threats shouted at the victim {bar} by {who}.",
    ),
    "120": (
        "Victim stopped {bar} by {who} and robbed of {item}.",
        "Victim robbed by {who} with {arm}; {item} taken.",
        "{item} pulled from the victim's hands by force by {who}.",
        "Courier robbed of {item} by {who} {bar}.",
    ),
    "23C": (
        "{goods} concealed and taken past the till by {who}.",
        "Staff stopped {who} with {goods} unpaid.",
    ),
    "23D": ("{item} taken from an office while the door stood open.", "Staff room entered, {item} missing."),
    "23H": (
        "{item} stolen.",
        "Victim put down {item} for a moment and found it gone.",
        "{item} taken {bar}.",
    ),
    "26A": ("Victim paid for {lure}.", "Money sent after {lure}; the account was emptied the same day."),
    "250": ("Counterfeit note passed at a till by {who}.", "Forged cheque presented by {who}."),
    "35A": ("Stop and search: {drug} found.", "Officers saw a sale of {drug} {bar}."),
    "520": ("Search after a call: {arm} carried without reason {bar}.", "Knife found during a stop {bar}."),
    "200": ("Fire set to {burnt}.", "Fire brigade put out {burnt}; accelerant suspected."),
    "90C": (
        "Shouting and fighting {bar}, one person removed.",
        "Disturbance {bar} by {who}, warned and moved on.",
    ),
    "90D": (
        "Driver of {car} stopped for swerving; breath test positive.",
        "Collision; driver of {car} over the limit.",
    ),
    "90J": ("{who} found on {site} without permission.", "Alarm at {site}; {who} left over the fence."),
    "90Z": ("Breach of a court order by {who}.", "Warrant served on {who} at a home."),
    "09A": ("Victim found with {grave} {bar} and died in hospital. The suspect is {who}.",),
}
_ATTEMPTS: dict[str, tuple[str, ...]] = {
    "220": (
        "Attempted entry: {entry}, alarm sounded, nothing taken.",
        "Marks of a lever on a door; the lock held. Nobody got in.",
    ),
    "23F": ("Attempted theft from {car}: {pane}, nothing taken.", "Door handles tried along the street."),
    "240": ("Attempted theft of {car}: it was left where it stood.",),
    "290": ("Attempt to damage {thing} with {how}, stopped by a passer-by.",),
    "23H": ("Attempt to take {item}; the owner held on to it.",),
    "23C": ("{who} dropped {goods} at the door when staff called out.",),
    "23D": ("Stranger found in an office beside {item}; left empty-handed.",),
    "26A": ("Victim nearly paid for {lure}; the bank stopped the transfer.",),
    "120": ("Attempted robbery {bar} by {who}; the victim got away with everything.",),
    "250": ("Forged note refused at a till.",),
    "200": ("Attempt to set fire to {burnt}; it went out by itself.",),
}
_NOTES = (
    "Canvass of the neighbours done, nobody saw anything.",
    "Camera footage requested.",
    "Victim asks for a call after 17:00.",
    "Fingerprints taken.",
    "Second visit agreed.",
)


def describe(code: str, is_attempted: bool, chance: Random, told: Mapping[str, str]) -> str:
    """A narrative of one or two sentences for the offence `code`, completed or attempted; `told` fills its slots."""
    sentence = chance.choice((_ATTEMPTS if is_attempted else _SENTENCES)[code])
    fields = [field for _, field, _, _ in string.Formatter().parse(sentence) if field]
    narrative = sentence.format(
        **{field: told.get(field) or chance.choice(_SLOTS[field]) for field in fields}
    )
    return ". ".join(part[:1].upper() + part[1:] for part in narrative.split(". "))


def note(chance: Random) -> str:
    """An officer's note; most incidents have none."""
    return chance.choice(_NOTES) if chance.random() < 0.15 else ""
