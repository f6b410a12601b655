"""folgebrev.html: what stands beside a package that a person hands over. No personal data, in it or in its names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from typing import Any

from schemas.koder import kodeverk
from schemas.loader import SCHEMAS, load
from transforms.dokument_tekster import tall
from transforms.svar_ramme import facts, page, section, table
from transforms.svar_tekster import svartekster

FILNAVN = "folgebrev.html"
_MAALFORM = "nb"
# A checksum is wider than a telephone.
_STIL = "code{overflow-wrap:anywhere}main ol{padding-left:1.4rem}main li{margin:.35rem 0}"


@dataclass(frozen=True)
class Folgebrev:
    """A package and whom it is for. `antall` is its documents by type; empty when they are not known.

    `kvitteringer` is the folder in which the receipts are to be laid.
    """

    mottaker: str
    leveranse_id: str
    fil: str
    storrelse: int
    sha256: str
    antall: Mapping[str, int]
    kvitteringer: str


def render_folgebrev_html(brev: Folgebrev) -> bytes:
    """The letter as a page. The same package gives the same bytes."""
    t = _tekster()
    ord_ = {
        "fil": brev.fil,
        "teknisk": f"{brev.leveranse_id}.teknisk.json",
        "funksjonell": f"{brev.leveranse_id}.kvittering.json",
        "kvitteringer": brev.kvitteringer,
    }
    deler = (
        section("pakken", t["pakken"], _package(t, brev)),
        section("innhold-i-pakken", t["innhold"], _documents(t, brev.antall)),
        section("overlevere", t["overlevere"], _steps(t["overleveres"], ord_)),
        section("apne", t["apne"], _steps(t["apnes"], ord_)),
        section("svare", t["svare"], _steps(t["svares"], ord_)),
    )
    return page(
        svartekster(_MAALFORM),
        tittel=t["tittel"],
        avsender=t["til"].format(mottaker=brev.mottaker),
        under=brev.leveranse_id,
        innhold="".join(deler),
        bunn=f"<p>{escape(t['bunn'])}</p>",
        ekstra_stil=_STIL,
    )


@cache
def _tekster() -> Mapping[str, Any]:
    tekster: Mapping[str, Any] = load(SCHEMAS / "folgebrev" / f"tekster.{_MAALFORM}.yaml", "folgebrevtekster")
    return tekster


def _package(t: Mapping[str, Any], brev: Folgebrev) -> str:
    ord_ = t["fakta"]
    return facts(
        [
            (ord_["leveranse"], f"<code>{escape(brev.leveranse_id)}</code>"),
            (ord_["fil"], f"<code>{escape(brev.fil)}</code>"),
            (ord_["storrelse"], escape(ord_["storrelseverdi"].format(antall=tall(brev.storrelse)))),
            (ord_["sha256"], f"<code>{escape(brev.sha256)}</code>"),
        ]
    )


def _documents(t: Mapping[str, Any], antall: Mapping[str, int]) -> str:
    if not antall:
        return f"<p>{escape(t['ukjentAntall'])}</p>"
    typer = kodeverk("dokumenttype")
    linjer = [(escape(typer.tekst(type_)), str(antall[type_])) for type_ in typer.koder if antall.get(type_)]
    return table((t["dokument"], t["antall"]), linjer)


def _steps(trinn: Sequence[str], ord_: Mapping[str, str]) -> str:
    return f"<ol>{''.join(f'<li>{escape(ett.format(**ord_))}</li>' for ett in trinn)}</ol>"
