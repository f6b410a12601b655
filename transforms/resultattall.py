"""The figures of the two reports about an avtale that name nobody: resultatrapport and etterrapport (dokumenter.md).

They go to the Nav fylke that the avtale is with and are exact: Nav has ordered each tiltak and is behandlingsansvarlig.
What is published for others is statistikk.py, with its limits.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from schemas.statistikk import Telling
from transforms.kalender import add_months
from transforms.kvartal import Kvartal
from transforms.poster import Rad, read_dato
from transforms.statistikk import Celle
from transforms.tiltaksbilde import percent

ETTERKONTAKT = frozenset({"OPPFOLGING_6_MND", "KUNDEREGISTER_12_MND"})


@dataclass(frozen=True)
class Avtaleomrade:
    """What an avtale about places is about: an arrangør, a tiltak, and the fylke it is with."""

    avsender: str
    tiltakskode: str
    fylke: str


@dataclass(frozen=True)
class Kapasitet:
    """Places on a day: agreed, and how many wait; None where the sender has not said."""

    plasser: float | None
    venteliste: int | None


@dataclass(frozen=True)
class Resultattall:
    """The figures of a RESULTATRAPPORT. A resultatgrad is None where there is nobody to divide by.

    `avsluttet` is everyone who ended, `aldri_mott` among them; the four results add up to it. `i_bruk` is how many
    deltakelser took part on the last day of the period.
    """

    fra: date
    til: date
    avsluttet: int
    arbeid: int
    utdanning: int
    annet: int
    aldri_mott: int
    plasser: float | None
    i_bruk: int
    venteliste: int | None

    @property
    def resultatgrad_med_aldri_mott(self) -> float | None:
        """To work or education, of all who ended."""
        return percent(self.arbeid + self.utdanning, self.avsluttet) if self.avsluttet else None

    @property
    def resultatgrad_uten_aldri_mott(self) -> float | None:
        """To work or education, of those who ended and had come."""
        mott = self.avsluttet - self.aldri_mott
        return percent(self.arbeid + self.utdanning, mott) if mott else None


@dataclass(frozen=True)
class Ettertall:
    """The figures of an ETTERRAPPORT: who could be asked with their consent, who answered, who is still in work."""

    fra: date
    til: date
    spurt: int
    svart: int
    i_arbeid: int

    @property
    def varig_resultatgrad(self) -> float | None:
        """Still in work, of those who answered."""
        return percent(self.i_arbeid, self.svart) if self.svart else None


@dataclass(frozen=True)
class Ettersak:
    """One consent to be asked after the end, and the answers given under it. `slutt` is the deltakelse's sluttDato."""

    omrade: Avtaleomrade
    slutt: date
    samtykke: Rad
    svar: Sequence[Rad]


def result_figures(
    celler: Iterable[Celle],
    omrade: Avtaleomrade,
    fra: Kvartal,
    til: Kvartal,
    *,
    plasser: Iterable[Rad],
    i_bruk: int,
) -> Resultattall:
    """The figures of an avtale over whole quarters, `til` included: those erased are counted by quarter only.

    `celler` are the counts of the statistics, frozen and live; `plasser` the sender's plass rows; `i_bruk` how many of
    its deltakelser took part on the last day. Raises ValueError when the period ends before it begins.
    """
    if til < fra:
        raise ValueError("the period ends before it begins")
    tall = dict.fromkeys(Telling, 0)
    for celle in celler:
        if Avtaleomrade(celle.avsender, celle.tiltakskode, celle.fylke) == omrade and fra <= celle.kvartal <= til:
            tall[celle.telling] += celle.antall
    arbeid, utdanning, aldri = tall[Telling.ARBEID], tall[Telling.UTDANNING], tall[Telling.ALDRI_MOTT]
    kapasitet = capacity_on(plasser, omrade.tiltakskode, til.siste_dag)
    return Resultattall(
        fra=fra.forste_dag,
        til=til.siste_dag,
        avsluttet=tall[Telling.AVSLUTTET],
        arbeid=arbeid,
        utdanning=utdanning,
        annet=tall[Telling.AVSLUTTET] - aldri - arbeid - utdanning,
        aldri_mott=aldri,
        plasser=kapasitet.plasser,
        i_bruk=i_bruk,
        venteliste=kapasitet.venteliste,
    )


