"""Le profil d'une table : ce que chaque colonne contient, ce qui y manque, ce que les contrôles y reprochent.

Il sert à vérifier des données avant de les croire. Il lit des lignes de personnes : interne seulement, et jamais écrit
dans un carnet. Ni identifiant ni texte libre n'y est montré, seulement compté.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import altair as alt
import polars as pl
from markupsafe import Markup

from observatoire import modele
from observatoire.entrepot import lire_entrepot
from observatoire.erreurs import ErreurParametre
from observatoire.espace import Espace
from observatoire.exploration.outils_rendu import (
    Titre,
    avis_non_enregistre,
    cadre,
    exiger_interne,
    liste,
    paragraphes,
    part,
    tableau,
)
from observatoire.indicateurs.libelles import ABSENCES_EN_LETTRES
from observatoire.modele import Colonne, Type
from observatoire.nomenclatures import lire_nomenclature
from observatoire.qualite.consignes import GRAVITES, gravite_de, sujet
from observatoire.qualite.derives import libelle_colonne
from observatoire.qualite.moteur import Examinee, Passe
from observatoire.qualite.perimetre import annees_d_activite, lignes_de_l_annee
from observatoire.restitution import locale, theme
from observatoire.restitution.locale import INSECABLE
from observatoire.restitution.qualite_parties import nom_table
from observatoire.services import Service, lire_service
from observatoire.univers.contexte import Contexte

MODALITES_MONTREES = 8
ASSEZ_POUR_ECARTER = 10  # valeurs connues à partir desquelles chercher celles qui s'écartent
ECART_DE_TUKEY = (
    1.5  # une valeur est écartée au-delà de 1,5 fois l'étendue de la moitié centrale. Source : Tukey, 1977.
)
QUANTILES = (0.0, 0.25, 0.5, 0.75, 1.0)
_NOMS_QUANTILES = ("minimum", "premier quart", "médiane", "dernier quart", "maximum")
_NOMBRES = (Type.ENTIER, Type.DECIMAL, Type.MONTANT)
_TUS = (Type.IDENTIFIANT, Type.TEXTE)  # comptés, jamais montrés
ADMIS = "assez rare pour être admis"
HORS_VOCABULAIRE = "hors du vocabulaire"


@dataclass(frozen=True)
class RegleLue:
    """Un contrôle de qualité qui lit une colonne : ce qu'il dit, ce qu'il entraîne, et combien de lignes il reprend."""

    regle: str
    explication: str
    remede: str
    effet: str
    lignes: int
    echecs: int
    reussie: bool


@dataclass(frozen=True)
class ProfilColonne:
    """Une colonne : remplissage, valeurs distinctes, répartition et contrôles.

    `remplies` : ni vides, ni « non renseigné ». `absences` : les marques « non renseigné », « sans objet », « refus »,
    comptées à part du vide, en part de toutes les lignes. `modalites` et `autres` : les plus fréquentes et le nombre de
    lignes des suivantes ; `quantiles` : du minimum au maximum, déjà écrits. `ecartees` : valeurs éloignées des autres,
    avec les bornes. Vides pour un identifiant ou un texte libre.
    """

    nom: str
    libelle: str
    definition: str
    type: str
    obligatoire: bool
    lignes: int
    remplies: int
    distinctes: int
    absences: tuple[tuple[str, int], ...] = ()
    modalites: tuple[tuple[str, int], ...] = ()
    autres: int = 0
    quantiles: tuple[tuple[str, str], ...] = ()
    ecartees: int = 0
    bornes: tuple[str, str] | None = None
    regles: tuple[RegleLue, ...] = ()

    @property
    def taux(self) -> float | None:
        """Part de lignes où la colonne est renseignée, de 0 à 100 ; vide si la table n'a pas de ligne."""
        return 100 * self.remplies / self.lignes if self.lignes else None

    @property
    def _muette(self) -> bool:
        return self.type in {t.value for t in _TUS}

    @property
    def defauts(self) -> tuple[RegleLue, ...]:
        """Les contrôles qui reprennent au moins une ligne, le plus grave d'abord."""
        return tuple(r for r in self.regles if r.echecs)


