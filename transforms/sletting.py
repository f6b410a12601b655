"""How long data about a deltakelse, and a consent, may be kept: the functions that checks and erasure both call."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from schemas.koder import kodeverk
from schemas.regelverk import Regelverk
from transforms.kalender import add_months

AVSLUTTET = frozenset({"HAR_SLUTTET", "AVBRUTT", "FULLFORT", "IKKE_AKTUELL"})
ALDRI_REELL = frozenset({"FEILREGISTRERT", "IKKE_AKTUELL"})
_DAGER_I_UKEN = 7


class UlovligSlettefrist(ValueError):
    """An avtale asks for a deletion period under the policy's floor."""


def last_kept_day(
    *,
    status: str,
    status_gyldig_fra: date | None,
    slutt_dato: date | None,
    sist_i_drop: date,
    slettefrist_uker: int | None,
    regelverk: Regelverk,
) -> date:
    """The last day on which data about one deltakelse may exist; it is gone from the day after.

    The clock starts on statusGyldigFra for FEILREGISTRERT and IKKE_AKTUELL, on the deltakelse's own sluttDato when
    it has ended, otherwise on the day it was last in an accepted drop, so that a sender gone silent does not keep
    for ever. The period is the policy's (84 days: 002 L6505-6506), or the avtale's when that is shorter
    (beslutninger 7). Nothing else stops or moves it.

    Raises UlovligSlettefrist when the avtale's period is under the policy's floor.
    """
    dager = regelverk.heltall("sletting.dager")
    if slettefrist_uker is not None:
        if slettefrist_uker < regelverk.heltall("sletting.minUker"):
            raise UlovligSlettefrist("avtale.slettefristUker is under the floor of the policy; correct the avtale")
        dager = min(dager, _DAGER_I_UKEN * slettefrist_uker)
    return clock_start(status, status_gyldig_fra, slutt_dato, sist_i_drop) + timedelta(days=dager)


def clock_start(status: str, status_gyldig_fra: date | None, slutt_dato: date | None, sist_i_drop: date) -> date:
    """The day the deletion clock of one deltakelse starts."""
    if status in ALDRI_REELL and status_gyldig_fra is not None:
        return status_gyldig_fra
    if status in AVSLUTTET and slutt_dato is not None:
        return slutt_dato
    return sist_i_drop


def last_day_of_consent(samtykke: Mapping[str, Any], klokkestart: date) -> date:
    """The last day on which the contact information of a consent may exist; it is gone from the day after.

    What the row says, or as many months after `klokkestart` (`clock_start` of the deltakelse) as its formål allows,
    whichever comes first: 6 months (002 L2099-2105) or 12 (002 L6505-6507), the code list's varighetMaaneder (U03).
    """
    maaneder = kodeverk("samtykkeformaal").koder[samtykke["formaal"]].egenskaper["varighetMaaneder"]
    return min(date.fromisoformat(samtykke["gyldigTil"]), add_months(klokkestart, maaneder))
