"""Limits of the policy that have in fact been passed. They are printed as facts: Nav decides, and must know."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from transforms.dokument_blokker import Blokk, merknad
from transforms.dokument_grunnlag import Grunnlag, in_order, overlaps
from transforms.dokument_tekster import prosent, tall
from transforms.kalender import add_months
from transforms.poster import Rad, read_dato

_MAANEDER = ("varighet.maksMaaneder", "varighet.maaneder", "varighet.grunnMaaneder")
_DAGER = ("varighet.maksDager", "varighet.grunnDager")
UTENOM_TILTAKET = frozenset({"ARBEID", "UTDANNING", "LAERLING", "LAEREKANDIDAT"})
_DAGER_I_UKEN = 7


def omfangsrader(g: Grunnlag) -> list[tuple[date, Rad]]:
    """The steps of extent with their first day; a row without gyldigFra holds from the start."""
    rader = ((read_dato(rad, "gyldigFra") or g.start, rad) for rad in g.post.rader("deltakelsesmengde"))
    return sorted(((fra, rad) for fra, rad in rader if fra is not None), key=lambda par: par[0])


def extent_on(g: Grunnlag, dag: date | None) -> float | None:
    """The extent in force on a day, in percent; None when none is registered."""
    gjeldende = [rad for fra, rad in omfangsrader(g) if dag is not None and fra <= dag]
    return float(gjeldende[-1]["deltakelsesprosent"]) if gjeldende else None


def omfang(g: Grunnlag) -> list[Blokk]:
    """Started under what the policy aims at, or at any time so far under its floor (OMF002–OMF004)."""
    blokker: list[Blokk] = []
    start, minst, gulv = extent_on(g, g.start), g.grense("omfang.minProsentStart"), g.grense("omfang.gulvProsent")
    if start is not None and minst is not None and start < minst:
        tekst = g.tekster.setning("grense_omfang_start", prosent=prosent(start), grense=prosent(minst))
        blokker += merknad("GRENSE_OMFANG", tekst, "GRENSE")
    for fra, rad in omfangsrader(g):
        if gulv is not None and fra <= g.dato and rad["deltakelsesprosent"] < gulv:
            tekst = g.tekster.setning(
                "grense_omfang_gulv",
                prosent=prosent(rad["deltakelsesprosent"]),
                dato=g.tekster.dato(fra),
                grense=prosent(gulv),
            )
            blokker += merknad("GRENSE_OMFANG", tekst, "GRENSE")
    return blokker


def varighet(g: Grunnlag) -> list[Blokk]:
    """The longest frame of months or days that the deltakelse reaches beyond (1 + 1 + 1 years in AFT)."""
    if g.start is None:
        return []
    ende = g.post.dato("sluttDato") or max(g.slutt or g.dato, g.dato)
    for grense, siste in _last_days(g, g.start):
        if ende > siste:
            setning = "grense_varighet" if ende == g.slutt else "grense_varighet_naa"
            tekst = g.tekster.setning(setning, slutt=g.tekster.dato(ende), grense=grense, siste=g.tekster.dato(siste))
            return merknad("GRENSE_VARIGHET", tekst, "GRENSE")
    return []


def _last_days(g: Grunnlag, start: date) -> Iterator[tuple[str, date]]:
    """Each frame that the policy has, the longest first: in words, and its last day."""
    fratrekk = timedelta(days=g.grense("varighet.fratrekkDager") or 0)
    for sti in (*_MAANEDER, *_DAGER):
        antall = g.grense(sti)
        if antall is None:
            continue
        if sti in _DAGER:
            yield g.tekster.mengde(antall, "dager"), start + timedelta(days=antall)
        else:
            yield g.tekster.mengde(antall, "maaneder"), add_months(start, int(antall)) - fratrekk


def arbeid(g: Grunnlag) -> list[Blokk]:
    """Paid work and education beside the tiltak over the policy's share, counted together on the worst day (ARB)."""
    grense = g.grense("arbeid.grenseProsent")
    siste = g.post.dato("sluttDato") or g.dato
    rader = [rad for rad in g.post.rader("arbeidsforhold") if rad["art"] in UTENOM_TILTAKET]
    rader = [rad for rad in rader if overlaps(rad, g.start, siste - timedelta(days=1))]
    if grense is None or not rader:
        return []
    dager = sorted({max(dag, g.start or dag) for rad in rader if (dag := read_dato(rad, "fraDato")) is not None})
    summer = {dag: sum(stillingsprosent(g, rad) or 0 for rad in rader if overlaps(rad, dag, dag)) for dag in dager}
    verst = max(dager, key=lambda dag: summer[dag])
    if summer[verst] <= grense:
        return []
    avtalt = _exception_agreed(g, [rad for rad in rader if overlaps(rad, verst, verst)])
    setning = "grense_arbeid" if avtalt is None else "grense_arbeid_avtalt"
    verdier: Mapping[str, str] = {
        "prosent": prosent(summer[verst]),
        "dato": g.tekster.dato(verst),
        "grense": prosent(grense),
        "avtalt": g.tekster.dato(avtalt) if avtalt else "",
    }
    return merknad("GRENSE_ARBEID", g.tekster.setning(setning, **verdier), "GRENSE")


