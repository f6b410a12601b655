"""Places, staffing and who fills them (group KAP)."""

import pandas as pd

from expectations.kontekst import Kontekst, Rader
from expectations.predikater.aktive import active_periods, extents_on, is_active
from expectations.predikater.register import Maske, Parameter, bare_utfylte, predikat
from expectations.regel import LAGRET
from expectations.tabeller import Serie

_AVRUNDING = 1e-9


@predikat
def for_mange_per_veileder(k: Kontekst, *, plasserPerVeileder: int) -> Maske:
    """There are more places to each veileder than there should be, or no veileder at all."""
    plasser = k.tall("antallPlasser")
    return plasser.gt(0) & plasser.sub(k.tall("antallVeiledere") * plasserPerVeileder).gt(_AVRUNDING)


@predikat
@bare_utfylte
def negativt_antall(k: Kontekst) -> Maske:
    """A number of places, veiledere or persons waiting is under nought."""
    return k.tall(k.kolonne()).lt(0)


@predikat
def flere_aktive_enn_plasser(
    k: Kontekst, *, tiltak: str, fra: str, til: str, grense: float, grensenErHel: bool, halvPlass: float
) -> Maske:
    """The active deltakelser fill more places than there are, a small extent filling only a part of one."""
    plass = _counts(k, "plass")
    plass = plass[k.tekst("tiltakskode").eq(tiltak) & plass["dato"].between(fra, til)]
    if plass.empty:
        return k.maske()
    par = _filled(k, plass, uten_avdeling=False)
    prosent = extents_on(k.rader("deltakelsesmengde"), par["nokkel"], par["dato"])
    hel = prosent.gt(grense) | (prosent.eq(grense) & grensenErHel)
    brukt = hel.map({True: 1.0, False: halvPlass}).groupby(par["plass"]).sum()
    return k.tall("antallPlasser").lt(brukt.reindex(range(k.antall)))


@predikat
def plasser_ubrukt(k: Kontekst, *, antall: int, andel: float, dager: Parameter) -> Maske:
    """The last counts all show far fewer active deltakelser than places, and this is the newest of them.

    Only counts within `dager`: who ended before that is erased, and cannot be counted any more.
    """
    egne, lagrede = _counts(k, "plass"), _counts(k, LAGRET + "plass")
    tidligst = (k.asof - pd.to_timedelta(dager, unit="D")).groupby(egne["enhet"]).first()
    alle = pd.concat([egne.assign(rang=0), lagrede.assign(rang=1)], ignore_index=True)
    alle = alle[alle["dato"].ge(alle["enhet"].map(tidligst)) & alle["dato"].le(k.asof)]
    # Of two rows about one day the drop's own counts.
    alle = alle.sort_values(["dato", "rang", "plasser"], kind="stable").drop_duplicates(["enhet", "dato"])
    alle = alle.groupby("enhet").tail(antall)
    fylt = _filled(k, alle, uten_avdeling=True).groupby("plass").size().reindex(alle.index, fill_value=0)
    ledig = fylt.lt(alle["plasser"] * andel)
    alltid = ledig.groupby(alle["enhet"]).agg(["size", "all"])
    enheter = alltid.index[alltid["size"].eq(antall) & alltid["all"]]
    nyeste = alle[alle["enhet"].isin(enheter)].groupby("enhet").tail(1)
    return k.maske(pd.RangeIndex(k.antall).isin(nyeste.index))


@predikat
def plasser_ikke_oppdatert(k: Kontekst, *, dager: int) -> Maske:
    """The deltakelse is active, and the newest count of the places of its tiltak is old, or there is none."""
    tellinger = pd.concat([_counts(k, "plass", drop=False), _counts(k, LAGRET + "plass")])
    nyeste = tellinger.groupby("tiltak")["dato"].max().reindex(k.egne(_tiltak(k.rader("deltakelse"))))
    oppdatert = nyeste.reset_index(drop=True).ge(k.asof - pd.Timedelta(days=dager))
    return is_active(k) & ~oppdatert


def _counts(k: Kontekst, tabell: str, *, drop: bool = True) -> pd.DataFrame:
    """The rows of a capacity table: whose, of which tiltak and avdeling, on which day, how many places.

    `drop` leaves out the stored rows that stand beside the drop's own.
    """
    rader = k.rader(tabell)
    tellinger = pd.DataFrame(
        {
            "tiltak": _tiltak(rader),
            "avdeling": rader.tekst("avdelingOrgnr"),
            "dato": rader.dato("dato"),
            "plasser": rader.tall("antallPlasser"),
        }
    )
    tellinger["enhet"] = tellinger["tiltak"] + ":" + tellinger["avdeling"]
    return tellinger.iloc[: k.antall] if drop and tabell == k.tabell else tellinger


def _tiltak(rader: Rader) -> Serie:
    """The tiltak of each row, told apart between drops."""
    return rader.innsending.astype(str) + ":" + rader.tekst("tiltakskode")


def _filled(k: Kontekst, plass: pd.DataFrame, *, uten_avdeling: bool) -> pd.DataFrame:
    """Each count with each deltakelse that is active on its day: `plass` is the count's place, `nokkel` whose it is.

    A count for one avdeling counts those of that avdeling, and `uten_avdeling` those who name none.
    """
    rader = k.rader("deltakelse")
    lop = active_periods(rader).assign(tiltak=_tiltak(rader), sted=rader.tekst("avdelingOrgnr"))
    par = plass.reset_index(names="plass").merge(lop, on="tiltak")
    her = par["avdeling"].eq("") | par["sted"].eq(par["avdeling"]) | (uten_avdeling & par["sted"].eq(""))
    return par[her & par["fra"].le(par["dato"]) & ~par["til"].lt(par["dato"])].reset_index(drop=True)
