"""What a sender reads about its own drop, as content and for machines: kvittering.json and avvik.csv.

The page is transforms/svar_side.py, the workbook transforms/svar_regneark.py. Never a value from a row.
"""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from schemas.avvik import Avvik, Innsendingsstatus, Port, Stopp
from transforms.kalender import OSLO
from transforms.svar_tekster import Regeltekst, svartekster

_KOLONNER = ("tabell", "rad", "post", "nokkel", "kolonne", "regelId", "alvorlighet", "melding", "tiltak")
_FORMELTEGN = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Filomtale:
    """What can be said of the file itself. `navn` is None unless it is of the form that the sender has agreed to.

    `storrelse` in bytes. `lest_som`, `omfang`, `modus` and `opprettet` are None when the door never came so far.
    """

    storrelse: int
    navn: str | None = None
    lest_som: str | None = None
    omfang: str | None = None
    modus: str | None = None
    opprettet: datetime | None = None


@dataclass(frozen=True)
class Regelomtale:
    """What is said of a rule besides its text: the gate it stands at, and where it comes from (docs/kilder.md)."""

    port: Port
    kilde: str


@dataclass(frozen=True)
class Kildested:
    """Where a sender finds a table and column of the contract in its own file. Several where several may be meant."""

    tabeller: tuple[str, ...]
    kolonner: tuple[str, ...]


@dataclass(frozen=True)
class Svarinnhold:
    """Everything the answer to one drop is made from. `mottatt` carries an offset.

    `tabeller` is the number of rows read, by contract table. `regler` holds every rule that `avvik` and `stoppet`
    name. `steder`: by table and column of the contract; a place that is not there has the contract's names.
    """

    innsending_id: str
    avsender: str
    maalform: str
    mottatt: datetime
    status: Innsendingsstatus
    fil: Filomtale
    tabeller: Mapping[str, int]
    antall: Mapping[str, int]
    avvik: Sequence[Avvik]
    stoppet: Sequence[Stopp]
    regler: Mapping[str, Regelomtale]
    steder: Mapping[tuple[str, str | None], Kildested] = field(default_factory=dict)

    def sted(self, avvik: Avvik) -> Kildested | None:
        """Where the sender finds the place of a deviation; None for the file as a whole."""
        if avvik.tabell is None:
            # The door tells the place of an unknown table in words, as if it were a column.
            return Kildested((), (avvik.kolonne,)) if avvik.kolonne else None
        funnet = self.steder.get((avvik.tabell, avvik.kolonne))
        return funnet or Kildested((avvik.tabell,), (avvik.kolonne,) if avvik.kolonne else ())


def render_kvittering_json(svar: Svarinnhold) -> bytes:
    """The answer for a machine."""
    innhold = {
        "innsendingId": svar.innsending_id,
        "mottatt": svar.mottatt.astimezone(OSLO).isoformat(timespec="seconds"),
        "status": svar.status.value,
        "maalform": svar.maalform,
        "fil": {"navn": svar.fil.navn, "storrelse": svar.fil.storrelse, "lestSom": svar.fil.lest_som},
        "tabeller": dict(svar.tabeller),
        "antall": dict(svar.antall),
        "stoppet": [stopp.as_json() for stopp in svar.stoppet],
        "avvik": [avvik.as_json() for avvik in _in_words(svar)],
    }
    return json.dumps(innhold, ensure_ascii=False, indent=2).encode() + b"\n"


def render_avvik_csv(svar: Svarinnhold) -> bytes:
    """One row per deviation, as Excel in Norway opens it: UTF-8 with BOM, semicolons, formulas neutralised."""
    ut = io.StringIO(newline="")
    skriver = csv.writer(ut, delimiter=";", lineterminator="\r\n")
    skriver.writerow(_KOLONNER)
    for avvik in _in_words(svar):
        rad = avvik.as_json()
        skriver.writerow([neutralise(rad[kolonne]) for kolonne in _KOLONNER])
    return b"\xef\xbb\xbf" + ut.getvalue().encode()


def _in_words(svar: Svarinnhold) -> Sequence[Avvik]:
    return [_say(avvik, svartekster(svar.maalform).regeltekst(avvik)) for avvik in svar.avvik]


def _say(avvik: Avvik, tekst: Regeltekst) -> Avvik:
    return replace(avvik, melding=tekst.melding, tiltak=tekst.tiltak)


def neutralise(verdi: object) -> str:
    """The text of a cell that a spreadsheet will not run."""
    tekst = "" if verdi is None else str(verdi)
    return f"'{tekst}" if tekst.startswith(_FORMELTEGN) else tekst
