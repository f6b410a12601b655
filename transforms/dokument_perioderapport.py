"""The sections of «Perioderapport»: the report on the plan, what changed, and whether to go on (000 L104)."""

from collections.abc import Callable, Mapping

from transforms import dokument_deler as deler
from transforms import dokument_grenser as grenser
from transforms.dokument_blokker import Blokk, Celle, celle, fakta, merknad, summer, tabell
from transforms.dokument_grunnlag import Grunnlag, in_order, overlaps, shorten
from transforms.poster import Rad, read_dato


def _anbefaling(g: Grunnlag) -> str | None:
    return g.kodetekst("vurdering", "anbefaling", g.tekst("anbefaling"))


def _kort_fortalt(g: Grunnlag) -> list[Blokk]:
    return fakta(
        "kortFortalt",
        [
            deler.line(g, "anbefaling", _anbefaling(g), g.tekst("anbefaling"), framhevet=True),
            deler.line(g, "hvorfor", shorten(g.tekst("vurderingAvFortsattDeltakelse"))),
            deler.line(g, "grenser", grenser.passed(g)),
            deler.line(g, "trengerFraNav", g.tekst("trengerFraNav")),
            deler.date_line(g, "nesteMote", read_dato(g.rad, "nesteMote")),
        ],
    )


def plan_in_force(g: Grunnlag) -> Rad | None:
    """The plan version that is reported against: the one named, else the latest finished by the end of the period."""
    ferdige = in_order([rad for rad in g.post.rader("plan") if rad.get("ferdigstilt")], "ferdigstilt")
    navngitt = [rad for rad in ferdige if rad.get("versjon") is not None and rad["versjon"] == g.rad.get("planVersjon")]
    i_kraft = [rad for rad in ferdige if rad["ferdigstilt"] <= g.rad["periodeTil"]]
    valgt = navngitt or i_kraft
    return valgt[-1] if valgt else None


def _status_mot_plan(g: Grunnlag) -> list[Blokk]:
    plan = plan_in_force(g)
    versjon: list[Blokk] = []
    ferdig = read_dato(plan, "ferdigstilt") if plan else None
    if plan is not None and ferdig is not None:
        nummer = plan.get("versjon", 1)
        tekst = g.tekster.setning("planversjon", versjon=nummer, dato=g.tekster.dato(ferdig))
        versjon = fakta("planVersjon", [deler.line(g, "planVersjon", tekst, str(nummer))])
    return versjon + deler.own_text(g, "statusOgFramdrift") + _goal_status(g)


def _goal_status(g: Grunnlag) -> list[Blokk]:
    """mål | forrige | nå | dato | gjort. Before a change within the period the goal was open."""

    def forrige(rad: Rad) -> Celle | None:
        dag = read_dato(rad, "statusDato")
        status = rad.get("status")
        if status is None or (status != "APENT" and dag is None):
            return None
        kode = "APENT" if dag is not None and g.fra is not None and dag >= g.fra else status
        return celle(g.kodetekst("mal", "status", kode), kode)

    return tabell(
        "mal",
        deler.columns(
            g,
            deler.goals(g),
            ("mal", deler.text_cell("beskrivelse")),
            ("forrige", forrige),
            ("status", deler.code_cell(g, "mal", "status")),
            ("dato", deler.date_cell("statusDato")),
            ("gjort", deler.text_cell("gjort")),
        ),
    )


def _utproving(g: Grunnlag) -> list[Blokk]:
    kolonner = ("virksomhet", "oppgaver", "periode", "omfang", "erfaringer", "arbeidsgiversVurdering")
    rader = [rad for rad in g.post.rader("aktivitet") if rad.get("arena") == "ORDINAER" and overlaps(rad, None, g.til)]
    sa_langt = deler.activity_table(g, in_order(rader, "fraDato"), *kolonner, kode="utproving")
    grunn = g.kodetekst("vurdering", "grunnIkkeOrdinaer", g.tekst("grunnIkkeOrdinaer"))
    forklaring = merknad("grunnIkkeOrdinaer", g.tekster.setning("ikke_ordinaer", grunn=grunn)) if grunn else []
    return sa_langt + forklaring + grenser.utproving(g) + deler.exceptions(g, "UTPROVING")


