"""The words that case systems use for the contract's tables, fields and codes, as `profile suggest` compares them."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from schemas.koder import kodeverk
from schemas.kontrakt import tabeller
from schemas.loader import UgyldigFil
from tiltaksflyt.intake.notasjon import clean_token
from tiltaksflyt.intake.portdata import PROFILER, read_portdata

_FIL = PROFILER / "synonymer.yaml"
_BOKSTAVER = str.maketrans({"æ": "ae", "ø": "o", "å": "a", "%": " prosent ", "é": "e", "ö": "o", "ä": "ae"})
_ANNET = re.compile(r"[^0-9a-z]+")
_ORD = re.compile(r"[^\W\d_]+")
Ordliste = Mapping[str, str]


@cache
def _spellings() -> Ordliste:
    return MappingProxyType(dict(read_portdata("synonymer")["skrivemater"]))


@cache
def normal(navn: str) -> str:
    """What two spellings of a word have in common: letters and digits, with æ, ø and å as the contract writes them."""
    tekst = unicodedata.normalize("NFC", clean_token(navn)).casefold().translate(_BOKSTAVER)
    nokkel = _ANNET.sub("", tekst).replace("aa", "a").replace("oe", "o")
    for fra, til in _spellings().items():
        nokkel = nokkel.replace(fra, til)
    return nokkel


@dataclass(frozen=True)
class Synonymer:
    """The word lists by `normal`. `felter`: table to word to field; `tabeller`: table to its words.

    `omregnes`: table to word to the field that the column is converted to. `koder`: code list to word to code.
    `ordforrad`: every single word of the lists, which is therefore nobody's name.
    """

    tabeller: Mapping[str, frozenset[str]]
    felter: Mapping[str, Ordliste]
    omregnes: Mapping[str, Ordliste]
    hele_navn: frozenset[str]
    koder: Mapping[str, Ordliste]
    sanne: frozenset[str]
    usanne: frozenset[str]
    ordforrad: frozenset[str]

    def code_of(self, liste: str, ord_: str) -> str | None:
        """The code that a word stands for: the code or an alias, its Norwegian text, or a synonym; None if unknown."""
        return kodeverk(liste).normalise(clean_token(ord_)) or self.koder[liste].get(normal(ord_))


@cache
def synonymer() -> Synonymer:
    """The lists that ship. Raises UgyldigFil when a word is given to two fields of a table, or to two codes."""
    innhold = read_portdata("synonymer")
    return Synonymer(
        tabeller=MappingProxyType(
            {navn: frozenset(map(normal, [navn, *innhold["tabeller"].get(navn, ())])) for navn in tabeller()}
        ),
        felter=MappingProxyType({navn: _field_words(navn, innhold) for navn in tabeller()}),
        omregnes=MappingProxyType(
            {navn: _index(f"omregnes.{navn}", innhold["omregnes"].get(navn, {})) for navn in tabeller()}
        ),
        hele_navn=frozenset(map(normal, innhold["heleNavn"])),
        koder=MappingProxyType({navn: _code_words(navn, innhold) for navn in _code_lists()}),
        sanne=frozenset(ord_.casefold() for ord_ in innhold["sanne"]),
        usanne=frozenset(ord_.casefold() for ord_ in innhold["usanne"]),
        ordforrad=frozenset(_single_words(innhold)),
    )


def _field_words(tabell: str, innhold: Mapping[str, Any]) -> Ordliste:
    felter = tabeller()[tabell].felter
    ord_for = {felt: [felt] for felt in felter}
    for kilde in (innhold["felles"], innhold["felter"].get(tabell, {})):
        for felt, ord_ in kilde.items():
            if felt in ord_for:
                ord_for[felt] += ord_
            elif kilde is not innhold["felles"]:
                raise UgyldigFil(_FIL, f"felter.{tabell}.{felt}", "the contract has no such field")
    return _index(f"felter.{tabell}", ord_for)


def _code_words(liste: str, innhold: Mapping[str, Any]) -> Ordliste:
    koder = kodeverk(liste).koder
    egne = dict(innhold["koder"].get(liste, {}))
    if liste == "fravaerstype":
        # The words that the door itself folds, so that there is one list of them.
        for kode, ord_ in read_portdata("fravaersarsaker").items():
            egne[kode] = [*egne.get(kode, ()), *ord_]
    for kode in egne.keys() - koder.keys():
        raise UgyldigFil(_FIL, f"koder.{liste}.{kode}", f"not a code of {liste}")
    return _index(f"koder.{liste}", {kode: [kode, koder[kode].tekst, *egne.get(kode, ())] for kode in koder})


def _code_lists() -> Iterator[str]:
    alle = (felt.kodeverk for tabell in tabeller().values() for felt in tabell.felter.values())
    return iter(dict.fromkeys(navn for navn in alle if navn))


def _index(sted: str, ord_for: Mapping[str, Iterable[str]]) -> Ordliste:
    resultat: dict[str, str] = {}
    for eier, alle in ord_for.items():
        for ord_ in alle:
            if resultat.setdefault(normal(ord_), eier) != eier:
                raise UgyldigFil(_FIL, f"{sted}.{eier}", f"«{ord_}» already belongs to {resultat[normal(ord_)]}")
    return MappingProxyType(resultat)


def _single_words(innhold: Any) -> Iterator[str]:  # noqa: ANN401  any part of the lists
    if isinstance(innhold, str):
        yield from (ord_.casefold() for ord_ in _ORD.findall(innhold))
    elif isinstance(innhold, Mapping):
        for del_ in innhold.values():
            yield from _single_words(del_)
    elif isinstance(innhold, list):
        for del_ in innhold:
            yield from _single_words(del_)
