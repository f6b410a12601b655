"""Opening what is known of a deltaker: in which role, by whom and why. docs/pipeline/tilgang.md

In production an act that shows a person's document or record needs all three, and a role that may do it
(schemas/tilgang/roller.yaml). Every opening is in the access log, committed, before anything is shown: where the log
cannot be written, nothing is. The log names the slettesakId, never the person.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from schemas.tilgangsroller import tilgangsroller
from tiltaksflyt.ledger import Tilgang
from tiltaksflyt.pipeline.begrunnelse import refuse_personident
from tiltaksflyt.pipeline.feil import Bruksfeil, IngenTilgang, Oppsettsfeil
from tiltaksflyt.pipeline.omgivelser import Omgivelser
from transforms.kalender import OSLO

APNE_DOKUMENT, SE_FRISTER, EKSPORTERE = "APNE_DOKUMENT", "SE_FRISTER", "EKSPORTERE"
GI_INNSYN, TREKKE_TILBAKE = "GI_INNSYN", "TREKKE_TILBAKE"
# What stands in the log of a test deployment where nothing was said.
_TEST = "TEST"


@dataclass(frozen=True)
class Apning:
    """A permitted act: in which role, by whom, why, and when. Only `permit` makes one."""

    handling: str
    rolle: str
    av: str
    grunn: str
    now: datetime


def permit(
    omgivelser: Omgivelser, handling: str, *, rolle: str | None, av: str | None, grunn: str | None, now: datetime
) -> Apning:
    """The act, if the role may do it and who and why are said; a test deployment lets them be left out.

    Raises Oppsettsfeil where production is told too little, Bruksfeil for a role that is none or a text that holds a
    personident, IngenTilgang for a role that may not.
    """
    rolle, av, grunn = ((tekst or "").strip() for tekst in (rolle, av, grunn))
    if not omgivelser.er_test and not (rolle and av and grunn):
        raise Oppsettsfeil("--role, --by and --reason are required in production, and are logged before anything opens")
    roller = tilgangsroller()
    if rolle and rolle not in roller.roller:
        raise Bruksfeil(f"--role is one of {', '.join(roller.roller)}")
    if rolle and not roller.allows(rolle, handling):
        raise IngenTilgang(
            f"{rolle} kan ikke gjøre dette: {roller.handlinger[handling]}. "
            f"This needs --role {' or '.join(roller.may(handling))}; nothing was opened"
        )
    refuse_personident(av, grunn, now)
    return Apning(handling, rolle or _TEST, av or _TEST, grunn or _TEST, now)


def log_openings(omgivelser: Omgivelser, apning: Apning, refs: Collection[str]) -> None:
    """Note that these deltakelser are about to be opened. Raises IkkeFunnet and LedgerFeil; then show nothing."""
    ledger = omgivelser.ledger
    with ledger.transaction():
        saker = ledger.slettinger.case_ids(refs)
        rader = [_row(apning, ledger.deltakelser.get(ref).avsender, sak) for ref, sak in saker.items()]
        if rader:
            ledger.tilganger.record(rader)


def log_search(omgivelser: Omgivelser, apning: Apning, avsender: str) -> None:
    """Note that one looked for somebody at a sender and found nothing to open."""
    omgivelser.ledger.tilganger.record([_row(apning, avsender, None)])


def _row(apning: Apning, avsender: str, slettesak_id: str | None) -> Tilgang:
    return Tilgang(apning.now, avsender, apning.handling, apning.rolle, apning.av, apning.grunn, slettesak_id)


def list_openings(omgivelser: Omgivelser, avsender: str, fra: date | None, til: date | None) -> list[dict[str, str]]:
    """The extract of the access log for one arrangør and Nav: days in Oslo, both included. No person is in it."""
    rader = omgivelser.ledger.tilganger.of_sender(
        avsender, fra=_midnight(fra), til=_midnight(til + timedelta(days=1)) if til else None
    )
    return list(_as_json(rader))


def _as_json(rader: Iterable[Tilgang]) -> Iterable[dict[str, str]]:
    for rad in rader:
        yield {
            "tid": rad.tid.astimezone(OSLO).isoformat(timespec="seconds"),
            "handling": rad.handling,
            "handlingTekst": tilgangsroller().handlinger.get(rad.handling, rad.handling),
            "rolle": rad.rolle,
            "av": rad.av,
            "grunn": rad.grunn,
            "slettesakId": rad.slettesak_id or "",
        }


def _midnight(dag: date | None) -> datetime | None:
    return None if dag is None else datetime.combine(dag, time.min, OSLO)
