"""Les cinq rapports transcrits : les anomalies prouvées se retrouvent, les identités ne déclenchent rien.

`CONSTATS` justifie chaque constat par le numéro d'une anomalie de `tests/reference/anomalies.csv` ; une anomalie
prouvée qui n'y est pas est dans `HORS_DES_CHIFFRES`, avec ce qui manque au CSV pour la trouver.
"""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest

from observatoire.controle_imprime import COLONNES, PROUVE, SUSPECT, Bilan, controler

REFERENCE = Path(__file__).parents[1] / "reference"
PUBLIES = sorted((REFERENCE / "publie").glob("*.csv"))

# document → (anomalie, règle, niveau, ligne du chiffre mis en cause, imprimé, recalculé)
CONSTATS = {
    "ltiae_2022": [
        ("L1", "totaux", PROUVE, 96, "8", "7"),
        ("L2", "contradictions", PROUVE, 23, "5 ; 7", "7"),
        ("L4", "contradictions", PROUVE, 121, "14 ; 13", "14"),
        ("L5", "pourcentages", PROUVE, 122, "57 %", "50,0 %"),
        ("L6", "pourcentages", PROUVE, 124, "35 %", "36 %"),
    ],
    "aide_accueil_2018": [("C5", "relations", PROUVE, 3, "6", "7")],
    "cahier_fede_pdl_2020": [("C1", "elements_nommes", PROUVE, 49, "3", "4")],
    "habitat_ase_2022": [
        ("H1", "series", PROUVE, 40, "580 (+4,9 %)", "504 (−8,9 %)"),
        ("H3", "base_non_dite", PROUVE, 59, "pourcentages sans base", "base 268 (personnes_accueillies)"),
        ("H4", "moyennes", PROUVE, 94, "632 et 732 euros pour 21", "base d'au moins 22 (19/22)"),
        ("H6", "relations", PROUVE, 105, "22", "19"),
        ("H7", "capacite", SUSPECT, 124, "10", "au plus 9"),
    ],
    "ccas_grenoble_2009": [("G1", "cout_net", PROUVE, 42, "350 000", "357 000")],
}

HORS_DES_CHIFFRES = {
    "L7": "Le mois de la baisse est dit en toutes lettres, sans chiffre : aucune ligne du CSV ne le porte.",
    "L8": "L'année fausse est dans un titre du sommaire, que la transcription ne recopie pas.",
    "C2": "Le CSV garde l'année (2020) des deux dates, pas leur mois : rien n'y est impossible.",
    "C3": "Les numéros de fiche et les renvois ne sont pas des mesures : ils ne sont pas transcrits.",
    "C4": "Le nombre d'étapes annoncé est transcrit, pas les puces qui les listent.",
    "H5": "L'appartement encore en travaux est dit par une phrase sans chiffre, non transcrite.",
    "H9": "« Autant de » n'est pas transcrit : 38 et 40 sont deux faits sans comparaison imprimée.",
}

# Les identités que le contrôle refait lui-même : numéro → (document, règle, lignes qui portent le résultat).
IDENTITES = {
    "I1": ("ltiae_2022", "totaux", {28, 29, 66, 67, 81, 82, 89, 90}),
    "I2": ("ltiae_2022", "totaux", {55}),
    "I3": ("ltiae_2022", "listes_de_phrases", {32}),
    "I3 bis": ("ltiae_2022", "details", {34, 35}),
    "I5": ("ltiae_2022", "file_active", {54}),
    "I6": ("ltiae_2022", "totaux", {102, 106, 108, 110, 112, 114, 115, 116, 117, 118, 119}),
    "I9": ("ltiae_2022", "totaux", {284, 285}),
    "I9 bis": ("ltiae_2022", "listes_de_phrases", {286}),
    "I10": ("ltiae_2022", "totaux", {137, 148, 154, 156, 166, 170, 177, 189, 198, 200, 202, *range(205, 219)}),
    "I11": ("ltiae_2022", "totaux", {220, 222, 230, 238, 240, 248, 262, *range(263, 277)}),
    "I12": ("ltiae_2022", "pourcentages", {68, 69, 83, 84, 278}),
    "I13": ("aide_accueil_2018", "totaux", {11}),
    "I14": ("cahier_fede_pdl_2020", "totaux", {32, 33, 35, 36}),
    "I15": ("cahier_fede_pdl_2020", "pourcentages", set(range(4, 38, 3))),
    "I16": ("cahier_fede_pdl_2020", "totaux", {71, 76, 127}),
    "I16 bis": ("cahier_fede_pdl_2020", "par_unite", {148}),
    "I16 ter": ("cahier_fede_pdl_2020", "listes_de_phrases", {50}),
    "I17": ("habitat_ase_2022", "totaux", {26, 31, 37, 43}),
    "I18": ("habitat_ase_2022", "series", {23, 28, 34}),
    "I19": ("habitat_ase_2022", "totaux", {51}),
    "I21": ("habitat_ase_2022", "totaux", {10, 68}),
    "I21 bis": ("habitat_ase_2022", "contradictions", {46, 48, 53}),
    "I21 ter": ("habitat_ase_2022", "moyennes", {61}),
    "I22": ("habitat_ase_2022", "totaux", {105, 109, 110, 115, 126}),
    "I22 bis": ("habitat_ase_2022", "devenirs", {126}),
    "I24": ("habitat_ase_2022", "totaux", {154}),
    "I26": ("habitat_ase_2022", "totaux", {178}),
    "I27": ("habitat_ase_2022", "pourcentages", {221}),
    "I27 bis": ("habitat_ase_2022", "totaux", {207}),
    "I28": ("habitat_ase_2022", "territoires_reunis", {255}),
    "I29": ("habitat_ase_2022", "parts", {57}),
    "I30": ("ccas_grenoble_2009", "budget_annuel", {12}),
    "I31": ("ccas_grenoble_2009", "totaux", {95}),
    "I32": ("ccas_grenoble_2009", "actions_annoncees", {10, 22, 76}),
}


