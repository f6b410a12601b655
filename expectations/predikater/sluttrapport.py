"""The final assessment and its result (group SLU)."""

from collections.abc import Sequence

from expectations.kontekst import Kontekst
from expectations.predikater.oppmote import UTEN_OPPMOTE, is_no_show, took_part_after_start
from expectations.predikater.plan import is_required
from expectations.predikater.register import Maske, Parameter, predikat
from expectations.predikater.tid import add_days
from expectations.tabeller import Serie
from schemas.koder import kodeverk

_KAN_STA_MED_BEGGE = ("LAERLING", "LAEREKANDIDAT")
_OVERGANG = ("FATT_JOBB", "UTDANNING")


@predikat
def sluttpunkt_mangler(k: Kontekst, *, pakrevdePunkter: Parameter) -> Maske:
    """A finished sluttrapport lacks a required point; one who never came owes none."""
    punkt = k.kolonne()
    return k.finnes("ferdigstilt") & is_required(punkt, pakrevdePunkter) & k.tom(punkt) & ~is_no_show(k)


@predikat
def resultat_uten_arbeidsforhold(k: Kontekst, *, artArbeid: Sequence[str], artUtdanning: Sequence[str]) -> Maske:
    """The result is work or education, and no such row exists. A placement is never a job (004 L2294-2295)."""
    arbeid = k.tekst("resultat").eq("ARBEID") & ~k.noen("arbeidsforhold", _lasting(k, artArbeid))
    utdanning = k.tekst("resultat").eq("UTDANNING") & ~k.noen("arbeidsforhold", _lasting(k, artUtdanning))
    return arbeid | utdanning


@predikat
def resultat_begynner_sent(
    k: Kontekst, *, artArbeid: Sequence[str], artUtdanning: Sequence[str], dagerArbeid: int, dagerUtdanning: int
) -> Maske:
    """The work or education that supports the result begins long after the end."""
    brudd = k.maske()
    for resultat, arter, dager in (("ARBEID", artArbeid, dagerArbeid), ("UTDANNING", artUtdanning, dagerUtdanning)):
        varer = _lasting(k, arter)
        rader = k.rader("arbeidsforhold")
        sent = rader.dato("fraDato").gt(add_days(rader.fra("deltakelse", "sluttDato", "dato"), dager))
        bare_sene = k.noen("arbeidsforhold", varer & sent) & ~k.noen("arbeidsforhold", varer & ~sent)
        brudd |= k.tekst("resultat").eq(resultat) & bare_sene
    return brudd


@predikat
def jobben_er_ufullstendig(k: Kontekst) -> Maske:
    """The result is work, and no job that supports it has its form, its extent and whether it is subsidised."""
    rader = k.rader("arbeidsforhold")
    omfang = rader.tekst("stillingsprosent").ne("") | rader.tekst("timerPerUke").ne("")
    fullstendig = rader.tekst("ansettelsesform").ne("") & rader.tekst("lonnstilskudd").ne("") & omfang
    jobber = _lasting(k, ["ARBEID"])
    har_bare_ufullstendige = k.noen("arbeidsforhold", jobber) & ~k.noen("arbeidsforhold", jobber & fullstendig)
    return k.tekst("resultat").eq("ARBEID") & har_bare_ufullstendige


@predikat
def jobb_med_faa_timer(k: Kontekst, *, minTimer: float, timerFullUke: float, dager: int) -> Maske:
    """The result is work, and the jobs soon after the end are so few hours a week that Nav does not count them."""
    rader = k.rader("arbeidsforhold")
    slutt = rader.fra("deltakelse", "sluttDato", "dato")
    i_kraft = rader.dato("fraDato").le(add_days(slutt, dager)) & ~rader.dato("tilDato").lt(slutt)
    jobber = rader.tekst("art").eq("ARBEID") & i_kraft
    timer = rader.tall("timerPerUke").fillna(rader.tall("stillingsprosent") * timerFullUke / 100)
    # One job of unknown extent leaves the sum unknown.
    i_alt = timer[jobber].groupby(rader.nokkel()[jobber]).sum(skipna=False)
    return k.tekst("resultat").eq("ARBEID") & k.nokkel().map(i_alt).astype("float64").le(minTimer)


@predikat
def attest_mangler(k: Kontekst, *, ordinaereArenaer: Sequence[str]) -> Maske:
    """The person was with an ordinary employer, and no testimonial has been given."""
    praksis = k.noen("aktivitet", k.rader("aktivitet").tekst("arena").isin(ordinaereArenaer))
    return k.finnes("ferdigstilt") & k.tom("attestUtlevert") & praksis


def _lasting(k: Kontekst, arter: Sequence[str]) -> Serie:
    """The arbeidsforhold rows of these kinds that did not end before the deltakelse did."""
    rader = k.rader("arbeidsforhold")
    sluttet_for = rader.dato("tilDato").lt(rader.fra("deltakelse", "sluttDato", "dato"))
    return rader.tekst("art").isin(arter) & ~sluttet_for


@predikat
def resultat_mot_aarsak(k: Kontekst) -> Maske:
    """The result and the cause of the end say different things."""
    resultat, aarsak = k.tekst("resultat"), k.fra("deltakelse", "aarsak")
    resultater = kodeverk("resultat_ved_slutt").koder
    svarer_til = {kode: resultater[kode].egenskaper["deltakerstatusAarsak"] or "" for kode in resultater}
    ventet = resultat.map(svarer_til).fillna("")
    larling = k.noen("arbeidsforhold", k.rader("arbeidsforhold").tekst("art").isin(_KAN_STA_MED_BEGGE))
    ulike = aarsak.ne("") & resultat.ne("") & ventet.ne(aarsak) & (ventet.ne("") | aarsak.isin(_OVERGANG))
    return ulike & ~(larling & aarsak.isin(_OVERGANG) & ventet.isin(_OVERGANG))


@predikat
def upresist_resultat(k: Kontekst) -> Maske:
    """The result is «annet», or another reason that no one has described."""
    uten_ord = k.fra("deltakelse", "aarsakBeskrivelse").eq("")
    return k.tekst("resultat").eq("ANNET") | (k.tekst("resultat").eq("ANNEN_GRUNN") & uten_ord)


@predikat
def uten_videre_oppfolging(k: Kontekst) -> Maske:
    """The report does not say what follow-up should come next."""
    trenger = k.finnes("resultat") & ~k.tekst("resultat").isin(["ARBEID", "UTDANNING"])
    return k.finnes("ferdigstilt") & k.tom("anbefaltOppfolging") & trenger & ~is_no_show(k)


@predikat
def ikke_mott_men_deltatt(k: Kontekst) -> Maske:
    """The person is said never to have come, and has contacts or activities after the start."""
    motte_ikke = k.noen("sluttvurdering", k.rader("sluttvurdering").tekst("resultat").eq(UTEN_OPPMOTE))
    return (motte_ikke | k.dato("startDato").eq(k.dato("sluttDato"))) & took_part_after_start(k)


@predikat
def arbeid_og_prosent_spriker(k: Kontekst) -> Maske:
    """The status half a year after has a percentage without work, or work without a percentage."""
    i_arbeid = k.tekst("iArbeid")
    uten_arbeid = i_arbeid.eq("false") & k.finnes("stillingsprosent")
    return uten_arbeid | (i_arbeid.eq("true") & k.tom("stillingsprosent"))
