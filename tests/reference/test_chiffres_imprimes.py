"""Chaque chiffre imprimé des rapports 2022 du LTIAE et du CLLAJ, comparé à ce que calcule la maison.

`ltiae_2022.csv` et `cllaj_2022.csv` recopient les chiffres imprimés, un par ligne, et disent où la maison
les retrouve. Le `statut` d'une ligne dit comment elle est contrôlée :

- `reproduit` : une cellule de la table ordonnée redonne la valeur imprimée, à l'arrondi `decimales` ;
- `anomalie` : l'imprimé se trompe ; la cellule redonne la valeur recalculée (`attendu`) ;
- `microdonnee` : le chiffre se lit dans l'entrepôt ou les réglages, par le contrôle `verification` ;
- `texte` : le chiffre ne vient d'aucune donnée du service, et `raison` dit pourquoi.

Dans `modalite_*`, « A|B » additionne des cellules et « * » toutes les modalités ; `champ` dit la colonne lue.
`anomalies.csv` liste les 47 anomalies relevées dans les documents et le test qui traite chacune.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections import Counter
from decimal import ROUND_HALF_UP, Decimal
from itertools import product
from pathlib import Path

import polars as pl
import pytest

from observatoire.entrepot import lire_entrepot
from observatoire.indicateurs import calculer
from observatoire.nomenclatures import lire_nomenclature
from observatoire.periode import Periode
from observatoire.regles import tranche_age, tranches_age
from observatoire.services import lire_service

ICI = Path(__file__).parent
LIGNES_IMPRIMEES = {"ltiae": 294, "cllaj": 102}  # chiffres transcrits de chaque rapport
STATUTS = ("reproduit", "anomalie", "microdonnee", "texte")


def lire_csv(nom: str) -> list[dict[str, str]]:
    with (ICI / nom).open(encoding="utf-8", newline="") as fichier:
        return list(csv.DictReader(fichier))


IMPRIMES = {service: lire_csv(f"{service}_2022.csv") for service in LIGNES_IMPRIMEES}
ANOMALIES = lire_csv("anomalies.csv")


def identifiant(service: str, numero: int, ligne: dict[str, str]) -> str:
    """Nom du cas en français sans accent : service, ligne du CSV, année, indicateur imprimé, modalités."""
    morceaux = [
        service,
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
        pytest.param(service, ligne, id=identifiant(service, numero, ligne))
        for service, lignes in IMPRIMES.items()
        for numero, ligne in enumerate(lignes, 2)
        if ligne["statut"] in statuts
    ]


# --- Lecture d'une cellule calculée ---------------------------------------------------------------

_CALCULS: dict[tuple, pl.DataFrame] = {}


def table_calculee(espace, service: str, annee: int, indicateur: str, ventilations: tuple[str, ...]) -> pl.DataFrame:
    """La table ordonnée d'un indicateur, calculée une fois par session de tests."""
    cle = (str(espace.racine), service, annee, indicateur, ventilations)
    if cle not in _CALCULS:
        _CALCULS[cle] = calculer(espace, service, annee, indicateurs=[indicateur], ventilations=ventilations)
    return _CALCULS[cle]


def cellules(espace, service: str, annee: int, indicateur: str, *axes: str, version: str = "") -> pl.DataFrame:
    """Les lignes de l'indicateur croisées par `axes` = colonne, modalités[, colonne, modalités]."""
    demandes = {c: m for c, m in zip(axes[::2], axes[1::2], strict=True) if c}
    table = table_calculee(espace, service, annee, indicateur, tuple(demandes))
    table = table.filter((pl.col("indicateur") == indicateur) & pl.col("territoire").is_null())
    if version:
        table = table.filter(pl.col("version_definition") == version)
    assert not table.is_empty(), f"{indicateur} n'a rendu aucune ligne pour {service} {annee} {version}"
    v1, v2 = pl.col("ventilation_1"), pl.col("ventilation_2")
    if not demandes:
        return table.filter(v1.is_null() & v2.is_null())
    if len(demandes) == 1:
        ((colonne, modalites),) = demandes.items()
        return table.filter((v1 == colonne) & v2.is_null() & _parmi("modalite_1", modalites))
    (c1, m1), (c2, m2) = demandes.items()
    droit = (v1 == c1) & (v2 == c2) & _parmi("modalite_1", m1) & _parmi("modalite_2", m2)
    envers = (v1 == c2) & (v2 == c1) & _parmi("modalite_1", m2) & _parmi("modalite_2", m1)
    return table.filter(droit | envers)


