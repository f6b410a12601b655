"""Faults put into synthetic rows on purpose, each with a label, so that a test can count what the rules must find.

The sources give words only (late registration, missing notes, wrong units, late papers); every rate is this project's
own. A rate is the share of the rows that the fault can hit. «No-show or gone in the first month» is no fault here: it
is in the durations themselves.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from datetime import date, timedelta
from enum import StrEnum
from random import Random

from schemas.kontrakt import tabeller
from schemas.regelverk import regelverk
from tiltaksflyt.syntetisk.arrangorer import Arrangor
from tiltaksflyt.syntetisk.livslop import TILTAKSKODE, Lop, Person
from tiltaksflyt.syntetisk.spor import Spor
from tiltaksflyt.syntetisk.trekning import happens, trekning
from transforms.kalender import add_months, add_virkedager


class Feilslag(StrEnum):
    """What was done to the row. The value is also the name of its rate."""

    TAPT_NULL = "tapt_null"
    FEIL_KONTROLLSIFFER = "feil_kontrollsiffer"
    GJENBRUKT_ID = "gjenbrukt_id"
    DUPLIKAT_ID = "duplikat_id"
    PROSENT_SOM_TIMER = "prosent_som_timer"
    MANGLER_TEKSTPUNKT = "mangler_tekstpunkt"
    SEN_RAD = "sen_rad"
    SEN_BEKREFTELSE = "sen_bekreftelse"
    SEN_PLAN = "sen_plan"
    SEN_PERIODERAPPORT = "sen_perioderapport"
    SEN_SLUTTRAPPORT = "sen_sluttrapport"
    ARBEID_OVER_HALV = "arbeid_over_halv"


@dataclass(frozen=True)
class Feilrater:
    """How often each fault is put in, 0 to 1."""

    tapt_null: float = 0.0
    feil_kontrollsiffer: float = 0.0
    gjenbrukt_id: float = 0.0
    duplikat_id: float = 0.0
    prosent_som_timer: float = 0.0
    mangler_tekstpunkt: float = 0.0
    sen_rad: float = 0.0
    sen_bekreftelse: float = 0.0
    sen_plan: float = 0.0
    sen_perioderapport: float = 0.0
    sen_sluttrapport: float = 0.0
    arbeid_over_halv: float = 0.0

    @property
    def er_null(self) -> bool:
        """Whether no fault is asked for."""
        return not any(getattr(self, felt.name) for felt in fields(self))


VANLIGE_RATER = Feilrater(
    tapt_null=0.02,
    feil_kontrollsiffer=0.01,
    gjenbrukt_id=0.005,
    duplikat_id=0.01,
    prosent_som_timer=0.02,
    mangler_tekstpunkt=0.05,
    sen_rad=0.03,
    sen_bekreftelse=0.08,
    sen_plan=0.12,
    sen_perioderapport=0.15,
    sen_sluttrapport=0.10,
    arbeid_over_halv=0.03,
)


@dataclass(frozen=True)
class InjisertFeil:
    """One fault in one row: which rule must find it, and where. `nokkel` is the row's own key in the export."""

    slag: Feilslag
    regel: str
    orgnr: str
    tabell: str
    nokkel: str
    felt: str


@dataclass(frozen=True)
class _Treff:
    """A row that was spoilt: from which day it shows."""

    spor: Spor
    regel: str
    felt: str
    fra: date


@dataclass(frozen=True)
class _Grunnlag:
    person: Person
    lop: Lop
    rng: Random
    spor: Spor


_Skade = Callable[[_Grunnlag], _Treff | None]


def inject(
    rader: list[Spor], person: Person, arrangor: Arrangor, rater: Feilrater, dato: date
) -> tuple[InjisertFeil, ...]:
    """Spoil some of a person's rows in place, and say which of the faults the export of `dato` shows."""
    if rater.er_null:
        return ()
    return tuple(
        InjisertFeil(slag, treff.regel, arrangor.orgnr, treff.spor.tabell, _key(treff.spor), treff.felt)
        for slag, treff in _spoil(rader, person, rater)
        if treff.fra <= dato
    )


