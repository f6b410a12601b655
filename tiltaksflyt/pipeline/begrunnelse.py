"""What persons say of who they are and why they do something: it is kept, so it may name nobody."""

from datetime import datetime

from tiltaksflyt.intake.identspor import any_holds_personident
from tiltaksflyt.pipeline.feil import Bruksfeil
from transforms.kalender import oslo_dato


def refuse_personident(av: str, grunn: str, now: datetime) -> None:
    """Raises Bruksfeil when either holds a number that passes for a personident, without repeating it."""
    if any_holds_personident((av, grunn), oslo_dato(now)):
        raise Bruksfeil("--by or --reason holds a personident; say it without naming anybody, for it is kept")
