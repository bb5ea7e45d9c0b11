"""Le classeur des corrections : ce qu'il dit suffit à réparer l'export, et il ne dit rien à qui n'a pas la clé."""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from observatoire.erreurs import ErreurFichier, ErreurParametre
from observatoire.espace import Espace
from observatoire.importation import importer
from observatoire.livraisons import livraisons, retirer
from observatoire.modele import VARIABLES
from observatoire.pseudonymes import VARIABLE_CLE
from observatoire.qualite import classeur as module_classeur
from observatoire.qualite.consignes import (
    A_AJOUTER,
    BLOQUE,
    ENSEMBLE,
    NON_RECU,
    RETIENT,
    TABLES_EN_CLAIR,
    VOIR_ECARTEES,
    colonnes_a_reprendre,
    en_mots,
    sujet,
)
from observatoire.qualite.corrections import (
    CORRIGEE,
    LEVEE,
    NOUVELLE,
    RETIREE,
    TOLEREE,
    TOUJOURS_LA,
    Corrections,
    _lignes_en_face,
    ecrire_corrections,
    lister_corrections,
)
from observatoire.qualite.ecartees import VALEUR_EFFACEE
from observatoire.qualite.moteur import examiner
from observatoire.qualite.suites import lire_suites
from observatoire.qualite.suivi import fichier_corrections, fichier_exports, fichier_suivi
from tests.qualite.exports import REGLAGE, SERVICE, Exports, espace_a_exports, lire_feuille, livrer

ANNEE = 2022
A_CORRIGER, RESOLUES, ECARTEES, LISEZ_MOI = "À corriger", "Résolues", "Écarté à l'import", "Lisez-moi"
PHOTO = f"{A_AJOUTER} fiches de situation"

TEXTES = ("Ce qui ne va pas", "Comment corriger", "Colonne à reprendre")
TEXTES_ECARTES = ("Pourquoi", "Comment corriger", "Ce qui est écrit")

# Ce que l'on abîme : fichier, feuille, ligne, colonne, valeur.
DEFAUTS = [
    ("demandes.csv", "", 2, "Décision le", "01/01/2020"),
    ("demandes.csv", "", 3, "Décision le", "01/01/2020"),
    ("suivi.xlsx", "Mesures", 4, "Fin", "01/01/2022"),
    ("suivi.xlsx", "Mesures", 6, "Dossier", "M-inconnu"),
    ("suivi.xlsx", "Évaluations", 8, "Ressources", "99999"),
    *(("menages.csv", "", ligne, "Sexe", "") for ligne in range(2, 11)),
    ("menages.csv", "", 9, "Né(e) en", "05/1905"),
    ("actes.csv", "", 5, "Date", "31/02/2022"),
    ("actes.csv", "", 7, "N° acte", "A6"),  # celui de la ligne 8 : les deux se contredisent
    ("relogements.csv", "", 3, "Parc", "=HYPERLINK(1)"),
    ("demandes.csv", "", 6, "Commune", "99999"),  # vidée à l'import : la ligne, elle, est gardée
]


def abimer() -> Exports:
    """Les exports propres, avec tous les défauts ; et deux ménages dont la fiche de sortie manque."""
    exports = Exports.propres()
    for defaut in DEFAUTS:
        exports.poser(*defaut)
    photos = exports.feuilles["suivi.xlsx", "Évaluations"]
    for dossier in ("M11", "M10"):
        photos.remove(next(p for p in photos if p[:2] == [dossier, "sortie"]))
    return exports


@pytest.fixture(scope="module")
def abime(tmp_path_factory: pytest.TempPathFactory) -> Espace:
    """Un service qui a livré des exports abîmés. À lire ; récrire son classeur ne change rien."""
    espace = espace_a_exports(tmp_path_factory.mktemp("corrections") / "espace")
    livrer(espace, abimer())
    return espace


@pytest.fixture(scope="module")
def releve(abime: Espace) -> Corrections:
    """Ce que ce service doit reprendre."""
    return lister_corrections(abime, SERVICE)


@pytest.fixture(scope="module")
def classeur(abime: Espace) -> Path:
    """Son classeur, écrit avec la clé et les exports."""
    return ecrire_corrections(abime, SERVICE)


@pytest.fixture
def jetable(abime: Espace, tmp_path: Path) -> Espace:
    return Espace(Path(shutil.copytree(abime.racine, tmp_path / "espace")))


