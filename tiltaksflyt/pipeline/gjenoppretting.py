"""After a restore: what an older ledger has brought back is found, and erased again, before anything else runs.

docs/produksjon.md. The ledger is old, the key store is today's (docs/adr/0002): what was erased since the backup is
there as rows that nobody can read. What proves their erasure is copied outside the ledger (retention/forankring.py).
"""

from dataclasses import dataclass
from datetime import date, datetime

from schemas.regelverk import regelverk as find_regelverk
from tiltaksflyt.ledger import Kjedefunn, Statuskode
from tiltaksflyt.pipeline import sletting
from tiltaksflyt.pipeline.omgivelser import Omgivelser
from tiltaksflyt.retention.forankring import read_chain


@dataclass(frozen=True)
class Gjenopprettingsfunn:
    """How a ledger stands after a restore. `mangler` is the entries of evidence that it lacks, `gjengangere` the
    deltakelser whose key is destroyed, `ufullstendige` the erasures that were under way."""

    kjede: Kjedefunn
    mangler: int
    gjengangere: int
    ufullstendige: int

    @property
    def er_i_orden(self) -> bool:
        """Whether nothing that was erased is here, and the evidence is whole."""
        return self.kjede.ok and not (self.mangler or self.gjengangere or self.ufullstendige)

    def as_json(self) -> dict[str, object]:
        """As `restore check --json` prints it."""
        return {
            "iOrden": self.er_i_orden,
            "kjede": {"antall": self.kjede.antall, "feil": [feil.as_json() for feil in self.kjede.feil]},
            "manglendeBevis": self.mangler,
            "gjengangere": self.gjengangere,
            "ufullstendigeSlettinger": self.ufullstendige,
        }


def check(omgivelser: Omgivelser) -> Gjenopprettingsfunn:
    """What a restore has left to do. Changes nothing. Raises UlestForankring."""
    ledger = omgivelser.ledger
    return Gjenopprettingsfunn(
        kjede=sletting.verify(omgivelser),
        mangler=max(0, len(read_chain(omgivelser.forankring)) - ledger.bevis.head().antall),
        gjengangere=len(ledger.slettinger.ghosts()),
        ufullstendige=len(ledger.slettinger.unfinished()),
    )


def replay(omgivelser: Omgivelser, dato: date, now: datetime) -> dict[str, int]:
    """Bring the evidence up to the copy, and erase again what came back; counts. Safe to run again.

    Rows that bear the id of a proven erasure go at once; those whose key is gone and that bear none get an erasure of
    their own, with evidence, for the reason ETTER_GJENOPPRETTING. Raises LedgerFeil KJEDE when something was erased
    between the restore and this, so that copy and ledger have grown apart; UlestForankring.
    """
    ledger = omgivelser.ledger
    foer = ledger.bevis.head().antall
    saker = ledger.bevis.replay(read_chain(omgivelser.forankring), (omgivelser.signering.public_key(),))
    fjernet = ledger.slettinger.remove_again(saker)
    apnet = [_open(omgivelser, ref, dato) for ref in ledger.slettinger.ghosts()]
    antall = sletting.erase(apnet, omgivelser=omgivelser, dato=dato, now=now)
    ledger.forget_free_space()
    return {
        "bevisLagtTil": ledger.bevis.head().antall - foer - antall.get("slettet", 0),
        "fjernetIgjen": fjernet,
        "gjengangere": len(apnet),
        "slettet": antall.get("slettet", 0),
    }


def _open(omgivelser: Omgivelser, ref: str, dato: date) -> str:
    rad = omgivelser.ledger.deltakelser.get(ref)
    regelverk = find_regelverk(rad.tiltakskode, rad.slutt_dato or rad.sist_i_drop, omgivelser.oppsett.regelverk)
    sak = omgivelser.ledger.slettinger.open(
        ref, sletting.LAGRE, dato=dato, regelverk=regelverk.versjon, grunn=Statuskode.ETTER_GJENOPPRETTING
    )
    return sak.slettesak_id
