"""Les chiffres de l'hébergement éducatif, comptés directement sur les tables propres."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from generateur.comptage import Releve, ages, comptes, de_l_annee
from generateur.tremplins_calendrier import MAJEURS

Tables = dict[str, pl.DataFrame]


@dataclass(frozen=True)
class _Annee:
    """Le relevé d'une année : un chiffre de 2022 se compare à l'imprimé, celui d'une autre année est inventé."""

    releve: Releve
    annee: int
    majeurs: bool

    def imprime(self, nom: str, attendu: object, compte: object) -> None:
        if self.annee == 2022:
            self.releve.imprime(self.annee, nom, attendu, compte)
        else:
            self.invente(nom, compte)

    def recalcule(self, nom: str, attendu: object, compte: object, anomalie: str) -> None:
        if self.annee == 2022:
            self.releve.recalcule(self.annee, nom, attendu, compte, anomalie)
        else:
            self.invente(nom, compte)

    def invente(self, nom: str, compte: object) -> None:
        self.releve.invente(self.annee, nom, compte)

    def du_groupe(self, majeurs: object, mineurs: object, nom: str, compte: object) -> None:
        """Un chiffre imprimé pour un groupe ; `None` là où l'imprimé ne dit rien."""
        attendu = majeurs if self.majeurs else mineurs
        if attendu is None:
            self.invente(nom, compte)
        else:
            self.imprime(nom, attendu, compte)

    def repartition(self, nom: str, table: pl.DataFrame, colonne: str) -> None:
        self.releve.repartition(self.annee, nom, table, colonne)


def compter(t: Tables, autre: Tables) -> list:
    """Les chiffres d'un groupe, 2020 à 2022 ; `autre` est l'autre groupe du dispositif."""
    releve, majeurs = Releve(), t["sejour"]["id_service"][0] == MAJEURS
    for annee in (2020, 2021, 2022):
        r = _Annee(releve, annee, majeurs)
        presents, nouveaux, sortis = _presences(r, t, autre)
        _places(r, t)
        _profils(r, t, presents, nouveaux, sortis)
        _activite(r, t)
    return releve.lignes


def _presences(r: _Annee, t: Tables, autre: Tables) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Les accueillis, les nouveaux et les sortis de l'année ; un passage n'est ni l'un ni l'autre."""
    debut, fin = date(r.annee, 1, 1), date(r.annee + 1, 1, 1)
    presents = _presents(t["sejour"], debut, fin)
    passes = sorted(set(presents["id_personne"]) & set(_presents(autre["sejour"], debut, fin)["id_personne"]))
    r.du_groupe(22, 8, "jeunes accueillis", presents["id_personne"].n_unique())
    r.imprime("passages de mineur à majeur", 3, len(passes))
    r.recalcule("jeunes distincts des deux groupes", 27, _distincts(t, autre, debut, fin), "H8")
    entres = de_l_annee(t["sejour"], "date_entree", r.annee)
    nouveaux = entres.filter(~pl.col("id_personne").is_in(passes)) if r.majeurs else entres
    sortis = de_l_annee(t["sejour"], "date_sortie", r.annee).filter(pl.col("motif_fin") != "PASSAGE_GROUPE")
    r.du_groupe(12, None, "nouveaux accueillis", nouveaux.height)
    r.du_groupe(32, None, "pré-admissions", de_l_annee(t["demande"], "date_demande", r.annee).height)
    r.du_groupe(9, 1, "sorties", sortis.height)
    restants = presents.filter(pl.col("date_sortie").is_null() | (pl.col("date_sortie") >= fin)).height
    if r.majeurs:
        r.recalcule("présents au dernier jour", 13, restants, "H6")
        r.recalcule("présents au premier jour", 7, presents.filter(pl.col("date_entree") < debut).height, "H7")
    else:
        r.imprime("présents au dernier jour", 4, restants)
    return presents, nouveaux, sortis


def _presents(sejours: pl.DataFrame, debut: date, fin: date) -> pl.DataFrame:
    sortie = pl.col("date_sortie")
    return sejours.filter((pl.col("date_entree") < fin) & (sortie.is_null() | (sortie > debut)))


def _distincts(t: Tables, autre: Tables, debut: date, fin: date) -> int:
    return len({p for tables in (t, autre) for p in _presents(tables["sejour"], debut, fin)["id_personne"]})


def _places(r: _Annee, t: Tables) -> None:
    """Places avant et après, jours offerts et occupés : chaque jour de l'année est compté un par un."""
    places, sejours = t["place"].to_dicts(), t["sejour"].to_dicts()
    premier, fin = date(r.annee, 1, 1), date(r.annee + 1, 1, 1)
    jours = [premier + timedelta(days=k) for k in range((fin - premier).days)]
    offertes = [sum(p["nb_places"] for p in places if p["ouverture"] <= j) for j in jours]
    occupees = [
        sum(s["date_entree"] <= j and (s["date_sortie"] is None or s["date_sortie"] > j) for s in sejours)
        for j in jours
    ]
    assert all(occupee <= offerte for occupee, offerte in zip(occupees, offertes, strict=True))
    r.du_groupe(9, 1, "places avant", sum(p["nb_places"] for p in places if p["ouverture"] < premier))
    r.du_groupe(16, 6, "places après", offertes[-1])
    r.invente("journées théoriques", sum(offertes))
    r.invente("journées réalisées", sum(occupees))
    r.du_groupe(91.52, None, "taux d'occupation", round(100 * sum(occupees) / sum(offertes), 2))
    r.invente("logements ouverts", sum(p["ouverture"].year == r.annee for p in places))


