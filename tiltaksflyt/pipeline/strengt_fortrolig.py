"""A person who is strictly protected was in a drop: nothing of it is kept, and what brought it is erased at once.

docs/pipeline/mottak.md. The rules with the effect SLETT_STRAKS say who (PII011); the log and the alert say how many.
"""

import logging
from collections.abc import Collection
from datetime import date, datetime

from tiltaksflyt.ledger import Statuskode
from tiltaksflyt.pipeline.omgivelser import Omgivelser
from tiltaksflyt.pipeline.samtykker import erase_of
from tiltaksflyt.pipeline.sletting import erase, forget_deleted_objects, open_case

_LOGG = logging.getLogger("tiltaksflyt")


def erase_at_once(
    orgnr: str,
    deltaker_ider: Collection[str],
    raafil: str | None,
    *,
    omgivelser: Omgivelser,
    dato: date,
    now: datetime,
) -> None:
    """Erase the dropped file with all its versions, and what was stored of these persons (the sender's own ids) before,
    with their consents.

    The store is made to forget the bytes now and not at night. What a person holds back from deletion is left, and the
    log says so. Raises VaskFeilet.
    """
    if raafil is not None:
        omgivelser.storage.delete(raafil)
    ledger = omgivelser.ledger
    holdt = {hold.ref for hold in ledger.tilbakehold.active(dato)}
    lagret = [rad for id_ in deltaker_ider for rad in ledger.deltakelser.of_deltaker(orgnr, id_)]
    slettes = [rad for rad in lagret if rad.ref not in holdt]
    # Before the deltakelser: their erasure takes away the link to the consents.
    refs = [rad.ref for rad in slettes]
    erase_of(refs, Statuskode.STRENGT_FORTROLIG, omgivelser=omgivelser, dato=dato, now=now)
    saker = [open_case(rad, omgivelser=omgivelser, dato=dato, grunn=Statuskode.STRENGT_FORTROLIG) for rad in slettes]
    _LOGG.warning(
        "mottak: a file of sender %s named somebody who may not be sent this way: STRENGT_FORTROLIG; the file is "
        "erased, with %d of %d deltakelser stored before",
        orgnr,
        len(saker),
        len(lagret),
    )
    erase(saker, omgivelser=omgivelser, dato=dato, now=now)
    if not saker:
        forget_deleted_objects(omgivelser.objektvask)
