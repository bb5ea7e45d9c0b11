"""Les dates : toutes leurs écritures, et le refus de celles qui n'existent pas."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from observatoire.erreurs import ErreurParametre
from observatoire.nettoyage.dates import (
    MOTIF_AMBIGU,
    MOTIF_CONTREDIT,
    MOTIF_ILLISIBLE,
    MOTIF_IMPOSSIBLE,
    NATURE_INVERSE,
    NATURE_PROUVEE,
    ORIGINE_1904,
    PIVOT,
    nettoyer_dates,
    nettoyer_mois,
)
from tests.nettoyage.outils import RAPIDE, issue, valeurs

MOIS = [
    *("janvier", "février", "mars", "avril", "mai", "juin"),
    *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
]
ABREGES = ["janv", "févr", "mars", "avr", "mai", "juin", "juil", "août", "sept", "oct", "nov", "déc"]
EPOQUE = dt.date(1899, 12, 30)

ECRITURES = {
    "jj/mm/aaaa": lambda j: f"{j:%d/%m/%Y}",
    "j-m-aaaa": lambda j: f"{j.day}-{j.month}-{j.year}",
    "jj.mm.aaaa": lambda j: f"{j:%d.%m.%Y}",
    "iso": lambda j: j.isoformat(),
    "iso et heure": lambda j: f"{j.isoformat()} 00:00:00",
    "iso T Z": lambda j: f"{j.isoformat()}T14:30:05.123Z",
    "français et heure": lambda j: f"{j:%d/%m/%Y} 14h30",
    "compacte": lambda j: f"{j:%Y%m%d}",
    "lettres": lambda j: f"{j.day}{'er' if j.day == 1 else ''} {MOIS[j.month - 1]} {j.year}",
    "capitales": lambda j: f"{j.day} {MOIS[j.month - 1]} {j.year}".upper(),
    "abrégée": lambda j: f"{j.day}-{ABREGES[j.month - 1]}.-{j.year}",
    "insécables": lambda j: f"\u00a0{j:%d/%m/%Y}\u202f",
    "tableur": lambda j: str((j - EPOQUE).days),
    "tableur décimal": lambda j: f"{(j - EPOQUE).days}.5",
}


def jours(debut: int, fin: int) -> st.SearchStrategy[list[dt.date]]:
    return st.lists(st.dates(dt.date(debut, 1, 1), dt.date(fin, 12, 31)), min_size=1, max_size=20)


@pytest.mark.parametrize("ecriture", ECRITURES)
@RAPIDE
@given(dates=jours(1930, 2099))
def test_aller_retour(ecriture: str, dates: list[dt.date]) -> None:
    """Toute date se relit dans toutes ses écritures."""
    assert valeurs(nettoyer_dates, [ECRITURES[ecriture](jour) for jour in dates]) == dates


@RAPIDE
@given(dates=jours(1970, 2069))
def test_annee_a_deux_chiffres(dates: list[dt.date]) -> None:
    """Jusqu'à 69 : années 2000."""
    assert valeurs(nettoyer_dates, [f"{jour.day}/{jour.month}/{jour:%y}" for jour in dates]) == dates


def test_annee_a_deux_chiffres_signalee() -> None:
    assert issue(nettoyer_dates, "3/4/22") == (dt.date(2022, 4, 3), None, "année à deux chiffres")


@RAPIDE
@given(dates=jours(1950, 2099))
def test_ordre_declare(dates: list[dt.date]) -> None:
    assert valeurs(nettoyer_dates, [f"{jour:%m/%d/%Y}" for jour in dates], "mja") == dates
    assert valeurs(nettoyer_dates, [f"{jour:%Y/%m/%d}" for jour in dates], "amj") == dates
    assert valeurs(nettoyer_dates, [f"{jour:%d/%m/%Y}" for jour in dates], "amj") == dates


def test_ordre_annee_en_tete_a_deux_chiffres() -> None:
    assert valeurs(nettoyer_dates, ["22/03/04"], "amj") == [dt.date(2022, 3, 4)]


@pytest.mark.parametrize(
    "ecriture", ["31/02/2022", "2022-13-01", "32/01/2022", "29/02/2021", "30 février 2022", "01/01/1066"]
)
def test_date_impossible_refusee(ecriture: str) -> None:
    """Une date qui n'existe pas n'est jamais déplacée."""
    assert issue(nettoyer_dates, ecriture) == (None, MOTIF_IMPOSSIBLE, None)


@pytest.mark.parametrize("ecriture", ["hier", "2022", "12/2022", "3 brumaire 2022", "1/2/3/4", "=AUJOURDHUI()"])
def test_date_illisible_refusee(ecriture: str) -> None:
    assert issue(nettoyer_dates, ecriture) == (None, MOTIF_ILLISIBLE, None)


def test_le_mois_et_le_jour_ne_s_echangent_pas() -> None:
    """12/25/2022 est refusée dans un export jour/mois : on ne devine pas."""
    assert issue(nettoyer_dates, "12/25/2022")[1] == MOTIF_IMPOSSIBLE


@pytest.mark.parametrize(
    "ecriture", ["NC", "?", "-", "néant", "n/a", "Non renseigné", "00/00/0000", "en cours", "0000-00-00"]
)
def test_absence_videe_et_signalee(ecriture: str) -> None:
    assert issue(nettoyer_dates, ecriture) == (None, None, "marque d'absence")


