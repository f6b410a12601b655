"""When something is done about a sluttrapport that Nav has not receipted: the days, counted from sluttDato."""

from dataclasses import dataclass
from datetime import date, timedelta

from schemas.regelverk import Regelverk

_PARAMETRE = "kvittering.sluttrapport"


@dataclass(frozen=True)
class Purredager:
    """The first day of each: told once, told every day, and handed over by a person."""

    forste: date
    daglig: date
    overleveres: date

    def told_daily(self, dato: date) -> bool:
        """Whether `dato` is a day on which it is told whatever was told before."""
        return dato >= min(self.daglig, self.overleveres)


def reminder_days(slutt_dato: date, siste_dag: date, regelverk: Regelverk) -> Purredager:
    """The days for a deltakelse that ended on `slutt_dato` and may be kept until `siste_dag`.

    An avtale with a shorter period of deletion moves the handing over with it: as long before the last day as in the
    policy, so that whoever hands over has the same days to do it in (frister-og-sletting.md).
    """
    igjen = timedelta(days=regelverk.heltall("sletting.dager") - regelverk.heltall(f"{_PARAMETRE}.overleveresDag"))

    def day(navn: str) -> date:
        return slutt_dato + timedelta(days=regelverk.heltall(f"{_PARAMETRE}.{navn}"))

    return Purredager(day("forsteDag"), day("dagligFraDag"), min(day("overleveresDag"), siste_dag - igjen))