def stillingsprosent(g: Grunnlag, rad: Rad) -> float | None:
    """The percentage of a post; from hours a week where only those are known."""
    if "stillingsprosent" in rad:
        return float(rad["stillingsprosent"])
    full = g.grense("arbeid.timerFullUke")
    return round(float(rad["timerPerUke"]) / full * 100, 1) if "timerPerUke" in rad and full else None


def _exception_agreed(g: Grunnlag, rader: list[Rad]) -> date | None:
    unntak = [rad for rad in g.post.rader("unntak") if rad["type"] == "ARBEID_OVER_HALV"]
    dager = [read_dato(rad, "avtaltUnntak") for rad in rader] + [read_dato(rad, "avtaltMedNav") for rad in unntak]
    kjente = [dag for dag in dager if dag is not None]
    return max(kjente) if kjente else None


def utproving_frist(g: Grunnlag) -> date | None:
    """The last day on which ordinary working life should first have been tried."""
    dager = g.grense("frister.utproving.dager")
    return None if g.start is None or dager is None else g.start + timedelta(days=dager)


def utproving_uker(g: Grunnlag) -> str:
    """The same deadline in weeks, as people speak of it."""
    return tall((g.grense("frister.utproving.dager") or 0) / _DAGER_I_UKEN)


def utproving(g: Grunnlag) -> list[Blokk]:
    """Ordinary working life tried too late, or not at all when the deadline is past."""
    frist = utproving_frist(g)
    if frist is None:
        return []
    forste = in_order([rad for rad in g.post.rader("aktivitet") if rad.get("arena") == "ORDINAER"], "fraDato")
    begynt = read_dato(forste[0], "fraDato") if forste else None
    if begynt is not None and begynt <= g.dato:
        if begynt <= frist:
            return []
        tekst = g.tekster.setning("grense_utproving_sent", dato=g.tekster.dato(begynt), frist=g.tekster.dato(frist))
        return merknad("GRENSE_UTPROVING", tekst, "GRENSE")
    if min(g.dato, g.post.dato("sluttDato") or g.dato) <= frist:
        return []
    return merknad(
        "GRENSE_UTPROVING", g.tekster.setning("grense_utproving_ikke", frist=g.tekster.dato(frist)), "GRENSE"
    )


def passed(g: Grunnlag) -> str | None:
    """The subjects of the passed limits in one line, for «Kort fortalt»; None when none is passed."""
    koder = [blokk["kode"] for del_ in (omfang, varighet, arbeid, utproving) for blokk in del_(g)]
    emner = [g.ord(kode) for kode in dict.fromkeys(koder)]
    if not emner:
        return None
    return g.tekster.setning("grenser_kort", grenser=", ".join(emner))
