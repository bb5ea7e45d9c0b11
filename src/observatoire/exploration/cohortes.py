"""Les courbes de cohorte : combien de temps jusqu'au relogement, combien de temps un logement ou un emploi est gardé.

Un suivi qui s'arrête avant l'événement est censuré à droite : il compte jusqu'au dernier jour où l'on sait quelque
chose de lui. Sources : estimateur de Kaplan et Meier (1958), variance de Greenwood sur l'échelle log-log, test du
log-rank de Mantel (1966).
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import altair as alt
import polars as pl
from markupsafe import Markup

from observatoire import regles
from observatoire.erreurs import ErreurParametre, exiger_connu, suggestion
from observatoire.espace import Espace
from observatoire.exploration.outils_rendu import Titre, cadre, paragraphes, tableau
from observatoire.indicateurs.calcul import SCHEMA_CALCUL
from observatoire.indicateurs.libelles import decrire, titre_variable
from observatoire.modele import ABSENCES, NON_RENSEIGNE
from observatoire.periode import JOURS_PAR_MOIS
from observatoire.protection import DIFFUSIONS, proteger
from observatoire.qualite import Verdict, verdict
from observatoire.restitution import locale, theme
from observatoire.restitution.comparaison import BASE_CONCLUSION, RISQUE
from observatoire.restitution.etats import etat as etat_de
from observatoire.restitution.etats import raison
from observatoire.restitution.locale import INSECABLE
from observatoire.services import Service, lire_service
from observatoire.univers import trouver_univers
from observatoire.univers.contexte import Contexte
from observatoire.univers.emploi import EPISODES, fin_observation, parcours_suivis

CONFIANCE = 0.95
GROUPES_MAX = 4  # au-delà, les courbes ne se distinguent plus : les plus petits groupes n'en font qu'un
AUTRES = "_autres"
UN_AN = 12  # l'échéance que toutes les courbes ont, et que leurs phrases disent d'abord
# Les variables connues de tout ménage, et qui peuvent partager une courbe.
VARIABLES_DE_PARTAGE = (
    *("prescripteur", "qpv", "motif", "composition", "logement_entree", "emploi", "ressource_principale"),
    *("genre", "parcours_ase", "age_tranche", "territoire"),
)


@dataclass(frozen=True)
class Question:
    """Ce qu'une courbe suit : ses mots, ses échéances en mois, et les colonnes du modèle dont elle dépend.

    `univers` : la population d'une courbe déjà au catalogue ; vide pour le temps jusqu'au relogement.
    """

    titre: str
    evenement: str
    unite: tuple[str, str]
    verbe: str
    mois: tuple[int, ...]
    jalons: tuple[int, ...]
    univers: str
    origine: str
    censure: str
    monte: bool  # la courbe montre la part de ceux qui ont vécu l'événement, et non de ceux qui restent


_AN = tuple(range(1, 13))
QUESTIONS: dict[str, Question] = {
    "relogement": Question(
        "Temps jusqu'au relogement",
        "relogement",
        ("parcours", "parcours"),
        "ont mené à un relogement",
        tuple(range(1, 25)),
        (3, 6, 12, 18, 24),
        "",
        "Parcours commencés depuis l'origine, du premier jour au premier accès au logement (hors maintiens).",
        "Un parcours fini ou en cours sans relogement est censuré à sa sortie ou au dernier jour observé : la courbe "
        "suppose qu'il aurait évolué comme les autres.",
        True,
    ),
    "maintien_logement": Question(
        "Temps gardé dans le logement",
        "perte du logement",
        ("ménage", "ménages"),
        "sont encore logés",
        _AN,
        (3, 6, 9, 12),
        "survie_logement",
        "Ménages entrés dans un logement depuis l'origine, de l'accès à la première situation hors logement.",
        "Un suivi interrompu est censuré au dernier jour où l'on sait quelque chose de lui : la courbe suppose qu'il "
        "ressemble aux autres.",
        False,
    ),
    "maintien_emploi": Question(
        "Temps gardé en emploi",
        "fin d'emploi",
        ("personne", "personnes"),
        "sont encore en emploi",
        _AN,
        (3, 6, 9, 12),
        "survie_emploi",
        "Personnes entrées dans un emploi pendant leur suivi, de l'embauche à l'interruption.",
        "Un contrat en cours est censuré au dernier jour observé.",
        False,
    ),
}
# Le même temps, pour un service d'accueil : il n'a ni mesure ni séjour, donc pas de parcours.
ACCUEIL = replace(
    QUESTIONS["relogement"],
    unite=("ménage", "ménages"),
    verbe="ont accédé à un logement",
    origine="Ce service n'a ni mesure ni séjour : chaque ménage est suivi de sa première demande à son premier accès "
    "au logement (hors maintiens), ou à son dernier contact connu, où il est censuré.",
    censure="Un ménage qui ne revient plus a pu se loger sans qu'on le sache : la courbe suppose qu'il a évolué "
    "comme ceux que l'on voit encore.",
)
_RELOGEMENT = frozenset(f"{EPISODES} relogement.id_menage relogement.date relogement.parc".split())


@dataclass(frozen=True)
class Point:
    """La courbe à une échéance : sa valeur en %, son intervalle à 95 % et le nombre de suivis encore observés."""

    mois: int
    etat: str
    valeur: float | None = None
    bas: float | None = None
    haut: float | None = None
    encore_suivis: int | None = None


@dataclass(frozen=True)
class Groupe:
    """Une courbe : son libellé, son nombre de suivis, ses événements en tout, et ses points."""

    code: str | None
    libelle: str
    suivis: int | None
    evenements: int | None
    points: tuple[Point, ...]

    @property
    def inconnu(self) -> bool:
        return self.code in ABSENCES

    def point(self, mois: int) -> Point:
        """Le point d'une échéance ; lève `KeyError` si la courbe ne la calcule pas."""
        for point in self.points:
            if point.mois == mois:
                return point
        raise KeyError(mois)


