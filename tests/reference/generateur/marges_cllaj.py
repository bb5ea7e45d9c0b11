"""Les chiffres du CLLAJ comptés sur les tables propres."""

from __future__ import annotations

from datetime import date

import polars as pl

from generateur.cllaj_annees import LIEUX_2022
from generateur.comptage import Ligne, Releve, ages, comptes, de_l_annee

Tables = dict[str, pl.DataFrame]
# Imprimé : avec dossier, sans dossier, participants aux ateliers, jeunes de QPV.
FREQUENTATION = {2020: (259, 85, 96, 61), 2021: (297, 61, 195, 68), 2022: (268, 185, 51, 97)}
DIFFICILES = ["RUE", "SQUAT", "MOBILE", "ERRANCE", "TIERS_A", "HOTEL115", "HOTEL", "HU"]
SALARIES_PRIVES = ["CDI_TP", "CDI_PARTIEL", "CDD", "INTERIM", "ALTERNANCE"]


def compter(t: Tables) -> list[Ligne]:
    """Chaque chiffre du CLLAJ : attendu, compté, provenance."""
    r = Releve()
    for annee in FREQUENTATION:
        _frequentation(r, t, annee)
    _accueil(r, t)
    _profils(r, t)
    _zooms(r, t)
    _contenu(r, t)
    _inventions(r, t)
    return r.lignes


def situations(t: Tables, annee: int) -> pl.DataFrame:
    """Foyers ayant au moins un acte compté dans l'année."""
    actes = comptes(de_l_annee(t["acte"], "date", annee))
    return actes.filter(pl.col("id_menage").is_not_null()).select("id_menage").unique()


def jeunes(t: Tables, annee: int) -> pl.DataFrame:
    """Une ligne par personne en dossier : identité, dernière photo et dernière demande de son foyer."""
    fin = date(annee, 12, 31)
    photos = t["situation"].filter(pl.col("date") <= fin).sort("date").group_by("id_personne").last()
    demandes = (
        t["demande"]
        .filter(pl.col("id_menage").is_not_null() & (pl.col("date_demande") <= fin))
        .sort("date_demande")
        .group_by("id_menage")
        .last()
        .select("id_menage", "prescripteur", "qpv", "motif")
    )
    return (
        t["membre"]
        .filter((pl.col("debut") <= fin) & (pl.col("fin").is_null() | (pl.col("fin") > date(annee, 1, 1))))
        .join(situations(t, annee), on="id_menage", how="semi")
        .join(t["personne"], on="id_personne")
        .join(photos.drop("id_menage"), on="id_personne", how="left")
        .join(demandes, on="id_menage", how="left")
    )


def participants(t: Tables, annee: int) -> pl.DataFrame:
    ateliers = de_l_annee(t["acte"].filter(pl.col("type_acte") == "ATELIER"), "date", annee)
    return t["participation"].join(ateliers.select("id_acte"), on="id_acte", how="semi").select("id_personne").unique()


