"""Les chiffres du LTIAE comptés sur les tables propres."""

from __future__ import annotations

from collections import Counter
from datetime import date

import polars as pl

from generateur.comptage import Ligne, Releve, ages, comptes, de_l_annee, fins_de_mois, presents_le
from generateur.ltiae_calendrier import COLONNES, FILE_ACTIVE

Tables = dict[str, pl.DataFrame]


def compter(t: Tables) -> list[Ligne]:
    """Chaque chiffre du LTIAE : attendu, compté, provenance."""
    r = Releve()
    _activite(r, t)
    _demandes(r, t)
    _profils(r, t)
    _resultats(r, t)
    _contenu(r, t)
    _inventions(r, t)
    return r.lignes


def accompagnes(t: Tables, annee: int) -> pl.DataFrame:
    """Mesures ayant un jour dans l'année."""
    return t["mesure"].filter(
        (pl.col("date_debut") <= date(annee, 12, 31))
        & (pl.col("date_fin").is_null() | (pl.col("date_fin") > date(annee, 1, 1)))
    )


def terminees(t: Tables, annee: int) -> pl.DataFrame:
    return de_l_annee(t["mesure"].filter(pl.col("date_debut").is_not_null()), "date_fin", annee)


def premieres(t: Tables, annee: int) -> pl.DataFrame:
    return de_l_annee(t["mesure"].filter(pl.col("rang") == 1), "date_debut", annee)


def _activite(r: Releve, t: Tables) -> None:
    mesures = t["mesure"]
    r.imprime(2022, "ménages accompagnés", 25, accompagnes(t, 2022)["id_menage"].n_unique(), "unité : ménage (L10)")
    r.recalcule(
        2020,
        "ménages accompagnés",
        23,
        accompagnes(t, 2020)["id_menage"].n_unique(),
        "L9",
        "2020 et non N-1 : aucune valeur 2021 n'est imprimée",
    )
    r.imprime(2022, "premières mesures", 13, premieres(t, 2022).height)
    r.imprime(2022, "présents au 1er janvier", 12, presents_le(mesures, date(2022, 1, 1)).height, "identité I5")
    r.imprime(2022, "présents au 31 décembre", 11, presents_le(mesures, date(2022, 12, 31)).height, "identité I5")
    for jour, attendu in zip(fins_de_mois(2022), FILE_ACTIVE, strict=True):
        r.imprime(2022, f"file active {jour:%Y-%m}", attendu, presents_le(mesures, jour).height)
    r.imprime(2022, "mois-mesures", 140, sum(presents_le(mesures, j).height for j in fins_de_mois(2022)))
    r.imprime(2022, "mesures terminées", 14, terminees(t, 2022).height)
    sans_debut = de_l_annee(mesures.filter(pl.col("date_debut").is_null()), "date_notification", 2022)
    r.imprime(2022, "mesures jamais démarrées", 1, sans_debut.height)


def _demandes(r: Releve, t: Tables) -> None:
    demandes = de_l_annee(t["demande"], "date_demande", 2022)
    r.imprime(2022, "prescriptions reçues", 22, demandes.height)
    r.imprime(2022, "structures prescriptrices", 13, demandes["organisme"].n_unique())
    for suite, attendu in (("ADMISE", 14), ("REFUS_SERVICE", 3), ("SANS_SUITE", 5)):
        r.imprime(2022, f"suite {suite}", attendu, demandes.filter(pl.col("suite") == suite).height)
    motifs = {
        "DEJA_LOGE": 2,
        "EMPLOI_PERDU": 1,
        "REORIENTE_HEBERGEMENT": 1,
        "AUTRE_MESURE": 1,
        "NE_DONNE_PAS_SUITE": 1,
        "POSITIONNE_LOGEMENT": 2,
    }
    for motif, attendu in motifs.items():
        r.imprime(2022, f"motif de suite {motif}", attendu, demandes.filter(pl.col("motif_suite") == motif).height)


