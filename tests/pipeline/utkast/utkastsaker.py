"""What the tests of draft and stop do and look at."""

from dataclasses import replace
from datetime import date

from tests.pipeline.conftest import Linje
from tests.pipeline.saker import AVSENDER
from tiltaksflyt.ledger import Forsendelsestilstand, Statuskode
from tiltaksflyt.pipeline.utkast import file_name

T = Forsendelsestilstand
MANDAG, TIRSDAG, ONSDAG = date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 4)
START = date(2026, 2, 10)


def set_drafts(linje: Linje, orgnr: str = AVSENDER, *, til: bool = True) -> None:
    """Turn draft and stop on or off in the set-up of one sender."""
    avsendere = dict(linje.om.oppsett.avsendere)
    avsendere[orgnr] = replace(avsendere[orgnr], utkast=til)
    linje.om = replace(linje.om, oppsett=replace(linje.om.oppsett, avsendere=avsendere))


def drafts(linje: Linje) -> list[str]:
    """The pages in the sender's `utkast/`, by their place in it."""
    return sorted(navn.removeprefix("utkast/") for navn in linje.outbox() if navn.endswith(".pdf"))


def melding_id(linje: Linje, deltakelse: str = "D1") -> str:
    rad = linje.om.ledger.dokumenter.latest(linje.ref(deltakelse), "PLAN", 0)
    assert rad is not None
    return rad.melding_id


def state(linje: Linje, deltakelse: str = "D1") -> tuple[T, Statuskode | None]:
    """How the newest version stands to its recipient."""
    (rad,) = linje.om.ledger.dokumenter.forsendelser(versjon_av=melding_id(linje, deltakelse))
    return rad.tilstand, rad.statuskode


def say(linje: Linje, mappe: str, navn: str | None = None, innhold: bytes = b"") -> None:
    """Lay a file in `stopp/` or `send/`, by default an empty one named as the draft."""
    linje.drop(innhold, f"{mappe}/{navn or file_name('PLAN', 0, melding_id(linje))}")


def answers(linje: Linje) -> list[str]:
    return [data.decode() for navn, data in sorted(linje.outbox().items()) if navn.startswith("utkast/svar/")]


def sent_pages(linje: Linje, antall: int) -> list[bytes]:
    """The pages that the recipient has in its archive, when there are so many."""
    linje.wait_for_receipts(antall)
    return [fil.read_bytes() for fil in linje.anlegg.mottakerkatalog.rglob("dokument.pdf")]


def inbox(linje: Linje) -> list[str]:
    return [versjon.nokkel for versjon in linje.om.storage.list_versions("innboks/")]
