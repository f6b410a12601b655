"""How the packages stand, and the whole history of one, for operators: `tiltaksflyt deliveries`. No person is in it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tiltaksflyt.delivery.vinduer import AldriApent, next_opening
from tiltaksflyt.ledger import (
    Hendelse,
    IkkeFunnet,
    Leveranseforsok,
    Leveranserad,
    Leveransesvar,
    Leveransetilstand,
    Stans,
)
from tiltaksflyt.pipeline.feil import Bruksfeil
from tiltaksflyt.pipeline.omgivelser import Omgivelser
from transforms.kalender import OSLO

_INNGREP = {
    "STANSET": "stanset",
    "STANS_OPPHEVET": "sluppet",
    "LEVERANSE_PROVES_IGJEN": "bedt sendt igjen",
    "LEVERANSE_AVLYST": "avlyst",
}
_TIME = timedelta(hours=1)


@dataclass(frozen=True)
class Leveransebilde:
    """One package as it stands. `neste` is when it may be sent next: its time has come and the window is open.

    `stanser` are the stops that keep it back; while there is one there is no `neste`.
    """

    rad: Leveranserad
    neste: datetime | None
    stanser: tuple[Stans, ...]
    alder: timedelta

    def as_json(self) -> dict[str, Any]:
        """As `deliveries --json` prints it."""
        rad = self.rad
        return {
            "leveranseId": rad.leveranse_id,
            "mottaker": rad.mottaker,
            "kanal": rad.kanal,
            "vindu": rad.vindu,
            "tilstand": rad.tilstand.value,
            "tilstandTekst": rad.tilstand.tekst,
            "statuskode": rad.statuskode.value,
            "statusTekst": rad.statuskode.tekst,
            "forsok": rad.forsok,
            "nesteForsok": _iso(self.neste),
            "stanset": [stans.gjelder for stans in self.stanser],
            "antall": dict(rad.antall),
            "opprettet": _iso(rad.opprettet),
            "sendt": _iso(rad.sendt),
            "kvittert": _iso(rad.kvittert),
            "alderTimer": self.alder // _TIME,
        }

    def as_lines(self) -> list[str]:
        """Four lines for a terminal."""
        rad = self.rad
        dokumenter = _counts(rad.antall)
        venter = f"neste {_local(self.neste)}" if self.neste else "ingen nye av seg selv"
        stanset = "".join(f", stanset ({stans.gjelder} av {stans.av})" for stans in self.stanser)
        return [
            f"{rad.leveranse_id}  {rad.mottaker}  {rad.kanal}  {dokumenter}  {_age(self.alder)} gammel",
            f"  {rad.tilstand}: {rad.tilstand.tekst}",
            f"  {rad.statuskode}: {rad.statuskode.tekst}",
            f"  {rad.forsok} forsøk, {venter}{stanset}",
        ]


@dataclass(frozen=True)
class Leveransehistorie:
    """Everything that has happened to one package: attempts, the recipient's answers, what operators did."""

    bilde: Leveransebilde
    forsok: Sequence[Leveranseforsok]
    svar: Sequence[Leveransesvar]
    inngrep: Sequence[Hendelse]

    def as_json(self) -> dict[str, Any]:
        """As `deliveries --id --json` prints it."""
        return {
            **self.bilde.as_json(),
            "historie": {
                "forsok": [_attempt_json(forsok) for forsok in self.forsok],
                "svar": [{"tid": _iso(svar.tid), "status": svar.status, "antall": svar.antall} for svar in self.svar],
                "inngrep": [{"tid": _iso(ett.tid), "type": ett.type, **ett.innhold} for ett in self.inngrep],
            },
        }

    def as_lines(self) -> list[str]:
        """The package, and below it what has happened in the order it happened."""
        rad = self.bilde.rad
        skjedd = [(rad.opprettet, f"opprettet: {_counts(rad.antall)}")]
        skjedd += [(forsok.startet, _attempt_text(forsok)) for forsok in self.forsok]
        if rad.kvittert is not None:
            skjedd.append((rad.kvittert, "mottakeren kvitterte for pakken"))
        skjedd += [(svar.tid, f"mottakeren svarte {svar.status}: {svar.antall} dokumenter") for svar in self.svar]
        skjedd += [(ett.tid, _act_text(ett)) for ett in self.inngrep]
        # Stable: of what happened at one instant, the attempt comes before what came of it.
        skjedd.sort(key=lambda ett: ett[0])
        return [*self.bilde.as_lines(), "", *(f"{_local(tid)}  {tekst}" for tid, tekst in skjedd)]