def echecs(espace: Espace, annee: int = ANNEE) -> set[str]:
    return {e.regle.regle for e in examiner(espace, SERVICE, annee) if not e.reussie}


# --- La boucle ---------------------------------------------------------------------------------------------


def suivre_le_classeur(classeur: Path, exports: Exports) -> None:
    """Répare les exports en ne touchant que les lignes et les colonnes que le classeur nomme."""
    propres = Exports.propres()
    for ligne in lire_feuille(classeur, A_CORRIGER):
        if PHOTO in ligne["Colonne à reprendre"]:
            resaisir_la_fiche(ligne, exports, propres)
        elif ligne["Ligne"]:
            entete = propres.feuilles[ligne["Fichier de l'export"], ligne["Feuille"]][0]
            for colonne in set(ligne["Colonne à reprendre"].split(", ")) & set(entete):
                reprendre(ligne, colonne, exports, propres)
    for ligne in lire_feuille(classeur, ECARTEES):
        entete = propres.feuilles[ligne["Fichier de l'export"], ligne["Feuille"]][0]
        # Deux lignes de même numéro se contredisent : c'est la ligne entière qu'il faut revoir.
        contredite = "avec d'autres valeurs" in ligne["Pourquoi"]
        for colonne in entete if contredite else [ligne["Colonne"]]:
            reprendre(ligne, colonne, exports, propres)


def reprendre(ligne: dict[str, str], colonne: str, exports: Exports, propres: Exports) -> None:
    ou = (ligne["Fichier de l'export"], ligne["Feuille"], int(ligne["Ligne"]), colonne)
    exports.poser(*ou, propres.cellule(*ou))


def resaisir_la_fiche(ligne: dict[str, str], exports: Exports, propres: Exports) -> None:
    """Ajoute la fiche de sortie qui manque au dossier que la ligne désigne, et à aucun autre."""
    dossiers = [mot.removeprefix("Dossier ") for mot in ligne["Dossier ou ligne concernée"].split(" · ")]
    photos = exports.feuilles["suivi.xlsx", "Évaluations"]
    for fiche in propres.feuilles["suivi.xlsx", "Évaluations"]:
        if fiche[0] in dossiers and fiche[1] == "sortie" and fiche not in photos:
            photos.append(fiche)


def test_un_export_propre_n_a_rien_a_corriger(tmp_path: Path) -> None:
    espace = espace_a_exports(tmp_path)
    livrer(espace, Exports.propres())
    assert not echecs(espace)
    classeur = ecrire_corrections(espace, SERVICE)
    assert all(not lire_feuille(classeur, nom) for nom in (A_CORRIGER, RESOLUES, ECARTEES))


def test_corriger_comme_le_classeur_le_dit_rend_un_verdict_sans_defaut(jetable: Espace) -> None:
    assert {"acte.cle_contradictoire", "demande.date_demande.avant.date_decision"} <= echecs(jetable)
    classeur = ecrire_corrections(jetable, SERVICE)
    a_reprendre, ecartees = (len(lire_feuille(classeur, nom)) for nom in (A_CORRIGER, ECARTEES))
    assert a_reprendre >= 14 and ecartees == 5
    exports = abimer()
    suivre_le_classeur(classeur, exports)
    livrer(jetable, exports)
    assert not echecs(jetable)
    classeur = ecrire_corrections(jetable, SERVICE)
    assert not lire_feuille(classeur, A_CORRIGER) and not lire_feuille(classeur, ECARTEES)
    resolues = lire_feuille(classeur, RESOLUES)
    assert len(resolues) == a_reprendre + ecartees
    assert {ligne["Issue"] for ligne in resolues} == {CORRIGEE}
    assert "Dossier M2" in " ".join(ligne["Dossier ou ligne concernée"] for ligne in resolues)


