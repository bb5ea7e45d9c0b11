"""Lire les cellules d'un bloc : l'accès commun des graphiques, des tableaux et des phrases."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from observatoire.campagne.donnees_types import Bloc, Definition
from observatoire.campagne.territoires import ENSEMBLE
from observatoire.restitution import locale
from observatoire.restitution.etats import raison

# Une valeur absente d'une table publiée est un vrai zéro ; ces totaux-là ne permettent pas de le dire.
_TOTAUX_SANS_DETAIL = ("non_renseigne", "non_recu", "retenu", "sans_objet")
# Ce qui se compte ou se répartit vaut zéro où il n'y a rien ; une moyenne ou un taux sur personne n'existe pas.
_FORMES_A_ZERO = ("effectif", "repartition", "citations", "matrice", "serie")
_EN_FIN = {"AUTRE": 1, "AUTRES": 1, "SO": 2, "REF": 3, "NSP": 4, "INCONNU": 5, "NR": 6}
# Une colonne de texte libre a ses valeurs pour codes : les absences s'y écrivent en lettres.
_EN_FIN |= {"SANS OBJET": 2, "REFUS DE RÉPONDRE": 3, "INCONNUE": 5, "NON RENSEIGNÉ": 6, "NON RENSEIGNÉE": 6}
# Variables dont l'ordre a un sens : on ne les trie pas par effectif.
ORDONNEES = frozenset(
    {
        *("indicateur", "mois", "annee", "rang", "echeance", "mois_ecoules"),
        *("age_tranche", "duree_tranche", "ressources_tranche", "anciennete_tranche"),
        *("typologie", "intensite"),
    }
)


@dataclass(frozen=True)
class Cellule:
    """Une cellule protégée : son état, et sa valeur seulement si l'état est « publie »."""

    etat: str
    valeur: float | None = None
    numerateur: float | None = None
    base: float | None = None
    unite: str = ""
    non_renseignes: int | None = None
    version: str = ""

    @property
    def publiee(self) -> bool:
        return self.etat == "publie" and self.valeur is not None

    @property
    def comptee(self) -> bool:
        """La cellule a-t-elle un effectif à imprimer ? Le total de réponses multiples en a un, et pas de valeur."""
        return self.publiee or (self.etat == "publie" and self.numerateur is not None)

    @property
    def effectif(self) -> float:
        """Nombre d'unités d'une cellule publiée : le numérateur d'une part, la valeur d'un compte."""
        if self.unite == "%" and self.numerateur is not None:
            return self.numerateur
        return self.valeur or 0.0

    @property
    def masquee(self) -> bool:
        return self.etat in ("masque", "masque_secondaire")


ABSENTE = Cellule("absente")


@dataclass(frozen=True)
class Modalite:
    """Une ligne d'un tableau : un code de vocabulaire (ou d'indicateur) et son libellé."""

    code: str
    libelle: str
    ordre: int = 0


def _cellule(ligne: dict) -> Cellule:
    return Cellule(
        etat=ligne["etat"],
        valeur=ligne["valeur"],
        numerateur=ligne["numerateur"],
        base=ligne["base"],
        unite=ligne["unite"] or "",
        non_renseignes=ligne["non_renseignes"],
        version=str(ligne["version_definition"] or ""),
    )


