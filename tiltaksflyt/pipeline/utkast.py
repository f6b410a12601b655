"""Drafts: what a sender that wants to see its documents first finds in `utkast/`, and when they may go.

docs/pipeline/utkast.md. The folder is made to show what the ledger says, whoever is first and wherever a run broke off:
each draft lies there, in a folder with the day it goes, before that day is near; what was sent or replaced does not.
"""

import logging
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from schemas.koder import kodeverk
from schemas.oppbevaring import oppbevaring
from schemas.oppsett import Avsender
from tiltaksflyt.ledger import Forsendelsesrad, Forsendelsestilstand, Statuskode
from tiltaksflyt.pipeline.omgivelser import Omgivelser
from tiltaksflyt.pipeline.sider import set_pages
from tiltaksflyt.storage import nokler
from transforms.dokument_kategorier import categories_of
from transforms.dokument_pdf import PdfFeil
from transforms.kalender import add_virkedager
from transforms.utkasttekster import Utkastlinje, Utkaststand, render_oversikt

MAPPE = "utkast"
MELDING_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_OVERSIKT = f"{MAPPE}/oversikt.txt"
_PDF = "application/pdf"
_STANSET, _SENDES = "stanset", "sendes-"
_MAKS_OVERSIKT = 1 << 24

_LOGG = logging.getLogger("tiltaksflyt")

_T = Forsendelsestilstand
# A version stands as the first of these that any of its recipients gives.
_STAND: Sequence[tuple[Utkaststand, frozenset[Forsendelsestilstand]]] = (
    (Utkaststand.SENDES, frozenset({_T.UTKAST})),
    (Utkaststand.STANSET, frozenset({_T.HOLDT})),
    (Utkaststand.PA_VEI, frozenset({_T.KLAR, _T.I_LEVERANSE})),
    (Utkaststand.SENDT, frozenset({_T.SENDT, _T.GODTATT, _T.AVVIST})),
)


class UtkastUtenSide(Exception):
    """The page of a draft could not be set, so its sender cannot see it and it does not go. The log names it."""

    kode = "UTKAST_UTEN_SIDE"


@dataclass(frozen=True)
class Utkastfil:
    """The page of one draft in a sender's `utkast/`, as the ledger has noted it."""

    nokkel: str
    mappe: str
    melding_id: str

    @property
    def sendes(self) -> date | None:
        """The first day that the draft may go; None where it is stopped."""
        return date.fromisoformat(self.mappe.removeprefix(_SENDES)) if self.mappe.startswith(_SENDES) else None


@dataclass(frozen=True)
class Utkastbilde:
    """One sender's drafts: versions that are drafts or have a page, the pages noted, and the objects that lie there."""

    versjoner: Mapping[str, tuple[Forsendelsesrad, ...]]
    noterte: tuple[Utkastfil, ...]
    objekter: frozenset[str]

    @property
    def liggende(self) -> Mapping[str, Utkastfil]:
        """The pages that the sender can see, by the version's melding_id."""
        return {fil.melding_id: fil for fil in self.noterte if fil.nokkel in self.objekter}


def first_state(
    *, som_utkast: bool, adressebeskyttet: bool, utenfor_avtalen: bool = False
) -> tuple[Forsendelsestilstand, Statuskode | None]:
    """How a new version begins: held for a person, as a draft where the sender must or wants to see it, else ready.

    `utenfor_avtalen`: it holds a category that the databehandleravtale does not tick, and waits whatever was chosen.
    """
    if adressebeskyttet:
        return Forsendelsestilstand.HOLDT, Statuskode.ADRESSEBESKYTTELSE
    if utenfor_avtalen:
        return Forsendelsestilstand.UTKAST, Statuskode.KATEGORI_IKKE_AVTALT
    if som_utkast:
        return Forsendelsestilstand.UTKAST, Statuskode.VENTER_GODKJENNING
    return Forsendelsestilstand.KLAR, None


def file_name(dokumenttype: str, nummer: int, melding_id: str) -> str:
    """What a draft is called: its type, its number where it has one, and its own random id; nothing of the person."""
    ledd = [dokumenttype.lower(), *([str(nummer)] if nummer else []), melding_id]
    return f"{'-'.join(ledd)}.pdf"


