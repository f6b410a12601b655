"""The avtale with Nav, and arbeidstrening under one (group AVT)."""

from collections.abc import Sequence

import pandas as pd

from expectations.kontekst import Kontekst
from expectations.predikater.aktive import is_active
from expectations.predikater.lop import identify_persons
from expectations.predikater.register import Maske, predikat
from expectations.predikater.tid import add_days, add_months

_HAR_BEGYNT = ("DELTAR", "HAR_SLUTTET")


@predikat
def avtalen_gjelder_annet_tiltak(k: Kontekst) -> Maske:
    """The avtale is of another tiltak than the deltakelse."""
    avtalens = k.fra("avtale", "tiltakskode")
    return avtalens.ne("") & k.finnes("tiltakskode") & avtalens.ne(k.tekst("tiltakskode"))


@predikat
def avtalen_gjelder_ikke_hele_perioden(k: Kontekst) -> Maske:
    """The avtale does not cover the first day, or has run out while the person takes part."""
    start, fra, til = k.dato("startDato"), k.fra("avtale", "gyldigFra", "dato"), k.fra("avtale", "gyldigTil", "dato")
    return start.lt(fra) | start.gt(til) | (is_active(k) & til.lt(k.asof))


@predikat
def uten_avtale(k: Kontekst) -> Maske:
    """The person takes part, or has done so, and no avtale is named."""
    return k.tom("avtaleId") & k.tekst("status").isin(_HAR_BEGYNT)


@predikat
def avtalepunkt_mangler(k: Kontekst, *, pakrevdePunkter: Sequence[str]) -> Maske:
    """An avtale that a deltakelse stands under lacks a required point."""
    i_bruk = k.noen("deltakelse", k.rader("deltakelse").tekst("avtaleId").ne(""), "avtaleId")
    return i_bruk & k.tom(k.kolonne()) & (k.kolonne() in pakrevdePunkter)


@predikat
def apent_formaal_uten_oppfolging(k: Kontekst, *, vageFormaal: Sequence[str], dager: int) -> Maske:
    """The purpose is open, and some time after the start there is neither a goal nor a plan for follow-up."""
    plan = k.rader("plan")
    avtalt = k.noen("plan", plan.tekst("ferdigstilt").ne("") & plan.tekst("avtaltOppfolging").ne(""))
    har_mal = k.noen("mal", k.rader("mal").nokkel().ne(""))
    begynt = add_days(k.dato("startDato"), dager).le(k.asof)
    return k.fra("avtale", "maalkategori").isin(vageFormaal) & begynt & ~har_mal & ~avtalt


@predikat
def jobbformaal_uten_ansettelse(k: Kontekst, *, formaal: str, maaneder: int) -> Maske:
    """The purpose is a job with the employer, and after months the person is not hired there."""
    hos, arbeid = k.fra("avtale", "arbeidsgiverOrgnr"), k.rader("arbeidsforhold")
    ansatt_hos = set(arbeid.nokkel() + "@" + arbeid.tekst("arbeidsgiverOrgnr"))
    ansatt = (k.nokkel() + "@" + hos).isin(ansatt_hos)
    lenge = add_months(k.dato("startDato"), maaneder).lt(k.asof)
    return k.fra("avtale", "maalkategori").eq(formaal) & hos.ne("") & is_active(k) & lenge & ~ansatt


@predikat
def sprakformaal_uten_opplaering(k: Kontekst, *, formaal: str, dager: int, kursarenaer: Sequence[str]) -> Maske:
    """The purpose is to learn the language, and some time after the start there is neither a course nor other help."""
    kurs = k.noen("aktivitet", k.rader("aktivitet").tekst("arena").isin(kursarenaer))
    begynt = add_days(k.dato("startDato"), dager).le(k.asof)
    uten_bistand = k.fra("avtale", "bistand").eq("")
    return k.fra("avtale", "maalkategori").eq(formaal) & is_active(k) & begynt & uten_bistand & ~kurs


@predikat
def formaal_endret(k: Kontekst) -> Maske:
    """The purpose of the avtale is another than the one stored."""
    lagret = k.fra("lagret.avtale", "maalkategori")
    return lagret.ne("") & k.finnes("maalkategori") & lagret.ne(k.tekst("maalkategori"))


@predikat
def forlenget_uten_ansettelse(k: Kontekst, *, antall: int) -> Maske:
    """One person has been extended several times with one employer and not hired there; the last extension tells."""
    forlengelse, arbeid = k.rader("forlengelse"), k.rader("arbeidsforhold")
    hos = forlengelse.fra("avtale", "arbeidsgiverOrgnr")
    par = forlengelse.fra("deltakelse", "deltakerId", "nokkel") + "@" + hos
    ansatt = arbeid.fra("deltakelse", "deltakerId", "nokkel") + "@" + arbeid.tekst("arbeidsgiverOrgnr")
    slutt = forlengelse.dato("nySluttDato")
    flere = hos.ne("") & par.groupby(par).transform("size").ge(antall) & ~par.isin(set(ansatt))
    return k.egne(flere & slutt.eq(slutt.groupby(par).transform("max")))


@predikat
def arena_ikke_ordinaer(k: Kontekst, *, ikkeOrdinaere: Sequence[str]) -> Maske:
    """The activity goes on in a sheltered place."""
    return k.tekst("arena").isin(ikkeOrdinaere)


@predikat
def arbeidsgiver_er_arrangoren(k: Kontekst) -> Maske:
    """The employer of the avtale is the sender itself, or its avdeling."""
    arbeidsgiver = k.tekst("arbeidsgiverOrgnr")
    egen = arbeidsgiver.eq(k.hode("arrangorOrgnr")) | arbeidsgiver.eq(k.hode("avdelingOrgnr"))
    return arbeidsgiver.ne("") & egen


@predikat
def pagar_i_ventetid(k: Kontekst, *, ventetiltak: Sequence[str], ventestatus: Sequence[str]) -> Maske:
    """The person is active here and waits for another tiltak at the sender."""
    rader = k.rader("deltakelse")
    hvem = identify_persons(rader)
    venter = rader.tekst("tiltakskode").isin(ventetiltak) & rader.tekst("status").isin(ventestatus)
    ventende = set(hvem[venter]) - {""}
    return is_active(k) & k.egne(pd.Series(hvem.isin(ventende)))
