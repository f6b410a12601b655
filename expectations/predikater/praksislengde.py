"""How long placements without pay last together (groups AKT and SET). Asked every day."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from expectations.kontekst import Kontekst, Rader
from expectations.predikater.register import Maske, predikat
from expectations.predikater.tid import add_months
from expectations.tabeller import Serie

_EN_DAG = pd.Timedelta(days=1)


@predikat
def lang_praksis_samme_sted(k: Kontekst, *, maaneder: int, ordinaereArenaer: Sequence[str]) -> Maske:
    """Unpaid placement at one employer covers together more than some months, and no one was hired there."""
    rader, ansatt = k.rader("aktivitet"), k.rader("arbeidsforhold")
    sted = rader.nokkel() + "@" + rader.tekst("arbeidsgiverOrgnr")
    ansatt_hos = set(ansatt.nokkel() + "@" + ansatt.tekst("arbeidsgiverOrgnr"))
    praksis = rader.tekst("arena").isin(ordinaereArenaer) & rader.tekst("arbeidsgiverOrgnr").ne("")
    return k.egne(_is_last_of_too_long(k, rader, sted.where(praksis & ~sted.isin(ansatt_hos)), maaneder))


@predikat
def lang_praksis_uten_arbeid(
    k: Kontekst, *, maaneder: int, ordinaereArenaer: Sequence[str], artArbeid: Sequence[str]
) -> Maske:
    """Unpaid placement, wherever it is, covers together more than some months, and has not led to work."""
    rader, arbeid = k.rader("aktivitet"), k.rader("arbeidsforhold")
    i_arbeid = set(arbeid.nokkel()[arbeid.tekst("art").isin(artArbeid)])
    hvem = rader.nokkel()
    praksis = rader.tekst("arena").isin(ordinaereArenaer) & hvem.ne("") & ~hvem.isin(i_arbeid)
    return k.egne(_is_last_of_too_long(k, rader, hvem.where(praksis), maaneder))


def _is_last_of_too_long(k: Kontekst, rader: Rader, samlet: Serie, maaneder: int) -> Serie:
    """The last of the rows that are counted together (NaN: not counted), where they cover more than the months."""
    slutt = rader.dato("tilDato").fillna(rader.fra("deltakelse", "sluttDato", "dato"))
    perioder = pd.DataFrame(
        {"samlet": samlet, "fra": rader.dato("fraDato"), "til": slutt.fillna(k.asof).clip(upper=k.asof)}
    )
    perioder = perioder.dropna().sort_values(["samlet", "fra", "til"], kind="stable")
    dager = perioder["samlet"].map(_covered_days(perioder)).astype("float64")
    forste = perioder.groupby("samlet")["fra"].transform("min")
    tillatt = (add_months(forste, maaneder).to_numpy() - forste.to_numpy()) / np.timedelta64(1, "D")
    siste = ~perioder["samlet"].duplicated(keep="last")
    return pd.Series(samlet.index.isin(perioder.index[(dager > tillatt) & siste]))


def _covered_days(perioder: pd.DataFrame) -> Serie:
    """How many days the sorted periods cover together; a day that two cover counts once."""
    forrige = perioder.groupby("samlet")["til"].cummax().groupby(perioder["samlet"]).shift()
    fra = perioder["fra"].where(~forrige.ge(perioder["fra"]), forrige + _EN_DAG)
    dager = ((perioder["til"] - fra).dt.days + 1).clip(lower=0)
    return dager.groupby(perioder["samlet"]).sum()
