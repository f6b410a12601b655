"""The sections of «Plan for tiltaket»: the seven points of the kravspesifikasjon (002 L1327-1343) and what belongs
to them (dokumenter.md, «The page»)."""

from collections.abc import Callable, Mapping

from transforms import dokument_deler as deler
from transforms import dokument_grenser as grenser
from transforms.dokument_blokker import Blokk, fakta, merknad, tabell
from transforms.dokument_grunnlag import Grunnlag, shorten
from transforms.dokument_tekster import prosent
from transforms.poster import read_dato


def _kort_fortalt(g: Grunnlag) -> list[Blokk]:
    mal = deler.goal_texts(deler.goals(g, "YRKE")) or g.tekst("yrkesmal")
    return fakta(
        "kortFortalt",
        [
            deler.line(g, "mal", shorten(mal), framhevet=True),
            deler.line(g, "nesteSkritt", _next_step(g)),
            deler.line(g, "omfang", _extent_now_and_next(g)),
            deler.line(g, "grenser", grenser.passed(g)),
            deler.line(g, "trengerFraNav", g.tekst("trengerFraNav")),
            deler.date_line(g, "nesteMote", read_dato(g.rad, "nesteMote")),
        ],
    )


def _next_step(g: Grunnlag) -> str | None:
    for rad in deler.activities(g):
        fra = read_dato(rad, "fraDato")
        if fra is not None and fra >= g.dato:
            return g.tekster.setning("neste_aktivitet", aktivitet=deler.activity_label(g, rad), fra=g.tekster.dato(fra))
    for rad in deler.goals(g):
        frist = read_dato(rad, "frist")
        if rad.get("status", "APENT") == "APENT" and frist is not None and frist >= g.dato:
            return g.tekster.setning("neste_mal", mal=shorten(rad["beskrivelse"]), frist=g.tekster.dato(frist))
    return None


def _extent_now_and_next(g: Grunnlag) -> str | None:
    trinn = grenser.omfangsrader(g)
    gjeldende = [par for par in trinn if par[0] <= g.dato][-1:] or trinn[:1]
    kommende = [par for par in trinn if par[0] > g.dato and par not in gjeldende]
    tekster = [
        g.tekster.setning("omfang_fra", prosent=prosent(rad["deltakelsesprosent"]), fra=g.tekster.dato(dag))
        for dag, rad in (*gjeldende, *kommende)
    ]
    return "; ".join(tekster) or None


def _faglige_mal(g: Grunnlag) -> list[Blokk]:
    return deler.own_text(g, "fagligeMalOgFramdrift") + deler.goal_table(g, "FAGLIG")


def _utproving(g: Grunnlag) -> list[Blokk]:
    kolonner = ("virksomhet", "oppgaver", "periode", "omfang", "hensikt", "avtale")
    tekst = deler.own_text(g, "utprovingIOrdinaertArbeidsliv")
    rader = deler.activity_table(g, deler.activities(g, ordinaere=True), *kolonner, kode="utproving")
    frist = grenser.utproving_frist(g)
    regel: list[Blokk] = []
    if frist is not None:
        setning = g.tekster.setning("utproving_frist", frist=g.tekster.dato(frist), uker=grenser.utproving_uker(g))
        regel = merknad("utprovingFrist", setning)
    return tekst + rader + regel + grenser.utproving(g) + deler.exceptions(g, "UTPROVING")


def _oppfolging(g: Grunnlag) -> list[Blokk]:
    rader = [rad for rad in deler.activities(g) if "avtaltOppfolging" in rad]
    tabellen = deler.activity_table(g, rader, "aktivitet", "virksomhet", "avtaltOppfolging", kode="avtaltPerAktivitet")
    samtale = fakta("oppstartsamtale", [deler.date_line(g, "oppstartsamtale", g.post.dato("oppstartsamtale"))])
    return deler.own_text(g, "avtaltOppfolging") + tabellen + samtale


def _opplaering(g: Grunnlag) -> list[Blokk]:
    kolonner = deler.columns(
        g,
        g.post.rader("opplaeringsplan"),
        ("tema", deler.text_cell("tema")),
        ("form", deler.text_cell("form")),
        ("fra", deler.date_cell("fraDato")),
        ("slutt", deler.date_cell("tilDato")),
        ("dokumentasjon", deler.text_cell("dokumentasjon")),
    )
    return deler.own_text(g, "opplaeringsaktiviteter") + tabell("opplaeringsplan", kolonner, g.ord("opplaeringsplan"))


def _omfang(g: Grunnlag) -> list[Blokk]:
    rader = grenser.omfangsrader(g)
    if not rader or g.start is None:
        return []
    til = max(g.slutt or g.start, rader[-1][0])
    dager = dict(rader)
    begrunnet = [{**rad, "gyldigFra": dag.isoformat()} for dag, rad in dager.items()]
    begrunnet = [rad for rad in begrunnet if "begrunnelse" in rad or "opptrappingsplan" in rad]
    kolonner = deler.columns(
        g,
        begrunnet,
        ("fra", deler.date_cell("gyldigFra")),
        ("begrunnelse", deler.text_cell("begrunnelse")),
        ("opptrappingsplan", deler.text_cell("opptrappingsplan")),
    )
    trappen = deler.extent(g, g.start, til)
    return trappen + tabell("opptrapping", kolonner) + grenser.omfang(g) + grenser.varighet(g) + grenser.arbeid(g)


def _medvirkning(g: Grunnlag) -> list[Blokk]:
    dag = fakta("medvirkning", [deler.date_line(g, "medvirkning", read_dato(g.rad, "medvirkning"))])
    return dag + deler.own_text(g, "deltakersOrd", "deltakersOrd")


PLAN: Mapping[str, Callable[[Grunnlag], list[Blokk]]] = {
    "KORT_FORTALT": _kort_fortalt,
    "BESTILLING": deler.bestilling,
    "HENSIKT": lambda g: deler.own_text(g, "hensikt"),
    "YRKESMAL": lambda g: deler.own_text(g, "yrkesmal") + deler.goal_table(g, "YRKE"),
    "FAGLIGE_MAL": _faglige_mal,
    "UTPROVING": _utproving,
    "OPPFOLGING": _oppfolging,
    "OPPLAERING": _opplaering,
    "MESTRINGSMAL": lambda g: deler.own_text(g, "mestringsmal") + deler.goal_table(g, "MESTRING", "SOSIALT"),
    "OMFANG": _omfang,
    "TILRETTELEGGING": lambda g: deler.own_text(g, "tilrettelegging"),
    "MEDVIRKNING": _medvirkning,
    "AVTALEN": deler.agreement,
    "TRINN": deler.steps,
    "TILLEGGSPUNKTER": deler.extra_points,
}
