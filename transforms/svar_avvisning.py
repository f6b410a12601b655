"""avvisning.html: a document that the recipient rejected, for a person."""

from dataclasses import dataclass
from datetime import date
from html import escape

from transforms.dokument_tekster import kort_dato
from transforms.svar_ramme import page
from transforms.svar_tekster import svartekster


@dataclass(frozen=True)
class Avvisning:
    """A document that the recipient rejected, as its sender is told.

    `deltakelse_id` is the sender's own id; None for a document about an avtale, which `avtale` then names.
    """

    avsender: str
    maalform: str
    tittel: str
    deltakelse_id: str | None
    mottaker: str
    kode: str
    tekst: str | None
    frist: date | None
    avtale: str | None = None


def render_avvisning_html(avvisning: Avvisning) -> bytes:
    """One rejected document: what it was, what the recipient said, what to do."""
    t = svartekster(avvisning.maalform)
    ord_ = t.avvisning
    frist = f"<p>{escape(ord_['frist'].format(frist=kort_dato(avvisning.frist)))}</p>" if avvisning.frist else ""
    innhold = (
        f'<section class="status avvist" aria-labelledby="svar"><div><h2 id="svar">'
        f"{escape(avvisning.tekst or ord_['utenForklaring'])}</h2><p>{escape(avvisning.kode)}</p></div></section>"
        f'<section aria-labelledby="oppgaver"><h2 id="oppgaver">{escape(ord_["oppgaver"])}</h2>'
        f"<p>{escape(ord_['slik'])}</p>{frist}</section>"
    )
    return page(t, tittel=ord_["tittel"], avsender=avvisning.avsender, under=_which(avvisning), innhold=innhold)


def render_likevel_html(avvisning: Avvisning) -> bytes:
    """The same document when the recipient has accepted it after all: there is nothing to do."""
    t = svartekster(avvisning.maalform)
    ord_ = t.avvisning
    innhold = (
        f'<section class="status godtatt" aria-labelledby="svar"><div><h2 id="svar">{escape(ord_["likevel"])}</h2>'
        f"<p>{escape(ord_['likevelSlik'])}</p></div></section>"
    )
    return page(t, tittel=ord_["likevelTittel"], avsender=avvisning.avsender, under=_which(avvisning), innhold=innhold)


def _which(avvisning: Avvisning) -> str:
    ord_ = svartekster(avvisning.maalform).avvisning
    return ord_["hva" if avvisning.avtale is None else "hvaAvtale"].format(
        tittel=avvisning.tittel,
        deltakelse=avvisning.deltakelse_id,
        avtale=avvisning.avtale,
        mottaker=avvisning.mottaker,
    )
