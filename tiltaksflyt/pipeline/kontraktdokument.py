"""Reads a contract document (JSON) into canonical records, without a sender, a rule or a ledger: for `deadlines`.

The same door and the same derivations as for a drop; only the rules are left out, so that what is owed can be shown
for a case that is not in order.
"""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from expectations.grunnlag import Innsendt
from expectations.innsamling import assemble
from expectations.kontroll import evaluate_chunk
from expectations.rammer import to_verdi
from schemas.kontrakt import tabeller
from tiltaksflyt.intake import Lesing, read_drop
from tiltaksflyt.pipeline.feil import UlestDokument
from tiltaksflyt.pipeline.validering import default_sender
from transforms.poster import Deltakelsespost

_UTEN_AVSENDER = "000000000"


def read_document(fil: Path, dato: date) -> tuple[tuple[Deltakelsespost, ...], tuple[Mapping[str, Any], ...]]:
    """The deltakelser of a document, and its samtykker. Raises UlestDokument."""
    avsender = default_sender(_UTEN_AVSENDER, "TEST")
    lesing = read_drop(
        _without_header(fil),
        filnavn="dokument.json",
        avsender=avsender,
        mottatt=datetime.combine(dato, time(12), UTC),
        modus="TEST",
    )
    if lesing.avvist:
        raise UlestDokument(f"not a contract document: {', '.join(avvik.regelId for avvik in lesing.avvik)}")
    innsendt = Innsendt(lesing.tabeller, lesing.problemer, lesing.hode, avsender)
    (kontroll,), _ = evaluate_chunk([innsendt], asof=dato, mottakere={}, regler=())
    poster = assemble(lesing.tabeller, kontroll)
    if any("status" not in post.deltakelse or "tiltakskode" not in post.deltakelse for post in poster):
        raise UlestDokument(
            "a deltakelse lacks a readable status or tiltakskode; run `tiltaksflyt validate` on the file"
        )
    return poster, tuple(_rows(lesing, "samtykke"))


def _without_header(fil: Path) -> bytes:
    try:
        innhold = json.loads(fil.read_text(encoding="utf-8"))
    except OSError:
        raise UlestDokument("the file could not be opened") from None
    except ValueError:
        raise UlestDokument("the file is not JSON in UTF-8") from None
    if not isinstance(innhold, dict) or not isinstance(innhold.get("deltakelse"), list):
        raise UlestDokument("the document has no list «deltakelse»")
    innhold.pop("innsending", None)
    personer = innhold.setdefault("deltaker", [])
    kjente = {rad.get("deltakerId") for rad in personer}
    nevnte = {rad.get("deltakerId") for rad in innhold["deltakelse"]} - kjente
    personer += [{"deltakerId": deltaker_id} for deltaker_id in sorted(nevnte - {None})]
    return json.dumps(innhold).encode()


def _rows(lesing: Lesing, tabell: str) -> list[Mapping[str, Any]]:
    ramme = lesing.tabeller.get(tabell)
    if ramme is None:
        return []
    felter = tabeller()[tabell].felter
    return [
        {navn: to_verdi(rad[navn], felt.type) for navn, felt in felter.items() if rad[navn]}
        for rad in ramme.to_dict("records")
    ]
