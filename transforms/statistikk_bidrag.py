"""What one ended deltakelse adds to the statistics: a quarter, a fylke, a tiltak, and which counts go up (ADR 17).

No id, no day, and nothing else of the person. While the deltakelse is stored this is computed from its record as it
stands; when it is erased the counts go up once, and the record is gone.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from schemas.koder import kodeverk
from schemas.statistikk import Telling
from transforms.forpliktelser import Forpliktelsesstatus, Forpliktelsestype, is_no_show
from transforms.kalender import add_months
from transforms.kvartal import Kvartal
from transforms.poster import Deltakelsespost, Rad, read_dato
from transforms.sletting import ALDRI_REELL, AVSLUTTET

UKJENT_FYLKE = ""
_HAR_DELTATT = AVSLUTTET - ALDRI_REELL
_FORFALT = frozenset(
    {Forpliktelsesstatus.LEVERT_I_TIDE, Forpliktelsesstatus.LEVERT_FOR_SENT, Forpliktelsesstatus.FORFALT}
)
_FRISTER: Mapping[str, tuple[Telling, Telling]] = {
    Forpliktelsestype.PLAN: (Telling.PLAN_SKYLDT, Telling.PLAN_I_TIDE),
    Forpliktelsestype.PERIODERAPPORT: (Telling.PERIODERAPPORT_SKYLDT, Telling.PERIODERAPPORT_I_TIDE),
    Forpliktelsestype.SLUTTRAPPORT: (Telling.SLUTTRAPPORT_SKYLDT, Telling.SLUTTRAPPORT_I_TIDE),
}

Plikt = tuple[str, str]


@dataclass(frozen=True)
class Bidrag:
    """What goes up, and where. The arrangør is the sender and stands beside it."""

    fylke: str
    tiltakskode: str
    kvartal: Kvartal
    tellinger: Mapping[Telling, int]


def ended_on(post: Deltakelsespost, dato: date) -> date | None:
    """The day a deltakelse ended for the statistics; None when it has not by `dato`, or was never real.

    One that Nav calls IKKE_AKTUELL because the person did not come (IKKE_MOTT) ended on the day it became that:
    no-shows always count (002 L6205-6213; U15). Other reasons for IKKE_AKTUELL, and FEILREGISTRERT, never began.
    """
    status = post.deltakelse["status"]
    slutt = None
    if status in _HAR_DELTATT:
        slutt = post.dato("sluttDato")
    elif status == "IKKE_AKTUELL" and post.deltakelse.get("aarsak") == "IKKE_MOTT":
        slutt = post.dato("statusGyldigFra")
    return slutt if slutt is not None and slutt <= dato else None


def is_resumed(slutt: date, tiltakskode: str, andre: Iterable[tuple[str, date | None]], opphold_maaneder: int) -> bool:
    """Whether the same løp went on: the same tiltak began again before the break had lasted `opphold_maaneder`.

    `andre` are tiltakskode and startDato of the person's other deltakelser. A break of two months or more makes a new
    løp, as Nav counts (002 L627-637).
    """
    grense = add_months(slutt, opphold_maaneder)
    return any(kode == tiltakskode and start is not None and slutt <= start < grense for kode, start in andre)


def contribution(
    post: Deltakelsespost, dato: date, plikter: Iterable[Plikt], fylke_av_enhet: Mapping[str, str]
) -> Bidrag | None:
    """What a deltakelse adds as it stands on `dato`; None when it has not ended, or never began.

    `plikter` are type and status of its duties; `fylke_av_enhet` the fylke of each Nav-enhet. The fylke is the avtale's
    where it names one, otherwise the Nav-enhet's.
    """
    slutt = ended_on(post, dato)
    if slutt is None:
        return None
    aldri_mott = post.deltakelse["status"] in ALDRI_REELL or is_no_show(post)
    tellinger = Counter({Telling.AVSLUTTET: 1})
    if aldri_mott:
        tellinger[Telling.ALDRI_MOTT] += 1
    else:
        tellinger.update(_result(post, slutt))
    tellinger.update(_deadlines(plikter, aldri_mott=aldri_mott))
    return Bidrag(fylke_of(post, fylke_av_enhet), post.deltakelse["tiltakskode"], Kvartal.of(slutt), dict(tellinger))


def fylke_of(post: Deltakelsespost, fylke_av_enhet: Mapping[str, str]) -> str:
    """The fylke a deltakelse counts in: that of its avtale where it names one, otherwise the Nav-enhet's."""
    fylke = post.avtale.get("fylke") or fylke_av_enhet.get(post.deltaker.get("navEnhet", ""), UKJENT_FYLKE)
    return str(fylke)


def resultat(post: Deltakelsespost) -> str | None:
    """The result as reported in a finished sluttvurdering, at the top level of the code list; None when there is none.

    The sender's aarsak is no result: it is not what the sluttrapport says to Nav.
    """
    koder = kodeverk("resultat_ved_slutt").koder
    for rad in post.rader("sluttvurdering"):
        kode: str = rad.get("resultat", "")
        if rad.get("ferdigstilt") and kode in koder:
            while (overordnet := koder[kode].egenskaper["overordnet"]) is not None:
                kode = overordnet
            return kode
    return None


def _result(post: Deltakelsespost, slutt: date) -> list[Telling]:
    """Work, education, or neither. One who never came has none, whatever is written: the tiltak did not lead to it."""
    koder = kodeverk("resultat_ved_slutt").koder
    kode = resultat(post)
    if kode is None or not koder[kode].egenskaper["tellerIResultatgrad"]:
        return []
    if kode != Telling.ARBEID:
        return [Telling(kode)]
    fast = any(_is_permanent(rad, slutt) for rad in post.rader("arbeidsforhold"))
    return [Telling.ARBEID, Telling.ARBEID_FAST] if fast else [Telling.ARBEID]


def _is_permanent(rad: Rad, slutt: date) -> bool:
    til = read_dato(rad, "tilDato")
    return rad.get("art") == "ARBEID" and rad.get("ansettelsesform") == "FAST" and (til is None or til >= slutt)


def _deadlines(plikter: Iterable[Plikt], *, aldri_mott: bool) -> Counter[Telling]:
    antall: Counter[Telling] = Counter()
    for type_, status in plikter:
        if type_ not in _FRISTER or status not in _FORFALT:
            continue
        if aldri_mott and type_ != Forpliktelsestype.SLUTTRAPPORT:
            continue
        skyldt, i_tide = _FRISTER[type_]
        antall[skyldt] += 1
        antall[i_tide] += status == Forpliktelsesstatus.LEVERT_I_TIDE
    return +antall