def _spoil(rader: list[Spor], person: Person, rater: Feilrater) -> Iterator[tuple[Feilslag, _Treff]]:
    for slag, (tabell, skade) in _SKADER.items():
        rate = getattr(rater, slag.value)
        for spor in [ett for ett in rader if ett.tabell in tabell]:
            rng = trekning(*person.nokkel, "feil", slag.value, spor.tabell, _key(spor))
            if not happens(rng, rate):
                continue
            treff = skade(_Grunnlag(person, _lop_of(person, spor), rng, spor))
            if treff is None:
                continue
            if treff.spor is not spor:
                rader.append(treff.spor)
            yield slag, treff


def _key(spor: Spor) -> str:
    return "/".join(str(spor.felter.get(felt, "")) for felt in tabeller()[spor.tabell].nokkel)


def _lop_of(person: Person, spor: Spor) -> Lop:
    deltakelse_id = str(spor.felter.get("deltakelseId", ""))
    return next((lop for lop in person.lop if deltakelse_id.endswith(f"-L{lop.nummer}")), person.lop[0])


# --- the person ----


def _lose_zero(g: _Grunnlag) -> _Treff | None:
    ident = str(g.spor.felter["personident"])
    if not ident.startswith("0"):
        return None
    g.spor.felter["personident"] = ident.lstrip("0")
    # The door puts it back, and says so.
    return _Treff(g.spor, "IDE011", "personident", g.spor.fra)


def _wrong_digit(g: _Grunnlag) -> _Treff:
    ident = str(g.spor.felter["personident"])
    g.spor.felter["personident"] = ident[:-1] + str((int(ident[-1]) + 1) % 10)
    return _Treff(g.spor, "IDE001" if len(ident) < 11 else "IDE002", "personident", g.spor.fra)


def _reuse_id(g: _Grunnlag) -> _Treff:
    """Some weeks in, the same id stands for somebody else."""
    dag = g.spor.fra + timedelta(days=g.rng.randint(30, 60))
    g.spor.then(dag, personident=g.person.reserveident, fornavn="Gjenbrukt", mellomnavn=None, etternavn="Testnavn")
    return _Treff(g.spor, "IDE004", "personident", dag)


# --- one row ----


def _duplicate(g: _Grunnlag) -> _Treff:
    kopi = Spor(g.spor.tabell, g.spor.fra, dict(g.spor.felter), list(g.spor.endringer))
    kopi.felter["beskrivelse"] = "Samme nøkkel, annet innhold."
    return _Treff(kopi, "TVE001", "aktivitetId", kopi.fra)


def _percent_as_hours(g: _Grunnlag) -> _Treff | None:
    if "timerPerUke" not in g.spor.felter:
        return None
    g.spor.felter["timerPerUke"] = g.rng.choice((50, 60, 80, 100))
    return _Treff(g.spor, "SKJ010", "timerPerUke", g.spor.fra)


_PUNKTER = {
    "plan": ("PLA001", ("hensikt", "avtaltOppfolging")),
    "vurdering": ("PER001", ("vurderingAvFortsattDeltakelse",)),
    "sluttvurdering": ("SLU001", ("ressurserOgMuligheter", "svarPaBestilling")),
}


def _drop_point(g: _Grunnlag) -> _Treff | None:
    regel, punkter = _PUNKTER[g.spor.tabell]
    felt = g.rng.choice(punkter)
    ferdig, verdier = _finished(g.spor)
    if felt not in {**g.spor.felter, **verdier}:
        return None
    g.spor.then(ferdig, **{felt: None})
    return _Treff(g.spor, regel, felt, ferdig)


def _register_late(g: _Grunnlag) -> _Treff:
    dag = g.spor.felter["dato"] + timedelta(days=g.rng.randint(35, 60))
    g.spor.fra = g.spor.felter["registrert"] = dag
    return _Treff(g.spor, "TVE011", "registrert", dag)


# --- late ----


def _finished(spor: Spor) -> tuple[date, dict[str, object]]:
    return next((dag, dict(verdier)) for dag, verdier in spor.endringer if "ferdigstilt" in verdier)


def _finish_late(g: _Grunnlag, regel: str, frist: date, senest: date) -> _Treff | None:
    """Move the day a text is finished to after the deadline; None where the løp ended before."""
    gammel, verdier = _finished(g.spor)
    hoyst = 5 if verdier.get("endringerIPlan") else 16
    ny = frist + timedelta(days=g.rng.randint(1, hoyst))
    if ny >= senest:
        return None
    g.spor.endringer = [
        (ny, {**endring, "ferdigstilt": ny}) if "ferdigstilt" in endring else ((ny if dag == gammel else dag), endring)
        for dag, endring in g.spor.endringer
    ]
    return _Treff(g.spor, regel, "ferdigstilt", frist + timedelta(days=1))


