"""A recipient with an API, whose calls and answers are held against the description, and a package to it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.delivery.https.httpssak import assert_described, make_package
from tests.motparter.https_mottak import Httpsmottak
from tiltaksflyt.delivery import Pakke


@pytest.fixture
def mottak() -> Iterator[Httpsmottak]:
    with Httpsmottak() as motpart:
        yield motpart
    assert_described(motpart)


@pytest.fixture
def pakke(tmp_path: Path) -> Pakke:
    return make_package(tmp_path)
