"""Chaque chiffre imprimé des cinq documents, comparé à ce que calcule la maison.

Les fichiers de `imprimes/` recopient les chiffres imprimés, un par ligne, et disent où la maison les retrouve.
Le `statut` d'une ligne dit comment elle est contrôlée :

- `reproduit` : une cellule de la table ordonnée redonne la valeur imprimée, à l'arrondi `decimales` ;
- `anomalie` : l'imprimé se trompe ; la cellule redonne la valeur recalculée (`attendu`) ;
- `microdonnee` : le chiffre se lit dans l'entrepôt, les réglages ou les données reçues, par `verification` ;
- `texte` : le chiffre ne vient d'aucune donnée d'un service, et `raison` dit pourquoi.

Dans `modalite_*`, « A|B » additionne des cellules et « * » toutes les modalités ; `champ` dit la colonne lue ;
`territoire` vide est l'ensemble. `anomalies.csv` liste les 47 anomalies des documents et le test qui traite chacune.
"""

from __future__ import annotations

import re
import unicodedata

import pytest

from observatoire.nomenclatures import lire_nomenclature
from tests.reference.lecture import ANOMALIES, ICI, IMPRIMES, STATUTS, arrondi, valeur
from tests.reference.verifications import VERIFICATIONS

PART_DE_TEXTE = 0.25  # ce qui n'est que du texte reste l'exception


def identifiant(fichier: str, numero: int, ligne: dict[str, str]) -> str:
    """Nom du cas en français sans accent : fichier, ligne du CSV, année, indicateur imprimé, modalités."""
    morceaux = [
        fichier,
        f"ligne {numero}",
        ligne["annee"],
        ligne["indicateur_imprime"],
        ligne["modalite_imprimee_1"],
        ligne["modalite_imprimee_2"],
    ]
    texte = " ".join(m for m in morceaux if m)
    ascii_ = unicodedata.normalize("NFKD", texte).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9<]+", "_", ascii_).strip("_")


def cas(*statuts: str) -> list:
    """Les lignes imprimées d'un statut, chacune avec son identifiant de test."""
    return [
        pytest.param(ligne, id=identifiant(fichier, numero, ligne))
        for fichier, lignes in IMPRIMES.items()
        for numero, ligne in enumerate(lignes, 2)
        if ligne["statut"] in statuts
    ]


@pytest.mark.parametrize("ligne", cas("reproduit", "anomalie"))
def test_chiffre_imprime(espace_complet, ligne):
    """La cellule calculée redonne le chiffre imprimé, ou sa valeur recalculée s'il est faux."""
    calcule = valeur(
        espace_complet,
        ligne["service"],
        int(ligne["annee"]),
        ligne["indicateur"],
        ligne["ventilation_1"],
        ligne["modalite_1"],
        ligne["ventilation_2"],
        ligne["modalite_2"],
        champ=ligne["champ"],
        version=ligne["version_definition"],
        territoire=ligne["territoire"],
    )
    decimales = int(ligne["decimales"])
    assert arrondi(calcule, decimales) == arrondi(ligne["attendu"], decimales), (
        f"imprimé {ligne['valeur_imprimee']} {ligne['unite']}, attendu {ligne['attendu']}, calculé {calcule}"
    )


@pytest.mark.parametrize("ligne", cas("microdonnee"))
def test_chiffre_lu_dans_les_donnees(espace_complet, ligne):
    """Le chiffre imprimé se retrouve dans l'entrepôt ou les réglages par le contrôle nommé."""
    VERIFICATIONS[ligne["verification"]](espace_complet, ligne["service"], ligne)


# --- Gardes : rien n'échappe au contrôle ----------------------------------------------------------


@pytest.mark.parametrize("fichier", IMPRIMES)
def test_chaque_ligne_imprimee_a_un_statut(fichier):
    """Les chiffres transcrits sont là une fois chacun, avec un statut connu ; le texte reste l'exception."""
    lignes = IMPRIMES[fichier]
    assert {ligne["statut"] for ligne in lignes} <= set(STATUTS)
    cle = (
        *("document", "page_section", "service_imprime", "territoire_imprime", "annee", "tableau"),
        *("indicateur_imprime", "ventilation_imprimee_1", "modalite_imprimee_1"),
        *("ventilation_imprimee_2", "modalite_imprimee_2"),
    )
    assert len({tuple(ligne[c] for c in cle) for ligne in lignes}) == len(lignes)


