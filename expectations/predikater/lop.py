"""One person's løp: the deltakelser on one tiltak that follow so closely that they count as one (U09)."""

import numpy as np
import pandas as pd

from expectations.kontekst import Kontekst, Rader
from expectations.predikater.tid import add_months
from expectations.tabeller import Serie
from transforms.sletting import ALDRI_REELL, AVSLUTTET

LOP_MAANEDER = "varighet.lopMaaneder"
_APEN = np.datetime64("9999-12-31", "us")


def lop_start(k: Kontekst) -> Serie:
    """The first day of the løp of each row's deltakelse; NaT where the deltakelse has no first day.

    A løp is a chain of deltakelser of one person and tiltakskode with gaps under the months that the policy of the
    deltakelse gives (varighet.lopMaaneder). One that was never real is in no chain.
    """
    starter = k.husk("lopStart", lambda: _chain_starts(k))
    return k.langs("deltakelse", starter)


def earlier_end(k: Kontekst) -> Serie:
    """The last day of what the person had on the same tiltak before each row's deltakelse; NaT where it had nothing."""
    lop = _deltakelser_in_order(k)
    return k.langs("deltakelse", lop["sist"].reindex(k.rader("deltakelse").innsending.index))


def identify_persons(rader: Rader) -> Serie:
    """Keys of the persons, the same also where one has several deltakerId; "" where no one is named."""
    ident = rader.fra("deltaker", "personident", "nokkel")
    return ident.where(ident.ne(""), rader.nokkel("deltakerId"))


def _chain_starts(k: Kontekst) -> Serie:
    rader, lop = k.rader("deltakelse"), _deltakelser_in_order(k)
    grenser = _policy_months(k, rader)
    neste_lop = add_months(lop["sist"].reset_index(drop=True), grenser[lop.index].reset_index(drop=True))
    kjede = (~lop["fra"].lt(neste_lop.set_axis(lop.index))).cumsum()
    return lop.groupby(kjede)["fra"].transform("first").reindex(grenser.index).fillna(rader.dato("startDato"))


def _deltakelser_in_order(k: Kontekst) -> pd.DataFrame:
    """The real deltakelser of those who have several on one tiltak, from the first; `sist` is when all before ended."""
    lop: pd.DataFrame = k.husk("deltakelserEtterHverandre", lambda: _put_in_order(k))
    return lop


def _put_in_order(k: Kontekst) -> pd.DataFrame:
    rader = k.rader("deltakelse")
    hvem = identify_persons(rader)
    lop = pd.DataFrame({"hvem": hvem + rader.tekst("tiltakskode"), "fra": rader.dato("startDato")})
    # An open one goes on; one that has ended nobody knows when reaches no further than its first day.
    lop["til"] = rader.dato("sluttDato").fillna(lop["fra"].where(rader.tekst("status").isin(AVSLUTTET), _APEN))
    lop = lop[hvem.ne("") & ~rader.tekst("status").isin(ALDRI_REELL)].dropna()
    lop = lop[lop["hvem"].duplicated(keep=False)].sort_values(["hvem", "fra", "til"], kind="stable")
    sist = lop.groupby("hvem")["til"].cummax().groupby(lop["hvem"]).shift()
    return lop.assign(sist=sist.astype("datetime64[us]"))


def _policy_months(k: Kontekst, rader: Rader) -> Serie:
    """The policy's number on the first day of each deltakelse; NaN, which joins nothing, where there is none."""
    kode, start = rader.tekst("tiltakskode"), rader.dato("startDato")
    maaneder = pd.Series(np.nan, index=start.index)
    for versjon in k.kjoring.regelverk:
        gjelder = kode.eq(versjon.tiltakskode) & start.ge(pd.Timestamp(versjon.gyldig_fra))
        if versjon.gyldig_til is not None:
            gjelder &= start.le(pd.Timestamp(versjon.gyldig_til))
        maaneder[gjelder] = versjon.verdi(LOP_MAANEDER)
    return maaneder
