"""Which sluttrapporter Nav has not receipted, how far each has come, and what the operator is told of them.

docs/pipeline/levering.md. Nothing postpones the deletion: whatever is told here is gone with its deltakelse.
"""

import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from schemas.oppsett import MANUELL
from schemas.regelverk import regelverk as find_regelverk
from tiltaksflyt.ledger import (
    Deltakelsesrad,
    Forpliktelsesstatus,
    Forsendelsesrad,
    Forsendelsestilstand,
    Leveranserad,
    Leveransetilstand,
    Leveringsfakta,
    Sluttvarsel,
)
from tiltaksflyt.pipeline.omgivelser import Omgivelser
from transforms.forpliktelser import Forpliktelsestype
from transforms.sletting import ALDRI_REELL, AVSLUTTET
from transforms.sluttkvittering import Purredager, reminder_days

ETTERLYST = "SLUTTRAPPORT_ETTERLYST"
_SLUTTRAPPORT = Forpliktelsestype.SLUTTRAPPORT.value
_APNET = frozenset({Leveransetilstand.LEVERT, Leveransetilstand.LEST})
_LAGT_UT = frozenset({Leveransetilstand.SENDT, Leveransetilstand.MOTTATT})
_HOLDT = frozenset({Forsendelsestilstand.HOLDT, Forsendelsestilstand.UTKAST})
# A duty that is not open: nothing is owed, or it was met before this system.
_SKYLDES_IKKE = frozenset(
    {
        Forpliktelsesstatus.BORTFALT.value,
        Forpliktelsesstatus.LEVERT_I_TIDE.value,
        Forpliktelsesstatus.LEVERT_FOR_SENT.value,
    }
)
_LOGG = logging.getLogger("tiltaksflyt")


@dataclass(frozen=True)
class Ukvittert:
    """A sluttrapport that Nav has not receipted. `forsendelse` is its newest version, None when there is none;
    `pakke` what that lies in; `eldre` are its older versions."""

    deltakelse: Deltakelsesrad
    dager: Purredager
    forsendelse: Forsendelsesrad | None
    pakke: Leveranserad | None
    eldre: tuple[Forsendelsesrad, ...]
    er_stanset: bool

    @property
    def varsel(self) -> Sluttvarsel:
        """What a person is told of it once the day for handing over has come."""
        if self.forsendelse is None:
            return Sluttvarsel.MANGLER
        if self.forsendelse.tilstand in _HOLDT or (self.pakke is None and self.er_stanset):
            return Sluttvarsel.HOLDT
        if self.pakke is not None and self.pakke.kanal == MANUELL and _lies_ready(self.pakke):
            return Sluttvarsel.OVERLEVERES
        return Sluttvarsel.IKKE_LAGT_UT

    def as_json(self, dato: date) -> dict[str, Any]:
        """As `status --json` lists it: ids and days, and no person."""
        varsel = self.varsel if dato >= self.dager.overleveres else Sluttvarsel.UKVITTERT
        return {
            "avsender": self.deltakelse.avsender,
            "mottaker": self.forsendelse.mottaker if self.forsendelse else None,
            "meldingId": self.forsendelse.melding_id if self.forsendelse else None,
            "leveranseId": self.pakke.leveranse_id if self.pakke else None,
            "overleveres": self.dager.overleveres.isoformat(),
            "sisteDag": self.deltakelse.siste_dag.isoformat(),
            "varsel": varsel.value,
            "varselTekst": varsel.tekst,
        }


def unreceived(omgivelser: Omgivelser, dato: date) -> tuple[Ukvittert, ...]:
    """The sluttrapporter of ended deltakelser without a receipt, from the first day that it is told.

    Received is what Nav has answered, accepted or rejected, or lies in a package that Nav has opened; that it lies in
    Nav's folder is not. A rejected one is the sender's to mend, who is told. A deltakelse that was registered by
    mistake owes none.
    """
    skyldes = _duties(omgivelser)
    stansede = {ett.verdi for ett in omgivelser.ledger.stanser.active() if ett.gjelder == "AVSENDER"}
    avsluttede = list(_ended(omgivelser, dato))
    fakta = omgivelser.ledger.dokumenter.facts([rad.ref for rad, _ in avsluttede])
    return tuple(
        sak
        for rad, dager in avsluttede
        if not _is_received(fakta[rad.ref])
        and (sak := _look(rad, dager, omgivelser, skyldes.get(rad.ref), rad.avsender in stansede)) is not None
    )


def goes_by_hand(rad: Forsendelsesrad, omgivelser: Omgivelser, dato: date) -> bool:
    """Whether a document that is ready is left to the person who hands it over: a sluttrapport whose day has come."""
    if rad.type != _SLUTTRAPPORT:
        return False
    deltakelse = omgivelser.ledger.deltakelser.get(rad.ref)
    dager = _days_of(deltakelse, omgivelser)
    return dager is not None and dato >= dager.overleveres


