"""How much a drop holds, against what the sender's drops usually hold (group FIL)."""

from typing import Any

import numpy as np

from expectations.historikk import Tabellmengde
from expectations.kontekst import Kontekst
from expectations.predikater.register import Maske, predikat
from expectations.tabeller import INNSENDING, Serie

_INGEN = Tabellmengde(0, {})


@predikat
def nesten_tom_tabell(k: Kontekst, *, minRader: int, lavAndel: float) -> Maske:
    """A drop that is the whole truth has next to no rows in a table that usually has many."""
    vanlige = _usual_rows(k)
    nok = vanlige.ge(minRader)
    if not nok.any():
        return k.maske()
    return k.hode("omfang").eq("FULL") & nok & (_rows(k) <= vanlige * lavAndel)


@predikat
def nesten_tomt_felt(k: Kontekst, *, minRader: int, lavAndel: float, hoyAndel: float) -> Maske:
    """A drop that is the whole truth has a field empty in nearly every row, and it is usually filled."""
    vanlige = _usual_rows(k)
    nok = vanlige.ge(minRader)
    if not nok.any():
        return k.maske()
    utfylt = k.av_innsending(lambda nummer: _usual(k, nummer).utfylt.get(k.kolonne(), 0))
    var_utfylt = nok & (utfylt >= vanlige * hoyAndel)
    if not var_utfylt.any():
        return k.maske()
    rader = _rows(k)
    nesten_tomt = (rader > 0) & (_rows(k, k.kolonne()) <= rader * lavAndel)
    return k.hode("omfang").eq("FULL") & var_utfylt & nesten_tomt


def _usual(k: Kontekst, nummer: int) -> Tabellmengde:
    return k.historikk(nummer).mengder_i_siste_full.get(k.sted.kontrakttabell, _INGEN)


def _usual_rows(k: Kontekst) -> Serie:
    """The rows that the table usually has, of each drop's sender; 0 where nothing is usual yet."""
    sted = ("vanlige rader", k.sted.kontrakttabell)
    return k.husk(sted, lambda: k.av_innsending(lambda nummer: _usual(k, nummer).rader))


def _rows(k: Kontekst, utfylt: str | None = None) -> Any:  # noqa: ANN401  a numpy array, one number per drop
    """The rows of the table in each drop; only those that fill a field, where one is given."""
    lest, tabell = k.kjoring.grunnlag.lest, k.sted.kontrakttabell
    numre = lest.ramme(tabell)[INNSENDING].to_numpy(dtype="int64")
    if utfylt is not None:
        numre = numre[lest.celler(tabell, utfylt) != ""]
    antall = np.bincount(numre, minlength=len(k.kjoring.grunnlag.innsendte))
    return antall[k.innsending.to_numpy()]
