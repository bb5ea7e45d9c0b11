"""Ce qui a bougé : entre deux livraisons, et d'une année à l'autre. Des comptes et des phrases, jamais une valeur.

Entre deux livraisons, on compare les tables réunies avant et après celle qu'on explique, ligne à ligne par leur
clé : faits ajoutés, dont ceux qui arrivent tard, dates corrigées ou effacées, autres colonnes reprises, lignes que le
fichier redonné ne porte plus. D'une année à l'autre, on compare les effectifs, les taux de remplissage et les
résultats des règles. Une livraison retirée n'a plus de données ; ce qu'une purge a effacé n'est plus compté.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

import polars as pl

from observatoire import modele, rangement
from observatoire.entrepot import lire_entrepot
from observatoire.erreurs import ErreurParametre, exiger_connu
from observatoire.espace import Espace
from observatoire.livraisons import reunir_lignes
from observatoire.modele import NON_RENSEIGNE, VARIABLES, Type
from observatoire.qualite.historique import Releve, releves
from observatoire.qualite.suites import Regle, lire_suites
from observatoire.qualite.verdict import verdict
from observatoire.rangement import ACTIVE, RETIREE, Inscription
from observatoire.restitution.locale import INSECABLE, heure, jour, majuscule, nombre, pluriel, pourcentage, signe
from observatoire.services import Service, lire_service

ECART_NOTABLE = 0.05  # de remplissage : en deçà, l'écart est dans les données, pas dans les phrases
BASE_D_UNE_PART = 30  # sous cet effectif, un pourcentage d'évolution ne dit rien
NOUVEAU, LEVE, AGGRAVE, ALLEGE = "nouveau", "leve", "aggrave", "allege"
_AVANT, _CONNUE, _ANNEE = "_avant", "_connue", "_annee"


@dataclass(frozen=True)
class Nom:
    """Un fait compté, au singulier et au pluriel, et son genre."""

    un: str
    plusieurs: str
    feminin: bool = False

    def compte(self, quantite: int) -> str:
        """« 1 sortie de mesure », « 12 sorties de mesure »."""
        return f"{nombre(quantite)}{INSECABLE}{pluriel(quantite, self.un, self.plusieurs)}"

    def accorder(self, participe: str, quantite: int) -> str:
        """Le participe accordé : « ajoutée », « ajoutés »."""
        return participe + "e" * self.feminin + pluriel(quantite, "", "s")


# Table → ses dates et ce que chacune date. La première situe aussi la ligne dans une année.
FAITS: dict[str, dict[str, Nom]] = {
    "demande": {
        "date_demande": Nom("demande", "demandes", True),
        "date_decision": Nom("décision sur une demande", "décisions sur des demandes", True),
    },
    "mesure": {
        "date_debut": Nom("entrée en mesure", "entrées en mesure", True),
        "date_fin": Nom("sortie de mesure", "sorties de mesure", True),
        "date_notification": Nom("notification de mesure", "notifications de mesure", True),
    },
    "sejour": {
        "date_entree": Nom("entrée en séjour", "entrées en séjour", True),
        "date_sortie": Nom("sortie de séjour", "sorties de séjour", True),
    },
    "situation": {"date": Nom("fiche de situation", "fiches de situation", True)},
    "acte": {"date": Nom("acte", "actes")},
    "relogement": {"date": Nom("relogement", "relogements")},
    "dette_mois": {"mois": Nom("mois de redevance", "mois de redevance")},
    "contrat_travail": {
        "date_debut": Nom("début de contrat de travail", "débuts de contrat de travail"),
        "date_fin": Nom("fin de contrat de travail", "fins de contrat de travail", True),
    },
    "contact_employeur": {"date": Nom("contact avec un employeur", "contacts avec un employeur")},
    "membre": {
        "debut": Nom("arrivée dans un ménage", "arrivées dans un ménage", True),
        "fin": Nom("départ d'un ménage", "départs d'un ménage"),
    },
    "convention": {"debut": Nom("début de convention", "débuts de convention")},
    "place": {
        "ouverture": Nom("ouverture de place", "ouvertures de place", True),
        "fermeture": Nom("fermeture de place", "fermetures de place", True),
    },
    "indisponibilite": {"debut": Nom("indisponibilité", "indisponibilités", True)},
}
LIGNES: dict[str, Nom] = {
    "personne": Nom("personne", "personnes", True),
    "menage": Nom("ménage", "ménages"),
    "membre": Nom("membre de ménage", "membres de ménage"),
    "demande": Nom("demande", "demandes", True),
    "mesure": Nom("mesure", "mesures", True),
    "place": Nom("place", "places", True),
    "sejour": Nom("séjour", "séjours"),
    "situation": Nom("fiche de situation", "fiches de situation", True),
    "acte": Nom("acte", "actes"),
    "participation": Nom("participation", "participations", True),
    "relogement": Nom("relogement", "relogements"),
    "contrat_travail": Nom("contrat de travail", "contrats de travail"),
    "convention": Nom("convention", "conventions", True),
    "action": Nom("action", "actions", True),
    "jalon": Nom("étape d'action", "étapes d'action", True),
    "budget_action": Nom("ligne de budget", "lignes de budget", True),
    "indicateur_action": Nom("indicateur d'évaluation", "indicateurs d'évaluation"),
    "indisponibilite": Nom("indisponibilité", "indisponibilités", True),
    "dette_mois": Nom("mois de redevance", "mois de redevance"),
    "contact_employeur": Nom("contact avec un employeur", "contacts avec un employeur"),
}
# Les colonnes dont la description commence par une règle de lecture ou une question.
LIBELLES = {"rang": "Rang de la mesure", "permis": "Permis de conduire"}


def _nom_de_ligne(table: str) -> Nom:
    return LIGNES.get(table) or Nom(f"ligne de {table}", f"lignes de {table}", True)


# --- Entre deux livraisons -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Mouvement:
    """Les faits qu'une date d'une table situe dans une année.

    `ajoutes` : la date n'était pas connue ; `tardifs`, parmi eux : datée d'une année close à l'arrivée de la
    livraison, d'avant la livraison précédente et du temps que celle-ci couvrait ; `corriges` : la date a changé (année
    de la nouvelle) ; `effaces` : elle est vidée (année de l'ancienne) ; `completes` : les ajoutés dont la ligne était
    déjà connue ; `lignes_tardives` : les tardifs dont elle ne l'était pas.
    """

    table: str
    colonne: str
    annee: int
    ajoutes: int = 0
    tardifs: int = 0
    corriges: int = 0
    effaces: int = 0
    completes: int = field(default=0, compare=False)
    lignes_tardives: int = field(default=0, compare=False)

    @property
    def phrase(self) -> str:
        """« 12 sorties de mesure ajoutées tardivement, 3 corrigées. »"""
        nom = FAITS[self.table][self.colonne]
        morceaux = []
        for quantite, participe in ((self.ajoutes, "ajouté"), (self.corriges, "corrigé"), (self.effaces, "effacé")):
            if quantite:
                sujet = nombre(quantite) if morceaux else nom.compte(quantite)
                tard = self._tard() if participe == "ajouté" else ""
                morceaux.append(f"{sujet} {nom.accorder(participe, quantite)}{tard}")
        return ", ".join(morceaux) + "."

    def _tard(self) -> str:
        if not self.tardifs:
            return ""
        return " tardivement" if self.tardifs == self.ajoutes else f" (dont {nombre(self.tardifs)} tardivement)"

    @property
    def nombres(self) -> tuple[int, ...]:
        return (self.ajoutes, self.tardifs, self.ajoutes - self.tardifs, self.corriges, self.effaces)


@dataclass(frozen=True)
class Retouche:
    """Une colonne reprise sur des lignes déjà connues, pour une année (aucune si la ligne n'est pas datée).

    `completees` : elle était vide ou non renseignée ; `corrigees` : elle disait autre chose ; `effacees` : elle est
    vidée.
    """

    table: str
    colonne: str
    annee: int | None
    completees: int = 0
    corrigees: int = 0
    effacees: int = 0

    @property
    def phrase(self) -> str:
        """« Situation de logement : 4 valeurs complétées, 2 corrigées. »"""
        comptes = ((self.completees, "complétée"), (self.corrigees, "corrigée"), (self.effacees, "effacée"))
        morceaux = [(n, f"{participe}{pluriel(n, '', 's')}") for n, participe in comptes if n]
        premier, *autres = morceaux
        textes = [f"{nombre(premier[0])}{INSECABLE}{pluriel(premier[0], 'valeur', 'valeurs')} {premier[1]}"]
        textes += [f"{nombre(n)} {participe}" for n, participe in autres]
        return f"{majuscule(libelle_champ(self.table, self.colonne))} : {', '.join(textes)}."

    @property
    def nombres(self) -> tuple[int, ...]:
        return (self.completees, self.corrigees, self.effacees)


@dataclass(frozen=True)
class Lignes:
    """Les lignes d'une table : ajoutées, et celles que le fichier redonné ne porte plus (elles sont gardées).

    `annee` : celle de la ligne ; aucune pour une table sans date.
    """

    table: str
    annee: int | None
    ajoutees: int = 0
    absentes: int = 0

    @property
    def phrase(self) -> str:
        """« 3 ménages ajoutés. », « 2 mesures ne figurent plus dans le fichier redonné ; elles sont gardées. »"""
        nom, phrases = _nom_de_ligne(self.table), []
        if self.ajoutees and self.table not in FAITS:  # sinon ses dates le disent déjà
            phrases.append(f"{nom.compte(self.ajoutees)} {nom.accorder('ajouté', self.ajoutees)}.")
        if n := self.absentes:
            verbes = pluriel(n, f"ne figure plus dans le fichier redonné ; {'elle' if nom.feminin else 'il'} est", "")
            verbes = verbes or f"ne figurent plus dans le fichier redonné ; {'elles' if nom.feminin else 'ils'} sont"
            phrases.append(f"{nom.compte(n)} {verbes} {nom.accorder('gardé', n)}.")
        return " ".join(phrases)

    @property
    def nombres(self) -> tuple[int, ...]:
        return (self.ajoutees, self.absentes)


@dataclass(frozen=True)
class DeriveLivraison:
    """Ce qu'une livraison a changé aux tables réunies de celles qui la précèdent.

    `precedente` est vide pour la première, qui n'a rien à quoi se comparer.
    """

    service: str
    livraison: str
    recue: date
    precedente: str = ""
    precedente_recue: date | None = None
    mouvements: tuple[Mouvement, ...] = ()
    retouches: tuple[Retouche, ...] = ()
    lignes: tuple[Lignes, ...] = ()
    purgee: bool = False
    instants: tuple[datetime, ...] = field(default=(), compare=False)  # de la livraison, puis de la précédente

    @property
    def annees(self) -> tuple[int, ...]:
        """Les années dont quelque chose a bougé, triées."""
        touches = (*self.mouvements, *self.retouches, *self.lignes)
        return tuple(sorted({t.annee for t in touches if t.annee is not None}))

    @property
    def titre(self) -> str:
        """« Livraison du 3 février 2023, comparée à celle du 12 janvier 2023 »."""
        if self.precedente_recue is None:
            return f"Livraison du {jour(self.recue)}, la première"
        siens = [jour(self.recue), jour(self.precedente_recue)]
        if self.recue == self.precedente_recue and len(self.instants) == len(siens):
            siens = [f"{j} à {heure(i.time())}" for j, i in zip(siens, self.instants, strict=True)]
        return f"Livraison du {siens[0]}, comparée à celle du {siens[1]}"

    def phrases(self, annee: int | None = None, seuil: int = 1) -> tuple[str, ...]:
        """Ce qui a changé, une phrase par fait, du plus grand nombre au plus petit.

        `annee` : cette année seulement, et ce qui n'est d'aucune ; sinon toutes, chaque phrase disant la sienne.
        `seuil` : une phrase dont un nombre est sous ce seuil est tue, et il est dit qu'il y en a.
        """
        if not self.precedente:
            return ("Première livraison : rien à quoi la comparer.",)
        voulues = [t for t in self._touches() if annee is None or t.annee in (annee, None)]
        dites = [t for t in voulues if not any(0 < n < seuil for n in t.nombres)]
        textes = [t.phrase if annee is not None or t.annee is None else f"{t.annee} – {t.phrase}" for t in dites]
        if len(dites) < len(voulues):
            sujet = "D'autres changements" if textes else "Les changements"
            textes.append(f"{sujet} portent sur moins de {seuil} cas : ils ne sont pas détaillés.")
        if self.purgee:
            textes.append("Les ménages retirés depuis à la fin de leur durée de conservation n'y comptent plus.")
        return tuple(textes) or ("Rien n'a changé.",)

    def _touches(self) -> list[Mouvement | Retouche | Lignes]:
        touches = [*self.mouvements, *self.retouches, *(ligne for ligne in self.lignes if ligne.phrase)]
        return sorted(touches, key=lambda t: -max(t.nombres))


def libelle_colonne(colonne: str) -> str:
    """Ce que dit une colonne, en mots : le début de sa description au modèle."""
    if colonne in LIBELLES:
        return LIBELLES[colonne]
    description = VARIABLES[colonne].description.removesuffix(".")
    for coupe in (" ; ", " (", ", ", " : "):
        description = description.split(coupe)[0]
    return description


def libelle_champ(table: str, colonne: str) -> str:
    """Ce que dit une colonne d'une table ; la table est nommée si d'autres ont la même colonne."""
    porteuses = [nom for nom, declaree in modele.TABLES.items() if colonne in declaree.schema]
    return libelle_colonne(colonne) + (f" ({_nom_de_ligne(table).plusieurs})" if len(porteuses) > 1 else "")


def derive_livraison(espace: Espace, service: str, livraison: str = "") -> DeriveLivraison | None:
    """Ce qu'une livraison active a changé ; la dernière, si `livraison` n'est pas donnée.

    Rend `None` si le service n'a aucune livraison active. Lève `ErreurParametre` pour un service ou une livraison
    inconnus, ou pour une livraison retirée (ses données sont effacées), `ErreurFichier` si l'entrepôt est abîmé.
    """
    fiche = lire_service(espace, service)
    dossier, carnet = rangement.ouvrir_carnet(espace.entrepot(service))
    actives = list(carnet.actives)
    if livraison:
        _exiger_active(livraison, carnet.livraisons)
        actives = actives[: [i.id for i in actives].index(livraison) + 1]
    if not actives:
        return None
    *avant, cible = actives
    if not avant:
        return DeriveLivraison(service, cible.id, _recue(cible))
    comparaison = _Comparaison(fiche, dossier, tuple(avant), cible)
    livrees = [nom for nom in modele.TABLES if nom in cible.tables]
    return DeriveLivraison(
        service=service,
        livraison=cible.id,
        recue=_recue(cible),
        precedente=avant[-1].id,
        precedente_recue=_recue(avant[-1]),
        mouvements=tuple(m for nom in livrees for m in comparaison.mouvements(nom)),
        retouches=tuple(r for nom in livrees for r in comparaison.retouches(nom)),
        lignes=tuple(ligne for nom in livrees for ligne in comparaison.lignes(nom)),
        purgee=any(i.purgee for i in actives),
        instants=tuple(datetime.fromisoformat(i.date) for i in (cible, avant[-1])),
    )


def _exiger_active(livraison: str, connues: Iterable[Inscription]) -> None:
    etats = {i.id: i.etat for i in connues}
    exiger_connu(livraison, etats, "Livraison")
    if etats[livraison] == RETIREE:
        raise ErreurParametre(
            f"La livraison « {livraison} » est retirée : ses données sont effacées.",
            f"Livraisons actives : {', '.join(i for i, etat in etats.items() if etat == ACTIVE) or 'aucune'}.",
        )


def _recue(inscription: Inscription) -> date:
    return date.fromisoformat(inscription.date[:10])


class _Comparaison:
    """Les tables d'un service avant et après une livraison."""

    def __init__(self, fiche: Service, dossier: Path, avant: tuple[Inscription, ...], cible: Inscription) -> None:
        self.fiche, self.dossier, self.avant, self.cible = fiche, dossier, avant, cible
        self._anciennes: dict[str, pl.DataFrame] = {}
        self._jointes: dict[str, pl.DataFrame] = {}

    def _livree(self, inscription: Inscription, nom: str) -> pl.DataFrame:
        return rangement.lire_table(self.dossier / inscription.dossier / f"{nom}.parquet", nom, masquee=True)

    def _ancienne(self, nom: str) -> pl.DataFrame:
        """La table réunie des livraisons d'avant, comme l'entrepôt la réunit."""
        if nom not in self._anciennes:
            reunie = modele.table_vide(nom)
            for inscription in self.avant:
                if inscription.tables.get(nom):
                    reunie = reunir_lignes(nom, reunie, self._livree(inscription, nom))
            self._anciennes[nom] = reunie
        return self._anciennes[nom]

    def jointe(self, nom: str) -> pl.DataFrame:
        """Les lignes que la livraison porte et ce qu'elles étaient avant ; ce qu'elle ne déclare pas n'a pas changé."""
        if nom not in self._jointes:
            self._jointes[nom] = self._joindre(nom)
        return self._jointes[nom]

    def _joindre(self, nom: str) -> pl.DataFrame:
        cle = list(modele.table(nom).cle)
        ancienne, livree = self._ancienne(nom), self._livree(self.cible, nom)
        touchees = reunir_lignes(nom, ancienne, livree).join(livree.select(cle), on=cle, how="semi", nulls_equal=True)
        connues = ancienne.unique(cle, keep="first", maintain_order=True).with_columns(pl.lit(True).alias(_CONNUE))
        jointe = touchees.join(connues, on=cle, how="left", nulls_equal=True, suffix=_AVANT)
        # La clé n'a qu'une copie après la jointure : celle d'avant est la même, si la ligne était connue.
        copies = [pl.when(_CONNUE).then(c).alias(f"{c}{_AVANT}") for c in cle]
        return jointe.with_columns(pl.col(_CONNUE).fill_null(False)).with_columns(copies)

    def mouvements(self, nom: str) -> list[Mouvement]:
        return [m for colonne in FAITS.get(nom, ()) for m in self._mouvements_de(nom, colonne, self.jointe(nom))]

    def _mouvements_de(self, nom: str, colonne: str, jointe: pl.DataFrame) -> list[Mouvement]:
        jours = jointe.select(_CONNUE, apres=_jour(colonne), avant=_jour(colonne, _AVANT))
        apres, avant = pl.col("apres"), pl.col("avant")
        ajoute = apres.is_not_null() & avant.is_null()
        annee = self._annee_de(pl.coalesce(apres, avant)).alias(_ANNEE)
        par_annee = (
            jours.filter(apres.ne_missing(avant))
            .with_columns(annee)
            .group_by(_ANNEE)
            .agg(
                ajoutes=ajoute.sum(),
                tardifs=(ajoute & self._tardif(nom, colonne)).sum(),
                corriges=(apres.is_not_null() & avant.is_not_null()).sum(),
                effaces=(apres.is_null()).sum(),
                completes=(ajoute & pl.col(_CONNUE)).sum(),
                lignes_tardives=(ajoute & ~pl.col(_CONNUE) & self._tardif(nom, colonne)).sum(),
            )
            .sort(_ANNEE)
        )
        return [Mouvement(nom, colonne, *ligne) for ligne in par_annee.iter_rows()]

    def _tardif(self, nom: str, colonne: str) -> pl.Expr:
        """Vrai pour une date que la livraison précédente aurait dû porter, d'une année close depuis."""
        derniere = _recue(self.avant[-1])
        connus = self._ancienne(nom).select(_jour(colonne)).to_series().drop_nulls()
        horizon = connus.filter(connus < derniere).max()
        if horizon is None:
            return pl.lit(False)
        recue = _recue(self.cible)
        closes = [a for a in range(1990, recue.year + 2) if self.fiche.periode(a).fin <= recue]
        return pl.col(_ANNEE).is_in(closes) & (pl.col("apres") <= horizon)

    def _annee_de(self, jours: pl.Expr) -> pl.Expr:
        """L'année du service qui contient chaque jour."""
        mois, quantieme = (int(p) for p in self.fiche.parametres.periode_debut.split("-"))
        if (mois, quantieme) == (1, 1):
            return jours.dt.year()
        suivante = jours.dt.month().cast(pl.Int32) * 100 + jours.dt.day() >= mois * 100 + quantieme
        return jours.dt.year() + suivante.cast(pl.Int32)

    def _annee_de_la_ligne(self, nom: str, suffixe: str = "") -> pl.Expr:
        if nom not in FAITS:
            return pl.lit(None, pl.Int32).alias(_ANNEE)
        return self._annee_de(pl.coalesce(_jour(c, suffixe) for c in FAITS[nom])).alias(_ANNEE)

    def retouches(self, nom: str) -> list[Retouche]:
        fixes = {*modele.table(nom).cle, *FAITS.get(nom, {})}
        colonnes = [c for c in modele.table(nom).schema if c not in fixes]
        connues = self.jointe(nom).filter(_CONNUE).with_columns(self._annee_de_la_ligne(nom))
        comptes = [expression for c in colonnes for expression in _reprises(c)]
        retouches = []
        for ligne in connues.group_by(_ANNEE).agg(comptes).sort(_ANNEE, nulls_last=True).iter_rows(named=True):
            for c in colonnes:
                nombres = tuple(ligne[f"{c}.{quoi}"] for quoi in ("completees", "corrigees", "effacees"))
                if any(nombres):
                    retouches.append(Retouche(nom, c, ligne[_ANNEE], *nombres))
        return retouches

    def lignes(self, nom: str) -> list[Lignes]:
        jointe = self.jointe(nom)
        cle = list(modele.table(nom).cle)
        redonnees = self._ancienne(nom).filter(pl.col("_fichier").is_in(list(self.cible.fichiers)))
        absentes = redonnees.join(jointe.select(cle), on=cle, how="anti", nulls_equal=True)
        comptes = {
            quoi: dict(lot.with_columns(self._annee_de_la_ligne(nom)).group_by(_ANNEE).len().iter_rows())
            for quoi, lot in (("ajoutees", jointe.filter(~pl.col(_CONNUE))), ("absentes", absentes))
        }
        annees = sorted({*comptes["ajoutees"], *comptes["absentes"]}, key=lambda a: (a is None, a))
        return [Lignes(nom, a, comptes["ajoutees"].get(a, 0), comptes["absentes"].get(a, 0)) for a in annees]


def _jour(colonne: str, suffixe: str = "") -> pl.Expr:
    """Une date du modèle ; un mois vaut son premier jour."""
    lue = pl.col(f"{colonne}{suffixe}")
    return lue if VARIABLES[colonne].type is Type.DATE else (lue + "-01").str.to_date("%Y-%m-%d", strict=False)


def _reprises(colonne: str) -> list[pl.Expr]:
    """Combien de valeurs d'une colonne sont complétées, corrigées, effacées ; « non renseigné » vaut vide."""
    apres, avant = pl.col(colonne), pl.col(f"{colonne}{_AVANT}")
    if VARIABLES[colonne].type in (Type.CODE, Type.CODES):
        apres, avant = (pl.when(valeur != NON_RENSEIGNE).then(valeur) for valeur in (apres, avant))
    return [
        (apres.is_not_null() & avant.is_null()).sum().alias(f"{colonne}.completees"),
        (apres != avant).fill_null(False).sum().alias(f"{colonne}.corrigees"),
        (apres.is_null() & avant.is_not_null()).sum().alias(f"{colonne}.effacees"),
    ]


# --- D'une année à l'autre, d'un verdict à l'autre -----------------------------------------------------------


@dataclass(frozen=True)
class EcartEffectif:
    """Les faits d'une table dans deux années."""

    table: str
    colonne: str
    avant: int
    apres: int

    def phrase(self, annees: tuple[int, int]) -> str:
        """« Sorties de mesure : 120 en 2021, 95 en 2022 (−21 %). »"""
        nom = majuscule(FAITS[self.table][self.colonne].plusieurs)
        evolution = f" ({self._evolution()})" if self.avant else ""
        return f"{nom} : {nombre(self.avant)} en {annees[0]}, {nombre(self.apres)} en {annees[1]}{evolution}."

    def _evolution(self) -> str:
        """« stable », « +6 », ou « −21 % » si la base permet une part."""
        ecart = self.apres - self.avant
        if not ecart:
            return "stable"
        if self.avant < BASE_D_UNE_PART:
            return signe(ecart)
        part = 100 * ecart / self.avant
        return f"{signe(part, 0 if abs(part) >= 1 else 1)}{INSECABLE}%"


@dataclass(frozen=True)
class EcartRemplissage:
    """Le taux de remplissage d'un champ (0 à 1) dans deux verdicts ; vide si rien n'y a été jugé.

    `champ` : la règle sans son suffixe, « mesure.motif_fin » ; `base` : lignes examinées dans le second.
    """

    champ: str
    colonne: str
    avant: float | None
    apres: float | None
    base: int = 0

    @property
    def ecart(self) -> float | None:
        return None if self.avant is None or self.apres is None else self.apres - self.avant

    @property
    def notable(self) -> bool:
        """Vrai si le taux a bougé d'au moins cinq points."""
        return self.ecart is not None and round(abs(self.ecart), 9) >= ECART_NOTABLE

    def phrase(self, annees: tuple[int, int]) -> str:
        """« Motif de fin : rempli à 82 % en 2022, 97 % en 2021. » ; à dire quand les deux taux existent."""
        avant, apres = (pourcentage(100 * (taux or 0), decimales=0) for taux in (self.avant, self.apres))
        table, _, champ = self.champ.partition(".")
        precision = champ.removeprefix(self.colonne).strip("_")
        nom = majuscule(libelle_colonne(self.colonne) if precision else libelle_champ(table, self.colonne))
        nom += f" ({precision})" if precision else ""
        return f"{nom} : rempli à {apres} en {annees[1]}, {avant} en {annees[0]}."


@dataclass(frozen=True)
class EcartRegle:
    """Une règle dans deux verdicts ; `None` là où elle n'était pas jugée."""

    regle: str
    avant: Releve | None
    apres: Releve | None

    @property
    def sens(self) -> str:
        """« nouveau » (elle n'échouait pas), « leve », « aggrave », « allege », ou rien si elle n'a pas bougé."""
        echouait = self.avant is not None and not self.avant.reussie
        if self.apres is None or (self.apres.reussie and not echouait):
            return ""
        if self.apres.reussie or not echouait:
            return LEVE if self.apres.reussie else NOUVEAU
        return self._ampleur(self.avant, self.apres)

    @staticmethod
    def _ampleur(avant: Releve, apres: Releve) -> str:
        """Un échec qui dure a bougé si sa part change de cinq points, ou si le nombre de défauts double ou tombe."""
        ecart = (apres.part or 0) - (avant.part or 0)
        double = max(avant.echecs, apres.echecs) >= 2 * min(avant.echecs, apres.echecs)
        if not (abs(ecart) >= ECART_NOTABLE or double):
            return ""
        return AGGRAVE if ecart > 0 else ALLEGE if ecart < 0 else ""

    def phrase(self, explication: str) -> str:
        """Ce qui a changé, suivi de l'explication de la règle."""
        tete = {NOUVEAU: "Nouveau", LEVE: "Levé", AGGRAVE: "Aggravé", ALLEGE: "En recul"}[self.sens]
        if self.sens == LEVE or self.apres.lignes == 1:  # « 1 sur 1 » : la règle juge un ensemble
            return f"{tete} : {explication}"
        compte = f"{nombre(self.apres.echecs)} sur {nombre(self.apres.lignes)}"
        if self.sens != NOUVEAU:
            compte += f", contre {nombre(self.avant.echecs)} sur {nombre(self.avant.lignes)}"
        return f"{tete} ({compte}) : {explication}"


def ecarts_de_regles(avant: Mapping[str, Releve], apres: Mapping[str, Releve]) -> tuple[EcartRegle, ...]:
    """Les règles dont le résultat a changé entre deux verdicts (ou deux lignes de l'histoire), dans leur ordre."""
    ecarts = (EcartRegle(nom, avant.get(nom), apres.get(nom)) for nom in {**apres, **avant})
    return tuple(e for e in ecarts if e.sens)


def ecarts_de_remplissage(
    regles: Iterable[Regle], avant: Mapping[str, Releve], apres: Mapping[str, Releve]
) -> tuple[EcartRemplissage, ...]:
    """Le taux de remplissage de chaque champ que les suites jugent, dans deux verdicts, dans l'ordre des suites."""
    ecarts: dict[str, EcartRemplissage] = {}
    for regle in regles:
        champ = regle.regle.removesuffix("_faible").removesuffix(".remplissage")
        if regle.famille == "remplissage" and champ not in ecarts:
            lus = [releve.get(regle.regle) for releve in (avant, apres)]
            taux = [None if lu is None or lu.part is None else 1 - lu.part for lu in lus]
            ecarts[champ] = EcartRemplissage(champ, regle.colonne, *taux, base=lus[1].lignes if lus[1] else 0)
    return tuple(e for e in ecarts.values() if (e.avant, e.apres) != (None, None))


@dataclass(frozen=True)
class DeriveAnnees:
    """Ce qui distingue une année d'une autre, dans les données d'aujourd'hui."""

    service: str
    precedente: int
    annee: int
    effectifs: tuple[EcartEffectif, ...]
    remplissages: tuple[EcartRemplissage, ...]
    regles: tuple[EcartRegle, ...]
    explications: dict[str, str]
    purgees: tuple[int, ...] = ()

    def phrases(self, seuil: int = 1) -> tuple[str, ...]:
        """Effectifs, puis taux de remplissage qui ont bougé de 5 points au moins, puis règles.

        `seuil` : un effectif, une base ou un nombre de défauts sous ce seuil n'est pas dit.
        """
        annees = (self.precedente, self.annee)
        if not any(e.avant for e in self.effectifs):
            return (f"Rien n'est daté de {self.precedente} : il n'y a pas de quoi comparer.",)
        textes = [f"Des ménages de {a} ont été retirés : ses effectifs sont incomplets." for a in self.purgees]
        textes += [e.phrase(annees) for e in self.effectifs if not any(0 < n < seuil for n in (e.avant, e.apres))]
        textes += [e.phrase(annees) for e in self.remplissages if e.notable and e.base >= seuil]
        return (*textes, *(e.phrase(self.explications[e.regle]) for e in self.regles if _dicible(e, seuil)))


def _dicible(ecart: EcartRegle, seuil: int) -> bool:
    nombres = [n for r in (ecart.avant, ecart.apres) if r for n in (r.echecs, r.lignes - r.echecs)]
    return not any(0 < n < seuil for n in nombres)


def derive_annees(espace: Espace, service: str, annee: int, precedente: int | None = None) -> DeriveAnnees:
    """Ce qui distingue `annee` de `precedente` (l'année d'avant, si elle n'est pas donnée).

    Les verdicts des deux années sont lus, ou rendus s'ils manquent. Lève `ErreurParametre` pour un service inconnu.
    """
    annees = (annee - 1 if precedente is None else precedente, annee)
    avant, apres = (releves(verdict(espace, service, a)) for a in annees)
    regles = [r for suite in lire_suites(espace).values() for r in suite]
    effectifs = _effectifs(espace, service, annees)
    comparables = any(e.avant for e in effectifs)
    return DeriveAnnees(
        service=service,
        precedente=annees[0],
        annee=annee,
        effectifs=effectifs,
        remplissages=ecarts_de_remplissage(regles, avant, apres) if comparables else (),
        regles=ecarts_de_regles(avant, apres) if comparables else (),
        explications={r.regle: r.explication for r in regles},
        purgees=tuple(a for a in annees if a in lire_entrepot(espace, service).annees_purgees),
    )


def _effectifs(espace: Espace, service: str, annees: Sequence[int]) -> tuple[EcartEffectif, ...]:
    """Les faits de chaque date dans les deux années, pour les tables livrées ; rien là où il n'y en a aucun."""
    entrepot, fiche = lire_entrepot(espace, service), lire_service(espace, service)
    periodes = [fiche.periode(a) for a in annees]
    ecarts = []
    for nom in (n for n in FAITS if entrepot.presente(n)):
        table = entrepot.table(nom)
        for colonne in FAITS[nom]:
            dans = [((_jour(colonne) >= p.debut) & (_jour(colonne) < p.fin)).sum() for p in periodes]
            avant, apres = table.select(avant=dans[0], apres=dans[1]).row(0)
            if avant or apres:
                ecarts.append(EcartEffectif(nom, colonne, avant, apres))
    return tuple(ecarts)