@dataclass
class Vue:
    """Les cellules d'un bloc, adressées par indicateur et modalités, pour l'année et la précédente."""

    bloc: Bloc
    annee: int = 0
    _courantes: dict = field(default_factory=dict)
    _precedentes: dict = field(default_factory=dict)
    _details_retenus: set = field(default_factory=set)

    def __post_init__(self) -> None:
        lignes = _ensemble(self.bloc.table)
        if self.bloc.graphique != "historique":
            self._courantes = _indexer(lignes)
            self._precedentes = _indexer(_ensemble(self.bloc.precedente))
        # Où la qualité retient un détail, une ligne qui n'y est pas n'est pas un zéro.
        self._details_retenus = {
            (index is self._courantes, nom, ventilation, code_2 is not None)
            for index in (self._courantes, self._precedentes)
            for (nom, ventilation, _, code_2), cellule in index.items()
            if cellule.etat == "retenu"
        }
        annees = [ligne["annee"] for ligne in lignes if ligne["annee"] is not None]
        self.annee = max(annees, default=0)
        self.lignes = lignes

    # Contenu

    @property
    def definitions(self) -> tuple[Definition, ...]:
        """Ce qui s'imprime côte à côte : une définition par indicateur (la dernière, pour un historique), ou par
        territoire."""
        return tuple({d.nom: d for d in self.bloc.colonnes or self.bloc.definitions}.values())

    @property
    def definition(self) -> Definition:
        return self.definitions[0]

    @property
    def ventilation(self) -> str:
        """Variable des lignes ; vide si le bloc n'imprime que des totaux."""
        croisees = (ligne for ligne in self.lignes if ligne["ventilation_2"])
        simples = (ligne for ligne in self.lignes if ligne["ventilation_1"])
        ligne = next(croisees, None) or next(simples, None)
        return ligne["ventilation_1"] if ligne else ""

    @property
    def croisement(self) -> tuple[str, str]:
        """Variables des lignes et des colonnes d'une matrice."""
        for ligne in self.lignes:
            if ligne["ventilation_1"] and ligne["ventilation_2"]:
                return ligne["ventilation_1"], ligne["ventilation_2"]
        return self.ventilation, ""

    @property
    def disposition(self) -> str:
        """Comment ses cellules se rangent en tableau, à la page comme au classeur."""
        if self.bloc.graphique == "historique":
            return "historique"
        if self.croisement[1]:
            return "matrice"
        if not self.ventilation:
            return "totaux"
        if self.ventilation == "indicateur":
            return "territoires"
        return "serie" if self.bloc.graphique == "serie" else "ventile"

    @property
    def a_precedente(self) -> bool:
        """Y a-t-il quelque chose à dire de l'année précédente ?"""
        return any(c.etat in ("publie", "masque", "masque_secondaire", "retenu") for c in self._precedentes.values())

    def total(self, indicateur: str) -> Cellule:
        return self._courantes.get((indicateur, None, None, None), ABSENTE)

    def total_precedent(self, indicateur: str) -> Cellule:
        return self._comparable(self._precedentes.get((indicateur, None, None, None), ABSENTE), indicateur)

    def _comparable(self, avant: Cellule, indicateur: str) -> Cellule:
        """La cellule de l'année précédente, ou une rupture si la définition a changé depuis."""
        maintenant = self.total(indicateur)
        if avant.version and maintenant.version and avant.version != maintenant.version:
            return Cellule("rupture")
        return avant

    def cellule(self, indicateur: str, code: str, code_2: str | None = None) -> Cellule:
        return self._chercher(self._courantes, indicateur, code, code_2)

    def precedente(self, indicateur: str, code: str, code_2: str | None = None) -> Cellule:
        return self._chercher(self._precedentes, indicateur, code, code_2)

    def _chercher(self, index: dict, indicateur: str, code: str, code_2: str | None = None) -> Cellule:
        """La cellule écrite ; sinon zéro si la table le permet, ou l'état qui dit pourquoi elle n'y est pas."""
        trouvee = index.get((indicateur, self.ventilation, code, code_2))
        if trouvee is not None:
            return trouvee
        total = index.get((indicateur, None, None, None))
        if total is None:
            return ABSENTE
        if total.etat in _TOTAUX_SANS_DETAIL:
            return Cellule(total.etat, unite=total.unite)
        if (index is self._courantes, indicateur, self.ventilation, code_2 is not None) in self._details_retenus:
            return Cellule("retenu", unite=total.unite)
        if not self._compte(indicateur):
            return Cellule("sans_objet", unite=total.unite)
        return Cellule("publie", 0.0, 0.0, total.base, total.unite, version=total.version)

    def _compte(self, indicateur: str) -> bool:
        formes = [d.forme for d in self.definitions if d.nom == indicateur]
        return not formes or formes[0] in _FORMES_A_ZERO

    def motif(self, indicateur: str, annee: int | None = None) -> str:
        """Pourquoi la qualité retient un indicateur : la première raison, sans point ; vide s'il n'est pas retenu."""
        annee = self.annee if annee is None else annee
        siennes = [r for r in self.bloc.retenues if (r.indicateur, r.annee) == (indicateur, annee)]
        siennes.sort(key=lambda r: bool(r.ventilation))
        return raison(siennes[0].motifs[:1]).rstrip(".") if siennes else ""

    # Lignes et colonnes

    def modalites(self) -> list[Modalite]:
        """Lignes à imprimer : par effectif décroissant, sauf variable ordonnée ; inconnus en dernier."""
        if not self.ventilation:
            return [Modalite(d.nom, d.libelle, rang) for rang, d in enumerate(self.definitions)]
        liste = self._lister(self.ventilation)
        liste = [m for m in liste if not (est_inconnu(m.code) and self._vide(m))]
        if self.ventilation in ORDONNEES:
            return sorted(liste, key=lambda m: (_fin(m.code), m.ordre, m.code))
        meneur = self._meneur()
        return sorted(liste, key=lambda m: (_fin(m.code), -_poids(self.cellule(meneur, m.code)), m.ordre, m.code))

    def _meneur(self) -> str:
        """La série dont l'effectif range les lignes : l'ensemble des territoires, sinon la première ; la dernière
        comparée."""
        noms = [d.nom for d in self.definitions]
        if ENSEMBLE in noms:
            return ENSEMBLE
        return noms[-1 if self.bloc.graphique == "comparaison" else 0]

    def modalites_dessinees(self) -> list[Modalite]:
        """Modalités du graphique : les premières seulement, si le bloc fixe une limite."""
        liste = self.modalites()
        if self.ventilation and self.ventilation not in ORDONNEES:
            liste = [m for m in liste if not self._vide(m)] or liste
        limite = self.bloc.reglage.get("limite")
        return liste[:limite] if isinstance(limite, int) and limite > 0 else liste

    def _vide(self, modalite: Modalite) -> bool:
        """La ligne est-elle à zéro, cette année et la précédente, pour tous les indicateurs ?"""
        cellules = [
            c for d in self.definitions for c in (self.ligne(d.nom, modalite), self.ligne_precedente(d.nom, modalite))
        ]
        return all(c.etat == "absente" or (c.publiee and not c.valeur) for c in cellules)

    def _lister(self, ventilation: str) -> list[Modalite]:
        vues: dict[str, Modalite] = {}
        for table in (self.lignes, _ensemble(self.bloc.precedente)):
            for ligne in table:
                for rang in ("1", "2"):
                    if ligne[f"ventilation_{rang}"] == ventilation:
                        code = ligne[f"modalite_{rang}"]
                        libelle = ligne[f"libelle_{rang}"] or code
                        if ventilation == "mois":
                            libelle = locale.mois(code)
                        vues.setdefault(code, Modalite(code, libelle, ligne[f"ordre_{rang}"] or 0))
        if ventilation == "mois":
            annee = max((c[:4] for c in vues), default="")
            vues = {c: m for c, m in vues.items() if self._courante_connue(c) or c[:4] == annee}
            return [Modalite(m.code, m.libelle, rang) for rang, m in enumerate(sorted(vues.values(), key=_code))]
        return list(vues.values())

    def _courante_connue(self, code: str) -> bool:
        return any(ligne["modalite_1"] == code for ligne in self.lignes)

    def axes_matrice(self) -> tuple[list[Modalite], list[Modalite]]:
        """Lignes et colonnes d'une matrice, dans l'ordre du vocabulaire."""
        un, deux = self.croisement

        def axe(ventilation: str) -> list[Modalite]:
            vues: dict[str, Modalite] = {}
            for ligne in self.lignes:
                for rang in ("1", "2"):
                    if ventilation and ligne[f"ventilation_{rang}"] == ventilation:
                        code = ligne[f"modalite_{rang}"]
                        vues[code] = Modalite(code, ligne[f"libelle_{rang}"] or code, ligne[f"ordre_{rang}"] or 0)
            return sorted(vues.values(), key=lambda m: (_fin(m.code), m.ordre, m.code))

        return axe(un), axe(deux)

    def marge(self, indicateur: str, ventilation: str, code: str) -> Cellule:
        """Marge d'une matrice : ligne où une seule ventilation est remplie."""
        for ligne in self.lignes:
            if (ligne["indicateur"], ligne["ventilation_1"], ligne["modalite_1"]) == (
                indicateur,
                ventilation,
                code,
            ) and not ligne["ventilation_2"]:
                return _cellule(ligne)
        return ABSENTE

    # Années précédentes

    def mois_precedent(self, indicateur: str, code: str) -> Cellule:
        """La cellule du même mois un an plus tôt."""
        annee, _, suite = code.partition("-")
        if not annee.isdigit():
            return ABSENTE
        avant = self.precedente(indicateur, f"{int(annee) - 1}-{suite}")
        return self._comparable(avant, indicateur)

    def ligne_precedente(self, indicateur: str, modalite: Modalite) -> Cellule:
        """La cellule de l'année précédente d'une ligne, mois compris."""
        if not self.ventilation:
            return self.total_precedent(modalite.code)
        if self.ventilation == "mois":
            return self.mois_precedent(indicateur, modalite.code)
        return self._comparable(self.precedente(indicateur, modalite.code), indicateur)

    def montant(self, indicateur: str) -> bool:
        """L'effectif de cet indicateur est-il une somme en euros ?"""
        return any(d.nom == indicateur and "en euros" in d.denominateur for d in self.definitions)

    def ligne(self, indicateur: str, modalite: Modalite) -> Cellule:
        """La cellule de l'année d'une ligne : une modalité, ou l'indicateur lui-même sans ventilation."""
        if not self.ventilation:
            return self.total(modalite.code)
        return self.cellule(indicateur, modalite.code)


def _ensemble(table: pl.DataFrame) -> list[dict]:
    """Lignes de l'ensemble (sans territoire) ; toutes, s'il n'y a que des territoires."""
    if table.is_empty():
        return []
    lignes = table.to_dicts()
    ensemble = [ligne for ligne in lignes if not ligne["territoire"]]
    return ensemble or lignes


def _indexer(lignes: list[dict]) -> dict[tuple, Cellule]:
    return {
        (ligne["indicateur"], ligne["ventilation_1"] or None, ligne["modalite_1"], ligne["modalite_2"]): _cellule(ligne)
        for ligne in lignes
    }


def _fin(code: str) -> int:
    return _EN_FIN.get(code.upper(), 0)


def _poids(cellule: Cellule) -> float:
    return cellule.valeur if cellule.publiee else -1.0


def _code(modalite: Modalite) -> str:
    return modalite.code


def est_inconnu(code: str) -> bool:
    """La modalité dit-elle une absence de réponse ?"""
    return _fin(code) >= 2
