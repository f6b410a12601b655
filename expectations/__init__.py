"""What must hold: the rule catalogue as data, the predicates that ask it, and the verdict on a drop or a document."""

from expectations.dokumentkontroll import Dokumentsak, evaluate_document, evaluate_documents
from expectations.feil import Feilkode, KontrollFeil
from expectations.grunnlag import Innsendt
from expectations.historikk import Historikk
from expectations.innsamling import assemble
from expectations.kontroll import Kontroll, evaluate, evaluate_chunk, niva
from expectations.utfall import Deltakelsesutfall

__all__ = [
    "Deltakelsesutfall",
    "Dokumentsak",
    "Feilkode",
    "Historikk",
    "Innsendt",
    "Kontroll",
    "KontrollFeil",
    "assemble",
    "evaluate",
    "evaluate_chunk",
    "evaluate_document",
    "evaluate_documents",
    "niva",
]