def _parmi(colonne: str, modalites: str) -> pl.Expr:
    return pl.col(colonne).is_not_null() if modalites == "*" else pl.col(colonne).is_in(modalites.split("|"))


def valeur(
    espace, service: str, annee: int, indicateur: str, *axes: str, champ: str = "valeur", version: str = ""
) -> float:
    """Une cellule, ou la somme de plusieurs ; une modalité sans effectif n'est pas écrite et vaut 0."""
    lues = cellules(espace, service, annee, indicateur, *axes, version=version)
    assert lues[champ].null_count() == 0, f"{indicateur} {axes} : {champ} vide"
    if not any(axes):
        assert lues.height == 1, f"{indicateur} : {lues.height} lignes de total"
    return float(lues[champ].sum())


def arrondi(nombre: float | str, decimales: int) -> Decimal:
    """Arrondi de l'imprimé : au plus proche, la moitié vers le haut (14,5 s'imprime 15)."""
    exact = Decimal(nombre) if isinstance(nombre, str) else Decimal(repr(round(nombre, 9)))
    return exact.quantize(Decimal(1).scaleb(-decimales), ROUND_HALF_UP)


# --- Les chiffres, un par un ----------------------------------------------------------------------


@pytest.mark.parametrize(("service", "ligne"), cas("reproduit", "anomalie"))
def test_chiffre_imprime(espace_exemple, service, ligne):
    """La cellule calculée redonne le chiffre imprimé, ou sa valeur recalculée s'il est faux."""
    calcule = valeur(
        espace_exemple,
        service,
        int(ligne["annee"]),
        ligne["indicateur"],
        ligne["ventilation_1"],
        ligne["modalite_1"],
        ligne["ventilation_2"],
        ligne["modalite_2"],
        champ=ligne["champ"],
        version=ligne["version_definition"],
    )
    decimales = int(ligne["decimales"])
    assert arrondi(calcule, decimales) == arrondi(ligne["attendu"], decimales), (
        f"imprimé {ligne['valeur_imprimee']} {ligne['unite']}, attendu {ligne['attendu']}, calculé {calcule}"
    )


@pytest.mark.parametrize(("service", "ligne"), cas("microdonnee"))
def test_chiffre_lu_dans_les_donnees(espace_exemple, service, ligne):
    """Le chiffre imprimé se retrouve dans l'entrepôt ou les réglages par le contrôle nommé."""
    VERIFICATIONS[ligne["verification"]](espace_exemple, service, ligne)


# --- Contrôles par les microdonnées ---------------------------------------------------------------


def mesures_terminees(espace, service: str = "ltiae", annee: int = 2022) -> pl.DataFrame:
    periode = Periode.de_l_annee(annee)
    mesures = lire_entrepot(espace, service).table("mesure")
    return mesures.filter(
        pl.col("date_debut").is_not_null() & pl.col("date_fin").is_between(periode.debut, periode.dernier_jour)
    )


def listes_par_mesure(espace, colonne: str) -> Counter[frozenset[str]]:
    """Les listes de thèmes (ou de partenaires) des mesures terminées, chacune avec son nombre de mesures."""
    actes = (
        lire_entrepot(espace, "ltiae")
        .table("acte")
        .filter(pl.col(colonne).is_not_null() & ~pl.col("presence").is_in(["absent", "annule"]).fill_null(False))
    )
    par_mesure = {m: set() for m in mesures_terminees(espace)["id_mesure"]}
    for mesure, modalite in actes.select("id_mesure", colonne).iter_rows():
        if mesure in par_mesure:
            par_mesure[mesure].add(modalite)
    return Counter(frozenset(liste) for liste in par_mesure.values())


def colonnes_imprimees(colonne: str) -> dict[str, frozenset[str]]:
    """Les croix du tableau imprimé : numéro de colonne → liste de modalités, colonnes vides comprises."""
    listes: dict[str, set[str]] = {str(n): set() for n in range(1, 15)}
    for ligne in IMPRIMES["ltiae"]:
        if ligne["ventilation_1"] == colonne and ligne["statut"] == "microdonnee":
            listes[ligne["modalite_imprimee_2"]].add(ligne["modalite_1"])
    return {numero: frozenset(liste) for numero, liste in listes.items()}