def _frequentation(r: Releve, t: Tables, annee: int) -> None:
    dossier, sans, ateliers, qpv = FREQUENTATION[annee]
    j = jeunes(t, annee)
    sans_dossier = de_l_annee(t["demande"].filter(pl.col("id_menage").is_null()), "date_demande", annee)
    present = participants(t, annee)
    r.imprime(
        annee, "AIO, personnes avec dossier", dossier, j["id_personne"].n_unique(), "personnes et non dossiers (H2)"
    )
    r.imprime(annee, "AIO, sans dossier", sans, sans_dossier.height)
    r.imprime(annee, "participants aux ateliers, distincts", ateliers, present.height)
    aller_vers = de_l_annee(t["acte"].filter(pl.col("type_acte") == "ALLER_VERS"), "date", annee)
    touches = aller_vers.filter(pl.col("qpv") == "oui")["effectif_anonyme"].sum()
    en_qpv = j.filter(pl.col("qpv") == "oui").height
    total_qpv = en_qpv + sans_dossier.filter(pl.col("qpv") == "oui").height + touches
    r.recalcule(
        annee,
        "jeunes de QPV",
        qpv,
        total_qpv,
        "H15",
        "35 en dossier, 44 SDLJ, 18 forum" if annee == 2022 else "partage entre dossiers et sans dossier inventé",
    )
    deja = present.join(j, on="id_personne", how="semi").height
    constante = dossier + sans + present.height
    if annee == 2022:
        r.imprime(2022, "participants ayant un dossier", 10, deja)
        r.imprime(2022, "jeunes touchés par l'« aller vers »", 86, aller_vers["effectif_anonyme"].sum())
        r.imprime(
            2022,
            "jeunes ayant sollicité, définition 2022",
            580,
            dossier + sans + present.height - deja + aller_vers["effectif_anonyme"].sum(),
        )
        r.recalcule(2022, "jeunes ayant sollicité, définition 2019", 504, constante, "H1", "-8,9 % et non +4,9 %")
    else:
        assert aller_vers.is_empty()
        r.imprime(annee, "jeunes ayant sollicité, définition 2019", {2020: 440, 2021: 553}[annee], constante)
        r.invente(annee, "participants ayant un dossier", deja, "donne la fréquentation à la définition de 2022")
        r.invente(annee, "situations", situations(t, annee).height)
    r.invente(
        annee,
        "participations aux ateliers",
        t["participation"].join(de_l_annee(t["acte"], "date", annee), on="id_acte", how="semi").height,
    )


def _accueil(r: Releve, t: Tables) -> None:
    actes = comptes(de_l_annee(t["acte"], "date", 2022))
    entretiens = actes.filter(pl.col("type_acte") == "ENTRETIEN")
    suivis, recus = situations(t, 2022).height, entretiens["id_menage"].n_unique()
    r.imprime(2022, "situations", 218, suivis)
    r.imprime(2022, "situations reçues en entretien", 171, recus)
    r.imprime(2022, "situations suivies à distance", 47, suivis - recus)
    r.imprime(2022, "entretiens physiques", 260, entretiens.filter(pl.col("mode") == "physique").height)
    for lieu, nombre in LIEUX_2022.items():
        compte = entretiens.filter(pl.col("lieu") == lieu).height
        if nombre == 1:
            r.recalcule(2022, f"entretiens, {lieu}", nombre, compte, "H19", "« I » lu 1")
        else:
            r.imprime(2022, f"entretiens, {lieu}", nombre, compte)
    r.invente(
        2022,
        "entretiens, Siège du CLLAJ",
        entretiens.filter(pl.col("lieu") == "Siège du CLLAJ").height,
        "le reste des 260",
    )
    demandes = de_l_annee(t["demande"], "date_demande", 2022)
    assert demandes["id_menage"].drop_nulls().n_unique() == suivis
    r.imprime(2022, "ateliers", 9, actes.filter(pl.col("type_acte") == "ATELIER").height)
    for lieu, qpv, nombre in (
        ("Forum", "oui", 18),
        ("Semaine du logement des jeunes", "oui", 44),
        ("Semaine du logement des jeunes", "non", 24),
    ):
        ici = actes.filter((pl.col("lieu") == lieu) & (pl.col("qpv") == qpv))
        r.imprime(2022, f"aller vers, {lieu}, qpv {qpv}", nombre, ici["effectif_anonyme"].sum())


