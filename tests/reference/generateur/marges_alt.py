"""ALT : les chiffres que les tables propres doivent redonner, comptés directement."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import TYPE_CHECKING

import polars as pl

from generateur.comptage import Ligne, Releve, de_l_annee, fins_de_mois
from generateur.exports import Tables

if TYPE_CHECKING:
    from generateur.alt import Groupe

JOURS_PAR_MOIS = 30.4375
# Imprimé pour 2022, par préfixe de service.
_IMPRIME = {
    "AJ": {
        "demandes": 40,
        "variation des demandes": -9,
        "accueillis": 29,
        "variation des accueillis": 6,
        "nouveaux": 13,
        "ressources moyennes": 732.18,
        "sortis": 18,
        "impayés": (18, 40, 15, 2.2),
        "prolongations": [3, 2, 1, 1, 1],
        "durée": (0, 8, 1),
        "occupation": 88.92,
        "places en juillet": 17,
        "places en décembre": 14,
        "nouveaux logements": 3,
    },
    "AF": {
        "demandes": 38,
        "variation des demandes": 20,
        "accueillis": 21,
        "variation des accueillis": 5,
        "nouveaux": 11,
        "ressources moyennes": 1352.83,
        "sortis": 11,
        "impayés": (7, 17, 6, 2.4),
        "prolongations": [1, 1, 1, 1, 1],
        "durée": (1, 3, 13),
        "occupation": 95.97,
        "places en juillet": 10,
        "places en décembre": 10,
        "nouveaux logements": 0,
    },
}


def _presents(sejours: pl.DataFrame, annee: int) -> pl.DataFrame:
    return sejours.filter(
        (pl.col("date_entree").dt.year() <= annee)
        & (pl.col("date_sortie").is_null() | (pl.col("date_sortie") > date(annee, 1, 1)))
    )


def _jours_de(debut: date, fin: date | None, annee: int) -> set[date]:
    """Les jours de l'année dans [début, fin[."""
    premier, dernier = max(debut, date(annee, 1, 1)), min(fin or date(annee + 1, 1, 1), date(annee + 1, 1, 1))
    return {premier + timedelta(days=k) for k in range(max(0, (dernier - premier).days))}


def occupation(t: Tables, annee: int) -> tuple[int, int]:
    """Jours occupés et jours ouverts des logements, comptés jour par jour."""
    occupes = ouverts = 0
    for place, ouverture, fermeture in t["place"].select("id_place", "ouverture", "fermeture").iter_rows():
        ouverts += len(_jours_de(ouverture, fermeture, annee))
        sejours = t["sejour"].filter(pl.col("id_place") == place).select("date_entree", "date_sortie")
        occupes += len(set().union(*(_jours_de(e, s, annee) for e, s in sejours.iter_rows())))
    return occupes, ouverts


def places_le(t: Tables, jour: date) -> int:
    """Places ouvertes un jour donné."""
    ouvertes = (pl.col("ouverture") <= jour) & (pl.col("fermeture").is_null() | (pl.col("fermeture") > jour))
    return t["place"].filter(ouvertes)["nb_places"].sum()


