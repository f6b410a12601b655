"""What waits too long and is asked after: packages without an answer, deletions that no sender has confirmed, what no
run will loosen by itself, and sluttrapporter without a receipt.

An alarm is computed from what the ledger knows each time somebody looks, so it is gone when the receipt comes.
"""

import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from schemas.kvitteringsfrist import kvitteringsfrist_dager
from schemas.oppsett import Mottaker
from schemas.sletteoppfolging import sletteoppfolging
from tiltaksflyt.ledger import Ubesvart
from tiltaksflyt.pipeline import sluttkvittering
from tiltaksflyt.pipeline.omgivelser import Omgivelser
from transforms.kalender import add_virkedager

KVITTERING_MANGLER = "KVITTERING_MANGLER"
SITTER_FAST = "SITTER_FAST"
SLETTING_UBEKREFTET = "SLETTING_UBEKREFTET"
SLETTING_HOLDT_TILBAKE = "SLETTING_HOLDT_TILBAKE"
_DAGER_I_UKEN = 7
_LOGG = logging.getLogger("tiltaksflyt")


@dataclass(frozen=True)
class ManglendeKvittering:
    """A package whose documents should have been answered by now. `frist` was the last day in time."""

    ubesvart: Ubesvart
    frist: date

    def as_json(self) -> dict[str, Any]:
        """As `status --json` lists it."""
        return {
            "leveranseId": self.ubesvart.leveranse_id,
            "mottaker": self.ubesvart.mottaker,
            "sendt": self.ubesvart.sendt_dato.isoformat(),
            "frist": self.frist.isoformat(),
            "ubesvart": self.ubesvart.antall,
        }


def receipt_deadline(sendt: date, mottaker: Mottaker | None) -> date:
    """The last day on which a receipt for what was sent on the day `sendt` is in time: so many working days after it.

    The recipient's own number, where mottakere.yaml has one; otherwise that of schemas/regelverk/kvitteringsfrist.yaml.
    """
    egen = mottaker.kvitteringsfrist_dager if mottaker else None
    return add_virkedager(sendt, kvitteringsfrist_dager() if egen is None else egen)


def late_receipts(omgivelser: Omgivelser, dato: date) -> tuple[ManglendeKvittering, ...]:
    """The packages whose receipts are late on `dato`, the one sent first first."""
    mottakere = omgivelser.oppsett.mottakere
    ubesvarte = (
        ManglendeKvittering(ubesvart, receipt_deadline(ubesvart.sendt_dato, mottakere.get(ubesvart.mottaker)))
        for ubesvart in omgivelser.ledger.leveransehistorikk.unanswered()
    )
    return tuple(mangler for mangler in ubesvarte if dato > mangler.frist)


@dataclass(frozen=True)
class Slettepurring:
    """The erasures of ours that their senders have not confirmed for their own systems, in counts.

    `per_uke` by the whole weeks since our own erasure, while they are followed up; `purres` are those of them that a
    person is told of; `oppgitt` are older, and nobody is told any more.
    """

    per_uke: Mapping[int, int]
    purres: int
    oppgitt: int

    def as_json(self) -> dict[str, Any]:
        """As `status --json` shows it."""
        uker = {str(uke): antall for uke, antall in sorted(self.per_uke.items())}
        return {"ukerSidenSletting": uker, "purres": self.purres, "oppgitt": self.oppgitt}


def unconfirmed_deletions(omgivelser: Omgivelser, dato: date) -> Slettepurring:
    """How many erasures are unconfirmed on `dato`, by age. The periods: schemas/regelverk/sletteoppfolging.yaml."""
    perioder = sletteoppfolging()
    aldre = [dato - ett.slettet for ett in omgivelser.ledger.slettebekreftelser.unconfirmed(date.min)]
    folges = [alder for alder in aldre if alder <= perioder.oppfolging]
    return Slettepurring(
        per_uke=Counter(alder.days // _DAGER_I_UKEN for alder in folges),
        purres=sum(alder > perioder.purring for alder in folges),
        oppgitt=len(aldre) - len(folges),
    )


def alarms(omgivelser: Omgivelser, dato: date, now: datetime) -> dict[str, int]:
    """What a person must look at today, by code: how many packages lack a receipt, how many deletions a sender has not
    confirmed in time, how many a person holds back, how much is stuck, and what becomes of sluttrapporter without a
    receipt. The log names each hold, never whose it is.
    """
    holdte = omgivelser.ledger.tilbakehold.active(dato)
    for hold in holdte:
        _LOGG.warning("frister: %s: %s until %s", SLETTING_HOLDT_TILBAKE, hold.tilbakehold_id, hold.til.isoformat())
    antall = {
        KVITTERING_MANGLER: len(late_receipts(omgivelser, dato)),
        SLETTING_UBEKREFTET: unconfirmed_deletions(omgivelser, dato).purres,
        SLETTING_HOLDT_TILBAKE: len(holdte),
        SITTER_FAST: sum(omgivelser.ledger.oversikt(now).sittende_fast.values()),
    }
    sluttrapporter = sluttkvittering.alarms(omgivelser, dato, now)
    return {kode: hvor_mange for kode, hvor_mange in antall.items() if hvor_mange} | sluttrapporter
