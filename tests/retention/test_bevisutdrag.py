"""A sender's evidence, verified as its reader does: by the script in it, with a real openssl and without our code."""

import hashlib
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tiltaksflyt.ledger import Bevis, Kjedehode
from tiltaksflyt.ledger.bevis import INGEN
from tiltaksflyt.ledger.kryptering import canonical
from tiltaksflyt.retention.bevisutdrag import make_bundle, write_bundle
from tiltaksflyt.retention.forankring import Forankring
from transforms.maned import Maned

AVSENDER, ANNEN = "889640782", "974760673"
NOKKEL = Ed25519PrivateKey.generate()
START = date(2026, 5, 28)


def _chain(antall: int, nokkel: Ed25519PrivateKey = NOKKEL, merke: str = "SISTE_DAG") -> list[Bevis]:
    """A chain by turns of two senders and a sealed day, as the ledger writes it."""
    kjede: list[Bevis] = []
    for nr in range(1, antall + 1):
        avsender = (AVSENDER, ANNEN, None)[nr % 3]
        verdier = {
            "art": "SLETTING" if avsender else "FORSEGLING",
            "avsender": avsender,
            "dato": (START + timedelta(days=nr)).isoformat(),
            "grunn": merke,
            "lopenr": nr,
            "slettesakId": f"sak-{nr}" if avsender else None,
            "forrige": kjede[-1].hash if kjede else INGEN,
        }
        innhold = canonical(verdier)
        hash_ = hashlib.sha256(innhold).hexdigest()
        kjede.append(Bevis(nr, verdier["slettesakId"], innhold.decode(), hash_, nokkel.sign(innhold)))
    return kjede


def _anchors(kjede: Sequence[Bevis], *antall: int) -> list[Forankring]:
    return [Forankring(START + timedelta(days=nr), Kjedehode(nr, kjede[nr - 1].hash if nr else INGEN)) for nr in antall]


KJEDE = _chain(9)


@pytest.fixture
def utdrag(tmp_path: Path) -> Path:
    return _write(tmp_path / "utdrag", KJEDE)


def _write(
    mappe: Path,
    kjede: Sequence[Bevis],
    maned: Maned | None = None,
    nokkel: Ed25519PrivateKey = NOKKEL,
    ankere: Sequence[Forankring] | None = None,
) -> Path:
    ankere = _anchors(kjede, 0, 4, len(kjede)) if ankere is None else ankere
    write_bundle(mappe, make_bundle(kjede, ankere, avsender=AVSENDER, maned=maned, nokkel=nokkel))
    return mappe


def _control(mappe: Path, *tidligere: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", mappe / "kontroller.sh", *tidligere], capture_output=True, text=True, check=False, cwd="/"
    )


def test_a_whole_bundle_is_in_order_and_holds_nobody_elses_evidence(utdrag: Path) -> None:
    svar = _control(utdrag)
    assert (svar.returncode, svar.stdout) == (0, "I orden: 3 bevis, 9 ledd i kjeden\n"), svar.stderr
    assert sorted(fil.name for fil in (utdrag / "bevis").glob("*.json")) == [
        f"{nr:08d}.json" for nr, bevis in enumerate(KJEDE, 1) if bevis.values()["avsender"] == AVSENDER
    ]
    assert not any(ANNEN.encode() in fil.read_bytes() for fil in utdrag.rglob("*") if fil.is_file())


def test_the_commands_of_the_page_are_openssls_own(utdrag: Path) -> None:
    """The two commands of LES-MEG.md, as they stand there, for an entry that is in the bundle."""
    side = (utdrag / "LES-MEG.md").read_text()
    (blokk,) = re.findall(r"```sh\n(.*?)```", side, re.DOTALL)
    fil = min((utdrag / "bevis").glob("*.json"))
    kommandoer = blokk.replace("00000001.json", fil.name)
    ut = subprocess.run(["sh", "-ec", kommandoer], capture_output=True, text=True, check=True, cwd=utdrag).stdout
    assert "Signature Verified Successfully" in ut
    assert hashlib.sha256(fil.read_bytes()).hexdigest() in ut
    assert hashlib.sha256(fil.read_bytes()).hexdigest() in (utdrag / "kjede.txt").read_text()