def test_une_cle_corrigee_demande_de_retirer_la_livraison_fautive(tmp_path: Path) -> None:
    espace = espace_a_exports(tmp_path)
    exports = Exports.propres()
    exports.poser("suivi.xlsx", "Évaluations", 2, "Date", "10/01/2098")
    livrer(espace, exports)
    classeur = ecrire_corrections(espace, SERVICE)
    [ligne] = [x for x in lire_feuille(classeur, A_CORRIGER) if x["Règle"] == "situation.date.pas_de_futur"]
    fautive = livraisons(espace, SERVICE)[0].id
    consigne = pl.read_excel(classeur, sheet_name=LISEZ_MOI, has_header=False)["column_1"].drop_nulls()
    assert consigne.str.contains(f"observatoire retirer {fautive} --service {SERVICE}").sum() == 1
    suivre_le_classeur(classeur, exports)
    livrer(espace, exports)
    retirer(espace, SERVICE, fautive)
    assert not classeur.exists()  # il citait des lignes qui viennent d'être effacées
    assert not echecs(espace)
    resolues = lire_feuille(ecrire_corrections(espace, SERVICE), RESOLUES)
    [issue] = [x["Issue"] for x in resolues if x["Règle"] == ligne["Règle"]]
    assert issue == RETIREE  # la fiche de 2098 n'est plus là : une autre, datée de 2022, l'a remplacée


# --- Ce que dit une ligne ----------------------------------------------------------------------------------


def test_une_ligne_dit_le_dossier_l_endroit_la_colonne_et_le_remede(classeur: Path) -> None:
    lignes = lire_feuille(classeur, A_CORRIGER)
    [fin] = [x for x in lignes if x["Règle"].startswith("mesure.date_debut.avant.date_fin")]
    assert fin["Dossier ou ligne concernée"] == "N° mesure X2 · Dossier M2 · N° demande D2"
    assert (fin["Fichier de l'export"], fin["Feuille"], fin["Ligne"]) == ("suivi.xlsx", "Mesures", "4")
    assert fin["Colonne à reprendre"] == "Début, Fin"
    assert "Corrigez l'une des deux dates." in fin["Comment corriger"]
    assert fin["État"] == NOUVELLE and fin["Années"] == "2022" and fin["Données"] == "mesures"
    [relogement] = [x for x in lignes if x["Règle"] == "relogement.id_mesure.meme_menage"]
    assert relogement["Dossier ou ligne concernée"].startswith("Dossier + N° M4 · R4")
    [photo] = [x for x in lignes if PHOTO in x["Colonne à reprendre"] and "M10" in x["Dossier ou ligne concernée"]]
    assert photo["Colonne à reprendre"] == PHOTO


def test_une_ligne_dit_ce_qu_elle_a_et_non_ce_qu_a_la_table(releve: Corrections) -> None:
    constats = dict(releve.lignes.select("regle", "constat").iter_rows())
    assert constats["personne.genre.remplissage"] == "Cette cellule est vide ou « non renseigné »."
    assert constats["mesure.id_menage.reference"].endswith("ne figure pas dans le fichier des ménages.")
    assert constats["demande.date_demande.avant.date_decision"] == "La demande est postérieure à la décision."
    assert "de 0 à" in constats["situation.ressources.valeurs"]
    generale = dict(releve.lignes.select("regle", "explication").iter_rows())["personne.genre.remplissage"]
    assert generale.startswith("Trop peu de lignes")


def test_un_chevauchement_nomme_la_ligne_de_l_autre_sejour() -> None:
    jours = [date(2022, 1, 1), date(2022, 3, 1), date(2022, 6, 1)]
    sejours = pl.DataFrame(
        {"id_place": ["p", "p", "q"], "debut": jours, "fin": [jours[2], None, None], "_fichier": ["s.csv"] * 3}
    ).with_columns(_ligne=pl.int_range(2, 5))
    assert _lignes_en_face(sejours, sejours, "id_place", "debut", "fin").to_list() == [
        None,
        "Déjà là ce jour-là : ligne 2.",
        None,
    ]


def test_une_valeur_effacee_a_l_import_est_dite(classeur: Path) -> None:
    [valeur] = [x for x in lire_feuille(classeur, ECARTEES) if x["Écarté"] == VALEUR_EFFACEE]
    assert (valeur["Fichier de l'export"], valeur["Ligne"], valeur["Colonne"]) == ("demandes.csv", "6", "Commune")
    assert valeur["Ce qui est écrit"] == "99999" and "code Insee" in valeur["Comment corriger"]