@dataclass(frozen=True)
class Courbe:
    """Les courbes d'une question, protégées pour leur diffusion ; s'affichent d'elles-mêmes dans un carnet.

    `groupes` : l'ensemble d'abord, puis les modalités de `par` ; `probabilite` : celle du test du log-rank, vide s'il
    n'a pas été fait ; `phrases` : ce que la courbe dit ; `notes` : ce qu'il faut savoir pour la lire.
    """

    quoi: str
    service: str
    annee: int
    diffusion: str
    par: str | None
    groupes: tuple[Groupe, ...]
    probabilite: float | None
    phrases: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def titre(self) -> str:
        """« Temps jusqu'au relogement, par prescripteur »."""
        par = f", par {locale.minuscule(titre_variable(self.par))}" if self.par else ""
        return QUESTIONS[self.quoi].titre + par

    def html(self) -> Markup:
        """Les phrases, le tableau des jalons, les notes."""
        question = QUESTIONS[self.quoi]
        titres = [Titre("Groupe", True), Titre("Suivis"), Titre(locale.majuscule(question.evenement) + "s")]
        titres += [Titre(f"{m} mois") for m in question.jalons]
        rangees = [
            (g.libelle, _entier(g.suivis), _entier(g.evenements), *(_case(g.point(m)) for m in question.jalons))
            for g in self.groupes
        ]
        legende = f"{self.titre}, {self.service}, jusqu'à {self.annee} : part cumulée et intervalle à 95 %"
        return cadre(paragraphes(self.phrases), tableau(legende, titres, rangees), paragraphes(self.notes, "discret"))

    def _repr_html_(self) -> str:
        return self.html()

    def graphique(self) -> alt.LayerChart | None:
        """L'escalier de chaque courbe et son intervalle ; `None` si aucun point ne se montre."""
        return _escalier(self)


def courbe(
    espace: Espace,
    service: str,
    annee: int,
    quoi: str = "relogement",
    par: str | None = None,
    *,
    diffusion: str = "interne",
    juge: Verdict | None = None,
    contexte: Contexte | None = None,
) -> Courbe:
    """La courbe d'un service, observée jusqu'à la fin de `annee`, d'un seul tenant ou partagée `par` une variable.

    `quoi` : « relogement », « maintien_logement » ou « maintien_emploi ». `par` : une de `partages_possibles`. `juge`,
    `contexte` : le verdict et les tables de l'année, relus s'ils manquent ; ce que la qualité retient est vidé. En
    diffusion publique chaque point passe par la même protection que les rapports, et seuls restent les jalons d'où ne
    se déduit aucun petit nombre. Lève `ErreurParametre` si un choix n'existe pas ou si personne n'est suivi.
    """
    exiger_connu(quoi, QUESTIONS, "Courbe")
    exiger_connu(diffusion, DIFFUSIONS, "Diffusion")
    contexte = contexte or Contexte.ouvrir(espace, lire_service(espace, service), annee)
    fiche = contexte.service
    _exiger_recu(contexte, quoi)
    suivis = _suivis(contexte, quoi)
    if suivis.is_empty():
        raise ErreurParametre(
            f"Le service « {fiche.libelle_court} » n'a personne à suivre jusqu'en {annee} pour cette courbe.",
            "Choisissez une autre année ou une autre courbe.",
        )
    partages = _partager(contexte, suivis, par) if par else suivis.with_columns(pl.lit(None, pl.String).alias("groupe"))
    mesures = _mesurer(partages, QUESTIONS[quoi], par)
    juge = verdict(espace, service, annee) if juge is None else juge
    motifs = _motifs_de_retenue(juge, quoi, par)

    def garder(lues: Sequence[_Mesure]) -> pl.DataFrame:
        return proteger(_en_table(lues, fiche, annee, quoi, par, bool(motifs)), diffusion, fiche.parametres)

    protegee = garder(mesures)
    montres = None
    if diffusion == "public":
        # La grille de l'ensemble ne dépend d'aucun partage : deux courbes publiées ne s'affinent pas l'une l'autre.
        seules = _publies(garder(mesures[:1]))
        montres = _jalons_montres(
            mesures, QUESTIONS[quoi], seules, _publies(protegee), fiche.parametres.seuil_diffusion
        )
    groupes = _lire(protegee, mesures, _libelles(contexte, par, mesures), montres)
    probabilite = None if motifs else _log_rank(partages, groupes)
    phrases = _phrases(_question(contexte, quoi), groupes, par, probabilite)
    if motifs:
        phrases = (f"Cette courbe est retenue par le contrôle de la qualité{INSECABLE}: {raison(motifs)}",)
    notes = (*_notes(contexte, quoi), *_notes_de_partage(groupes, par, diffusion, probabilite))
    return Courbe(quoi, fiche.libelle_court, annee, diffusion, par, groupes, probabilite, phrases, notes)


