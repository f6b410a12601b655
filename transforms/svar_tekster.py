"""The words of the answer to a sender, read from schemas/svar/, and how places and numbers are written in it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from schemas.avvik import Avvik
from schemas.loader import SCHEMAS, load
from transforms.dokument_tekster import tall
from transforms.kalender import OSLO

_KATALOG = SCHEMAS / "svar"
# The rules are written in bokmål, where they stand.
_REGLENES_MAALFORM = "nb"
_KORTESTE_SPENN = 3
_LINJER = re.compile(r"L([0-9]+)(?:-([0-9]+))?")


class Regeltekst(NamedTuple):
    """What a rule says and asks for, and the målføre it says it in."""

    melding: str
    tiltak: str
    maalform: str


@dataclass(frozen=True)
class Svartekster:
    """Every word of the answer in one målføre."""

    maalform: str
    status: Mapping[str, Mapping[str, str]]
    deler: Mapping[str, Mapping[str, str]]
    alvorlighet: Mapping[str, str]
    virkning: Mapping[str, str]
    porter: Mapping[str, str]
    ord: Mapping[str, str]
    omfang: Mapping[str, str]
    modus: Mapping[str, str]
    tabeller: Mapping[str, str]
    avvisning: Mapping[str, str]
    sletteliste: Mapping[str, str]
    _kilder: Mapping[str, str]
    _maneder: tuple[str, ...]
    _enheter: Mapping[str, tuple[str, str]]
    _setninger: Mapping[str, str]
    _regler: Mapping[str, Regeltekst]

    def setning(self, kode: str, **verdier: object) -> str:
        """One sentence with its values. Raises KeyError for an unknown sentence or a value it lacks."""
        return self._setninger[kode].format(**verdier)

    def mengde(self, antall: int, enhet: str) -> str:
        """A number with its unit in the right form: 1 rad, 12 rader."""
        entall, flertall = self._enheter[enhet]
        return f"{antall} {entall if antall == 1 else flertall}"

    def tidspunkt(self, tid: datetime) -> str:
        """An instant as a person in Norway writes it: 2. mars 2026 kl. 08.15."""
        lokal = tid.astimezone(OSLO)
        maned = self._maneder[lokal.month - 1]
        return self.setning("tidspunkt", dag=lokal.day, maned=maned, ar=lokal.year, klokkeslett=lokal.strftime("%H.%M"))

    def regeltekst(self, avvik: Avvik) -> Regeltekst:
        """What the sender is told of a breach; in bokmål where the rule is not translated yet."""
        return self.rule_text(avvik.regelId, avvik.melding, avvik.tiltak)

    def rule_text(self, regel_id: str, melding: str, tiltak: str) -> Regeltekst:
        """What a rule says in this målføre. `melding` and `tiltak` are its own texts, in bokmål."""
        return self._regler.get(regel_id) or Regeltekst(melding, tiltak, _REGLENES_MAALFORM)

    def oppramsing(self, ledd: Sequence[str]) -> str:
        """Things in a row: a, b og c."""
        if len(ledd) < 2:
            return "".join(ledd)
        return self.setning("og", forst=", ".join(ledd[:-1]), sist=ledd[-1])

    def kilde(self, kilde: str) -> str:
        """The source of a rule (docs/kilder.md) with names that a sender knows."""
        return "; ".join(self._source(del_) for del_ in kilde.split("; "))

    def _source(self, del_: str) -> str:
        navn, _, sted = del_.partition(" ")
        if navn == "NAV":
            return self.setning("navkode", sted=sted)
        if navn not in self._kilder:
            return del_
        sted = _LINJER.sub(lambda treff: self._lines(treff[1], treff[2]), sted.strip("()"))
        return self.setning("kildested", kilde=self._kilder[navn], sted=sted) if sted else self._kilder[navn]

    def _lines(self, fra: str, til: str | None) -> str:
        return self.setning("linje", fra=fra, til=til) if til else self.setning("enLinje", fra=fra)


def spans(numre: Iterable[int]) -> list[str]:
    """Row numbers made short: 12, 15–18, 40."""
    resultat: list[list[int]] = []
    for nummer in sorted(set(numre)):
        if resultat and nummer == resultat[-1][-1] + 1:
            resultat[-1].append(nummer)
        else:
            resultat.append([nummer])
    return [
        del_
        for spenn in resultat
        for del_ in ([f"{spenn[0]}–{spenn[-1]}"] if len(spenn) >= _KORTESTE_SPENN else map(str, spenn))
    ]


def filstorrelse(antall_byte: int) -> str:
    """The size of a file: 24 kB, 1,2 MB."""
    if antall_byte < 1_000_000:
        return f"{max(1, round(antall_byte / 1000))} kB"
    return f"{tall(round(antall_byte / 1_000_000, 1))} MB"


@cache
def svartekster(maalform: str) -> Svartekster:
    """The words of one målføre. Raises UgyldigFil when a file is missing or breaks its schema."""
    innhold = load(_KATALOG / f"tekster.{maalform}.yaml", "svartekster")
    return Svartekster(
        maalform=maalform,
        status=MappingProxyType(innhold["status"]),
        deler=MappingProxyType(innhold["deler"]),
        alvorlighet=MappingProxyType(innhold["alvorlighet"]),
        virkning=MappingProxyType(innhold["virkning"]),
        porter=MappingProxyType(innhold["porter"]),
        ord=MappingProxyType(innhold["ord"]),
        omfang=MappingProxyType(innhold["omfang"]),
        modus=MappingProxyType(innhold["modus"]),
        tabeller=MappingProxyType(innhold["tabeller"]),
        avvisning=MappingProxyType(innhold["avvisning"]),
        sletteliste=MappingProxyType(innhold["sletteliste"]),
        _kilder=MappingProxyType(innhold["kilder"]),
        _maneder=tuple(innhold["maneder"]),
        _enheter=MappingProxyType({kode: (former[0], former[1]) for kode, former in innhold["enheter"].items()}),
        _setninger=MappingProxyType(innhold["setninger"]),
        _regler=_translated_rules(maalform),
    )


def _translated_rules(maalform: str) -> Mapping[str, Regeltekst]:
    if maalform == _REGLENES_MAALFORM:
        return MappingProxyType({})
    regler = load(_KATALOG / f"regler.{maalform}.yaml", "regeltekster")["regler"]
    return MappingProxyType(
        {regel: Regeltekst(tekst["melding"], tekst["tiltak"], maalform) for regel, tekst in regler.items()}
    )
