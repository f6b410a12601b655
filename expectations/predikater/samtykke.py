"""Consent and contact after the end (group SAM)."""

from collections.abc import Sequence

import pandas as pd

from expectations.kontekst import Kontekst
from expectations.predikater.register import Maske, Parameter, predikat
from expectations.predikater.sletting import last_kept_days
from expectations.predikater.tid import add_days, add_months
from expectations.tabeller import ETTERSPURT, Serie
from schemas.koder import kodeverk


@predikat
def kontakt_uten_samtykke(k: Kontekst, *, kontaktFormaal: Sequence[str]) -> Maske:
    """A status after the end is not under a consent that was valid that day."""
    dato = k.dato("dato")
    gyldig = k.fra("samtykke", "formaal").isin(kontaktFormaal)
    gyldig &= k.fra("samtykke", "gitt", "dato").le(dato) & k.fra("samtykke", "gyldigTil", "dato").ge(dato)
    trukket = k.fra("samtykke", "trukket", "dato").le(dato)
    return dato.notna() & ~(gyldig & ~trukket)


@predikat
def etterkontakt_uten_samtykke(k: Kontekst, *, kontaktFormaal: Sequence[str]) -> Maske:
    """A contact after the end has no consent of the deltaker that was valid that day."""
    etter = k.dato("dato").gt(k.fra("deltakelse", "sluttDato", "dato"))
    kontakt = etter & k.tekst("oppfolgingstype").eq("ETTEROPPFOLGING")
    rader = k.rader("samtykke")
    samtykker = pd.DataFrame(
        {
            "person": rader.nokkel("deltakerId"),
            "gitt": rader.dato("gitt"),
            "til": rader.dato("gyldigTil"),
            "trukket": rader.dato("trukket"),
        }
    )[rader.tekst("formaal").isin(kontaktFormaal)]
    kontakter = pd.DataFrame({"person": k.fra("deltakelse", "deltakerId", "nokkel"), "dato": k.dato("dato")})[kontakt]
    par = kontakter.reset_index(names="rad").merge(samtykker, on="person")
    dekker = par["gitt"].le(par["dato"]) & par["til"].ge(par["dato"]) & ~par["trukket"].le(par["dato"])
    return kontakt & ~pd.Series(kontakt.index.isin(par.loc[dekker, "rad"]))


@predikat
def samtykke_for_langt(k: Kontekst) -> Maske:
    """The consent lasts longer than contact information may be kept for its formål. Asked when the consent is new."""
    slutt, for_langt = k.fra("deltakelse", "sluttDato", "dato"), k.maske()
    for kode in kodeverk("samtykkeformaal").koder.values():
        grense = add_months(slutt, kode.egenskaper["varighetMaaneder"])
        for_langt |= k.tekst("formaal").eq(kode.kode) & k.dato("gyldigTil").gt(grense)
    return _is_new(k) & for_langt


@predikat
def samtykke_etter_sletting(k: Kontekst, *, regelverk: Parameter) -> Maske:
    """The consent was given after the day everything should be gone. Asked when the consent is new."""
    return _is_new(k) & k.dato("gitt").gt(last_kept_days(k, regelverk))


def _is_new(k: Kontekst) -> Serie:
    return ~k.har_forelder("lagret.samtykke")


@predikat
def etteroppfolging_passer_ikke(k: Kontekst, *, maalgruppe: Sequence[str]) -> Maske:
    """The status is from before the end, or the person did not go over to work."""
    rader = k.rader("sluttvurdering")
    andre = rader.nokkel()[rader.tekst("resultat").ne("") & ~rader.tekst("resultat").isin(maalgruppe)]
    gikk_ikke_over = k.fra("samtykke", "deltakelseId", "nokkel").isin(set(andre) - {""})
    return k.dato("dato").le(k.fra("deltakelse", "sluttDato", "dato")) | gikk_ikke_over


@predikat
def samtykke_ikke_innhentet(
    k: Kontekst, *, varselDager: int, etterMaaneder: Parameter, maalgruppe: Sequence[str], kontaktFormaal: Sequence[str]
) -> Maske:
    """The avtale asks for the result months after the end, and no consent lets anyone ask for it.

    One who has withdrawn a consent has answered, and is not to be asked again.
    """
    slutt = k.dato("sluttDato")
    vurdering, samtykker = k.rader("sluttvurdering"), k.rader("samtykke")
    gikk_over = k.noen("sluttvurdering", vurdering.tekst("resultat").isin(maalgruppe))
    spurt = k.fra("avtale", "varigResultatmaal").ne("") & gikk_over & add_days(slutt, -varselDager).le(k.asof)
    nodvendig = pd.DataFrame({"person": k.nokkel("deltakerId"), "dag": add_months(slutt, etterMaaneder)})
    gitte = pd.DataFrame({"person": samtykker.nokkel("deltakerId"), "til": samtykker.dato("gyldigTil")})
    par = nodvendig.reset_index(names="rad").merge(gitte[samtykker.tekst("formaal").isin(kontaktFormaal)], on="person")
    dekket = k.maske(nodvendig.index.isin(par.loc[par["til"].ge(par["dag"]), "rad"]))
    trukket = k.noen("samtykke", samtykker.tekst("trukket").ne(""), "deltakerId")
    return spurt & ~dekket & ~trukket


@predikat
def etterspurt_uten_svar(k: Kontekst) -> Maske:
    """An answer that an avtale asks for may be given today under the consent, and none that counts has come."""
    rader = k.rader(ETTERSPURT)
    apen = rader.dato("fra").le(k.asof) & rader.dato("til").ge(k.asof) & rader.tekst("svart").eq("false")
    return k.noen(ETTERSPURT, apen, "samtykkeId")
