"""Ce que l'import a écarté : les clés contredites se comptent au code de leur règle, pas aux mots de leur motif."""

from __future__ import annotations

from pathlib import Path

import pytest

from observatoire.entrepot import REJETS, lire_entrepot
from observatoire.qualite.reception import cles_contradictoires
from tests.qualite.fabrique import SERVICE, espace_d_essai

ENTETE = "fichier;feuille;ligne;table;colonne;valeur;regle;motif;remede;cellules"
ANCIEN_ENTETE = "fichier;feuille;ligne;table;colonne;valeur;motif;remede"


def comptes(dossier: Path, *lignes: str) -> dict[str, int]:
    espace = espace_d_essai(dossier)
    (espace.entrepot(SERVICE) / REJETS).write_text("\n".join([*lignes, ""]), encoding="utf-8-sig")
    return cles_contradictoires(lire_entrepot(espace, SERVICE))


def test_le_code_de_la_regle_compte_et_le_motif_peut_changer_de_mots(tmp_path: Path) -> None:
    assert comptes(
        tmp_path,
        ENTETE,
        "m.csv;;7;mesure;date_fin;x;cle_contradictoire;clé déjà vue ailleurs;;",
        "m.csv;;8;mesure;date_fin;x;cle_contradictoire;clé déjà vue ailleurs;;",
        "a.csv;;2;acte;date;x;cle_contradictoire;clé déjà vue ailleurs;;",
        "m.csv;;9;mesure;motif_fin;x;modalite_inconnue;même id_mesure que rien;;",
    ) == {"acte": 1, "mesure": 2}


def test_un_fichier_d_avant_la_colonne_regle_se_lit_encore(tmp_path: Path) -> None:
    assert comptes(
        tmp_path,
        ANCIEN_ENTETE,
        "m.csv;;7;mesure;date_fin;X3;même id_mesure que m.csv, ligne 6, avec d'autres valeurs;",
        "r.csv;;3;participation;x;X3;même id_acte + id_personne que r.csv, ligne 2, avec d'autres valeurs;",
        "m.csv;;9;mesure;date_fin;hier;date illisible;",
    ) == {"mesure": 1, "participation": 1}


def test_un_rejet_ancien_reuni_a_des_rejets_recents_compte_encore(tmp_path: Path) -> None:
    assert comptes(
        tmp_path,
        ENTETE,
        "m.csv;;7;mesure;date_fin;x;cle_contradictoire;clé déjà vue ailleurs;;",
        "a.csv;;3;acte;date;x;;même id_acte que a.csv, ligne 2, avec d'autres valeurs;;",
        "a.csv;;4;acte;date;x;;date illisible;;",
    ) == {"acte": 1, "mesure": 1}


@pytest.mark.parametrize("contenu", [(), (ENTETE,)])
def test_sans_rejet_rien_ne_se_contredit(tmp_path: Path, contenu: tuple[str, ...]) -> None:
    if contenu:
        assert comptes(tmp_path, *contenu) == {}
    else:
        assert cles_contradictoires(lire_entrepot(espace_d_essai(tmp_path), SERVICE)) == {}
