"""The deviations of one answer, put in the order a person works: by what they stop, then rule by rule."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from schemas.avvik import Alvorlighet, Avvik, Port
from schemas.kontrakt import FRITTSTAENDE
from transforms.svar import Kildested, Svarinnhold


class Del(StrEnum):
    """What a deviation stops, the most first."""

    FILEN = "FILEN"
    DELTAKELSER = "DELTAKELSER"
    RADER = "RADER"
    DOKUMENTER = "DOKUMENTER"
    ADVARSLER = "ADVARSLER"
    ORIENTERING = "ORIENTERING"


MA_RETTES = (Del.FILEN, Del.DELTAKELSER, Del.RADER, Del.DOKUMENTER)
# A fault in these tables leaves out its row; in all others it holds a deltakelse.
_STAR_FOR_SEG_SELV = FRITTSTAENDE - {"innsending", "deltaker"}
_ETTER_ALVORLIGHET: Mapping[Alvorlighet, Del] = {
    Alvorlighet.AVVIST_FIL: Del.FILEN,
    Alvorlighet.ADVARSEL: Del.ADVARSLER,
    Alvorlighet.INFO: Del.ORIENTERING,
}


@dataclass(frozen=True)
class Forekomster:
    """The rows of one sheet and column in which a rule is broken; None is the file as a whole.

    `nokler` are the sender's own ids of them, each once.
    """

    sted: Kildested | None
    rader: tuple[int, ...]
    nokler: tuple[str, ...]


@dataclass(frozen=True)
class Kort:
    """One rule that is broken, with every place where it is. `eksempel` is one of the deviations."""

    del_: Del
    eksempel: Avvik
    port: Port
    kilde: str
    forekomster: tuple[Forekomster, ...]
    antall: int

    @property
    def regel(self) -> str:
        """The id of the rule."""
        return self.eksempel.regelId


def parts(svar: Svarinnhold) -> Mapping[Del, tuple[Kort, ...]]:
    """The parts that have something to say, in order; in each the rule that is broken most often first."""
    grupper: dict[tuple[Del, str], list[Avvik]] = {}
    for avvik in svar.avvik:
        grupper.setdefault((_part(avvik, svar.regler[avvik.regelId].port), avvik.regelId), []).append(avvik)
    kort = [_card(del_, avvik, svar) for (del_, _), avvik in grupper.items()]
    resultat = {}
    for del_ in Del:
        egne = sorted((ett for ett in kort if ett.del_ is del_), key=lambda ett: (-ett.antall, ett.regel))
        if egne:
            resultat[del_] = tuple(egne)
    return resultat


def _part(avvik: Avvik, port: Port) -> Del:
    if avvik.alvorlighet in _ETTER_ALVORLIGHET:
        return _ETTER_ALVORLIGHET[avvik.alvorlighet]
    if port is Port.DOKUMENT:
        return Del.DOKUMENTER
    return Del.RADER if avvik.tabell in _STAR_FOR_SEG_SELV else Del.DELTAKELSER


def _card(del_: Del, avvik: Sequence[Avvik], svar: Svarinnhold) -> Kort:
    omtale = svar.regler[avvik[0].regelId]
    steder: dict[Kildested | None, list[Avvik]] = {}
    for ett in avvik:
        steder.setdefault(svar.sted(ett), []).append(ett)
    forekomster = tuple(_occurrences(sted, egne) for sted, egne in steder.items())
    return Kort(del_, avvik[0], omtale.port, omtale.kilde, forekomster, len(avvik))


def _occurrences(sted: Kildested | None, avvik: Sequence[Avvik]) -> Forekomster:
    return Forekomster(
        sted=sted,
        rader=tuple(sorted({ett.rad for ett in avvik if ett.rad is not None})),
        nokler=tuple(dict.fromkeys(ett.nokkel for ett in avvik if ett.nokkel is not None)),
    )


def rules_once(deler: Mapping[Del, Iterable[Kort]]) -> tuple[Kort, ...]:
    """Every rule that is broken, once, by id; where it stops several things, as it stops the most."""
    regler: dict[str, Kort] = {}
    for kort in (ett for egne in deler.values() for ett in egne):
        regler.setdefault(kort.regel, kort)
    return tuple(regler[regel] for regel in sorted(regler))


def stops_by_gate(svar: Svarinnhold) -> Mapping[Port, int]:
    """How many deltakelser stopped at each gate, in the order of the gates. No deltakelse stops at its document."""
    antall = Counter(stopp.port for stopp in svar.stoppet)
    return {port: antall[port] for port in Port if port is not Port.DOKUMENT}
