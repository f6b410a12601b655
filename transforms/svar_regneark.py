"""avvik.xlsx: every deviation as a row, for a person with Excel, and each rule once. The same bytes every time."""

import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import xlsxwriter

from schemas.avvik import Alvorlighet, Avvik
from transforms.svar import Svarinnhold
from transforms.svar_deler import Kort, parts, rules_once
from transforms.svar_tekster import Svartekster, svartekster

# More than a person reads, and the workbook is made in memory; avvik.csv has them all.
FLEST_LINJER = 20_000
_FARGER = {
    Alvorlighet.AVVIST_FIL: ("#A4262C", "#FCEDEC"),
    Alvorlighet.FEIL: ("#A4262C", "#FCEDEC"),
    Alvorlighet.ADVARSEL: ("#7A4A00", "#FDF3DE"),
    Alvorlighet.INFO: ("#12475C", "#EAF3F6"),
}
# The file tells no time of its own, so that the same answer is the same bytes.
_LAGET = datetime(2000, 1, 1)  # noqa: DTZ001  xlsxwriter takes it as UTC
# A cell is what it says: nothing in it is run, followed or turned into a number.
_VALG = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_AVVIKSBREDDER = {"alvorlighet": 16, "sted": 22, "rad": 8, "kolonne": 24, "nokkel": 18}
_TEKSTBREDDER = {"melding": 52, "tiltak": 52, "regel": 9}
_REGELBREDDER = {"regel": 9, "alvorlighet": 16, "antall": 9, "melding": 52, "tiltak": 52}
_KILDEBREDDER = {"kontrolleres": 26, "virkning": 30, "kilde": 50}


class _Bok:
    """A workbook that is being written, with the formats it uses."""

    def __init__(self, t: Svartekster) -> None:
        self._t = t
        self._ut = io.BytesIO()
        self._bok = xlsxwriter.Workbook(self._ut, _VALG)
        self._bok.set_properties({"title": t.ord["kvittering"], "created": _LAGET})
        celle = {"text_wrap": True, "valign": "top", "font_name": "Calibri", "font_size": 11}
        hode = {**celle, "bold": True, "font_color": "#FFFFFF", "bg_color": "#12475C", "border": 1}
        self._hode = self._bok.add_format({**hode, "valign": "vcenter"})
        self._tekst = self._bok.add_format({**celle, "num_format": "@"})
        self._tall = self._bok.add_format({**celle, "num_format": "0"})
        self._alvor = {
            alvorlighet: self._bok.add_format({**celle, "bold": True, "font_color": skrift, "bg_color": flate})
            for alvorlighet, (skrift, flate) in _FARGER.items()
        }

    def add_sheet(self, navn: str, bredder: dict[str, int], linjer: Sequence[Sequence[Any]], slutt: str = "") -> None:
        """A sheet whose header stays in sight and can be filtered. A severity in a row gets its colour and word."""
        ark = self._bok.add_worksheet(self._t.ord[navn])
        ark.freeze_panes(1, 0)
        ark.set_landscape()
        ark.set_paper(9)
        ark.fit_to_pages(1, 0)
        ark.repeat_rows(0)
        for nummer, (ledetekst, bredde) in enumerate(bredder.items()):
            ark.set_column(nummer, nummer, bredde)
            ark.write_string(0, nummer, self._t.ord[ledetekst], self._hode)
        for rad, linje in enumerate(linjer, start=1):
            for nummer, verdi in enumerate(linje):
                self._write(ark, rad, nummer, verdi)
        ark.autofilter(0, 0, len(linjer), len(bredder) - 1)
        if slutt:
            ark.write_string(len(linjer) + 1, 0, slutt)

    def _write(self, ark: Any, rad: int, kolonne: int, verdi: object) -> None:  # noqa: ANN401  xlsxwriter has no types
        if isinstance(verdi, Alvorlighet):
            ark.write_string(rad, kolonne, self._t.alvorlighet[verdi.value], self._alvor[verdi])
        elif isinstance(verdi, int):
            ark.write_number(rad, kolonne, verdi, self._tall)
        else:
            ark.write_string(rad, kolonne, verdi or "", self._tekst)

    def close(self) -> bytes:
        """The finished workbook."""
        self._bok.close()
        return self._ut.getvalue()


def render_avvik_xlsx(svar: Svarinnhold) -> bytes:
    """The workbook, in the målføre of the sender: the sheet of deviations, and the sheet that explains the rules."""
    t = svartekster(svar.maalform)
    bok = _Bok(t)
    vist = svar.avvik[:FLEST_LINJER]
    slutt = t.setning("avkortet", antall=FLEST_LINJER) if len(svar.avvik) > FLEST_LINJER else ""
    bok.add_sheet("avvik", _AVVIKSBREDDER | _TEKSTBREDDER, [_deviation(avvik, svar, t) for avvik in vist], slutt)
    deler = parts(svar)
    antall: dict[str, int] = {}
    for kort in (ett for egne in deler.values() for ett in egne):
        antall[kort.regel] = antall.get(kort.regel, 0) + kort.antall
    regler = [_rule(kort, antall[kort.regel], t) for kort in rules_once(deler)]
    bok.add_sheet("forklaring", _REGELBREDDER | _KILDEBREDDER, regler)
    return bok.close()


def _deviation(avvik: Avvik, svar: Svarinnhold, t: Svartekster) -> list[Any]:
    tekst = t.regeltekst(avvik)
    sted = svar.sted(avvik)
    return [
        avvik.alvorlighet,
        ", ".join(sted.tabeller) if sted else t.ord["heleFilen"],
        avvik.rad,
        ", ".join(sted.kolonner) if sted else "",
        avvik.nokkel,
        tekst.melding,
        tekst.tiltak,
        avvik.regelId,
    ]


def _rule(kort: Kort, antall: int, t: Svartekster) -> list[Any]:
    tekst = t.regeltekst(kort.eksempel)
    return [
        kort.regel,
        kort.eksempel.alvorlighet,
        antall,
        tekst.melding,
        tekst.tiltak,
        t.porter[kort.port.value],
        t.virkning[kort.del_.value],
        t.kilde(kort.kilde),
    ]
