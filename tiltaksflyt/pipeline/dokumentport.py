"""How a new version comes into the ledger: told who sends and who receives, held against its schemas, and kept."""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from schemas.oppsett import Avsender, Mottaker
from tiltaksflyt.ledger import Dokumentplass, NyForsendelse, Statuskode
from tiltaksflyt.pipeline.omgivelser import Omgivelser
from transforms.dokument import Innhold
from transforms.dokument_formater import check
from transforms.dokument_hode import Avsenderhode, Dokumenthode, Mottakerhode
from transforms.journalpost import UgyldigForArkivet, build_journalpost, is_archived_at_nav

_LOGG = logging.getLogger("tiltaksflyt")


class UgyldigDokument(Exception):
    """A document that was just built breaks its own schema: a fault of ours, never of the sender."""

    kode = "UGYLDIG_DOKUMENT"


def make_hode(
    plass: Dokumentplass,
    avsender: Avsender,
    mottaker: Mottaker,
    omgivelser: Omgivelser,
    *,
    kildesystem: str,
    opprettet: datetime,
    frist: date | None,
) -> Dokumenthode:
    """What a version in its place is told about itself."""
    return Dokumenthode(
        dokument_id=plass.dokument_id,
        melding_id=plass.melding_id,
        versjon=plass.versjon,
        erstatter=plass.erstatter,
        opprettet=opprettet,
        frist=frist,
        modus=omgivelser.modus,
        maalform=avsender.maalform,
        avsender=Avsenderhode(avsender.orgnr, avsender.navn, kildesystem),
        mottaker=Mottakerhode.of(mottaker),
    )


def keep(
    orgnr: str,
    plass: Dokumentplass,
    innhold: Innhold,
    *,
    grunnlag: Mapping[str, Any],
    forsendelser: Sequence[NyForsendelse],
    omgivelser: Omgivelser,
    dato: date,
    now: datetime,
    antall: Counter[str],
) -> bool:
    """Keep a version that was built; False when it is refused, or another worker was first.

    Counts in `antall`: `ugyldigForArkivet` when Nav's archive would not take it, `holdt` when it waits for a person
    because of adressebeskyttelse. The log says whose it is, and nothing of the person. Raises UgyldigDokument.
    """
    try:
        _ensure_sendable(innhold)
    except UgyldigForArkivet as feil:
        antall["ugyldigForArkivet"] += 1
        _LOGG.error("rapportering: a document of sender %s is not built: %s", orgnr, feil)
        return False
    lagt_til = omgivelser.ledger.dokumenter.add(
        plass, innhold, grunnlag=grunnlag, forsendelser=forsendelser, klar_dato=dato, bygget=now
    )
    if lagt_til and any(ny.statuskode is Statuskode.ADRESSEBESKYTTELSE for ny in forsendelser):
        antall["holdt"] += 1
        _LOGG.warning("rapportering: a document of sender %s is held: ADRESSEBESKYTTELSE", orgnr)
    return lagt_til


def _ensure_sendable(innhold: Innhold) -> None:
    if check(innhold):
        raise UgyldigDokument("a document that was just built breaks its own schema; nothing was kept")
    if is_archived_at_nav(innhold):
        build_journalpost(innhold)
