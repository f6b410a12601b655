"""Who is active on a day (regelkatalog ACTIVE), and to what extent."""

import numpy as np
import pandas as pd

from expectations.kontekst import Kontekst, Rader
from expectations.tabeller import Serie

HAR_STARTET = ("DELTAR", "HAR_SLUTTET", "AVBRUTT", "FULLFORT")


def active(rader: Rader, dag: pd.Timestamp) -> Serie:
    """The rows whose deltakelse had begun and not ended on the day."""
    start, slutt = rader.fra("deltakelse", "startDato", "dato"), rader.fra("deltakelse", "sluttDato", "dato")
    return start.le(dag) & ~slutt.lt(dag) & rader.fra("deltakelse", "status").isin(HAR_STARTET)


def is_active(k: Kontekst) -> Serie:
    """The reporting rows whose deltakelse is active on the day the rules are asked for."""
    return k.egne(active(k.rader(k.tabell), k.asof))


def active_periods(rader: Rader) -> pd.DataFrame:
    """The deltakelser that are active on some day: `nokkel`, `fra`, `til`, and the row's position as index.

    The same deltakelse twice is one.
    """
    lop = pd.DataFrame({"nokkel": rader.nokkel(), "fra": rader.dato("startDato"), "til": rader.dato("sluttDato")})
    gjentatt = lop["nokkel"].duplicated() & lop["nokkel"].ne("")
    return lop[rader.tekst("status").isin(HAR_STARTET) & lop["fra"].notna() & ~gjentatt]


def extents_on(mengde: Rader, nokler: Serie, datoer: Serie) -> Serie:
    """The percentage of each deltakelse on each day: of the latest row that begins by it, else 100.

    NaN where that row's percentage could not be read. Of two rows from the same day the smaller counts.
    """
    rader = pd.DataFrame({"nokkel": mengde.nokkel(), "prosent": mengde.tall("deltakelsesprosent")})
    rader["gjelderFra"] = mengde.dato("gyldigFra").fillna(mengde.fra("deltakelse", "startDato", "dato"))
    spurt = pd.DataFrame({"nokkel": nokler, "dato": datoer}).reset_index(names="plass")
    par = spurt.merge(rader[rader["nokkel"].ne("")], on="nokkel")
    par = par[par["gjelderFra"].le(par["dato"])]
    par = par.sort_values(["gjelderFra", "prosent"], ascending=[True, False], na_position="first")
    siste = par.groupby("plass")["prosent"].nth(-1)
    siste.index = par.loc[siste.index, "plass"]
    resultat = pd.Series(np.full(len(nokler), 100.0), index=nokler.index)
    resultat[siste.index] = siste
    return resultat