def verifier_colonne(colonne: str):
    """Contrôle d'une croix ou d'un total de colonne : la mesure qu'elle décrit existe dans l'entrepôt."""

    def verifier(espace, _service, ligne):
        imprimees, calculees = colonnes_imprimees(colonne), listes_par_mesure(espace, colonne)
        liste = imprimees[ligne["modalite_imprimee_2"]]
        if ligne["modalite_imprimee_1"] == "Total":
            assert len(liste) == int(ligne["valeur_imprimee"])
        else:
            assert ligne["modalite_1"] in liste
        semblables = sum(1 for autre in imprimees.values() if autre == liste)
        assert calculees[liste] == semblables, f"{sorted(liste)} : {calculees[liste]} mesures au lieu de {semblables}"

    return verifier


def verifier_enfants(espace, service, ligne):
    """Les couples avec enfants accompagnés en 2022 ont 6, 7 et, pour les autres, un enfant."""
    entrepot, periode = lire_entrepot(espace, service), Periode.de_l_annee(2022)
    accompagnes = (
        entrepot.table("mesure")
        .filter(
            (pl.col("date_debut") <= periode.dernier_jour)
            & (pl.col("date_fin").is_null() | (pl.col("date_fin") > periode.debut))
        )["id_menage"]
        .unique()
    )
    couples = (
        entrepot.table("situation")
        .filter(
            (pl.col("moment") == "entree")
            & (pl.col("composition") == "CAE")
            & pl.col("id_menage").is_in(accompagnes.implode())
        )["id_menage"]
        .unique()
    )
    enfants = entrepot.table("membre").filter(
        (pl.col("role") == "enfant") & pl.col("id_menage").is_in(couples.implode())
    )
    comptes = Counter(enfants.group_by("id_menage").len()["len"].to_list())
    imprime = int(ligne["valeur_imprimee"])
    autres = valeur(espace, service, 2022, "menages_accompagnes", "composition", "CAE") - 2
    assert comptes[imprime] == (autres if imprime == 1 else 1), f"enfants par couple : {dict(comptes)}"


def verifier_incarcerations(espace, service, _ligne):
    """Les incarcérations racontées une par une font ensemble celles du tableau des arrêts."""
    racontees = [ligne for ligne in IMPRIMES["ltiae"] if ligne["verification"] == "incarcerations"]
    somme = sum(int(ligne["valeur_imprimee"]) for ligne in racontees)
    assert valeur(espace, service, 2022, "motifs_fin", "motif_fin", "INCARCERATION", champ="numerateur") == somme


def verifier_convention(dispositif: str):
    """Contrôle de la durée imprimée d'une convention, lue de son premier jour à celui qui suit sa fin."""

    def verifier(espace, service, ligne):
        conventions = lire_entrepot(espace, service).table("convention").filter(pl.col("dispositif") == dispositif)
        durees = {
            str(arrondi((fin - debut).days / 365.25, 1))
            for debut, fin in conventions.select("debut", "fin").drop_nulls().iter_rows()
        }
        assert str(arrondi(ligne["valeur_imprimee"], 1)) in durees, f"{dispositif} : durées lues {sorted(durees)}"

    return verifier


def verifier_communes(espace, _service, ligne):
    """L'intercommunalité du service réunit le nombre imprimé de communes."""
    communes = pl.read_parquet(espace.ressource("data/referentiels/communes.parquet"))
    epci = communes.filter(pl.col("code") == "62427")["epci"].item()  # Hénin-Beaumont
    assert communes.filter(pl.col("epci") == epci)["code"].n_unique() == int(ligne["valeur_imprimee"])


def verifier_age_public(rang: int, decalage: int):
    """Contrôle d'une borne d'âge du public par le réglage `bornes_age`."""

    def verifier(espace, service, ligne):
        bornes = lire_service(espace, service).parametres.bornes_age
        assert bornes[rang] + decalage == int(ligne["valeur_imprimee"])

    return verifier


def verifier_seuil(espace, service, ligne):
    """Le seuil de ressources faibles réglé est celui de l'imprimé."""
    assert lire_service(espace, service).parametres.seuil_ressources_faibles == float(ligne["valeur_imprimee"])


def verifier_baisse(espace, service, ligne):
    """Le financement de la politique de la ville baisse de 20 % entre 2022 et le prévisionnel 2023."""
    realise, prevu = (
        valeur(espace, service, 2022, nom, "financeur", "Politique de la ville", champ="numerateur")
        for nom in ("financements_repartition", "financements_previsionnels")
    )
    assert arrondi(100 * (realise - prevu) / realise, 0) == arrondi(ligne["valeur_imprimee"], 0)