def _profils(r: Releve, t: Tables) -> None:
    j = jeunes(t, 2022)
    montants = [float(m) for m in j["ressources"].drop_nulls()]
    r.imprime(2022, "personnes en dossier", 268, j.height, "base des pourcentages (H3)")
    r.imprime(2022, "hommes", 142, j.filter(pl.col("genre") == "H").height, "53 % de 268")
    r.imprime(2022, "femmes", 126, j.filter(pl.col("genre") == "F").height, "47 % de 268")
    annees = ages(j)
    assert min(annees) >= 16 and max(annees) <= 30
    r.imprime(2022, "âge moyen", 21.75, round(sum(annees) / len(annees), 2))
    r.imprime(2022, "26 ans et plus", 22, sum(a >= 26 for a in annees), "8,2 % de 268")
    assert len(montants) == 268
    assert not any(1080 <= m <= 1250 for m in montants), "un montant tombe dans la zone du seuil de pauvreté"
    avec = [m for m in montants if m > 0]
    r.imprime(2022, "ressources moyennes, tous", 699, round(sum(montants) / 268))
    r.imprime(2022, "ressources moyennes, ceux qui en ont", 847, round(sum(avec) / len(avec)))
    r.imprime(2022, "sans ressource", 47, 268 - len(avec), "déduit de 699/847 (I21)")
    r.imprime(2022, "moins de 580 €", 104, sum(m < 580 for m in montants), "38,8 % de 268 (H3)")
    r.imprime(
        2022,
        "sous le seuil de pauvreté",
        209,
        sum(m < 1080 for m in montants),
        "78 % de 268 ; vaut pour tout seuil de 1 080 à 1 250 €",
    )
    r.imprime(
        2022, "disposent d'un salaire", 96, j.filter(pl.col("ressource_principale") == "SALAIRE").height, "36 % de 268"
    )
    for emploi, nombre in (("CDI_TP", 14), ("CDI_PARTIEL", 6), ("ALTERNANCE", 7)):
        r.imprime(2022, f"emploi {emploi}", nombre, j.filter(pl.col("emploi") == emploi).height)
    connus = jeunes(t, 2021)["ressources"].drop_nulls().cast(pl.Float64)
    r.imprime(
        2021,
        "part sous 580 € (%)",
        30,
        round(100 * (connus < 580).sum() / len(connus)),
        "87 personnes sur 290 connues ; effectifs inventés",
    )


def _zooms(r: Releve, t: Tables) -> None:
    j = jeunes(t, 2022)
    ase = j.filter(pl.col("parcours_ase") == "oui")
    montants = [float(m) for m in ase["ressources"]]
    r.recalcule(2022, "jeunes au parcours ASE", 21, ase.height, "H19", "« 2 I » lu 21")
    incomplets = ase.filter((pl.col("emploi") == "NR") & (pl.col("logement") == "NR") & (pl.col("genre") == "H"))
    r.imprime(
        2022,
        "jeunes ASE à la fiche incomplète",
        2,
        incomplets.height,
        "logement et emploi inconnus ; les montants des 268 sont connus (H3)",
    )
    r.imprime(2022, "ressources moyennes ASE, tous", 632, round(sum(montants) / 21))
    avec = [m for m in montants if m > 0]
    r.recalcule(
        2022,
        "ressources moyennes ASE, ceux qui en ont",
        737,
        round(sum(avec) / len(avec)),
        "H4",
        "732 imprimés : impossible avec 21 jeunes",
    )
    r.imprime(2022, "jeunes de QPV en dossier", 35, j.filter(pl.col("qpv") == "oui").height)
    ml = j.filter(pl.col("prescripteur") == "ML")
    connus = ml.filter(pl.col("logement") != "NR")
    r.imprime(2022, "jeunes orientés par la Mission locale", 85, ml.height)
    difficiles = connus.filter(pl.col("logement").is_in(DIFFICILES)).height
    r.imprime(
        2022,
        "Mission locale : part en logement difficile (%)",
        33,
        round(100 * difficiles / connus.height),
        "un tiers : 28 sur 84 connus",
    )
    assert connus.filter(pl.col("logement") == "TIERS_F").height * 2 > connus.height
    demandes = de_l_annee(t["demande"].filter(pl.col("id_menage").is_not_null()), "date_demande", 2022)
    for unite, table in (("situations", demandes), ("personnes", j)):
        connues = table.filter(pl.col("prescripteur").is_not_null() & (pl.col("prescripteur") != "NR"))
        part = round(100 * connues.filter(pl.col("prescripteur") == "SPONTANE").height / connues.height)
        r.imprime(2022, f"bouche à oreille, {unite} (%)", 20, part, "un jeune sur cinq")
    r.imprime(2022, "AIO Action Logement", 75, j.filter(pl.col("emploi").is_in(SALARIES_PRIVES)).height)