def en_ans_mois_jours(jours: float) -> tuple[int, int, int]:
    """Une durée en (ans, mois, jours), par divisions entières."""
    mois = int(jours // JOURS_PAR_MOIS)
    return mois // 12, mois % 12, int(jours - mois * JOURS_PAR_MOIS)


def duree_des_sortants(t: Tables, annee: int) -> float:
    """Durée moyenne des séjours terminés dans l'année, en jours."""
    sortis = de_l_annee(t["sejour"], "date_sortie", annee)
    return sortis.select((pl.col("date_sortie") - pl.col("date_entree")).dt.total_days().mean()).item()


def _dettes(t: Tables, annee: int) -> tuple[int, int, int, float]:
    """Ménages en impayé, mois impayés, ménages en dette au 31 décembre, mois par ménage en impayé (1 décimale)."""
    lignes = t["dette_mois"].filter(pl.col("mois").str.starts_with(f"{annee}-"))
    impayes = lignes.filter(pl.col("impaye") == "oui")
    en_dette = lignes.filter((pl.col("mois") == f"{annee}-12") & (pl.col("solde") > 0))
    menages = impayes["id_menage"].n_unique()
    return menages, impayes.height, en_dette["id_menage"].n_unique(), round(impayes.height / menages + 1e-9, 1)


def compter(g: Groupe, t: Tables) -> list[Ligne]:
    """Les chiffres d'un groupe : ceux de 2022 sont imprimés, les années d'avant et les répartitions inventées."""
    r, attendu = Releve(), _IMPRIME[g.prefixe]
    sejours = t["sejour"]
    for annee in (2020, 2021, 2022):
        imprime = annee == 2022
        mesures: dict[str, object] = {
            "demandes": de_l_annee(t["demande"], "date_demande", annee).height,
            "accueillis": _presents(sejours, annee)["id_menage"].n_unique(),
            "nouveaux": de_l_annee(sejours, "date_entree", annee).height,
            "sortis": de_l_annee(sejours, "date_sortie", annee).height,
            "prolongations": _prolongations(t, annee),
            "impayés": _dettes(t, annee),
            "durée": en_ans_mois_jours(duree_des_sortants(t, annee)),
            "occupation": _taux(t, annee),
        }
        for nom, compte in mesures.items():
            if imprime:
                r.imprime(annee, nom, attendu[nom], compte)
            else:
                r.invente(annee, nom, compte)
    for nom, table, colonne in (("demandes", t["demande"], "date_demande"), ("accueillis", None, "")):
        comptes = [
            _presents(sejours, a)["id_menage"].n_unique() if table is None else de_l_annee(table, colonne, a).height
            for a in (2021, 2022)
        ]
        r.recalcule(2022, f"variation des {nom}", attendu[f"variation des {nom}"], comptes[1] - comptes[0], "H18")
    r.imprime(2022, "ressources moyennes", attendu["ressources moyennes"], _ressources(t))
    r.imprime(2022, "places en juillet", attendu["places en juillet"], places_le(t, date(2022, 7, 31)))
    r.imprime(2022, "places en décembre", attendu["places en décembre"], places_le(t, date(2022, 12, 31)))
    r.imprime(
        2022,
        "nouveaux logements",
        attendu["nouveaux logements"],
        de_l_annee(t["place"], "ouverture", 2022).height,
    )
    r.imprime(2022, "part des orientations par un partenaire", 80.0, _orientation(t))
    for jour in fins_de_mois(2022):
        r.invente(2022, f"places au {jour:%d/%m}", places_le(t, jour), "capacité variable, voir H11")
    _propres_au_groupe(g, t, r)
    _repartitions(t, r)
    return r.lignes


def _taux(t: Tables, annee: int) -> float:
    occupes, ouverts = occupation(t, annee)
    return round(100 * occupes / ouverts, 2)


def _prolongations(t: Tables, annee: int) -> list[int]:
    """Nombre de prolongations de chaque ménage prolongé, du plus au moins."""
    prolongees = de_l_annee(t["mesure"], "date_debut", annee).filter(pl.col("prolongation_exceptionnelle") == "oui")
    return sorted(prolongees.group_by("id_menage").len()["len"], reverse=True)


def _photos_d_entree(t: Tables) -> pl.DataFrame:
    presents = _presents(t["sejour"], 2022)
    return t["situation"].filter(pl.col("moment") == "entree").join(presents, on="id_menage", how="semi")


def _ressources(t: Tables) -> float:
    return float(round(_photos_d_entree(t)["ressources"].cast(pl.Float64).mean(), 2))


def _orientation(t: Tables) -> float:
    connues = de_l_annee(t["demande"], "date_demande", 2022).filter(pl.col("prescripteur") != "NR")
    return round(100 * connues.filter(pl.col("prescripteur") != "SPONTANE").height / connues.height, 1)


def _propres_au_groupe(g: Groupe, t: Tables, r: Releve) -> None:
    demandes = de_l_annee(t["demande"], "date_demande", 2022)
    if g.prefixe == "AJ":
        r.imprime(2022, "demandes directes venues du CLLAJ", 32, (demandes["prescripteur"] == "INTERNE").sum())
        r.imprime(
            2022, "durée des sortants, année précédente", (0, 8, 1), en_ans_mois_jours(duree_des_sortants(t, 2021))
        )
        par_bailleur = t["place"].group_by("bailleur").len().sort("bailleur")
        for bailleur, attendu in (("M&C", 1), ("Mairie de Carvin", 6), ("P de C Habitat", 3), ("SIA Habitat", 3)):
            r.imprime(
                2022, f"logements {bailleur}", attendu, par_bailleur.filter(pl.col("bailleur") == bailleur)["len"][0]
            )
        return
    hebergees = _presents(t["sejour"], 2022)
    expulsions = demandes.filter(pl.col("motif") == "EXPULSION").join(hebergees, on="id_menage", how="semi")
    suivies = t["mesure"].filter(pl.col("rang") == 1).select("id_menage", pl.col("territoire").alias("ou"))
    territoires = expulsions.join(suivies, on="id_menage")["ou"]
    r.imprime(2022, "familles en procédure d'expulsion", ["CAHC", "CALL", "CALL"], sorted(territoires))
    sortis = de_l_annee(t["sejour"], "date_sortie", 2022)
    r.imprime(2022, "départs sans prévenir", 2, (sortis["motif_fin"] == "PERTE_LIEN").sum())
    r.imprime(2022, "logements à Harnes", 4, (t["place"]["commune"] == "62413").sum())
    r.imprime(2022, "logements", 10, t["place"].height)
    hausse = duree_des_sortants(t, 2022) > duree_des_sortants(t, 2021)
    r.imprime(2022, "durée des sortants en augmentation", True, hausse)


def _repartitions(t: Tables, r: Releve) -> None:
    demandes = de_l_annee(t["demande"], "date_demande", 2022)
    photos = t["situation"].filter(pl.col("moment") == "demande").join(demandes, on="id_menage", how="semi")
    entrees = _photos_d_entree(t)
    sortis = de_l_annee(t["sejour"], "date_sortie", 2022)
    listes: Iterable[tuple[str, pl.DataFrame, str]] = (
        ("demandes, typologie", photos, "composition"),
        ("demandes, suite", demandes, "suite"),
        ("demandes, origine", demandes, "prescripteur"),
        ("accueillis, typologie", entrees, "composition"),
        ("accueillis, ressource", entrees, "ressource_principale"),
        ("sortis, motif", sortis, "motif_fin"),
    )
    for nom, table, colonne in listes:
        r.repartition(2022, nom, table, colonne, "graphique perdu")
