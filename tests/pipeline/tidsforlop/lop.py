"""What happens over some hundred days: who comes, ends, is moved, comes back, falls silent, is held. By one seed."""

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from tests.pipeline.saker import document, plan, running, slutt
from tests.pipeline.tidsforlop.fasit import Hold, Melding, Samtykke

MANDAG = 0
_LENGST = 300
_AVBRUDD_MAKS = 12
_FORMAAL = {6: "OPPFOLGING_6_MND", 12: "KUNDEREGISTER_12_MND"}
_DAGER_I_MAANED = 30


@dataclass(frozen=True)
class Rad:
    """One deltakelse as a drop has it, and whose. Never real when `feilregistrert`: then `slutt` is since when."""

    melding: Melding
    person: int
    start: date
    feilregistrert: bool = False

    def contract_row(self) -> dict[str, Any]:
        """The row of the contract."""
        rad = running(self.melding.nummer, self.start) | {"deltakerId": f"P{self.person}"}
        if self.melding.slutt is None:
            return rad
        over = {"status": "HAR_SLUTTET", "sluttDato": self.melding.slutt.isoformat(), "aarsak": "TRENGER_ANNEN_STOTTE"}
        if self.feilregistrert:
            over = {"status": "FEILREGISTRERT"}
        return rad | over | {"statusGyldigFra": self.melding.slutt.isoformat()}


@dataclass(frozen=True)
class Dag:
    """What happens on one day. `avbrudd` is at which write to a database the night's erasure is cut off."""

    rader: Sequence[Rad] = ()
    hold: Sequence[Hold] = ()
    samtykker: Sequence[Samtykke] = ()
    avslatt: bool = False
    avbrudd: int | None = None

    def drop(self, dato: date) -> dict[str, Any]:
        """What the sender drops: plans and final reports as well, so that documents are built and sent."""
        tatt_med = [rad for rad in self.rader if not rad.feilregistrert]
        planer = [plan(rad.melding.nummer, rad.start) for rad in tatt_med if rad.melding.nummer % 3 == 0]
        slutter = [
            slutt(rad.melding.nummer, rad.melding.slutt)
            for rad in tatt_med
            if rad.melding.slutt is not None and rad.melding.nummer % 2 == 0
        ]
        rader = [rad.contract_row() for rad in self.rader]
        samtykker = [_consent_row(ett) for ett in self.samtykker]
        innhold = document(dato, rader, omfang="ENDRING", plan=planer, sluttvurdering=slutter, samtykke=samtykker)
        for en in innhold["deltaker"]:
            nummer = int(en["deltakerId"][1:])
            en |= {"etternavn": f"Kanari{nummer:05}", "telefonnummer": f"4{nummer:07}"}
        return innhold


def _consent_row(samtykke: Samtykke) -> dict[str, Any]:
    rad = {
        "samtykkeId": consent_id(samtykke.nummer),
        "deltakerId": f"P{person_of(samtykke.nummer)}",
        "deltakelseId": f"D{samtykke.nummer}",
        "formaal": _FORMAAL[samtykke.maaneder],
        "tekstversjon": "2026-1",
        "gitt": samtykke.gitt.isoformat(),
        "gyldigTil": samtykke.til.isoformat(),
    }
    return rad if samtykke.trukket is None else {**rad, "trukket": samtykke.trukket.isoformat()}


def consent_id(nummer: int) -> str:
    """The sender's id of the consent that was given in a deltakelse."""
    return f"S{nummer}"


