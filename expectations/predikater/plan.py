"""The plan, its goals and the bestilling it answers (group PLA)."""

import numpy as np
import pandas as pd

from expectations.kontekst import Kontekst
from expectations.predikater.register import Maske, Parameter, bare_utfylte, predikat
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
@bare_utfylte
def felles_plantekst(k: Kontekst, *, minTegn: int, minAntall: int) -> Maske:
    """A long text stands word for word in the plans of several deltakelser of the sender."""
    rader = k.rader(k.tabell)
    tekster = rader.tekst(k.kolonne())
    lange = tekster[tekster.str.len().ge(minTegn)]
    like = pd.DataFrame({"tekst": lange.map({tekst: _plain(tekst) for tekst in lange.unique()})})
    like = like[like["tekst"].str.len().ge(minTegn)].join(pd.DataFrame({"hos": rader.innsending, "i": rader.nokkel()}))
    antall = like.groupby(["hos", "tekst"])["i"].transform("nunique")
    return k.maske(np.isin(np.arange(k.antall), antall.index[antall.ge(minAntall)]))


def _plain(tekst: str) -> str:
    """A text without case, and with one blank wherever there is any."""
    return " ".join(tekst.casefold().split())


@predikat
def endring_uten_ny_plan(k: Kontekst, *, dager: int) -> Maske:
    """A change was told some time ago, and no plan was finished shortly before it or since."""
    meldt = k.dato(k.kolonne(1))
    plan, levert = k.rader("plan"), k.rader("tidligereLevert")
    ferdig = pd.Series(plan.dato("ferdigstilt").to_numpy(), index=plan.nokkel().to_numpy())
    for_oss = levert.tekst("dokumenttype").eq("PLAN")
    sendt = pd.Series(levert.dato("levert")[for_oss].to_numpy(), index=levert.nokkel()[for_oss].to_numpy())
    siste = pd.concat([ferdig, sendt]).dropna().groupby(level=0).max()
    oppdatert = pd.Series(siste.reindex(k.nokkel()).to_numpy()).ge(add_days(meldt, -dager))
    return _tells_change(k) & add_days(meldt, dager).lt(k.asof) & ~oppdatert


def _tells_change(k: Kontekst) -> Serie:
    if k.tabell == "mal":
        return k.tekst("status").eq("ENDRET")
    return k.finnes("endringerIPlan") | k.tekst("anbefaling").eq("ENDRE")


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
