"""The door for what a rule wants a person to confirm (beslutninger 23): `tiltaksflyt confirm`."""

from datetime import datetime

from expectations.regel import Regel
from expectations.regelsett import alle_regler, regler_etter_id
from schemas.oppbevaring import oppbevaring
from tiltaksflyt.ledger import IkkeFunnet
from tiltaksflyt.pipeline.begrunnelse import refuse_personident
from tiltaksflyt.pipeline.feil import Bruksfeil
from tiltaksflyt.pipeline.omgivelser import Omgivelser

_SAK_LENGDE = 60


def confirm(
    omgivelser: Omgivelser, regel_id: str, *, avsender: str, sak: str, av: str, grunn: str, now: datetime
) -> int:
    """One person confirms that a breach is right; answers how many more must. It stands for some weeks.

    `sak` is the innsendingId of the answer for FIL015, otherwise the sender's own deltakerId or deltakelseId; that is
    kept only as a keyed fingerprint. Raises Bruksfeil for a rule that no one can confirm, for an unknown case, and
    for a name or reason that holds a personident.
    """
    regel = regler_etter_id().get(regel_id)
    if regel is None or regel.bekreftes is None:
        raise Bruksfeil(f"only {', '.join(confirmable())} can be confirmed")
    if avsender not in omgivelser.oppsett.avsendere:
        raise Bruksfeil("the sender has no set-up; check --arrangor")
    if not av.strip() or not grunn.strip():
        raise Bruksfeil("--by and --reason say who confirms and why; neither may be empty")
    refuse_personident(av, grunn, now)
    nokkel = _find(omgivelser, regel, avsender, sak)
    utloper = now + oppbevaring().bekreftelse
    bekreftelser = omgivelser.ledger.bekreftelser
    bekreftelser.confirm(regel_id, nokkel, av=av.strip(), grunn=grunn.strip(), tid=now, utloper=utloper)
    navn = bekreftelser.names(regel_id, nokkel, now)
    return max(regel.bekreftes.personer - len(navn), 0)


def confirmable() -> list[str]:
    """The rules whose breach persons may confirm."""
    return [regel.regel for regel in alle_regler() if regel.bekreftes is not None]


def _find(omgivelser: Omgivelser, regel: Regel, avsender: str, sak: str) -> str:
    slag = regel.bekreftes.sak if regel.bekreftes else ""
    if slag != "innsendingId":
        return case_id(omgivelser, avsender, slag, sak)
    try:
        rad = omgivelser.ledger.innsendinger.get(sak)
    except IkkeFunnet:
        raise Bruksfeil("no such innsending; --sak is the id at the foot of the answer") from None
    if rad.avsender != avsender:
        raise Bruksfeil("the innsending is another sender's; check --arrangor")
    return sak


def case_id(omgivelser: Omgivelser, avsender: str, slag: str, sak: str) -> str:
    """What a confirmed person or deltakelse is known by: a keyed fingerprint, never the sender's own id.

    It begins as the fingerprint in its row in the ledger, so that it is found when that is erased.
    """
    return omgivelser.ledger.nokler.lookup(avsender, slag.removesuffix("Id"), sak)[:_SAK_LENGDE]
