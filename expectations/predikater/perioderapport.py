"""The periodic assessment (group PER)."""

from collections import Counter

import pandas as pd

from expectations.kontekst import Kontekst
from expectations.predikater.oppmote import is_no_show
from expectations.predikater.plan import is_required
from expectations.predikater.register import Maske, Parameter, predikat
from expectations.predikater.tid import add_days, add_months


@predikat
def vurderingspunkt_mangler(k: Kontekst, *, pakrevdePunkter: Parameter) -> Maske:
    """A finished assessment lacks a required point."""
    punkt = k.kolonne()
    return k.finnes("ferdigstilt") & is_required(punkt, pakrevdePunkter) & k.tom(punkt)


@predikat
def endring_uten_beskrivelse(k: Kontekst) -> Maske:
    """A finished assessment recommends a change of the plan without describing it."""
    return k.finnes("ferdigstilt") & k.tekst("anbefaling").eq("ENDRE") & k.tom("endringerIPlan")


@predikat
def egen_vurdering_mangler(k: Kontekst) -> Maske:
    """A finished assessment lacks the deltaker's own words; one who never came has none to give."""
    return k.finnes("ferdigstilt") & k.tom("deltakersVurdering") & ~is_no_show(k)


@predikat
def neste_periode_mangler(k: Kontekst) -> Maske:
    """A finished assessment recommends going on and does not say what comes next."""
    gar_videre = k.tekst("anbefaling").isin(["FORTSETTE", "ENDRE", "FORLENGE"])
    return k.finnes("ferdigstilt") & gar_videre & k.tom("nestePeriode")


@predikat
def gjentatt_framdrift(k: Kontekst, *, minTegn: int, minLikhet: float) -> Maske:
    """The text is of some length, and nearly all of it stood in the assessment before."""
    rader = k.rader(k.tabell)
    rekke = pd.DataFrame({"nokkel": rader.nokkel(), "fra": rader.dato("periodeFra"), "tekst": rader.tekst(k.kolonne())})
    rekke = rekke[rekke["nokkel"].ne("") & rekke["fra"].notna()]
    perioder = rekke[["nokkel", "fra"]].drop_duplicates().sort_values(["nokkel", "fra"])
    perioder["forrige"] = perioder.groupby("nokkel")["fra"].shift()
    egne = rekke[(rekke.index < k.antall) & rekke["tekst"].str.len().ge(minTegn)].reset_index(names="rad")
    par = egne.merge(perioder, on=["nokkel", "fra"]).merge(
        rekke, left_on=["nokkel", "forrige"], right_on=["nokkel", "fra"], suffixes=("", "_forrige")
    )
    like = [_repeated_share(*tekster) >= minLikhet for tekster in zip(par["tekst"], par["tekst_forrige"], strict=True)]
    return k.maske(pd.RangeIndex(k.antall).isin(par.loc[like, "rad"]))


def _repeated_share(tekst: str, forrige: str) -> float:
    """How much of a text, counted in the letters of its words, stands in an earlier one, in whatever order."""
    ord_ = Counter(tekst.split())
    felles = ord_ & Counter(forrige.split())
    return sum(len(ett) * antall for ett, antall in felles.items()) / sum(len(ett) * n for ett, n in ord_.items())


@predikat
def hull_mellom_perioder(k: Kontekst) -> Maske:
    """The period begins after the start, or later than the day after the one before it ended."""
    perioder = _finished_periods(k)
    forrige = perioder.groupby("nokkel")["til"].shift()
    vented = (forrige + pd.Timedelta(days=1)).fillna(perioder["start"])
    hull = perioder["fra"].gt(vented)
    return k.egne(hull.reindex(k.rader(k.tabell).nokkel().index, fill_value=False))


@predikat
def perioder_overlapper(k: Kontekst) -> Maske:
    """The period begins before an earlier one has ended."""
    perioder = _finished_periods(k)
    tidligere = perioder.groupby("nokkel")["til"].cummax().groupby(perioder["nokkel"]).shift()
    overlapper = perioder["fra"].le(tidligere)
    return k.egne(overlapper.reindex(k.rader(k.tabell).nokkel().index, fill_value=False))


def _finished_periods(k: Kontekst) -> pd.DataFrame:
    rader = k.rader(k.tabell)
    perioder = pd.DataFrame(
        {
            "nokkel": rader.nokkel(),
            "fra": rader.dato("periodeFra"),
            "til": rader.dato("periodeTil"),
            "start": rader.fra("deltakelse", "startDato", "dato"),
        }
    )
    ferdige = perioder[rader.tekst("ferdigstilt").ne("")].dropna(subset=["fra", "til"])
    return ferdige.sort_values(["nokkel", "fra", "til"], kind="stable")


@predikat
def periode_for_lang(k: Kontekst, *, maaneder: Parameter, slingringDager: int) -> Maske:
    """The period is longer than the time between two reports, with some slack."""
    return k.dato("periodeTil").gt(add_days(add_months(k.dato("periodeFra"), maaneder), slingringDager))


@predikat
def periode_utenfor_deltakelsen(k: Kontekst) -> Maske:
    """The period begins before the deltakelse, or ends after it."""
    for_start = k.dato("periodeFra").lt(k.fra("deltakelse", "startDato", "dato"))
    return for_start | k.dato("periodeTil").gt(k.fra("deltakelse", "sluttDato", "dato"))


@predikat
def vurdering_uten_plan(k: Kontekst) -> Maske:
    """No plan was finished by the end of the period, neither here nor sent before this system."""
    plan, levert = k.rader("plan"), k.rader("tidligereLevert")
    ferdig = pd.Series(plan.dato("ferdigstilt").to_numpy(), index=plan.nokkel().to_numpy())
    for_oss = levert.tekst("dokumenttype").eq("PLAN")
    sendt = pd.Series(levert.dato("levert")[for_oss].to_numpy(), index=levert.nokkel()[for_oss].to_numpy())
    forste = pd.concat([ferdig, sendt]).dropna().groupby(level=0).min()
    forste_plan = pd.Series(forste.reindex(k.nokkel()).to_numpy())
    har_plan = forste_plan.le(k.dato("periodeTil"))
    return k.finnes("ferdigstilt") & k.finnes("periodeTil") & ~har_plan