@pytest.fixture(scope="module")
def bilans() -> dict[str, Bilan]:
    return {f.stem: controler(f) for f in PUBLIES}


def lignes_csv(fichier: Path) -> list[dict[str, str]]:
    with fichier.open(encoding="utf-8", newline="") as lu:
        return list(csv.DictReader(lu))


def test_les_cinq_transcriptions_sont_la_sans_phrase_des_rapports():
    assert {f.stem: len(lignes_csv(f)) for f in PUBLIES} == {
        "aide_accueil_2018": 12,
        "cahier_fede_pdl_2020": 174,
        "ccas_grenoble_2009": 110,
        "habitat_ase_2022": 257,
        "ltiae_2022": 294,
    }
    for fichier in PUBLIES:
        assert tuple(lignes_csv(fichier)[0]) == COLONNES


@pytest.mark.parametrize("document", CONSTATS)
def test_chaque_constat_est_une_anomalie_et_chaque_anomalie_un_constat(bilans, document):
    """Le tableau est tenu dans les deux sens : un constat de trop est une fausse alerte."""
    trouves = {
        (c.regle, c.niveau, c.lignes[0], texte(c.imprime), texte(c.recalcule)) for c in bilans[document].constats
    }
    assert trouves == {attendu[1:] for attendu in CONSTATS[document]}
    assert len(bilans[document].constats) == len(CONSTATS[document])


def test_chaque_anomalie_prouvee_est_trouvee_ou_expliquee():
    anomalies = {a["numero"]: a["niveau"] for a in lignes_csv(REFERENCE / "anomalies.csv")}
    prouvees = {n for n, niveau in anomalies.items() if niveau == "P"}
    trouvees = {n for constats in CONSTATS.values() for n, *_ in constats}
    assert trouvees <= set(anomalies)
    assert trouvees & prouvees == prouvees - set(HORS_DES_CHIFFRES)
    assert (len(trouvees & prouvees), len(prouvees)) == (12, 19)
    assert all(len(raison) > 40 for raison in HORS_DES_CHIFFRES.values())


def test_ce_que_les_regles_trouvent_sans_relation_declaree(tmp_path):
    """Deux anomalies seulement demandent une relation déclarée : l'une lie deux fichiers, l'autre un mot du texte."""
    trouvees = set()
    for fichier in PUBLIES:
        seul = controler(Path(shutil.copy(fichier, tmp_path)))
        lignes = {(c.regle, c.lignes[0]) for c in seul.constats}
        trouvees |= {n for n, regle, _, ligne, *_ in CONSTATS[fichier.stem] if (regle, ligne) in lignes}
        assert len(lignes) == sum(regle != "relations" for _, regle, *_ in CONSTATS[fichier.stem])
    attendues = {n for constats in CONSTATS.values() for n, *_ in constats}
    assert attendues - trouvees == {"C5", "H6"}


@pytest.mark.parametrize("identite", IDENTITES)
def test_chaque_identite_est_refaite_et_tient(bilans, identite):
    document, regle, lignes = IDENTITES[identite]
    refaites = {v.lignes[0] for v in bilans[document].verifications if v.regle == regle}
    assert lignes <= refaites


def test_une_cellule_alteree_d_un_tableau_a_total_est_trouvee(tmp_path):
    """Chaque cellule des tableaux du premier rapport, altérée tour à tour, est citée par un constat de plus."""
    fichier = REFERENCE / "publie" / "ltiae_2022.csv"
    lignes = lignes_csv(fichier)
    avant = {(c.regle, c.lignes, c.recalcule) for c in controler(fichier).constats}
    cellules = [i for i, ligne in enumerate(lignes) if ligne["tableau"] != "texte"]
    assert len(cellules) > 200
    for rang in cellules[::7]:
        alterees = [dict(ligne) for ligne in lignes]
        alterees[rang]["valeur"] = str(int(lignes[rang]["valeur"]) + 3)
        copie = tmp_path / "altere.csv"
        with copie.open("w", encoding="utf-8", newline="") as sortie:
            ecrivain = csv.DictWriter(sortie, COLONNES)
            ecrivain.writeheader()
            ecrivain.writerows(alterees)
        nouveaux = [c for c in controler(copie).constats if (c.regle, c.lignes, c.recalcule) not in avant]
        assert any(rang + 2 in c.lignes for c in nouveaux), f"ligne {rang + 2}"


def texte(valeur: str) -> str:
    return valeur.replace("\u202f", " ")