def _exiger_recu(contexte: Contexte, quoi: str) -> None:
    """Sans la table de ses événements, une courbe plate dirait qu'il n'y en a eu aucun."""
    fiche, annee = contexte.service, contexte.periode.annee
    if not fiche.parametres.couvre(annee):
        raise ErreurParametre(
            f"{fiche.libelle_court} ne livre pas {annee}.", "Choisissez une année que ses livraisons couvrent."
        )
    if not QUESTIONS[quoi].univers and not contexte.entrepot.presente("relogement"):
        raise ErreurParametre(
            f"Le service « {fiche.libelle_court} » n'a pas livré ses accès au logement : cette courbe ne se trace pas.",
            "Importez son export des relogements, ou choisissez une autre courbe.",
        )


def partages_possibles(
    espace: Espace, service: str, annee: int, quoi: str = "relogement", *, contexte: Contexte | None = None
) -> list[tuple[str, str]]:
    """Les variables (code, titre) qui partagent la courbe d'un service : celles qui ont au moins deux modalités."""
    exiger_connu(quoi, QUESTIONS, "Courbe")
    contexte = contexte or Contexte.ouvrir(espace, lire_service(espace, service), annee)
    lignes = _avec_variables(contexte, _suivis(contexte, quoi))
    connues = {v: lignes[v].drop_nulls() for v in VARIABLES_DE_PARTAGE}
    gardees = [v for v, c in connues.items() if c.filter(~c.is_in(list(ABSENCES))).n_unique() > 1]
    return sorted(((v, titre_variable(v)) for v in gardees), key=lambda c: c[1].casefold())


# Qui est suivi, et jusqu'à quand


def _question(contexte: Contexte, quoi: str) -> Question:
    """La question, dans les mots du service."""
    return ACCUEIL if quoi == "relogement" and _sans_episode(contexte) else QUESTIONS[quoi]


def _sans_episode(contexte: Contexte) -> bool:
    return contexte.episodes.limit(1).collect().is_empty()


def _suivis(contexte: Contexte, quoi: str) -> pl.DataFrame:
    """Une ligne par suivi : id_menage, id_personne s'il y a lieu, duree_jours, perdu (l'événement), territoire."""
    nom = QUESTIONS[quoi].univers
    if not nom:
        return _jusqu_au_relogement(contexte).collect()
    derniere = f"{max(QUESTIONS[quoi].mois):02d}"
    return trouver_univers(nom).construire(contexte).filter(pl.col("mois_ecoules") == derniere).collect()


def _jusqu_au_relogement(contexte: Contexte) -> pl.LazyFrame:
    """Un parcours, de son entrée au premier relogement qui le suit ; censuré à sa sortie ou au dernier jour observé.

    Un service sans mesure ni séjour n'a pas de parcours : le ménage y est suivi de sa première demande à son dernier
    contact connu.
    """
    fin = fin_observation(contexte)
    acces = (
        contexte.table("relogement")
        .filter(pl.col("parc").ne_missing("MAINTIEN") & (pl.col("date") < fin))
        .select("id_menage", pl.col("date").alias("_acces"))
    )
    departs = parcours_suivis(contexte).select(
        "id_menage", "id_parcours", pl.col("entree").alias("_depart"), pl.col("sortie").alias("_vu"), "territoire"
    )
    if _sans_episode(contexte):
        departs = _premieres_demandes(contexte)
    premiers = (
        departs.join(acces, on="id_menage")
        .filter((pl.col("_acces") >= pl.col("_depart")) & (pl.col("_acces") <= pl.col("_vu").fill_null(regles.INFINI)))
        .group_by("id_menage", "id_parcours")
        .agg(pl.col("_acces").min())
    )
    arret = pl.min_horizontal(pl.col("_vu").fill_null(fin), pl.lit(fin))
    return departs.join(premiers, on=["id_menage", "id_parcours"], how="left").select(
        "id_menage",
        "territoire",
        (pl.coalesce("_acces", arret) - pl.col("_depart")).dt.total_days().alias("duree_jours"),
        pl.col("_acces").is_not_null().alias("perdu"),
    )


def _premieres_demandes(contexte: Contexte) -> pl.LazyFrame:
    fin = fin_observation(contexte)
    demandes = contexte.table("demande").select("id_menage", pl.col("date_demande").alias("_jour"), "territoire")
    autres = [
        contexte.table(nom).select("id_menage", pl.col("date").alias("_jour"))
        for nom in ("acte", "situation", "relogement")
    ]
    connus = pl.concat([demandes.select("id_menage", "_jour"), *autres]).filter(pl.col("_jour") < fin)
    derniers = connus.group_by("id_menage").agg(pl.col("_jour").max().alias("_vu"))
    return (
        demandes.filter(pl.col("id_menage").is_not_null() & (pl.col("_jour") < fin))
        .sort("id_menage", "_jour")
        .group_by("id_menage", maintain_order=True)
        .agg(pl.col("_jour").first().alias("_depart"), pl.col("territoire").drop_nulls().first())
        .join(derniers, on="id_menage")
        .select("id_menage", pl.lit("", pl.String).alias("id_parcours"), "_depart", "_vu", "territoire")
    )


