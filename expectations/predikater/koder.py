"""Code lists, and codes that belong together (group KOD)."""

from collections.abc import Sequence

from expectations.kontekst import Kontekst
from expectations.predikater.register import Maske, bare_utfylte, leser_problemer, predikat
from expectations.rammer import LISTESKILLE
from schemas.koder import kodeverk
from schemas.kontrakt import Felttype, felt


@predikat
@leser_problemer
@bare_utfylte
def ukjent_kode(k: Kontekst, *, koder: Sequence[str]) -> Maske:
    """The cell held a word that is neither a code nor an alias when it was read, or holds no code now."""
    egenskaper = felt(k.sted.kontrakttabell, k.kolonne())
    kjente = kodeverk(str(egenskaper.kodeverk)).koder
    er_liste = egenskaper.type is Felttype.KODELISTE

    def unknown(tekst: str) -> bool:
        return any(del_ not in kjente for del_ in (tekst.split(LISTESKILLE) if er_liste else [tekst]) if tekst)

    return k.problem(koder) | k.blant(k.kolonne(), unknown)


@predikat
def uten_regelverk(k: Kontekst) -> Maske:
    """No policy is in force for the tiltak on the day of the event."""
    return k.finnes("tiltakskode") & k.regelverk().isna()


@predikat
def status_intern_hos_nav(k: Kontekst, *, navInterne: Sequence[str]) -> Maske:
    """The status is one that only Nav has."""
    return k.tekst("status").isin(navInterne)


@predikat
def status_for_felles_oppstart(k: Kontekst, *, bareFellesOppstart: Sequence[str]) -> Maske:
    """The status is used only where everyone starts together."""
    return k.tekst("status").isin(bareFellesOppstart)


@predikat
def aarsak_bare_navs(k: Kontekst, *, arrangorAarsaker: Sequence[str]) -> Maske:
    """The cause is one that a tiltaksarrangør cannot give."""
    return k.finnes("aarsak") & ~k.tekst("aarsak").isin(arrangorAarsaker)


@predikat
def aarsak_uten_slutt(k: Kontekst, *, statusMedAarsak: Sequence[str]) -> Maske:
    """There is a cause of an end, and the status says no end."""
    return k.finnes("aarsak") & k.finnes("status") & ~k.tekst("status").isin(statusMedAarsak)


@predikat
def ikke_aktuell_uten_aarsak(k: Kontekst) -> Maske:
    """The deltakelse is no longer relevant, and nothing says why."""
    return k.tekst("status").eq("IKKE_AKTUELL") & k.tom("aarsak")


@predikat
def sluttet_uten_aarsak(k: Kontekst) -> Maske:
    """The deltakelse has ended, and nothing says why."""
    return k.tekst("status").isin(["HAR_SLUTTET", "AVBRUTT"]) & k.tom("aarsak")


@predikat
def aarsaksbeskrivelse_passer_ikke(k: Kontekst) -> Maske:
    """The cause is «annet» without a description, or has a description without being «annet»."""
    annet = k.tekst("aarsak").eq("ANNET")
    return annet & k.tom("aarsakBeskrivelse") | ~annet & k.finnes("aarsakBeskrivelse")


@predikat
def innhold_passer_ikke(k: Kontekst) -> Maske:
    """The content code is not one that Nav has for the tiltak, or is «annet» without a description."""
    tiltak, innhold = k.fra("deltakelse", "tiltakskode"), k.tekst("innholdskode")
    koblinger = {
        f"{kode.kode}@{tiltakskode}"
        for kode in kodeverk("innholdskode").koder.values()
        for tiltakskode in kode.egenskaper["tiltakskoder"]
    }
    ukjent = innhold.ne("") & tiltak.ne("") & ~(innhold + "@" + tiltak).isin(koblinger)
    uten_ord = innhold.eq("annet") & k.tom("beskrivelse") & tiltak.ne("VARIG_TILRETTELAGT_ARBEID_SKJERMET")
    return ukjent | uten_ord
