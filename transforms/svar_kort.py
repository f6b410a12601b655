"""The parts of kvittering.html that speak of one rule: where it is broken and what to do, and what it is."""

from collections.abc import Sequence
from html import escape

from transforms.svar_deler import Forekomster, Kort
from transforms.svar_ramme import facts, fold, table
from transforms.svar_tekster import Svartekster, spans

_FLEST_SPENN = 40
_FLEST_NOKLER = 60


def card(kort: Kort, t: Svartekster, *, anker: bool) -> str:
    """What is wrong, what to do, in which rows, and what the rule is. `anker`: whether links to the rule lead here."""
    tekst = t.regeltekst(kort.eksempel)
    lang = "" if tekst.maalform == t.maalform else f' lang="{tekst.maalform}"'
    merke = f' id="regel-{escape(kort.regel)}"' if anker else ""
    return (
        f"<article{merke}><h3{lang}>{escape(tekst.melding)}</h3>"
        f'<p class="gjor"><b>{escape(t.ord["slikGjorDere"])}</b><span{lang}>{escape(tekst.tiltak)}</span></p>'
        f"{_places(kort.forekomster, t)}{_about(kort, t)}</article>"
    )


def _places(forekomster: Sequence[Forekomster], t: Svartekster) -> str:
    if len(forekomster) > 1:
        return table([t.ord["sted"], t.ord["rader"]], [[_place(ett, t), _rows(ett, t)] for ett in forekomster])
    ett = forekomster[0]
    if ett.sted is None:
        return ""
    ledetekst = f"{escape(t.ord['rad'].lower())} " if ett.rader else ""
    rader = f": {ledetekst}{_rows(ett, t)}" if ett.rader or ett.nokler else ""
    return f'<p class="ett">{_place(ett, t)}{rader}</p>'


def _place(ett: Forekomster, t: Svartekster) -> str:
    """The sheet or table, and the column, as the sender's own file has them."""
    if ett.sted is None:
        return escape(t.ord["heleFilen"])
    *forste, siste = ett.sted.tabeller or (t.ord["heleFilen"],)
    ark = t.setning("eller", forst=", ".join(forste), sist=siste) if forste else siste
    kolonner = t.oppramsing(ett.sted.kolonner)
    kolonne = f", {escape(t.ord['kolonne'].lower())} <b>{escape(kolonner)}</b>" if kolonner else ""
    return f"<b>{escape(ark)}</b>{kolonne}"


def _rows(forekomster: Forekomster, t: Svartekster) -> str:
    """The rows; the sender's own ids where the file at hand has no row to point at."""
    if forekomster.rader:
        return _limited(spans(forekomster.rader), _FLEST_SPENN, t)
    return _limited(forekomster.nokler, _FLEST_NOKLER, t) or "–"


def _limited(ledd: Sequence[str], flest: int, t: Svartekster) -> str:
    if len(ledd) <= flest:
        return escape(t.oppramsing(ledd))
    return f"{escape(', '.join(ledd[:flest]))} {escape(t.setning('flere', antall=len(ledd) - flest))}"


def _about(kort: Kort, t: Svartekster) -> str:
    """The sender's own ids of the rows, where the rule is asked, what a breach does, and where the rule comes from."""
    nokler = tuple(dict.fromkeys(nokkel for ett in kort.forekomster if ett.rader for nokkel in ett.nokler))
    alvorlighet = t.alvorlighet[kort.eksempel.alvorlighet.value]
    linjer = (
        (t.ord["antall"], escape(t.mengde(kort.antall, "steder"))),
        (t.ord["nokkel"], _limited(nokler, _FLEST_NOKLER, t)),
        (t.ord["kontrolleres"], escape(t.porter[kort.port.value])),
        (t.ord["virkning"], escape(f"{alvorlighet}. {t.virkning[kort.del_.value]}")),
        (t.ord["kilde"], escape(t.kilde(kort.kilde))),
    )
    innhold = facts((navn, verdi) for navn, verdi in linjer if verdi)
    return fold(t.setning("omRegelen", regel=kort.regel), innhold)


def rule_link(regel: str) -> str:
    """The way from a rule's id to what it is."""
    return f'<a href="#regel-{escape(regel)}">{escape(regel)}</a>'
