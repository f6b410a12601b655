"""What a sender reads about its own drop: kvittering.json, kvittering.html and avvik.csv. Never a value from a row."""

import csv
import io
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from schemas.avvik import Alvorlighet, Avvik, Innsendingsstatus
from transforms.kalender import OSLO

_STATUSTEKST = {
    Innsendingsstatus.GODTATT: "Alt er mottatt og godtatt.",
    Innsendingsstatus.GODTATT_MED_ADVARSEL: "Alt er mottatt. Noe bør dere se på.",
    Innsendingsstatus.DELVIS_HOLDT: "Mottatt. Noen deltakelser holdes tilbake til feilene er rettet.",
    Innsendingsstatus.AVVIST: "Filen kan ikke brukes. Ingenting av den er tatt inn.",
}
_OVERSKRIFT = {
    Alvorlighet.AVVIST_FIL: "Dette må rettes før filen kan brukes",
    Alvorlighet.FEIL: "Dette må rettes før deltakelsen går videre",
    Alvorlighet.ADVARSEL: "Dette bør dere se på",
    Alvorlighet.INFO: "Til orientering",
}
_TALL = {
    "deltakelser": "Deltakelser",
    "apne": "Åpne",
    "godtatt": "Godtatt",
    "holdt": "Holdt tilbake",
    "avvik": "Merknader",
}
_KOLONNER = ("tabell", "rad", "post", "nokkel", "kolonne", "regelId", "alvorlighet", "melding", "tiltak")
_FORMELTEGN = ("=", "+", "-", "@", "\t", "\r")
_FLEST_RADER_VIST = 20


@dataclass(frozen=True)
class Svarinnhold:
    """Everything the answer to one drop is made from. `mottatt` carries an offset."""

    innsending_id: str
    avsender: str
    mottatt: datetime
    status: Innsendingsstatus
    antall: Mapping[str, int]
    avvik: Sequence[Avvik]


def render_kvittering_json(svar: Svarinnhold) -> bytes:
    """The answer for a machine."""
    innhold = {
        "innsendingId": svar.innsending_id,
        "mottatt": svar.mottatt.astimezone(OSLO).isoformat(timespec="seconds"),
        "status": svar.status.value,
        "antall": dict(svar.antall),
        "avvik": [avvik.as_json() for avvik in svar.avvik],
    }
    return json.dumps(innhold, ensure_ascii=False, indent=2).encode() + b"\n"


def render_avvik_csv(svar: Svarinnhold) -> bytes:
    """One row per deviation, as Excel in Norway opens it: UTF-8 with BOM, semicolons, formulas neutralised."""
    ut = io.StringIO(newline="")
    skriver = csv.writer(ut, delimiter=";", lineterminator="\r\n")
    skriver.writerow(_KOLONNER)
    for avvik in svar.avvik:
        rad = avvik.as_json()
        skriver.writerow([neutralise(rad[kolonne]) for kolonne in _KOLONNER])
    return b"\xef\xbb\xbf" + ut.getvalue().encode()


def neutralise(verdi: object) -> str:
    """The text of a cell that a spreadsheet will not run."""
    tekst = "" if verdi is None else str(verdi)
    return f"'{tekst}" if tekst.startswith(_FORMELTEGN) else tekst


def render_kvittering_html(svar: Svarinnhold) -> bytes:
    """The answer for a person: one page that opens without a network, grouped by what to do."""
    mottatt = svar.mottatt.astimezone(OSLO).strftime("%d.%m.%Y kl. %H:%M")
    antall = "".join(
        f"<div><dt>{escape(_TALL.get(navn, navn))}</dt><dd>{tall}</dd></div>" for navn, tall in svar.antall.items()
    )
    deler = "".join(_section(alvorlighet, svar.avvik) for alvorlighet in Alvorlighet)
    return (
        '<!doctype html>\n<html lang="nb"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Kvittering – {escape(svar.avsender)}</title><style>{_STIL}</style></head><body><main>"
        f"<h1>Kvittering for innsending</h1><p>{escape(svar.avsender)}, mottatt {mottatt}.</p>"
        f'<p class="status {svar.status.value.lower()}">{_STATUSTEKST[svar.status]}</p>'
        f"<dl>{antall}</dl>{deler or '<p>Ingenting må rettes.</p>'}"
        f"<footer>Innsending {escape(svar.innsending_id)}. Siden viser hvor feilene er, aldri hva som står i radene."
        "</footer></main></body></html>\n"
    ).encode()