def _avec_variables(contexte: Contexte, suivis: pl.DataFrame) -> pl.DataFrame:
    """Les suivis avec les variables de leur ménage, et celles de la personne quand c'est elle qui est suivie."""
    photos = contexte.photo_profil("id_menage").select(
        "id_menage",
        pl.col("date").alias("_photo"),
        pl.col("logement").alias("logement_entree"),
        *("composition", "emploi", "ressource_principale"),
    )
    personnes = contexte.table("personne").select("id_personne", "naissance", "genre", "parcours_ase")
    lignes = suivis.lazy()
    if "id_personne" not in suivis.columns:
        referents = contexte.table("menage").select("id_menage", pl.col("id_referent").alias("id_personne"))
        lignes = lignes.join(referents, on="id_menage", how="left")
    return (
        lignes.join(
            contexte.demandes_menage.select("id_menage", "prescripteur", "qpv", "motif"), on="id_menage", how="left"
        )
        .join(photos, on="id_menage", how="left")
        .join(personnes, on="id_personne", how="left")
        .with_columns(regles.age("naissance", "_photo").alias("_age"))
        .with_columns(regles.tranche_age("_age", contexte.parametres.bornes_age).alias("age_tranche"))
        .collect()
    )


def _partager(contexte: Contexte, suivis: pl.DataFrame, par: str) -> pl.DataFrame:
    """Les suivis et leur groupe : les modalités les plus nombreuses, les autres réunies, l'inconnu à part."""
    if par not in VARIABLES_DE_PARTAGE:
        connues = ", ".join(VARIABLES_DE_PARTAGE)
        raise ErreurParametre(
            f"Une courbe ne se partage pas par « {par} ».",
            f"{suggestion(par, VARIABLES_DE_PARTAGE)} Variables possibles : {connues}.".strip(),
        )
    lignes = _avec_variables(contexte, suivis).with_columns(
        pl.when(regles.renseigne(par)).then(pl.col(par)).otherwise(pl.lit(NON_RENSEIGNE)).alias("groupe")
    )
    comptes = lignes.filter(pl.col("groupe") != NON_RENSEIGNE).group_by("groupe").len()
    triees = comptes.sort("len", "groupe", descending=[True, False])["groupe"].to_list()
    if len(triees) < 2:
        raise ErreurParametre(
            f"« {titre_variable(par)} » n'a pas deux modalités connues parmi ces suivis : rien à comparer.",
            "Choisissez une autre variable ; « partages_possibles » les donne.",
        )
    reunies = triees[GROUPES_MAX - 1 :] if len(triees) > GROUPES_MAX else []
    return lignes.with_columns(pl.col("groupe").replace(dict.fromkeys(reunies, AUTRES)))


# Ce que la courbe vaut


@dataclass(frozen=True)
class _Mesure:
    """Une courbe avant protection."""

    code: str | None
    suivis: int
    evenements: tuple[int, ...]  # cumulés, une valeur par échéance
    a_risque: tuple[int, ...]  # encore observés après l'échéance
    valeurs: tuple[float, ...]
    bornes: tuple[tuple[float, float] | None, ...]


def _mesurer(lignes: pl.DataFrame, question: Question, par: str | None) -> list[_Mesure]:
    """L'ensemble, puis chaque groupe du plus nombreux au moins nombreux, les réunis puis les inconnus en dernier."""
    mesures = [_mesure(None, lignes, question)]
    if par:
        groupes = [(code, groupe) for (code,), groupe in lignes.group_by("groupe", maintain_order=True)]
        groupes.sort(key=lambda g: (g[0] == NON_RENSEIGNE, g[0] == AUTRES, -g[1].height, g[0]))
        mesures += [_mesure(code, groupe, question) for code, groupe in groupes]
    return mesures


def _mesure(code: str | None, lignes: pl.DataFrame, question: Question) -> _Mesure:
    duree, vecu = lignes["duree_jours"], lignes["perdu"]
    limites = [m * JOURS_PAR_MOIS for m in question.mois]
    valeurs, bornes = _kaplan_meier(duree, vecu, limites)
    if question.monte:
        valeurs = [100 - v for v in valeurs]
        bornes = [None if b is None else (100 - b[1], 100 - b[0]) for b in bornes]
    return _Mesure(
        code,
        lignes.height,
        tuple(int((vecu & (duree <= limite)).sum()) for limite in limites),
        tuple(int((duree > limite).sum()) for limite in limites),
        tuple(valeurs),
        tuple(bornes),
    )


def _kaplan_meier(
    duree: pl.Series, vecu: pl.Series, limites: Sequence[float]
) -> tuple[list[float], list[tuple[float, float] | None]]:
    """La part sans événement à chaque limite, en %, et son intervalle ; sans intervalle à 0 % et à 100 %."""
    from scipy.stats import CensoredData, ecdf  # lourd à importer : seulement pour une courbe

    if not vecu.any():
        return [100.0] * len(limites), [None] * len(limites)
    donnees = CensoredData(uncensored=duree.filter(vecu).to_numpy(), right=duree.filter(~vecu).to_numpy())
    survie = ecdf(donnees).sf
    # À 0 % et à 100 % cet intervalle n'est pas défini : scipy en avertit, nous n'en rendons pas.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        intervalle = survie.confidence_interval(confidence_level=CONFIANCE, method="log-log")
    parts = [float(survie.evaluate(limite)) for limite in limites]
    bornes: list[tuple[float, float] | None] = []
    for part, limite in zip(parts, limites, strict=True):
        bas, haut = (100 * float(b.evaluate(limite)) for b in (intervalle.low, intervalle.high))
        bornes.append((bas, haut) if 0 < part < 1 and bas == bas and haut == haut else None)
    return [100 * p for p in parts], bornes