def _profils(r: _Annee, t: Tables, presents: pl.DataFrame, nouveaux: pl.DataFrame, sortis: pl.DataFrame) -> None:
    nombres = dict(presents.join(t["personne"], on="id_personne").group_by("genre").len().iter_rows())
    if r.majeurs:
        for genre in sorted(nombres):
            r.invente(f"accueillis : {genre}", nombres[genre])
    else:
        r.imprime("s'identifient comme fille", 6, nombres.get("F", 0))
        r.imprime("s'identifient comme garçon", 2, nombres.get("H", 0))
    entree = t["situation"].filter(pl.col("moment") == "entree")
    sortie = t["situation"].filter(pl.col("moment") == "sortie")
    demandes = de_l_annee(t["demande"], "date_demande", r.annee)
    r.repartition("origine des accueillis", presents.join(entree, on="id_sejour"), "logement")
    r.repartition("ressource des nouveaux", nouveaux.join(entree, on="id_sejour"), "ressource_principale")
    r.repartition("solution de sortie", sortis.join(sortie, on="id_sejour"), "logement")
    r.repartition("revenu à la sortie", sortis.join(sortie, on="id_sejour"), "ressource_principale")
    r.repartition("suite des pré-admissions", demandes, "suite")
    r.repartition("orienteur des pré-admissions", demandes, "prescripteur")
    photos = nouveaux.join(entree, on="id_sejour").join(t["personne"], on="id_personne").select("naissance", "date")
    for age in sorted(set(ages(photos))):
        r.invente(f"nouveaux de {age} ans", ages(photos).count(age))


def _activite(r: _Annee, t: Tables) -> None:
    actes = comptes(de_l_annee(t["acte"], "date", r.annee))
    r.invente("entretiens", actes.filter(pl.col("type_acte") == "ENTRETIEN").height)
    if not r.majeurs:
        return
    seances = actes.filter(pl.col("type_acte") == "ACTIVITE")
    nommes = t["participation"].join(seances, on="id_acte", how="semi").height
    r.imprime("activités", 28, seances.height)
    r.imprime("participations aux activités", 119, nommes + seances["effectif_anonyme"].sum())
    dossiers = dict(actes.group_by("type_dossier").len().iter_rows())
    r.imprime("demandes d'aide à la première installation", 9, dossiers.get("FSL_ACCES", 0))
    r.imprime("demandes de logement social", 11, dossiers.get("LOGEMENT_SOCIAL", 0))
    asl = actes.filter(pl.col("dispositif") == "ASL jeunes majeurs")
    r.imprime("mesures d'accompagnement demandées", 4, asl.height)
    r.imprime("embauches", 3, de_l_annee(t["convention"], "debut", r.annee).height)
    admises = de_l_annee(t["demande"], "date_demande", r.annee).filter(pl.col("suite") == "ADMISE")
    r.imprime("admis en attente d'accueil", 2, admises.join(t["sejour"], on="id_menage", how="anti").height)
