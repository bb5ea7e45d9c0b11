"""Ce que la proposition reconnaît, ce qu'elle laisse à trancher, ce qu'elle refuse."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from observatoire.collecte.indecis import indecisions
from observatoire.erreurs import ErreurFichier, ErreurParametre
from observatoire.espace import Espace
from observatoire.proposition import proposer
from tests.collecte.classeurs import ecrire_xlsx
from tests.proposition.envois import ecrire, envoi_en_deux, envoi_large


def tables(texte: str) -> dict[tuple[str, str], dict[str, Any]]:
    """(table, moment ou vide) → ce qui la nourrit, d'après le brouillon."""
    fichiers = tomllib.loads(texte)["import"]["fichiers"]
    return {(t["table"], t.get("constantes", {}).get("moment", "")): t for f in fichiers for t in f["tables"]}


def places(reglage: dict[str, Any]) -> set[tuple[str, str, str]]:
    """(table, colonne, en-tête) de toutes les correspondances simples d'un réglage."""
    return {
        (table["table"], colonne, entete)
        for fichier in reglage["import"]["fichiers"]
        for table in fichier["tables"]
        for colonne, entete in table["colonnes"].items()
        if isinstance(entete, str)
    }


@pytest.mark.parametrize("service", ["ltiae", "cllaj"])
def test_l_echantillon_retrouve_son_reglage(espace_neuf: Espace, racine: Path, service: str) -> None:
    """Le brouillon redonne toutes les correspondances écrites à la main."""
    propose = proposer(espace_neuf, racine / "data" / "exemple" / service, "essai")
    ecrites = places(tomllib.loads((racine / "data" / "services" / f"{service}.toml").read_text(encoding="utf-8")))
    assert len(ecrites) > 40
    assert ecrites - places(tomllib.loads(propose.texte)) == set()


def test_un_export_large_se_repartit(espace_neuf: Espace, tmp_path: Path) -> None:
    texte = proposer(espace_neuf, envoi_large(tmp_path / "envoi"), "asll_essai").texte
    lues = tables(texte)
    assert set(lues) == {
        ("personne", ""), ("menage", ""), ("membre", ""), ("demande", ""), ("mesure", ""), ("relogement", ""),
        ("situation", "entree"), ("situation", "sortie"),
    }  # fmt: skip
    identite = ["NOM", "Prénom", "Né(e) le"]
    assert lues["personne", ""]["colonnes"] == {
        "id_personne": identite, "naissance": "Né(e) le", "genre": "Sexe"
    }  # fmt: skip
    assert lues["menage", ""]["colonnes"]["id_referent"] == identite
    assert lues["mesure", ""]["colonnes"]["id_mesure"] == {"compose": ["Dossier n°", "Date de début"]}
    assert lues["situation", "sortie"]["colonnes"]["date"] == "Date de fin"
    assert lues["situation", "sortie"]["si_renseigne"] == ["Date de fin"]
    assert lues["situation", "entree"]["colonnes"]["logement"] == "Logement à l'entrée"
    assert lues["demande", ""]["colonnes"]["prescripteur"] == "Adressé par"


def test_les_donnees_personnelles_ne_sont_ni_importees_ni_recopiees(espace_neuf: Espace, tmp_path: Path) -> None:
    """Aucune valeur d'une colonne personnelle ne figure dans le brouillon ; la raison, oui."""
    envoi = envoi_large(tmp_path / "envoi", 40)
    texte = proposer(espace_neuf, envoi, "asll_essai").texte
    for entete, raison in (
        ("Tél portable", "numéro de téléphone"), ("Adresse complète", "adresse"), ("Observations", "texte libre"),
    ):  # fmt: skip
        assert f"# – « {entete} » : {raison}" in texte
    lignes = [ligne.split(";") for ligne in envoi.read_text(encoding="cp1252").split("\n")[1:]]
    personnelles = {cellule for ligne in lignes for rang in (1, 2, 3, 5, 6, 25) if (cellule := ligne[rang].strip())}
    assert len(personnelles) > 100
    assert [p for p in personnelles if p in texte] == []


def test_les_modalites_ont_un_code_ou_un_point_d_interrogation(espace_neuf: Espace, tmp_path: Path) -> None:
    """Exacte ou variante : rien à écrire ; proche : un code et sa note ; inconnue : « ? »."""
    propose = proposer(espace_neuf, envoi_large(tmp_path / "envoi"), "asll_essai")
    modalites = tomllib.loads(propose.texte)["import"]["modalites"]
    assert modalites["composition"] == {"Couple sans enft": "CSE"}
    assert "proche de « Couple sans enfant » (94/100)" in propose.texte
    assert modalites["emploi"] == {"Autre situation": "?"}
    assert modalites["logement"] == {}
    assert "Hébergé chez un tiers → TIERS_A" in propose.texte


def test_chaque_indecision_est_comptee_a_sa_ligne(espace_neuf: Espace, tmp_path: Path) -> None:
    propose = proposer(espace_neuf, envoi_large(tmp_path / "envoi"), "asll_essai")
    lignes = propose.texte.split("\n")
    assert [i.cle for i in propose.indecisions] == ["libelle", "type_service", "Nb enfants", "Autre situation"]
    assert all('"?"' in lignes[i.ligne - 1] for i in propose.indecisions)
    assert all(str(i.ligne) in propose.message for i in propose.indecisions)