def verifier_ase_incomplets(espace, service, ligne):
    """Parmi les jeunes au parcours ASE, deux garçons n'ont ni logement ni emploi renseigné."""
    entrepot = lire_entrepot(espace, service)
    jeunes = entrepot.table("personne").filter(pl.col("parcours_ase") == "oui")
    photos = entrepot.table("situation").filter(
        (pl.col("moment") == "demande")
        & (pl.col("date").dt.year() == 2022)
        & (pl.col("logement").fill_null("NR") == "NR")
        & (pl.col("emploi").fill_null("NR") == "NR")
    )
    incomplets = jeunes.join(photos, on="id_personne", how="semi")
    assert incomplets.height == int(ligne["valeur_imprimee"])
    assert set(incomplets["genre"]) == {"H"}


def verifier_attributions(espace, service, ligne):
    """Les logements obtenus dans les 31 jours qui suivent le début de la mesure."""
    entrepot = lire_entrepot(espace, service)
    mesures = entrepot.table("mesure").filter(pl.col("rang") == 1).select("id_menage", "date_debut")
    delais = (
        entrepot.table("relogement")
        .filter(pl.col("date").dt.year() == 2022)
        .join(mesures, on="id_menage")
        .select((pl.col("date") - pl.col("date_debut")).dt.total_days())
    )
    assert delais.to_series().is_between(0, 31).sum() == int(ligne["valeur_imprimee"])


def serie_recue(espace, service: str) -> dict[tuple[str, str], str]:
    """Les chiffres reçus agrégés du service : (année, indicateur[.modalité]) → valeur, comme imprimée."""
    recue = pl.read_csv(espace.ressource(f"data/publie/{service}.csv"), infer_schema=False)
    return {(annee, nom): valeur for annee, nom, valeur in recue.select("annee", "indicateur", "valeur").iter_rows()}


def nom_en_serie(ligne: dict[str, str]) -> tuple[str, str]:
    return ligne["annee"], ".".join(m for m in (ligne["indicateur"], ligne["modalite_1"]) if m)


def verifier_serie_recue(espace, service, ligne):
    """Une année antérieure aux données se lit dans les chiffres reçus agrégés du service."""
    assert serie_recue(espace, service)[nom_en_serie(ligne)] == ligne["valeur_imprimee"]


VERIFICATIONS = {
    "themes_par_mesure": verifier_colonne("theme"),
    "partenaires_par_mesure": verifier_colonne("partenaire"),
    "enfants_par_couple": verifier_enfants,
    "incarcerations": verifier_incarcerations,
    "duree_convention_cllaj": verifier_convention("CLLAJ"),
    "duree_convention_ase": verifier_convention("CLLAJ ASE"),
    "communes_epci": verifier_communes,
    "age_public_minimum": verifier_age_public(0, 0),
    "age_public_maximum": verifier_age_public(-1, -1),
    "seuil_ressources_faibles": verifier_seuil,
    "baisse_politique_ville": verifier_baisse,
    "ase_incomplets": verifier_ase_incomplets,
    "attributions_des_le_debut": verifier_attributions,
    "serie_recue": verifier_serie_recue,
}


@pytest.mark.parametrize("colonne", ["theme", "partenaire"])
def test_les_quatorze_colonnes_sont_les_mesures_terminees(espace_exemple, colonne):
    """Les 14 listes de croix imprimées sont, ensemble, celles des mesures terminées dans l'année."""
    assert Counter(colonnes_imprimees(colonne).values()) == listes_par_mesure(espace_exemple, colonne)


def test_la_serie_recue_est_celle_de_l_imprime(espace_exemple):
    """Les chiffres reçus agrégés de 2019 à 2021 sont exactement ceux que l'imprimé de 2022 rappelle."""
    rappeles = {
        nom_en_serie(ligne): ligne["valeur_imprimee"]
        for ligne in IMPRIMES["cllaj"]
        if ligne["annee"] in ("2019", "2020", "2021") and ligne["indicateur"]
    }
    assert len(rappeles) == 18
    assert serie_recue(espace_exemple, "cllaj") == rappeles


# --- Gardes : rien n'échappe au contrôle ----------------------------------------------------------


