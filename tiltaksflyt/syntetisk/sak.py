"""What the rows of one deltakelse share: who, when, which ids, and the words to set into texts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from random import Random

from tiltaksflyt.syntetisk.arrangorer import Arbeidsgiver, Arrangor
from tiltaksflyt.syntetisk.forlop import Forlop, make_forlop
from tiltaksflyt.syntetisk.livslop import Lop, Person, virkedag_at_or_before
from tiltaksflyt.syntetisk.spor import Spor
from tiltaksflyt.syntetisk.tekster import Setninger, write
from tiltaksflyt.syntetisk.trekning import trekning
from tiltaksflyt.syntetisk.yrker import YRKER, Yrke
from transforms.kalender import add_virkedager

_SOMMERUKE = 28
_SOMMERUKER = 3


@dataclass(frozen=True)
class Sak:
    """One deltakelse of one person at one sender. `forlop` is None where nobody came, `ord` the words of the person."""

    person: Person
    lop: Lop
    arrangor: Arrangor
    arbeidsgivere: tuple[Arbeidsgiver, ...]
    forlop: Forlop | None
    deltakelse_id: str
    ord: Mapping[str, str]

    @property
    def yrke(self) -> Yrke:
        """The occupation the person is heading for."""
        return YRKER[self.person.yrke]

    def rng(self, navn: str) -> Random:
        """The draws of one kind of rows, apart from all others."""
        return trekning(*self.person.nokkel, self.lop.nummer, navn)

    def row(self, tabell: str, fra: date, **felter: object) -> Spor:
        """A row of a child table, registered on `fra`."""
        return Spor(tabell, fra, {"deltakelseId": self.deltakelse_id, **felter})

    def text(self, rng: Random, setninger: Setninger, dag: date | None = None, **ord_: str) -> str:
        """A text with the person's words, and the extent on `dag` where one is given."""
        prosent = {"prosent": str(self.forlop.prosent(dag))} if self.forlop and dag else {}
        return write(rng, setninger, {**self.ord, **prosent, **ord_})


def make_sak(person: Person, lop: Lop, arrangor: Arrangor, arbeidsgivere: tuple[Arbeidsgiver, ...]) -> Sak:
    """The deltakelse with its course and its words."""
    yrke = YRKER[person.yrke]
    rng = trekning(*person.nokkel, lop.nummer, "ord")
    oppgave, oppgave2 = rng.sample(yrke.oppgaver, 2)
    fag, fag2 = rng.sample(yrke.fag, 2)
    ord_ = {
        "yrke": yrke.tittel,
        "bransje": yrke.bransje,
        "oppgave": oppgave,
        "oppgave2": oppgave2,
        "fag": fag,
        "fag2": fag2,
        "kurs": rng.choice(yrke.kurs),
        "prosent": "50",
    }
    forlop = make_forlop(person, lop, arrangor, arbeidsgivere)
    deltakelse_id = f"{person.deltaker_id}-L{lop.nummer}"
    return Sak(person, lop, arrangor, arbeidsgivere, forlop, deltakelse_id, ord_)


@cache
def closed_periods(ar: int) -> tuple[tuple[date, date], ...]:
    """When a closed avdeling is closed in a year: three weeks in July, and Christmas."""
    sommer = date.fromisocalendar(ar, _SOMMERUKE, 1)
    return (
        (sommer, sommer + timedelta(days=7 * _SOMMERUKER - 1)),
        (date(ar, 12, 24), date(ar + 1, 1, 1)),
    )


def open_day(arrangor: Arrangor, dag: date) -> date:
    """The first working day at or after `dag` when the arrangør is open."""
    dag = add_virkedager(dag - timedelta(days=1), 1)
    stengt = _closure(arrangor, dag)
    return dag if stengt is None else add_virkedager(stengt[1], 1)


def last_open_day(arrangor: Arrangor, dag: date) -> date:
    """The last working day at or before `dag` when the arrangør is open."""
    dag = virkedag_at_or_before(dag)
    stengt = _closure(arrangor, dag)
    return dag if stengt is None else virkedag_at_or_before(stengt[0] - timedelta(days=1))


def _closure(arrangor: Arrangor, dag: date) -> tuple[date, date] | None:
    """The closure that a day falls in."""
    perioder = (*closed_periods(dag.year - 1), *closed_periods(dag.year)) if arrangor.sommerstengt else ()
    return next(((fra, til) for fra, til in perioder if fra <= dag <= til), None)
