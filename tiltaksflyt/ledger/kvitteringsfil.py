"""One receipt as the ledger takes it, and what it did there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from tiltaksflyt.ledger.feil import LedgerFeil
from tiltaksflyt.ledger.koder import Statuskode
from tiltaksflyt.ledger.svarvurdering import AVVIST
from tiltaksflyt.ledger.tilstander import Forsendelsestilstand, Leveransetilstand

SVAR = {
    "GODTATT": Forsendelsestilstand.GODTATT,
    "GODTATT_MED_MERKNAD": Forsendelsestilstand.GODTATT,
    AVVIST: Forsendelsestilstand.AVVIST,
}
TEKNISK_KODE = {
    Leveransetilstand.MOTTATT: Statuskode.OVERFORT,
    Leveransetilstand.LEVERT: Statuskode.KVITTERT,
    Leveransetilstand.LEST: Statuskode.LEST,
    Leveransetilstand.FEIL: Statuskode.TEKNISK_AVVIST,
}


@dataclass(frozen=True)
class Dokumentsvar:
    """The answer to one document: GODTATT, GODTATT_MED_MERKNAD or AVVIST."""

    melding_id: str
    status: str
    kode: str | None = None
    tekst: str | None = None
    arkiv_id: str | None = None


@dataclass(frozen=True)
class Kvitteringsfil:
    """One receipt. `kilde` is what makes it the same receipt next time; read twice, it counts once.

    `fra` are the recipients that it may speak for: those that share the channel it came through. `lest` is the day in
    Oslo on which it was read. `teknisk` is MOTTATT, LEVERT, LEST or FEIL for the package as a whole; None when only
    documents are answered.
    """

    kilde: str
    leveranse_id: str
    tid: datetime
    fra: frozenset[str]
    lest: date
    teknisk: Leveransetilstand | None = None
    svar: Sequence[Dokumentsvar] = ()


@dataclass(frozen=True)
class Kvitteringsfunn:
    """What a receipt did. `utsatt`: our own sending is not recorded yet, read it again next run. `falsk`: it came from
    another than the package was sent to, and changed nothing.

    `koblet` are the melding_ids of documents that it answers, `avvist` those among them that are rejected by it now,
    `opphevet` those that were rejected before and are not now. The three are there also for a receipt that is not
    `ny`, so that a run broken off after the commit can still tell the sender. `gjentatt` counts answers that say what
    was said before, `merknader` what a person should see.
    """

    ny: bool
    utsatt: bool = False
    falsk: bool = False
    koblet: tuple[str, ...] = ()
    avvist: tuple[str, ...] = ()
    opphevet: tuple[str, ...] = ()
    ukoblet: int = 0
    etter_sletting: int = 0
    gjentatt: int = 0
    merknader: tuple[Statuskode, ...] = ()


def check(fil: Kvitteringsfil) -> None:
    """Raises LedgerFeil for a status that nobody agreed on, and for two answers to one document."""
    if any(svar.status not in SVAR for svar in fil.svar):
        raise LedgerFeil("KVITTERING_STATUS", "kvittering", "validate the receipt against its schema first")
    if fil.teknisk is not None and fil.teknisk not in TEKNISK_KODE:
        raise LedgerFeil("KVITTERING_STATUS", "leveranse", "a technical receipt is MOTTATT, LEVERT, LEST or FEIL")
    if len({svar.melding_id for svar in fil.svar}) < len(fil.svar):
        raise LedgerFeil("KVITTERING_DOBBELT_SVAR", "kvittering", "a receipt answers a document once")
