"""Les chiffres des deux services d'accompagnement social, comptés sur les tables propres."""

from __future__ import annotations

from datetime import date

import polars as pl

from generateur.comptage import Ligne, Releve, ages, de_l_annee, presents_le

Tables = dict[str, pl.DataFrame]
COEFFICIENT = pl.col("intensite").replace_strict({"SIMPLE": 1, "RENFORCEE": 2})
TERRITOIRES = ("CAHC", "CALL")


def suivies(t: Tables, annee: int, territoire: str | None = None) -> pl.DataFrame:
    """Mesures ayant un jour dans l'année civile."""
    lignes = t["mesure"].filter(
        (pl.col("date_debut") < date(annee + 1, 1, 1))
        & (pl.col("date_fin").is_null() | (pl.col("date_fin") > date(annee, 1, 1)))
    )
    return lignes if territoire is None else lignes.filter(pl.col("territoire") == territoire)


def points(t: Tables, debut: date, fin: date, territoire: str | None = None) -> float:
    """Points réalisés de `debut` à la veille de `fin` : coefficient × jours, rapportés aux jours de la période."""
    mesures = t["mesure"] if territoire is None else t["mesure"].filter(pl.col("territoire") == territoire)
    jours = (
        (
            pl.min_horizontal(pl.col("date_fin").fill_null(fin), pl.lit(fin))
            - pl.max_horizontal("date_debut", pl.lit(debut))
        )
        .dt.total_days()
        .clip(0)
    )
    return mesures.select((COEFFICIENT * jours).sum()).item() / (fin - debut).days


def _territoire(r: Releve, t: Tables, nom: str, attendus: dict[str, object]) -> None:
    """Ce qui est imprimé d'un territoire en 2022 : nouvelles mesures, arrêts, durée moyenne, stock déduit."""
    mesures = t["mesure"].filter(pl.col("territoire") == nom)
    r.imprime(2022, f"nouvelles mesures {nom}", attendus["nouvelles"], de_l_annee(mesures, "date_debut", 2022).height)
    total = suivies(t, 2022, nom).height
    if "mesures" in attendus:
        r.imprime(2022, f"mesures {nom}", attendus["mesures"], total)
    else:
        r.invente(2022, f"mesures {nom}", total, "total perdu dans l'imprimé (H17)")
    arrets = de_l_annee(mesures, "date_fin", 2022)
    r.imprime(2022, f"arrêts {nom}", attendus["arrets"], arrets.height)
    moyenne = arrets.select((pl.col("date_fin") - pl.col("date_debut")).dt.total_days().mean()).item() / 30.4375
    r.imprime(2022, f"durée moyenne {nom}", attendus["duree"], round(moyenne, 1))
    ouvertes = presents_le(mesures, date(2022, 12, 31)).height
    r.invente(2022, f"mesures ouvertes au 31 décembre {nom}", ouvertes, "accompagnées moins arrêtées")


def _ressources(r: Releve, t: Tables, moyennes: dict[str, float]) -> None:
    photos = t["situation"].filter(pl.col("moment") == "entree")
    for nom, moyenne in moyennes.items():
        montants = photos.join(suivies(t, 2022, nom).select("id_menage"), on="id_menage")["ressources"].drop_nulls()
        centimes = int((montants * 100).cast(pl.Int64).sum())
        r.imprime(2022, f"ressources moyennes {nom}", moyenne, round(centimes / montants.len() / 100, 2))


def _repartitions(r: Releve, t: Tables) -> None:
    """Les graphiques dont les chiffres sont perdus : inventés, comptés pour mémoire."""
    remarque = "graphique perdu dans l'imprimé"
    annee = suivies(t, 2022)
    photos = t["situation"].filter(pl.col("moment") == "entree").join(annee.select("id_menage"), on="id_menage")
    r.repartition(2022, "type de mesure", annee, "type_mesure", remarque)
    r.repartition(2022, "intensité", annee, "intensite", remarque)
    r.repartition(2022, "composition", photos, "composition", remarque)
    r.repartition(2022, "ressource principale", photos, "ressource_principale", remarque)
    r.repartition(2022, "logement au début", photos, "logement", remarque)
    r.repartition(2022, "motif d'arrêt", de_l_annee(t["mesure"], "date_fin", 2022), "motif_fin", remarque)
    r.repartition(
        2022, "origine de la demande", de_l_annee(t["demande"], "date_demande", 2022), "prescripteur", remarque
    )


def _autres_annees(r: Releve, t: Tables) -> None:
    for annee in (2020, 2021):
        r.invente(annee, "mesures", suivies(t, annee).height)
        r.invente(annee, "nouvelles mesures", de_l_annee(t["mesure"], "date_debut", annee).height)
        r.invente(annee, "arrêts", de_l_annee(t["mesure"], "date_fin", annee).height)


