"""CSV, alone or several in a ZIP, as text: `;`, `,` or tab, quoted line breaks, and every record's physical line."""

import csv
import re
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain
from pathlib import PurePosixPath

from tiltaksflyt.intake.arkiv import Arkiv
from tiltaksflyt.intake.grenser import Grenser
from tiltaksflyt.intake.kilde import Del, Dialekt, Kilderad, Kildetabell, Leseoppsett, Ukjentdel, column_place
from tiltaksflyt.intake.portregler import Avvisning
from tiltaksflyt.intake.tegnsett import Biter, read_lines, settle_encoding

_BIT = 65536
_MAKS_LINJE = 4 * 1024 * 1024
_SKILLETEGN = (";", "\t", ",")
_SEP = re.compile(r"^sep=(.)\r?\n?$", re.IGNORECASE)
_SITERT = re.compile(r'"[^"]*"')

# What an operating system puts in an archive by itself.
_STOY = re.compile(r"(^|/)(__MACOSX/|\.(?!/)|Thumbs\.db$|desktop\.ini$)", re.IGNORECASE)


def read_csv(data: bytes, oppsett: Leseoppsett) -> Iterator[Del]:
    """A single CSV file: its table is told by the file name, otherwise by the header."""

    def biter() -> Iterator[bytes]:
        return (data[start : start + _BIT] for start in range(0, len(data), _BIT))

    fil = _Csvfil(biter, oppsett)
    navn = oppsett.kjenn_tabell(_stem(oppsett.filnavn))
    if navn is None:
        navn = oppsett.kjenn_kolonner(fil.kolonner)
    if navn is None:
        yield Ukjentdel("filen", chain(fil.kolonner, (celle for rad in fil.rows() for celle in rad.celler)))
    elif navn:
        yield fil.table(navn)


def read_zip(data: bytes, oppsett: Leseoppsett) -> Iterator[Del]:
    """A ZIP of CSV files, a table each, in the order of the archive."""
    arkiv = Arkiv(data, oppsett.grenser, oppsett.dato)
    for nummer, (navn, inngang) in enumerate(arkiv.names.items(), start=1):
        if _STOY.search(navn):
            continue
        tabell = oppsett.kjenn_tabell(_stem(navn))
        biter = partial(arkiv.unpack, inngang)
        if tabell is None:
            yield Ukjentdel(f"fil nr. {nummer} i pakken", _loose_text(biter))
        elif tabell:
            yield _Csvfil(biter, oppsett).table(tabell)


def _stem(navn: str) -> str:
    return PurePosixPath(navn.replace("\\", "/")).stem


def _loose_text(biter: Biter) -> Iterator[str]:
    """Pieces of an unknown file, overlapping, with the zero bytes of UTF-16 taken out."""
    forrige = ""
    for bit in biter():
        vindu = forrige + bit.replace(b"\0", b"").decode("latin-1")
        yield vindu
        forrige = vindu[-40:]


class _Csvfil:
    """One CSV file, its header read and the rest waiting."""

    def __init__(self, biter: Biter, oppsett: Leseoppsett) -> None:
        tegnsett = settle_encoding(biter, oppsett.tegnsett)
        self._lest_som = f"CSV, {tegnsett.lest_som}"
        self._grenser: Grenser = oppsett.grenser
        linjer = read_lines(biter, tegnsett, _MAKS_LINJE)
        hopp, forste = _skip_blank(linjer)
        skille = oppsett.skilletegn or _sniff(forste)
        erklaert = _SEP.match(forste)
        if erklaert:
            skille = erklaert[1]
            mer, forste = _skip_blank(linjer)
            hopp += 1 + mer
        self._dialekt = Dialekt(tegnsett.navn.removesuffix("-sig"), skille)
        self._poster = _records(chain([forste], linjer), skille, hopp, oppsett.grenser.maks_skadede_rader)
        # A file without any line has no columns, and is told so by what the layout expects of it.
        _, kolonner, skadet = next(self._poster, (0, [], False))
        if skadet:
            raise Avvisning("FIL002")
        if len(kolonner) > oppsett.grenser.maks_kolonner:
            raise Avvisning("FIL003")
        self.kolonner: Sequence[str] = kolonner

    def table(self, navn: str) -> Kildetabell:
        plasser = [column_place(i) for i in range(len(self.kolonner))]
        return Kildetabell(navn, self.kolonner, plasser, self.rows(), True, self._lest_som, self._dialekt)

    def rows(self) -> Iterator[Kilderad]:
        antall = len(self.kolonner)
        post = 0
        for linje, celler, skadet in self._poster:
            if not skadet and not any(celle.strip() for celle in celler):
                continue
            post += 1
            if post * antall > self._grenser.maks_celler:
                raise Avvisning("FIL003")
            yield Kilderad(linje, post, celler, skadet or len(celler) != antall)


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
