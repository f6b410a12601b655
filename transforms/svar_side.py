"""kvittering.html: the answer for a person. One page that opens without a network, grouped by what to do."""

from collections.abc import Mapping, Sequence
from html import escape

from schemas.avvik import Innsendingsstatus, Stopp
from transforms.svar import Svarinnhold
from transforms.svar_deler import MA_RETTES, Del, Kort, parts, stops_by_gate
from transforms.svar_kort import card, rule_link
from transforms.svar_ramme import facts, fold, page, section, table
from transforms.svar_tekster import Svartekster, filstorrelse, svartekster

_FLEST_STOPPEDE = 100
_MERKET = ' class="stopp"'
_TEGN = {
    Innsendingsstatus.GODTATT: "M7 13l4 4 7-9",
    Innsendingsstatus.GODTATT_MED_ADVARSEL: "M12 6v8M12 17.5v.5",
    Innsendingsstatus.DELVIS_HOLDT: "M9 7v10M15 7v10",
    Innsendingsstatus.AVVIST: "M8 8l8 8M16 8l-8 8",
}


def render_kvittering_html(svar: Svarinnhold) -> bytes:
    """The page, in the målføre of the sender."""
    t = svartekster(svar.maalform)
    deler = parts(svar)
    innhold = (
        _status(svar, t),
        _received(svar, t),
        _result(svar, t),
        _tasks(deler, t),
        _parts(deler, svar, t),
    )
    return page(
        t,
        tittel=t.ord["kvittering"],
        avsender=svar.avsender,
        under=f"{t.ord['tidspunkt']} {t.tidspunkt(svar.mottatt)}",
        merke=t.modus.get(svar.fil.modus or ""),
        innhold="".join(innhold),
        bunn=_footer(svar, t),
    )


def _status(svar: Svarinnhold, t: Svartekster) -> str:
    tekst = t.status[svar.status.value]
    tegn = f'<circle cx="12" cy="12" r="11"/><path d="{_TEGN[svar.status]}"/>'
    return (
        f'<section class="status {svar.status.value.lower()}" aria-labelledby="status">'
        '<svg viewBox="0 0 24 24" aria-hidden="true" focusable="false" fill="none" stroke="currentColor" '
        f'stroke-width="2" stroke-linecap="round">{tegn}</svg>'
        f'<div><h2 id="status">{escape(tekst["kort"])}</h2><p>{escape(tekst["neste"])}</p></div></section>'
    )


def _received(svar: Svarinnhold, t: Svartekster) -> str:
    fil = svar.fil
    fakta = {
        "fil": fil.navn,
        "lestSom": fil.lest_som,
        "storrelse": filstorrelse(fil.storrelse),
        "omfang": t.omfang.get(fil.omfang or ""),
        "opprettet": t.tidspunkt(fil.opprettet) if fil.opprettet else None,
    }
    linjer = facts((t.ord[navn], escape(verdi)) for navn, verdi in fakta.items() if verdi)
    return section("mottatt", t.ord["mottatt"], linjer + _row_counts(svar, t))


def _row_counts(svar: Svarinnhold, t: Svartekster) -> str:
    if not svar.tabeller:
        return ""
    rader = t.mengde(sum(svar.tabeller.values()), "rader")
    tekst = t.setning("raderITabeller", rader=rader, tabeller=t.mengde(len(svar.tabeller), "tabeller"))
    linjer = [[escape(t.tabeller[tabell]), str(antall)] for tabell, antall in svar.tabeller.items()]
    return fold(tekst, table([t.ord["tabell"], t.ord["antallRader"]], linjer, klasse="smal"))


def _result(svar: Svarinnhold, t: Svartekster) -> str:
    if svar.status is Innsendingsstatus.AVVIST or not svar.antall["deltakelser"]:
        return section("resultat", t.ord["resultat"], f"<p>{escape(t.setning('ingenGodtatt'))}</p>")
    fliser = "".join(
        f'<div class="{navn}"><strong>{svar.antall[navn]}</strong>'
        f"<span>{escape(t.ord[navn])}</span><p>{escape(tekst)}</p></div>"
        for navn, tekst in (("godtatt", _accepted(svar, t)), ("holdt", _held(svar, t)))
    )
    return section("resultat", t.ord["resultat"], f'<div class="tall">{fliser}</div>')


def _accepted(svar: Svarinnhold, t: Svartekster) -> str:
    antall = svar.antall["godtatt"]
    sendes = "godtattTest" if svar.fil.modus in t.modus else "godtatt"
    return t.setning(sendes, deltakelser=t.mengde(antall, "deltakelser")) if antall else t.setning("ingenGodtatt")