def arrange_drafts(orgnr: str, *, omgivelser: Omgivelser, dato: date) -> dict[str, int]:
    """Make one sender's `utkast/` show its drafts as they stand on `dato`; how many pages were laid and removed.

    A draft without a page gets one, and may go the next working day; a stopped one is moved aside; one that was sent
    before today, is replaced, withdrawn or held by us goes. Safe to run twice and by two workers. Raises UtkastUtenSide
    when all else is done.
    """
    bilde = look(orgnr, omgivelser)
    if not bilde.versjoner and not bilde.noterte:
        _remove_overview(orgnr, omgivelser)
        return {}
    mapper = {
        melding_id: mappe
        for melding_id, rader in bilde.versjoner.items()
        if (mappe := _folder(rader, bilde.liggende.get(melding_id), dato)) is not None
    }
    skal_ligge = {m: _key(orgnr, mappe, bilde.versjoner[m][0]) for m, mappe in mapper.items()}
    mangler = {m: nokkel for m, nokkel in skal_ligge.items() if nokkel not in bilde.objekter}
    sider = _set_pages(mangler, omgivelser)
    lagt = {
        m
        for m, side in sider.items()
        if not isinstance(side, PdfFeil)
        and put(mangler[m], side, _PDF, orgnr, _refs(bilde.versjoner[m]), omgivelser, dato)
    }
    borte = [fil.nokkel for fil in bilde.noterte if fil.nokkel not in skal_ligge.values()]
    for nokkel in borte:
        _remove(nokkel, omgivelser)
    _put_overview(orgnr, {m: mapper[m] for m in mapper if m not in mangler or m in lagt}, bilde, omgivelser, dato)
    uten_side = [m for m, side in sider.items() if isinstance(side, PdfFeil)]
    if uten_side:
        raise UtkastUtenSide(f"{len(uten_side)} drafts have no page; the log names them, and the next run tries again")
    antall = {"utkastLagt": len(lagt), "utkastFjernet": len(borte)}
    return {navn: verdi for navn, verdi in antall.items() if verdi}


def approve_due(orgnr: str, *, omgivelser: Omgivelser, dato: date) -> int:
    """Let the drafts go whose day has come while their page lay there for the sender to see; how many."""
    bilde = look(orgnr, omgivelser)
    forfalte = [m for m, fil in bilde.liggende.items() if fil.sendes is not None and fil.sendes <= dato]
    return sum(omgivelser.ledger.dokumenter.approve(melding_id) for melding_id in forfalte)


def stand(versjon: Sequence[Forsendelsesrad]) -> Utkaststand | None:
    """How a version stands; None where it is replaced or withdrawn, or is not there."""
    tilstander = {rad.tilstand for rad in versjon}
    return next((navn for navn, noen in _STAND if tilstander & noen), None)


def look(orgnr: str, omgivelser: Omgivelser) -> Utkastbilde:
    """One sender's drafts as they stand. The bucket is not asked when there are none."""
    prefiks = f"{nokler.utboks(orgnr, MAPPE)}/"
    noterte = tuple(_noted(prefiks, omgivelser))
    versjoner = omgivelser.ledger.dokumenter.drafts(orgnr, [fil.melding_id for fil in noterte])
    objekter = omgivelser.storage.list_objects(prefiks) if versjoner or noterte else ()
    return Utkastbilde(versjoner, noterte, frozenset(objekt.nokkel for objekt in objekter))


def _noted(prefiks: str, omgivelser: Omgivelser) -> Iterator[Utkastfil]:
    for nokkel in omgivelser.ledger.utlagte.under(prefiks):
        mappe, _, fil = nokkel.removeprefix(prefiks).partition("/")
        if fil.endswith(".pdf") and (treff := MELDING_ID.search(fil)):
            yield Utkastfil(nokkel, mappe, treff[0])


def _folder(versjon: Sequence[Forsendelsesrad], fil: Utkastfil | None, dato: date) -> str | None:
    """Where the page of a version should lie; None where it should not. `fil` is where it lies now."""
    hvordan = stand(versjon)
    if hvordan is Utkaststand.SENDES:
        return fil.mappe if fil and fil.sendes else f"{_SENDES}{add_virkedager(dato, 1)}"
    if hvordan is None or fil is None:
        return None
    if hvordan is Utkaststand.STANSET:
        return _STANSET
    if hvordan is Utkaststand.SENDT and all(rad.sendt_dato is None or rad.sendt_dato < dato for rad in versjon):
        return None
    return fil.mappe if fil.sendes else f"{_SENDES}{dato}"


def _key(orgnr: str, mappe: str, rad: Forsendelsesrad) -> str:
    return nokler.utboks(orgnr, f"{MAPPE}/{mappe}/{file_name(rad.type, rad.nummer, rad.dokument_melding_id)}")


