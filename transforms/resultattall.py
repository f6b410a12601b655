"""The figures of the two documents about an avtale, which name nobody: resultatrapport and etterrapport.

They go to the Nav fylke that the avtale is with and are exact: Nav has ordered each tiltak and is behandlingsansvarlig.
What is published for others is statistikk.py, with its limits.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from schemas.statistikk import VARIGE, Telling
from transforms.forpliktelser import is_no_show
from transforms.kvartal import Kvartal
from transforms.poster import Deltakelsespost, Rad, read_dato
from transforms.sletting import ALDRI_REELL, AVSLUTTET
from transforms.statistikk import Celle
from transforms.tiltaksbilde import percent


@dataclass(frozen=True, order=True)
class Avtaleomrade:
    """What an avtale about places is about: an arrangør, a tiltak, and the fylke it is with."""

    avsender: str
    tiltakskode: str
    fylke: str


@dataclass(frozen=True)
class Kapasitet:
    """Places on the last day of a period: agreed, in use, and how many wait; None where it is not known.

    `plasser` and `venteliste` are of all the fylker that the arrangør has the tiltak in when `for_flere_fylker`.
    """

    plasser: float | None
    i_bruk: int | None
    venteliste: int | None
    for_flere_fylker: bool = False


@dataclass(frozen=True)
class Resultattall:
    """The figures of a RESULTATRAPPORT. A resultatgrad is None where there is nobody to divide by.

    `avsluttet` is everyone who ended, `aldri_mott` among them; the four results add up to it. `maal` is the avtale's
    own, in percent, None where it is not known.
    """

    fra: date
    til: date
    avsluttet: int
    arbeid: int
    utdanning: int
    annet: int
    aldri_mott: int
    kapasitet: Kapasitet
    maal: float | None = None

    @property
    def med_resultat(self) -> int:
        """How many went to work or education."""
        return self.arbeid + self.utdanning

    @property
    def mott(self) -> int:
        """How many ended and had come."""
        return self.avsluttet - self.aldri_mott

    @property
    def resultatgrad_med_aldri_mott(self) -> float | None:
        """To work or education, of all who ended."""
        return percent(self.med_resultat, self.avsluttet) if self.avsluttet else None

    @property
    def resultatgrad_uten_aldri_mott(self) -> float | None:
        """To work or education, of those who ended and had come."""
        return percent(self.med_resultat, self.mott) if self.mott else None


@dataclass(frozen=True)
class Ettertall:
    """The figures of an ETTERRAPPORT: who could be asked with their consent, who answered, who is still in work."""

    fra: date
    til: date
    spurt: int
    svart: int
    i_arbeid: int
    maal: float | None = None

    @property
    def varig_resultatgrad(self) -> float | None:
        """Still in work, of those who answered."""
        return percent(self.i_arbeid, self.svart) if self.svart else None


def result_figures(
    celler: Iterable[Celle],
    omrade: Avtaleomrade,
    fra: Kvartal,
    til: Kvartal,
    *,
    kapasitet: Kapasitet,
    maal: float | None = None,
) -> Resultattall:
    """The figures of an avtale over whole quarters, `til` included: those erased are counted by quarter only.

    `celler` are the counts of the statistics, frozen and live. Raises ValueError when the period ends before it begins.
    """
    if til < fra:
        raise ValueError("the period ends before it begins")
    tall = dict.fromkeys(Telling, 0)
    for celle in celler:
        if area_of(celle) == omrade and fra <= celle.kvartal <= til:
            tall[celle.telling] += celle.antall
    arbeid, utdanning, aldri = tall[Telling.ARBEID], tall[Telling.UTDANNING], tall[Telling.ALDRI_MOTT]
    return Resultattall(
        fra=fra.forste_dag,
        til=til.siste_dag,
        avsluttet=tall[Telling.AVSLUTTET],
        arbeid=arbeid,
        utdanning=utdanning,
        annet=tall[Telling.AVSLUTTET] - aldri - arbeid - utdanning,
        aldri_mott=aldri,
        kapasitet=kapasitet,
        maal=maal,
    )


def follow_up_figures(
    celler: Iterable[Celle], omrade: Avtaleomrade, fra: Kvartal, til: Kvartal, *, etter: int, maal: float | None = None
) -> Ettertall:
    """The figures of an avtale for those who were asked about days from `fra` through `til`.

    Each is counted by the quarter of the end, `etter` quarters before the one asked about.
    """
    tall = dict.fromkeys(VARIGE, 0)
    for celle in celler:
        if celle.telling in VARIGE and area_of(celle) == omrade and fra <= celle.kvartal.plus(etter) <= til:
            tall[celle.telling] += celle.antall
    return Ettertall(
        fra=fra.forste_dag,
        til=til.siste_dag,
        spurt=tall[Telling.VARIG_SPURT],
        svart=tall[Telling.VARIG_SVART],
        i_arbeid=tall[Telling.VARIG_I_ARBEID],
        maal=maal,
    )


def area_of(celle: Celle) -> Avtaleomrade:
    """The area that a count of the statistics belongs to."""
    return Avtaleomrade(celle.avsender, celle.tiltakskode, celle.fylke)


def took_part_on(post: Deltakelsespost, dato: date) -> bool:
    """Whether a deltakelse was in use on a day, as its record stands now. One who never came was not."""
    start, slutt = post.dato("startDato"), post.dato("sluttDato")
    if start is None or start > dato or is_no_show(post):
        return False
    status = post.deltakelse["status"]
    return bool(status == "DELTAR" or (status in AVSLUTTET - ALDRI_REELL and slutt is not None and slutt >= dato))


def agreed_target(poster: Iterable[Deltakelsespost], dato: date, felt: str = "resultatmaal") -> float | None:
    """The target of the avtaler in force on a day; None when none says one, or they say different ones.

    `felt` is the avtale's field: resultatmaal, or varigResultatmaal.
    """
    maal = {float(post.avtale[felt]) for post in poster if _is_in_force(post.avtale, dato, felt)}
    return maal.pop() if len(maal) == 1 else None


def _is_in_force(avtale: Rad, dato: date, felt: str) -> bool:
    fra, til = read_dato(avtale, "gyldigFra"), read_dato(avtale, "gyldigTil")
    har_maal = avtale.get(felt) is not None
    return har_maal and fra is not None and fra <= dato and (til is None or til >= dato)


def capacity_on(
    rader: Iterable[Rad], tiltakskode: str, dato: date, *, i_bruk: int | None, for_flere_fylker: bool
) -> Kapasitet:
    """The capacity of a tiltak on a day: of each avdeling the newest row that is not after it, added together."""
    nyeste: dict[str, Rad] = {}
    for rad in rader:
        dag = read_dato(rad, "dato")
        if rad["tiltakskode"] != tiltakskode or dag is None or dag > dato:
            continue
        avdeling = rad.get("avdelingOrgnr", "")
        if avdeling not in nyeste or rad["dato"] >= nyeste[avdeling]["dato"]:
            nyeste[avdeling] = rad
    ventende = [rad["antallVenteliste"] for rad in nyeste.values() if rad.get("antallVenteliste") is not None]
    return Kapasitet(
        plasser=sum(rad["antallPlasser"] for rad in nyeste.values()) if nyeste else None,
        i_bruk=i_bruk,
        venteliste=sum(ventende) if ventende else None,
        for_flere_fylker=for_flere_fylker,
    )