def test_un_identifiant_inconnu_se_reconnait_a_ses_valeurs(espace_neuf: Espace, tmp_path: Path) -> None:
    """« Xyz » ne dit rien, mais porte les numéros de dossier de l'autre fichier."""
    dossiers = [f"D{i:03d}" for i in range(40)]
    naissances = [(d, f"{10 + i % 18}/03/{1970 + i}", "F") for i, d in enumerate(dossiers)]
    ecrire(tmp_path / "envoi" / "menages.csv", [("N° dossier", "Date de naissance", "Sexe"), *naissances])
    actes = [(f"R{i}", dossiers[i % 40], f"{13 + i % 15}/05/2022", "Entretien") for i in range(90)]
    ecrire(tmp_path / "envoi" / "entretiens.csv", [("N° entretien", "Xyz", "Date", "Type d'acte"), *actes])
    lues = tables(proposer(espace_neuf, tmp_path / "envoi", "essai").texte)
    assert lues["acte", ""]["colonnes"]["id_menage"] == "Xyz"
    assert lues["personne", ""]["colonnes"]["id_personne"] == {"compose": ["N° dossier"], "suffixe": "référent"}


def test_une_colonne_d_un_autre_fichier_est_jointe(espace_neuf: Espace, tmp_path: Path) -> None:
    texte = proposer(espace_neuf, envoi_en_deux(tmp_path / "envoi"), "essai").texte
    mesures = next(f for f in tomllib.loads(texte)["import"]["fichiers"] if "joindre" in f)
    assert mesures["motif"] == "mesures_*.csv"
    assert mesures["joindre"] == {"fichier": "personnes.csv", "par": "Code usager"}
    assert mesures["tables"][0]["colonnes"]["id_menage"] == "Foyer"


def test_les_annees_d_un_meme_export_se_reunissent(espace_neuf: Espace, tmp_path: Path) -> None:
    """Trois fichiers annuels font un motif ; deux feuilles d'un classeur en font deux, nommées."""
    for annee in (2020, 2021, 2022):
        lignes = [(f"{annee}-{i}", f"{13 + i}/02/{annee}", "Entretien") for i in range(10)]
        ecrire(tmp_path / "envoi" / f"rdv_{annee}.csv", [("N° RDV", "Date du RDV", "Type d'acte"), *lignes])
    mesures = [(f"M{i}", f"D{i}", f"{13 + i}/01/2022") for i in range(9)]
    places = [(f"L{i}", 2, f"{13 + i}/01/2020", "T2") for i in range(9)]
    feuilles = {
        "Mesures": [("N° mesure", "N° dossier", "Date de début"), *mesures],
        "Places": [("N° logement", "Nb places", "Date d'ouverture", "Typologie"), *places],
    }
    ecrire_xlsx(tmp_path / "envoi" / "suivi.xlsx", feuilles)
    fichiers = tomllib.loads(proposer(espace_neuf, tmp_path / "envoi", "essai").texte)["import"]["fichiers"]
    assert [(f["motif"], f.get("feuille", "")) for f in fichiers] == [
        ("rdv_*.csv", ""), ("suivi.xlsx", "Mesures"), ("suivi.xlsx", "Places"),
    ]  # fmt: skip
    assert [f["tables"][0]["table"] for f in fichiers] == ["acte", "menage", "place"]


def test_des_chiffres_deja_agreges(espace_neuf: Espace, racine: Path, tmp_path: Path) -> None:
    """Un tableau de bord transcrit devient une série : l'indicateur est composé de ce qui distingue ses lignes."""
    lignes = (racine / "tests" / "reference" / "imprimes" / "ltiae_2022.csv").read_text(encoding="utf-8").split("\n", 1)
    entete = lignes[0].removeprefix("document,").replace("page_section", "Document").replace("annee", "Exercice")
    entete = entete.replace("valeur_imprimee", "Résultat").replace("indicateur_imprime", "Libellé du chiffre")
    corps = "\n".join(ligne.partition(",")[2] for ligne in lignes[1].split("\n"))
    (tmp_path / "tableau.csv").write_text(f"{entete}\n{corps}", encoding="utf-8")
    texte = proposer(espace_neuf, tmp_path / "tableau.csv", "chiffres").texte
    serie = tables(texte)["serie_agregee", ""]["colonnes"]
    assert (serie["source"], serie["annee"], serie["valeur"]) == ("Document", "Exercice", "Résultat")
    # La transcription a aussi une colonne au nom du modèle : elle l'emporte sur le libellé imprimé.
    assert serie["indicateur"]["compose"] == ["indicateur"]
    assert {"modalite_imprimee_1", "modalite_imprimee_2"} <= set(serie["indicateur"]["facultatives"])
    (section,) = tomllib.loads(texte)["sections"]
    assert ["menages_accompagnes"] in [b["indicateurs"] for b in section["blocs"]]