@dataclass(frozen=True, repr=False)
class Profil:
    """Le profil d'une table. `html()` le rend lisible ; il ne s'affiche pas de lui-même, pour n'être pas enregistré.

    `annee` : celle dont les lignes sont lues, vide pour toute la table ; `annee_jugee` : celle des contrôles.
    """

    service: str
    table: str
    titre: str
    description: str
    annee: int | None
    annee_jugee: int
    lignes: int
    colonnes: tuple[ProfilColonne, ...]

    def __repr__(self) -> str:
        return f"Profil de la table « {self.table} » ({len(self.colonnes)} colonnes, {self.lignes} lignes)"

    def _repr_html_(self) -> str:
        return avis_non_enregistre("Le profil d'une table")

    def colonne(self, nom: str) -> ProfilColonne:
        """Le profil d'une colonne ; lève `ErreurParametre` si la table ne l'a pas."""
        for colonne in self.colonnes:
            if colonne.nom == nom:
                return colonne
        raise ErreurParametre(
            f"La table « {self.table} » n'a pas de colonne « {nom} ».",
            f"Colonnes : {', '.join(c.nom for c in self.colonnes)}.",
        )

    def html(self) -> Markup:
        """Le tableau du profil : une rangée par colonne, puis les contrôles qui reprennent des lignes."""
        titres = [Titre("Colonne", True), Titre("Nature", True), Titre("Remplie"), Titre("Valeurs distinctes")]
        titres += [Titre("Répartition", True), Titre("Contrôles", True)]
        quand = f"année {self.annee}" if self.annee else "toutes les années livrées"
        lignes = f"{locale.nombre(self.lignes)} {locale.pluriel(self.lignes, 'ligne', 'lignes')}"
        legende = f"{self.titre}, {quand} : {lignes}"
        return cadre(
            paragraphes([self.description]),
            tableau(legende, titres, [_rangee(c) for c in self.colonnes]),
            self._defauts(),
            paragraphes(
                [
                    f"Contrôles jugés pour l'année {self.annee_jugee} ; une clé ou une référence se juge sur toute la "
                    "table. Valeurs écartées : au-delà de 1,5 fois l'étendue de la moitié centrale ; rares, pas "
                    "forcément fausses. Ni identifiant ni texte libre n'est montré."
                ],
                "discret",
            ),
        )

    def _defauts(self) -> Markup:
        """Chaque contrôle qui reprend des lignes, une fois, avec les colonnes qu'il lit."""
        colonnes: dict[RegleLue, list[str]] = {}
        for colonne in self.colonnes:
            for regle in colonne.defauts:
                colonnes.setdefault(regle, []).append(colonne.libelle)
        if not colonnes:
            return paragraphes(["Aucun contrôle ne reprend de ligne de cette table."])
        rangees = [
            (r.explication, ", ".join(lues), part(r.echecs, r.lignes), r.effet, r.remede)
            for r, lues in sorted(colonnes.items(), key=lambda c: _rang(c[0]))
        ]
        titres = [Titre("Ce qui ne va pas", True), Titre("Colonnes", True), Titre("Lignes reprises")]
        return tableau("Contrôles à regarder", [*titres, Titre("Effet", True), Titre("Remède", True)], rangees)

    def graphique(self) -> alt.LayerChart:
        """Le remplissage de chaque colonne, en barres, dans l'ordre de la table."""
        return _barres(self.colonnes)


def profiler(
    espace: Espace,
    service: str,
    table: str,
    annee: int | None = None,
    *,
    diffusion: str = "interne",
    passe: Passe | None = None,
) -> Profil:
    """Le profil d'une table livrée : remplissage, valeurs distinctes, répartition, écarts et contrôles, par colonne.

    `annee` réduit aux lignes qui entrent dans les chiffres de l'année ; sans elle, toute la table est lue. `passe` :
    les contrôles du service, s'ils sont déjà prêts. Interne seulement : lève `ErreurParametre` en diffusion publique,
    pour une table inconnue du modèle ou que le service n'a pas livrée.
    """
    exiger_interne(diffusion, "Le profil d'une table")
    fiche, declaree = lire_service(espace, service), modele.table(table)
    entrepot = lire_entrepot(espace, service)
    if not entrepot.presente(table):
        raise ErreurParametre(
            f"Le service « {fiche.libelle_court} » n'a pas livré la table « {table} ».",
            f"Tables livrées : {', '.join(entrepot.tables) or 'aucune, importez d abord ses exports'}.",
        )
    passe = passe or Passe(espace, fiche, entrepot)
    jugee = annee or _derniere_annee(passe, fiche)
    lignes = (
        entrepot.table(table)
        if annee is None
        else lignes_de_l_annee(Contexte(espace, fiche, fiche.periode(annee), entrepot), table)
    )
    examinees = passe.examiner(jugee)
    colonnes = tuple(_profil_colonne(espace, table, c, lignes, examinees) for c in declaree.colonnes.values())
    return Profil(service, table, nom_table(table), declaree.description, annee, jugee, lignes.height, colonnes)


def _derniere_annee(passe: Passe, fiche: Service) -> int:
    actives = annees_d_activite(passe.tables, fiche.periode)
    return actives[-1] if actives else fiche.parametres.derniere_annee or date.today().year


