"""Parts that more than one document has: goals, activities, extent, contacts, absence, work beside the tiltak."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta

from schemas.koder import kodeverk
from transforms import dokument_grenser as grenser
from transforms.dokument_blokker import (
    Blokk,
    Celle,
    Kolonne,
    avsnitt,
    celle,
    datocelle,
    fakta,
    liste,
    opplysning,
    sumpost,
    tabell,
)
from transforms.dokument_blokker import omfang as omfangsblokk
from transforms.dokument_blokker import tidslinje as tidslinjeblokk
from transforms.dokument_grunnlag import Grunnlag, in_order, overlaps
from transforms.dokument_tekster import kort_dato, prosent, tall
from transforms.kalender import is_virkedag
from transforms.poster import Rad, read_dato

Cellemaker = Callable[[Rad], Celle | None]
_TRINN = "se_trinn"


def columns(g: Grunnlag, rader: Sequence[Rad], *kolonner: tuple[str, Cellemaker]) -> list[Kolonne]:
    """Columns by the code of their heading and what makes a cell of a row."""
    return [Kolonne(kode, g.ord(kode), [lag(rad) for rad in rader]) for kode, lag in kolonner]


def text_cell(navn: str) -> Cellemaker:
    """A cell with a text field."""
    return lambda rad: celle(rad.get(navn))


def code_cell(g: Grunnlag, tabell_: str, navn: str) -> Cellemaker:
    """A cell with the text of a coded field, the code beside it."""
    return lambda rad: celle(g.kodetekst(tabell_, navn, rad.get(navn)), rad.get(navn))


def date_cell(navn: str) -> Cellemaker:
    """A cell with a date field."""
    return lambda rad: datocelle(read_dato(rad, navn))


def own_text(g: Grunnlag, navn: str, overskrift: str | None = None) -> list[Blokk]:
    """A field of the document's text row, word for word."""
    return avsnitt(navn, g.tekst(navn), g.ord(overskrift) if overskrift else None)


def bestilling(g: Grunnlag) -> list[Blokk]:
    """What Nav asked for: the points, else the text of the order."""
    punkter = liste("bestillingspunkt", [celle(rad["tekst"]) for rad in g.post.rader("bestillingspunkt")])
    return punkter or avsnitt("bestillingTekst", g.post.deltakelse.get("bestillingTekst"))


def goals(g: Grunnlag, *maltyper: str) -> list[Rad]:
    """The goals of the given types, nearest deadline first, those without a deadline last."""
    rader = [rad for rad in g.post.rader("mal") if not maltyper or rad["maltype"] in maltyper]
    return sorted(rader, key=lambda rad: str(rad.get("frist") or "9999"))


def goal_table(g: Grunnlag, *maltyper: str) -> list[Blokk]:
    """mål | slik ser vi at det er nådd | frist | status"""
    rader = goals(g, *maltyper)
    kolonner = [("mal", text_cell("beskrivelse"))]
    if len({rad["maltype"] for rad in rader}) > 1:
        kolonner.append(("maltype", code_cell(g, "mal", "maltype")))
    kolonner += [
        ("kriterium", text_cell("kriterium")),
        ("frist", date_cell("frist")),
        ("status", code_cell(g, "mal", "status")),
    ]
    return tabell("mal", columns(g, rader, *kolonner))


def activities(g: Grunnlag, *, ordinaere: bool = False) -> list[Rad]:
    """The activities that touch the document's days, in order."""
    rader = [rad for rad in g.post.rader("aktivitet") if overlaps(rad, g.fra, g.til)]
    return in_order([rad for rad in rader if not ordinaere or rad.get("arena") == "ORDINAER"], "fraDato", "tilDato")


def activity_name(g: Grunnlag, rad: Rad) -> str:
    """A short name of the kind of activity."""
    kode = rad["aktivitetstype"]
    return g.tekster.aktivitetstyper.get(kode) or g.kodetekst("aktivitet", "aktivitetstype", kode) or kode