def _contenu(r: Releve, t: Tables) -> None:
    actes = comptes(de_l_annee(t["acte"], "date", 2022))
    dossiers = {"LOGEMENT_SOCIAL": 70, "AIDE_LOGEMENT": 2, "FSL_LNI": 17, "FSL_LI": 5, "CONTINGENT": 6, "DALO": 5}
    for code, nombre in dossiers.items():
        r.imprime(2022, f"dossiers {code}", nombre, actes.filter(pl.col("type_dossier") == code).height)
    for dispositif, nombre in (("Hébergement Jeunes ASE", 13), ("ALT (demandes directes)", 32)):
        r.imprime(2022, f"orientations {dispositif}", nombre, actes.filter(pl.col("dispositif") == dispositif).height)
    issues = de_l_annee(t["relogement"], "date", 2022)
    for parc, nombre in (("ADAPTE", 22), ("PUBLIC", 25), ("PRIVE", 6), ("MAINTIEN", 24)):
        r.imprime(2022, f"issues {parc}", nombre, issues.filter(pl.col("parc") == parc).height)
    r.imprime(
        2022, "accès au logement, Action Logement", 3, issues.filter(pl.col("contingent") == "ACTION_LOGEMENT").height
    )
    conventions = t["convention"]
    montant = conventions.filter((pl.col("financeur") == "Action Logement") & (pl.col("debut") == date(2022, 1, 1)))
    r.imprime(2022, "financement sollicité, Action Logement (€)", 3090, int(montant["montant"][0]))
    ville = conventions.filter(pl.col("financeur") == "Politique de la ville").sort("debut")["montant"].to_list()
    r.imprime(
        2023,
        "politique de la ville (évolution, %)",
        -20,
        round(100 * float(ville[1] / ville[0] - 1)),
        "montants inventés",
    )
    cadres = conventions.filter(pl.col("etp").is_not_null() & (pl.col("debut") >= date(2022, 1, 1))).sort("etp")
    r.imprime(2022, "ETP (CLLAJ ASE, CLLAJ)", [0.5, 1.0], cadres["etp"].to_list())
    r.imprime(
        2022,
        "durées des conventions (mois)",
        [12, 30],
        [round((fin - debut).days / 30.4375) for debut, fin in cadres.select("debut", "fin").iter_rows()],
    )


def _inventions(r: Releve, t: Tables) -> None:
    perdu = "graphique perdu dans le document"
    for annee in (2020, 2021, 2022):
        j = jeunes(t, annee)
        imprimes = (
            {
                "emploi": ("CDI_TP", "CDI_PARTIEL", "ALTERNANCE"),
                "ressource_principale": ("SALAIRE", "AUCUNE"),
                "prescripteur": ("ML", "SPONTANE"),
            }
            if annee == 2022
            else {}
        )
        for colonne in ("composition", "logement", "emploi", "ressource_principale", "motif", "prescripteur"):
            r.repartition(annee, f"personnes par {colonne}", j, colonne, perdu, imprimes.get(colonne, ()))
        demandes = de_l_annee(t["demande"], "date_demande", annee)
        r.repartition(annee, "demandes par commune", demandes, "commune_origine", perdu)
        r.repartition(annee, "parcours ASE", j, "parcours_ase", "non imprimé", ("oui",) if annee == 2022 else ())
        actes = de_l_annee(t["acte"], "date", annee)
        if annee == 2022:
            r.repartition(
                2022,
                "actes, rendez-vous manqués compris",
                actes,
                "type_acte",
                "appels et absences inventés",
                ("ALLER_VERS", "ATELIER", "DOSSIER", "ORIENTATION"),
            )
        else:
            r.repartition(annee, "actes, rendez-vous manqués compris", actes, "type_acte", "non imprimé")
            r.repartition(annee, "issues", de_l_annee(t["relogement"], "date", annee), "parc", "non imprimé")
    for financeur, debut, montant, nature in (
        t["convention"]
        .filter(pl.col("montant").is_not_null())
        .select("financeur", "debut", "montant", "nature")
        .sort("debut", "financeur")
        .iter_rows()
    ):
        if (financeur, debut.year) != ("Action Logement", 2022):
            r.invente(debut.year, f"financement {nature}, {financeur} (€)", int(montant), perdu)
