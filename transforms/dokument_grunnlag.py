"""What the sections of a document are built from: one deltakelse, the text row of the document, the day, the policy."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from schemas.kontrakt import felt
from schemas.regelverk import Regelverk
from transforms.dokument_tekster import Tekster
from transforms.meldinger import MELDINGER, find_message
from transforms.poster import Deltakelsespost, Rad, read_dato

# The table of the text row that each report is made of; a message (transforms/meldinger.py) has none.
TEKSTTABELLER = {"PLAN": "plan", "PERIODERAPPORT": "vurdering", "SLUTTRAPPORT": "sluttvurdering"}
_MAKS_KORT = 240
# What XML 1.0 cannot hold, and lone halves of a character. A damaged character stays visible as U+FFFD.
_IKKE_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class ManglerGrunnlag(Exception):
    """The record holds no finished text row, or no such fact, for the document that was asked for."""


def policy_path(dokumenttype: str, navn: str) -> str:
    """Where a policy says something of a document type: dokument.meldingForlengelse.tittel."""
    forste, *flere = dokumenttype.lower().split("_")
    return f"dokument.{''.join([forste, *(ledd.capitalize() for ledd in flere)])}.{navn}"


def clean(verdi: Any) -> Any:  # noqa: ANN401  a canonical record is JSON
    """A canonical record with every text trimmed and fit for XML; empty texts and nulls are gone."""
    if isinstance(verdi, str):
        return _IKKE_XML.sub("\ufffd", verdi.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if isinstance(verdi, Mapping):
        return {navn: renset for navn, felt_ in verdi.items() if (renset := clean(felt_)) not in ("", None)}
    if isinstance(verdi, list | tuple):
        return [clean(element) for element in verdi]
    return verdi


@dataclass(frozen=True)
class Grunnlag:
    """One document's ground. `fra` and `til` bound what is counted and listed; `dato` is the day it is built (Oslo)."""

    post: Deltakelsespost
    rad: Rad
    dokumenttype: str
    nummer: int | None
    fra: date | None
    til: date | None
    dato: date
    regelverk: Regelverk
    tekster: Tekster

    @cached_property
    def start(self) -> date | None:
        """The first day."""
        return self.post.dato("startDato")

    @cached_property
    def slutt(self) -> date | None:
        """The last day: the real one, else the planned one."""
        return self.post.dato("sluttDato") or self.post.dato("planlagtSluttDato")

    def ord(self, kode: str) -> str:
        """A lead text or a column heading."""
        return self.tekster.ord[kode]

    def tekst(self, navn: str) -> str | None:
        """A field of the document's own text row."""
        return self.rad.get(navn)

    def kodetekst(self, tabell: str, navn: str, kode: str | None) -> str | None:
        """The text of a coded field in the document's målføre; the code itself when its list no longer has it."""
        liste = felt(tabell, navn).kodeverk
        return kode if kode is None or liste is None else self.tekster.kode(liste, kode)

    def has_section(self, kode: str) -> bool:
        """Whether the policy of the tiltak has a point: it lists them, or takes all that no tiltak must ask for."""
        sti = policy_path(self.dokumenttype, "seksjoner")
        if not self.regelverk.mangler(sti):
            return kode in self.regelverk.verdi(sti)
        return not any(mal.kode == kode and mal.etter_regelverk for mal in self.tekster.seksjoner[self.dokumenttype])

    def grense(self, sti: str) -> float | None:
        """A number of the policy, None where the policy does not have it."""
        parameter = self.regelverk.parametre.get(sti)
        return None if parameter is None or parameter.verdi is None else float(parameter.verdi)


def shorten(tekst: str | None, lengde: int = _MAKS_KORT) -> str | None:
    """The first paragraph, cut between words when it is long; the whole text stands further down."""
    if tekst is None:
        return None
    forste = tekst.split("\n", 1)[0].strip()
    if len(forste) <= lengde:
        return forste if forste == tekst else f"{forste} …"
    return f"{forste[:lengde].rsplit(' ', 1)[0].rstrip(' ,;:–-')} …"


def first_sentence(tekst: str | None) -> str | None:
    """The first sentence, for «Kort fortalt»."""
    if tekst is None:
        return None
    treff = re.match(r"(?s).*?[.!?](?=\s|$)", tekst.split("\n", 1)[0])
    return shorten(treff.group(0)) if treff else shorten(tekst)


def overlaps(rad: Rad, fra: date | None, til: date | None, *, slutt: str = "tilDato") -> bool:
    """Whether a row's own period touches the days from `fra` to `til`; an open end touches everything after."""
    start, ende = read_dato(rad, "fraDato"), read_dato(rad, slutt)
    if start is None:
        return False
    return (til is None or start <= til) and (fra is None or ende is None or ende >= fra)


def in_order(rader: Sequence[Rad], *navn: str) -> list[Rad]:
    """The rows sorted by the named fields, unknown values first; the order received decides the rest."""
    return sorted(rader, key=lambda rad: tuple(str(rad.get(felt_) or "") for felt_ in navn))


def find_text_row(post: Deltakelsespost, dokumenttype: str, nummer: int | None) -> tuple[int | None, Rad]:
    """The finished text row of a document and its number in the row of plan versions or perioderapporter.

    `nummer` is plan.versjon, vurdering.nummer or that of an extension; without one the latest is meant. Rows that lack
    the number are counted in the order of their dates. The row of a message is the one that holds its fact. Raises
    ManglerGrunnlag when there is no such finished row: a draft is never made into a document.
    """
    if dokumenttype in MELDINGER:
        melding = find_message(post, dokumenttype, nummer)
        if melding is None:
            raise ManglerGrunnlag(f"the record has nothing that a {dokumenttype} tells of")
        return melding.nummer, melding.rad
    tabell = TEKSTTABELLER[dokumenttype]
    rader = [rad for rad in post.rader(tabell) if rad.get("ferdigstilt")]
    if dokumenttype == "SLUTTRAPPORT":
        nummererte: list[tuple[int | None, Rad]] = [(None, rad) for rad in rader]
    else:
        nokkel, dato = ("versjon", "ferdigstilt") if dokumenttype == "PLAN" else ("nummer", "periodeFra")
        nummererte = [(rad.get(nokkel, plass), rad) for plass, rad in enumerate(in_order(rader, dato), start=1)]
        nummererte.sort(key=lambda par: par[0] or 0)
    passer = [par for par in nummererte if nummer is None or dokumenttype == "SLUTTRAPPORT" or par[0] == nummer]
    if not passer:
        raise ManglerGrunnlag(
            f"the record has no finished {tabell} for {dokumenttype} {nummer or ''}: wait for ferdigstilt"
        )
    return passer[-1]
