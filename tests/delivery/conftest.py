"""The same builder and receiver as the receiver's own tests, and a bucket."""

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.lokalt.seaweedfs import LokalSeaweedFS, mottakerrettigheter
from tiltaksflyt.storage import Storage

_NAVN = "mottakerfiksturer"
_spesifikasjon = importlib.util.spec_from_file_location(
    _NAVN, Path(__file__).parents[1] / "referansemottak" / "conftest.py"
)
assert _spesifikasjon is not None
assert _spesifikasjon.loader is not None
_modul = sys.modules[_NAVN] = importlib.util.module_from_spec(_spesifikasjon)
_spesifikasjon.loader.exec_module(_modul)
bygger, nokkelfil, start_mottak = _modul.bygger, _modul.nokkelfil, _modul.start_mottak


@pytest.fixture(scope="session")
def seaweed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LokalSeaweedFS]:
    """A running store, with a recipient that has its own folders."""
    rettigheter = {"mottaker": mottakerrettigheter("tiltaksflyt", "mottakere/0315/inn", "mottakere/0315/kvitteringer")}
    with LokalSeaweedFS(tmp_path_factory.mktemp("seaweedfs"), rettigheter=rettigheter) as lager:
        yield lager


@pytest.fixture
def storage(seaweed: LokalSeaweedFS) -> Iterator[Storage]:
    """Our own view of the bucket."""
    with Storage(seaweed.oppsett) as lager:
        lager.delete_prefix("mottakere/")
        yield lager
