"""How well the name of a column fits a field of the contract, in a table that is taken as given."""

from collections.abc import Iterator
from difflib import SequenceMatcher
from enum import IntEnum
from functools import cache

from schemas.kontrakt import tabeller
from tiltaksflyt.intake.forslag.synonymer import normal, synonymer
from tiltaksflyt.intake.kart import HODE

_LIKHET = 0.9
_KORTEST_LIK = 6
_KORTEST_DEL = 5
_KORTEST_REST = 3
_NUMMERENDELSER = ("nr", "id", "snr", "sid", "ref", "sref")
_NAKNE_NOKLER = frozenset({"nr", "id", "lopenr", "internnr", "guid", "key", "nokkel"})


class Navnetreff(IntEnum):
    """From no likeness to the contract's own name; the number is its weight."""

    INGEN = 0
    INNHOLD = 2
    DEL = 3
    LIK = 4
    ORD = 5
    OMREGNES = 6
    MED_TABELLNAVN = 7
    NOKKEL = 8
    SYNONYM = 9
    EKSAKT = 10


SIKKERT_NAVN = Navnetreff.MED_TABELLNAVN
"""From here on the name itself says which field it is, when the table is known."""

NAVNEGRUNN = {
    Navnetreff.EKSAKT: "navnet er kontraktens eget",
    Navnetreff.SYNONYM: "kjent navn på feltet",
    Navnetreff.NOKKEL: "navnet sier at det er nummeret",
    Navnetreff.MED_TABELLNAVN: "kjent navn på feltet, sammen med navnet på tabellen",
    Navnetreff.OMREGNES: "kjent navn, men i en annen enhet, så tallet regnes om",
    Navnetreff.ORD: "navnet er et ord for det nummeret peker på",
    Navnetreff.LIK: "navnet ligner",
    Navnetreff.DEL: "en del av navnet ligner",
    Navnetreff.INNHOLD: "bare innholdet tyder på det",
}


def match_names(tabell: str, navn: str) -> Iterator[tuple[str, Navnetreff]]:
    """The fields that a column's name tells, each with how well."""
    nokkel = normal(navn)
    if not nokkel:
        return
    ord_ = synonymer().felter[tabell]
    if nokkel in ord_:
        felt = ord_[nokkel]
        yield felt, Navnetreff.EKSAKT if nokkel == normal(felt) else Navnetreff.SYNONYM
    # «Nr» may be the number of a report or the key of its row: both are said, and the content decides.
    if nokkel in _key_words(tabell):
        yield _key_words(tabell)[nokkel]
    if nokkel in ord_ or nokkel in _key_words(tabell):
        return
    if nokkel in synonymer().omregnes[tabell]:
        yield synonymer().omregnes[tabell][nokkel], Navnetreff.OMREGNES
        return
    for rest in _without_table(tabell, nokkel):
        if rest in ord_:
            yield ord_[rest], Navnetreff.MED_TABELLNAVN
            return


def converts(tabell: str, navn: str, treff: Navnetreff) -> bool:
    """Whether a column holds the field in another unit (hours for percent, or the other way)."""
    return treff is Navnetreff.OMREGNES and normal(navn) in synonymer().omregnes[tabell]


def match_likeness(tabell: str, navn: str) -> Iterator[tuple[str, Navnetreff]]:
    """The fields that a column's name is like or has a part of; dearer to ask, and never sure."""
    nokkel = normal(navn)
    if len(nokkel) < _KORTEST_DEL:
        return
    for ord_, felt in synonymer().felter[tabell].items():
        if len(ord_) >= _KORTEST_LIK and SequenceMatcher(None, nokkel, ord_).ratio() >= _LIKHET:
            yield felt, Navnetreff.LIK
        elif len(ord_) >= _KORTEST_DEL and (nokkel.startswith(ord_) or nokkel.endswith(ord_)):
            yield felt, Navnetreff.DEL


def names_table(navn: str, tabell: str) -> Navnetreff:
    """How well the name of a file, sheet or list names a contract table."""
    nokkel = normal(navn)
    ord_ = synonymer().tabeller[tabell]
    if nokkel in ord_:
        return Navnetreff.EKSAKT
    if any(len(ett) >= _KORTEST_DEL and (nokkel.startswith(ett) or nokkel.endswith(ett)) for ett in ord_):
        return Navnetreff.DEL
    return Navnetreff.INGEN


def _without_table(tabell: str, nokkel: str) -> Iterator[str]:
    for ord_ in synonymer().tabeller[tabell]:
        for rest in (nokkel.removeprefix(f"{ord_}s"), nokkel.removeprefix(ord_), nokkel.removesuffix(ord_)):
            if rest != nokkel and len(rest) >= _KORTEST_REST:
                yield rest


@cache
def _key_words(tabell: str) -> dict[str, tuple[str, Navnetreff]]:
    """Words for the keys in a table: its own («nr», «møtenr») and those of the tables it points to."""
    ord_: dict[str, tuple[str, Navnetreff]] = {}
    for eier in tabeller().values():
        if len(eier.nokkel) != 1 or eier.navn == HODE or eier.nokkel[0] not in tabeller()[tabell].felter:
            continue
        (felt,) = eier.nokkel
        if eier.navn not in (tabell, _home(felt)):
            continue
        for navn in synonymer().tabeller[eier.navn]:
            for endelse in _NUMMERENDELSER:
                ord_.setdefault(f"{navn}{endelse}", (felt, Navnetreff.NOKKEL))
            ord_.setdefault(navn, (felt, Navnetreff.ORD))
        if eier.navn == tabell:
            ord_ |= dict.fromkeys(_NAKNE_NOKLER, (felt, Navnetreff.NOKKEL))
    return ord_


def _home(felt: str) -> str:
    """The table whose own key a field is: deltakelseId is deltakelse's, though sluttvurdering has it for key too."""
    return next(navn for navn, tabell in tabeller().items() if tabell.nokkel == (felt,))
