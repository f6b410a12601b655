"""The list of what a sender must delete in its own system, and has not confirmed: as a page and as a CSV.

A deltakelse stands there by the sender's own id, and never the person. After our own erasure there is no such id any
more, so what is left is the random slettesakId.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from html import escape

from transforms.dokument_tekster import kort_dato
from transforms.svar import neutralise
from transforms.svar_ramme import page, section, table
from transforms.svar_tekster import Svartekster, svartekster

_KOLONNER = ("status", "deltakelseId", "sisteDag", "varselDager", "holdtTil", "slettesakId", "slettetHosOss")


class Slettestatus(StrEnum):
    """What a line asks of the sender."""

    SLETTES = "SLETTES"
    HOLDES_TILBAKE = "HOLDES_TILBAKE"
    IKKE_BEKREFTET = "IKKE_BEKREFTET"


@dataclass(frozen=True)
class Kommende:
    """A deltakelse that is to be deleted: by the sender's own id, with the last day that anything may be kept.

    `varsel` is the warning it stands under, in days before that day; `holdt_til` the last day of a hold on it.
    """

    deltakelse_id: str
    siste_dag: date
    varsel: int
    slettesak_id: str
    holdt_til: date | None = None


@dataclass(frozen=True)
class Gjort:
    """An erasure of ours on the day `slettet` that the sender has not confirmed for its own system."""

    slettesak_id: str
    slettet: date


@dataclass(frozen=True)
class Sletteliste:
    """One sender's list on a day. `oppfordring` is what the daily rule asks of the sender, in its målføre."""

    avsender: str
    maalform: str
    dato: date
    oppfordring: str
    kommende: Sequence[Kommende]
    ubekreftede: Sequence[Gjort]


def warning_step(siste_dag: date, dato: date, varsel_dager: Iterable[int]) -> int | None:
    """The warning a deltakelse stands under: the fewest of `varsel_dager` that its last day is no further away than.

    None before the first warning and after the last day. (002 L6505-6506: twelve weeks, of the arrangør's own system.)
    """
    igjen = (siste_dag - dato).days
    return min((dager for dager in varsel_dager if dager >= igjen), default=None) if igjen >= 0 else None


def render_sletteliste_csv(liste: Sletteliste) -> bytes:
    """Every line, as Excel in Norway opens it."""
    ut = io.StringIO(newline="")
    skriver = csv.writer(ut, delimiter=";", lineterminator="\r\n")
    skriver.writerow(_KOLONNER)
    for rad in _rows(liste):
        skriver.writerow([neutralise(celle) for celle in rad])
    return b"\xef\xbb\xbf" + ut.getvalue().encode()


def _rows(liste: Sletteliste) -> Iterator[tuple[object, ...]]:
    for ett in _in_order(liste.kommende):
        status = Slettestatus.HOLDES_TILBAKE if ett.holdt_til else Slettestatus.SLETTES
        yield status, ett.deltakelse_id, ett.siste_dag, ett.varsel, ett.holdt_til, ett.slettesak_id, None
    for gjort in liste.ubekreftede:
        yield Slettestatus.IKKE_BEKREFTET, None, None, None, None, gjort.slettesak_id, gjort.slettet


def render_sletteliste_html(liste: Sletteliste) -> bytes:
    """The same for a person: what to delete, the most urgent first, what waits, what is not confirmed, and how to."""
    t = svartekster(liste.maalform)
    slettes = [ett for ett in _in_order(liste.kommende) if ett.holdt_til is None]
    holdt = [ett for ett in _in_order(liste.kommende) if ett.holdt_til is not None]
    deler = [
        _to_delete(t, liste.oppfordring, varsel, [ett for ett in slettes if ett.varsel == varsel])
        for varsel in sorted({ett.varsel for ett in slettes})
    ]
    if holdt:
        deler.append(_held(t, holdt))
    if liste.ubekreftede:
        deler.append(_unconfirmed(t, liste.ubekreftede))
    ord_ = t.sletteliste
    deler.append(section("bekreft", ord_["bekreftTittel"], f"<p>{escape(ord_['bekreft'])}</p>"))
    under = ord_["under"].format(dag=kort_dato(liste.dato))
    return page(t, tittel=ord_["tittel"], avsender=liste.avsender, under=under, innhold="".join(deler))


def _in_order(kommende: Sequence[Kommende]) -> list[Kommende]:
    return sorted(kommende, key=lambda ett: (ett.siste_dag, ett.deltakelse_id))


def _to_delete(t: Svartekster, oppfordring: str, varsel: int, kommende: Sequence[Kommende]) -> str:
    ord_ = t.sletteliste
    linjer = [[ett.deltakelse_id, kort_dato(ett.siste_dag), ett.slettesak_id] for ett in kommende]
    overskrift = ord_["varsel"].format(dager=t.mengde(varsel, "dager"))
    return _part(t, f"varsel-{varsel}", overskrift, oppfordring, ("deltakelse", "sisteDag", "slettesakId"), linjer)


def _held(t: Svartekster, holdt: Sequence[Kommende]) -> str:
    ord_ = t.sletteliste
    linjer = [[ett.deltakelse_id, kort_dato(ett.holdt_til), ett.slettesak_id] for ett in holdt if ett.holdt_til]
    return _part(t, "holdt", ord_["holdtTittel"], ord_["holdt"], ("deltakelse", "holdtTil", "slettesakId"), linjer)


def _unconfirmed(t: Svartekster, ubekreftede: Sequence[Gjort]) -> str:
    ord_ = t.sletteliste
    linjer = [[ett.slettesak_id, kort_dato(ett.slettet)] for ett in ubekreftede]
    return _part(t, "ubekreftet", ord_["ubekreftetTittel"], ord_["ubekreftet"], ("slettesakId", "slettet"), linjer)


def _part(
    t: Svartekster, navn: str, overskrift: str, ingress: str, hoder: Sequence[str], linjer: Iterable[Sequence[str]]
) -> str:
    sikret = [[escape(celle) for celle in linje] for linje in linjer]
    tabell = table([t.sletteliste[hode] for hode in hoder], sikret)
    return section(navn, overskrift, f"<p>{escape(ingress)}</p>{tabell}")
