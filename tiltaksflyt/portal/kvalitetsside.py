"""The page of the data engineers: one file that opens without a network, made of counts and rule ids only."""

from collections.abc import Iterable, Sequence
from html import escape

from tiltaksflyt.pipeline.kvalitet import Avsendertrend, Kontrollkjoring, Kvalitetsbilde, Regeltrend

_BREDDE, _HOYDE = 120, 24


def render_page(bilde: Kvalitetsbilde) -> bytes:
    """The view as HTML. The same view gives the same bytes."""
    deler = (
        _rules(bilde.regler),
        _senders(bilde.avsendere),
        _runs(bilde.kjoringer),
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Data quality {bilde.til}</title><style>{_STIL}</style></head><body><main>"
        f"<h1>Data quality</h1><p>{bilde.fra} to {bilde.til}. Counts and rule ids; no value and no person.</p>"
        f"{''.join(deler)}</main></body></html>\n"
    ).encode()


def _rules(regler: Sequence[Regeltrend]) -> str:
    rader = (
        f'<tr class="{ett.alvorlighet.lower()}"><th scope="row"><a id="{ett.regel}">{ett.regel}</a></th>'
        f'<td>{ett.alvorlighet}</td><td lang="nb">{escape(ett.melding)}</td><td class="tall">{ett.antall}</td>'
        f'<td class="tall">{ett.avsendere}</td><td>{_line(ett.per_dag)}</td></tr>'
        for ett in regler
    )
    hode = ("Rule", "Severity", "What it says", "Breaches", "Senders", "Per day")
    return _section("Breaches by rule", hode, rader, "No rule was broken.")


def _senders(avsendere: Sequence[Avsendertrend]) -> str:
    rader = (
        f'<tr><th scope="row">{escape(ett.navn)}<br><small>{ett.orgnr}</small></th>'
        f"<td>{', '.join(f'{escape(status)} {antall}' for status, antall in ett.innsendinger.items())}</td>"
        f'<td class="tall">{sum(ett.per_dag)}</td>'
        f"<td>{', '.join(f'<a href=#{regel}>{regel}</a> {antall}' for regel, antall in ett.oftest)}</td>"
        f"<td>{_line(ett.per_dag)}</td></tr>"
        for ett in avsendere
    )
    return _section("Senders", ("Sender", "Drops", "Breaches", "Most often", "Per day"), rader, "No drop was answered.")


def _runs(kjoringer: Sequence[Kontrollkjoring]) -> str:
    rader = (
        f'<tr><th scope="row">{ett.tid}<br><small>{ett.kontroll_id}</small></th><td>{ett.dato}</td>'
        f'<td class="tall">{len(ett.tabeller)}</td><td class="tall">{sum(rad.rader for rad in ett.tabeller)}</td>'
        f'<td class="tall">{sum(rad.regler for rad in ett.tabeller)}</td><td>{_broken(ett)}</td></tr>'
        for ett in kjoringer
    )
    hode = ("Run", "Day", "Tables", "Rows", "Rules asked", "Broken, by table")
    return _section("Runs of the checks, as Great Expectations recorded them", hode, rader, "No run is recorded.")


def _broken(kjoring: Kontrollkjoring) -> str:
    brutte = (f"{rad.tabell}: {', '.join(rad.brutte)}" for rad in kjoring.tabeller if rad.brutte)
    return "<br>".join(brutte) or "none"


def _section(tittel: str, hode: Sequence[str], rader: Iterable[str], tomt: str) -> str:
    innhold = "".join(rader)
    if not innhold:
        return f"<section><h2>{tittel}</h2><p>{tomt}</p></section>"
    kolonner = "".join(f'<th scope="col">{navn}</th>' for navn in hode)
    return (
        f'<section><h2>{tittel}</h2><div class="bred" tabindex="0" role="region" aria-label="{tittel}">'
        f"<table><thead><tr>{kolonner}</tr></thead><tbody>{innhold}</tbody></table></div></section>"
    )


def _line(per_dag: Sequence[int]) -> str:
    """The days as a small chart, with the numbers as its text."""
    hoyest = max((*per_dag, 1))
    steg = _BREDDE / max(len(per_dag), 1)
    stolper = "".join(
        f'<rect x="{nummer * steg:.1f}" y="{_HOYDE - antall * _HOYDE / hoyest:.1f}" width="{max(steg - 1, 1):.1f}" '
        f'height="{antall * _HOYDE / hoyest:.1f}"/>'
        for nummer, antall in enumerate(per_dag)
        if antall
    )
    tekst = f"the last day {per_dag[-1]}, at most {max(per_dag)} a day" if per_dag else "no days"
    return f'<svg role="img" aria-label="{tekst}" viewBox="0 0 {_BREDDE} {_HOYDE}" width="{_BREDDE}">{stolper}</svg>'


_STIL = (
    "body{font:1rem/1.5 system-ui,sans-serif;color:#23262a;background:#fff;margin:0}"
    "main{max-width:75rem;margin:2rem auto;padding:0 1rem}h1{font-size:1.6rem}h2{font-size:1.2rem;margin-top:2rem}"
    ".bred{overflow-x:auto}table{border-collapse:collapse;width:100%}"
    "th,td{text-align:left;vertical-align:top;padding:.4rem .6rem;border-bottom:1px solid #c6c2bf}"
    "th[scope=row]{white-space:nowrap;font-weight:600}small{color:#59514b;font-weight:400}.tall{text-align:right}"
    "tr.avvist_fil th,tr.feil th{border-left:.3rem solid #ba3a26}tr.advarsel th{border-left:.3rem solid #c77300}"
    "tr.info th{border-left:.3rem solid #368da8}svg rect{fill:#236b7d}a{color:#0b4c5c}"
)
