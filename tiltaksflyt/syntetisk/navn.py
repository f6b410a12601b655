"""Names that are evidently made up: a common first name and a surname that says test, prøve or eksempel.

Some are there because names break systems: Sámi letters, Arabic script, hyphen, apostrophe, a person called Null.
"""

from dataclasses import dataclass
from random import Random

from tiltaksflyt.syntetisk.trekning import happens

_KVINNER = (
    "Kari", "Ingrid", "Anne", "Nora", "Emma", "Sara", "Hanne", "Marit", "Silje", "Astrid", "Elin", "Ida", "Maja",
    "Thea", "Berit", "Gunn", "Lise", "Aisha", "Fatima", "Zainab", "Mona", "Randi", "Solveig", "Åse", "Øydis",
    "Turid", "Vilde", "Julie", "Karoline", "Jorunn",
)  # fmt: skip
_MENN = (
    "Ola", "Per", "Jan", "Lars", "Emil", "Jakob", "Henrik", "Mathias", "Sindre", "Even", "Bjørn", "Geir", "Terje",
    "Odd", "Håkon", "Åge", "Øystein", "Mohammed", "Ali", "Omar", "Ahmed", "Tor", "Rune", "Kjell", "Noah", "Oskar",
    "Filip", "Jonas", "Stian", "Trond",
)  # fmt: skip
_FORLEDD = ("Test", "Prøve", "Eksempel", "Øvings", "Demo")
_ETTERLEDD = (
    "haug", "dal", "vik", "moen", "land", "bakken", "strand", "lund", "berg", "nes", "rud", "stad", "fjord",
    "tangen", "myr", "åsen", "sletten", "heim", "bø", "li", "eid", "sund", "holm", "tveit", "seter",
)  # fmt: skip
_MELLOMNAVN = ("Test", "Prøve", "Eksempel")
# Every sender's first forty deltakere hold one of each.
_FASTE_PLASSER = {3: "samisk", 6: "null", 9: "bindestrek", 11: "apostrof", 14: "arabisk"}
_PLASSER = 40


@dataclass(frozen=True)
class Navn:
    """A person's name. `mellomnavn` is empty for most."""

    fornavn: str
    mellomnavn: str
    etternavn: str


def make_navn(rng: Random, plass: int, *, kvinne: bool, tegnsett: str) -> Navn:
    """A name for the deltaker in this place, of letters that the sender's export can carry."""
    navn = _ordinary(rng, kvinne=kvinne)
    sjelden = _FASTE_PLASSER.get(plass % _PLASSER)
    if sjelden is None:
        return navn
    kandidat = _rare(sjelden, navn, kvinne=kvinne)
    try:
        "".join((kandidat.fornavn, kandidat.mellomnavn, kandidat.etternavn)).encode(tegnsett)
    except UnicodeEncodeError:
        return navn
    return kandidat


def _ordinary(rng: Random, *, kvinne: bool) -> Navn:
    fornavn = rng.choice(_KVINNER if kvinne else _MENN)
    etternavn = rng.choice(_FORLEDD) + rng.choice(_ETTERLEDD)
    return Navn(fornavn, rng.choice(_MELLOMNAVN) if happens(rng, 0.12) else "", etternavn)


def _rare(slag: str, navn: Navn, *, kvinne: bool) -> Navn:
    """A name of the rare kind; the made-up part stays visible in each."""
    match slag:
        case "samisk":
            return Navn("Máret" if kvinne else "Áilu", "Test", "Čáhppeluođđi")
        case "null":
            return Navn(navn.fornavn, "Test", "Null")
        case "bindestrek":
            return Navn("Anne-Lise" if kvinne else "Jan-Erik", "", f"{navn.etternavn}-Eksempelsen")
        case "apostrof":
            return Navn(navn.fornavn, "", "D'Prøve" if kvinne else "O'Test")
        case _:
            return Navn("مريم" if kvinne else "يوسف", "", "تجريبي")


def veileder(rng: Random) -> str:
    """The name of a jobbveileder or Nav-veileder."""
    navn = _ordinary(rng, kvinne=happens(rng, 0.5))
    return f"{navn.fornavn} {navn.etternavn}"


def sted(rng: Random) -> str:
    """The name of a place that is nowhere."""
    return rng.choice(_FORLEDD[:4]) + rng.choice(_ETTERLEDD)
