"""Counts what a workbook part would cost before the spreadsheet library sees it: shared strings, the rectangle of a
sheet's filled cells, and their text. On the way it finds what the library hides: error cells, formulas without a stored
value, and cells that show their number in percent.

One pass of an event parser; no tree, and only the start of elements is listened to, since every cell costs a call.
A DOCTYPE has been refused before the bytes come here.
"""

import sys
from array import array
from dataclasses import dataclass
from xml.parsers import expat

from tiltaksflyt.intake.grenser import Grenser
from tiltaksflyt.intake.portregler import Avvisning

Celleplass = tuple[int, int]
"""Row and column of a cell, both 1-based."""

_MAKS_RAD_SIFFER = 7
_MAKS_KOLONNE_BOKSTAVER = 3
_SIFFER = "0123456789"
_BOKSTAVER = "$ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SANNE = frozenset({"1", "true"})
_MAKS_INDEKS_SIFFER = 9
# A cell that is noted is remembered by its place, which takes as much room as some twenty cells.
_NOTATVEKT = 20
_INNHOLD = frozenset({"v", "is", "f"})
# The types of a cell that holds text; "s" is one that names a shared string by its number.
_TEKSTTYPER = frozenset({"s", "str", "inlineStr"})


@dataclass(frozen=True)
class Cellenotater:
    """Places in a sheet: cells with an error or an unstored formula, and numbers that are shown in percent.

    `har_skjult`: some row is hidden. `sammenslatt_til`: the last row of cells that are merged, 0 for none.
    """

    feil: frozenset[Celleplass] = frozenset()
    prosent: frozenset[Celleplass] = frozenset()
    har_skjult: bool = False
    sammenslatt_til: int = 0