def _log_rank(lignes: pl.DataFrame, groupes: Sequence[Groupe]) -> float | None:
    """La probabilité d'un écart au moins aussi grand entre les courbes par le seul hasard ; vide si rien ne se juge."""
    juges = [g.code for g in groupes if _se_juge(g)]
    lignes = lignes.filter(pl.col("groupe").is_in(juges))
    if len(juges) < 2 or not lignes["perdu"].any():
        return None
    return log_rank([(g["duree_jours"], g["perdu"]) for g in (lignes.filter(pl.col("groupe") == c) for c in juges)])


def _se_juge(groupe: Groupe) -> bool:
    """Un groupe connu, dont le point à un an est publié, et d'au moins dix suivis."""
    if groupe.code is None or groupe.inconnu or groupe.point(UN_AN).etat != "publie":
        return False
    return (groupe.suivis or 0) >= BASE_CONCLUSION


def log_rank(groupes: Sequence[tuple[pl.Series, pl.Series]]) -> float:
    """Test du log-rank de deux groupes ou plus (durées, événements) : la probabilité, par la loi du khi-deux.

    Source : Mantel (1966), variance hypergéométrique.
    """
    import numpy as np
    from scipy.stats import chi2

    durees = [d.to_numpy() for d, _ in groupes]
    vecus = [v.to_numpy() for _, v in groupes]
    nombre = len(groupes)
    ecarts, variance = np.zeros(nombre), np.zeros((nombre, nombre))
    for instant in np.unique(np.concatenate([d[v] for d, v in zip(durees, vecus, strict=True)])):
        risque = np.array([(d >= instant).sum() for d in durees], float)
        morts = np.array([((d == instant) & v).sum() for d, v in zip(durees, vecus, strict=True)], float)
        n, d = risque.sum(), morts.sum()
        ecarts += morts - risque * d / n
        if n > 1:
            facteur = d * (n - d) / (n * n * (n - 1))
            variance += facteur * (n * np.diag(risque) - np.outer(risque, risque))
    utile = slice(0, nombre - 1)  # la dernière ligne se déduit des autres
    statistique = ecarts[utile] @ np.linalg.pinv(variance[utile, utile]) @ ecarts[utile]
    return float(chi2.sf(statistique, nombre - 1))


# La porte de sortie


def _en_table(
    mesures: Sequence[_Mesure], fiche: Service, annee: int, quoi: str, par: str | None, retenue: bool
) -> pl.DataFrame:
    """Les points, en cellules à protéger : un taux par échéance et par groupe, l'ensemble pour marge.

    Derrière un point il y a ses événements, mais aussi ceux qu'on y suit encore : le plus petit des deux compte.
    """
    lignes = []
    for mesure in mesures:
        for rang, mois in enumerate(QUESTIONS[quoi].mois):
            vecus, restants = mesure.evenements[rang], mesure.a_risque[rang]
            lignes.append(
                {
                    "service": fiche.id,
                    "annee": annee,
                    "indicateur": quoi,
                    "ventilation_1": "mois_ecoules",
                    "modalite_1": f"{mois:02d}",
                    "ventilation_2": par if mesure.code is not None else None,
                    "modalite_2": mesure.code,
                    "valeur": None if retenue else mesure.valeurs[rang],
                    "numerateur": None if retenue else float(vecus),
                    "denominateur": None if retenue else float(mesure.suivis),
                    "base": None if retenue else float(mesure.suivis),
                    "unite": "%",
                    "etat": "retenu" if retenue else "publie",
                    "version_definition": "1",
                    "effectif": float(min(max(restants, 1), vecus or mesure.suivis)),
                    "personnel": True,
                    "montant": False,
                    "interne_seulement": False,
                    "forme": "rapport",
                }
            )
    return pl.DataFrame(lignes, schema=SCHEMA_CALCUL)


_Montres = Mapping[str | None, Mapping[int, bool]]  # par groupe, les jalons et s'ils se montrent


def _publies(protegee: pl.DataFrame) -> dict[str | None, set[int]]:
    """Par groupe, les échéances que la protection laisse."""
    publies: dict[str | None, set[int]] = {}
    for code, mois in protegee.filter(pl.col("etat") == "publie").select("modalite_2", "modalite_1").iter_rows():
        publies.setdefault(code, set()).add(int(mois))
    return publies


