"""Which party took part in a contact (oppfolging.deltok)."""

from expectations.kontekst import Rader
from expectations.rammer import LISTESKILLE
from expectations.tabeller import Serie
from schemas.koder import kodeverk


def with_party(rader: Rader, part: str) -> Serie:
    """The contacts in which a party took part; the usual parties of the type where none are given."""
    vanlige = {
        kode.kode: LISTESKILLE.join(kode.egenskaper["parter"]) for kode in kodeverk("oppfolgingstype").koder.values()
    }
    deltok = rader.tekst("deltok").where(rader.tekst("deltok").ne(""), rader.tekst("oppfolgingstype").map(vanlige))
    med = {tekst for tekst in deltok.dropna().unique() if part in tekst.split(LISTESKILLE)}
    return deltok.isin(med)
