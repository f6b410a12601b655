"""How often things happen, as the sources count them. `(egen)` marks this project's own assumption.

Sources: 002 = Oslo Economics 2020, mapping of AFT; line numbers are those of the file. Nothing here describes a real
person or a real arrangør: the figures shape synthetic data only.
"""

import itertools
import math
from random import Random

from tiltaksflyt.syntetisk.trekning import draw

# --- arrangører ---- 002 L1210-1214, L1237-1249: mean 28 deltakere, half at most 10, 5 % over 100
_STORRELSER = ((0.0, 2.0), (0.5, 10.0), (0.95, 100.0), (1.0, 250.0))
SNITT_PER_ARRANGOR = 28

# Deltakere a month by fylke, 002 L1161-1192, in the 2020 structure. The split to today's fylker is (egen).
FYLKER = (
    ("42", 553.0),
    ("34", 639.0),
    ("15", 199.0),
    ("18", 449.0),
    ("03", 915.0),
    ("11", 448.0),
    ("55", 330.0),
    ("56", 148.0),
    ("50", 809.0),
    ("39", 560.0),
    ("40", 423.0),
    ("46", 740.0),
    ("31", 520.0),
    ("32", 560.0),
    ("33", 366.0),
)


def storrelse(kvantil: float) -> float:
    """How many deltakere an arrangør at this quantile (0 to 1) has at a time."""
    for (q0, s0), (q1, s1) in itertools.pairwise(_STORRELSER):
        if kvantil <= q1:
            return float(s0 * (s1 / s0) ** ((kvantil - q0) / (q1 - q0)))
    return _STORRELSER[-1][1]


# --- persons ---- 002 L2304-2351; the few who are 17 (L732-746) are left out, since IDE010 asks whether that is a fault
ALDER = ((18, 24, 22.2), (25, 29, 16.8), (30, 49, 43.5), (50, 66, 17.5))
KVINNEANDEL = ((18, 24, 0.42), (25, 29, 0.47), (30, 49, 0.51), (50, 66, 0.47))
ANDEL_MED_FLERE_LOP = 0.082  # 002 L639-645
ANDEL_D_NUMMER = 0.02  # (egen)


def alder(kvantil: float) -> int:
    """Age at start for a quantile (0 to 1): bands as counted, even inside a band."""
    rest = kvantil * sum(vekt for _, _, vekt in ALDER)
    for fra, til, vekt in ALDER:
        if rest < vekt:
            return fra + int(rest / vekt * (til - fra + 1))
        rest -= vekt
    return ALDER[-1][1]


def kvinneandel(ar: int) -> float:
    """The share of women among those of this age."""
    return next(andel for fra, til, andel in KVINNEANDEL if fra <= ar <= til)


# --- duration ---- 002 L3487-3507, L3544-3556, L655-671 (prose); the third year and the split inside 1-6 are (egen)
NULL_DAGER = "NULL_DAGER"
NOYAKTIG_TOLV = "NOYAKTIG_TOLV"
# name, first month, last month (as fractions of a month of 30.44 days), percent
VARIGHET = (
    (NULL_DAGER, 0.0, 0.0, 1.9),
    ("UNDER_EN", 0.16, 1.0, 8.0),
    ("EN_TIL_TRE", 1.0, 3.0, 23.7),
    ("TRE_TIL_SEKS", 3.0, 6.0, 27.8),
    ("SEKS_TIL_TOLV", 6.0, 12.0, 13.0),
    (NOYAKTIG_TOLV, 12.0, 12.0, 7.0),
    ("TOLV_TIL_ATTEN", 12.1, 18.0, 15.0),
    ("ATTEN_TIL_TJUEFIRE", 18.0, 24.0, 2.6),
    ("TREDJE_AR", 24.1, 35.5, 1.0),
)
DAGER_I_EN_MANED = 365.25 / 12


def varighet(rng: Random) -> tuple[str, int]:
    """The class and the days of one tiltaksløp. The days of NOYAKTIG_TOLV are decided by the calendar."""
    navn, fra, til = draw(rng, [((navn, fra, til), vekt) for navn, fra, til, vekt in VARIGHET])
    if navn == NULL_DAGER:
        return navn, 0
    return navn, max(1, math.ceil((fra + (til - fra) * rng.random()) * DAGER_I_EN_MANED))