def list_deliveries(
    omgivelser: Omgivelser, *, mottaker: str | None, tilstand: str | None, now: datetime
) -> list[Leveransebilde]:
    """The packages, oldest first: all, or those of a recipient or in a state. Raises Bruksfeil for an unknown state."""
    if tilstand is not None and tilstand not in list(Leveransetilstand):
        raise Bruksfeil(f"--state is one of {', '.join(Leveransetilstand)}")
    rader = omgivelser.ledger.leveranser.list(None if tilstand is None else [Leveransetilstand(tilstand)])
    return _look(omgivelser, [rad for rad in rader if mottaker in (None, rad.mottaker)], now)


def follow_delivery(omgivelser: Omgivelser, leveranse_id: str, now: datetime) -> Leveransehistorie | None:
    """One package with its history; None when there is none."""
    try:
        rad = omgivelser.ledger.leveranser.get(leveranse_id)
    except IkkeFunnet:
        return None
    gjelder = {("LEVERANSE", leveranse_id), ("MOTTAKER", rad.mottaker), ("KANAL", rad.kanal), ("STEG", "levering")}
    return Leveransehistorie(
        bilde=_look(omgivelser, [rad], now)[0],
        forsok=omgivelser.ledger.leveransehistorikk.attempts(leveranse_id),
        svar=omgivelser.ledger.leveransehistorikk.answers(leveranse_id),
        inngrep=[
            ett
            for ett in omgivelser.ledger.hendelser.about_no_one(_INNGREP)
            if ett.tid >= rad.opprettet and (ett.innhold["gjelder"], ett.innhold["verdi"]) in gjelder
        ],
    )


def _look(omgivelser: Omgivelser, rader: Iterable[Leveranserad], now: datetime) -> list[Leveransebilde]:
    stanser = omgivelser.ledger.stanser.active()
    bilder = []
    for rad in rader:
        egne = tuple(stans for stans in stanser if _stops(stans, rad)) if rad.tilstand in _VENTER else ()
        neste = None if egne else _next_attempt(omgivelser, rad, now)
        bilder.append(Leveransebilde(rad, neste, egne, now - rad.opprettet))
    return bilder


_VENTER = (Leveransetilstand.OPPRETTET, Leveransetilstand.SENDES, Leveransetilstand.FEIL)


def _stops(stans: Stans, rad: Leveranserad) -> bool:
    return (stans.gjelder, stans.verdi) in {
        ("LEVERANSE", rad.leveranse_id),
        ("MOTTAKER", rad.mottaker),
        ("KANAL", rad.kanal),
        ("STEG", "levering"),
    }


def _next_attempt(omgivelser: Omgivelser, rad: Leveranserad, now: datetime) -> datetime | None:
    mottaker = omgivelser.oppsett.mottakere.get(rad.mottaker)
    if rad.tilstand is not Leveransetilstand.OPPRETTET or mottaker is None:
        return None
    try:
        return next_opening(mottaker.vinduer, max(rad.neste_forsok or now, now))
    except AldriApent:
        return None


def _attempt_json(forsok: Leveranseforsok) -> dict[str, Any]:
    return {
        "nr": forsok.nr,
        "startet": _iso(forsok.startet),
        "avsluttet": _iso(forsok.avsluttet),
        "statuskode": None if forsok.statuskode is None else forsok.statuskode.value,
        "statusTekst": None if forsok.statuskode is None else forsok.statuskode.tekst,
        "nesteForsok": _iso(forsok.neste_forsok),
    }


def _attempt_text(forsok: Leveranseforsok) -> str:
    if forsok.statuskode is None:
        return f"forsøk {forsok.nr} pågår"
    neste = f" Neste {_local(forsok.neste_forsok)}." if forsok.neste_forsok else ""
    return f"forsøk {forsok.nr}: {forsok.statuskode}. {forsok.statuskode.tekst}{neste}"


def _act_text(hendelse: Hendelse) -> str:
    innhold = hendelse.innhold
    hva = "" if innhold["gjelder"] == "LEVERANSE" else f" ({innhold['gjelder']} {innhold['verdi']})"
    return f"{_INNGREP[hendelse.type]}{hva} av {innhold['av']}: {innhold['grunn']}"


def _counts(antall: Mapping[str, int]) -> str:
    return ", ".join(f"{type_} {hvor_mange}" for type_, hvor_mange in sorted(antall.items()))


def _local(tid: datetime) -> str:
    return f"{tid.astimezone(OSLO):%Y-%m-%d %H:%M:%S}"


def _iso(tid: datetime | None) -> str | None:
    return None if tid is None else tid.astimezone(OSLO).isoformat(timespec="seconds")


def _age(alder: timedelta) -> str:
    timer = alder // _TIME
    return f"{timer // 24} d {timer % 24} t"