def _late_plan(g: _Grunnlag) -> _Treff | None:
    if g.spor.felter["versjon"] != 1 or g.lop.start is None or g.lop.slutt is None:
        return None
    dager = regelverk(TILTAKSKODE, g.lop.start).heltall("frister.plan.dager")
    return _finish_late(g, "FRI003", g.lop.start + timedelta(days=dager), g.lop.slutt)


def _late_period(g: _Grunnlag) -> _Treff | None:
    if g.lop.start is None or g.lop.slutt is None:
        return None
    steg = regelverk(TILTAKSKODE, g.lop.start).heltall("frister.perioderapport.maaneder")
    return _finish_late(g, "FRI004", add_months(g.lop.start, steg * g.spor.felter["nummer"]), g.lop.slutt)


def _late_end(g: _Grunnlag) -> _Treff | None:
    if g.lop.slutt is None:
        return None
    dager = regelverk(TILTAKSKODE, g.lop.slutt).heltall("frister.sluttrapport.dager")
    return _finish_late(g, "FRI008", g.lop.slutt + timedelta(days=dager), g.lop.siste_dag)


def _confirm_late(g: _Grunnlag) -> _Treff:
    virkedager = regelverk(TILTAKSKODE, g.lop.sendt).heltall("frister.bestilling.virkedager")
    frist = add_virkedager(g.lop.sendt, virkedager)
    ny = add_virkedager(frist, g.rng.randint(1, 6))
    g.spor.endringer = [
        (ny, {"bestillingBekreftet": ny}) if "bestillingBekreftet" in verdier else (dag, verdier)
        for dag, verdier in g.spor.endringer
    ]
    return _Treff(g.spor, "FRI001", "bestillingBekreftet", frist + timedelta(days=1))


def _work_over_half(g: _Grunnlag) -> _Treff | None:
    """Paid work over half time beside the tiltak that nobody agreed on."""
    if g.lop.start is None or g.lop.slutt is None or g.lop.slutt - g.lop.start < timedelta(days=60):
        return None
    fra = add_virkedager(g.lop.start + timedelta(days=g.rng.randint(20, 40)), 1)
    felter = {
        "deltakelseId": g.spor.felter["deltakelseId"],
        "arbeidsforholdId": f"{g.spor.felter['deltakelseId']}-J9",
        "art": "ARBEID",
        "fraDato": fra,
        "stillingsprosent": g.rng.choice((60, 80)),
        "ansettelsesform": "MIDLERTIDIG",
        "lonnstilskudd": False,
    }
    rad = Spor("arbeidsforhold", fra, felter).then(g.lop.slutt, tilDato=g.lop.slutt)
    return _Treff(rad, "ARB001", "stillingsprosent", fra)


# In this order: a text is emptied on the day it is finished, which may have been moved by then.
_SKADER: dict[Feilslag, tuple[frozenset[str], _Skade]] = {
    Feilslag.TAPT_NULL: (frozenset({"deltaker"}), _lose_zero),
    Feilslag.FEIL_KONTROLLSIFFER: (frozenset({"deltaker"}), _wrong_digit),
    Feilslag.GJENBRUKT_ID: (frozenset({"deltaker"}), _reuse_id),
    Feilslag.DUPLIKAT_ID: (frozenset({"aktivitet"}), _duplicate),
    Feilslag.PROSENT_SOM_TIMER: (frozenset({"aktivitet"}), _percent_as_hours),
    Feilslag.SEN_RAD: (frozenset({"oppfolging"}), _register_late),
    Feilslag.SEN_BEKREFTELSE: (frozenset({"deltakelse"}), _confirm_late),
    Feilslag.SEN_PLAN: (frozenset({"plan"}), _late_plan),
    Feilslag.SEN_PERIODERAPPORT: (frozenset({"vurdering"}), _late_period),
    Feilslag.SEN_SLUTTRAPPORT: (frozenset({"sluttvurdering"}), _late_end),
    Feilslag.ARBEID_OVER_HALV: (frozenset({"deltakelse"}), _work_over_half),
    Feilslag.MANGLER_TEKSTPUNKT: (frozenset(_PUNKTER), _drop_point),
}
