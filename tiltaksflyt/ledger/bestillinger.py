"""Nav's own text of the bestilling: not kept once the sluttrapport that answers it is accepted.

docs/pipeline/vedlikehold.md. An export that has it still is stored without it.
"""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Connection, select

from tiltaksflyt.ledger.database import chunks
from tiltaksflyt.ledger.kvitteringsfil import SVAR
from tiltaksflyt.ledger.tabeller import deltakelse, dokument, forsendelse
from tiltaksflyt.ledger.tilstander import Forsendelsestilstand

_GODTATT = [svar for svar, tilstand in SVAR.items() if tilstand is Forsendelsestilstand.GODTATT]
# A copy to another recipient has a melding_id of its own: it is the recipient of the original who decides.
_GODTATTE = (
    select(forsendelse.c.ref)
    .join(dokument, dokument.c.melding_id == forsendelse.c.melding_id)
    .where(dokument.c.type == "SLUTTRAPPORT", forsendelse.c.svar.in_(_GODTATT))
)


def answered(conn: Connection, refs: Collection[str]) -> frozenset[str]:
    """Those of some deltakelser of which a sluttrapport is accepted; a newer version that is not changes nothing."""
    return frozenset(
        ref for bunt in chunks(list(refs)) for ref in conn.scalars(_GODTATTE.where(forsendelse.c.ref.in_(bunt)))
    )


def all_answered(conn: Connection) -> tuple[str, ...]:
    """Every deltakelse of which a sluttrapport is accepted and nothing is being erased."""
    return tuple(
        conn.scalars(
            select(deltakelse.c.ref)
            .where(deltakelse.c.ref.in_(_GODTATTE), deltakelse.c.under_sletting.is_(False))
            .order_by(deltakelse.c.avsender, deltakelse.c.ref)
        )
    )


def has_bestilling(post: Mapping[str, Any]) -> bool:
    """Whether a record has the text."""
    return "bestillingTekst" in post.get("deltakelse", {})


def without_bestilling(post: Mapping[str, Any]) -> dict[str, Any]:
    """The record without the text; all else as it was."""
    if not has_bestilling(post):
        return dict(post)
    return {**post, "deltakelse": {felt: v for felt, v in post["deltakelse"].items() if felt != "bestillingTekst"}}