def _profils(r: Releve, t: Tables) -> None:
    photos = (
        t["situation"]
        .filter((pl.col("moment") == "entree") & (pl.col("date") <= date(2022, 12, 31)))
        .sort("date")
        .group_by("id_menage", maintain_order=True)
        .last()
        .join(t["menage"], on="id_menage")
        .join(t["personne"], left_on="id_referent", right_on="id_personne")
        .join(accompagnes(t, 2022).select("id_menage").unique(), on="id_menage", how="semi")
    )
    gardes = dict(t["membre"].filter(pl.col("garde").is_not_null()).select("id_menage", "garde").iter_rows())
    nouveaux = set(premieres(t, 2022)["id_menage"])
    tranche = {"0-24": (0, 25), "25-40": (25, 41), "41-50": (41, 51), "51-60": (51, 61)}
    lignes = [
        (m, f"{c} garde {gardes[m]}" if c == "HSE" else c, a, res)
        for m, c, a, res in zip(
            photos["id_menage"], photos["composition"], ages(photos), photos["ressource_principale"], strict=True
        )
    ]
    compositions = {
        "HS": (15, 8),
        "HSE garde week_end": (1, 1),
        "FS": (1, 1),
        "HSE garde permanente": (1, 1),
        "CAE": (7, 2),
    }
    for perimetre, rang in (("total", 0), ("premières mesures", 1)):
        ici = [ligne for ligne in lignes if rang == 0 or ligne[0] in nouveaux]
        for code, attendus in compositions.items():
            r.imprime(2022, f"composition {code}, {perimetre}", attendus[rang], sum(x[1] == code for x in ici))
        for (nom, (bas, haut)), attendus in zip(tranche.items(), ((2, 2), (13, 9), (7, 1), (3, 1)), strict=True):
            r.imprime(
                2022,
                f"âge {nom}, {perimetre}",
                attendus[rang],
                sum(bas <= x[2] < haut for x in ici),
                "aucun référent de 25 ans ni de plus de 60 ans : les deux lectures de L13 coïncident",
            )
        for code, attendus in {"SALAIRE": (24, 12), "ARE": (1, 1)}.items():
            r.imprime(2022, f"ressource {code}, {perimetre}", attendus[rang], sum(x[3] == code for x in ici))
    assert all(x[2] != 25 and x[2] <= 60 for x in lignes)
    couples = [x[0] for x in lignes if x[1] == "CAE"]
    membres = t["membre"].filter((pl.col("role") == "enfant") & pl.col("id_menage").is_in(couples))
    enfants = Counter(membres["id_menage"])
    r.imprime(2022, "enfants des couples", [1, 1, 1, 1, 1, 6, 7], sorted(enfants.values()))


def _resultats(r: Releve, t: Tables) -> None:
    fins = terminees(t, 2022)
    for motif, attendu in (("ACCES_LOGT", 7), ("INCARCERATION", 2), ("PERTE_LIEN", 5)):
        r.recalcule(
            2022,
            f"motif de fin {motif}",
            attendu,
            fins.filter(pl.col("motif_fin") == motif).height,
            {"ACCES_LOGT": "L5", "INCARCERATION": "L14", "PERTE_LIEN": "L6"}[motif],
        )
    sorties = t["situation"].filter(pl.col("moment") == "sortie")
    entrees = t["situation"].filter(pl.col("moment") == "entree").select("id_menage", entree="logement")
    croix = Counter(
        fins.join(sorties, on="id_menage").join(entrees, on="id_menage").select("entree", "logement").iter_rows()
    )
    attendues = Counter((entree, sortie) for _, _, entree, sortie, _ in COLONNES.values())
    assert croix == attendues
    for (entree, sortie), nombre in sorted(attendues.items()):
        r.imprime(2022, f"parcours {entree} → {sortie}", nombre, croix[entree, sortie])
    r.recalcule(2022, "parcours, total", 14, croix.total(), "L4", "le texte dit 13")

    relogements = de_l_annee(t["relogement"].filter(pl.col("parc") != "MAINTIEN"), "date", 2022)
    r.recalcule(2022, "relogements", 7, relogements.height, "L1", "8 imprimés ; les lignes font 7")
    r.recalcule(2022, "relogements du parc privé", 0, relogements.filter(pl.col("parc") == "PRIVE").height, "L3")
    for bailleur, nombre in {"Alpes Isère Habitat": 1, "3 F": 1, "ACTIS": 3, "CDC": 1, "Grenoble Habitat": 1}.items():
        r.imprime(2022, f"relogements {bailleur}", nombre, relogements.filter(pl.col("bailleur") == bailleur).height)
    etat = relogements.filter(pl.col("contingent") == "ETAT").height
    r.imprime(
        2022,
        "relogements hors contingent de l'État",
        7,
        relogements.height - etat,
        "dont un par ALIN, rangé dans le contingent Action Logement",
    )
    debuts = relogements.join(t["mesure"].select("id_mesure", "date_debut"), on="id_mesure")
    rapides = debuts.filter((pl.col("date") - pl.col("date_debut")).dt.total_days() <= 31)
    r.imprime(2022, "attributions dès le début", 4, rapides.height, "lu : dans les 31 jours ; délai inventé")
    perdus = fins.filter(pl.col("motif_fin") == "PERTE_LIEN")
    r.imprime(2022, "perdus de vue déjà relogés", 2, perdus.join(t["relogement"], on="id_menage", how="semi").height)
    _durees(r, t, fins)


