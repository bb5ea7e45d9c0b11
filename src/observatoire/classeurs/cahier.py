"""Le classeur d'un cahier régional : un tableau par figure, ses sources nommées, la méthode et le lexique."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from observatoire.cahiers.contenu import DonneesCahier, Figure, SourceMethode
from observatoire.classeurs.blocs import MARQUE_SANS_PART, SANS_PART, Rangees, feuille_bloc, reserves
from observatoire.classeurs.contenu import Cellule as Case
from observatoire.classeurs.contenu import Classeur, Feuille, Nombre
from observatoire.classeurs.formats import BASE_MINIMALE, format_de
from observatoire.classeurs.rapport import avertissement, definitions, provenance
from observatoire.restitution import locale
from observatoire.restitution.cahier_tableaux import ligne, modalite
from observatoire.restitution.cellules import Cellule, Vue

_METHODE, _LEXIQUE = "Méthode et sources", "Lexique"
NON_COMMUNIQUE = "non communiqué"


def classeur_cahier(donnees: DonneesCahier) -> Classeur:
    """Le classeur d'un cahier : des cellules protégées et rien d'autre."""
    feuilles = [_sources(donnees.sources)] if donnees.sources else []
    feuilles += [_figure(f, section.titre) for section in donnees.sections for f in section.figures]
    if donnees.lexique.connus:
        sigles = tuple((s.sigle, locale.typographie(s.libelle)) for s in donnees.lexique.connus)
        feuilles.append(Feuille("Sigles employés", ("Sigle", "Ce qu'il veut dire"), sigles, _LEXIQUE))
    return Classeur(
        titre=f"{donnees.reglage.libelle_region} {donnees.annee}",
        surtitre="Cahier régional",
        lieu=" · ".join(t for t in (donnees.reglage.federation, donnees.reglage.titre) if t),
        presentation=locale.typographie(" ".join(donnees.theme.presentation.split())),
        avertissement=avertissement(donnees.diffusion),
        fiche=(
            ("Région", f"{donnees.reglage.libelle_region} ({donnees.reglage.region})"),
            ("Année", str(donnees.annee)),
            ("Thème", donnees.theme.titre),
            *provenance(donnees.diffusion, donnees.parametres, donnees.etat, donnees.empreinte),
            ("Version du logiciel", donnees.version_code),
        ),
        feuilles=tuple(f for f in feuilles if f is not None),
        definitions=definitions(donnees.blocs),
    )


def _figure(figure: Figure, section: str) -> Feuille | None:
    if figure.genre == "departements":
        lignes = [(nom, code) for code, nom in figure.zones.items()]
        return _territoriale(figure, section, "Département", lignes)
    if figure.genre == "comparaison":
        return _territoriale(figure, section, "Structure", [(m.libelle, m.code) for m in Vue(figure.bloc).modalites()])
    if figure.genre == "reperes":
        return _reperes(figure, section)
    return feuille_bloc(figure.bloc, section, source(figure))


# Tableaux


def _territoriale(figure: Figure, section: str, tete: str, lignes: Sequence[tuple[str, str]]) -> Feuille:
    """Un territoire ou une structure par ligne ; le total est recalculé sur les sommes."""
    vue, sortie = Vue(figure.bloc), Rangees(totaux=1)
    definition = vue.definition
    sortie.texte(tete, [*(locale.typographie(nom) for nom, _ in lignes), "Total"])
    for annee in (vue.annee, vue.annee - 1):
        if annee == vue.annee:
            cellules = [*(ligne(vue, code) for _, code in lignes), vue.total(definition.nom)]
        elif vue.a_precedente:
            cellules = [ligne(vue, code, avant=True) for _, code in lignes]
            cellules.append(vue.total_precedent(definition.nom))
        else:
            break
        quand = f"{annee} (rupture)" if annee < vue.annee and figure.ruptures else str(annee)
        _colonnes_territoriales(figure, vue, cellules, quand, sortie)
    avant = [
        ("Période", f"{vue.annee} et {vue.annee - 1}" if vue.a_precedente else str(vue.annee)),
        ("Unité", "effectif, base et part" if _en_part(vue) else definition.unite),
        *_termes_definis(vue),
        *(
            (("Rupture", f"les deux années ne se comparent pas : {' ; '.join(figure.ruptures)}"),)
            if figure.ruptures
            else ()
        ),
        ("Source", source(figure)),
        *reserves(figure.bloc),
    ]
    return sortie.feuille(locale.typographie(figure.bloc.titre), avant, section)


def _en_part(vue: Vue) -> bool:
    return vue.definition.forme == "rapport" and vue.definition.unite == "%"


def _colonnes_territoriales(figure: Figure, vue: Vue, cellules: Sequence[Cellule], quand: str, sortie: Rangees) -> None:
    if not _en_part(vue):
        sortie.valeurs(f"{locale.majuscule(vue.definition.unite)} {quand}", cellules, vue.montant(vue.definition.nom))
        return
    # Une source peut ne donner que le taux : ses effectifs ne sont pas reçus, et le tableau le dit.
    for titre, terme in (("Effectif (n)", "numerateur"), ("Base (N)", "base")):
        sortie.effectifs(f"{titre} {quand}", [_terme(c, terme) for c in cellules])
    format_ = f"p{min(figure.decimales, 2)}" if figure.decimales is not None else format_de(cellules)
    sortie.valeurs(f"Part {quand}", cellules, format_=format_)


def _terme(cellule: Cellule, terme: str) -> Cellule:
    """L'effectif ou la base d'un taux, en cellule : l'état du taux s'il n'est pas publié."""
    if not cellule.publiee:
        return cellule
    valeur = getattr(cellule, terme)
    return Cellule("non_recu") if valeur is None else Cellule("publie", valeur)


