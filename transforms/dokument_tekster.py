"""The words of the documents, read from schemas/pdf/<malversjon>/tekster.<målføre>.yaml, and how values are written."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import Any

from schemas.koder import kodeverk
from schemas.loader import SCHEMAS, load

MALVERSJON = "1.0"
MALKATALOG = SCHEMAS / "pdf"


@dataclass(frozen=True)
class Seksjonsmal:
    """One point of a document: its fixed number, its heading, and the sentence that stands there when it is empty.

    Without `tom` an empty point falls away. `ved_ikke_mott`: the point is there also for a person who never came.
    `etter_regelverk`: only where the policy of the tiltak asks for it.
    """

    nummer: int
    kode: str
    overskrift: str
    tom: str | None
    ved_ikke_mott: bool
    etter_regelverk: bool


@dataclass(frozen=True)
class Tekster:
    """Every word of one målføre in one template version."""

    maalform: str
    titler: Mapping[str, str]
    seksjoner: Mapping[str, tuple[Seksjonsmal, ...]]
    ord: Mapping[str, str]
    side: Mapping[str, str]
    aktivitetstyper: Mapping[str, str]
    anbefalinger: Mapping[str, str]
    resultater: Mapping[str, str]
    maneder: tuple[str, ...]
    _koder: Mapping[str, Mapping[str, str]]
    _enheter: Mapping[str, tuple[str, str]]
    _setninger: Mapping[str, str]

    def setning(self, kode: str, **verdier: object) -> str:
        """One sentence with its values. Raises KeyError for an unknown sentence or a value it lacks."""
        return self._setninger[kode].format(**verdier)

    def kode(self, liste: str, kode: str) -> str:
        """The text of a code: in this målføre where the list is bokmål's, the code itself when no list has it."""
        if kode in self._koder.get(liste, {}):
            return self._koder[liste][kode]
        koder = kodeverk(liste).koder
        return koder[kode].tekst if kode in koder else kode

    def dato(self, dag: date) -> str:
        """A date in a sentence: 2. mars 2026."""
        return f"{dag.day}. {self.maneder[dag.month - 1]} {dag.year}"

    def periode(self, fra: date | None, til: date | None) -> str | None:
        """A period in a table: 02.03.2026 – 31.05.2026, «fra …» while it is open, None when neither is known."""
        if fra is None:
            return None if til is None else kort_dato(til)
        return f"{kort_dato(fra)} – {kort_dato(til)}" if til else self.setning("apen_periode", fra=kort_dato(fra))

    def manedsspenn(self, fra: date, til: date) -> str:
        """A period by its months, as an archive title has it: mars–mai 2026."""
        start, slutt = self.maneder[fra.month - 1], self.maneder[til.month - 1]
        if fra.year != til.year:
            return self.setning("over_ar", fra=start, fraAr=fra.year, til=slutt, tilAr=til.year)
        if fra.month == til.month:
            return f"{start} {fra.year}"
        return self.setning("i_ar", fra=start, til=slutt, ar=fra.year)

    def mengde(self, antall: float, enhet: str) -> str:
        """A number with its unit in the right form: 1 dag, 12 dager."""
        entall, flertall = self._enheter[enhet]
        return f"{tall(antall)} {entall if antall == 1 else flertall}"


def words_of(innhold: Mapping[str, Any]) -> Tekster:
    """The words of a document's own målføre and template version. Raises UgyldigFil."""
    return tekster(innhold["hode"]["maalform"], innhold["hode"]["malversjon"])


def kort_dato(dag: date) -> str:
    """A date in a table: 02.03.2026."""
    return dag.strftime("%d.%m.%Y")


def tall(verdi: float) -> str:
    """A number with decimal comma and no needless decimals."""
    return f"{verdi:.2f}".rstrip("0").rstrip(".").replace(".", ",")


def prosent(verdi: float) -> str:
    """A percentage: 50 %."""
    return f"{tall(verdi)} %"


@cache
def tekster(maalform: str = "nb", malversjon: str = MALVERSJON) -> Tekster:
    """The words of one målføre. Raises UgyldigFil when the file is missing or breaks its schema."""
    innhold = load(MALKATALOG / malversjon / f"tekster.{maalform}.yaml", "dokumenttekster")
    return Tekster(
        maalform=maalform,
        titler=MappingProxyType(innhold["titler"]),
        seksjoner=MappingProxyType(
            {
                dokumenttype: tuple(
                    Seksjonsmal(
                        rad["nummer"],
                        rad["kode"],
                        rad["overskrift"],
                        rad.get("tom"),
                        rad.get("vedIkkeMott", False),
                        rad.get("etterRegelverk", False),
                    )
                    for rad in rader
                )
                for dokumenttype, rader in innhold["seksjoner"].items()
            }
        ),
        ord=MappingProxyType(innhold["ord"]),
        side=MappingProxyType(innhold["side"]),
        aktivitetstyper=MappingProxyType(innhold["aktivitetstyper"]),
        anbefalinger=MappingProxyType(innhold["anbefalinger"]),
        resultater=MappingProxyType(innhold["resultater"]),
        maneder=tuple(innhold["maneder"]),
        _koder=MappingProxyType(innhold.get("koder", {})),
        _enheter=MappingProxyType({kode: (former[0], former[1]) for kode, former in innhold["enheter"].items()}),
        _setninger=MappingProxyType(innhold["setninger"]),
    )