@pytest.mark.parametrize("service", LIGNES_IMPRIMEES)
def test_chaque_ligne_imprimee_a_un_statut(service):
    """Tous les chiffres transcrits sont là, une fois chacun, avec un statut connu."""
    lignes = IMPRIMES[service]
    assert len(lignes) == LIGNES_IMPRIMEES[service]
    assert {ligne["statut"] for ligne in lignes} <= set(STATUTS)
    cle = (
        "page_section",
        "service_imprime",
        "annee",
        "tableau",
        "indicateur_imprime",
        "ventilation_imprimee_1",
        "modalite_imprimee_1",
        "ventilation_imprimee_2",
        "modalite_imprimee_2",
    )
    assert len({tuple(ligne[c] for c in cle) for ligne in lignes}) == len(lignes)


@pytest.mark.parametrize("service", LIGNES_IMPRIMEES)
@pytest.mark.parametrize("statut", STATUTS)
def test_chaque_statut_controle_des_lignes(service, statut):
    """Chaque statut sert, et ce qui n'est que du texte reste l'exception."""
    nombre = sum(ligne["statut"] == statut for ligne in IMPRIMES[service])
    assert nombre > 0
    if statut == "texte":
        assert nombre < len(IMPRIMES[service]) / 10


@pytest.mark.parametrize("service", LIGNES_IMPRIMEES)
def test_les_correspondances_sont_completes(service):
    """Une ligne dit où la maison retrouve le chiffre, ou pourquoi aucune donnée ne peut le rendre."""
    for numero, ligne in enumerate(IMPRIMES[service], 2):
        ou = f"{service}_2022.csv, ligne {numero}"
        if ligne["statut"] == "texte":
            assert len(ligne["raison"]) > 20 and not ligne["indicateur"], ou
        elif ligne["statut"] == "microdonnee":
            assert ligne["verification"] in VERIFICATIONS and ligne["raison"], ou
        else:
            assert ligne["indicateur"] and ligne["attendu"] and ligne["champ"], ou
            attendu, imprime = (arrondi(ligne[c], int(ligne["decimales"])) for c in ("attendu", "valeur_imprimee"))
            assert ligne["statut"] == "anomalie" or attendu == imprime, f"{ou} : « reproduit » mais l'attendu diffère"
            assert ligne["statut"] == "reproduit" or ligne["anomalie"], f"{ou} : anomalie sans numéro"


def test_toutes_les_verifications_servent():
    """Aucun contrôle de microdonnées n'est écrit sans chiffre imprimé à contrôler."""
    assert set(VERIFICATIONS) == {ligne["verification"] for lignes in IMPRIMES.values() for ligne in lignes} - {""}


def test_les_modalites_attendues_existent(espace_exemple):
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
                codes = lire_nomenclature(espace_exemple, listes[colonne]).codes
                assert set(modalites.split("|")) <= set(codes), f"{colonne} : {modalites}"
                vus += 1
    assert vus > 0


# --- Les 47 anomalies -----------------------------------------------------------------------------


def test_les_47_anomalies_sont_listees():
    """Les 47 anomalies relevées dans les documents ont chacune une ligne et un traitement."""
    assert len(ANOMALIES) == 47
    assert len({a["numero"] for a in ANOMALIES}) == 47
    assert all(a["recalcule"] and a["imprime"] and a["traite_par"] for a in ANOMALIES)
    traitees = {a["numero"] for a in ANOMALIES if a["traite_par"] != "autre service"}
    assert traitees == {*(f"L{n}" for n in range(1, 18)), "H1", "H2", "H3", "H4", "H15", "H19", "H21"}
    nommees = {ligne["anomalie"] for lignes in IMPRIMES.values() for ligne in lignes} - {""}
    assert nommees <= traitees


@pytest.mark.parametrize(
    "anomalie", [pytest.param(a, id=a["numero"]) for a in ANOMALIES if a["traite_par"] != "autre service"]
)
def test_chaque_anomalie_a_son_test(anomalie):
    """Le test annoncé existe, il est propre à l'anomalie et sa description la nomme."""
    test = globals()[anomalie["traite_par"]]
    assert re.match(rf"{anomalie['numero']}\b", test.__doc__)
    assert sum(a["traite_par"] == anomalie["traite_par"] for a in ANOMALIES) == 1


def test_l1_total_des_relogements(espace_exemple):
    """L1 : le total imprimé est 8 ; la somme des bailleurs est 7."""
    bailleurs = cellules(espace_exemple, "ltiae", 2022, "relogements_par_bailleur", "bailleur", "*")
    assert bailleurs["valeur"].sum() == 7
    assert valeur(espace_exemple, "ltiae", 2022, "relogements_par_bailleur") == 7


