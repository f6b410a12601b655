"""The plan, its goals and the bestilling it answers (group PLA)."""

import pandas as pd

from expectations.kontekst import Kontekst
from expectations.predikater.register import Maske, Parameter, predikat
from expectations.predikater.tid import add_days
from expectations.tabeller import Serie


@predikat
def planpunkt_mangler(k: Kontekst, *, pakrevdePunkter: Parameter) -> Maske:
    """A finished plan lacks a required point: neither its text nor a row that says the same."""
    punkt = k.kolonne()
    return k.finnes("ferdigstilt") & is_required(punkt, pakrevdePunkter) & k.tom(punkt) & ~_filled_by_row(k, punkt)


def is_required(punkt: str, punktlister: Parameter) -> Serie:
    """The rows whose policy requires the point."""
    return punktlister.map(lambda liste: liste is not None and punkt in liste).astype(bool)


def _filled_by_row(k: Kontekst, punkt: str) -> Serie:
    mal, aktivitet = k.rader("mal"), k.rader("aktivitet")
    if punkt == "yrkesmal":
        return k.noen("mal", mal.tekst("maltype").eq("YRKE"))
    if punkt == "fagligeMalOgFramdrift":
        return k.noen("mal", mal.tekst("maltype").eq("FAGLIG") & mal.tekst("frist").ne(""))
    if punkt == "mestringsmal":
        return k.noen("mal", mal.tekst("maltype").isin(["MESTRING", "SOSIALT"]))
    if punkt == "utprovingIOrdinaertArbeidsliv":
        return k.noen("aktivitet", aktivitet.tekst("arena").eq("ORDINAER"))
    return k.maske()


@predikat
def plan_uten_medvirkning(k: Kontekst) -> Maske:
    """The plan is finished, and nothing says that the deltaker had taken part by then."""
    for_sent = k.dato("medvirkning").gt(k.dato("ferdigstilt"))
    return k.finnes("ferdigstilt") & (k.tom("medvirkning") | for_sent)


@predikat
def plan_uten_mal_eller_aktivitet(k: Kontekst) -> Maske:
    """The latest finished plan has no goal with a criterion or a deadline, or no activity."""
    mal, aktivitet = k.rader("mal"), k.rader("aktivitet")
    konkrete = mal.tekst("kriterium").ne("") | mal.tekst("frist").ne("")
    uten = ~k.noen("mal", konkrete) | ~k.noen("aktivitet", aktivitet.tekst("aktivitetstype").ne(""))
    return k.egne(_latest_finished(k)) & uten


def _latest_finished(k: Kontekst) -> Serie:
    plan = k.rader("plan")
    ferdig = plan.tekst("ferdigstilt").ne("")
    rekke = pd.DataFrame({"nokkel": plan.nokkel(), "versjon": plan.tall("versjon"), "dato": plan.dato("ferdigstilt")})
    siste = rekke[ferdig].sort_values(["versjon", "dato"], na_position="first", kind="stable")
    return pd.Series(rekke.index.isin(siste.groupby("nokkel").tail(1).index))


@predikat
def planversjoner_i_uorden(k: Kontekst, *, dagerFor: int) -> Maske:
    """A version is under one, was finished before a lower one, or was finished long before the start."""
    plan = k.rader("plan")
    rekke = pd.DataFrame({"nokkel": plan.nokkel(), "versjon": plan.tall("versjon"), "dato": plan.dato("ferdigstilt")})
    rekke = rekke.dropna().sort_values(["nokkel", "versjon"], kind="stable")
    tidligere = rekke.groupby("nokkel")["dato"].cummax().groupby(rekke["nokkel"]).shift()
    uorden = rekke["dato"].lt(tidligere).reindex(plan.nokkel().index, fill_value=False)
    for_tidlig = k.dato("ferdigstilt").lt(add_days(k.fra("deltakelse", "startDato", "dato"), -dagerFor))
    return k.tall("versjon").lt(1) | k.egne(uorden) | for_tidlig


@predikat
def mal_over_fristen(k: Kontekst, *, dager: int) -> Maske:
    """The deadline of an open goal is past while the person takes part."""
    apent = k.tekst("status").isin(["APENT", ""])
    forbi = add_days(k.dato("frist"), dager).lt(k.asof)
    return apent & forbi & k.fra("deltakelse", "status").eq("DELTAR")


@predikat
def malstatus_uten_dato(k: Kontekst) -> Maske:
    """A goal has a new status without a date."""
    return ~k.tekst("status").isin(["APENT", ""]) & k.tom("statusDato")


@predikat
def bestilling_for_kort(k: Kontekst, *, minTegn: int) -> Maske:
    """The bestilling is missing, or too short to be answered."""
    kort = k.finnes("bestillingMottatt") & k.tekst("bestillingTekst").str.len().lt(minTegn)
    return kort | (k.tekst("status").eq("DELTAR") & k.tom("bestillingTekst"))
