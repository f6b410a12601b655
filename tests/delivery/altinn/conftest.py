"""A package to a recipient in Broker, and the ledger's part of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.delivery.altinn.altinnsak import Altinnsak, Hovedbok, open_case


@pytest.fixture
def sak(tmp_path: Path) -> Iterator[Altinnsak]:
    with open_case(tmp_path) as sak:
        yield sak


@pytest.fixture
def bok() -> Hovedbok:
    return Hovedbok()