def test_l2_relogements_publics(espace_exemple):
    """L2 : 5, 6, 7 puis 8 relogements selon la page ; il y en a 7, dont 6 hors intermédiation locative."""
    assert valeur(espace_exemple, "ltiae", 2022, "relogements") == 7
    assert valeur(espace_exemple, "ltiae", 2022, "matrice_parcours", "logement_sortie", "PUBLIC") == 6
    assert valeur(espace_exemple, "ltiae", 2022, "matrice_parcours", "logement_sortie", "PUBLIC|IML") == 7


def test_l3_relogements_prives(espace_exemple):
    """L3 : le résumé annonce 4 relogements privés ; aucun n'est dans les données, ni au parcours."""
    assert valeur(espace_exemple, "ltiae", 2022, "relogements", "parc", "PRIVE") == 0
    assert valeur(espace_exemple, "ltiae", 2022, "matrice_parcours", "logement_sortie", "PRIVE") == 0


def test_l4_base_du_parcours(espace_exemple):
    """L4 : le commentaire du parcours écrit 13 mesures ; il y en a 14, comme le total du tableau."""
    assert valeur(espace_exemple, "ltiae", 2022, "matrice_parcours") == 14
    assert valeur(espace_exemple, "ltiae", 2022, "taux_sortie_logement", champ="denominateur") == 14


def test_l5_part_relogee(espace_exemple):
    """L5 : 57 % imprimés héritent du total faux ; 7 mesures sur 14 font 50 %."""
    assert valeur(espace_exemple, "ltiae", 2022, "taux_sortie_logement", champ="numerateur") == 7
    assert valeur(espace_exemple, "ltiae", 2022, "taux_sortie_logement") == 50


def test_l6_part_de_perte_de_lien(espace_exemple):
    """L6 : 35 % sont tronqués ; 5 sur 14 font 35,7 %, arrondis à 36 %."""
    part = valeur(espace_exemple, "ltiae", 2022, "taux_rupture_lien")
    assert part == pytest.approx(500 / 14)
    assert arrondi(part, 0) == 36


def test_l7_baisse_de_la_file_active(espace_exemple):
    """L7 : la baisse n'est pas entre mars et avril : elle va de janvier à mars, avril remonte de 4."""
    mois = [
        valeur(espace_exemple, "ltiae", 2022, "file_active_mensuelle", "mois", f"2022-{n:02d}") for n in range(1, 5)
    ]
    assert mois[0] > mois[1] > mois[2]
    assert mois[3] - mois[2] == 4


def titres(espace, service: str) -> list[str]:
    """Les titres imprimés d'un service : sections et tableaux de son réglage."""
    sections = lire_service(espace, service).sections
    lus = [s.titre for s in sections] + [b["titre"] for s in sections for b in s.blocs if "titre" in b]
    assert len(lus) > 10
    return lus


@pytest.mark.parametrize("service", LIGNES_IMPRIMEES)
def test_l8_annee_du_titre(espace_exemple, service):
    """L8 : le sommaire dit 2021, le corps 2022 ; aucun titre n'écrit l'année, elle vient du paramètre."""
    assert not [titre for titre in titres(espace_exemple, service) if re.search(r"\b(19|20)\d\d\b", titre)]


def test_l9_comparaison_a_l_annee_precedente(espace_exemple):
    """L9 : l'imprimé compare 2022 à 2020 ; l'évolution se calcule sur l'année précédente."""
    avant, apres = (valeur(espace_exemple, "ltiae", annee, "menages_accompagnes") for annee in (2021, 2022))
    evolution = valeur(espace_exemple, "ltiae", 2022, "evolution_n_1", "indicateur", "menages_accompagnes")
    assert evolution == pytest.approx(100 * (apres - avant) / avant)


def test_l10_unite_de_compte(espace_exemple):
    """L10 : 25 « personnes » sont 25 ménages ; l'unité voyage avec le chiffre."""
    total = cellules(espace_exemple, "ltiae", 2022, "menages_accompagnes")
    assert total["valeur"].to_list() == [25]
    assert total["unite"].to_list() == ["ménages"]


