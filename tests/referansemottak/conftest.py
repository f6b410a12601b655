"""The builder of packages, and a running receiver."""

import importlib.util
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from tiltaksflyt.referansemottak import Mottaksoppsett, Referansemottak

BRUKER = "tiltaksflyt"


@pytest.fixture(scope="session")
def bygger() -> Any:
    """The module pakkebygger."""
    navn = "pakkebygger"
    if navn not in sys.modules:
        spesifikasjon = importlib.util.spec_from_file_location(navn, Path(__file__).with_name(f"{navn}.py"))
        assert spesifikasjon is not None
        assert spesifikasjon.loader is not None
        modul = importlib.util.module_from_spec(spesifikasjon)
        sys.modules[navn] = modul
        spesifikasjon.loader.exec_module(modul)
    return sys.modules[navn]


@dataclass(frozen=True)
class Mottaker:
    """A running receiver, and what a sender needs to reach it."""

    tjeneste: Referansemottak
    nokkelfil: Path

    @property
    def hjem(self) -> Path:
        """The sender's folder on the receiver's disk."""
        return self.tjeneste.mottak.home(BRUKER)

    def settings(self) -> dict[str, Any]:
        """As in mottakere.yaml, under sftp."""
        return {
            "vert": "127.0.0.1",
            "port": self.tjeneste.port,
            "bruker": BRUKER,
            "nokkelfil": str(self.nokkelfil),
            "vertsnokkel": self.tjeneste.vertsnokkel,
            "inn": "inn",
            "kvitteringer": "kvitteringer",
        }


@pytest.fixture(scope="session")
def nokkelfil(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sender's private key."""
    fil = tmp_path_factory.mktemp("nokler") / BRUKER
    nokkel = asyncssh.generate_private_key("ssh-ed25519")
    nokkel.write_private_key(fil)
    fil.chmod(0o600)
    nokkel.write_public_key(fil.with_suffix(".pub"))
    return fil


@pytest.fixture
def start_mottak(tmp_path: Path, nokkelfil: Path, bygger: Any) -> Iterator[Callable[..., Mottaker]]:
    """Starts receivers, and stops them all."""
    startede: list[Referansemottak] = []

    def start(katalog: str = "mottak", **valg: Any) -> Mottaker:
        oppsett = Mottaksoppsett(tmp_path / katalog, frozenset({"0315", "0316"}), bygger.apner(), **valg)
        tjeneste = Referansemottak(oppsett, {BRUKER: asyncssh.read_public_key_list(nokkelfil.with_suffix(".pub"))})
        startede.append(tjeneste)
        tjeneste.start()
        return Mottaker(tjeneste, nokkelfil)

    yield start
    for tjeneste in startede:
        tjeneste.stop()