def _section(alvorlighet: Alvorlighet, avvik: Sequence[Avvik]) -> str:
    valgte = [rad for rad in avvik if rad.alvorlighet is alvorlighet]
    if not valgte:
        return ""
    grupper = Counter((rad.regelId, rad.melding, rad.tiltak) for rad in valgte)
    linjer = "".join(_group(nokkel, valgte) for nokkel in sorted(grupper))
    return f'<section class="{alvorlighet.value.lower()}"><h2>{_OVERSKRIFT[alvorlighet]}</h2>{linjer}</section>'


def _group(nokkel: tuple[str, str, str], avvik: Sequence[Avvik]) -> str:
    regel, melding, tiltak = nokkel
    steder = [_place(rad) for rad in avvik if (rad.regelId, rad.melding, rad.tiltak) == nokkel]
    vist = "".join(f"<li>{escape(sted)}</li>" for sted in steder[:_FLEST_RADER_VIST])
    flere = len(steder) - _FLEST_RADER_VIST
    rest = f"<li>og {flere} til; se avvik.csv</li>" if flere > 0 else ""
    return (
        f"<article><h3>{escape(melding)}</h3><p>{escape(tiltak)}</p><ul>{vist}{rest}</ul>"
        f"<p class=regel>Regel {escape(regel)}</p></article>"
    )


def _place(avvik: Avvik) -> str:
    deler = [avvik.tabell or "hele filen"]
    if avvik.rad is not None:
        deler.append(f"rad {avvik.rad}")
    if avvik.kolonne:
        deler.append(f"kolonne {avvik.kolonne}")
    return ", ".join(deler)


@dataclass(frozen=True)
class Avvisning:
    """A document that the recipient rejected, as its sender is told. `deltakelse_id` is the sender's own id."""

    tittel: str
    deltakelse_id: str
    mottaker: str
    kode: str
    tekst: str | None
    frist: str | None


def render_avvisning_html(avvisning: Avvisning) -> bytes:
    """One rejected document, for a person: what it was, what the recipient said, what to do."""
    frist = f"<p>Fristen er fortsatt {escape(avvisning.frist)}.</p>" if avvisning.frist else ""
    return (
        '<!doctype html>\n<html lang="nb"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Avvist dokument</title><style>{_STIL}</style></head><body><main>"
        f"<h1>Et dokument er avvist</h1><p>{escape(avvisning.tittel)}, deltakelse {escape(avvisning.deltakelse_id)}, "
        f'til {escape(avvisning.mottaker)}.</p><p class="status avvist">{escape(avvisning.tekst or "Uten forklaring.")}'
        f" ({escape(avvisning.kode)})</p><h2>Dette gjør dere nå</h2>"
        "<p>Rett det som kvitteringen peker på, i fagsystemet, og send en ny eksport. Da lages en ny versjon av "
        f"dokumentet som sendes av seg selv. Er noe uklart, ta kontakt med Nav-kontoret.</p>{frist}"
        "</main></body></html>\n"
    ).encode()


_STIL = (
    "body{font:1rem/1.5 system-ui,sans-serif;color:#23262a;background:#fff;margin:0}"
    "main{max-width:46rem;margin:2rem auto;padding:0 1rem}h1{font-size:1.6rem}h2{font-size:1.2rem;margin-top:2rem}"
    "h3{font-size:1rem;margin:0}.status{padding:.8rem 1rem;border-left:.4rem solid #368da8;background:#eef6f9}"
    ".status.avvist,.status.delvis_holdt{border-color:#ba3a26;background:#fcefec}"
    "dl{display:flex;flex-wrap:wrap;gap:1rem}dl div{border:1px solid #c6c2bf;padding:.5rem 1rem;border-radius:.3rem}"
    "dt{font-size:.85rem}dd{margin:0;font-size:1.4rem}article{border-top:1px solid #c6c2bf;padding:.8rem 0}"
    "article p{margin:.3rem 0}.regel,footer{color:#59514b;font-size:.85rem}"
    "@media print{main{margin:0}article{break-inside:avoid}}"
)