def test_l11_colonnes_par_mesure(espace_exemple):
    """L11 : les 14 colonnes titrées « mois » sont les 14 mesures terminées, base des thèmes et partenaires."""
    for indicateur, colonne in (("themes_travailles", "theme"), ("partenaires_sollicites", "partenaire")):
        lignes = cellules(espace_exemple, "ltiae", 2022, indicateur, colonne, "*")
        assert set(lignes["denominateur"]) == {14}


def test_l12_mesure_sans_partenaire(espace_exemple):
    """L12 : la colonne 1 est vide d'un côté, à 0 de l'autre ; la mesure sans acte reste dans la base et vaut 0."""
    assert listes_par_mesure(espace_exemple, "theme")[frozenset()] == 1
    assert listes_par_mesure(espace_exemple, "partenaire")[frozenset()] == 1
    ligne = cellules(espace_exemple, "ltiae", 2022, "partenaires_sollicites", "partenaire", "EMPLOI")
    assert (ligne["numerateur"].item(), ligne["denominateur"].item()) == (13, 14)


def test_l13_tranches_d_age_sans_trou(espace_exemple):
    """L13 : 25 ans et plus de 60 ans n'entraient nulle part ; chaque âge a une tranche et une seule."""
    bornes = lire_service(espace_exemple, "ltiae").parametres.bornes_age
    assert bornes == [0, 25, 41, 51, 61]
    ages = pl.DataFrame({"age": range(121)}).with_columns(tranche=tranche_age("age", bornes))
    assert ages["tranche"].null_count() == 0
    assert ages["tranche"].unique(maintain_order=True).to_list() == tranches_age(bornes)
    classe = dict(ages.iter_rows())
    assert classe[24] != classe[25] == classe[26] == classe[40]
    assert classe[60] != classe[61] == classe[120]
    lignes = cellules(espace_exemple, "ltiae", 2022, "menages_accompagnes", "age_tranche", "*")
    assert lignes["valeur"].sum() == 25


def test_l14_base_des_arrets(espace_exemple):
    """L14 : les arrêts ne portent pas sur les mesures orientées mais sur les 14 mesures terminées."""
    lignes = cellules(espace_exemple, "ltiae", 2022, "motifs_fin", "motif_fin", "INCARCERATION|PERTE_LIEN")
    assert set(lignes["denominateur"]) == {14}
    perdus = valeur(espace_exemple, "ltiae", 2022, "matrice_parcours", "logement_sortie", "INCONNU|DETENTION")
    assert lignes["numerateur"].sum() == perdus == 7


def test_l15_arrets_et_non_signature(espace_exemple):
    """L15 : 8 mesures arrêtées sont 7 arrêts et 1 mesure jamais commencée, comptée à part."""
    arrets = valeur(
        espace_exemple, "ltiae", 2022, "motifs_fin", "motif_fin", "INCARCERATION|PERTE_LIEN", champ="numerateur"
    )
    assert arrets == 7
    assert valeur(espace_exemple, "ltiae", 2022, "non_signature_mesures") == 1


def test_l16_base_de_la_duree_moyenne(espace_exemple):
    """L16 : la moyenne de 7 mois dit sa base : les 14 mesures terminées, la plus longue comprise."""
    duree = cellules(espace_exemple, "ltiae", 2022, "duree_moyenne_accompagnement")
    assert duree["base"].item() == 14
    assert arrondi(duree["valeur"].item(), 0) == 7
    menages = mesures_terminees(espace_exemple)["id_menage"]
    parcours = (
        lire_entrepot(espace_exemple, "ltiae")
        .table("mesure")
        .filter(pl.col("id_menage").is_in(menages.implode()))
        .group_by("id_menage")
        .agg((pl.col("date_fin").max() - pl.col("date_debut").min()).dt.total_days().alias("j"))
    )
    assert duree["valeur"].item() == pytest.approx(parcours["j"].sum() / 30.4375 / 14)


@pytest.mark.parametrize("service", ["ltiae"])
def test_l17_titres_sans_numero(espace_exemple, service):
    """L17 : 12 points au sommaire, 11 dans le corps ; nos titres sont uniques et sans numéro écrit à la main."""
    verifier_titres(espace_exemple, service)


@pytest.mark.parametrize("service", ["cllaj"])
def test_h21_titres_sans_numero(espace_exemple, service):
    """H21 : trois rubriques portent le même numéro ; nos titres sont uniques et sans numéro écrit à la main."""
    verifier_titres(espace_exemple, service)