def _jalons_montres(
    mesures: Sequence[_Mesure],
    question: Question,
    seules: Mapping[str | None, set[int]],
    publies: Mapping[str | None, set[int]],
    seuil: int,
) -> _Montres:
    """Les jalons publiables de chaque courbe : d'un point au suivant, aucun nombre d'événements ou de départs en
    dessous du seuil ne s'y retrouve, ni par différence entre l'ensemble et ses groupes.

    `seules` : les échéances publiables de l'ensemble pris sans partage ; `publies` : celles de chaque groupe. Un groupe
    trop petit se tait, et ce qui reste quand on retranche les groupes montrés doit passer la même règle.
    """
    ensemble, *groupes = mesures
    rangs = {m: question.mois.index(m) for m in question.jalons}
    base = [m for m in question.jalons if m in seules.get(None, ())]
    base = _grille([ensemble], {m: rangs[m] for m in base}, seuil)
    communs, montrables = _grille_des_groupes(groupes, {m: rangs[m] for m in base}, publies, seuil)
    choisis = {None: [m for m in base if m in publies.get(None, ())]}
    choisis |= {g.code: communs if g.code in montrables else [] for g in groupes}
    return {code: {m: m in mois for m in question.jalons} for code, mois in choisis.items()}


def _grille_des_groupes(
    groupes: Sequence[_Mesure], rangs: Mapping[int, int], publies: Mapping[str | None, set[int]], seuil: int
) -> tuple[list[int], set[str | None]]:
    """Les jalons communs aux plus grands groupes possibles, et ces groupes ; rien si le reste n'est jamais protégé."""
    eligibles = sorted((g for g in groupes if publies.get(g.code, set()) & set(rangs)), key=lambda g: -g.suivis)
    for nombre in range(len(eligibles), 0, -1):
        gardes = eligibles[:nombre]
        reste = [g for g in groupes if g not in gardes]
        series = [*gardes, *([_reunir(reste)] if reste else [])]
        permis = {m: r for m, r in rangs.items() if all(m in publies[g.code] for g in gardes)}
        if jalons := _grille(series, permis, seuil):
            return jalons, {g.code for g in gardes}
    return [], set()


def _reunir(mesures: Sequence[_Mesure]) -> _Mesure:
    """Les comptes de plusieurs groupes en un ; ses parts ne servent pas."""
    evenements = tuple(map(sum, zip(*(m.evenements for m in mesures), strict=True)))
    a_risque = tuple(map(sum, zip(*(m.a_risque for m in mesures), strict=True)))
    return _Mesure(AUTRES, sum(m.suivis for m in mesures), evenements, a_risque, (), ())


def _grille(series: Sequence[_Mesure], rangs: Mapping[int, int], seuil: int) -> list[int]:
    """Les jalons gardés un à un, chacun s'il ne trahit rien depuis le dernier gardé, pour aucune des séries."""

    def sur(nombre: int) -> bool:
        return nombre == 0 or nombre >= seuil

    if not all(sur(s.suivis) for s in series):
        return []
    gardes: list[int] = []
    derniers = [(0, s.suivis) for s in series]
    for mois, rang in rangs.items():
        ici = [(s.evenements[rang], s.a_risque[rang]) for s in series]
        sauts = [(e - e0, r0 - r - (e - e0), r) for (e, r), (e0, r0) in zip(ici, derniers, strict=True)]
        if all(sur(n) for saut in sauts for n in saut):
            gardes.append(mois)
            derniers = ici
    return gardes


def _lire(
    protegee: pl.DataFrame,
    mesures: Sequence[_Mesure],
    libelles: Mapping[str | None, str],
    montres: _Montres | None,
) -> tuple[Groupe, ...]:
    """Les courbes telles que la protection les laisse : rien d'un point masqué ne passe, ni son intervalle.

    `montres` : en diffusion publique, les seuls jalons, et ceux qui se montrent.
    """
    cellules = {(c["modalite_2"], int(c["modalite_1"])): c for c in protegee.iter_rows(named=True)}
    groupes = []
    for mesure in mesures:
        siennes = [cellules[cle] for cle in cellules if cle[0] == mesure.code]
        jalons = None if montres is None else montres[mesure.code]
        points = tuple(
            _point(c, mesure, rang, jalons)
            for rang, c in enumerate(siennes)
            if jalons is None or int(c["modalite_1"]) in jalons
        )
        vus = [cellules[mesure.code, p.mois] for p in points if p.etat == "publie"]
        base, evenements = (int(vus[-1][c]) if vus else None for c in ("base", "numerateur"))
        groupes.append(Groupe(mesure.code, libelles[mesure.code], base, evenements, points))
    return tuple(groupes)


def _point(cellule: Mapping, mesure: _Mesure, rang: int, jalons: Mapping[int, bool] | None) -> Point:
    mois, etat = int(cellule["modalite_1"]), cellule["etat"]
    if etat != "publie":
        return Point(mois, etat)
    bornes = mesure.bornes[rang] or (None, None)
    if jalons is None:
        return Point(mois, etat, cellule["valeur"], *bornes, mesure.a_risque[rang])
    if not jalons[mois]:
        return Point(mois, "masque_secondaire")
    # Une part entière de décimales redonnerait les jours des événements : au public, ce que le tableau montre suffit.
    valeur, bas, haut = (None if v is None else float(round(v)) for v in (cellule["valeur"], *bornes))
    return Point(mois, etat, valeur, bas, haut, mesure.a_risque[rang])


def _motifs_de_retenue(juge: Verdict, quoi: str, par: str | None) -> tuple[str, ...]:
    """Pourquoi la qualité retient la courbe : ce que lit sa population, ou la variable qui la partage."""
    if juge.bloquants:
        return tuple(dict.fromkeys(r.explication for r in juge.bloquants))
    nom = QUESTIONS[quoi].univers
    lues = set(trouver_univers(nom).structure) if nom else set(_RELOGEMENT)
    if par:
        lues |= set(trouver_univers("profils").origines[par])
    textes = juge.retenues(frozenset(lues)).values()
    return tuple(dict.fromkeys(t for groupe in textes for t in groupe))