def test_aucun_texte_ne_nomme_une_colonne_du_modele(classeur: Path, racine: Path) -> None:
    du_modele = {n for n in VARIABLES if "_" in n}
    textes = [
        ligne[c]
        for feuille, colonnes in (
            (A_CORRIGER, TEXTES),
            (RESOLUES, TEXTES[:1]),
            (ECARTEES, ("Colonne", *TEXTES_ECARTES)),
        )
        for ligne in lire_feuille(classeur, feuille)
        for c in colonnes
        if c in ligne
    ]
    regles = [r for suite in lire_suites(Espace(racine)).values() for r in suite]
    textes += [en_mots(t) for r in regles for t in (r.explication, r.remede)]
    assert len(textes) > 400
    assert not [t for t in textes if "[import" in t or "des rejets" in t or du_modele & set(re.findall(r"\w+", t))]


def test_la_regle_critique_et_son_alerte_font_une_seule_ligne(releve: Corrections) -> None:
    lignes = releve.lignes
    decisions = lignes.filter(pl.col("regle").str.starts_with("demande.date_demande.avant.date_decision"))
    assert decisions["regle"].to_list() == ["demande.date_demande.avant.date_decision"] * 2
    assert decisions["gravite"].to_list() == [RETIENT] * 2
    references = lignes.filter(pl.col("regle") == "mesure.id_menage.reference")
    assert references.height == 1
    assert "le même jour" in references["remede"][0] and "ajoutez la ligne manquante" in references["remede"][0]


def test_une_regle_et_son_alerte_ont_le_meme_sujet(racine: Path) -> None:
    regles = {r.regle: r for suite in lire_suites(Espace(racine)).values() for r in suite}
    paires = [(n, f"{n}_faible") for n in regles if f"{n}_faible" in regles]
    paires += [(n, f"{n}.isole") for n in regles if f"{n}.isole" in regles]
    assert len(paires) > 40
    assert all(sujet(regles[forte]) == sujet(regles[faible]) for forte, faible in paires)
    assert len({sujet(r) for r in regles.values()}) >= len(regles) - len(paires) - 40


def test_l_ordre_suit_ce_que_la_correction_debloque(releve: Corrections) -> None:
    lignes = releve.lignes
    assert lignes["debloques"].to_list() == sorted(lignes["debloques"], reverse=True)
    assert lignes["gravite"][0] == BLOQUE and lignes["debloques"][0] == 4  # les quatre chiffres du rapport
    decision = lignes.filter(pl.col("regle") == "demande.date_demande.avant.date_decision")
    assert set(decision["concernes"][0]) >= {"Demandes ou prescriptions reçues"}
    alertes = lignes.filter(~pl.col("gravite").is_in([BLOQUE, RETIENT]))
    assert alertes.height and alertes["debloques"].unique().to_list() == [0]


def test_les_priorites_ne_montrent_ni_ligne_ni_identifiant(releve: Corrections) -> None:
    priorites = releve.priorites(3)
    assert priorites.height == 3 and priorites["regle"][0] == "acte.cle_contradictoire"
    assert not {"_ligne", "_fichier", "id_menage", "empreinte"} & set(priorites.columns)
    genre = releve.priorites(50).filter(pl.col("regle") == "personne.genre.remplissage")
    assert genre.select("lignes", "nouvelles").rows() == [(7, 7)]


def test_une_regle_sans_ligne_dit_ou_regarder(releve: Corrections, tmp_path: Path) -> None:
    contredite = releve.lignes.filter(pl.col("regle") == "acte.cle_contradictoire")
    assert contredite.select("_ligne", "ensemble").rows() == [(None, VOIR_ECARTEES)]
    espace = espace_a_exports(tmp_path / "sans")
    exports = Exports.propres()
    del exports.feuilles["relogements.csv", ""]
    livrer(espace, exports)
    [manque] = lire_feuille(ecrire_corrections(espace, SERVICE), A_CORRIGER)
    assert manque["Règle"] == "relogement.recue" and manque["Dossier ou ligne concernée"] == NON_RECU
    assert manque["Ligne"] == manque["Fichier de l'export"] == ""


def test_toute_regle_nomme_une_colonne_et_toute_table_un_nom(racine: Path) -> None:
    suites = lire_suites(Espace(racine))
    assert set(suites) <= set(TABLES_EN_CLAIR)
    regles = [r for suite in suites.values() for r in suite]
    assert len(regles) > 200 and all(colonnes_a_reprendre(r) for r in regles if r.famille != "reception")


# --- D'une livraison à l'autre -----------------------------------------------------------------------------


