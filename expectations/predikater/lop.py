"""One person's løp: the deltakelser on one tiltak that follow so closely that they count as one (U09)."""

import numpy as np
import pandas as pd

from expectations.kontekst import Kontekst, Rader
from expectations.predikater.tid import add_months
from expectations.tabeller import Serie
from transforms.sletting import ALDRI_REELL, AVSLUTTET

LOP_MAANEDER = "varighet.lopMaaneder"
_APEN = np.datetime64("9999-12-31", "us")


def lop_start(k: Kontekst, maaneder: int | None = None) -> Serie:
    """The first day of the løp of each row's deltakelse; NaT where the deltakelse has no first day.

    A løp is a chain of deltakelser of one person and tiltakskode with gaps under `maaneder` months, by the policy of
    the deltakelse where none are given (varighet.lopMaaneder). One that was never real is in no chain.
    """
    starter = k.husk(("lopStart", maaneder), lambda: _chain_starts(k, maaneder))
    return k.langs("deltakelse", starter)


def identify_persons(rader: Rader) -> Serie:
    """Keys of the persons, the same also where one has several deltakerId; "" where no one is named."""
    ident = rader.fra("deltaker", "personident", "nokkel")
    return ident.where(ident.ne(""), rader.nokkel("deltakerId"))


def last_days(rader: Rader) -> Serie:
    """The last day of each deltakelse as the løp counts it: never for an open one, the first where none is known."""
    slutt, start = rader.dato("sluttDato"), rader.dato("startDato")
    return slutt.fillna(start.where(rader.tekst("status").isin(AVSLUTTET), _APEN))


def _chain_starts(k: Kontekst, maaneder: int | None) -> Serie:
    rader = k.rader("deltakelse")
    start, hvem = rader.dato("startDato"), identify_persons(rader)
    teller = start.notna() & hvem.ne("") & ~rader.tekst("status").isin(ALDRI_REELL)
    lop = pd.DataFrame({"hvem": hvem + rader.tekst("tiltakskode"), "fra": start, "til": last_days(rader)})
    lop["maaneder"] = _policy_months(k, rader) if maaneder is None else float(maaneder)
    lop = lop[teller & lop["hvem"].where(teller).duplicated(keep=False)].sort_values(["hvem", "fra"], kind="stable")
    sist = lop.groupby("hvem")["til"].cummax().groupby(lop["hvem"]).shift().astype("datetime64[us]")
    grense = add_months(sist.reset_index(drop=True), lop["maaneder"].reset_index(drop=True)).set_axis(lop.index)
    kjede = (~lop["fra"].lt(grense)).cumsum()
    return lop.groupby(kjede)["fra"].transform("first").reindex(start.index).fillna(start)


def _policy_months(k: Kontekst, rader: Rader) -> Serie:
    """The policy's number on the first day of each deltakelse; NaN, which joins nothing, where there is none."""
    kode, start = rader.tekst("tiltakskode"), rader.dato("startDato")
    maaneder = pd.Series(np.nan, index=start.index)
    for versjon in k.kjoring.regelverk:
        if LOP_MAANEDER in versjon.parametre:
            gjelder = kode.eq(versjon.tiltakskode) & start.ge(pd.Timestamp(versjon.gyldig_fra))
            if versjon.gyldig_til is not None:
                gjelder &= start.le(pd.Timestamp(versjon.gyldig_til))
            maaneder[gjelder] = versjon.verdi(LOP_MAANEDER)
    return maaneder