def make_days(forste: date, antall_dager: int, antall: int, fro: int) -> Mapping[date, Dag]:
    """The days, with so many deltakelser spread over them."""
    tilfeldig = random.Random(fro)  # noqa: S311  the same days for the same seed
    dager = [forste + timedelta(days=n) for n in range(antall_dager)]
    avslatte = _days_off(tilfeldig, dager)
    rader: dict[date, dict[int, Rad]] = defaultdict(dict)
    hold: dict[date, list[Hold]] = defaultdict(list)
    siste: dict[int, date] = {}
    for nummer in range(1, antall + 1):
        tidligst, spenn = dager[0] - timedelta(days=200), len(dager) + 199
        if person_of(nummer) != nummer:
            tidligst, spenn = siste[person_of(nummer)] + timedelta(days=1), len(dager) // 2
        start = tidligst + timedelta(days=tilfeldig.randint(0, spenn))
        siste[nummer] = start
        for dato, rad in _reports(tilfeldig, nummer, start, dager[0]):
            rader[_next_drop(dato, avslatte)][nummer] = rad
            siste[nummer] = max(siste[nummer], rad.melding.slutt or start + timedelta(days=364))
        if tilfeldig.random() < 0.4:
            fra = tilfeldig.choice(dager)
            til = fra + timedelta(days=tilfeldig.randint(0, 60))
            opphevet = _next_day(fra + timedelta(days=tilfeldig.randint(1, 90)), avslatte)
            hold[fra].append(Hold(nummer, fra, til, opphevet))
    samtykker = _consents(random.Random(fro + 1), dager, rader, avslatte)  # noqa: S311  the same for the same seed
    return {
        dato: Dag(
            rader=list(rader[dato].values()),
            hold=hold[dato],
            samtykker=samtykker[dato],
            avslatt=dato in avslatte,
            avbrudd=tilfeldig.randint(1, _AVBRUDD_MAKS) if tilfeldig.random() < 0.5 else None,
        )
        for dato in dager
    }


def person_of(nummer: int) -> int:
    """Whose deltakelse it is. Every ninth is of one who comes back: the same person, another deltakelse."""
    return nummer - 5 if nummer % 9 == 0 else nummer


def _reports(tilfeldig: random.Random, nummer: int, start: date, forste: date) -> Iterator[tuple[date, Rad]]:
    """What is dropped of one deltakelse, and on which day at the earliest."""
    person = person_of(nummer)
    over = start + timedelta(days=tilfeldig.randint(5, _LENGST))
    dato = max(start, forste)
    feilregistrert = tilfeldig.random() < 0.05
    while dato < over:
        yield dato, Rad(Melding(nummer, None), person, start)
        if tilfeldig.random() < 0.2:
            return  # silent from now on
        dato += timedelta(days=tilfeldig.randint(7, 50))
    # Set late, now and then so late that it is past its day already.
    dato = over + timedelta(days=tilfeldig.choice([0, 1, 3, 10, 40, 83, 84, 85, 100]))
    for _ in range(tilfeldig.randint(1, 6)):
        yield dato, Rad(Melding(nummer, over), person, start, feilregistrert)
        dato += timedelta(days=tilfeldig.randint(1, 40))
        if tilfeldig.random() < 0.3:
            over = min(max(over + timedelta(days=tilfeldig.randint(-30, 30)), start), dato)


def _consents(
    tilfeldig: random.Random, dager: Sequence[date], rader: Mapping[date, Mapping[int, Rad]], avslatte: frozenset[date]
) -> Mapping[date, list[Samtykke]]:
    """Each deltakelse may give one consent, for shorter than its formål allows, and withdraw it in a later drop."""
    samtykker: dict[date, list[Samtykke]] = defaultdict(list)
    har_gitt: set[int] = set()
    for dato in dager:
        for nummer, rad in list(rader.get(dato, {}).items()):
            maaneder = tilfeldig.choice(list(_FORMAAL))
            lengst = (rad.melding.slutt or dato) + timedelta(days=maaneder * _DAGER_I_MAANED) - dato
            if nummer in har_gitt or rad.feilregistrert or lengst < timedelta(0) or tilfeldig.random() < 0.6:
                continue
            har_gitt.add(nummer)
            til = dato + timedelta(days=tilfeldig.randint(0, lengst.days))
            samtykke = Samtykke(nummer, maaneder, til, dato)
            samtykker[dato].append(samtykke)
            trekkes = _next_drop(dato + timedelta(days=tilfeldig.randint(1, 120)), avslatte)
            # Alone in the drop, as from one who is long gone from the sender's export.
            if tilfeldig.random() < 0.5 and trekkes <= til and nummer not in rader.get(trekkes, {}):
                samtykker[trekkes].append(replace(samtykke, trukket=trekkes))
    return samtykker


def _days_off(tilfeldig: random.Random, dager: Sequence[date]) -> frozenset[date]:
    av = {
        dato + timedelta(days=n) for dato in dager if tilfeldig.random() < 0.03 for n in range(tilfeldig.randint(1, 4))
    }
    return frozenset(av)


def _next_drop(dato: date, avslatte: frozenset[date]) -> date:
    while dato.weekday() != MANDAG or dato in avslatte:
        dato += timedelta(days=1)
    return dato


def _next_day(dato: date, avslatte: frozenset[date]) -> date:
    while dato in avslatte:
        dato += timedelta(days=1)
    return dato