def test_cellule_vide_sans_bruit() -> None:
    assert issue(nettoyer_dates, "  ") == (None, None, None)


# --- Dates à deux lectures -------------------------------------------------------------------------------


def lues(ecritures: list[str], ordre: str = "") -> list[tuple[dt.date | None, str | None, str | None]]:
    return nettoyer_dates(pl.Series(ecritures), ordre).select("valeur", "motif", "nature").rows()


def test_la_colonne_prouve_jour_mois() -> None:
    """Une seule date sûre suffit à lire les autres, et cela se dit."""
    assert lues(["03/04/2022", "25/12/2022"]) == [
        (dt.date(2022, 4, 3), None, NATURE_PROUVEE), (dt.date(2022, 12, 25), None, None),
    ]  # fmt: skip


def test_la_colonne_prouve_mois_jour() -> None:
    """Toute la colonne est retournée, et chaque date l'est dans les corrections."""
    assert lues(["03/04/2022", "12/25/2022", "05/05/2022"]) == [
        (dt.date(2022, 3, 4), None, NATURE_INVERSE), (dt.date(2022, 12, 25), None, NATURE_INVERSE),
        (dt.date(2022, 5, 5), None, None),
    ]  # fmt: skip


def test_rien_ne_prouve_rien() -> None:
    """Sans preuve ni déclaration, une date à deux lectures est refusée ; une écriture sûre reste lue."""
    assert lues(["03/04/2022", "2022-05-06", "07/07/2022", "8 mars 2022", "44564"]) == [
        (None, MOTIF_AMBIGU, None), (dt.date(2022, 5, 6), None, None), (dt.date(2022, 7, 7), None, None),
        (dt.date(2022, 3, 8), None, "date en lettres"), (dt.date(2022, 1, 3), None, "numéro de jour d'Excel"),
    ]  # fmt: skip


def test_preuves_contraires() -> None:
    """Deux exports collés bout à bout : chaque date sûre se lit, les autres se demandent."""
    assert [v for v, _, _ in lues(["03/04/2022", "25/12/2022", "12/25/2022"])] == [
        None, dt.date(2022, 12, 25), dt.date(2022, 12, 25),
    ]  # fmt: skip


def test_ordre_declare_contredit_par_la_colonne() -> None:
    """Le service dit jour/mois, toutes les dates sûres disent mois/jour : rien n'est deviné."""
    assert [m for _, m, _ in lues(["03/04/2022", "12/25/2022"], "jma")] == [MOTIF_CONTREDIT, MOTIF_IMPOSSIBLE]
    assert [v for v, _, _ in lues(["03/04/2022", "25/12/2022", "12/25/2022"], "jma")] == [
        dt.date(2022, 4, 3), dt.date(2022, 12, 25), None,
    ]  # fmt: skip


def test_naissance_a_deux_lectures() -> None:
    """Le mois d'une naissance dépend de l'ordre : il se prouve ou se refuse aussi."""
    assert nettoyer_mois(pl.Series(["03/04/1999"]), "")["motif"].to_list() == [MOTIF_AMBIGU]
    assert nettoyer_mois(pl.Series(["03/04/1999", "25/12/1999"]), "")["valeur"].to_list() == ["1999-04", "1999-12"]


def test_calendrier_1904() -> None:
    assert valeurs(nettoyer_dates, ["43102"], "jma", PIVOT, ORIGINE_1904) == [dt.date(2022, 1, 3)]


@RAPIDE
@given(dates=jours(1970, 2069), ordre=st.sampled_from(["%d/%m/%Y", "%m/%d/%Y"]))
def test_une_colonne_prouvee_se_relit_toute(dates: list[dt.date], ordre: str) -> None:
    """Dès qu'une date n'a qu'une lecture, toute la colonne se relit dans son ordre."""
    temoin = dt.date(2022, 12, 25)
    ecrites = [f"{jour:{ordre}}" for jour in [*dates, temoin]]
    assert valeurs(nettoyer_dates, ecrites, "") == [*dates, temoin]


def test_ordre_inconnu() -> None:
    with pytest.raises(ErreurParametre, match=r"Ordre de date « jam » inconnu"):
        issue(nettoyer_dates, "01/02/2022", "jam")


@RAPIDE
@given(dates=jours(1930, 2029))
def test_mois(dates: list[dt.date]) -> None:
    """Un mois, ou une date entière réduite à son mois."""
    attendus = [f"{jour:%Y-%m}" for jour in dates]
    for ecriture in ("%Y-%m", "%m/%Y", "%d/%m/%Y", "%d/%m/%y"):
        assert valeurs(nettoyer_mois, [f"{jour:{ecriture}}" for jour in dates]) == attendus
    assert valeurs(nettoyer_mois, [f"{MOIS[jour.month - 1]} {jour.year}" for jour in dates]) == attendus


def test_jour_de_naissance_jamais_signale() -> None:
    """Réduire une naissance à son mois ne laisse pas sa date dans la liste des corrections."""
    assert issue(nettoyer_mois, "03/05/1999") == ("1999-05", None, None)


@pytest.mark.parametrize(("ecriture", "motif"), [("2022-13", "mois qui n'existe pas"), ("1998", "mois illisible")])
def test_mois_refuse(ecriture: str, motif: str) -> None:
    assert issue(nettoyer_mois, ecriture) == (None, motif, None)