def test_chaque_livraison_dit_ce_qui_est_nouveau_resolu_ou_toujours_la(jetable: Espace) -> None:
    ecrire_corrections(jetable, SERVICE)
    fautive = livraisons(jetable, SERVICE)[0].id
    exports = abimer()
    for ligne in range(2, 9):
        exports.poser("menages.csv", "", ligne, "Sexe", "FH"[ligne % 2])  # restent deux vides sur douze : admis
    del exports.feuilles["demandes.csv", ""][2]  # la demande de la ligne 3 n'est plus livrée
    exports.poser("suivi.xlsx", "Évaluations", 12, "Ressources", "88888")
    livrer(jetable, exports)
    retirer(jetable, SERVICE, fautive)
    corrections = lister_corrections(jetable, SERVICE)
    comptes = corrections.resolues.group_by("regle", "issue").len().iter_rows()
    issues = {(regle, issue): nombre for regle, issue, nombre in comptes}
    assert issues["personne.genre.remplissage", CORRIGEE] == 5
    assert issues["personne.genre.remplissage", TOLEREE] == 2
    assert issues["demande.date_demande.avant.date_decision", RETIREE] == 1
    ressources = corrections.lignes.filter(pl.col("regle") == "situation.ressources.valeurs")
    assert sorted(ressources["etat"]) == sorted([NOUVELLE, TOUJOURS_LA])
    rejets = dict(corrections.ecartees.group_by("etat").len().iter_rows())
    assert rejets == {TOUJOURS_LA: 5}


def test_une_ligne_deja_ecartee_le_reste_quand_une_autre_colonne_change(jetable: Espace) -> None:
    avant = lister_corrections(jetable, SERVICE).ecartees
    ecrire_corrections(jetable, SERVICE)
    exports = abimer()
    for rang in range(2, 9):  # une colonne se vide dans tout le fichier, et deux lignes partent plus haut
        exports.poser("actes.csv", "", rang, "Lieu", "")
    del exports.feuilles["relogements.csv", ""][1]
    livrer(jetable, exports)
    corrections = lister_corrections(jetable, SERVICE)
    assert corrections.ecartees.height == avant.height == 5
    assert corrections.ecartees["etat"].unique().to_list() == [TOUJOURS_LA]
    assert not corrections.resolues["explication"].str.contains("import").any()


def test_refaire_le_classeur_ne_change_rien(jetable: Espace) -> None:
    premier = lire_feuille(ecrire_corrections(jetable, SERVICE), A_CORRIGER)
    octets = fichier_suivi(jetable, SERVICE).read_bytes()
    # Une année demandée en plus ne doit pas paraître résolue la fois d'après.
    ecrire_corrections(jetable, SERVICE, annees=[2019])
    second = lire_feuille(ecrire_corrections(jetable, SERVICE), A_CORRIGER)
    assert second == premier
    assert fichier_suivi(jetable, SERVICE).read_bytes() == octets
    # Illisible, le suivi recommence.
    fichier_suivi(jetable, SERVICE).write_text("{", encoding="utf-8")
    assert set(lister_corrections(jetable, SERVICE).lignes["etat"]) == {NOUVELLE}


def test_seules_les_annees_voulues_sont_montrees(abime: Espace) -> None:
    autre = lister_corrections(abime, SERVICE, annees=[2019]).lignes
    assert "mesure.id_menage.reference" in autre["regle"].to_list()  # une référence se juge sur toute la table
    assert not autre["regle"].str.starts_with("demande.date_demande.avant").any()
    assert autre["annees"].explode().unique().to_list() == [2019]


def test_une_derogation_met_la_ligne_a_la_fin_et_dit_pourquoi(jetable: Espace) -> None:
    (jetable.donnees / "derogations.toml").write_text(
        "".join(
            f'[[derogation]]\nregle = "{regle}"\nservice = "{SERVICE}"\nannee = {ANNEE}\n'
            'motif = "Reprise en cours"\nfonction = "Cheffe de service"\nexpire = 2099-12-31\n'
            for regle in ("demande.date_demande.avant.date_decision", "personne.genre.remplissage")
        ),
        encoding="utf-8",
    )
    lignes = lister_corrections(jetable, SERVICE).lignes
    # L'alerte du même sujet n'est pas levée : elle reste sous le chiffre, et la dérogation le dit.
    decisions = lignes.filter(pl.col("regle") == "demande.date_demande.avant.date_decision")
    assert decisions["etat"].to_list() == [LEVEE] * 2 and decisions["debloques"].sum() == 0
    assert decisions["derogation"].str.contains("Reprise en cours. L'alerte reste : La demande est").all()
    assert "9 levées par dérogation" in lisez_moi(ecrire_corrections(jetable, SERVICE))
    texte = (jetable.donnees / "derogations.toml").read_text(encoding="utf-8")
    alertes = texte.replace("date_decision", "date_decision.isole").replace(
        "genre.remplissage", "genre.remplissage_faible"
    )
    (jetable.donnees / "derogations.toml").write_text(texte + alertes, encoding="utf-8")
    lignes = lister_corrections(jetable, SERVICE).lignes
    levees = lignes.filter(pl.col("etat") == LEVEE)
    assert levees.height == 9 and levees["debloques"].sum() == 0
    assert lignes.tail(9)["etat"].unique().to_list() == [LEVEE]
    assert levees["derogation"].str.contains("Reprise en cours").all()
    assert set(lister_corrections(jetable, SERVICE, au=date(2100, 1, 1)).lignes["etat"]) == {NOUVELLE}


