"""CSV as text: `;`, `,` or tab, quoted line breaks, and every record's physical line."""

import csv
import re
from collections.abc import Iterator, Sequence
from itertools import chain, islice

from tiltaksflyt.intake.grenser import Grenser
from tiltaksflyt.intake.kilde import (
    MAKS_TITTELRADER,
    Dialekt,
    Kilderad,
    Kildetabell,
    Leseoppsett,
    Opplysning,
    column_place,
)
from tiltaksflyt.intake.portregler import Avvisning
from tiltaksflyt.intake.tegnsett import Biter, read_lines, settle_encoding

_MAKS_LINJE = 4 * 1024 * 1024
_SKILLETEGN = (";", "\t", ",")
_SEP = re.compile(r"^sep=(.)\r?\n?$", re.IGNORECASE)
_SITERT = re.compile(r'"[^"]*"')


class Csvfil:
    """One CSV file, its header read and the rest waiting."""

    def __init__(self, biter: Biter, oppsett: Leseoppsett, tabell: str | None = None) -> None:
        """Read the header: the first line that has every column of `tabell`, or of some table when it is not known."""
        tegnsett = settle_encoding(biter, oppsett.tegnsett)
        self._lest_som = f"CSV, {tegnsett.lest_som}"
        self._er_funnet_ut = tegnsett.er_funnet_ut
        self._grenser: Grenser = oppsett.grenser
        linjer = read_lines(biter, tegnsett, _MAKS_LINJE)
        hopp, forste = _skip_blank(linjer)
        erklaert = _SEP.match(forste)
        if erklaert:
            mer, forste = _skip_blank(linjer)
            hopp += 1 + mer
        skille = erklaert[1] if erklaert else oppsett.skilletegn
        begynnelse = [forste, *islice(linjer, MAKS_TITTELRADER)]
        nummer = next((i for i, linje in enumerate(begynnelse) if _is_header(linje, skille, tabell, oppsett)), 0)
        self._titler = begynnelse[:nummer]
        linjer = chain(begynnelse[nummer:], linjer)
        skille = skille or _sniff(begynnelse[nummer])
        self._dialekt = Dialekt(tegnsett.navn.removesuffix("-sig"), skille)
        self._poster = _records(linjer, skille, hopp + nummer, oppsett.grenser.maks_skadede_rader)
        # A file without any line has no columns, and is told so by what the layout expects of it.
        _, kolonner, skadet = next(self._poster, (0, [], False))
        if skadet:
            raise Avvisning("FIL002")
        if len(kolonner) > oppsett.grenser.maks_kolonner:
            raise Avvisning("FIL003")
        self.kolonner: Sequence[str] = kolonner

    def table(self, navn: str) -> Kildetabell:
        """The file as the table that the layout calls `navn`."""
        plasser = [column_place(i) for i in range(len(self.kolonner))]
        return Kildetabell(navn, self.kolonner, plasser, self.rows(), True, self._lest_som, self._dialekt)

    def texts(self) -> Iterator[str]:
        """Every column name and cell, to be looked through."""
        yield from self.kolonner
        for rad in self.rows():
            yield from rad.celler

    def notices(self) -> Iterator[Opplysning]:
        """What was found out without being said, and what stands above the header."""
        if self._er_funnet_ut:
            yield Opplysning("FIL020")
        if any(linje.strip() for linje in self._titler):
            yield Opplysning("FIL021", tekster=self._titler)

    def rows(self) -> Iterator[Kilderad]:
        """The filled records, each with the line where it starts."""
        antall = len(self.kolonner)
        post = 0
        for linje, celler, skadet in self._poster:
            if not skadet and not any(celle.strip() for celle in celler):
                continue
            post += 1
            if post * antall > self._grenser.maks_celler:
                raise Avvisning("FIL003")
            yield Kilderad(linje, post, celler, skadet or len(celler) != antall)


def _is_header(linje: str, skille: str | None, tabell: str | None, oppsett: Leseoppsett) -> bool:
    try:
        celler = next(csv.reader([linje], delimiter=skille or _sniff(linje), strict=True), [])
    except csv.Error:
        return False
    return oppsett.er_overskrift(tabell, celler)


def _skip_blank(linjer: Iterator[str]) -> tuple[int, str]:
    hoppet = 0
    for linje in linjer:
        if linje.strip():
            return hoppet, linje
        hoppet += 1
    return hoppet, ""


def _sniff(overskrift: str) -> str:
    """The separator that a header has most of outside quotes."""
    usitert = _SITERT.sub("", overskrift)
    return max(_SKILLETEGN, key=usitert.count)


def _records(linjer: Iterator[str], skille: str, hopp: int, maks_skadede: int) -> Iterator[tuple[int, list[str], bool]]:
    """Records as (physical line where it starts, cells, unreadable).

    A stray quotation mark must not swallow the rows after it: the record is told as unreadable, and reading goes on
    from the physical line after the one it began on.
    """
    kilde = _Linjekilde(linjer, hopp)
    skadede = 0
    while True:
        leser = csv.reader(kilde, delimiter=skille, strict=True)
        kilde.begin_record()
        try:
            for celler in leser:
                yield kilde.start, celler, False
                kilde.begin_record()
            return
        except csv.Error:
            skadede += 1
            if skadede > maks_skadede:
                raise Avvisning("FIL002") from None
            yield kilde.start, [], True
            kilde.rewind()


class _Linjekilde:
    """Physical lines that can be taken back to the line after the one where the record began."""

    def __init__(self, linjer: Iterator[str], hopp: int) -> None:
        self._linjer = linjer
        self._ventende: list[str] = []
        self._brukt: list[str] = []
        self._neste = hopp + 1
        self.start = self._neste

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        linje = self._ventende.pop() if self._ventende else next(self._linjer)
        self._brukt.append(linje)
        self._neste += 1
        return linje

    def begin_record(self) -> None:
        self._brukt.clear()
        self.start = self._neste

    def rewind(self) -> None:
        igjen = self._brukt[1:]
        self._ventende.extend(reversed(igjen))
        self._neste -= len(igjen)