def test_le_texte_reste_l_exception():
    """Sur l'ensemble des documents, peu de chiffres ne viennent d'aucune donnée."""
    lignes = [ligne for lignes in IMPRIMES.values() for ligne in lignes]
    textes = sum(ligne["statut"] == "texte" for ligne in lignes)
    assert 0 < textes < PART_DE_TEXTE * len(lignes)


@pytest.mark.parametrize("fichier", IMPRIMES)
def test_les_correspondances_sont_completes(fichier):
    """Une ligne dit où la maison retrouve le chiffre, ou pourquoi aucune donnée ne peut le rendre."""
    for numero, ligne in enumerate(IMPRIMES[fichier], 2):
        ou = f"{fichier}.csv, ligne {numero}"
        if ligne["statut"] == "texte":
            assert len(ligne["raison"]) > 20 and not ligne["indicateur"], ou
        elif ligne["statut"] == "microdonnee":
            assert ligne["verification"] in VERIFICATIONS and ligne["raison"], ou
        else:
            assert ligne["service"] and ligne["indicateur"] and ligne["attendu"] and ligne["champ"], ou
            attendu, imprime = (arrondi(ligne[c], int(ligne["decimales"])) for c in ("attendu", "valeur_imprimee"))
            assert ligne["statut"] == "anomalie" or attendu == imprime, f"{ou} : « reproduit » mais l'attendu diffère"
            assert ligne["statut"] == "reproduit" or ligne["anomalie"], f"{ou} : anomalie sans numéro"


def test_toutes_les_verifications_servent():
    """Aucun contrôle de microdonnées n'est écrit sans chiffre imprimé à contrôler."""
    assert set(VERIFICATIONS) == {ligne["verification"] for lignes in IMPRIMES.values() for ligne in lignes} - {""}


def test_les_modalites_attendues_existent(espace_complet):
    """Une modalité mal écrite vaudrait 0 sans bruit : les codes sont ceux des nomenclatures."""
    listes = {
        "composition": "composition",
        "garde": "garde",
        "ressource_principale": "ressource_principale",
        "logement_entree": "logement",
        "logement_sortie": "logement",
        "theme": "theme",
        "partenaire": "partenaire",
        "motif_fin": "motif_fin",
        "suite": "suite",
        "motif_suite": "motif_suite",
        "contingent": "contingent",
        "parc": "parc",
        "type_acte": "type_acte",
        "type_dossier": "type_dossier",
        "prescripteur": "prescripteur",
        "emploi": "emploi",
        "genre": "genre",
        "type_mesure": "type_mesure",
    }
    vus = 0
    for ligne in (ligne for lignes in IMPRIMES.values() for ligne in lignes):
        for rang in "12":
            colonne, modalites = ligne[f"ventilation_{rang}"], ligne[f"modalite_{rang}"]
            if colonne in listes and modalites != "*":
                codes = lire_nomenclature(espace_complet, listes[colonne]).codes
                assert set(modalites.split("|")) <= set(codes), f"{colonne} : {modalites}"
                vus += 1
    assert vus > 0


# --- Les anomalies ----------------------------------------------------------------------------------


def test_les_47_anomalies_sont_listees():
    """Les 47 anomalies relevées dans les documents ont chacune une ligne et un test à elles."""
    assert len(ANOMALIES) == 47
    assert len({a["numero"] for a in ANOMALIES}) == 47
    assert all(a["recalcule"] and a["imprime"] and a["traite_par"] for a in ANOMALIES)
    assert len({a["traite_par"] for a in ANOMALIES}) == 47
    nommees = {ligne["anomalie"] for lignes in IMPRIMES.values() for ligne in lignes} - {""}
    assert nommees <= {a["numero"] for a in ANOMALIES}


@pytest.mark.parametrize("anomalie", [pytest.param(a, id=a["numero"]) for a in ANOMALIES])
def test_chaque_anomalie_a_son_test(anomalie):
    """Le test annoncé existe et sa description nomme l'anomalie."""
    sources = [f.read_text(encoding="utf-8") for f in sorted(ICI.glob("test_anomalies_*.py"))]
    motif = rf'def {anomalie["traite_par"]}\(.*?\):\n    """{anomalie["numero"]}\b'
    assert sum(len(re.findall(motif, source)) for source in sources) == 1
