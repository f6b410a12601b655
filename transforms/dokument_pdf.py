"""A document as PDF/A-2a and PDF/UA-1, set by Typst. The same content, template version and fonts give the same bytes.

A process that was forked after its parent used Typst hangs (beslutninger 29): `Sidesettere` therefore starts its
workers anew (spawn), and a process that has called `render_pdf` must not fork workers that do.
"""

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from datetime import datetime
from functools import cache
from multiprocessing import get_context
from typing import Any, Self

import typst

from schemas.loader import UgyldigFil
from transforms.dokument_side import page
from transforms.dokument_tegn import fontkataloger
from transforms.dokument_tekster import MALKATALOG, MALVERSJON
from transforms.sletteattest import Sletteattest, attest_page

PDF_STANDARDER: list["typst.PDFStandard"] = ["a-2a", "ua-1"]
_HOVEDFONT = "Noto Sans"
_BUNT = 25


class PdfFeil(Exception):
    """The page of one document could not be set. The message never carries the text."""


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(k) for k in fontkataloger()]
    )


@cache
def _families() -> tuple[str, ...]:
    return (_HOVEDFONT, *sorted({font.family for font in _fonts().fonts()} - {_HOVEDFONT}))


@cache
def _template(malversjon: str, navn: str) -> tuple[typst.Compiler, str]:
    fil = MALKATALOG / malversjon / f"{navn}.typ"
    if not fil.is_file():
        raise UgyldigFil(fil, "malversjon", "no template of this version ships; keep every version that was ever used")
    kompilator = typst.Compiler(root=str(fil.parent), font_paths=_fonts(), ignore_system_fonts=True)
    return kompilator, fil.read_text(encoding="utf-8")


def _with_page(mal: str, side: Mapping[str, Any]) -> bytes:
    """The template with what it reads in front of it.

    As one string literal, in which only these two characters mean something. Not as sys.inputs: they belong to
    Typst's library, and with another library everything that is evaluated is evaluated anew (ADR 18).
    """
    json_ = json.dumps(side, ensure_ascii=False).replace("\\", "\\\\").replace('"', '\\"')
    return f'#let visning = json(bytes("{json_}"))\n{mal}'.encode()


def render_pdf(innhold: Mapping[str, Any]) -> bytes:
    """One document as PDF. For one thread; the first call in a process also reads the fonts (0.1 s).

    Raises PdfFeil when the page cannot be set, UgyldigFil when its template version does not ship.
    """
    hode = innhold["hode"]
    side = page(innhold, _families())
    return _set(hode["malversjon"], "dokument", side, datetime.fromisoformat(hode["opprettet"]))


def render_attest(attest: Sletteattest) -> bytes:
    """A sletteattest as PDF, on one page, dated as the entry that closed its month. Raises PdfFeil, UgyldigFil."""
    side = {**attest_page(attest), "fonter": list(_families())}
    # Typst's time stamps are in whole seconds, and it refuses others.
    return _set(MALVERSJON, "sletteattest", side, datetime.fromisoformat(attest.stand["tid"]).replace(microsecond=0))


def _set(malversjon: str, mal_navn: str, side: Mapping[str, Any], opprettet: datetime) -> bytes:
    kompilator, mal = _template(malversjon, mal_navn)
    try:
        pdf = kompilator.compile(
            input=_with_page(mal, side), format="pdf", pdf_standards=PDF_STANDARDER, timestamp=opprettet
        )
    except typst.TypstError:
        raise PdfFeil("the page could not be set; check manglende_tegn and the template") from None
    if not isinstance(pdf, bytes):
        raise PdfFeil("the typesetter gave no PDF")
    return pdf


Fremtid = Future[list[bytes | PdfFeil]]


class Sidesettere:
    """Worker processes that set pages. They start when they are first needed and end with the context.

    Not a pool of the module's own: a process that ends without its clean-up would leave the workers behind.
    """

    def __init__(self, prosesser: int = 2) -> None:
        self._prosesser = prosesser
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        """The same, ready."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the workers."""
        self._end()

    def render_many(self, dokumenter: Sequence[Mapping[str, Any]]) -> list[bytes | PdfFeil]:
        """Many documents as PDF, in the order given. One that fails stops no other.

        The workers get bundles. A bundle whose worker dies is done again in a process of its own, and if that dies
        too, one document at a time; only the document that kills its process comes back as a PdfFeil.
        """
        tekstene = [json.dumps(dict(innhold), ensure_ascii=False) for innhold in dokumenter]
        bunter = [tekstene[start : start + _BUNT] for start in range(0, len(tekstene), _BUNT)]
        if self._pool is None:
            self._pool = _new_pool(self._prosesser)
        fremtider = [_submit(self._pool, bunt) for bunt in bunter]
        svar = [_result(fremtid) for fremtid in fremtider]
        if None in svar:
            self._end()
        return [side for bunt, sider in zip(bunter, svar, strict=True) for side in sider or _render_apart(bunt)]

    def _end(self) -> None:
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None


def _new_pool(prosesser: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(max_workers=prosesser, mp_context=get_context("spawn"))


def _submit(pool: ProcessPoolExecutor, bunt: list[str]) -> Fremtid | None:
    try:
        return pool.submit(_render_bundle, bunt)
    except BrokenProcessPool:
        return None


def _result(fremtid: Fremtid | None) -> list[bytes | PdfFeil] | None:
    try:
        return fremtid.result() if fremtid else None
    except BrokenProcessPool:
        return None


def _render_apart(bunt: list[str]) -> list[bytes | PdfFeil]:
    with _new_pool(1) as pool:
        svar = _result(_submit(pool, bunt))
    if svar is not None:
        return svar
    if len(bunt) == 1:
        return [PdfFeil("the worker died of this document; set it alone with tiltaksflyt render")]
    return [pdf for tekst in bunt for pdf in _render_apart([tekst])]


def _render_bundle(bunt: list[str]) -> list[bytes | PdfFeil]:
    return [_render_safely(json.loads(tekst)) for tekst in bunt]


def _render_safely(innhold: Mapping[str, Any]) -> bytes | PdfFeil:
    try:
        return render_pdf(innhold)
    except PdfFeil as feil:
        return feil
    except UgyldigFil as feil:
        return PdfFeil(str(feil))