# --- Qui peut remonter au dossier --------------------------------------------------------------------------


def identifiants(classeur: Path) -> list[str]:
    return [x["Dossier ou ligne concernée"] for x in lire_feuille(classeur, A_CORRIGER) if x["Ligne"]]


def lisez_moi(classeur: Path) -> str:
    return " ".join(pl.read_excel(classeur, sheet_name=LISEZ_MOI, has_header=False)["column_1"].drop_nulls())


@dataclass(frozen=True)
class Manque:
    """Ce qui manque à qui refait le classeur, et la phrase qui le dit."""

    id: str
    phrase: str


MANQUES = [
    Manque("cle", "La clé des pseudonymes n'est pas sur cet ordinateur."),
    Manque("export", "Exports introuvables là où ils ont été importés : "),
    Manque("export_change", "Exports changés depuis leur import : "),
]


@pytest.mark.parametrize("manque", MANQUES, ids=[m.id for m in MANQUES])
def test_sans_la_cle_ou_sans_l_export_rien_ne_remonte(
    manque: Manque, jetable: Espace, monkeypatch: pytest.MonkeyPatch
) -> None:
    depot = jetable.donnees / "depot" / SERVICE
    if manque.id == "cle":
        monkeypatch.setenv(VARIABLE_CLE, str(jetable.racine.parent / "autre.cle"))
    elif manque.id == "export":
        shutil.rmtree(depot)
    else:
        Exports.propres().ecrire(depot)
        (depot / "menages.csv").write_text("Dossier\n", encoding="utf-8")
    classeur = ecrire_corrections(jetable, SERVICE)
    lus = identifiants(classeur)
    locaux = {"cle": 0, "export": 0, "export_change": sum("Dossier" in x for x in lus)}[manque.id]
    assert sum("Dossier" in x or "N° " in x for x in lus) == locaux
    assert any("mes_" in x for x in lus)
    assert manque.phrase in lisez_moi(classeur)
    commande = f"observatoire verifier --service {SERVICE} --exports DOSSIER"
    assert (commande in lisez_moi(classeur)) == (manque.id != "cle")


def test_l_export_se_relit_la_ou_il_est_dit(jetable: Espace, tmp_path: Path) -> None:
    ailleurs = tmp_path / "ailleurs"
    shutil.move(jetable.donnees / "depot" / SERVICE, ailleurs)
    assert not any("Dossier" in x for x in identifiants(ecrire_corrections(jetable, SERVICE)))
    assert any("Dossier M2" in x for x in identifiants(ecrire_corrections(jetable, SERVICE, exports=ailleurs)))
    with pytest.raises(ErreurFichier, match="n'existe pas"):
        ecrire_corrections(jetable, SERVICE, exports=tmp_path / "absent")
    fichiers = [ailleurs / "suivi.xlsx", ailleurs / "demandes.csv"]
    assert any("Dossier M2" in x for x in identifiants(ecrire_corrections(jetable, SERVICE, exports=fichiers)))


