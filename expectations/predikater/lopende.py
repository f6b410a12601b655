"""Who takes part on a day, and which party was in a contact: what several rules over time ask (regelkatalog ACTIVE)."""

import pandas as pd

from expectations.kontekst import Kontekst, Rader
from expectations.rammer import LISTESKILLE
from expectations.tabeller import Serie
from schemas.koder import kodeverk

HAR_STARTET = ("DELTAR", "HAR_SLUTTET", "AVBRUTT", "FULLFORT")


def active(rader: Rader, dag: pd.Timestamp) -> Serie:
    """The rows whose deltakelse had begun and not ended on the day."""
    start, slutt = rader.fra("deltakelse", "startDato", "dato"), rader.fra("deltakelse", "sluttDato", "dato")
    return start.le(dag) & ~slutt.lt(dag) & rader.fra("deltakelse", "status").isin(HAR_STARTET)


def is_active(k: Kontekst) -> Serie:
    """The reporting rows whose deltakelse goes on today."""
    return k.egne(active(k.rader(k.tabell), k.asof))


def with_party(rader: Rader, part: str) -> Serie:
    """The contacts in which a party took part; the usual parties of the type where none are given."""
    vanlige = {
        kode.kode: LISTESKILLE.join(kode.egenskaper["parter"]) for kode in kodeverk("oppfolgingstype").koder.values()
    }
    deltok = rader.tekst("deltok").where(rader.tekst("deltok").ne(""), rader.tekst("oppfolgingstype").map(vanlige))
    med = {tekst for tekst in deltok.dropna().unique() if part in tekst.split(LISTESKILLE)}
    return deltok.isin(med)
