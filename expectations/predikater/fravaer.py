"""Absence (group OPF)."""

import pandas as pd

from expectations.kontekst import Kontekst
from expectations.predikater.register import Maske, bare_utfylte, predikat
from expectations.predikater.tid import count_virkedager
from schemas.kontrakt import tabeller


@predikat
def fravaer_overlapper(k: Kontekst) -> Maske:
    """The absence shares a day with another of the same deltakelse."""
    rader = k.rader(k.tabell)
    perioder = pd.DataFrame({"nokkel": rader.nokkel(), "fra": rader.dato("fraDato"), "til": rader.dato("tilDato")})
    # The same row twice is TVE002.
    innhold = pd.DataFrame({felt: rader.tekst(felt) for felt in tabeller()[k.tabell].felter})
    gjentatt = innhold.assign(innsending=rader.innsending).duplicated()
    perioder = perioder[perioder["nokkel"].ne("") & perioder["fra"].le(perioder["til"]) & ~gjentatt]
    perioder = perioder.sort_values(["nokkel", "fra", "til"])
    per_deltakelse = perioder["nokkel"]
    hittil = perioder.groupby(per_deltakelse)["til"].cummax().groupby(per_deltakelse).shift()
    neste = perioder.groupby(per_deltakelse)["fra"].shift(-1)
    overlapper = perioder["fra"].le(hittil) | neste.le(perioder["til"])
    return k.egne(overlapper.reindex(innhold.index, fill_value=False))


@predikat
@bare_utfylte
def fravaerstimer_umulige(k: Kontekst, *, timerPerDag: float) -> Maske:
    """The hours are none, or more than the working days of the absence hold."""
    timer = k.tall(k.kolonne())
    return timer.le(0) | timer.gt(count_virkedager(k.dato("fraDato"), k.dato("tilDato")) * timerPerDag)


@predikat
def ingen_har_fravaer(k: Kontekst, *, minDeltakere: int, dager: int) -> Maske:
    """A drop that is the whole truth has many who have taken part for long, and no absence in that time."""
    siden = k.asof - pd.Timedelta(days=dager)
    deltakelse, fravaer = k.rader("deltakelse"), k.rader("fravaer")
    deltatt_siden = deltakelse.dato("statusGyldigFra").fillna(deltakelse.dato("startDato"))
    lenge = deltakelse.tekst("status").eq("DELTAR") & deltatt_siden.le(siden)
    i_tiden = fravaer.dato("fraDato").le(k.asof) & ~fravaer.dato("tilDato").lt(siden)
    antall = k.innsending.map(_dropped(k, "deltakelse", lenge).value_counts()).fillna(0)
    har_fravaer = k.innsending.isin(_dropped(k, "fravaer", i_tiden))
    return k.hode("omfang").eq("FULL") & antall.ge(minDeltakere) & ~har_fravaer


def _dropped(k: Kontekst, tabell: str, maske: Maske) -> pd.Series:
    """The drops of the rows under the mask, without the stored rows beside them."""
    antall = len(k.kjoring.grunnlag.rammer[tabell])
    return k.rader(tabell).innsending.iloc[:antall][maske.iloc[:antall]]