def _held(svar: Svarinnhold, t: Svartekster) -> str:
    antall = svar.antall["holdt"]
    return t.setning("holdt", deltakelser=t.mengde(antall, "deltakelser")) if antall else t.setning("ingenHoldt")


def _tasks(deler: Mapping[Del, Sequence[Kort]], t: Svartekster) -> str:
    """What to do, as a list that leads to each part: the reader's way through the page."""
    rolig = "" if any(del_ in deler for del_ in MA_RETTES) else f"<p>{escape(t.setning('ingentingARette'))}</p>"
    punkter = "".join(_task(del_, kort, t) for del_, kort in deler.items() if del_ is not Del.ORIENTERING)
    liste = f"<ol>{punkter}</ol>" if punkter else ""
    overskrift = f'<h2 id="oppgaver">{escape(t.ord["oppgaver"])}</h2>'
    return f'<nav aria-labelledby="oppgaver">{overskrift}{rolig}{liste}</nav>'


def _task(del_: Del, kort: Sequence[Kort], t: Svartekster) -> str:
    lenke = f'<a href="#{del_.value.lower()}">{escape(t.deler[del_.value]["overskrift"])}</a>'
    return f'<li>{lenke} <span class="dempet">({t.mengde(sum(ett.antall for ett in kort), "steder")})</span></li>'


def _parts(deler: Mapping[Del, Sequence[Kort]], svar: Svarinnhold, t: Svartekster) -> str:
    sett: set[str] = set()
    resultat = ""
    for del_, kort in deler.items():
        # A rule that stands in two parts is explained in both; links lead to the first.
        innhold = "".join(card(ett, t, anker=ett.regel not in sett) for ett in kort)
        sett |= {ett.regel for ett in kort}
        if del_ is Del.ORIENTERING:
            # Where nothing else is told, this is the answer.
            innhold = fold(t.setning("visOrienteringer", antall=len(kort)), innhold, apen=len(deler) == 1)
        resultat += _part(del_, innhold, svar, t)
    return resultat


def _part(del_: Del, innhold: str, svar: Svarinnhold, t: Svartekster) -> str:
    tekst = t.deler[del_.value]
    if del_ is Del.DELTAKELSER and svar.stoppet:
        innhold += _stops(svar, t)
    return section(
        del_.value.lower(), tekst["overskrift"], f'<p class="dempet">{escape(tekst["ingress"])}</p>{innhold}'
    )


def _stops(svar: Svarinnhold, t: Svartekster) -> str:
    """How many deltakelser stopped at each gate, and each of them for itself."""
    porter = "".join(
        f"<li{_MERKET if antall else ''}><span>{escape(t.porter[port.value])}</span> "
        f"<b>{escape(t.setning('stoppetAntall', antall=antall))}</b></li>"
        for port, antall in stops_by_gate(svar).items()
    )
    linjer = [_stop(stopp, t) for stopp in svar.stoppet[:_FLEST_STOPPEDE]]
    flere = len(svar.stoppet) - _FLEST_STOPPEDE
    rest = f"<p>{escape(t.setning('stoppetSenere', antall=flere))}</p>" if flere > 0 else ""
    hver = table([t.ord["deltakelse"], t.ord["stoppetVed"], t.ord["regel"]], linjer)
    return (
        f'<h3 class="stopptittel">{escape(t.ord["stoppetTittel"])}</h3>'
        f'<p class="dempet">{escape(t.setning("stoppetIngress"))}</p>'
        f'<ol class="porter">{porter}</ol>{fold(t.ord["alleStoppede"], hver + rest)}'
    )


def _stop(stopp: Stopp, t: Svartekster) -> list[str]:
    rad = t.setning("rad", rader=stopp.rad) if stopp.rad is not None else None
    hvem = f"{stopp.deltakelse_id} ({rad})" if stopp.deltakelse_id and rad else stopp.deltakelse_id or rad
    regler = ", ".join(rule_link(regel) for regel in stopp.regler)
    return [escape(hvem or t.setning("ukjentRad")), escape(t.porter[stopp.port.value]), regler]


def _footer(svar: Svarinnhold, t: Svartekster) -> str:
    filer = {
        navn: f'<a href="{fil}">{fil}</a>'
        for navn, fil in (("regneark", "avvik.xlsx"), ("csv", "avvik.csv"), ("json", "kvittering.json"))
    }
    return (
        f"<p>{t.setning('filerVedSidenAv', **filer)}</p><p>{escape(t.setning('ingenVerdier'))}</p>"
        f"<p>{escape(t.ord['innsending'])} {escape(svar.innsending_id)}</p>"
    )
