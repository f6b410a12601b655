"""The drafted notice of a breach: documents that were sent on a wrong person (GDPR art. 33 (2)). It names nobody."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import Any

from schemas.koder import kodeverk
from schemas.loader import SCHEMAS, load
from transforms.dokument_tekster import kort_dato

# Notepad shows æ, ø and å by the byte order mark, and lines by both characters.
_BOM, _LINJESKIFT = "\ufeff", "\r\n"


@dataclass(frozen=True)
class SendtDokument:
    """One version that a recipient has, by the recipient's name."""

    dokumenttype: str
    versjon: int
    mottaker: str
    sendt: date


@dataclass(frozen=True)
class Brudd:
    """What the notice tells: never a name, an ident or an id of the sender's. `sak` is the random slettesakId."""

    sak: str
    arrangor: str
    ansvarlig: str
    grunn: str
    oppdaget: date
    sendte: Sequence[SendtDokument]
    kategorier: Sequence[str]
    tilbakekalt: int
    trukket: int


def render_notice(brudd: Brudd) -> bytes:
    """The draft as plain text, with what a person must fill in last."""
    return (_BOM + _LINJESKIFT.join(_lines(brudd, _texts()))).encode()


def _lines(brudd: Brudd, t: Mapping[str, Any]) -> Iterator[str]:
    deler = t["deler"]
    dag = kort_dato(brudd.oppdaget)
    yield t["tittel"]
    yield t["til"].format(ansvarlig=t["ansvarlig"][brudd.ansvarlig], arrangor=brudd.arrangor)
    yield t["dag"].format(dag=dag, sak=brudd.sak, arrangor=brudd.arrangor)
    dager = ", ".join(kort_dato(sendt) for sendt in sorted({ett.sendt for ett in brudd.sendte}))
    antall = len(brudd.sendte)
    yield from _part(deler["hva"], [deler["hvaTekst"].format(grunn=brudd.grunn)])
    yield from _part(deler["naar"], [deler["naarTekst"].format(dag=dag, dager=dager or deler["ikkeSendt"])])
    mengde = t["dokumenter"]["en" if antall == 1 else "flere"].format(antall=antall)
    yield from _part(deler["hvem"], [deler["hvemTekst"].format(antall=mengde)])
    yield from _part(deler["kategorier"], [kodeverk("personopplysning").tekst(kode) for kode in brudd.kategorier])
    yield from _part(deler["mottakere"], [_sent(ett, deler["mottaker"]) for ett in brudd.sendte])
    tiltak = [deler[navn].format(antall=getattr(brudd, navn)) for navn in ("tilbakekalt", "trukket")]
    yield from _part(deler["tiltak"], [*tiltak, deler["stanset"]])
    yield from _part(deler["gjenstar"], deler["punkter"])


def _part(overskrift: str, linjer: Sequence[str]) -> Iterator[str]:
    yield ""
    yield overskrift
    yield from (f"- {linje}" for linje in linjer)


def _sent(ett: SendtDokument, mal: str) -> str:
    dokument = kodeverk("dokumenttype").tekst(ett.dokumenttype)
    return mal.format(navn=ett.mottaker, dokument=dokument, versjon=ett.versjon, dag=kort_dato(ett.sendt))


@cache
def _texts() -> Mapping[str, Any]:
    return MappingProxyType(load(SCHEMAS / "brudd" / "tekster.nb.yaml", "bruddtekster"))
