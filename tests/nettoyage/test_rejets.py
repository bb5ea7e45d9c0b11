"""Les règles de rejet : un code stable par motif, et un remède pour chacun."""

from __future__ import annotations

import polars as pl
import pytest

from observatoire.modele import Type
from observatoire.nettoyage.rejets import MOTIF_CLE, MOTIF_SERVICE, REGLES, regle, remede


@pytest.mark.parametrize("code", REGLES)
def test_chaque_motif_retrouve_sa_regle(code: str) -> None:
    """Aucun début de motif n'en cache un autre."""
    assert pl.select(regle(pl.lit(f"{REGLES[code]} suite"))).item() == code


@pytest.mark.parametrize(
    ("motif", "code"),
    [
        (MOTIF_CLE.format("id_mesure", "a.csv, ligne 3"), "cle_contradictoire"),
        (MOTIF_SERVICE.format("voisin", "essai"), "autre_service"),
        ("modalité inconnue de la liste logement", "modalite_inconnue"),
    ],
)
def test_motifs_composes(motif: str, code: str) -> None:
    assert pl.select(regle(pl.lit(motif))).item() == code


@pytest.mark.parametrize("code", REGLES)
@pytest.mark.parametrize("type_", Type)
def test_chaque_rejet_a_un_remede(code: str, type_: Type) -> None:
    dit = pl.select(remede(pl.lit(code), pl.lit(None, pl.String), type_)).item()
    assert dit.endswith(".") and len(dit) > 20


def test_la_proposition_precede_le_remede() -> None:
    dit = pl.select(remede(pl.lit("modalite_inconnue"), pl.lit("Vouliez-vous dire « Homme seul » ?"), Type.CODE)).item()
    assert dit.startswith("Vouliez-vous dire « Homme seul » ? Corrigez l'écriture")