@pytest.mark.parametrize("service", ["../../etc", "2022); import os", "Majuscule", "a", "a b", "é_te", "x" * 60, ""])
def test_un_identifiant_douteux_est_refuse_avant_toute_lecture(espace_neuf: Espace, service: str) -> None:
    """Le chemin n'existe même pas : c'est l'identifiant qui est refusé d'abord."""
    with pytest.raises(ErreurParametre, match="identifiant de service"):
        proposer(espace_neuf, Path("nulle_part"), service)


def test_rien_n_est_ecrase(espace_neuf: Espace, tmp_path: Path) -> None:
    envoi = envoi_en_deux(tmp_path / "envoi")
    propose = proposer(espace_neuf, envoi, "essai")
    assert propose.ecrire().name == "essai.brouillon.toml"
    with pytest.raises(ErreurFichier, match="ne sera pas écrasé"):
        propose.ecrire()
    with pytest.raises(ErreurFichier, match="ne sera pas écrasé"):
        proposer(espace_neuf, envoi, "essai")
    (espace_neuf.dossier_services / "autre.toml").write_text('libelle = "Autre"\n', encoding="utf-8")
    with pytest.raises(ErreurFichier, match="a déjà un réglage"):
        proposer(espace_neuf, envoi, "autre")
    assert propose.fichier.read_text(encoding="utf-8") == propose.texte


def test_fichiers_sans_contenu(espace_neuf: Espace, tmp_path: Path) -> None:
    """Un fichier vide est dit illisible ; un en-tête sans ligne se propose d'après ses seuls noms."""
    (tmp_path / "rien.csv").write_bytes(b"")
    with pytest.raises(ErreurFichier, match=r"rien\.csv est vide"):
        proposer(espace_neuf, tmp_path / "rien.csv", "essai")
    ecrire(tmp_path / "envoi" / "entete.csv", [("N° dossier", "Date de début", "Composition familiale")])
    (tmp_path / "envoi" / "rien.csv").write_bytes(b"")
    propose = proposer(espace_neuf, tmp_path / "envoi", "essai")
    assert tables(propose.texte)["mesure", ""]["colonnes"]["date_debut"] == "Date de début"
    assert len(propose.illisibles) == 1 and "rien.csv est vide" in propose.texte
    with pytest.raises(ErreurFichier, match="n'existe pas"):
        proposer(espace_neuf, tmp_path / "absent", "essai")


def test_une_feuille_inconnue_demande_sa_table(espace_neuf: Espace, tmp_path: Path) -> None:
    """Rien ne ressort : la table et chaque colonne sont à trancher."""
    ecrire(tmp_path / "stocks.csv", [("Rayonnage", "Quantum"), *[(f"r{i} x", f"q{i} y") for i in range(9)]])
    propose = proposer(espace_neuf, tmp_path / "stocks.csv", "essai")
    assert [i.cle for i in propose.indecisions] == ["libelle", "type_service", "table", "Rayonnage", "Quantum"]


@pytest.mark.parametrize(
    "hostile",
    ['"]\n[sections', "a'b\"c\\d", "# ?\r\nx = 1", "<script>alert(1)</script>", "=cmd()", "?", '"""', "\x07é"],
)
def test_un_texte_hostile_reste_un_texte(espace_neuf: Espace, tmp_path: Path, hostile: str) -> None:
    """Un en-tête ou une modalité ne peut ni sortir de sa chaîne, ni ajouter une clé au brouillon."""
    cellule = '"' + hostile.replace('"', '""') + '"'
    lignes = [("N° dossier", "Date de début", "Composition familiale", cellule)]
    lignes += [(f"D{i}", f"{13 + i}/01/2022", cellule if i < 2 else "Homme seul", f"v{i} w") for i in range(12)]
    envoi = ecrire(tmp_path / "envoi.csv", lignes, encodage="utf-8")
    propose = proposer(espace_neuf, envoi, "essai")
    lu = tomllib.loads(propose.texte)
    assert set(lu) <= {"libelle", "libelle_court", "type_service", "unite_compte", "premiere_annee", "chiffres_cles",
                       "sections", "import"}  # fmt: skip
    assert len(lu["import"]["fichiers"]) == 1 and set(lu["import"]) == {"fichiers", "modalites"}
    assert (
        len(propose.indecisions)
        == len(indecisions(propose.texte))
        == propose.texte.count('"?"') - (propose.texte.count('"?" = "?"') + propose.texte.count('"?" = "NR"'))
    )


def test_deux_en_tetes_que_seule_la_casse_separe(espace_neuf: Espace, tmp_path: Path) -> None:
    """« Nom » et « nom » côte à côte ne font pas tomber le brouillon."""
    (tmp_path / "export.csv").write_text(
        "N° mesure;Nom;nom;Date de début\nM1;A;B;01/02/2022\nM2;C;D;03/04/2022\nM3;E;F;15/06/2022\n", encoding="utf-8"
    )
    texte = proposer(espace_neuf, tmp_path / "export.csv", "essai").texte
    assert tomllib.loads(texte)["import"]["fichiers"][0]["motif"] == "export.csv"