def _durees(r: Releve, t: Tables, fins: pl.DataFrame) -> None:
    parcours = t["mesure"].group_by("id_menage").agg(pl.col("date_debut").min())
    durees = [
        (fin - debut).days / 30.4375
        for debut, fin in fins.join(parcours, on="id_menage", suffix="_parcours")
        .select("date_debut_parcours", "date_fin")
        .iter_rows()
    ]
    r.imprime(2022, "durées de 6 à 11 mois", 9, sum(6 <= d < 12 for d in durees))
    r.imprime(2022, "durée maximale (mois entiers)", 35, int(max(durees)))
    r.recalcule(
        2022,
        "durée moyenne (mois, au centième)",
        7.0,
        round(sum(durees) / len(durees), 2),
        "L16",
        "lue sur les 14 parcours terminés",
    )
    r.invente(2022, "durées de moins de 6 mois", sum(d < 6 for d in durees))


def _contenu(r: Releve, t: Tables) -> None:
    fins = terminees(t, 2022)
    actes = comptes(t["acte"]).join(fins.select("id_mesure"), on="id_mesure", how="semi")
    for colonne, rang, total in (("theme", 0, 65), ("partenaire", 1, 37)):
        couples = actes.filter(pl.col(colonne).is_not_null()).select("id_mesure", colonne).unique()
        listes = Counter(frozenset(v) for v in couples.group_by("id_mesure").agg(colonne)[colonne].to_list())
        listes[frozenset()] += fins.height - couples["id_mesure"].n_unique()
        attendues = Counter(frozenset(c[rang]) for c in COLONNES.values())
        assert listes == attendues, f"les listes de {colonne} des mesures terminées diffèrent de l'imprimé"
        r.recalcule(2022, f"croix {colonne}", total, couples.height, "L11", "colonnes lues comme des mesures terminées")
        for code in sorted({c for colonnes in COLONNES.values() for c in colonnes[rang]}):
            attendu = sum(code in c[rang] for c in COLONNES.values())
            r.imprime(2022, f"{colonne} {code}", attendu, couples.filter(pl.col(colonne) == code).height)
    coordination = de_l_annee(t["acte"].filter(pl.col("id_menage").is_null()), "date", 2022)
    for code, attendu in (("CONSEIL", 14), ("APPEL", 49), ("REUNION", 1)):
        r.imprime(2022, f"coordination {code}", attendu, coordination.filter(pl.col("type_acte") == code).height)


def _inventions(r: Releve, t: Tables) -> None:
    demandes = de_l_annee(t["demande"], "date_demande", 2022)
    r.repartition(2022, "prescripteur", demandes, "organisme", "tableau perdu ; structures imaginaires")
    for colonne in ("motif", "commune_origine", "qpv"):
        r.repartition(2022, f"demandes par {colonne}", demandes, colonne, "non imprimé")
    photos = de_l_annee(t["situation"].filter(pl.col("moment") == "entree"), "date", 2022)
    r.repartition(
        2022,
        "emploi à l'entrée, premières mesures",
        photos,
        "emploi",
        "deux orientations hors cadre imprimées : emploi classique",
    )
    for annee in (2020, 2021, 2022):
        suivis = t["acte"].filter(pl.col("id_menage").is_not_null())
        r.repartition(annee, "actes auprès des ménages", de_l_annee(suivis, "date", annee), "type_acte", "non imprimé")
        r.repartition(annee, "objectif atteint", terminees(t, annee), "objectif_atteint", "non imprimé")
    for annee in (2020, 2021):
        coordination = de_l_annee(t["acte"].filter(pl.col("id_menage").is_null()), "date", annee)
        r.repartition(annee, "coordination", coordination, "type_acte", "non imprimé")
        r.invente(annee, "prescriptions reçues", de_l_annee(t["demande"], "date_demande", annee).height)
        r.invente(annee, "premières mesures", premieres(t, annee).height)
        r.invente(annee, "mesures terminées", terminees(t, annee).height)
        r.invente(annee, "relogements", de_l_annee(t["relogement"], "date", annee).height)
        for jour in fins_de_mois(annee):
            r.invente(annee, f"file active {jour:%Y-%m}", presents_le(t["mesure"], jour).height)
    r.invente(2021, "ménages accompagnés", accompagnes(t, 2021)["id_menage"].n_unique())
