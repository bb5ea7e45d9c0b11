"""Les chiffres des programmes qui se lisent dans l'entrepôt ou les réglages, et non dans une cellule."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from observatoire.entrepot import lire_entrepot
from observatoire.periode import JOURS_PAR_MOIS
from observatoire.services import lire_service
from tests.reference.lecture import arrondi

MOIS_PAR_AN = 12


def _table(espace, service: str, nom: str) -> pl.DataFrame:
    return lire_entrepot(espace, service).table(nom)


def _egal(ligne: dict[str, str], lu: float, decimales: int = 0) -> None:
    """La valeur lue est celle de l'imprimé, au même arrondi."""
    assert arrondi(lu, decimales) == arrondi(ligne["valeur_imprimee"], decimales), f"lu {lu}"


def _convention(espace, service: str, ligne: dict[str, str]) -> pl.DataFrame:
    """Les conventions que nomme la colonne `modalite_1` de la ligne (par dispositif), toutes si elle est vide."""
    conventions = _table(espace, service, "convention")
    if ligne["territoire"]:
        conventions = conventions.filter(pl.col("territoire") == ligne["territoire"])
    if ligne["modalite_1"]:
        conventions = conventions.filter(pl.col("dispositif") == ligne["modalite_1"])
    assert conventions.height, f"aucune convention « {ligne['modalite_1']} »"
    return conventions


def annee_de_lancement(espace, service, ligne):
    """La première convention du service date son lancement."""
    _egal(ligne, _convention(espace, service, ligne)["debut"].min().year)


def annee_de_convention(espace, service, ligne):
    """La convention nommée commence l'année imprimée."""
    _egal(ligne, _convention(espace, service, ligne)["debut"].item().year)


def montant_de_convention(espace, service, ligne):
    """Le montant entier de la convention, avant tout prorata d'exercice."""
    _egal(ligne, float(_convention(espace, service, ligne)["montant"].item()))


def duree_de_convention(espace, service, ligne):
    """La durée de la convention, en mois ou en années selon l'unité imprimée."""
    convention = _convention(espace, service, ligne).row(0, named=True)
    mois = (convention["fin"] - convention["debut"]).days / JOURS_PAR_MOIS
    _egal(ligne, mois / MOIS_PAR_AN if ligne["unite"] == "ans" else mois)


def objectif_de_convention(espace, service, ligne):
    """L'objectif chiffré de la convention de l'année, celle du territoire s'il y en a un."""
    conventions = _convention(espace, service, ligne).filter(
        pl.col("objectif").is_not_null() & (pl.col("debut").dt.year() <= int(ligne["annee"]))
    )
    _egal(ligne, conventions.sort("debut")["objectif"].last())


def montant_par_salarie(espace, service, ligne):
    """Le montant des conventions nommées, rapporté au nombre de salariés qu'elles financent."""
    conventions = _table(espace, service, "convention").filter(
        pl.col("dispositif").str.starts_with(ligne["modalite_1"])
    )
    assert conventions.height
    for montant, salaries in conventions.select("montant", "objectif").iter_rows():
        _egal(ligne, float(montant) / salaries)


def chantiers_finances(espace, service, ligne):
    """Chaque chantier partenaire a sa convention de renforcement de l'année."""
    conventions = _table(espace, service, "convention").filter(
        pl.col("dispositif").str.starts_with(ligne["modalite_1"]) & (pl.col("debut").dt.year() == int(ligne["annee"]))
    )
    _egal(ligne, conventions["dispositif"].n_unique())


def part_d_etp(espace, service, ligne):
    """La part d'un même poste que finance la convention nommée (même préfixe de dispositif)."""
    postes = _table(espace, service, "convention").filter(
        pl.col("dispositif").str.starts_with(ligne["modalite_1"].split(":")[0])
    )
    part = postes.filter(pl.col("dispositif") == ligne["modalite_1"])["etp"].sum()
    _egal(ligne, 100 * part / postes["etp"].sum())


def reglage(espace, service, ligne):
    """Le réglage du service que nomme `modalite_1` ; en années, il est de douze mois chacune."""
    valeur = getattr(lire_service(espace, service).parametres, ligne["modalite_1"])
    _egal(ligne, valeur / MOIS_PAR_AN if ligne["unite"] == "ans" else valeur)