def activity_label(g: Grunnlag, rad: Rad) -> str:
    """The short name with the workplace, when there is one."""
    navn = activity_name(g, rad)
    virksomhet = rad.get("arbeidsgiverNavn")
    return g.tekster.setning("aktivitet_hos", aktivitet=navn, virksomhet=virksomhet) if virksomhet else navn


def activity_period(g: Grunnlag, rad: Rad) -> str | None:
    """The days of an activity; a planned end is marked as such."""
    fra, til = read_dato(rad, "fraDato"), read_dato(rad, "tilDato")
    planlagt = read_dato(rad, "planlagtTilDato")
    if til is None and planlagt is not None:
        return g.tekster.setning("planlagt_periode", periode=g.tekster.periode(fra, planlagt))
    return g.tekster.periode(fra, til)


def _activity_cells(g: Grunnlag) -> dict[str, Cellemaker]:
    def virksomhet(rad: Rad) -> Celle | None:
        navn, orgnr = rad.get("arbeidsgiverNavn"), rad.get("arbeidsgiverOrgnr")
        tekst = g.tekster.setning("virksomhet_orgnr", navn=navn, orgnr=orgnr) if navn and orgnr else navn or orgnr
        return celle(tekst, orgnr)

    def omfang(rad: Rad) -> Celle | None:
        timer = rad.get("timerPerUke")
        if timer is None:
            return None
        return celle(g.tekster.setning("timer_per_uke", timer=tall(timer)), str(timer))

    return {
        "aktivitet": lambda rad: celle(activity_name(g, rad), rad["aktivitetstype"]),
        "virksomhet": virksomhet,
        "oppgaver": lambda rad: celle(rad.get("arbeidsoppgaver") or rad.get("beskrivelse")),
        "innhold": lambda rad: celle(rad.get("beskrivelse") or rad.get("arbeidsoppgaver")),
        "periode": lambda rad: celle(activity_period(g, rad), rad["fraDato"]),
        "omfang": omfang,
        "hensikt": text_cell("hensikt"),
        "avtale": date_cell("hospiteringsavtale"),
        "avtaltOppfolging": text_cell("avtaltOppfolging"),
        "erfaringer": text_cell("erfaringer"),
        "arbeidsgiversVurdering": text_cell("arbeidsgiversVurdering"),
        "dokumentasjon": text_cell("dokumentasjon"),
    }


def activity_table(g: Grunnlag, rader: Sequence[Rad], *kolonner: str, kode: str = "aktivitet") -> list[Blokk]:
    """The activities as a table with the named columns."""
    celler = _activity_cells(g)
    return tabell(kode, columns(g, rader, *((navn, celler[navn]) for navn in kolonner)))


def timeline(g: Grunnlag, rader: Sequence[Rad]) -> list[Blokk]:
    """The activities as bars; one without an end is drawn to the edge."""
    if g.fra is None or g.til is None:
        return []
    linjer: list[Celle] = []
    for rad in rader:
        til = rad.get("tilDato") or rad.get("planlagtTilDato")
        linje = {
            "kode": rad["aktivitetstype"],
            "fra": rad["fraDato"],
            "ledetekst": activity_label(g, rad),
            "tekst": activity_period(g, rad) or kort_dato(g.fra),
        }
        linjer.append({**linje, "til": til} if til else linje)
    return tidslinjeblokk("aktiviteter", g.fra, g.til, linjer)


def extent(g: Grunnlag, fra: date | None, til: date | None, overskrift: str | None = None) -> list[Blokk]:
    """The stairs of extent between two days, the step in force on the first of them included."""
    if fra is None or til is None:
        return []
    alle = [par for par in grenser.omfangsrader(g) if par[0] <= til]
    forste = max((dag for dag, _ in alle if dag <= fra), default=fra)
    trinn = [_step(g, dag, rad) for dag, rad in alle if dag >= forste]
    return omfangsblokk("omfang", fra, til, trinn, overskrift)


def _step(g: Grunnlag, dag: date, rad: Rad) -> Celle:
    verdi, dager = rad["deltakelsesprosent"], rad.get("dagerPerUke")
    setning = "omfang_fra" if dager is None else "omfang_fra_med_dager"
    tekst = g.tekster.setning(setning, prosent=prosent(verdi), fra=kort_dato(dag), dager=tall(dager or 0))
    trinn: Celle = {"fra": dag.isoformat(), "prosent": verdi, "tekst": tekst}
    return trinn if dager is None else {**trinn, "dagerPerUke": dager}


