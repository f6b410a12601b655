"""Months and days over whole columns, counted as the rules count them (transforms/kalender.py)."""

from typing import Any

import numpy as np
import pandas as pd

from expectations.predikater.register import Parameter
from expectations.tabeller import Serie
from transforms import kalender

_EN_DAG = np.timedelta64(1, "D")


def add_months(dato: Serie, antall: Parameter) -> Serie:
    """The same day of the month `antall` months on, clamped at month end; NaT where either is unknown."""
    dager = dato.to_numpy().astype("datetime64[D]")
    maneder = dager.astype("datetime64[M]")
    dag_i_maneden = dager - maneder.astype("datetime64[D]")
    maal = maneder + _whole(antall)
    siste = (maal + np.timedelta64(1, "M")).astype("datetime64[D]") - _EN_DAG
    return pd.Series(np.minimum(maal.astype("datetime64[D]") + dag_i_maneden, siste).astype("datetime64[us]"))


def add_days(dato: Serie, antall: Parameter) -> Serie:
    """`antall` calendar days on; NaT where either is unknown."""
    return dato + pd.to_timedelta(antall, unit="D")


def add_virkedager(dato: Serie, antall: int) -> Serie:
    """The `antall`-th Norwegian working day after each date; NaT where it is unknown."""
    oppslag = {dag: pd.Timestamp(kalender.add_virkedager(dag.date(), antall)) for dag in dato.dropna().unique()}
    return dato.map(oppslag).astype("datetime64[us]")


def count_virkedager(fra: Serie, til: Serie) -> Serie:
    """The Norwegian working days from `fra` through `til`; NaN where either is unknown or `til` comes first."""
    antall = pd.Series(np.nan, index=fra.index)
    kjent = fra.le(til)
    if kjent.any():
        forste, siste = fra[kjent].to_numpy().astype("datetime64[D]"), til[kjent].to_numpy().astype("datetime64[D]")
        aar = range(fra[kjent].min().year, til[kjent].max().year + 1)
        fridager = [np.datetime64(dag) for ett in aar for dag in kalender.helligdager(ett)]
        antall[kjent] = np.busday_count(forste, siste + _EN_DAG, holidays=fridager)
    return antall


def _whole(antall: Parameter) -> Any:  # noqa: ANN401  a numpy scalar or array
    if isinstance(antall, pd.Series):
        tall = antall.to_numpy()
        return np.where(np.isnan(tall), np.timedelta64("NaT", "M"), np.nan_to_num(tall).astype("timedelta64[M]"))
    return np.timedelta64(int(antall), "M")