def _profil_colonne(
    espace: Espace, table: str, declaree: Colonne, lignes: pl.DataFrame, examinees: Iterable[Examinee]
) -> ProfilColonne:
    variable = declaree.variable
    valeurs = lignes[variable.nom]
    connues = valeurs.drop_nulls()
    # « Non renseigné » est une réponse qui manque, écrite : la colonne n'en est pas plus remplie.
    code = variable.type in (Type.CODE, Type.CODES)
    remplies = connues.filter(connues != modele.NON_RENSEIGNE) if code else connues
    return ProfilColonne(
        nom=variable.nom,
        libelle=libelle_colonne(variable.nom),
        definition=variable.description,
        type=variable.type.value,
        obligatoire=declaree.obligatoire,
        lignes=valeurs.len(),
        remplies=remplies.len(),
        distinctes=remplies.n_unique(),
        regles=_regles(f"{table}.{variable.nom}", examinees),
        **_contenu(espace, variable, connues),
    )


def _contenu(espace: Espace, variable: modele.Variable, remplies: pl.Series) -> dict:
    """Ce qui se montre des valeurs d'une colonne, selon sa nature ; rien d'un identifiant ni d'un texte libre."""
    if variable.type in _TUS or remplies.is_empty():
        return {}
    if variable.type in (Type.CODE, Type.CODES):
        return _modalites(espace, variable, remplies)
    if variable.type is Type.DATE:
        return {"quantiles": _nommes([locale.jour(j) for j in _rangs(remplies)])}
    if variable.type is Type.MOIS:
        # Un mois de naissance désigne : l'année suffit à voir une faute de saisie.
        return {"quantiles": _nommes([str(m)[:4] for m in _rangs(remplies)])}
    return _nombres(variable, remplies.cast(pl.Float64))


def _modalites(espace: Espace, variable: modele.Variable, remplies: pl.Series) -> dict:
    """Les modalités en français, les plus fréquentes d'abord ; une réponse multiple compte chacune des siennes."""
    connus = {**lire_nomenclature(espace, variable.nomenclature).libelles, **ABSENCES_EN_LETTRES}
    codes = remplies.str.split("|").explode().str.strip_chars() if variable.type is Type.CODES else remplies
    comptes: dict[str, int] = {}
    for code, nombre in codes.value_counts(sort=True).sort("count", codes.name, descending=[True, False]).iter_rows():
        # Un code inconnu peut être n'importe quel texte : il se compte sans se montrer.
        libelle = connus.get(code, HORS_VOCABULAIRE)
        comptes[libelle] = comptes.get(libelle, 0) + nombre
    absences = tuple((mot, comptes.pop(mot)) for mot in ABSENCES_EN_LETTRES.values() if mot in comptes)
    rangees = sorted(comptes.items(), key=lambda c: -c[1])
    return {
        "absences": absences,
        "modalites": tuple(rangees[:MODALITES_MONTREES]),
        "autres": sum(n for _, n in rangees[MODALITES_MONTREES:]),
    }


def _nombres(variable: modele.Variable, valeurs: pl.Series) -> dict:
    def ecrire(valeur: float) -> str:
        return locale.valeur_unite(valeur, variable.unite)

    contenu: dict = {"quantiles": _nommes([ecrire(v) for v in _rangs(valeurs)])}
    bas, haut = (valeurs.quantile(q, "linear") for q in (0.25, 0.75))
    if valeurs.len() < ASSEZ_POUR_ECARTER or haut == bas:
        return contenu
    etendue = ECART_DE_TUKEY * (haut - bas)
    contenu["ecartees"] = int(((valeurs < bas - etendue) | (valeurs > haut + etendue)).sum())
    plancher = 0.0 if (valeurs >= 0).all() else bas - etendue  # ce qui n'est jamais négatif n'a pas de borne négative
    contenu["bornes"] = (ecrire(max(bas - etendue, plancher)), ecrire(haut + etendue))
    return contenu


def _rangs(valeurs: pl.Series) -> list:
    """Les valeurs observées aux rangs des quantiles : une valeur de la colonne, jamais une interpolation."""
    triees = valeurs.sort()
    return [triees[round(q * (triees.len() - 1))] for q in QUANTILES]


def _nommes(ecrits: list[str]) -> tuple[tuple[str, str], ...]:
    return tuple(zip(_NOMS_QUANTILES, ecrits, strict=True))


