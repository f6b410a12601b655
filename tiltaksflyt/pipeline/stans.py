"""Stops that the steps themselves ask for and make: a step that is held, a recipient that refuses our key.

docs/pipeline/levering.md. What operators hold and let go is in driftsinngrep.py.
"""

from datetime import datetime

from tiltaksflyt.ledger import Statuskode
from tiltaksflyt.pipeline.omgivelser import Omgivelser
from transforms.kalender import oslo_dato

HUSET = "tiltaksflyt"
# A key that is refused is not tried again and again: that looks like an attack, and locks the account.
TILGANGSFEIL = frozenset({Statuskode.TILGANG_NEKTET, Statuskode.UKJENT_VERTSNOKKEL})


def is_step_stopped(omgivelser: Omgivelser, steg: str) -> bool:
    """Whether an operator holds the step."""
    return any((ett.gjelder, ett.verdi) == ("STEG", steg) for ett in omgivelser.ledger.stanser.active())


def stop(omgivelser: Omgivelser, gjelder: str, verdi: str, *, av: str, grunn: str, now: datetime) -> None:
    """Stop something that is not stopped, until a person lets it go, and note it as an event, in one commit."""
    with omgivelser.ledger.transaction():
        omgivelser.ledger.stanser.stop(gjelder, verdi, av=av, grunn=grunn, now=now)
        innhold = {"gjelder": gjelder, "verdi": verdi, "av": av, "grunn": grunn}
        omgivelser.ledger.hendelser.append("STANSET", innhold, tid=now, dato=oslo_dato(now))


def stop_recipient(omgivelser: Omgivelser, mottaker: str, kode: Statuskode, now: datetime) -> None:
    """The house itself stops a recipient that does not let us in, until a person lets it go; noted as an event."""
    with omgivelser.ledger.transaction():
        if mottaker not in _stopped(omgivelser):
            stop(omgivelser, "MOTTAKER", mottaker, av=HUSET, grunn=kode.value, now=now)


def refusing_recipients(omgivelser: Omgivelser) -> frozenset[str]:
    """The recipients that the house has stopped: those that do not let us in."""
    return frozenset(mottaker for mottaker, av in _stopped(omgivelser).items() if av == HUSET)


def _stopped(omgivelser: Omgivelser) -> dict[str, str]:
    return {ett.verdi: ett.av for ett in omgivelser.ledger.stanser.active() if ett.gjelder == "MOTTAKER"}
