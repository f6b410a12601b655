"""Whether somebody still is in work some months after the end: who is asked, when, and which answer counts.

All of it under a samtykke, whose end is the last day that anything may be known (ADR 29).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from schemas.regelverk import Regelverk
from schemas.statistikk import Telling
from transforms.forpliktelser import Regelverkoppslag, is_no_show
from transforms.kalender import add_months
from transforms.poster import Deltakelsespost, Rad, read_dato
from transforms.sletting import ALDRI_REELL
from transforms.statistikk_bidrag import ended_on, resultat


@dataclass(frozen=True)
class Svarvindu:
    """The day somebody is asked for, and the days around it, both included, whose answer counts."""

    dag: date
    fra: date
    til: date

    def has(self, dato: date | None) -> bool:
        """Whether an answer of this day counts."""
        return dato is not None and self.fra <= dato <= self.til


def answer_window(slutt: date, regelverk: Regelverk) -> Svarvindu | None:
    """When one that ended on `slutt` is asked; None where the policy asks nobody (002 L2076-2105)."""
    maaneder = regelverk.valgfritt_heltall("frister.etterrapport.maaneder")
    if maaneder is None:
        return None
    dag = add_months(slutt, maaneder)
    slingring = timedelta(days=regelverk.heltall("frister.etterrapport.slingringDager"))
    return Svarvindu(dag, dag - slingring, dag + slingring)


def is_asked(post: Deltakelsespost, policy: Regelverkoppslag, dato: date) -> bool:
    """Whether the avtale wants to know of this deltakelse, as its record stands on `dato`.

    It does where it has a varigResultatmaal, of one who came, has ended, and went over to work (002 L2080-2084).
    """
    slutt = ended_on(post, dato)
    if slutt is None or post.deltakelse["status"] in ALDRI_REELL or is_no_show(post):
        return False
    gikk_over = post.avtale.get("varigResultatmaal") is not None and resultat(post) == Telling.ARBEID
    return gikk_over and answer_window(slutt, policy(slutt)) is not None


def answer_that_counts(rader: Iterable[Rad], vindu: Svarvindu) -> Rad | None:
    """The newest etteroppfolging row within the window; None when there is none."""
    i_vinduet = [rad for rad in rader if vindu.has(read_dato(rad, "dato"))]
    return max(i_vinduet, key=lambda rad: str(rad["dato"]), default=None)


def counts_of(samtykke: Rad, siste_dag: date, trukket: date | None, vindu: Svarvindu) -> Mapping[Telling, int]:
    """What one consent adds: asked, answered, in work; nothing when it did not hold on the day that is asked about.

    `samtykke` is what is sealed with it, its answer too; `siste_dag` its last day by its own clock.
    """
    gitt = read_dato(samtykke, "gitt")
    holdt = gitt is not None and gitt <= vindu.dag <= siste_dag and (trukket is None or trukket > vindu.dag)
    if not holdt:
        return {}
    if not vindu.has(read_dato(samtykke, "dato")):
        return {Telling.VARIG_SPURT: 1}
    i_arbeid = {Telling.VARIG_I_ARBEID: 1} if samtykke["iArbeid"] else {}
    return {Telling.VARIG_SPURT: 1, Telling.VARIG_SVART: 1, **i_arbeid}