def test_l_export_se_relit_la_ou_il_a_ete_importe(tmp_path: Path) -> None:
    espace = espace_a_exports(tmp_path / "espace")
    ailleurs = abimer().ecrire(tmp_path / "mes exports")
    empreinte = importer(espace, ailleurs, SERVICE).empreinte
    # Le même nom dans l'exemple livré n'est pas l'export importé, et ne le dit pas changé.
    Exports.propres().ecrire(espace.donnees / "exemple" / SERVICE)
    lus = identifiants(ecrire_corrections(espace, SERVICE))
    assert lus and all("Dossier" in x or "N° " in x for x in lus)
    assert not importer(espace, ailleurs, SERVICE).nouvelle  # où l'export est lu ne compte pas
    # Le même contenu, redonné d'ailleurs : c'est là qu'il se relit.
    deplace = Path(shutil.move(ailleurs, tmp_path / "deplace"))
    dits: list[str] = []
    perdus = identifiants(ecrire_corrections(espace, SERVICE, prevenir=dits.append))
    assert not any("Dossier" in x for x in perdus) and "introuvables" in dits[0] and "changés" not in dits[0]
    assert importer(espace, deplace, SERVICE).empreinte == empreinte
    assert identifiants(ecrire_corrections(espace, SERVICE)) == lus
    assert str(tmp_path) not in "".join(
        f.read_text(encoding="utf-8")
        for f in espace.entrepot(SERVICE).rglob("*.json")
        if f != fichier_exports(espace, SERVICE)
    )


def test_des_identifiants_fournis_n_ont_pas_besoin_de_la_cle(tmp_path: Path) -> None:
    reglage = REGLAGE.replace("[import]\n", '[import]\npseudonymes = "fournis"\n')
    espace = espace_a_exports(tmp_path, reglage)
    livrer(espace, abimer())
    shutil.rmtree(espace.donnees / "depot")
    classeur = ecrire_corrections(espace, SERVICE)
    assert any("ménage M2" in x for x in identifiants(classeur))


CIVIL = """
libelle = "Service d'essai"
[[import.fichiers]]
motif = "salaries*.csv"
format_date = "jma"
  [[import.fichiers.tables]]
  table = "personne"
  colonnes = { id_personne = ["Nom", "Prénom", "Né(e) le"], naissance = "Né(e) le" }
  [[import.fichiers.tables]]
  table = "contact_employeur"
  colonnes = { id_personne = ["Nom", "Prénom", "Né(e) le"], date = "Contact le" }
  constantes = { nature = "premier_contact" }
  [[import.fichiers.tables]]
  table = "contrat_travail"
  [import.fichiers.tables.colonnes]
  id_contrat = "N° contrat"
  id_personne = ["Nom", "Prénom", "Né(e) le"]
  date_debut = "Début"
  date_fin = "Fin"
"""


def test_un_etat_civil_n_est_repris_que_si_rien_d_autre_ne_designe_la_ligne(tmp_path: Path) -> None:
    espace = espace_a_exports(tmp_path, CIVIL)
    depot = espace.donnees / "depot" / SERVICE
    depot.mkdir(parents=True)
    lignes = [f"K{i};ZORGLUB{i};Xantippe;0{i}/02/1985;02/03/2022;01/03/2022;01/06/2022" for i in range(1, 6)]
    lignes[0] = lignes[0].replace("02/03/2022", "02/03/2098")
    lignes[1] = lignes[1].replace("01/06/2022", "01/01/2022")
    entete = "N° contrat;Nom;Prénom;Né(e) le;Contact le;Début;Fin"
    (depot / "salaries.csv").write_text("\n".join([entete, *lignes]), encoding="utf-8")
    importer(espace, depot, SERVICE)
    classeur = ecrire_corrections(espace, SERVICE)
    par_regle = {x["Règle"]: x["Dossier ou ligne concernée"] for x in lire_feuille(classeur, A_CORRIGER)}
    assert par_regle["contact_employeur.date.pas_de_futur"] == "Nom + Prénom + Né(e) le ZORGLUB1 Xantippe 01/02/1985"
    contrats = [texte for regle, texte in par_regle.items() if regle.startswith("contrat_travail.date_debut")]
    assert contrats == ["N° contrat K2"]
    assert "ZORGLUB" not in fichier_suivi(espace, SERVICE).read_text(encoding="utf-8")