def alarms(omgivelser: Omgivelser, dato: date, now: datetime) -> dict[str, int]:
    """What a person is told on `dato` of sluttrapporter without a receipt, by code; the log names package and sender.

    The first telling is noted as an event of the deltakelse, and goes with it; told on that day only, until the day
    from which it is told daily.
    """
    antall: Counter[str] = Counter()
    for sak in unreceived(omgivelser, dato):
        if not sak.dager.told_daily(dato) and not _is_first(sak.deltakelse.ref, omgivelser, dato, now):
            continue
        koder = {Sluttvarsel.UKVITTERT}
        if dato >= sak.dager.overleveres:
            koder.add(sak.varsel)
        for kode in koder:
            antall[kode.value] += 1
        _tell(sak, sak.varsel if dato >= sak.dager.overleveres else Sluttvarsel.UKVITTERT)
    return dict(antall)


def _tell(sak: Ukvittert, varsel: Sluttvarsel) -> None:
    _LOGG.warning(
        "frister: %s: sender %s, recipient %s, delivery %s, message %s. %s",
        varsel.value,
        sak.deltakelse.avsender,
        sak.forsendelse.mottaker if sak.forsendelse else "-",
        sak.pakke.leveranse_id if sak.pakke else "-",
        sak.forsendelse.melding_id if sak.forsendelse else "-",
        varsel.tekst,
    )


def _is_first(ref: str, omgivelser: Omgivelser, dato: date, now: datetime) -> bool:
    """Whether nobody was told before `dato`; noted now if so. A second run on the same day tells the same."""
    with omgivelser.ledger.transaction():
        fortalt = [ett.dato for ett in omgivelser.ledger.hendelser.for_deltakelse(ref) if ett.type == ETTERLYST]
        if not fortalt:
            omgivelser.ledger.hendelser.append(ETTERLYST, {}, tid=now, dato=dato, ref=ref)
    return dato <= min(fortalt, default=dato)


def _ended(omgivelser: Omgivelser, dato: date) -> Iterator[tuple[Deltakelsesrad, Purredager]]:
    for rad in omgivelser.ledger.deltakelser.list():
        dager = _days_of(rad, omgivelser)
        if dager is not None and dato >= min(dager.forste, dager.overleveres):
            yield rad, dager


def _days_of(rad: Deltakelsesrad, omgivelser: Omgivelser) -> Purredager | None:
    """None for one that goes on, or never was."""
    if rad.status not in AVSLUTTET - ALDRI_REELL or rad.slutt_dato is None:
        return None
    regelverk = find_regelverk(rad.tiltakskode, rad.slutt_dato, omgivelser.oppsett.regelverk)
    return reminder_days(rad.slutt_dato, rad.siste_dag, regelverk)


def _duties(omgivelser: Omgivelser) -> Mapping[str, str]:
    return {rad.ref: rad.status for rad in omgivelser.ledger.forpliktelser.list() if rad.type == _SLUTTRAPPORT}


def _is_received(fakta: Sequence[Leveringsfakta]) -> bool:
    versjoner = [
        ett for ett in fakta if ett.type == _SLUTTRAPPORT and ett.tilstand is not Forsendelsestilstand.TILBAKEKALT
    ]
    return bool(versjoner) and (versjoner[-1].svar is not None or versjoner[-1].leveranse in _APNET)


def _look(
    rad: Deltakelsesrad, dager: Purredager, omgivelser: Omgivelser, plikt: str | None, er_stanset: bool
) -> Ukvittert | None:
    if plikt == Forpliktelsesstatus.BORTFALT:
        return None
    versjoner = sorted(_versions(rad.ref, omgivelser), key=lambda forsendelse: forsendelse.versjon)
    if not versjoner:
        er_skyldt = plikt is not None and plikt not in _SKYLDES_IKKE
        return Ukvittert(rad, dager, None, None, (), er_stanset) if er_skyldt else None
    nyeste = versjoner[-1]
    pakke = omgivelser.ledger.leveranser.get(nyeste.leveranse_id) if nyeste.leveranse_id else None
    return Ukvittert(rad, dager, nyeste, pakke, tuple(versjoner[:-1]), er_stanset)


def _versions(ref: str, omgivelser: Omgivelser) -> Iterator[Forsendelsesrad]:
    """The versions to the first recipient, who decides; what was withdrawn before it left is no version."""
    for rad in omgivelser.ledger.dokumenter.forsendelser(ref=ref):
        if rad.type == _SLUTTRAPPORT and not rad.er_kopi and rad.tilstand is not Forsendelsestilstand.TILBAKEKALT:
            yield rad


def _lies_ready(pakke: Leveranserad) -> bool:
    return pakke.tilstand in _LAGT_UT and pakke.pakke is not None
