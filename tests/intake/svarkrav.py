"""What holds of every answer from the door, whatever was dropped."""

from schemas.avvik import Alvorlighet, Avvik
from schemas.kontrakt import tabeller
from tests.intake.mutasjoner import KANARI
from tiltaksflyt.intake import Lesing


def check_answer(lesing: Lesing, logg: str) -> None:
    """`logg` is what was logged on the way. Raises AssertionError, which never says what the file said."""
    assert logg == "", "a surprise is a bug, also when it is answered"
    assert all(isinstance(avvik, Avvik) for avvik in lesing.avvik), "the answer is made of deviations"
    avvist = any(avvik.alvorlighet is Alvorlighet.AVVIST_FIL for avvik in lesing.avvik)
    assert lesing.avvist == avvist, "refused is refused for a reason that is told"
    assert not (lesing.avvist and lesing.tabeller), "nothing of a refused drop is used"
    for navn, ramme in lesing.tabeller.items():
        assert list(ramme.columns) == [*tabeller()[navn].felter, "_rad", "_post"], "a frame has the contract's fields"
    sagt = repr(lesing.avvik) + lesing.problemer.to_csv() + lesing.lest_som
    assert KANARI not in sagt, "a value of the file is said"
