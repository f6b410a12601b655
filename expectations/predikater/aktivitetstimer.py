"""The hours of the activities: how many there are a week at the same time (group OMF)."""

from typing import Any

import numpy as np
import pandas as pd

from expectations.kontekst import Kontekst, Rader
from expectations.predikater.register import Maske, predikat
from expectations.tabeller import Serie
from transforms.sletting import AVSLUTTET

_EN_DAG = pd.Timedelta(days=1)
# Hours are given with decimals, and a sum of them is not exact.
_DESIMALER = 6
_I_TILTAKET = AVSLUTTET - {"IKKE_AKTUELL"} | {"DELTAR"}


@predikat
def timer_over_full_uke(k: Kontekst, *, maksTimerUke: float) -> Maske:
    """From this row's first day the activities of the deltakelse are more than a full week together."""
    rader = k.rader("aktivitet")
    perioder = pd.DataFrame({"nokkel": rader.nokkel(), "fra": rader.dato("fraDato"), "til": _last_day(k, rader)})
    perioder["timer"] = rader.tall("timerPerUke")
    perioder = perioder[perioder["fra"].notna() & perioder["timer"].notna() & perioder["nokkel"].ne("")]
    perioder = perioder[~perioder["til"].lt(perioder["fra"])]
    over = perioder.index[_hours_on_first_day(perioder) > maksTimerUke]
    return k.maske(np.isin(np.arange(k.antall), over))


def _hours_on_first_day(perioder: pd.DataFrame) -> Any:  # noqa: ANN401  a numpy array
    """The hours of all periods with the same key that hold the first day of each period."""
    avsluttede = perioder[perioder["til"].notna()]
    hendelser = pd.concat(
        [
            pd.DataFrame({"nokkel": perioder["nokkel"], "dag": perioder["fra"], "timer": perioder["timer"]}),
            pd.DataFrame(
                {"nokkel": avsluttede["nokkel"], "dag": avsluttede["til"] + _EN_DAG, "timer": -avsluttede["timer"]}
            ),
        ]
    )
    per_dag = hendelser.groupby(["nokkel", "dag"])["timer"].sum().groupby(level="nokkel").cumsum()
    forste_dager = pd.MultiIndex.from_frame(perioder[["nokkel", "fra"]])
    return per_dag.reindex(forste_dager).round(_DESIMALER).to_numpy()


@predikat
def heltid_uten_timer(k: Kontekst, *, timerHeltid: float) -> Maske:
    """The extent in force is full time, and the activities that go on are known to be fewer hours than that."""
    rader = k.rader("aktivitet")
    pagar = rader.dato("fraDato").le(k.asof) & ~_last_day(k, rader).lt(k.asof)
    timer = pd.Series(rader.tall("timerPerUke")[pagar].to_numpy(), index=rader.nokkel()[pagar].to_numpy())
    # One activity without hours leaves the sum unknown.
    sum_timer = timer.groupby(level=0).sum(skipna=False).round(_DESIMALER)
    for_faa = pd.Series(sum_timer.reindex(k.nokkel()).to_numpy(dtype="float64")).lt(timerHeltid)
    return _in_force(k) & _is_active(k) & k.tall("deltakelsesprosent").eq(100) & for_faa


def _last_day(k: Kontekst, rader: Rader) -> Serie:
    """The last day of each activity: a planned one counts while it is still to come; NaT for one that goes on."""
    planlagt = rader.dato("planlagtTilDato")
    return rader.dato("tilDato").fillna(planlagt.where(planlagt.ge(k.asof)))


def _in_force(k: Kontekst) -> Serie:
    """The extent rows that are in force on the day; a row without a first day counts from the start."""
    rader = k.rader("deltakelsesmengde")
    fra = rader.dato("gyldigFra").fillna(rader.fra("deltakelse", "startDato", "dato"))
    begynt = fra.where(fra.le(k.asof))
    return k.egne(begynt.notna() & begynt.eq(begynt.groupby(rader.nokkel()).transform("max")))


def _is_active(k: Kontekst) -> Serie:
    """Whether the person is in the tiltak on the day (regelkatalog ACTIVE)."""
    begynt = k.fra("deltakelse", "startDato", "dato").le(k.asof)
    sluttet = k.fra("deltakelse", "sluttDato", "dato").lt(k.asof)
    return begynt & ~sluttet & k.fra("deltakelse", "status").isin(_I_TILTAKET)
