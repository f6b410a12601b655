"""Holds on deletion, for a dispute or a complaint: the only thing that postpones it. docs/pipeline/sletting.md

Each is an event with who and why, sealed with its deltakelse and gone with it.
"""

from datetime import date

from schemas.sletteoppfolging import sletteoppfolging
from tiltaksflyt.ledger import IkkeFunnet, Tilbakehold
from tiltaksflyt.pipeline.driftsinngrep import Inngrep
from tiltaksflyt.pipeline.feil import Bruksfeil
from tiltaksflyt.pipeline.omgivelser import Omgivelser


def hold_back(
    omgivelser: Omgivelser, *, avsender: str, deltakelse: str, til: date, inngrep: Inngrep, dato: date
) -> str:
    """Hold back the deletion of a deltakelse, by the sender's own id, from `dato` to `til`; the id of the hold.

    Raises Bruksfeil for one that is not there or whose erasure is begun, and for an end that is past or further away
    than schemas/regelverk/sletteoppfolging.yaml allows.
    """
    if til < dato:
        raise Bruksfeil("--to is past; a hold needs a last day that has not been")
    lengst = dato + sletteoppfolging().tilbakehold
    if til > lengst:
        raise Bruksfeil(f"--to is at most {lengst.isoformat()}; a hold that is needed longer is begun anew by then")
    ref = omgivelser.ledger.deltakelser.find_ref(avsender, deltakelse)
    if ref is None:
        raise Bruksfeil("this sender has no such deltakelse, or its erasure is begun; nothing holds that back")
    try:
        with omgivelser.ledger.transaction():
            tilbakehold_id = omgivelser.ledger.tilbakehold.begin(
                ref, av=inngrep.av, grunn=inngrep.grunn, fra=dato, til=til
            )
            _note(omgivelser, "SLETTING_HOLDT_TILBAKE", tilbakehold_id, ref, inngrep, dato)
    except IkkeFunnet:
        raise Bruksfeil("the erasure of this deltakelse is begun; nothing holds it back") from None
    return tilbakehold_id


def lift(omgivelser: Omgivelser, tilbakehold_id: str, inngrep: Inngrep, dato: date) -> None:
    """Lift a hold from `dato` on: what is past its last day is erased the night after. Raises Bruksfeil."""
    holdet = next((ett for ett in standing(omgivelser, dato) if ett.tilbakehold_id == tilbakehold_id), None)
    if holdet is None:
        raise Bruksfeil("no such hold is in force; `tiltaksflyt tilbakehold list` shows those that are")
    with omgivelser.ledger.transaction():
        omgivelser.ledger.tilbakehold.lift(tilbakehold_id, av=inngrep.av, dato=dato)
        _note(omgivelser, "TILBAKEHOLD_OPPHEVET", tilbakehold_id, holdet.ref, inngrep, dato)


def standing(omgivelser: Omgivelser, dato: date) -> tuple[Tilbakehold, ...]:
    """The holds in force on a day, those that end first at the top."""
    return omgivelser.ledger.tilbakehold.active(dato)


def _note(omgivelser: Omgivelser, type_: str, tilbakehold_id: str, ref: str, inngrep: Inngrep, dato: date) -> None:
    innhold = {"tilbakeholdId": tilbakehold_id, "av": inngrep.av, "grunn": inngrep.grunn}
    omgivelser.ledger.hendelser.append(type_, innhold, tid=inngrep.now, dato=dato, ref=ref)