# --- results ---- arrangør's own: arbeid 36, utdanning 11, annet 53 (002 L197-201). The share in work one month after
# shapes it by duration (002 L7542-7562); the shape is used, not the level. NULL_DAGER never met.
_I_ARBEID = {
    "UNDER_EN": 9.0,
    "EN_TIL_TRE": 21.0,
    "TRE_TIL_SEKS": 21.0,
    "SEKS_TIL_TOLV": 23.0,
    NOYAKTIG_TOLV: 22.0,
    "TOLV_TIL_ATTEN": 22.0,
    "ATTEN_TIL_TJUEFIRE": 11.0,
    "TREDJE_AR": 11.0,
}
ANDEL_ARBEID = 0.36
ANDEL_UTDANNING = 0.11
_MOTTE = sum(vekt for navn, _, _, vekt in VARIGHET if navn != NULL_DAGER)
_SNITT_I_ARBEID = sum(vekt * _I_ARBEID.get(navn, 0.0) for navn, _, _, vekt in VARIGHET) / 100

# Inside «annet» (002 L6163-6229, L6611-6623 name them, the shares are egen).
_ANNET = (
    ("AVKLART_UFOR", 24.0),
    ("ANNET_TILTAK", 22.0),
    ("SLUTTET_A_MOTE", 18.0),
    ("FULLTIDSBEHANDLING", 14.0),
    ("MYE_FRAVAER", 12.0),
    ("ANNEN_GRUNN", 10.0),
)
_ANNET_TIDLIG = (("SLUTTET_A_MOTE", 60.0), ("FULLTIDSBEHANDLING", 15.0), ("ANNEN_GRUNN", 15.0), ("ANNET_TILTAK", 10.0))
_ANNET_SENT = (("TILTAKSPERIODEN_OVERSKREDET", 55.0), ("AVKLART_UFOR", 30.0), ("ANNET_TILTAK", 15.0))


def resultat(rng: Random, klasse: str) -> str:
    """The result at the end of a løp of this duration class, a code of resultat_ved_slutt."""
    if klasse == NULL_DAGER:
        return "MOTTE_IKKE_VED_OPPSTART"
    utfall = rng.random()
    arbeid = ANDEL_ARBEID * _I_ARBEID[klasse] / _SNITT_I_ARBEID
    if utfall < arbeid:
        return "ARBEID"
    if utfall < arbeid + ANDEL_UTDANNING * 100 / _MOTTE:
        return "UTDANNING"
    annet = {"UNDER_EN": _ANNET_TIDLIG, "ATTEN_TIL_TJUEFIRE": _ANNET_SENT, "TREDJE_AR": _ANNET_SENT}
    return draw(rng, annet.get(klasse, _ANNET))


# --- content and follow-up ----
# Waiting time up to six months (002 L3801-3803), the shape is (egen): days from bestilling to start.
VENTETID = (((5, 21), 35.0), ((22, 56), 40.0), ((57, 112), 19.0), ((113, 175), 6.0))
ANDEL_ALDRI_STARTET = 0.02  # (egen)
# First ordinary practice from two weeks, most within four months (002 L5135-5139, L5403-5415); shares (egen)
FORSTE_PRAKSIS = (((14, 27), 30.0), ((28, 56), 45.0), ((57, 105), 25.0))
# Share of deltakere that come to an ordinary virksomhet, by arrangør: 15 % of arrangører say that many are only
# internal, 28 % that about half or many are in none (002 L5293-5311, L5495-5503); the levels are (egen)
ORDINAER_PRAKSIS = ((0.45, 15.0), (0.65, 13.0), (0.92, 72.0))
SEKTOR = (("PRIVAT", 68.0), ("KOMMUNAL", 26.0), ("STATLIG", 6.0))  # mostly private, few statlige: 002 L5323-5359
# Start 50-100 % in steps of 10, 10 % of persons 30-49 % (egen)
STARTPROSENT = (
    (30, 4.0),
    (40, 6.0),
    (50, 22.0),
    (60, 14.0),
    (70, 9.0),
    (80, 14.0),
    (90, 4.0),
    (100, 27.0),
)
# Over half of the jobs are part time (002 L223); the steps are (egen)
STILLINGSPROSENT = ((20, 5.0), (30, 7.0), (40, 10.0), (50, 16.0), (60, 8.0), (80, 10.0), (100, 44.0))
ANDEL_JOBB_VED_SIDEN_AV = 0.04  # exception agreed; 48 % of arrangører have some (002 L6430-6432), share (egen)
ANDEL_SAMTYKKE = 0.5  # of those who go to work or education (egen)
ANDEL_FORTSATT_I_ARBEID = 0.76  # two thirds to 85 % (002 L2080-2084 target, egen)
ANDEL_SYSTEMATISK_ETTEROPPFOLGING = 0.14  # of arrangører, 002 L6101-6111
