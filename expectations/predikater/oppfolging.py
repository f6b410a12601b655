"""Meetings, and who is responsible (group OPF)."""

from collections.abc import Sequence

from expectations.kontekst import Kontekst
from expectations.predikater.register import Maske, bare_utfylte, predikat
from expectations.rammer import LISTESKILLE


@predikat
@bare_utfylte
def trepartsmote_uten_alle(k: Kontekst, *, trepartstyper: Sequence[str], parter: Sequence[str]) -> Maske:
    """The meeting is one of three parties, and one of them is not among those who took part."""

    def lacks_someone(deltok: str) -> bool:
        return deltok != "" and not set(parter) <= set(deltok.split(LISTESKILLE))

    return k.tekst("oppfolgingstype").isin(trepartstyper) & k.blant(k.kolonne(), lacks_someone)


@predikat
def oppstartssamtale_ulikt_datert(k: Kontekst) -> Maske:
    """The first meeting stands only in the deltakelse, only in the list of meetings, or with different dates."""
    rader = k.rader("oppfolging")
    samtaler = rader.tekst("oppfolgingstype").eq("OPPSTARTSSAMTALE")
    samme_dag = samtaler & rader.dato("dato").eq(rader.fra("deltakelse", k.kolonne(), "dato"))
    bare_her = k.finnes(k.kolonne()) & ~k.noen("oppfolging", samme_dag)
    bare_i_listen = k.tom(k.kolonne()) & k.noen("oppfolging", samtaler)
    return k.finnes("deltakelseId") & (bare_her | bare_i_listen)


@predikat
def uten_veileder(k: Kontekst) -> Maske:
    """The person takes part, and nobody with the arrangør is responsible."""
    return k.tekst("status").eq("DELTAR") & k.tom("veileder")
