"""What a sender's accepted state is as NAV's own records. Opening it is logged with each deltakelse that goes out."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from expectations.avvik import is_safe_key
from tiltaksflyt.pipeline.feil import Oppsettsfeil
from tiltaksflyt.pipeline.omgivelser import Omgivelser
from tiltaksflyt.pipeline.tilgang import Apning, log_openings
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


def export_records(omgivelser: Omgivelser, orgnr: str, *, dato: date, apning: Apning) -> Eksport:
    """The deltakelser of one sender as they are accepted, those first seen after `dato` left out.

    Each that goes out is in the access log, and among its own events, before any is answered. Raises Oppsettsfeil for
    a sender that has no set-up.
    """
    if orgnr not in omgivelser.oppsett.avsendere:
        raise Oppsettsfeil("the sender has no set-up; add avsendere/<orgnr>.yaml")
    poster: dict[str, dict[str, Any]] = {}
    utelatt: list[Utelatt] = []
    for fakta, post in _accepted(omgivelser, orgnr, dato):
        try:
            poster[fakta.ref] = build_record(post, fakta)
        except UfullstendigPost as feil:
            utelatt.append(Utelatt(_safe_id(post), feil.mangel))
    _log(omgivelser, apning, poster, dato)
    return Eksport(list(poster.values()), utelatt)


def _log(omgivelser: Omgivelser, apning: Apning, refs: Iterable[str], dato: date) -> None:
    innhold = {"format": "amt.deltaker-ekstern-v1", "grunn": apning.grunn}
    with omgivelser.ledger.transaction():
        log_openings(omgivelser, apning, list(refs))
        for ref in refs:
            omgivelser.ledger.hendelser.append("DELTAKELSE_EKSPORTERT", innhold, tid=apning.now, dato=dato, ref=ref)


def _accepted(omgivelser: Omgivelser, orgnr: str, dato: date) -> Iterator[tuple[Lagringsfakta, Deltakelsespost]]:
    for rad, innhold in omgivelser.ledger.deltakelser.each(orgnr):
        if rad.forst_sett <= dato:
            yield Lagringsfakta(rad.ref, rad.forst_sett, rad.sist_endret), Deltakelsespost(innhold)


def _safe_id(post: Deltakelsespost) -> str | None:
    id_ = str(post.deltakelse["deltakelseId"])
    return id_ if is_safe_key(id_) else None
