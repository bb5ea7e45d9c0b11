"""Les chiffres des programmes, comptés directement sur leurs tables propres, sans les indicateurs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import polars as pl

from generateur.comptage import Ligne, Releve, de_l_annee

Tables = dict[str, pl.DataFrame]


def presents(t: Tables, annee: int) -> set[str]:
    """Ménages ayant au moins un jour d'accompagnement dans l'année."""
    mesures = t["mesure"].filter(
        (pl.col("date_debut") <= date(annee, 12, 31))
        & (pl.col("date_fin").is_null() | (pl.col("date_fin") > date(annee, 1, 1)))
    )
    return set(mesures["id_menage"])


def suivis_depuis_l_origine(t: Tables, annee: int) -> int:
    return t["mesure"].filter(pl.col("date_debut") <= date(annee, 12, 31))["id_menage"].n_unique()


def referents_par_genre(t: Tables, menages: set[str]) -> dict[str, int]:
    referents = t["menage"].filter(pl.col("id_menage").is_in(list(menages)))
    genres = t["personne"].join(referents, left_on="id_personne", right_on="id_referent")["genre"]
    return {genre: genres.to_list().count(genre) for genre in ("H", "F")}


def locataires(t: Tables, annee: int) -> int:
    """Ménages dont la dernière photo de l'année ou d'avant est un bail."""
    photos = t["situation"].filter((pl.col("date") <= date(annee, 12, 31)) & (pl.col("logement") != "NR"))
    dernieres = photos.sort("date").group_by("id_menage", maintain_order=True).last()
    return dernieres.filter(pl.col("logement").is_in(["PUBLIC", "PRIVE", "PROPRIO"])).height


def missions(t: Tables) -> pl.DataFrame:
    return t["contrat_travail"].filter(pl.col("type_contrat") == "MISSION_JOURNEE")


def _job(t: Tables, r: Releve) -> None:
    r.imprime(2018, "jeunes bénéficiaires depuis l'origine", 60, suivis_depuis_l_origine(t, 2018))
    photos = t["situation"].filter((pl.col("moment") == "entree") & (pl.col("date").dt.year() <= 2018))
    r.imprime(2018, "jeunes sans ressources depuis l'origine", 54, (photos["ressources"] == 0).sum(), "90 % de 60")
    duree = (missions(t)["date_fin"] - missions(t)["date_debut"]).dt.total_days()
    r.imprime(2018, "jours d'une mission", [3], duree.unique().to_list())
    r.imprime(2018, "heures d'une mission", [24.0], missions(t)["heures"].unique().to_list())


def _siao(t: Tables, r: Releve) -> None:
    menages = presents(t, 2020)
    r.imprime(2020, "situations suivies", 84, len(menages))
    genres = referents_par_genre(t, menages)
    r.imprime(2020, "situations suivies : hommes", 68, genres["H"])
    r.imprime(2020, "situations suivies : femmes", 16, genres["F"])


def _igloo(t: Tables, r: Releve) -> None:
    ouverts = t["place"]
    r.imprime(
        2014, "logements de la première opération", 6, ouverts.filter(pl.col("ouverture").dt.year() == 2014).height
    )
    r.imprime(2019, "logements des deux opérations", 13, ouverts.height)
    r.imprime(2019, "ménages associés", 7, len(presents(t, 2019)))
    r.imprime(2019, "enfants à charge", 3, _enfants(t, presents(t, 2019)))


def _enfants(t: Tables, menages: set[str]) -> int:
    return t["membre"].filter((pl.col("role") == "enfant") & pl.col("id_menage").is_in(list(menages))).height


def _mutualisee(t: Tables, r: Releve) -> None:
    r.imprime(2018, "ménages accompagnés", 15, len(presents(t, 2018)))
    r.imprime(2020, "ménages accompagnés depuis l'origine", 79, suivis_depuis_l_origine(t, 2020))
    r.imprime(2020, "ménages demeurant locataires", 54, locataires(t, 2020))
    total = de_l_annee(t["convention"], "debut", 2018)["montant"].sum()
    r.imprime(2018, "financement total, en euros", 45100, int(total))
    chantiers = t["demande"].filter(pl.col("organisme").is_not_null())
    r.recalcule(2018, "chantiers partenaires", 7, chantiers["organisme"].n_unique(), "C5")
    sans_place = presents(t, 2019) - set(t["sejour"]["id_menage"])
    r.imprime(2019, "accompagnements hors sous-location", 2, len(sans_place))
    r.imprime(2020, "appartements en sous-location", 15, t["place"].height)


def _asllip(t: Tables, r: Releve) -> None:
    r.imprime(2019, "personnes accompagnées", 18, len(presents(t, 2019)))
    r.imprime(2020, "personnes accompagnées", 15, len(presents(t, 2020)))
    genres = referents_par_genre(t, presents(t, 2019))
    r.imprime(2019, "hommes", 9, genres["H"], "50 % de 18")
    r.imprime(2019, "femmes", 9, genres["F"], "50 % de 18")


def _premieres_heures(t: Tables, r: Releve) -> None:
    faites = de_l_annee(missions(t), "date_debut", 2020)
    r.imprime(2020, "heures par mois", 117.0, faites["heures"].sum() / 12)
    genres = t["personne"].filter(pl.col("id_personne").is_in(faites["id_personne"].to_list()))["genre"].to_list()
    r.imprime(2020, "personnes au travail", 10, len(genres))
    r.imprime(2020, "personnes au travail : femmes", 3, genres.count("F"))
    r.imprime(2020, "personnes au travail : hommes", 7, genres.count("H"))


def _tapaj(t: Tables, r: Releve) -> None:
    chantiers = missions(t).filter(pl.col("date_fin") - pl.col("date_debut") == timedelta(days=1))
    groupes = chantiers.group_by("date_debut").len()["len"]
    r.imprime(2020, "taille du groupe, la plus petite et la plus grande", (3, 6), (groupes.min(), groupes.max()))
    r.imprime(2020, "heures d'un chantier", [4.0], chantiers["heures"].unique().to_list())
    durees = (missions(t)["date_fin"] - missions(t)["date_debut"]).dt.total_days()
    r.imprime(2020, "mission la plus longue, en jours", 3, durees.max())
    individuels = t["mesure"].filter((pl.col("intensite") == "RENFORCEE") & (pl.col("date_debut").dt.year() == 2020))
    r.imprime(2020, "suivis individuels vers l'emploi", 10, individuels.height)
    etapes = de_l_annee(t["acte"], "date", 2020)["type_acte"].n_unique()
    r.recalcule(2020, "étapes du parcours", 5, etapes, "C4")


def _coach(t: Tables, r: Releve) -> None:
    r.imprime(2022, "personnes accompagnées en trois ans", 70, suivis_depuis_l_origine(t, 2022))
    r.imprime(2020, "centres d'hébergement participants", 3, t["demande"]["organisme"].drop_nulls().n_unique())


def _emile(t: Tables, r: Releve) -> None:
    immersions = t["contrat_travail"].filter(pl.col("type_contrat") == "IMMERSION")
    duree = (immersions["date_fin"] - immersions["date_debut"]).dt.total_days()
    r.imprime(2020, "jours d'une immersion", [5], duree.unique().to_list())
    mayenne = t["mesure"].filter(pl.col("territoire") == "Mayenne").sort("date_debut")
    premiere = immersions.filter(pl.col("id_menage") == mayenne["id_menage"][0])["date_debut"][0]
    r.recalcule(2020, "année de la première immersion en Mayenne", 2021, premiere.year, "C2")
    famille = t["membre"].filter(pl.col("id_menage") == mayenne["id_menage"][0])
    r.imprime(2020, "personnes de la première famille installée", 4, famille.height)


_IMPRIMES: dict[str, Callable[[Tables, Releve], None]] = {
    "job_a_la_journee": _job,
    "siao_emploi": _siao,
    "igloo": _igloo,
    "action_mutualisee": _mutualisee,
    "asllip": _asllip,
    "premieres_heures": _premieres_heures,
    "tapaj": _tapaj,
    "coach": _coach,
    "emile": _emile,
}


def compter(service: str, t: Tables) -> list[Ligne]:
    """Les chiffres d'un programme : les imprimés qui le contraignent, puis les comptes inventés de chaque année."""
    r = Releve()
    _IMPRIMES[service](t, r)
    imprimes = {(annee, nom) for annee, nom, *_ in r.lignes}
    for annee in range(2018, 2023):
        menages = presents(t, annee)
        if not menages:
            continue
        comptes = {
            "ménages accompagnés": len(menages),
            "orientations reçues": de_l_annee(t["demande"], "date_demande", annee).height,
            "contrats commencés": de_l_annee(t["contrat_travail"], "date_debut", annee).height,
            "sorties": t["mesure"]
            .filter(pl.col("motif_fin") != "FIN_DUREE")
            .pipe(de_l_annee, "date_fin", annee)
            .height,
        }
        for nom, nombre in comptes.items():
            if (annee, nom) not in imprimes:
                r.invente(annee, nom, nombre)
    return r.lignes
