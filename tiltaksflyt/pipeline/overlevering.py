"""What a person hands over: a sluttrapport that has not come through by its recipient's own channel in time.

docs/pipeline/levering.md. Safe to run twice and by two workers: a package that lies in our store goes by hand as the
very bytes, under the same leveranseId, and what is not in one is gathered in one claimed by lease.
"""

from collections import Counter
from datetime import date, datetime

from schemas.oppsett import MANUELL, Mottaker
from tiltaksflyt.ledger import (
    Forsendelsesrad,
    Forsendelsestilstand,
    Leveranserad,
    Leveransetilstand,
    Sluttvarsel,
    Statuskode,
    UlovligOvergang,
)
from tiltaksflyt.pipeline import levering
from tiltaksflyt.pipeline.forsok import Forsok
from tiltaksflyt.pipeline.omgivelser import Omgivelser
from tiltaksflyt.pipeline.pakker import remove_package
from tiltaksflyt.pipeline.sluttkvittering import Ukvittert, unreceived

OVERLEVERT = "SLUTTRAPPORT_OVERLEVERES"
VINDU = "overlevering"
_T = Leveransetilstand
# A package that is not as it was made cannot be handed over, and neither can one that the recipient could not open.
_ODELAGT = frozenset({Statuskode.PAKKE_MANGLER, Statuskode.PAKKE_ENDRET})
_LAGT_UT = frozenset({Statuskode.GITT_VIDERE.value, Statuskode.FINNES_ALLEREDE.value})


def hand_over(omgivelser: Omgivelser, dato: date, now: datetime) -> dict[str, int]:
    """Lay out every sluttrapport that is due for it, each for the person who serves its recipient; how many.

    One a time: what goes wrong with one stops no other, is in the log, and is told as long as it is not laid out.
    """
    forsok = Forsok("frister")
    antall: Counter[str] = Counter()
    for sak in unreceived(omgivelser, dato):
        if dato >= sak.dager.overleveres and sak.varsel is Sluttvarsel.IKKE_LAGT_UT:
            lagt_ut = forsok.attempt(sak.deltakelse.avsender, _hand_over_one, sak, omgivelser, dato, now)
            antall["lagtUtForOverlevering"] += bool(lagt_ut)
    return {kode: hvor_mange for kode, hvor_mange in antall.items() if hvor_mange}


def _hand_over_one(sak: Ukvittert, omgivelser: Omgivelser, dato: date, now: datetime) -> bool:
    if sak.forsendelse is None:
        return False
    mottaker = omgivelser.oppsett.mottakere.get(sak.forsendelse.mottaker)
    if mottaker is None or not levering.may_receive(mottaker, omgivelser):
        return False
    leveranse_id = _package_of(sak, sak.forsendelse, mottaker, omgivelser, dato, now)
    if leveranse_id is None:
        return False
    return levering.send(leveranse_id, omgivelser=omgivelser, now=now, regardless=True) in _LAGT_UT


def _package_of(
    sak: Ukvittert, forsendelse: Forsendelsesrad, mottaker: Mottaker, omgivelser: Omgivelser, dato: date, now: datetime
) -> str | None:
    """The package to lay out, with the channel of a person; None when there is none that can be."""
    pakke = sak.pakke
    try:
        if pakke is not None and _is_lost(pakke):
            _let_go(pakke, omgivelser, now)
            pakke = None
        if pakke is None:
            return _gather(sak, forsendelse, mottaker, omgivelser, dato, now)
    except UlovligOvergang:
        # Another worker has it in its hands now; the next run sees what came of it.
        return None
    if pakke.kanal == MANUELL:
        return pakke.leveranse_id
    with omgivelser.ledger.transaction():
        if not omgivelser.ledger.leveranser.hand_over(pakke.leveranse_id, MANUELL, now=now):
            return None
        _note(sak, omgivelser, dato, now)
    return pakke.leveranse_id


def _is_lost(pakke: Leveranserad) -> bool:
    """Whether the package cannot go as it is: no bytes are stored, or not the right ones."""
    if pakke.tilstand is _T.FEIL and pakke.statuskode is Statuskode.TEKNISK_AVVIST:
        return pakke.kanal != MANUELL
    if pakke.pakke is None:
        return pakke.kanal != MANUELL or pakke.tilstand in (_T.SENDT, _T.MOTTATT)
    return pakke.tilstand is _T.FEIL and pakke.statuskode in _ODELAGT


def _let_go(pakke: Leveranserad, omgivelser: Omgivelser, now: datetime) -> None:
    """Its documents are ready again. Raises UlovligOvergang while a worker has it."""
    if pakke.tilstand in (_T.SENDT, _T.MOTTATT):
        omgivelser.ledger.leveranser.expire(pakke.leveranse_id)
    else:
        omgivelser.ledger.leveranser.cancel(pakke.leveranse_id, Statuskode.AVLYST_FOR_OVERLEVERING, now=now)
    remove_package(omgivelser, pakke)


def _gather(
    sak: Ukvittert, forsendelse: Forsendelsesrad, mottaker: Mottaker, omgivelser: Omgivelser, dato: date, now: datetime
) -> str | None:
    """A package of its own, so that it is erased with its own deltakelse and no other's."""
    if not levering.can_seal(mottaker, omgivelser, dato, now):
        return None
    for eldre in sak.eldre:
        # A version goes before the newer one: an older one that never came away would keep it here for ever.
        if eldre.tilstand is Forsendelsestilstand.I_LEVERANSE and eldre.leveranse_id is not None:
            _let_go(omgivelser.ledger.leveranser.get(eldre.leveranse_id), omgivelser, now)
    with omgivelser.ledger.transaction():
        rad = omgivelser.ledger.leveranser.create(mottaker.nokkel, MANUELL, VINDU, [forsendelse.melding_id], now=now)
        if rad is None:
            return None
        _note(sak, omgivelser, dato, now)
    return rad.leveranse_id


def _note(sak: Ukvittert, omgivelser: Omgivelser, dato: date, now: datetime) -> None:
    omgivelser.ledger.hendelser.append(OVERLEVERT, {}, tid=now, dato=dato, ref=sak.deltakelse.ref)
