"""Certificates that run out: told in good time, and every day once it is too late.

Without a valid one nothing can be signed or encrypted, so what is ready waits, and deadlines run.
"""

import logging
from collections import Counter
from collections.abc import Iterator
from datetime import date

from cryptography.x509 import Certificate

from schemas.loader import SCHEMAS, load
from schemas.oppsett import Mottaker
from tiltaksflyt.delivery import Sertifikatfeil
from tiltaksflyt.pipeline.omgivelser import Omgivelser
from transforms.kalender import oslo_dato

UTLOPER, UTLOPT, UBRUKELIG = "SERTIFIKAT_UTLOPER", "SERTIFIKAT_UTLOPT", "SERTIFIKAT_UBRUKELIG"
VIRKSOMHETEN = "virksomheten"
_VARSEL = SCHEMAS / "regelverk" / "sertifikatvarsel.yaml"
_LOGG = logging.getLogger("tiltaksflyt")


def certificates_to_tell_of(omgivelser: Omgivelser, dato: date) -> dict[str, int]:
    """How many certificates an operator is told of on a day, by code; the log names whose each is.

    SERTIFIKAT_UTLOPER on the days before that the policy names (schemas/regelverk/sertifikatvarsel.yaml),
    SERTIFIKAT_UTLOPT every day after the last, SERTIFIKAT_UBRUKELIG every day for one that cannot be read.
    """
    dager_for = frozenset(load(_VARSEL, "sertifikatvarsel")["dagerFor"])
    antall: Counter[str] = Counter()
    for hvem, sertifikat in _certificates(omgivelser):
        if isinstance(sertifikat, Sertifikatfeil):
            kode, naar = UBRUKELIG, str(sertifikat)
        else:
            siste_dag = oslo_dato(sertifikat.not_valid_after_utc)
            igjen = (siste_dag - dato).days
            if igjen >= 0 and igjen not in dager_for:
                continue
            kode, naar = UTLOPER if igjen >= 0 else UTLOPT, f"its last day is {siste_dag.isoformat()}"
        antall[kode] += 1
        _LOGG.warning("vedlikehold: %s: the certificate of %s: %s", kode, hvem, naar)
    return dict(antall)


def _certificates(omgivelser: Omgivelser) -> Iterator[tuple[str, Certificate | Sertifikatfeil]]:
    yield VIRKSOMHETEN, _attempt(omgivelser, None)
    for mottaker in omgivelser.oppsett.mottakere.values():
        if mottaker.er_test == omgivelser.er_test:
            yield mottaker.nokkel, _attempt(omgivelser, mottaker)


def _attempt(omgivelser: Omgivelser, mottaker: Mottaker | None) -> Certificate | Sertifikatfeil:
    try:
        return omgivelser.virksomhet.sertifikat if mottaker is None else omgivelser.certificate_of(mottaker)
    except Sertifikatfeil as feil:
        return feil