def test_one_month_has_the_months_own_and_the_whole_chain(tmp_path: Path) -> None:
    mappe = _write(tmp_path / "mai", KJEDE, Maned(2026, 5))
    assert _control(mappe).stdout == "I orden: 1 bevis, 9 ledd i kjeden\n"
    assert _control(_write(tmp_path / "april", KJEDE, Maned(2026, 4))).stdout == "I orden: 0 bevis, 9 ledd i kjeden\n"
    assert _control(_write(tmp_path / "tom", [], ankere=[])).stdout == "I orden: 0 bevis, 0 ledd i kjeden\n"


def _change_byte(navn: str) -> Callable[[Path], None]:
    def change(mappe: Path) -> None:
        fil = mappe / navn
        innhold = bytearray(fil.read_bytes())
        innhold[len(innhold) // 2] ^= 1
        fil.write_bytes(innhold)

    return change


def _remove(navn: str) -> Callable[[Path], None]:
    return lambda mappe: (mappe / navn).unlink()


def _swap(en: str, to: str) -> Callable[[Path], None]:
    def swap(mappe: Path) -> None:
        for endelse in ("", ".sig"):
            a, b = mappe / (en + endelse), mappe / (to + endelse)
            innhold = a.read_bytes()
            a.write_bytes(b.read_bytes())
            b.write_bytes(innhold)

    return swap


def _cut(mappe: Path) -> None:
    linjer = (mappe / "kjede.txt").read_text().splitlines(keepends=True)
    (mappe / "kjede.txt").write_text("".join(linjer[:-1]))


def _reorder(mappe: Path) -> None:
    linjer = (mappe / "kjede.txt").read_text().splitlines(keepends=True)
    (mappe / "kjede.txt").write_text("".join([*linjer[:4], linjer[5], linjer[4], *linjer[6:]]))


def _add(mappe: Path) -> None:
    shutil.copy(mappe / "bevis/00000003.json", mappe / "bevis/00000004.json")


@pytest.mark.parametrize(
    "forfalsk",
    [
        *(_change_byte(f"bevis/{nr:08d}.json{endelse}") for nr in (3, 6, 9) for endelse in ("", ".sig")),
        *(_change_byte(navn) for navn in ("kjede.txt", "kjede.txt.sig", "forankringer.txt", "forankringer.txt.sig")),
        *(_remove(navn) for navn in ("bevis/00000009.json", "bevis/00000006.json.sig", "kjede.txt.sig", "kjede.txt")),
        _swap("bevis/00000003.json", "bevis/00000006.json"),
        _cut,
        _reorder,
        _add,
    ],
)
def test_what_is_changed_removed_reordered_or_added_is_found(utdrag: Path, forfalsk: Callable[[Path], None]) -> None:
    forfalsk(utdrag)
    svar = _control(utdrag)
    assert svar.returncode != 0
    assert "I orden" not in svar.stdout


def test_another_key_is_found(utdrag: Path, tmp_path: Path) -> None:
    annen = _write(tmp_path / "annen", _chain(9, Ed25519PrivateKey.generate()), nokkel=Ed25519PrivateKey.generate())
    assert _control(annen).returncode != 0
    shutil.copy(annen / "offentlig-nokkel.pem", utdrag)
    assert _control(utdrag).returncode != 0


@pytest.mark.parametrize("kjede", [_chain(9, merke="NYTT"), KJEDE[:7], _chain(12, merke="NYTT")])
def test_a_chain_recomputed_or_shortened_by_the_holder_of_the_key_is_found(
    utdrag: Path, tmp_path: Path, kjede: Sequence[Bevis]
) -> None:
    egne_ankere = _write(tmp_path / "egne", kjede)
    assert _control(egne_ankere).returncode == 0  # nothing inside it can tell
    svar = _control(egne_ankere, utdrag)
    assert svar.returncode != 0
    assert "tidligere utdraget" in svar.stderr
    gamle_ankere = _write(tmp_path / "gamle", kjede, ankere=_anchors(KJEDE, 4, 9))
    svar = _control(gamle_ankere)
    assert svar.returncode != 0
    assert "forankret" in svar.stderr


def test_a_longer_chain_continues_an_earlier_bundle(utdrag: Path, tmp_path: Path) -> None:
    senere = _write(tmp_path / "senere", _chain(12))
    svar = _control(senere, utdrag)
    assert (svar.returncode, svar.stdout) == (0, "I orden: 4 bevis, 12 ledd i kjeden\n")


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "fil").touch()
    with pytest.raises(FileExistsError):
        _write(tmp_path, KJEDE)
    assert [fil.name for fil in tmp_path.iterdir()] == ["fil"]
