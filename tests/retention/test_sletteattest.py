"""Which evidence is of which month, and that an auditor with sha256sum gets the numbers on the page."""

import hashlib
import re
import shlex
import subprocess
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.transforms.sletteattester import small
from tiltaksflyt.ledger import Bevis, Kjedehode
from tiltaksflyt.ledger.bevis import INGEN
from tiltaksflyt.ledger.kryptering import canonical
from tiltaksflyt.retention.bevisutdrag import make_bundle, of_month, of_sender, write_bundle
from tiltaksflyt.retention.forankring import Forankring
from tiltaksflyt.retention.sletteattest import closing_entry, describe_chain, first_covering
from transforms.maned import Maned
from transforms.sletteattest import attest_page

AVSENDER, ANNEN = "889640782", "974760673"
NOKKEL = Ed25519PrivateKey.generate()
MAI, JUNI = Maned(2026, 5), Maned(2026, 6)


def _chain(*oppforinger: dict[str, Any]) -> list[Bevis]:
    kjede: list[Bevis] = []
    for nr, verdier in enumerate(oppforinger, start=1):
        innhold = canonical(
            {
                "avsender": AVSENDER,
                **verdier,
                "lopenr": nr,
                "forrige": kjede[-1].hash if kjede else INGEN,
                "slettesakId": None,
            }
        )
        hash_ = hashlib.sha256(innhold).hexdigest()
        kjede.append(Bevis(nr, None, innhold.decode(), hash_, NOKKEL.sign(innhold)))
    return kjede


def _erased(dato: str, **endret: Any) -> dict[str, Any]:
    return {"art": "SLETTING", "dato": dato, **endret}


def _closed(maned: str, dato: str) -> dict[str, Any]:
    return {"art": "MANEDSSTAND", "maned": maned, "dato": dato}


def _numbers(kjede: list[Bevis], maned: Maned) -> list[int]:
    return [bevis.lopenr for bevis in of_month(of_sender(kjede, AVSENDER), maned)]


@pytest.mark.parametrize(
    ("dato", "maned"),
    [
        ("2026-04-30", Maned(2026, 4)),
        ("2026-05-01", MAI),
        ("2026-05-31", MAI),
        ("2026-06-01", JUNI),
        ("2028-02-29", Maned(2028, 2)),
        ("2026-12-31", Maned(2026, 12)),
        ("2027-01-01", Maned(2027, 1)),
    ],
)
def test_the_day_in_oslo_decides_the_month(dato: str, maned: Maned) -> None:
    kjede = _chain(_erased(dato))
    assert _numbers(kjede, maned) == [1]
    assert _numbers(kjede, Maned.before(date(maned.ar, maned.maned, 1))) == []
    assert _numbers(kjede, Maned.of(maned.siste_dag + timedelta(days=1))) == []


def test_what_was_begun_in_may_and_finished_in_june_is_of_june() -> None:
    kjede = _chain(_erased("2026-05-31", fullfort="2026-06-01"))
    assert (_numbers(kjede, MAI), _numbers(kjede, JUNI)) == ([], [1])


def test_a_closed_month_never_grows_and_what_comes_after_is_of_the_closing_month() -> None:
    kjede = _chain(
        _erased("2026-05-30"),
        _erased("2026-05-30", avsender=ANNEN),
        _erased("2026-06-01"),
        _closed("2026-05", "2026-06-01"),
        _erased("2026-05-31"),  # run again as of a day gone by
        _erased("2026-06-02"),
        {"art": "FORSEGLING", "dato": "2026-06-02", "avsender": None},
    )
    assert _numbers(kjede[:4], MAI) == _numbers(kjede, MAI) == [1, 4]
    assert _numbers(kjede, JUNI) == [3, 5, 6]
    egne = of_sender(kjede, AVSENDER)
    assert closing_entry(egne, MAI) == kjede[3]
    assert closing_entry(egne, JUNI) is None
    assert closing_entry(of_sender(kjede, ANNEN), MAI) is None


def test_the_shortest_anchored_chain_that_holds_the_entry_is_the_one_for_ever() -> None:
    kjede = _chain(*[_erased("2026-05-01")] * 5)
    ankere = [
        Forankring(date(2026, 5, 1), Kjedehode(2, "b")),
        Forankring(date(2026, 5, 2), Kjedehode(4, "d")),
        Forankring(date(2026, 5, 3), Kjedehode(4, "d")),
    ]
    assert first_covering(ankere, kjede[2]) == ankere[1]
    assert first_covering(ankere, kjede[3]) == ankere[1]
    assert first_covering(ankere, kjede[4]) is None
    senere = [*ankere, Forankring(date(2026, 5, 4), Kjedehode(5, "e"))]
    assert first_covering(senere, kjede[2]) == ankere[1]


def test_the_commands_on_the_page_give_what_the_page_says(tmp_path: Path) -> None:
    """The page's own commands, in a shell, on the files of the month's extract: without our code."""
    kjede = _chain(
        _erased("2026-04-30"),
        _erased("2026-05-30", avsender=ANNEN),
        _erased("2026-05-30"),
        _erased("2026-06-01"),
        _closed("2026-05", "2026-06-01"),
    )
    anker = Forankring(date(2026, 6, 1), Kjedehode(5, kjede[4].hash))
    filer = make_bundle(kjede, [anker], avsender=AVSENDER, maned=MAI, nokkel=NOKKEL)
    write_bundle(tmp_path / "utdrag", filer)
    fil = tmp_path / "sletteattest-2026-05.pdf"
    fil.write_bytes(b"a page")
    fil.with_name(f"{fil.name}.sig").write_bytes(NOKKEL.sign(b"a page"))

    sagt = describe_chain(of_month(of_sender(kjede, AVSENDER), MAI), anker, NOKKEL.public_key())
    assert (sagt.forste, sagt.siste, sagt.antall, sagt.hode_antall) == (3, 5, 2, 5)
    _, kontroll, avtrykk, signatur = attest_page(small())["bevis"]["kommandoer"]
    nokkel = "openssl pkey -pubin -in utdrag/offentlig-nokkel.pem -outform DER | openssl dgst -sha256"  # LES-MEG.md
    assert nokkel.replace("utdrag/", "").replace("|", "\\|") in (tmp_path / "utdrag/LES-MEG.md").read_text()

    def run(kommando: str) -> str:
        svar = subprocess.run(["sh", "-ec", kommando], capture_output=True, text=True, check=True, cwd=tmp_path)
        return svar.stdout

    assert run(kontroll) == "I orden: 2 bevis, 5 ledd i kjeden\n"
    assert run(avtrykk).split()[0] == sagt.avtrykk
    assert run(nokkel).split()[-1] == sagt.nokkelavtrykk
    assert re.search(f"^{sagt.hode_antall} {sagt.hode} ", (tmp_path / "utdrag/kjede.txt").read_text(), re.MULTILINE)
    assert "Signature Verified Successfully" in run(signatur)
    fil.write_bytes(b"b page")
    assert subprocess.run(shlex.split(signatur), cwd=tmp_path, capture_output=True, check=False).returncode != 0
