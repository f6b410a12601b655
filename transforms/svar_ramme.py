"""The frame of a page to a sender, and what its parts are set with: one h1, landmarks, nothing from outside."""

from collections.abc import Iterable, Sequence
from html import escape

from transforms.svar_stil import STIL
from transforms.svar_tekster import Svartekster

# The page may not run or fetch anything, whatever stands in it.
_TILLATT = "default-src 'none'; style-src 'unsafe-inline'"


def page(
    t: Svartekster,
    *,
    tittel: str,
    avsender: str,
    under: str,
    merke: str | None = None,
    innhold: str,
    bunn: str = "",
    ekstra_stil: str = "",
) -> bytes:
    """A whole page. `innhold` and `bunn` are HTML, the others text; `merke` is shown where nothing is a real case.

    `ekstra_stil` is what the page needs beyond the style that all have.
    """
    merket = f'<p class="merke">{escape(merke)}</p>' if merke else ""
    fot = f"<footer>{bunn}</footer>" if bunn else ""
    return (
        f'<!doctype html>\n<html lang="{t.maalform}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f'<meta http-equiv="Content-Security-Policy" content="{_TILLATT}">'
        f"<title>{escape(tittel)} – {escape(avsender)}</title><style>{STIL}{ekstra_stil}</style></head>"
        f'<body><a class="hopp" href="#innhold">{escape(t.ord["hoppTil"])}</a>'
        f'<header><h1>{escape(tittel)}</h1><p>{escape(avsender)}<br><span class="dempet">{escape(under)}</span></p>'
        f'{merket}</header><main id="innhold">{innhold}</main>{fot}</body></html>\n'
    ).encode()


def section(navn: str, overskrift: str, innhold: str) -> str:
    """A part of the page with its heading; `navn` is its anchor and its look."""
    hode = f'<h2 id="{navn}-h">{escape(overskrift)}</h2>'
    return f'<section id="{navn}" class="{navn}" aria-labelledby="{navn}-h">{hode}{innhold}</section>'


def fold(ledetekst: str, innhold: str, *, apen: bool = False) -> str:
    """What a reader opens when it wants to know; paper shows it open, but for what stands in a card."""
    return f"<details{' open' if apen else ''}><summary>{escape(ledetekst)}</summary>{innhold}</details>"


def facts(linjer: Iterable[tuple[str, str]]) -> str:
    """Names and what they are. The names are text, the values HTML."""
    return (
        '<dl class="fakta">' + "".join(f"<dt>{escape(navn)}</dt><dd>{verdi}</dd>" for navn, verdi in linjer) + "</dl>"
    )


def table(hoder: Sequence[str], linjer: Iterable[Sequence[str]], *, klasse: str = "sted") -> str:
    """A table whose first cell of each row names the row. The headings are text, the cells HTML."""
    hode = "".join(f'<th scope="col">{escape(tekst)}</th>' for tekst in hoder)
    kropp = "".join(
        f'<tr><th scope="row">{forst}</th>{"".join(f"<td>{celle}</td>" for celle in resten)}</tr>'
        for forst, *resten in linjer
    )
    return f'<table class="{klasse}"><thead><tr>{hode}</tr></thead><tbody>{kropp}</tbody></table>'
