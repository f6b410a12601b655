"""What a sender reads about its drafts, as plain text: the list beside them, and the answer to what it asked for.

No person is named in either: a draft is named by its file, whose name is ours (docs/pipeline/utkast.md).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from itertools import groupby
from types import MappingProxyType
from typing import Any

from schemas.koder import kodeverk
from schemas.loader import SCHEMAS, load
from transforms.dokument_tekster import tekster
from transforms.svar_tekster import svartekster

# Notepad shows æ, ø and å by the byte order mark, and lines by both characters.
_BOM, _LINJESKIFT = "\ufeff", "\r\n"


class Utkaststand(StrEnum):
    """How a draft stands, in the order of the list."""

    SENDES = "SENDES"
    STANSET = "STANSET"
    PA_VEI = "PA_VEI"
    SENDT = "SENDT"


class Beskjedutfall(StrEnum):
    """What came of something that a sender laid in `stopp/` or `send/`."""

    STANSET = "STANSET"
    DELVIS_STANSET = "DELVIS_STANSET"
    SENDES = "SENDES"
    HAR_GATT = "HAR_GATT"
    HOLDT = "HOLDT"
    ERSTATTET = "ERSTATTET"
    TILBAKEKALT = "TILBAKEKALT"
    UKJENT = "UKJENT"


@dataclass(frozen=True, order=True)
class Utkastlinje:
    """One draft of the list: how it stands, the day it goes (where it waits for one), its file and its type.

    `utenfor_avtalen` are the categories for which it waits: the databehandleravtale does not tick them.
    """

    stand: Utkaststand
    sendes: str
    fil: str
    dokumenttype: str
    utenfor_avtalen: tuple[str, ...] = ()


@dataclass(frozen=True)
class Beskjedsvar:
    """What came of one file in `mappe`. `fil` is our name of the draft; None where the sender's told of none."""

    mappe: str
    fil: str | None
    lagt_inn: datetime
    utfall: Beskjedutfall


def render_oversikt(linjer: Iterable[Utkastlinje], avsender: str, maalform: str) -> bytes:
    """The list beside the drafts: what they are, when each goes, and how one is stopped. The same lines, same bytes."""
    ord_ = _texts(maalform)["oversikt"]
    ut = [ord_["tittel"].format(avsender=avsender), ""]
    for avsnitt in ord_["forklaring"]:
        ut += [avsnitt, ""]
    rekkefolge = list(Utkaststand)
    sortert = sorted(linjer, key=lambda linje: (rekkefolge.index(linje.stand), linje.sendes, linje.fil))
    for (stand, sendes), gruppe in groupby(sortert, key=lambda linje: (linje.stand, linje.sendes)):
        dag = tekster(maalform).dato(date.fromisoformat(sendes)) if sendes else ""
        ut += [f"{ord_['grupper'][stand].format(dag=dag)}:"]
        for ett in gruppe:
            ut += [f"  {ord_['linje'].format(fil=ett.fil, dokument=_type_in_words(ett.dokumenttype))}"]
            if ett.utenfor_avtalen:
                kategorier = "; ".join(map(kodeverk("personopplysning").tekst, ett.utenfor_avtalen))
                ut += [f"    {ord_['utenforAvtalen'].format(kategorier=kategorier)}"]
        ut += [""]
    return _as_text(ut)


def render_beskjedsvar(svar: Sequence[Beskjedsvar], avsender: str, maalform: str, tid: datetime) -> bytes:
    """The answer to what a sender laid in `stopp/` and `send/`, one paragraph each, in the order they came.

    A name that told of no draft is not repeated: it may hold a person's.
    """
    ord_ = _texts(maalform)["svar"]
    tidspunkt = svartekster(maalform).tidspunkt
    ut = [ord_["tittel"].format(avsender=avsender, tid=tidspunkt(tid)), ""]
    for ett in svar:
        overskrift = ord_["fil"] if ett.fil else ord_["ukjentFil"]
        ut += [
            overskrift.format(mappe=ett.mappe, fil=ett.fil, tid=tidspunkt(ett.lagt_inn)),
            f"  {ord_[ett.mappe][ett.utfall]}",
            "",
        ]
    return _as_text(ut)


def _type_in_words(dokumenttype: str) -> str:
    return kodeverk("dokumenttype").tekst(dokumenttype)


def _as_text(linjer: Sequence[str]) -> bytes:
    return (_BOM + _LINJESKIFT.join(linjer)).encode()


@cache
def _texts(maalform: str) -> Mapping[str, Any]:
    return MappingProxyType(load(SCHEMAS / "utkast" / f"tekster.{maalform}.yaml", "utkasttekster"))