def age_du_public(espace, service, ligne):
    """Les bornes d'âge du service, et chaque participant entre elles à son entrée."""
    bornes = lire_service(espace, service).parametres.bornes_age
    imprimee = bornes[0] if ligne["modalite_imprimee_1"] == "minimum" else bornes[-1] - 1
    _egal(ligne, imprimee)
    entrees = _table(espace, service, "situation").filter(pl.col("moment") == "entree").select("id_menage", "date")
    personnes = (
        _table(espace, service, "menage")
        .join(_table(espace, service, "personne"), left_on="id_referent", right_on="id_personne")
        .join(entrees, on="id_menage")
    )
    rangs = personnes["date"].dt.year() * 12 + personnes["date"].dt.month().cast(pl.Int64) - 1
    naissances = personnes["naissance"].str.split("-").list.to_struct(fields=["a", "m"]).struct
    ages = (rangs - naissances.field("a").cast(pl.Int64) * 12 - naissances.field("m").cast(pl.Int64) + 1) // 12
    assert ages.is_between(bornes[0], bornes[-1] - 1).all() and ages.len() > 50


def premier_prescripteur(espace, service, ligne):
    """La première orientation du prescripteur nommé date l'extension."""
    demandes = _table(espace, service, "demande").filter(pl.col("prescripteur") == ligne["modalite_1"])
    _egal(ligne, demandes["date_demande"].min().year)


def chantiers_entrants(espace, service, ligne):
    """Les chantiers d'insertion qui orientent pour la première fois l'année imprimée."""
    premiers = (
        _table(espace, service, "demande")
        .filter((pl.col("prescripteur") == "SIAE") & pl.col("organisme").is_not_null())
        .group_by("organisme")
        .agg(pl.col("date_demande").min().dt.year().alias("annee"))
    )
    _egal(ligne, premiers.filter(pl.col("annee") == int(ligne["annee"])).height)


def _accompagnes(espace, service: str, annee: int) -> pl.DataFrame:
    """Les ménages ayant une mesure ouverte dans l'année."""
    mesures = _table(espace, service, "mesure")
    ouvertes = (pl.col("date_debut").dt.year() <= annee) & (
        pl.col("date_fin").is_null() | (pl.col("date_fin").dt.year() >= annee)
    )
    return mesures.filter(ouvertes).select("id_menage").unique()


def supports(espace, service, ligne):
    """Deux supports : un contrat d'insertion et une sous-location, tous deux employés."""
    insertion = _table(espace, service, "contrat_travail").filter(pl.col("type_contrat") == "CDDI")
    sejours = _table(espace, service, "sejour")
    _egal(ligne, sum(table.height > 0 for table in (insertion, sejours)))


def hors_sous_location(espace, service, ligne):
    """Les ménages accompagnés dans l'année sans aucun séjour dans un appartement du service."""
    sejours = _table(espace, service, "sejour").select("id_menage")
    _egal(ligne, _accompagnes(espace, service, int(ligne["annee"])).join(sejours, on="id_menage", how="anti").height)


def logements_ouverts(espace, service, ligne):
    """Les logements ouverts à la fin de l'année."""
    places = _table(espace, service, "place")
    _egal(ligne, places.filter(pl.col("ouverture").dt.year() <= int(ligne["annee"])).height)


def operations(espace, service, ligne):
    """Les dates d'ouverture différentes : une par opération."""
    _egal(ligne, _table(espace, service, "place")["ouverture"].n_unique())


def enfants(espace, service, ligne):
    """Les enfants des ménages accompagnés dans l'année."""
    menages = _accompagnes(espace, service, int(ligne["annee"]))
    membres = _table(espace, service, "membre").filter(pl.col("role") == "enfant")
    _egal(ligne, membres.join(menages, on="id_menage", how="semi").height)


def premiere_mesure_en_annees(espace, service, ligne):
    """La durée des premières mesures des ménages accompagnés dans l'année."""
    premieres = _table(espace, service, "mesure").filter(pl.col("rang") == 1)
    premieres = premieres.join(_accompagnes(espace, service, int(ligne["annee"])), on="id_menage", how="semi")
    jours = (premieres["date_fin"] - premieres["date_debut"]).dt.total_days()
    assert premieres.height
    for duree in jours:
        _egal(ligne, duree / JOURS_PAR_MOIS / MOIS_PAR_AN)


def annee_de_reperage(espace, service, ligne):
    """Les demandes des ménages accompagnés en 2019 datent de l'année du repérage."""
    demandes = _table(espace, service, "demande").join(_accompagnes(espace, service, 2019), on="id_menage", how="semi")
    _egal(ligne, demandes["date_demande"].min().year)


def annee_d_entree(espace, service, ligne):
    """Tous les ménages accompagnés entrent dans leur logement l'année imprimée."""
    accompagnes = _accompagnes(espace, service, int(ligne["annee"]))
    entrees = _table(espace, service, "relogement").join(accompagnes, on="id_menage", how="semi")
    assert entrees.height == accompagnes.height
    for annee in entrees["date"].dt.year().unique():
        _egal(ligne, annee)


