"""What waits too long and is asked after: packages without an answer, and what no run will loosen by itself.

Nothing is stored: an alarm is computed from what the ledger knows each time somebody looks, so it is gone when the
receipt comes.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from schemas.kvitteringsfrist import kvitteringsfrist_dager
from schemas.oppsett import Mottaker
from tiltaksflyt.ledger import Ubesvart
from tiltaksflyt.pipeline.omgivelser import Omgivelser
from transforms.kalender import add_virkedager

KVITTERING_MANGLER = "KVITTERING_MANGLER"
SITTER_FAST = "SITTER_FAST"


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


def alarms(omgivelser: Omgivelser, dato: date, now: datetime) -> dict[str, int]:
    """What a person must look at today, by code: how many packages lack a receipt, and how much is stuck."""
    antall = {
        KVITTERING_MANGLER: len(late_receipts(omgivelser, dato)),
        SITTER_FAST: sum(omgivelser.ledger.oversikt(now).sittende_fast.values()),
    }
    return {kode: hvor_mange for kode, hvor_mange in antall.items() if hvor_mange}
