"""Whatever is wrong, no value of the file is said: not in a deviation, a problem, a log line or an exception."""

import json
import logging
import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.kontrakt import Felttype, tabeller
from tiltaksflyt.intake import drop as drop_modul

KANARI = "Kanarifugl"
UNDERSOKTE_TABELLER = ("deltaker", "deltakelse", "mal", "fravaer", "oppfolging", "plass", "etteroppfolging")


def _said(lesing: Any, caplog: Any) -> str:
    return repr(lesing.avvik) + lesing.problemer.to_csv() + caplog.text + lesing.lest_som


@pytest.mark.parametrize("tabell", UNDERSOKTE_TABELLER)
def test_a_canary_in_every_cell_is_not_said(lever: Any, skriv: Any, ident: str, caplog: Any, tabell: str) -> None:
    caplog.set_level(logging.DEBUG)
    felter = list(tabeller()[tabell].felter)
    verdi = f"{KANARI} {ident} \x01"
    for data in (
        skriv.csv([felter, [verdi] * len(felter), [verdi], [verdi] * (len(felter) + 3)]),
        json.dumps({tabell: [dict.fromkeys(felter, verdi), {felt: {verdi: [verdi]} for felt in felter}]}).encode(),
        json.dumps({"tabell": tabell, **dict.fromkeys(felter, verdi)}).encode(),
        _xml(tabell, "".join(f"<{felt}>{KANARI} {ident} \u0085</{felt}>" for felt in felter)),
    ):
        lesing = lever(data, filnavn=f"{tabell}.csv")
        assert not lesing.problemer.empty
        sagt = _said(lesing, caplog)
        assert KANARI not in sagt
        assert ident not in sagt


def _xml(tabell: str, felter: str) -> bytes:
    return f"<innsending><{tabell}><rad>{felter}</rad></{tabell}></innsending>".encode()


@pytest.mark.parametrize(
    "innhold",
    [
        "{k};{i}\n{k};{i}\n",  # a header that is somebody's data
        '{{"{k}": [{{"{k}": "{i}"}}]}}',
        '{{"deltaker": [{{"{k}": 1, "{k}": 2}}]}}',
        '{{"deltaker": "{k} {i}',
        '{{"innsending": {{"opprettet": "{k}", "arrangorOrgnr": "{i}", "modus": "{k}", "innsendingId": "{k}"}}}}',
        "<a>{k}</a>",
        "<innsending><mal>{k} {i}<rad/></mal></innsending>",
        "<innsending><{k} a='{i}'><b>{i}</b></{k}></innsending>",
        "<innsending><mal><rad><malId>{k} {i}</rad></mal></innsending>",
        '{{"tabell": "{k}", "{k}": "{i}"}}\n{{"{k}": "{i}"}}',
        '{{"tabell": "mal"}}\n{{"{k}": "{i}"',
        "innsendingId;omfang\n{k};{i}\n",
    ],
)
def test_a_canary_in_a_broken_or_unknown_file_is_not_said(lever: Any, ident: str, caplog: Any, innhold: str) -> None:
    caplog.set_level(logging.DEBUG)
    lesing = lever(innhold.format(k=KANARI, i=ident).encode(), filnavn=f"{KANARI}.csv")
    assert lesing.avvist
    sagt = _said(lesing, caplog)
    assert KANARI not in sagt
    assert ident not in sagt


def test_a_canary_in_a_name_of_a_sheet_or_an_entry_is_not_said(
    lever: Any, skriv: Any, stengt: Any, caplog: Any
) -> None:
    for data in (
        skriv.xlsx({"stengt": stengt, KANARI: [[KANARI]]}),
        skriv.zip({"stengt.csv": skriv.csv(stengt), f"{KANARI}.csv": KANARI.encode()}),
        skriv.zip({f"../{KANARI}": b"x"}),
    ):
        lesing = lever(data, filnavn=f"{KANARI}.xlsx")
        assert lesing.avvik
        assert KANARI not in _said(lesing, caplog)


def test_a_surprise_inside_is_answered_and_told_without_its_text(
    lever: Any, regler: Any, skriv: Any, stengt: Any, caplog: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError(KANARI)

    monkeypatch.setattr(drop_modul, "inspect", fail)
    lesing = lever(skriv.csv(stengt))
    assert regler(lesing) == ["FIL002"]
    assert "RuntimeError" in caplog.text
    assert "test_lekkasje.fail" in caplog.text
    assert KANARI not in _said(lesing, caplog)


@pytest.mark.parametrize("stopp", [KeyboardInterrupt, SystemExit])
def test_being_asked_to_stop_is_obeyed(lever: Any, monkeypatch: pytest.MonkeyPatch, stopp: type[BaseException]) -> None:
    def fail(*_: object) -> None:
        raise stopp

    monkeypatch.setattr(drop_modul, "inspect", fail)
    with pytest.raises(stopp):
        lever(b"x")


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300), st.sampled_from([b"", b"PK\x03\x04", b"{", b"\xff\xfe", b"a;b\n", b"<", b"PAR1"]))
def test_no_bytes_make_the_door_raise(lever: Any, caplog: Any, hale: bytes, hode: bytes) -> None:
    caplog.clear()
    lesing = lever(hode + hale)
    assert lesing.avvist or lesing.tabeller
    assert not caplog.records, "a surprise is a bug, also when it is answered"


def test_a_good_file_with_any_byte_changed_is_read_or_refused(lever: Any, skriv: Any, stengt: Any, caplog: Any) -> None:
    """Each mutation is read, held or refused by name; none is a surprise."""
    tilfeldig = random.Random(7)  # noqa: S311  not for secrets
    felter = {f.navn: "1" for f in tabeller()["mal"].felter.values() if f.type is not Felttype.DATO}
    gode = [
        skriv.xlsx({"stengt": stengt, "mal": [list(felter), list(felter.values())]}),
        skriv.zip({"stengt.csv": skriv.csv(stengt), "mal.csv": skriv.csv([list(felter), list(felter.values())])}),
        json.dumps({"mal": [felter]}).encode(),
        skriv.csv(stengt, tegnsett="utf-16"),
    ]
    for god in gode:
        assert not lever(god).avvist
        for _ in range(150):
            data = bytearray(god)
            for _ in range(tilfeldig.randint(1, 4)):
                data[tilfeldig.randrange(len(data))] = tilfeldig.randrange(256)
            lever(bytes(data[: tilfeldig.choice([len(data), tilfeldig.randrange(len(data))])]))
    assert not caplog.records