def verifier_titres(espace, service: str) -> None:
    sections = [s.titre for s in lire_service(espace, service).sections]
    assert len(set(sections)) == len(sections)
    assert not [titre for titre in titres(espace, service) if re.match(r"\s*([0-9]+|[IVX]+)\s*[-–.)]", titre)]


def test_h1_frequentation_a_definition_constante(espace_exemple):
    """H1 : 580 et +4,9 % cachent une rupture ; à définition constante 504, soit −8,9 % sur 2021."""
    nom = "demandeurs_distincts_cllaj"
    assert valeur(espace_exemple, "cllaj", 2022, nom, version="2022") == 580
    constante = valeur(espace_exemple, "cllaj", 2022, nom, version="2019")
    precedente = valeur(espace_exemple, "cllaj", 2021, nom, version="2019")
    assert (precedente, constante) == (553, 504)
    assert arrondi(100 * (constante - precedente) / precedente, 1) == Decimal("-8.9")
    assert arrondi(100 * (580 - precedente) / precedente, 1) == Decimal("4.9")


def test_h2_personnes_et_situations(espace_exemple):
    """H2 : « 268 dossiers » sont 268 personnes pour 218 situations ; l'unité de chacun est dite."""
    personnes = cellules(espace_exemple, "cllaj", 2022, "personnes_accompagnees")
    situations = cellules(espace_exemple, "cllaj", 2022, "situations_accompagnees")
    assert (personnes["valeur"].item(), situations["valeur"].item()) == (268, 218)
    assert (personnes["unite"].item(), situations["unite"].item()) == ("personnes", "situations")


def test_h3_base_des_pourcentages(espace_exemple):
    """H3 : 8,2 % et 38,8 % n'ont de sens que sur 268 personnes : 22 et 104 ; la base est écrite."""
    plus_de_26 = cellules(espace_exemple, "cllaj", 2022, "age_tranches", "age_tranche", "26-30|31 et plus")
    assert plus_de_26["numerateur"].sum() == 22
    assert set(plus_de_26["denominateur"]) == {268}
    faibles = cellules(espace_exemple, "cllaj", 2022, "part_ressources_faibles")
    assert (faibles["numerateur"].item(), faibles["denominateur"].item()) == (104, 268)
    sur_218 = {arrondi(100 * n / 218, 1) for n in range(219)}
    assert not {Decimal("8.2"), Decimal("38.8")} & sur_218


def test_h4_moyennes_du_zoom_ase(espace_exemple):
    """H4 : 632 € et 732 € sont impossibles à 21 jeunes ; nos deux moyennes gardent une même base, dite."""
    possibles = [
        (avec, tous)
        for tous, avec in product(range(1, 22), range(1, 22))
        if avec <= tous and 631.5 / 732.5 <= avec / tous <= 632.5 / 731.5
    ]
    assert possibles == []
    axes = ("parcours_ase", "oui")
    tous = cellules(espace_exemple, "cllaj", 2022, "ressources_moyennes_tous", *axes)
    avec = cellules(espace_exemple, "cllaj", 2022, "ressources_moyennes_avec_ressources", *axes)
    assert avec["base"].item() < tous["base"].item() <= 21
    somme = tous["valeur"].item() * tous["base"].item()
    assert somme == pytest.approx(avec["valeur"].item() * avec["base"].item())


def test_h15_jeunes_des_quartiers(espace_exemple):
    """H15 : 97, 35 et 44 ne disent pas leur lien ; 97 = 35 suivis + 44 et 18 touchés en allant vers."""
    assert valeur(espace_exemple, "cllaj", 2022, "jeunes_qpv") == 97
    assert valeur(espace_exemple, "cllaj", 2022, "jeunes_qpv", "canal", "dossier") == 35
    par_lieu = cellules(espace_exemple, "cllaj", 2022, "jeunes_aller_vers", "lieu", "*", "qpv", "oui")
    assert sorted(par_lieu["valeur"]) == [18, 44]


def test_h19_chiffres_mal_lus(espace_exemple):
    """H19 : « I », « I » et « 2 I » sont 1, 1 et 21."""
    mal_lus = [ligne for ligne in IMPRIMES["cllaj"] if ligne["anomalie"] == "H19"]
    lus = [
        valeur(
            espace_exemple,
            "cllaj",
            2022,
            ligne["indicateur"],
            ligne["ventilation_1"],
            ligne["modalite_1"],
            champ=ligne["champ"],
        )
        for ligne in mal_lus
    ]
    assert lus == [1, 1, 21]
