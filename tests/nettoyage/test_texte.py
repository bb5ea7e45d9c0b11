"""La clé de comparaison est la même en Python et en polars."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from observatoire.nettoyage.identifiants import nettoyer_identifiants, nettoyer_textes
from observatoire.nettoyage.texte import cle, normaliser
from tests.nettoyage.outils import RAPIDE

FRANCAIS = st.text(
    "aàâbcçdeéèêëfghiîïjklmnoôœpqrstuùûüvwxyzæAÉÀÇŒ0123456789 '’-_/.,;:()«»\u00a0\u202f\t\n€°", max_size=30
)


@RAPIDE
@given(FRANCAIS)
def test_meme_cle_des_deux_cotes(texte: str) -> None:
    assert pl.DataFrame({"t": [texte]}).select(cle(pl.col("t"))).item() == normaliser(texte)


@RAPIDE
@given(FRANCAIS)
def test_cle_stable(texte: str) -> None:
    """Normaliser deux fois ne change rien ; la casse ne compte pas."""
    assert normaliser(normaliser(texte)) == normaliser(texte) == normaliser(texte.upper())


def test_identifiants_jamais_convertis() -> None:
    propre = nettoyer_identifiants(pl.Series([" 00123 ", "1e5", "A\u00a0 1", "NC", "-", "", None]))
    assert propre["valeur"].to_list() == ["00123", "1e5", "A 1", None, None, None, None]
    assert propre["nature"].is_not_null().to_list() == [False] * 3 + [True] * 2 + [False] * 2


def test_textes() -> None:
    """Les retours à la ligne d'un texte restent ; une marque d'absence devient vide."""
    propre = nettoyer_textes(pl.Series(["  Conseil\u00a0 départemental ", "ligne 1\nligne 2", "néant", "<script>"]))
    assert propre["valeur"].to_list() == ["Conseil départemental", "ligne 1\nligne 2", None, "<script>"]


def test_un_symbole_d_unite_n_est_pas_une_absence() -> None:
    """« % » et « € » se gardent dans un texte ; un tiret ou un point d'interrogation restent des marques."""
    rendus = nettoyer_textes(pl.Series(["%", "€", " % ", "?", "…", "-"]))
    assert rendus["valeur"].to_list() == ["%", "€", "%", None, None, None]