def extent_on(g: Grunnlag, dag: date | None) -> str | None:
    """The extent in force on a day."""
    verdi = grenser.extent_on(g, dag)
    return None if verdi is None else prosent(verdi)


def work_table(g: Grunnlag, rader: Sequence[Rad]) -> list[Blokk]:
    """Work or education: art | omfang | ansettelse | lønnstilskudd | periode | avtalt med Nav"""

    def omfang(rad: Rad) -> Celle | None:
        verdi = grenser.stillingsprosent(g, rad)
        return None if verdi is None else celle(prosent(verdi), str(verdi))

    def lonnstilskudd(rad: Rad) -> Celle | None:
        svar = rad.get("lonnstilskudd")
        return None if svar is None else celle(g.tekster.setning("ja" if svar else "nei"), str(svar).lower())

    def periode(rad: Rad) -> Celle | None:
        return celle(g.tekster.periode(read_dato(rad, "fraDato"), read_dato(rad, "tilDato")), rad["fraDato"])

    return tabell(
        "arbeidsforhold",
        columns(
            g,
            in_order(rader, "fraDato"),
            ("art", code_cell(g, "arbeidsforhold", "art")),
            ("prosent", omfang),
            ("ansettelsesform", code_cell(g, "arbeidsforhold", "ansettelsesform")),
            ("lonnstilskudd", lonnstilskudd),
            ("periode", periode),
            ("virksomhet", text_cell("arbeidsgiverOrgnr")),
            ("avtaltMedNav", date_cell("avtaltUnntak")),
        ),
    )


def contacts(g: Grunnlag) -> list[Rad]:
    """The contacts and meetings within the document's days, in order."""

    def er_med(dag: date | None) -> bool:
        return dag is not None and (g.fra is None or dag >= g.fra) and (g.til is None or dag <= g.til)

    return in_order([rad for rad in g.post.rader("oppfolging") if er_med(read_dato(rad, "dato"))], "dato")


def contact_table(g: Grunnlag) -> list[Blokk]:
    """type | antall | sist"""
    rader = contacts(g)
    typer = list(dict.fromkeys(rad["oppfolgingstype"] for rad in rader))
    siste = {rad["oppfolgingstype"]: rad for rad in rader}
    antall = {type_: sum(rad["oppfolgingstype"] == type_ for rad in rader) for type_ in typer}
    return tabell(
        "oppfolging",
        columns(
            g,
            [siste[type_] for type_ in typer],
            ("type", code_cell(g, "oppfolging", "oppfolgingstype")),
            ("antall", lambda rad: celle(str(antall[rad["oppfolgingstype"]]))),
            ("siste", date_cell("dato")),
        ),
    )


def absence(g: Grunnlag) -> list[Celle]:
    """Absence within the document's days by whether it was reported: hours where given, else working days.

    The cause is not in the contract and is never asked for.
    """
    poster: list[Celle] = []
    for type_ in kodeverk("fravaerstype").koder:
        rader = [rad for rad in g.post.rader("fravaer") if rad["fravaerstype"] == type_ and overlaps(rad, g.fra, g.til)]
        dager = sum(_working_days(g, rad) for rad in rader if "timer" not in rad)
        timer = sum(rad["timer"] for rad in rader if "timer" in rad)
        for antall, enhet in ((dager, "dager"), (timer, "timer")):
            if antall:
                poster.append(sumpost(type_, g.ord(type_), antall, enhet, g.tekster.mengde(antall, enhet)))
    return poster


def _working_days(g: Grunnlag, rad: Rad) -> int:
    fra, til = read_dato(rad, "fraDato"), read_dato(rad, "tilDato")
    if fra is None or til is None:
        return 0
    fra, til = max(fra, g.fra or fra), min(til, g.til or til)
    return sum(is_virkedag(fra + timedelta(days=dag)) for dag in range((til - fra).days + 1))