def lieux_d_atelier(espace, service, ligne):
    """Les supports d'activité : les lieux différents des ateliers."""
    ateliers = _table(espace, service, "acte").filter(pl.col("type_acte") == "ATELIER")
    _egal(ligne, ateliers["lieu"].n_unique())


def renouvellements_au_plus(espace, service, ligne):
    """Le rang le plus haut, moins la première mesure."""
    _egal(ligne, _table(espace, service, "mesure")["rang"].max() - 1)


def duree_au_plus(espace, service, ligne):
    """Le réglage de durée maximale, que nul parcours terminé ne dépasse."""
    reglage(espace, service, ligne)
    parcours = (
        _table(espace, service, "mesure")
        .group_by("id_menage")
        .agg((pl.col("date_fin").max() - pl.col("date_debut").min()).dt.total_days().alias("jours"))
    )
    assert parcours["jours"].max() <= float(ligne["valeur_imprimee"]) * MOIS_PAR_AN * JOURS_PAR_MOIS


def heures_de_face_a_face(espace, service, ligne):
    """Chaque mois d'une mesure résume autant d'entretiens d'une heure, dont ceux consacrés à l'emploi."""
    entretiens = _table(espace, service, "acte").filter(pl.col("type_acte") == "ENTRETIEN")
    if ligne["modalite_1"]:
        entretiens = entretiens.filter(pl.col("theme") == ligne["modalite_1"])
    par_mois = entretiens.group_by("id_menage", "date").agg(pl.col("nombre").sum())
    assert par_mois.height > 50
    for nombre in par_mois["nombre"].unique():
        _egal(ligne, nombre)


def _semaines(contrats: pl.DataFrame) -> pl.Series:
    jours = (contrats["date_fin"] - contrats["date_debut"]).dt.total_days()
    return contrats["heures"] / (jours / 7)


def demi_journees(espace, service, ligne):
    """Le premier contrat est d'une demi-journée de quatre heures par semaine, le deuxième d'une de plus."""
    missions = _table(espace, service, "contrat_travail").filter(pl.col("type_contrat") == "MISSION_JOURNEE")
    rangs = missions.sort("date_debut").with_columns(pl.int_range(pl.len()).over("id_personne").alias("rang"))
    premiere = set(_semaines(rangs.filter(pl.col("rang") == 0)))
    deuxieme = set(_semaines(rangs.filter(pl.col("rang") == 1)))
    assert len(premiere) == len(deuxieme) == 1
    demi_journee = 4
    heures = premiere.pop() if "debut" in ligne["indicateur_imprime"] else deuxieme.pop() - premiere.pop()
    _egal(ligne, heures / demi_journee)


def heures_du_contrat_d_insertion(espace, service, ligne):
    """Les contrats d'insertion terminés sont à l'horaire hebdomadaire imprimé."""
    insertion = _table(espace, service, "contrat_travail").filter(
        (pl.col("type_contrat") == "CDDI") & pl.col("date_fin").is_not_null()
    )
    assert insertion.height
    for heures in _semaines(insertion):
        _egal(ligne, heures)


def reunions_de_l_annee(espace, service, ligne):
    """Les réunions de pilotage tenues dans l'année."""
    actes = _table(espace, service, "acte").filter(pl.col("type_acte") == "REUNION")
    _egal(ligne, actes.filter(pl.col("date").dt.year() == int(ligne["annee"])).height)


def _chantiers_d_un_jour(espace, service: str) -> pl.DataFrame:
    missions = _table(espace, service, "contrat_travail").filter(pl.col("type_contrat") == "MISSION_JOURNEE")
    return missions.filter(pl.col("date_fin") - pl.col("date_debut") == timedelta(days=1))


def heures_d_un_chantier(espace, service, ligne):
    """Un chantier d'un jour dure toujours le même nombre d'heures."""
    chantiers = _chantiers_d_un_jour(espace, service)
    assert chantiers.height
    for heures in chantiers["heures"].unique():
        _egal(ligne, heures)


def taille_du_groupe(espace, service, ligne):
    """Le plus petit et le plus grand groupe réunis un même jour de chantier."""
    groupes = _chantiers_d_un_jour(espace, service).group_by("date_debut").len()["len"]
    _egal(ligne, groupes.min() if ligne["modalite_imprimee_1"] == "minimum" else groupes.max())


def mission_la_plus_longue(espace, service, ligne):
    """Aucune mission ne dépasse la durée imprimée, et une au moins l'atteint."""
    missions = _table(espace, service, "contrat_travail").filter(pl.col("type_contrat") == "MISSION_JOURNEE")
    _egal(ligne, (missions["date_fin"] - missions["date_debut"]).dt.total_days().max())