class Celleteller:
    """Takes the parts of one workbook in turn, the shared strings first; what they span adds up.

    `prosentstiler`: the cell styles, by their index in the workbook, that show a number in percent.
    """

    def __init__(self, grenser: Grenser, prosentstiler: frozenset[str] = frozenset()) -> None:
        self._maks = grenser.maks_celler
        self._maks_tekst = grenser.maks_tekst
        self._tekst = 0
        self._delte = array("I")
        self._prosentstiler = prosentstiler
        self._brukt = 0
        self._kolonnenummer: dict[str, int] = {}
        self._begin_part()

    def begin_shared_strings(self) -> None:
        """The next part is the list of texts that cells name by number."""
        self._er_delte = True
        self._tolk.CharacterDataHandler = self._shared

    def feed(self, bit: bytes) -> None:
        """The next piece of the part. Raises Avvisning FIL003 past the limit, FIL002 for text that is no XML."""
        self._parse(bit, er_siste=False)
        if self._brukt + self._cost() > self._maks or self._tekst > self._maks_tekst:
            raise Avvisning("FIL003")

    def end_part(self) -> Cellenotater:
        """What was noted of the part; the next piece begins a new one."""
        if self._har_lest:
            self._parse(b"", er_siste=True)
        self._end_formula()
        self._end_reference()
        notater = Cellenotater(frozenset(self._feil), frozenset(self._prosent), self._har_skjult, self._sammenslatt_til)
        self._brukt += self._cost()
        self._begin_part()
        return notater

    def _cost(self) -> int:
        """What the part would cost: the rectangle it spans, or its cells when several claim one place."""
        notater = len(self._feil) + len(self._prosent)
        return max(self._siste_rad * self._siste_kolonne, self._antall) + notater * _NOTATVEKT

    def _begin_part(self) -> None:
        self._rad = self._kolonne = self._siste_rad = self._siste_kolonne = self._antall = 0
        self._type = self._indeks = ""
        self._i_formel = self._i_verdi = self._har_verdi = self._i_referanse = self._har_lest = self._er_delte = False
        self._har_skjult = False
        self._sammenslatt_til = 0
        self._feil: list[Celleplass] = []
        self._prosent: list[Celleplass] = []
        # The spreadsheet library reads UTF-8 whatever the part declares; so must the one that counts for it.
        self._tolk = expat.ParserCreate("utf-8")
        self._tolk.StartElementHandler = self._start

    def _parse(self, bit: bytes, *, er_siste: bool) -> None:
        self._har_lest = True
        try:
            self._tolk.Parse(bit, er_siste)
        except expat.ExpatError:
            raise Avvisning("FIL002") from None

    def _start(self, navn: str, egenskaper: dict[str, str]) -> None:
        lokalt = navn.rpartition(":")[2] if ":" in navn else navn
        if lokalt == "c":
            if self._i_formel:
                self._end_formula()
            if self._indeks:
                self._end_reference()
            self._begin_cell(egenskaper)
        elif lokalt in _INNHOLD:
            self._antall += 1
            self._siste_rad = max(self._siste_rad, self._rad)
            self._siste_kolonne = max(self._siste_kolonne, self._kolonne)
            self._i_verdi = self._i_formel
            self._i_referanse = lokalt == "v" and self._type == "s"
            if self._indeks:
                self._end_reference()
            if lokalt == "f":
                self._begin_formula()
            if not self._er_delte:
                self._tolk.CharacterDataHandler = self._data if self._i_formel or self._type in _TEKSTTYPER else None
        else:
            self._start_other(lokalt, egenskaper)

    def _start_other(self, lokalt: str, egenskaper: dict[str, str]) -> None:
        if lokalt == "row":
            self._end_formula()
            nummer = egenskaper.get("r", "")
            if nummer and not _is_row_number(nummer):
                raise Avvisning("FIL002")
            self._rad = int(nummer) if nummer else self._rad + 1
            self._kolonne = 0
            self._har_skjult = self._har_skjult or egenskaper.get("hidden") in _SANNE
        elif lokalt == "si":
            self._brukt += 1
            if self._er_delte:
                self._delte.append(0)
        elif lokalt == "sst":
            # The library makes room for as many as are claimed before it has seen one.
            hevdet = egenskaper.get("uniqueCount", "0")
            if not (hevdet.isascii() and hevdet.isdigit() and len(hevdet) < len(str(sys.maxsize))):
                raise Avvisning("FIL002")
            if int(hevdet) > self._maks:
                raise Avvisning("FIL003")
        elif lokalt == "mergeCell":
            siste = egenskaper.get("ref", "").rpartition(":")[2].lstrip(_BOKSTAVER)
            self._sammenslatt_til = max(self._sammenslatt_til, int(siste) if _is_row_number(siste) else 0)

    def _begin_cell(self, egenskaper: dict[str, str]) -> None:
        referanse = egenskaper.get("r", "")
        bokstaver = referanse.rstrip(_SIFFER)
        kolonne = self._kolonnenummer.get(bokstaver) or self._count_column(bokstaver)
        nummer = referanse[len(bokstaver) :]
        if not referanse:
            self._kolonne += 1
        elif kolonne and _is_row_number(nummer):
            self._rad, self._kolonne = int(nummer), kolonne
        else:
            # The library makes a place of it all the same, and room for the rectangle up to there.
            raise Avvisning("FIL002")
        self._type = egenskaper.get("t", "")
        if self._type == "e":
            self._feil.append((self._rad, self._kolonne))
        elif egenskaper.get("s") in self._prosentstiler:
            self._prosent.append((self._rad, self._kolonne))

    def _begin_formula(self) -> None:
        self._i_formel, self._i_verdi, self._har_verdi = True, False, False

    def _data(self, tekst: str) -> None:
        if self._i_verdi and tekst.strip():
            self._har_verdi = True
        if self._i_referanse:
            self._indeks += tekst
        else:
            self._tekst += len(tekst)

    def _shared(self, tekst: str) -> None:
        self._tekst += len(tekst)
        if self._delte:
            self._delte[-1] += len(tekst)

    def _end_reference(self) -> None:
        """Count the shared string that a cell names, as the library makes a copy of it for every cell."""
        indeks, self._indeks = self._indeks.strip(), ""
        if not indeks:
            return
        er_nummer = indeks.isascii() and indeks.isdigit() and len(indeks) <= _MAKS_INDEKS_SIFFER
        if not er_nummer:
            raise Avvisning("FIL002")
        # One that is not there is for the library to refuse.
        if int(indeks) < len(self._delte):
            self._tekst += self._delte[int(indeks)]

    def _end_formula(self) -> None:
        if not self._i_formel:
            return
        # A formula whose result is the empty text is stored as such, and is no fault.
        if not self._har_verdi and self._type not in ("str", "e"):
            self._feil.append((self._rad, self._kolonne))
        self._i_formel = False

    def _count_column(self, bokstaver: str) -> int:
        """The number of a column by its letters; 0 when they are none."""
        if not (bokstaver.isascii() and bokstaver.isalpha() and len(bokstaver) <= _MAKS_KOLONNE_BOKSTAVER):
            return 0
        nummer = 0
        for bokstav in bokstaver.upper():
            nummer = nummer * 26 + ord(bokstav) - ord("A") + 1
        self._kolonnenummer[bokstaver] = nummer
        return nummer


def _is_row_number(tekst: str) -> bool:
    return len(tekst) <= _MAKS_RAD_SIFFER and tekst.isdigit() and tekst.isascii()