def test_le_suivi_ne_garde_ni_identifiant_ni_valeur(abime: Espace, classeur: Path) -> None:
    suivi = json.loads(fichier_suivi(abime, SERVICE).read_text(encoding="utf-8"))
    fautes = suivi["courante"]
    assert len(fautes) >= 18
    assert all(set(cle) <= set("0123456789abcdefrjt-#") for cle in fautes)
    textes = {str(mot) for trace in fautes.values() for mot in trace if not isinstance(mot, list)}
    fichiers = {"menages.csv", "demandes.csv", "suivi.xlsx", "actes.csv", "relogements.csv"}
    regles = {t for t in textes if "." in t or t.startswith("rejet:")} - fichiers
    hachages = {t for t in textes if re.fullmatch(r"[0-9a-f]{20}", t)}
    assert textes - hachages - regles - fichiers - set(TABLES_EN_CLAIR) <= {"", "None", *map(str, range(1, 40))}


# --- Le fichier --------------------------------------------------------------------------------------------


def test_le_classeur_est_range_a_part_et_ferme_aux_autres_comptes(abime: Espace, classeur: Path) -> None:
    assert classeur == abime.rapports / "corrections" / f"{SERVICE}.xlsx" == fichier_corrections(abime, SERVICE)
    assert classeur.stat().st_mode & 0o077 == 0
    assert "Document interne" in classeur_xml(classeur, "docProps/core.xml")


def classeur_xml(classeur: Path, nom: str) -> str:
    with zipfile.ZipFile(classeur) as archive:
        return archive.read(nom).decode("utf-8")


def test_rien_dans_le_classeur_ne_se_calcule(classeur: Path) -> None:
    with zipfile.ZipFile(classeur) as archive:
        feuilles = [archive.read(n).decode("utf-8") for n in archive.namelist() if n.startswith("xl/worksheets/sheet")]
    assert len(feuilles) == 4 and not any("<f>" in f or "hyperlink" in f for f in feuilles)
    ecrit = [x["Ce qui est écrit"] for x in lire_feuille(classeur, ECARTEES)]
    assert "'=HYPERLINK(1)" in ecrit and not any(x.startswith(tuple("=+-@")) for x in ecrit)


def test_une_regle_tres_enfreinte_ne_cache_pas_les_autres(
    jetable: Espace, releve: Corrections, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module_classeur, "LIGNES_PAR_REGLE", 1)
    *lignes, reste = lire_feuille(ecrire_corrections(jetable, SERVICE), A_CORRIGER)
    assert [x["Règle"] for x in lignes if x["Règle"]] == releve.lignes["regle"].unique(maintain_order=True).to_list()
    assert f"{releve.lignes.height - releve.lignes['regle'].n_unique()} autres lignes" in reste["État"]


def test_la_mise_en_page_fige_filtre_et_s_imprime(classeur: Path) -> None:
    for rang in (1, 2, 3):
        xml = classeur_xml(classeur, f"xl/worksheets/sheet{rang}.xml")
        assert 'state="frozen"' in xml and "<autoFilter" in xml and 'orientation="landscape"' in xml
        assert "à ne pas publier" in xml and 'fitToHeight="0"' in xml
    assert 'topLeftCell="D2"' in classeur_xml(classeur, "xl/worksheets/sheet1.xml")  # le dossier reste en vue
    assert "$A$1:$J$" in classeur_xml(classeur, "xl/workbook.xml")
    assert "_xlnm.Print_Titles" in classeur_xml(classeur, "xl/workbook.xml")


def test_lisez_moi_dit_la_livraison_les_comptes_et_a_qui_le_donner(abime: Espace, classeur: Path) -> None:
    texte, corrections = lisez_moi(classeur), lister_corrections(abime, SERVICE)
    for attendu in (
        corrections.livraison,
        corrections.empreinte,
        "ne le publiez pas",
        f"{corrections.lignes.height} :",
    ):
        assert attendu in texte
    assert ENSEMBLE in " ".join(pl.read_excel(classeur, sheet_name=LISEZ_MOI, has_header=False)["column_0"])


def test_sans_rien_recu_chaque_fichier_attendu_manque(tmp_path: Path) -> None:
    espace = espace_a_exports(tmp_path)
    lignes = lire_feuille(ecrire_corrections(espace, SERVICE), A_CORRIGER)
    assert {x["Dossier ou ligne concernée"] for x in lignes} == {NON_RECU}
    attendues = {"personne", "menage", "membre", "demande", "mesure", "situation", "acte", "relogement"}
    assert {x["Règle"] for x in lignes} == {f"{table}.recue" for table in attendues}


def test_un_service_inconnu_le_dit(tmp_path: Path) -> None:
    with pytest.raises(ErreurParametre, match="inconnu"):
        lister_corrections(espace_a_exports(tmp_path), "esai")