def rencontres_par_semaine(espace, service, ligne):
    """Les relevés de quatre semaines qui suivent l'embauche comptent au moins une rencontre par semaine."""
    releves = _table(espace, service, "acte").filter(pl.col("nombre").is_not_null())
    assert releves.height
    _egal(ligne, releves["nombre"].min() // 4)


def rythme_des_enquetes(espace, service, ligne):
    """L'écart entre deux enquêtes d'un même suivi, tant qu'il est ouvert."""
    enquetes = (
        _table(espace, service, "situation")
        .filter(pl.col("moment") == "enquete")
        .join(
            _table(espace, service, "mesure").group_by("id_menage").agg(pl.col("date_fin").max().alias("fin")),
            on="id_menage",
        )
        .filter(pl.col("fin").is_null() | (pl.col("date") < pl.col("fin")))
        .sort("id_menage", "date")
        .with_columns((pl.col("date") - pl.col("date").shift(1).over("id_menage")).dt.total_days().alias("ecart"))
    )
    ecarts = enquetes["ecart"].drop_nulls()
    assert ecarts.len() > 20
    for ecart in ecarts.unique():
        _egal(ligne, ecart / JOURS_PAR_MOIS)


def duree_d_installation(espace, service, ligne):
    """La plus courte et la plus longue des mesures terminées, en mois."""
    terminees = _table(espace, service, "mesure").filter(pl.col("date_fin").is_not_null())
    mois = (terminees["date_fin"] - terminees["date_debut"]).dt.total_days() / JOURS_PAR_MOIS
    _egal(ligne, mois.min() if ligne["modalite_imprimee_1"] == "minimum" else mois.max())


def _immersions(espace, service: str, ligne: dict[str, str]) -> pl.DataFrame:
    """Les immersions des ménages du territoire de la ligne, dans l'ordre."""
    menages = _table(espace, service, "mesure").filter(pl.col("territoire") == ligne["territoire"])
    contrats = _table(espace, service, "contrat_travail").filter(pl.col("type_contrat") == "IMMERSION")
    immersions = contrats.join(menages.select("id_menage").unique(), on="id_menage", how="semi").sort("date_debut")
    assert immersions.height
    return immersions


def premiere_immersion(espace, service, ligne):
    """Une seule immersion ouvre le territoire : la suivante vient plus d'une semaine après."""
    jours = _immersions(espace, service, ligne)["date_debut"]
    _egal(ligne, (jours <= jours.min() + timedelta(days=7)).sum())


def premiere_famille(espace, service, ligne):
    """Les personnes du ménage installé après la première immersion."""
    famille = _immersions(espace, service, ligne)["id_menage"][0]
    _egal(ligne, _table(espace, service, "membre").filter(pl.col("id_menage") == famille).height)


def annee_de_premiere_immersion(espace, service, ligne):
    """L'imprimé dit 2020 ; le territoire n'entre au programme qu'en septembre 2020 : c'est l'année suivante (C2)."""
    premiere = _immersions(espace, service, ligne)["date_debut"].min()
    assert premiere.year == int(ligne["attendu"]) == int(ligne["valeur_imprimee"]) + 1
    ouverture = _table(espace, service, "convention").filter(pl.col("territoire") == ligne["territoire"])["debut"].min()
    assert ouverture < premiere and ouverture.year == int(ligne["valeur_imprimee"])


def immersions_suivantes(espace, service, ligne):
    """Les immersions des quatre mois qui suivent la première, au moins autant que l'imprimé en annonce."""
    jours = _immersions(espace, service, ligne)["date_debut"]
    suivantes = ((jours > jours.min()) & (jours <= jours.min() + timedelta(days=120))).sum()
    assert suivantes >= int(ligne["valeur_imprimee"])


VERIFICATIONS = {
    f"programme_{fonction.__name__}": fonction
    for fonction in (
        annee_de_lancement,
        annee_de_convention,
        montant_de_convention,
        duree_de_convention,
        objectif_de_convention,
        montant_par_salarie,
        chantiers_finances,
        part_d_etp,
        reglage,
        age_du_public,
        premier_prescripteur,
        chantiers_entrants,
        supports,
        hors_sous_location,
        logements_ouverts,
        operations,
        enfants,
        premiere_mesure_en_annees,
        annee_de_reperage,
        annee_d_entree,
        lieux_d_atelier,
        renouvellements_au_plus,
        duree_au_plus,
        heures_de_face_a_face,
        demi_journees,
        heures_du_contrat_d_insertion,
        reunions_de_l_annee,
        heures_d_un_chantier,
        taille_du_groupe,
        mission_la_plus_longue,
        rencontres_par_semaine,
        rythme_des_enquetes,
        duree_d_installation,
        premiere_immersion,
        premiere_famille,
        annee_de_premiere_immersion,
        immersions_suivantes,
    )
}
