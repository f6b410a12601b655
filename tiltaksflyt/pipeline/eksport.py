"""What a sender's accepted state is as NAV's own records. Opening it is logged with each deltakelse that goes out."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from expectations.avvik import is_safe_key
from tiltaksflyt.pipeline.feil import Oppsettsfeil
from tiltaksflyt.pipeline.omgivelser import Omgivelser
from transforms.deltaker_ekstern import Lagringsfakta, Mangel, UfullstendigPost, build_record
from transforms.poster import Deltakelsespost

FORMATER = ("json", "jsonl")


@dataclass(frozen=True)
class Utelatt:
    """A deltakelse that is no record of NAV's, by the sender's own id where that may be shown."""

    deltakelse_id: str | None
    mangel: Mangel


@dataclass(frozen=True)
class Eksport:
    """The records, and what was left out and why."""

    poster: Sequence[dict[str, Any]] = field(repr=False)
    utelatt: Sequence[Utelatt]

    def write(self, format_: str) -> bytes:
        """The records as a JSON list, or as one line each."""
        if format_ == "jsonl":
            return "".join(f"{json.dumps(post, ensure_ascii=False)}\n" for post in self.poster).encode()
        return f"{json.dumps(self.poster, ensure_ascii=False, indent=2)}\n".encode()


def export_records(omgivelser: Omgivelser, orgnr: str, *, dato: date, grunn: str | None, now: datetime) -> Eksport:
    """The deltakelser of one sender as they are accepted, those first seen after `dato` left out.

    In production a reason is needed; it is logged with each deltakelse (personvern: access). Raises Oppsettsfeil
    without one, and for a sender that has no set-up.
    """
    if orgnr not in omgivelser.oppsett.avsendere:
        raise Oppsettsfeil("the sender has no set-up; add avsendere/<orgnr>.yaml")
    if not omgivelser.er_test and not grunn:
        raise Oppsettsfeil("--reason is required in production, and is logged")
    poster: list[dict[str, Any]] = []
    utelatt: list[Utelatt] = []
    for fakta, post in _accepted(omgivelser, orgnr, dato):
        try:
            poster.append(build_record(post, fakta))
        except UfullstendigPost as feil:
            utelatt.append(Utelatt(_safe_id(post), feil.mangel))
            continue
        innhold = {"format": "amt.deltaker-ekstern-v1", "grunn": grunn or "test"}
        omgivelser.ledger.hendelser.append("DELTAKELSE_EKSPORTERT", innhold, tid=now, dato=dato, ref=fakta.ref)
    return Eksport(poster, utelatt)


def _accepted(omgivelser: Omgivelser, orgnr: str, dato: date) -> Iterator[tuple[Lagringsfakta, Deltakelsespost]]:
    for rad, innhold in omgivelser.ledger.deltakelser.each(orgnr):
        if rad.forst_sett <= dato:
            yield Lagringsfakta(rad.ref, rad.forst_sett, rad.sist_endret), Deltakelsespost(innhold)


def _safe_id(post: Deltakelsespost) -> str | None:
    id_ = str(post.deltakelse["deltakelseId"])
    return id_ if is_safe_key(id_) else None
