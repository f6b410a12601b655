"""The line of a sender that wants to see its documents first."""

import pytest

from tests.pipeline.conftest import Linje
from tests.pipeline.saker import document, plan, running
from tests.pipeline.utkast.utkastsaker import MANDAG, START, set_drafts


@pytest.fixture
def linje(linje: Linje) -> Linje:
    set_drafts(linje)
    return linje


@pytest.fixture
def lagt(linje: Linje) -> Linje:
    """One finished plan, laid out as a draft on a Monday."""
    linje.receive(document(MANDAG, [running(1, START)], plan=[plan(1, MANDAG)]))
    antall = linje.run("rapportering")
    assert (antall["bygget"], antall["utkastLagt"]) == (1, 1)
    return linje