def _set_pages(melding_ider: Collection[str], omgivelser: Omgivelser) -> Mapping[str, bytes | PdfFeil]:
    """The pages of some versions; those whose deltakelse was erased meanwhile are left out."""
    innhold = omgivelser.ledger.dokumenter.read_many(melding_ider)
    sider = dict(zip(innhold, set_pages(list(innhold.values()), omgivelser), strict=True))
    for melding_id, side in sider.items():
        if isinstance(side, PdfFeil):
            _LOGG.error("utkast: the page of document %s cannot be set: %s", melding_id, side)
    return sider


def _put_overview(
    orgnr: str, mapper: Mapping[str, str], bilde: Utkastbilde, omgivelser: Omgivelser, dato: date
) -> None:
    """Write the list beside the pages, where it is not what lies there already."""
    if not mapper:
        _remove_overview(orgnr, omgivelser)
        return
    avsender = omgivelser.oppsett.avsendere[orgnr]
    utenfor = _outside_agreement(mapper, bilde, avsender, omgivelser)
    linjer = [
        _line(mappe, bilde.versjoner[melding_id], utenfor.get(melding_id, ())) for melding_id, mappe in mapper.items()
    ]
    innhold = render_oversikt(linjer, avsender.navn, avsender.maalform)
    nokkel = nokler.utboks(orgnr, _OVERSIKT)
    ligger = nokkel in bilde.objekter and omgivelser.storage.read(nokkel, maks_bytes=_MAKS_OVERSIKT)
    if ligger != innhold:
        refs = _refs([rad for melding_id in mapper for rad in bilde.versjoner[melding_id]])
        put(nokkel, innhold, "text/plain; charset=utf-8", orgnr, refs, omgivelser, dato)


def _outside_agreement(
    mapper: Mapping[str, str], bilde: Utkastbilde, avsender: Avsender, omgivelser: Omgivelser
) -> Mapping[str, tuple[str, ...]]:
    """The categories that the agreement does not tick, of each draft that waits because of them."""
    ventende = [
        m for m in mapper if any(rad.statuskode is Statuskode.KATEGORI_IKKE_AVTALT for rad in bilde.versjoner[m])
    ]
    return {
        melding_id: unticked(innhold, avsender)
        for melding_id, innhold in omgivelser.ledger.dokumenter.read_many(ventende).items()
    }


def unticked(innhold: Mapping[str, Any], avsender: Avsender) -> tuple[str, ...]:
    """The categories of a document that its sender's databehandleravtale does not tick, in the list's order."""
    mangler = categories_of(innhold) - avsender.tillatte_personopplysninger
    return tuple(kode for kode in kodeverk("personopplysning").koder if kode in mangler)


def _line(mappe: str, versjon: Sequence[Forsendelsesrad], utenfor_avtalen: tuple[str, ...]) -> Utkastlinje:
    hvordan, rad = stand(versjon), versjon[0]
    if hvordan is None:
        raise LookupError("a version that is no more has no line")
    fil = file_name(rad.type, rad.nummer, rad.dokument_melding_id)
    sendes = mappe.removeprefix(_SENDES) if hvordan is Utkaststand.SENDES else ""
    return Utkastlinje(hvordan, sendes, f"{mappe}/{fil}", rad.type, utenfor_avtalen)


def _refs(rader: Sequence[Forsendelsesrad]) -> set[str]:
    return {rad.ref for rad in rader}


def _remove_overview(orgnr: str, omgivelser: Omgivelser) -> None:
    nokkel = nokler.utboks(orgnr, _OVERSIKT)
    if omgivelser.ledger.utlagte.knows(nokkel):
        _remove(nokkel, omgivelser)


def put(
    nokkel: str, innhold: bytes, medietype: str, orgnr: str, refs: set[str], omgivelser: Omgivelser, dato: date
) -> bool:
    """Lay a file in the outbox of one sender; whether it may lie there.

    Not where the last day of a deltakelse in it has passed, nor where the deltakelse was erased while it was written.
    """
    utlagte = omgivelser.ledger.utlagte
    # The row first: a file that nobody knows of is never erased.
    if utlagte.add(nokkel, orgnr, refs, dato + oppbevaring().utkast) < dato:
        utlagte.remove(nokkel)
        return False
    omgivelser.storage.put_outbox(orgnr, nokkel.removeprefix(nokler.utboks(orgnr)), innhold, medietype)
    if utlagte.knows(nokkel):
        return True
    omgivelser.storage.delete(nokkel)
    return False


def _remove(nokkel: str, omgivelser: Omgivelser) -> None:
    omgivelser.storage.delete(nokkel)
    omgivelser.ledger.utlagte.remove(nokkel)
