"""An integrasjonspunkt on loopback, and a package."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.delivery.eformidling.formidlingssak import make_package
from tests.motparter.eformidling import Eformidling
from tiltaksflyt.delivery import Pakke


@pytest.fixture
def punkt() -> Iterator[Eformidling]:
    with Eformidling() as motpart:
        yield motpart


@pytest.fixture
def pakke(tmp_path: Path) -> Pakke:
    return make_package(tmp_path)