def _regles(colonne: str, examinees: Iterable[Examinee]) -> tuple[RegleLue, ...]:
    """Les contrôles qui lisent la colonne ; d'un même sujet jugé à deux gravités, celui qui échoue, le plus grave."""
    retenus: dict[str, RegleLue] = {}
    for examinee in examinees:
        regle, examen = examinee.regle, examinee.examen
        if colonne not in regle.colonnes:
            continue
        lu = RegleLue(
            regle.regle,
            regle.explication,
            regle.remede,
            effet(examinee),
            examen.lignes,
            examen.echecs,
            examinee.reussie,
        )
        cle = sujet(regle)
        if cle not in retenus or _rang(lu) < _rang(retenus[cle]):
            retenus[cle] = lu
    return tuple(sorted(retenus.values(), key=_rang))


def _rang(regle: RegleLue) -> tuple[bool, bool, int, int]:
    return regle.reussie, not regle.echecs, GRAVITES.get(regle.effet, len(GRAVITES)), -regle.echecs


def effet(examinee: Examinee) -> str:
    """Ce que le défaut entraîne : ce que dit sa gravité, ou rien s'il est assez rare pour que le contrôle passe."""
    return ADMIS if examinee.reussie else gravite_de(examinee.regle)


# Rendu


def _rangee(colonne: ProfilColonne) -> tuple[str | Markup, ...]:
    nature = colonne.type + (" · obligatoire" if colonne.obligatoire else "")
    remplie = part(colonne.remplies, colonne.lignes) if colonne.remplies else "jamais"
    redite = colonne.definition.removesuffix(".") == colonne.libelle
    tete = Markup('{}<br><span class="discret"><code>{}</code> {}</span>').format(
        colonne.libelle, colonne.nom, "" if redite else locale.typographie(colonne.definition)
    )
    return tete, nature, remplie, locale.nombre(colonne.distinctes), _repartition(colonne), _controles(colonne)


def _repartition(colonne: ProfilColonne) -> Markup:
    textes = [f"{nom}{INSECABLE}: {valeur}" for nom, valeur in colonne.quantiles]
    if colonne.distinctes == 1 and textes:
        textes = [f"toujours {colonne.quantiles[0][1]}"]
    textes += [f"{libelle}{INSECABLE}: {part(n, colonne.remplies)}" for libelle, n in colonne.modalites]
    textes += [f"{libelle}{INSECABLE}: {part(n, colonne.lignes)}" for libelle, n in colonne.absences]
    if colonne.autres:
        textes.append(f"autres modalités{INSECABLE}: {part(colonne.autres, colonne.remplies)}")
    if colonne.ecartees and colonne.bornes:
        combien = f"{colonne.ecartees} {locale.pluriel(colonne.ecartees, 'valeur écartée', 'valeurs écartées')}"
        textes.append(f"{combien}, hors de {colonne.bornes[0]} à {colonne.bornes[1]}")
    if not textes and colonne._muette and colonne.remplies:
        textes.append("comptée, jamais montrée")
    return liste(textes)


def _controles(colonne: ProfilColonne) -> str:
    if not colonne.regles:
        return "aucun contrôle"
    if not colonne.defauts:
        un_seul = len(colonne.regles) == 1
        return "un contrôle, réussi" if un_seul else f"{len(colonne.regles)} contrôles, aucune ligne reprise"
    pires = [f"{locale.nombre(r.echecs)} sur {locale.nombre(r.lignes)} ({r.effet})" for r in colonne.defauts[:2]]
    return f"lignes reprises{INSECABLE}: {locale.enumeration(pires)}"


def _barres(colonnes: Iterable[ProfilColonne]) -> alt.LayerChart:
    valeurs = [_barre(c) for c in colonnes if c.taux is not None]
    ordre = [v["colonne"] for v in valeurs]
    donnees = alt.Chart(alt.InlineData(values=valeurs, name="remplissage"))
    y = alt.Y("colonne:N", sort=ordre, axis=alt.Axis(labelLimit=320))
    x = alt.X("taux:Q", axis=None, scale=alt.Scale(domain=[0, 118]))
    infobulle = [alt.Tooltip("colonne:N", title="Colonne"), alt.Tooltip("lu:N", title="Remplie")]
    barres = donnees.mark_bar(color=theme.couleur("fort"), height=12).encode(x=x, y=y, tooltip=infobulle)
    textes = donnees.mark_text(align="left", dx=5, fontSize=12).encode(x=x, y=y, text="ecrit:N")
    return alt.layer(barres, textes).properties(width=320, height=alt.Step(18))


def _barre(colonne: ProfilColonne) -> Mapping[str, str | float]:
    return {
        "colonne": colonne.libelle,
        "taux": round(colonne.taux or 0.0, 2),
        "ecrit": locale.pourcentage(colonne.taux or 0.0, colonne.lignes),
        "lu": f"{locale.nombre(colonne.remplies)} sur {locale.nombre(colonne.lignes)}",
    }