def exceptions(g: Grunnlag, *typer: str) -> list[Blokk]:
    """The reasoned exceptions of the given types."""
    rader = [rad for rad in g.post.rader("unntak") if rad["type"] in typer]
    return tabell(
        "unntak",
        columns(
            g,
            rader,
            ("grunn", text_cell("grunn")),
            ("begrunnelse", text_cell("begrunnelse")),
            ("planlagtStart", date_cell("planlagtStart")),
            ("avtaltMedNav", date_cell("avtaltMedNav")),
        ),
        g.ord("unntak"),
    )


def agreement(g: Grunnlag) -> list[Blokk]:
    """The avtale of three parties that the tiltak rests on (003 L505-512)."""
    avtale = g.post.avtale
    formaal, stilling, andel = (avtale.get(navn) for navn in ("maalkategori", "stillingstittel", "stillingprosent"))
    if stilling and andel is not None:
        stilling = g.tekster.setning("stilling", tittel=stilling, prosent=prosent(andel))
    linjer = fakta(
        "avtalen",
        [
            line(g, "formaal", g.kodetekst("avtale", "maalkategori", formaal), formaal),
            line(g, "arbeidsgiver", avtale.get("arbeidsgiverOrgnr"), avtale.get("arbeidsgiverOrgnr")),
            line(g, "stilling", stilling),
        ],
    )
    punkter = ("arbeidsoppgaver", "opplaering", "forventninger", "bistand")
    return linjer + [blokk for navn in punkter for blokk in avsnitt(navn, avtale.get(navn), g.ord(navn))]


def steps(g: Grunnlag) -> list[Blokk]:
    """The five steps of Supported Employment, each with what the sender wrote under its code (004 L333-346).

    They are no sequence, so the order is the list's and a step without a word is left out.
    """
    tekster = {rad["kode"]: rad["tekst"] for rad in _own_points(g) if rad["kode"] in kodeverk(_TRINN).koder}
    koder = [kode for kode in kodeverk(_TRINN).koder if kode in tekster]
    return tabell(
        "trinn",
        columns(
            g,
            [{"trinn": kode, "beskrivelse": tekster[kode]} for kode in koder],
            ("trinn", lambda rad: celle(g.tekster.kode(_TRINN, rad["trinn"]), rad["trinn"])),
            ("beskrivelse", text_cell("beskrivelse")),
        ),
    )


def _own_points(g: Grunnlag) -> list[Rad]:
    return [
        rad
        for rad in g.post.rader("seksjon")
        if rad["dokumenttype"] == g.dokumenttype and rad.get("nummer", g.nummer) == g.nummer
    ]


def extra_points(g: Grunnlag) -> list[Blokk]:
    """The points that the regional avtale asks for beyond the ordinary ones."""
    har_trinn = g.has_section("TRINN")
    rader = [rad for rad in _own_points(g) if not (har_trinn and rad["kode"] in kodeverk(_TRINN).koder)]
    return [blokk for rad in rader for blokk in avsnitt(rad["kode"], rad["tekst"], rad.get("overskrift", rad["kode"]))]


def own_view(g: Grunnlag) -> list[Blokk]:
    """The deltaker's own view of a report, and the day it was gone through together."""
    tekst = own_text(g, "deltakersVurdering")
    dag = read_dato(g.rad, "gjennomgattMedDeltaker")
    return tekst + fakta("gjennomgattMedDeltaker", [date_line(g, "gjennomgatt", dag)])


def date_line(g: Grunnlag, kode: str, dag: date | None, *, framhevet: bool = False) -> Celle | None:
    """A line with a date."""
    return None if dag is None else line(g, kode, g.tekster.dato(dag), dag.isoformat(), framhevet=framhevet)


def line(
    g: Grunnlag, kode: str, tekst: str | None, verdi: str | None = None, *, framhevet: bool = False
) -> Celle | None:
    """A line with the lead text of its code."""
    return opplysning(kode, g.ord(kode), tekst, verdi, framhevet=framhevet)


def goal_texts(rader: Iterable[Rad]) -> str | None:
    """The goals as one line."""
    return "; ".join(rad["beskrivelse"] for rad in rader) or None