def compter_fsl(t: Tables) -> list[Ligne]:
    """Chaque chiffre du FSL ASLL : attendu, compté, provenance."""
    r = Releve()
    _territoire(r, t, "CAHC", {"nouvelles": 25, "arrets": 27, "duree": 17.0})
    _territoire(r, t, "CALL", {"nouvelles": 16, "mesures": 51, "arrets": 28, "duree": 13.0})
    annee = (date(2022, 1, 1), date(2023, 1, 1))
    for nom, objectif, taux in (("CAHC", 60, 55.33), ("CALL", 40, 110.08)):
        calcule = round(100 * points(t, *annee, nom) / objectif, 2)
        r.imprime(2022, f"réalisation de la convention {nom}", taux, calcule, "commentée comme une suractivité (H13)")
    ensemble = round(points(t, *annee), 2)
    r.recalcule(2022, "réalisation de la convention, ensemble", 77.23, ensemble, "H13", "sur 100 points")
    arrets = de_l_annee(t["mesure"].filter(pl.col("territoire") == "CAHC"), "date_fin", 2022)
    atteints = arrets.filter(pl.col("objectif_atteint") == "oui").height
    r.imprime(2022, "objectifs atteints CAHC", 19, atteints, "70 % des arrêts, et non de l'activité (H14)")
    _ressources(r, t, {"CAHC": 814.0, "CALL": 859.0})
    r.imprime(2022, "part de personnes seules de plus de 30 ans", 65, _seuls(t))
    for an, visites in ((2020, None), (2021, None), (2022, 2196)):
        compte = int(de_l_annee(t["acte"].filter(pl.col("type_acte") == "VISITE"), "date", an)["nombre"].sum())
        if visites is None:
            r.invente(an, "visites à domicile", compte)
        else:
            r.imprime(an, "visites à domicile", visites, compte)
    r.imprime(2022, "travailleurs sociaux", 3, t["convention"]["etp"].drop_nulls().len(), "2 ETP")
    _repartitions(r, t)
    _autres_annees(r, t)
    return r.lignes


def _seuls(t: Tables) -> int:
    """Part, en % arrondi, des personnes seules de plus de 30 ans parmi les ménages accompagnés."""
    photos = (
        t["situation"]
        .filter(pl.col("moment") == "entree")
        .join(suivies(t, 2022).select("id_menage"), on="id_menage")
        .join(t["menage"], on="id_menage")
        .join(t["personne"], left_on="id_referent", right_on="id_personne")
    )
    seuls = photos.filter(pl.col("composition").is_in(["HS", "FS"]))
    return round(100 * sum(age > 30 for age in ages(seuls)) / photos.height)


def compter_asl(t: Tables) -> list[Ligne]:
    """Chaque chiffre de l'ASL jeunes ASE : attendu, compté, provenance."""
    r = Releve()
    _territoire(r, t, "CAHC", {"nouvelles": 15, "arrets": 18, "duree": 10.0})
    _territoire(r, t, "CALL", {"nouvelles": 6, "mesures": 12, "arrets": 9, "duree": 7.2})
    r.recalcule(
        2022,
        "réalisation de la convention d'octobre 2021 à septembre 2022",
        None,
        round(100 * points(t, date(2021, 10, 1), date(2022, 10, 1)) / 28, 2),
        "H16",
        "28 mesures simples ; l'imprimé fait son bilan en année civile",
    )
    civile = round(points(t, date(2022, 1, 1), date(2023, 1, 1)), 2)
    r.invente(2022, "mesures pondérées en année civile", civile, "à comparer à la période de la convention (H16)")
    for nom, prolonges, age, bornes in (("CAHC", 12, 21.2, (0, 2164)), ("CALL", 3, 20.5, (0, 1079))):
        annee = suivies(t, 2022, nom)
        arret = pl.min_horizontal(pl.col("date_fin").fill_null(date(2023, 1, 1)), pl.lit(date(2023, 1, 1)))
        longs = annee.filter(arret > pl.col("date_debut").dt.offset_by("1y"))
        r.imprime(2022, f"accompagnements prolongés {nom}", prolonges, longs.height)
        photos = (
            t["situation"]
            .filter(pl.col("moment") == "entree")
            .join(annee.select("id_menage"), on="id_menage")
            .join(t["menage"], on="id_menage")
            .join(t["personne"], left_on="id_referent", right_on="id_personne")
        )
        releves = ages(photos)
        r.imprime(2022, f"âge moyen {nom}", age, round(sum(releves) / len(releves), 1))
        r.imprime(2022, f"ressources les plus basses {nom}", bornes[0], int(photos["ressources"].min()))
        r.imprime(2022, f"ressources les plus hautes {nom}", bornes[1], int(photos["ressources"].max()))
    _ressources(r, t, {"CAHC": 1017.65, "CALL": 691.41})
    dossiers = de_l_annee(t["acte"].filter(pl.col("type_acte") == "DOSSIER"), "date", 2022)
    r.imprime(2022, "dossiers Loca-Pass", 1, dossiers.filter(pl.col("type_dossier") == "LOCA_PASS").height)
    solvabilisation = dossiers.filter(pl.col("type_dossier") == "SOLVABILISATION")
    r.imprime(2022, "dossiers de solvabilisation", 2, solvabilisation.height)
    r.imprime(2022, "jeunes ayant un dossier de solvabilisation", 2, solvabilisation["id_menage"].n_unique())
    r.imprime(2022, "travailleurs sociaux", 2, t["convention"]["etp"].drop_nulls().len())
    jeunes = (
        suivies(t, 2022)
        .join(t["menage"], on="id_menage")
        .join(t["personne"], left_on="id_referent", right_on="id_personne")
    )
    r.repartition(2022, "prise en charge antérieure", jeunes, "prise_en_charge", "graphique perdu dans l'imprimé")
    r.repartition(2022, "dossier", dossiers, "type_dossier", "liste sans chiffres", ("LOCA_PASS", "SOLVABILISATION"))
    _repartitions(r, t)
    _autres_annees(r, t)
    return r.lignes