def _aktiviteter(g: Grunnlag) -> list[Blokk]:
    rader = deler.activities(g)
    kolonner = ("aktivitet", "virksomhet", "innhold", "periode", "omfang", "dokumentasjon")
    return deler.timeline(g, rader) + deler.activity_table(g, rader, *kolonner)


def _oppmote_og_omfang(g: Grunnlag) -> list[Blokk]:
    trappen = deler.extent(g, g.fra, g.til)
    fravaer = summer("fravaer", deler.absence(g), g.ord("fravaer"))
    if trappen and not fravaer:
        fravaer = merknad("fravaer", g.tekster.setning("fravaer_ingen"))
    return trappen + fravaer + grenser.omfang(g)


def _oppfolging(g: Grunnlag) -> list[Blokk]:
    antall = len(deler.contacts(g))
    if not antall:
        return []
    post: Celle = {
        "kode": "oppfolginger",
        "antall": antall,
        "enhet": "ganger",
        "ledetekst": g.ord("oppfolginger"),
        "tekst": g.tekster.mengde(antall, "ganger"),
    }
    return deler.contact_table(g) + summer("oppfolging", [post])


def _arbeid(g: Grunnlag) -> list[Blokk]:
    rader = [rad for rad in g.post.rader("arbeidsforhold") if overlaps(rad, g.fra, g.til)]
    return deler.work_table(g, rader) + grenser.arbeid(g) + deler.exceptions(g, "ARBEID_OVER_HALV")


def _fortsatt_deltakelse(g: Grunnlag) -> list[Blokk]:
    anbefaling = fakta("anbefaling", [deler.line(g, "anbefaling", _anbefaling(g), g.tekst("anbefaling"))])
    return deler.own_text(g, "vurderingAvFortsattDeltakelse") + anbefaling + grenser.varighet(g)


def _etterregistrert(g: Grunnlag) -> list[Blokk]:
    """Contacts from before this period that were registered after it began: they were in no earlier report."""
    rader = [
        rad
        for rad in in_order(g.post.rader("oppfolging"), "dato")
        if rad["dato"] < g.rad["periodeFra"] <= rad.get("registrert", "")
    ]
    return tabell(
        "etterregistrert",
        deler.columns(
            g,
            rader,
            ("type", deler.code_cell(g, "oppfolging", "oppfolgingstype")),
            ("dato", deler.date_cell("dato")),
            ("registrert", deler.date_cell("registrert")),
        ),
    )


PERIODERAPPORT: Mapping[str, Callable[[Grunnlag], list[Blokk]]] = {
    "KORT_FORTALT": _kort_fortalt,
    "STATUS_MOT_PLAN": _status_mot_plan,
    "ENDRINGER_I_PLAN": lambda g: deler.own_text(g, "endringerIPlan"),
    "UTPROVING": _utproving,
    "AKTIVITETER": _aktiviteter,
    "OPPMOTE_OG_OMFANG": _oppmote_og_omfang,
    "OPPFOLGING": _oppfolging,
    "ARBEID_VED_SIDEN_AV": _arbeid,
    "FORTSATT_DELTAKELSE": _fortsatt_deltakelse,
    "NESTE_PERIODE": lambda g: deler.own_text(g, "nestePeriode"),
    "DELTAKERS_VURDERING": deler.own_view,
    "ETTERREGISTRERT": _etterregistrert,
    "AVTALEN": deler.agreement,
    "TRINN": deler.steps,
    "TILLEGGSPUNKTER": deler.extra_points,
}