def _libelles(contexte: Contexte, par: str | None, mesures: Sequence[_Mesure]) -> dict[str | None, str]:
    libelles: dict[str | None, str] = {None: "Ensemble", AUTRES: "Autres modalités"}
    if par:
        codes = [m.code for m in mesures if m.code not in (None, AUTRES)]
        decrites = decrire(contexte.espace, contexte.service, trouver_univers("profils"), par, codes)
        libelles |= {code: libelle for code, (libelle, _) in decrites.items()}
    return libelles


# Les mots


def _phrases(
    question: Question, groupes: Sequence[Groupe], par: str | None, probabilite: float | None
) -> tuple[str, ...]:
    ensemble = groupes[0]
    phrases = [_phrase_de_jalon(question, ensemble)]
    if question.monte and (moitie := next((p.mois for p in ensemble.points if (p.valeur or 0) >= 50), None)):
        phrases.append(f"La moitié des {question.unite[1]} y arrive en {moitie} mois au plus.")
    if par:
        phrases.append(_phrase_du_test(par, probabilite))
    return tuple(p for p in phrases if p)


def _phrase_de_jalon(question: Question, ensemble: Groupe) -> str:
    """« Au bout de 12 mois, 43 % des parcours ont mené à un relogement (intervalle à 95 % : de 30 à 57 %). »"""
    vus = [p for p in (ensemble.point(m) for m in question.jalons) if p.etat == "publie"]
    if not vus or ensemble.suivis is None:
        return "Trop peu de suivis pour publier cette courbe."
    un_an = next((p for p in vus if p.mois == UN_AN), vus[-1])
    quantite = locale.pourcentage(un_an.valeur or 0.0, ensemble.suivis)
    texte = f"Au bout de {un_an.mois} mois, {quantite} des {question.unite[1]} {question.verbe}"
    if ensemble.suivis < BASE_CONCLUSION:
        return f"{texte}. Sur {ensemble.suivis} seulement, la courbe ne permet aucune conclusion."
    return f"{texte}{_entre(un_an, ensemble.suivis)}."


def _entre(point: Point, base: int) -> str:
    if point.bas is None or point.haut is None:
        return ""
    bas, haut = (locale.pourcentage(b, base) for b in (point.bas, point.haut))
    return f" (intervalle à 95{INSECABLE}%{INSECABLE}: de {bas} à {haut})"


def _phrase_du_test(par: str, probabilite: float | None) -> str:
    variable = locale.minuscule(titre_variable(par))
    if probabilite is None:
        return (
            f"Les courbes selon « {variable} » ne se jugent pas : il faut deux groupes publiés d'au moins dix suivis."
        )
    if probabilite < RISQUE:
        rare = "moins d'une fois sur 1 000" if probabilite < 0.001 else f"{round(probabilite * 1000)} fois sur 1 000"
        return f"Les courbes diffèrent nettement selon « {variable} » : le hasard seul les écarterait autant {rare}."
    fois = f"environ {round(probabilite * 100)} fois sur 100"
    return f"L'écart entre les courbes peut tenir au hasard : sans aucune différence réelle, il arriverait {fois}."


def _notes(contexte: Contexte, quoi: str) -> tuple[str, ...]:
    question = _question(contexte, quoi)
    textes = [question.origine, question.censure]
    textes.append("Part estimée par Kaplan et Meier ; intervalle de Greenwood sur l'échelle log-log.")
    if purgees := contexte.entrepot.annees_purgees:
        textes.append(f"Les ménages purgés ({locale.enumeration(str(a) for a in purgees)}) ne sont plus comptés.")
    return tuple(textes)


def _notes_de_partage(
    groupes: Sequence[Groupe], par: str | None, diffusion: str, probabilite: float | None
) -> tuple[str, ...]:
    notes = []
    inconnus = next((g for g in groupes if g.inconnu), None)
    if inconnus is not None and inconnus.suivis is not None and groupes[0].suivis:
        part = locale.pourcentage(100 * inconnus.suivis / groupes[0].suivis, groupes[0].suivis)
        notes.append(f"{part} des suivis n'ont pas de réponse à cette question ; ils ne sont ni tracés ni testés.")
    if probabilite is not None:
        notes.append(
            "Test du log-rank entre les groupes connus d'au moins dix suivis. Essayer plusieurs variables jusqu'à "
            "trouver un écart net ne prouve rien : une sur vingt en donne un par hasard."
        )
    if any(p.encore_suivis is not None and p.encore_suivis < BASE_CONCLUSION for g in groupes for p in g.points):
        notes.append("Là où moins de dix suivis restent observés, la courbe est fragile.")
    if diffusion == "public" and any(p.etat == "publie" for g in groupes for p in g.points):
        notes.append(
            "Publiée à quelques échéances seulement, aux parts arrondies : celles d'où ne se déduit, d'un point au "
            "suivant, aucun petit nombre. Entre deux points le trait prolonge le premier."
        )
    if diffusion == "public" and any(p.etat.startswith("masque") for g in groupes for p in g.points):
        notes.append(f"{locale.majuscule(etat_de('masque').sens)} : « {etat_de('masque').marque} ».")
    return tuple(notes)