def capacity_on(rader: Iterable[Rad], tiltakskode: str, dato: date) -> Kapasitet:
    """The capacity of a tiltak on a day: of each avdeling the newest row that is not after it, added together."""
    nyeste: dict[str, Rad] = {}
    for rad in rader:
        dag = read_dato(rad, "dato")
        if rad["tiltakskode"] != tiltakskode or dag is None or dag > dato:
            continue
        avdeling = rad.get("avdelingOrgnr", "")
        if avdeling not in nyeste or rad["dato"] >= nyeste[avdeling]["dato"]:
            nyeste[avdeling] = rad
    if not nyeste:
        return Kapasitet(None, None)
    ventende = [rad["antallVenteliste"] for rad in nyeste.values() if rad.get("antallVenteliste") is not None]
    return Kapasitet(sum(rad["antallPlasser"] for rad in nyeste.values()), sum(ventende) if ventende else None)


@dataclass(frozen=True)
class Etterfrist:
    """When those who found work are asked: `maaneder` after the end, give or take `slingring_dager`."""

    maaneder: int
    slingring_dager: int


def follow_up_figures(
    saker: Iterable[Ettersak], omrade: Avtaleomrade, fra: date, til: date, frist: Etterfrist
) -> Ettertall:
    """The figures of an avtale for those whose day of asking is in the period, both ends included.

    Asked is whoever had consented to contact and had not withdrawn it on that day (002 L2099-2105). The answer that
    counts is the last one near that day, given while the consent held: an early one says nothing of the six months.
    """
    spurt = [
        sak
        for sak in saker
        if sak.omrade == omrade and fra <= add_months(sak.slutt, frist.maaneder) <= til and _is_asked(sak, frist)
    ]
    svar = [rad for sak in spurt if (rad := _answer(sak, frist)) is not None]
    return Ettertall(fra, til, len(spurt), len(svar), sum(bool(rad["iArbeid"]) for rad in svar))


def follow_up_counts(sak: Ettersak, frist: Etterfrist) -> Mapping[Telling, int]:
    """What one consent adds to the statistics of the quarter in which its deltakelse ended, when the consent ends."""
    rad = _answer(sak, frist) if _is_asked(sak, frist) else None
    if rad is None:
        return {}
    return {Telling.VARIG_SVART: 1, **({Telling.VARIG_I_ARBEID: 1} if rad["iArbeid"] else {})}


def consents_on(samtykke: Rad, dato: date) -> bool:
    """Whether a consent to contact after the end holds on a day."""
    gitt, til, trukket = (read_dato(samtykke, felt) for felt in ("gitt", "gyldigTil", "trukket"))
    if samtykke["formaal"] not in ETTERKONTAKT or gitt is None or til is None:
        return False
    return gitt <= dato <= til and (trukket is None or dato < trukket)


def _is_asked(sak: Ettersak, frist: Etterfrist) -> bool:
    return consents_on(sak.samtykke, add_months(sak.slutt, frist.maaneder))


def _answer(sak: Ettersak, frist: Etterfrist) -> Rad | None:
    dag, slingring = add_months(sak.slutt, frist.maaneder), timedelta(days=frist.slingring_dager)
    gyldige = [
        rad
        for rad in sak.svar
        if (dato := read_dato(rad, "dato")) is not None
        and dag - slingring <= dato <= dag + slingring
        and consents_on(sak.samtykke, dato)
    ]
    return max(gyldige, key=lambda rad: str(rad["dato"]), default=None)