def _termes_definis(vue: Vue) -> Iterable[tuple[str, str]]:
    if _en_part(vue):
        for nom, texte in (("Effectif (n)", vue.definition.numerateur), ("Base (N)", vue.definition.denominateur)):
            yield nom, re.sub(r" \(réglages? [^)]*\)", "", texte)


def _reperes(figure: Figure, section: str) -> Feuille:
    """Des chiffres de cadrage reçus, un par ligne : ce que c'est, sa valeur, sa base, où et quand."""
    lignes = figure.bloc.table.to_dicts()
    libelles = {d.nom: d.libelle for d in figure.bloc.definitions}
    cellules = [Cellule(x["etat"], x["valeur"], x["numerateur"], x["base"], x["unite"] or "") for x in lignes]
    sortie = Rangees()
    sortie.texte("Repère", [_repere(x, libelles) for x in lignes])
    sortie.texte("Unité", [c.unite or None for c in cellules])
    formats = ["annee" if c.unite == "année" else format_de([c]) for c in cellules]
    sortie.mixtes("Valeur", cellules, formats)
    sortie.termes("Effectif", [c if c.unite == "%" else Cellule("absente") for c in cellules], "numerateur")
    sortie.termes("Base", cellules, "base")
    sortie.texte("Territoire", [x["territoire"] for x in lignes])
    sortie.nombres("Année", [Nombre(x["annee"], "annee") for x in lignes])
    avant = [("Unité", "dite à chaque ligne"), ("Source", source(figure)), *reserves(figure.bloc)]
    return sortie.feuille(locale.typographie(figure.bloc.titre), avant, section)


def _repere(brute: dict, libelles: dict[str, str]) -> str:
    codes = [brute[f"libelle_{r}"] for r in "12" if brute[f"libelle_{r}"]]
    precisions = [modalite(c) for c in codes]
    return locale.typographie(", ".join([libelles[brute["indicateur"]], *precisions]))


def source(figure: Figure) -> str:
    """Les sources d'une figure ; année par année si elles ont changé."""
    vue = Vue(figure.bloc)
    if figure.sources_avant and figure.sources_avant != figure.sources and figure.bloc.precedente.height:
        annees = ((figure.sources_avant, vue.annee - 1), (figure.sources, vue.annee))
        return " ; ".join(f"{' ; '.join(siennes)} ({annee})" for siennes, annee in annees)
    return " ; ".join(figure.sources)


def _sources(sources: Sequence[SourceMethode]) -> Feuille:
    """Les sources employées, leur champ, leurs années et combien de structures ont répondu."""
    colonnes = ("Source", "Champ", "Années", "Structures interrogées", "Structures répondantes", "Taux de réponse")
    rangees = tuple(
        (
            locale.typographie(locale.majuscule(s.source)),
            locale.typographie(s.champ + (f" ({s.note})" if s.note else "")),
            locale.enumeration(map(str, s.annees)),
            *_reponses(s),
        )
        for s in sources
    )
    etats = (SANS_PART,) if any(r[-1] == MARQUE_SANS_PART for r in rangees) else ()
    return Feuille("Sources et taux de réponse", colonnes, rangees, _METHODE, etats=etats)


def _reponses(source_: SourceMethode) -> tuple[Case, Case, Case]:
    interrogees, repondantes = (
        NON_COMMUNIQUE if n is None else Nombre(n, "n0") for n in (source_.interrogees, source_.repondantes)
    )
    if not source_.interrogees or source_.repondantes is None:
        return interrogees, repondantes, NON_COMMUNIQUE
    if source_.interrogees < BASE_MINIMALE:
        return interrogees, repondantes, MARQUE_SANS_PART
    return interrogees, repondantes, Nombre(source_.repondantes / source_.interrogees, "p0")