# Rendu


def _entier(nombre: int | None) -> str:
    return etat_de("masque").marque if nombre is None else locale.nombre(nombre)


def _case(point: Point) -> Markup | str:
    if point.etat != "publie" or point.valeur is None:
        return etat_de(point.etat).marque
    valeur = locale.pourcentage(point.valeur, 0)
    bornes = ""
    if point.bas is not None and point.haut is not None:
        bornes = f"{locale.nombre(point.bas, 0)} à {locale.pourcentage(point.haut, 0)}"
    restants = f"{point.encore_suivis} encore {locale.pluriel(point.encore_suivis or 0, 'suivi', 'suivis')}"
    precisions = Markup("").join(
        Markup('<br><span class="discret">{}</span>').format(t) for t in (bornes, restants) if t
    )
    return Markup("{}{}").format(valeur, precisions)


def _escalier(courbe: Courbe) -> alt.LayerChart | None:
    """Des paliers d'une échéance publiée à la suivante ; une échéance masquée n'a pas de point."""
    question = QUESTIONS[courbe.quoi]
    traces = [g for g in courbe.groupes if g.code is not None and not g.inconnu and _montrable(g)]
    traces = traces or [g for g in courbe.groupes[:1] if _montrable(g)]
    if not traces:
        return None
    marches = [m for g in traces for m in _marches(g, 0.0 if question.monte else 100.0)]
    noms = [g.libelle for g in traces]
    tons = [theme.couleur(t) for t in theme.MODALITES[: len(noms)]]
    couleur = alt.Color("groupe:N", sort=noms, scale=alt.Scale(domain=noms, range=tons), legend=_legende(noms))
    x = alt.X("mois:Q", scale=alt.Scale(domain=[0, question.mois[-1]], nice=False), axis=_axe_des_mois(question))
    y = alt.Y("valeur:Q", scale=alt.Scale(domain=[0, 100]), axis=_axe_des_parts())
    donnees = alt.Chart(alt.InlineData(values=marches, name="marches"))
    calques = [
        donnees.transform_filter(_AVEC_BANDE if len(traces) <= BANDES_MAX else "false")
        .mark_rect(opacity=0.16)
        .encode(x=x, x2="fin:Q", y=alt.Y("bas:Q", axis=_axe_des_parts()), y2="haut:Q", color=couleur),
        donnees.transform_filter("datum.sens == 'palier'")
        .mark_rule(strokeWidth=2.5, strokeCap="round")
        .encode(x=x, x2="fin:Q", y=y, color=couleur, tooltip=_INFOBULLE),
        donnees.transform_filter("datum.sens == 'saut'")
        .mark_rule(strokeWidth=2.5, strokeCap="round")
        .encode(x=x, y=y, y2="de:Q", color=couleur),
    ]
    return alt.layer(*calques).properties(width=560, height=260)


def _montrable(groupe: Groupe) -> bool:
    return any(p.etat == "publie" for p in groupe.points)


BANDES_MAX = 2  # les intervalles de trois courbes ou plus ne se distinguent pas
_AVEC_BANDE = "isValid(datum.bas)"
_INFOBULLE = [alt.Tooltip("groupe:N", title="Groupe"), alt.Tooltip("lu:N", title="À cette échéance")]


def _marches(groupe: Groupe, depart: float) -> list[dict]:
    """Chaque palier vaut de son échéance à la suivante ; le premier part du jour zéro.

    La courbe s'arrête à l'échéance où plus personne n'est suivi : au-delà, elle ne saurait rien.
    """
    marches: list[dict] = []
    niveau: float | None = depart
    lu, bornes, debut = "au départ", (None, None), 0
    for point in (*(p for p in groupe.points if p.etat == "publie"), None):
        fin = point.mois if point else debut
        if niveau is not None and fin > debut:
            palier = {"groupe": groupe.libelle, "sens": "palier", "mois": debut, "fin": fin, "valeur": niveau, "lu": lu}
            marches.append({**palier, "bas": bornes[0], "haut": bornes[1]})
        if point is None:
            break
        suivant = point.valeur
        if niveau is not None and suivant is not None and suivant != niveau:
            marches.append({"groupe": groupe.libelle, "sens": "saut", "mois": fin, "valeur": suivant, "de": niveau})
        niveau, debut = suivant if point.encore_suivis else None, fin
        bornes = (point.bas, point.haut)
        lu = f"{point.mois} mois : {locale.pourcentage(point.valeur or 0.0, 0)}, {point.encore_suivis} encore suivis"
    return marches


def _legende(noms: Sequence[str]) -> alt.Legend | None:
    return (
        alt.Legend(orient="top", columns=2, labelLimit=260, symbolType="square", symbolOpacity=1)
        if len(noms) > 1
        else None
    )


def _axe_des_mois(question: Question) -> alt.Axis:
    return alt.Axis(
        values=[0, *question.jalons], labelExpr="datum.value + ' mois'", ticks=True, domain=True, title=None
    )


def _axe_des_parts() -> alt.Axis:
    return alt.Axis(
        values=[0, 25, 50, 75, 100],
        labelExpr="datum.value + '\\u00a0%'",
        grid=True,
        gridColor=theme.couleur("filet"),
        title=None,
    )
