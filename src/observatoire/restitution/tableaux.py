"""Les tableaux HTML d'un bloc : légende, portées, nombres alignés, états de cellule distincts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from observatoire.campagne.donnees_types import Bloc, Definition
from observatoire.restitution import locale
from observatoire.restitution.cellules import ABSENTE, Cellule, Vue, est_inconnu
from observatoire.restitution.etats import PAR_POIDS, etat
from observatoire.restitution.graphiques import versions_historique
from observatoire.restitution.locale import INSECABLE
from observatoire.restitution.phrases import nom_base


@dataclass(frozen=True)
class EnTete:
    """Une colonne de nombres : son titre, et le groupe (indicateur) qui la coiffe."""

    titre: str
    groupe: str = ""
    discret: bool = False  # colonne de l'année précédente


@dataclass(frozen=True)
class Rangee:
    """Une ligne : son libellé et ses cases déjà écrites."""

    libelle: str
    cases: tuple[Markup, ...]
    total: bool = False
    inconnue: bool = False


class _Ecrivain:
    """Écrit les cellules et retient les états rencontrés, pour la légende."""

    def __init__(self) -> None:
        self.etats: set[str] = set()

    def valeur(self, cellule: Cellule, decimales: int | None = None) -> Markup:
        if not cellule.publiee:
            return self._etat(cellule.etat)
        return escape(valeur_lisible(cellule, decimales))

    def valeur_et_base(self, cellule: Cellule, decimales: int | None = None) -> Markup:
        """Une valeur, et pour un taux ses effectifs : « 50 % (7 sur 14) »."""
        ecrite = self.valeur(cellule, decimales)
        entiers = [n for n in (cellule.numerateur, cellule.base) if n is not None and float(n).is_integer()]
        if not cellule.publiee or cellule.unite != "%" or len(entiers) < 2 or " sur " in ecrite:
            return ecrite
        numerateur, base = (locale.nombre(n) for n in entiers)
        return ecrite + Markup(' <span class="sur">({}{}sur{}{})</span>').format(numerateur, INSECABLE, INSECABLE, base)

    def effectif(self, cellule: Cellule, euros: bool = False) -> Markup:
        if not cellule.comptee:
            return self._etat(cellule.etat)
        return escape(locale.montant(cellule.effectif) if euros else locale.nombre(cellule.effectif))

    def part(self, cellule: Cellule, decimales: int | None = None) -> Markup:
        if not cellule.publiee:
            return self._etat(cellule.etat)
        if cellule.base is not None and cellule.base < 10:
            return self._etat("part_non_calculee")
        return escape(locale.pourcentage(cellule.valeur, cellule.base, decimales, aligne=True))

    def _etat(self, nom: str) -> Markup:
        # Un masquage secondaire ne se distingue pas d'un primaire, pas même par sa classe.
        nom = {"publie": "absente", "masque_secondaire": "masque"}.get(nom, nom)
        self.etats.add(nom)
        if nom == "part_non_calculee":
            return Markup('<span class="etat">·</span>')
        return Markup('<span class="etat etat-{}">{}</span>').format(nom, etat(nom).marque)

    def legende(self) -> Markup:
        """Ce que veulent dire les marques employées ; vide s'il n'y en a pas."""
        ordre = [*PAR_POIDS, "rupture", "absente"]
        entrees = [(etat(e).marque, etat(e).sens) for e in ordre if e in self.etats]
        if "part_non_calculee" in self.etats:
            entrees.append(("·", "pas de pourcentage sous une base de 10"))
        if not entrees:
            return Markup("")
        morceaux = Markup(f"{INSECABLE}; ").join(
            Markup('<b class="etat">{}</b>{}: {}').format(marque, INSECABLE, sens) for marque, sens in entrees
        )
        return Markup('<p class="legende-etats">{}</p>').format(morceaux)


def tableau(bloc: Bloc, repliable: bool = False) -> Markup:
    """Le tableau d'un bloc, sa légende et sa base ; vide si le bloc n'a pas d'indicateur.

    `repliable` : un téléphone replie le tableau, dont le graphique montre déjà les cellules ; la base reste.
    """
    if not bloc.definitions:
        return Markup("")
    vue = Vue(bloc)
    if not vue.lignes:
        return Markup("")
    ecrivain = _Ecrivain()
    colonnes, rangees, entete = _COMPOSITIONS[vue.disposition](vue, ecrivain)
    html = _html(bloc.titre, _precision(vue), entete, colonnes, rangees)
    html += ecrivain.legende()
    if repliable:
        html = repli_mobile("Voir le tableau", html, bloc.titre)
    return html + _base(vue)


def repli_mobile(invite: str, contenu: Markup, sujet: str) -> Markup:
    """Un contenu ouvert à l'écran large et à l'impression, que le script de la page replie sur un téléphone."""
    return Markup(
        '<details class="repli-mobile" open><summary>{}<span class="lu">{}: {}</span></summary>{}</details>'
    ).format(invite, INSECABLE, sujet, contenu)


# Compositions


def _decimales(cellules: Iterable[Cellule], euros: bool = False) -> int | None:
    """Décimales communes à des cellules imprimées côte à côte : celles de la plus petite base qui fait une part.

    Des heures se lisent à l'unité dès que l'une d'elles passe cent.
    """
    publiees = [c for c in cellules if c.publiee]
    if publiees and all(c.unite == "heures" for c in publiees):
        return 0 if any(abs(c.valeur) >= 100 for c in publiees) else None
    bases = [c.base for c in publiees if c.unite == "%" and c.base is not None and c.base >= 10]
    return min((locale.decimales_part(b, euros) for b in bases), default=None)


def _decimales_ventilees(vue: Vue) -> dict[str, dict[str | None, int | None]]:
    """Décimales de chaque case : les mêmes dans une ligne d'indicateurs, les mêmes dans une colonne de parts."""
    modalites = vue.modalites()
    cases = {
        d.nom: {
            **{m.code: [vue.cellule(d.nom, m.code), vue.ligne_precedente(d.nom, m)] for m in modalites},
            None: [vue.total(d.nom), vue.total_precedent(d.nom)],
        }
        for d in vue.definitions
    }
    if vue.ventilation == "indicateur":
        lignes = {
            code: [c for par in cases.values() for c in par[code]] for code in [*(m.code for m in modalites), None]
        }
        return {nom: {code: _decimales(cellules) for code, cellules in lignes.items()} for nom in cases}
    return {
        nom: dict.fromkeys(par, _decimales((c for cs in par.values() for c in cs), vue.montant(nom)))
        for nom, par in cases.items()
    }


def _ventile(vue: Vue, ecrivain: _Ecrivain) -> tuple[list[EnTete], list[Rangee], str]:
    """Une ligne par modalité ; effectif, part et année précédente de chaque indicateur."""
    definitions = vue.definitions
    decimales = _decimales_ventilees(vue)
    colonnes = [c for d in definitions for c in _colonnes(vue, d, len(definitions) > 1)]
    rangees = [
        Rangee(
            m.libelle,
            tuple(
                case
                for d in definitions
                for case in _cases(
                    vue,
                    d,
                    ecrivain,
                    vue.cellule(d.nom, m.code),
                    vue.ligne_precedente(d.nom, m),
                    decimales[d.nom][m.code],
                )
            ),
            inconnue=est_inconnu(m.code),
        )
        for m in vue.modalites()
    ]
    # Le total d'une courbe est son dernier point : il est déjà dans le tableau.
    if any(vue.total(d.nom) is not ABSENTE and d.forme != "survie" for d in definitions):
        totaux = tuple(case for d in definitions for case in _cases_total(vue, d, ecrivain, decimales[d.nom][None]))
        citations = all(d.forme == "citations" for d in definitions)
        rangees.append(Rangee("Total des citations" if citations else "Total", totaux, total=True))
    return colonnes, rangees, intitule(vue, vue.ventilation)


def _en_part(vue: Vue, definition: Definition) -> bool:
    """L'indicateur s'imprime-t-il en effectif et en part ?"""
    if vue.ventilation == "indicateur":  # des indicateurs de toutes unités en lignes : la valeur de chacun
        return False
    lignes = [ligne for ligne in vue.lignes if ligne["indicateur"] == definition.nom]
    return any(ligne["unite"] == "%" and ligne["numerateur"] is not None for ligne in lignes)


def _parts(vue: Vue, definition: Definition) -> tuple[bool, bool]:
    """Les colonnes de parts, de l'année et de la précédente, ont-elles quelque chose à dire ? Rien sous dix."""
    if definition.forme not in ("repartition", "citations"):
        return True, True
    modalites = vue.modalites()
    courantes = [vue.total(definition.nom), *(vue.cellule(definition.nom, m.code) for m in modalites)]
    avant = [vue.total_precedent(definition.nom), *(vue.ligne_precedente(definition.nom, m) for m in modalites)]
    return tuple(not all(c.comptee and c.base is not None and c.base < 10 for c in cs) for cs in (courantes, avant))


def _colonnes(vue: Vue, definition: Definition, groupe: bool) -> list[EnTete]:
    nom = definition.libelle if groupe else ""
    annee, avant = "Effectif" if _annees_en_colonnes(vue) else str(vue.annee), str(vue.annee - 1)
    if _en_part(vue, definition):
        part, part_avant = _parts(vue, definition)
        colonnes = [EnTete(annee, nom), *([EnTete("%", nom)] if part else [])]
        suite = [EnTete(avant, nom, True), *([EnTete(f"%{INSECABLE}{avant}", nom, True)] if part_avant else [])]
        return [*colonnes, *suite] if vue.a_precedente else colonnes
    if vue.a_precedente:
        return [EnTete(annee, nom), EnTete(avant, nom, True)]
    # Une seule colonne par territoire : l'année est déjà dans la légende.
    return [EnTete(definition.libelle if vue.bloc.colonnes else annee, "" if vue.bloc.colonnes else nom)]


def _cases(
    vue: Vue,
    definition: Definition,
    ecrivain: _Ecrivain,
    cellule: Cellule,
    avant: Cellule,
    decimales: int | None,
    total: bool = False,
) -> list[Markup]:
    if _en_part(vue, definition):
        euros = vue.montant(definition.nom)
        citations = total and definition.forme == "citations"  # leur somme dépasse la base
        cases = []
        for case, imprimee in zip((cellule, avant), _parts(vue, definition), strict=True):
            cases.append(ecrivain.effectif(case, euros))
            if imprimee:
                cases.append(Markup("") if citations else ecrivain.part(case, decimales))
            if not vue.a_precedente:
                break
        return cases
    ecrire = ecrivain.valeur_et_base if vue.ventilation == "indicateur" else ecrivain.valeur
    cases = [ecrire(cellule, decimales)]
    return [*cases, ecrire(avant, decimales)] if vue.a_precedente else cases


def _cases_total(vue: Vue, definition: Definition, ecrivain: _Ecrivain, decimales: int | None) -> list[Markup]:
    """Le total ; sans part pour des citations, dont la somme dépasse la base."""
    cellule, avant = vue.total(definition.nom), vue.total_precedent(definition.nom)
    cases = _cases(vue, definition, ecrivain, cellule, avant, decimales, total=True)
    if definition.forme == "citations" and not _en_part(vue, definition) and cellule.unite == "%":
        return [Markup("")] * len(cases)  # des parts sans leurs effectifs : leur somme ne compte rien
    return cases


def _totaux(vue: Vue, ecrivain: _Ecrivain) -> tuple[list[EnTete], list[Rangee], str]:
    """Une ligne par indicateur : sa valeur, sa base, l'année précédente."""
    avec_base = any(vue.total(d.nom).base is not None and d.forme in _FORMES_A_BASE for d in vue.definitions)
    colonnes = [EnTete(str(vue.annee))]
    colonnes += [EnTete("Base")] if avec_base else []
    colonnes += [EnTete(str(vue.annee - 1), discret=True)] if vue.a_precedente else []
    rangees = []
    for definition in vue.definitions:
        cellule, avant = vue.total(definition.nom), vue.total_precedent(definition.nom)
        decimales = _decimales((cellule, avant))
        cases = [ecrivain.valeur(cellule, decimales)]
        if avec_base:
            imprimee = cellule.publiee and cellule.base is not None and definition.forme in _FORMES_A_BASE
            cases.append(escape(locale.nombre(cellule.base)) if imprimee else Markup(""))
        if vue.a_precedente:
            cases.append(ecrivain.valeur(avant, decimales))
        rangees.append(Rangee(definition.libelle, tuple(cases)))
    return colonnes, rangees, "Indicateur"


def _serie(vue: Vue, ecrivain: _Ecrivain) -> tuple[list[EnTete], list[Rangee], str]:
    """Les mois en colonnes : une ligne par indicateur et par année."""
    mois = vue.modalites()
    moyenne = all(d.forme in ("rapport", "moyenne") for d in vue.definitions)
    ensemble = EnTete(
        "Moyenne" if moyenne else "Total" if all(_cumule(vue, d) for d in vue.definitions) else "Ensemble"
    )
    colonnes = [*(EnTete(locale.mois(m.code, abrege=True)) for m in mois), ensemble]
    rangees = []
    for definition in vue.definitions:
        nom = definition.nom
        suffixe = f"{definition.libelle} · " if len(vue.definitions) > 1 else ""
        rangs = {vue.annee: [*(vue.cellule(nom, m.code) for m in mois), vue.total(nom)]}
        if vue.a_precedente:
            rangs[vue.annee - 1] = [*(vue.mois_precedent(nom, m.code) for m in mois), vue.total_precedent(nom)]
        decimales = _decimales(c for cellules in rangs.values() for c in cellules)
        for annee, cellules in rangs.items():
            rangees.append(Rangee(f"{suffixe}{annee}", tuple(ecrivain.valeur(c, decimales) for c in cellules)))
    return colonnes, rangees, "Année"


def _cumule(vue: Vue, definition: Definition) -> bool:
    """L'année est-elle la somme de ses mois ? Pas pour des personnes distinctes, présentes plusieurs mois."""
    mois = [vue.cellule(definition.nom, m.code) for m in vue.modalites()]
    total = vue.total(definition.nom)
    if not (total.publiee and all(c.publiee for c in mois)):
        return True
    return abs(sum(c.valeur for c in mois) - total.valeur) < 0.5


def _precision(vue: Vue) -> str:
    """Ce que la légende dit après le titre : ce qui est compté, et quand."""
    if vue.bloc.graphique == "historique":
        return "" if "année" in vue.bloc.titre else "par année"
    if vue.croisement[1]:
        return f"effectif en {vue.annee}"
    quoi = "valeur"
    if vue.ventilation and vue.ventilation != "indicateur":
        quoi = "montant" if all(vue.montant(d.nom) for d in vue.definitions) else "effectif"
        unites = {d.unite for d in vue.definitions}
        quoi = unites.pop() if len(unites) == 1 and unites <= {"heures", "ETP", "journées"} else quoi
        quoi = "valeur" if all(d.forme in _SANS_SOMME for d in vue.definitions) else quoi
        if all(ligne["unite"] == "%" for ligne in vue.lignes) and not any(_en_part(vue, d) for d in vue.definitions):
            quoi = "part"
        parts = any(_en_part(vue, d) and any(_parts(vue, d)[: 1 + vue.a_precedente]) for d in vue.definitions)
        quoi += " et part" if parts else ""
    if _annees_en_colonnes(vue):
        return f"{quoi} de {vue.definitions[0].libelle} à {vue.definitions[-1].libelle}"
    quand = f"{vue.annee} et {vue.annee - 1}" if vue.a_precedente else str(vue.annee)
    return f"{quoi} en {quand}"


def _annees_en_colonnes(vue: Vue) -> bool:
    """Les colonnes sont-elles des années mises côte à côte, et non des territoires de la même année ?"""
    return bool(vue.bloc.colonnes) and all(d.libelle.isdigit() for d in vue.bloc.colonnes)


def _matrice(vue: Vue, ecrivain: _Ecrivain) -> tuple[list[EnTete], list[Rangee], str]:
    """Le croisement, avec ses marges."""
    lignes, colonnes = vue.axes_matrice()
    nom, (un, deux) = vue.definition.nom, vue.croisement
    rangees = [
        Rangee(
            a.libelle,
            (
                *(ecrivain.effectif(vue.cellule(nom, a.code, b.code)) for b in colonnes),
                ecrivain.effectif(vue.marge(nom, un, a.code)),
            ),
            inconnue=est_inconnu(a.code),
        )
        for a in lignes
    ]
    bas = (*(ecrivain.effectif(vue.marge(nom, deux, b.code)) for b in colonnes), ecrivain.effectif(vue.total(nom)))
    rangees.append(Rangee("Total", bas, total=True))
    entetes = [*(EnTete(b.libelle) for b in colonnes), EnTete("Total")]
    return entetes, rangees, intitule(vue, un)


def intitule(vue: Vue, variable: str) -> str:
    """Le titre d'une variable, en tête de ses modalités : celui que le service imprime, sinon le sien."""
    propres = vue.bloc.reglage.get("intitules", {})
    if variable == "dispositif" and vue.definition.unite == "ETP" and variable not in propres:
        return "Poste ou action"
    return propres.get(variable) or _TITRES_LIGNES.get(variable, "Modalité")


def _historique(vue: Vue, ecrivain: _Ecrivain) -> tuple[list[EnTete], list[Rangee], str]:
    """Une ligne par année, une colonne par définition."""
    series = [(d, v, cellules) for d in vue.definitions for v, cellules in versions_historique(vue, d.nom).items()]
    plusieurs = len(vue.definitions) > 1
    colonnes = []
    for definition, version, _ in series:
        versions = [v for d, v, _ in series if d.nom == definition.nom]
        titre = f"Définition {version}" if len(versions) > 1 else definition.libelle
        groupe = definition.libelle if len(versions) > 1 and plusieurs else ""
        colonnes.append(EnTete(titre, groupe))
    annees = sorted({a for _, _, cellules in series for a in cellules})
    decimales = [_decimales(cellules.values()) for _, _, cellules in series]
    rangees = [
        Rangee(
            str(a),
            tuple(
                ecrivain.valeur_et_base(cellules.get(a) or _hors_serie(vue, definition, a), d)
                for (definition, _, cellules), d in zip(series, decimales, strict=True)
            ),
        )
        for a in annees
    ]
    return colonnes, rangees, "Année"


def _hors_serie(vue: Vue, definition: Definition, annee: int) -> Cellule:
    """Une année sans ligne : non reçue, sauf si l'indicateur y a une valeur dans une autre définition."""
    connue = any(annee in cellules for cellules in versions_historique(vue, definition.nom).values())
    return ABSENTE if connue else Cellule("non_recu")


# Écriture

_FORMES_A_BASE = ("survie", "rapport", "moyenne", "mediane", "repartition", "citations")

_SANS_SOMME = ("survie", "moyenne", "mediane", "maximum")
_TITRES_LIGNES = {
    "mois_ecoules": "Temps écoulé",
    "type_contrat": "Contrat",
    "employeur_type": "Employeur",
    "indicateur": "Indicateur",
    "service": "Service",
    "mois": "Mois",
    "age_tranche": "Âge",
    "duree_tranche": "Durée",
    "composition": "Composition",
    "genre": "Genre",
    "logement_entree": "Au début",
    "logement_sortie": "À la fin",
    "logement_entree_groupe": "Au début",
    "logement_sortie_groupe": "À la fin",
    "prescripteur": "Prescripteur",
    "theme": "Thème",
    "partenaire": "Partenaire",
    "motif": "Motif",
    "groupe": "Groupe",
    "sens": "Sens",
    "devenir": "Devenir",
    "mobilite": "Déplacements",
    "permis": "Permis",
    "motif_fin": "Motif",
    "suite": "Suite",
    "lieu": "Lieu",
    "ressource_principale": "Ressource",
    "emploi": "Situation",
    "parc": "Parc",
    "bailleur": "Bailleur",
    "contingent": "Contingent",
    "commune_origine": "Commune",
    "epci": "Intercommunalité",
    "type_mesure": "Mesure",
    "type_dossier": "Dossier",
    "dispositif": "Dispositif",
    "financeur": "Financeur",
    "type_acte": "Acte",
    "organisme": "Organisme",
    "volet": "Volet",
    "intensite": "Intensité",
    "conclusion": "Conclusion",
    "protection": "Protection",
    "modalite_gestion": "Gestion",
    "type_place": "Type de place",
    "regroupe_diffus": "Regroupé ou diffus",
    "categorie_sortie": "Sortie",
    "emploi_sortie": "À la sortie",
    "raison_retrait": "Raison",
    "anciennete_tranche": "Ancienneté",
    "commune": "Commune",
    "typologie": "Logement",
    "typologie_bailleur": "Logement et bailleur",
    "motif_suite": "Motif",
    "action": "Action",
    "rang": "Rang",
}


def valeur_lisible(cellule: Cellule, decimales: int | None = None) -> str:
    """Valeur avec son unité quand elle change la lecture (%, €, mois) ; le nombre seul sinon.

    `decimales` : celles de la rangée ou de la colonne où elle s'imprime.
    """
    if cellule.unite == "%" and cellule.numerateur is not None and cellule.base is not None and cellule.base < 10:
        return f"{locale.nombre(cellule.numerateur)} sur {locale.nombre(cellule.base)}"
    if cellule.unite == "%" and decimales is not None:
        return locale.pourcentage(cellule.valeur, cellule.base, decimales, aligne=True)
    if cellule.unite == "heures" and decimales is not None:
        return locale.nombre(cellule.valeur, decimales)
    if cellule.unite == "%" or cellule.unite.startswith(("€", "euro", "mois", "jour", "an", "points de")):
        return locale.valeur_unite(cellule.valeur, cellule.unite, cellule.base)
    return locale.nombre_de(cellule.valeur, cellule.unite)


def _base(vue: Vue) -> Markup:
    """« Base : 25 ménages · 1 non renseigné (4 %) » ; vide quand elle se lit déjà dans le tableau."""
    morceaux = []
    for definition in vue.definitions:
        if not _en_part(vue, definition) or not vue.ventilation or vue.montant(definition.nom):
            continue
        total = vue.total(definition.nom)
        if not total.comptee or total.base is None:
            continue
        nom = nom_base(definition)
        texte = (
            f"{locale.nombre(total.base)}{INSECABLE}{locale.pluriel(total.base, nom[0], nom[1])}"
            f"{_termines(definition, total.base)}"
            if nom
            else locale.nombre(total.base)
        )
        if len(vue.definitions) > 1:
            texte = f"{texte} ({locale.minuscule(definition.libelle)})"
        if not _parts(vue, definition)[0]:
            texte += ", trop peu pour un pourcentage"
        if total.non_renseignes is not None:
            texte += _inconnus_de(vue, definition, total)
        morceaux.append(texte)
    if not morceaux:
        return Markup("")
    return Markup('<p class="base">Base{}: {}</p>').format(INSECABLE, f"{INSECABLE}; ".join(morceaux))


def _termines(definition: Definition, nombre: float) -> str:
    """« terminées », quand la base ne compte que ce qui est fini."""
    suite = definition.denominateur.split(" ")[1:2]
    if suite not in (["terminés"], ["terminées"]):
        return ""
    return f" {locale.pluriel(nombre, suite[0].removesuffix('s'), suite[0])}"


def _inconnus_de(vue: Vue, definition: Definition, total: Cellule) -> str:
    """« · aucun non renseigné » ; rien quand le tableau a sa ligne d'absences de réponse, comptée dans la base."""
    inconnues = [m for axe in vue.axes_matrice() for m in axe if est_inconnu(m.code)]
    if not total.non_renseignes and inconnues:
        return ""
    return f" · {_inconnus(total.non_renseignes, total.base)}"


def _inconnus(quantite: int, base: float) -> str:
    if not quantite:
        return "aucun non renseigné"
    ensemble = base + quantite
    part = f" ({locale.pourcentage(100 * quantite / ensemble, ensemble)} de l'ensemble)" if ensemble >= 10 else ""
    return f"{locale.nombre(quantite)} non renseigné{'s' if quantite > 1 else ''}{part}"


def _html(titre: str, precision: str, entete: str, colonnes: Sequence[EnTete], rangees: Sequence[Rangee]) -> Markup:
    corps = Markup("").join(_rangee(r) for r in rangees if not r.total)
    pied = Markup("").join(_rangee(r) for r in rangees if r.total)
    pied = Markup("<tfoot>{}</tfoot>").format(pied) if pied else pied
    return Markup(
        '<div class="defile" role="region" tabindex="0" aria-label="Tableau{}: {}"><table>'
        "<caption>{}{}</caption><thead>{}</thead><tbody>{}</tbody>{}</table></div>"
    ).format(INSECABLE, titre, locale.typographie(titre), _suite(precision), _entetes(entete, colonnes), corps, pied)


def _suite(precision: str) -> Markup:
    return Markup('<span class="suite">{}: {}</span>').format(INSECABLE, precision) if precision else Markup("")


def _entetes(entete: str, colonnes: Sequence[EnTete]) -> Markup:
    groupes: list[tuple[str, int]] = []
    for colonne in colonnes:
        if groupes and groupes[-1][0] == colonne.groupe:
            groupes[-1] = (colonne.groupe, groupes[-1][1] + 1)
        else:
            groupes.append((colonne.groupe, 1))
    titres = Markup("").join(
        Markup('<th scope="col"{}>{}</th>').format(Markup(' class="avant"') if c.discret else "", c.titre)
        for c in colonnes
    )
    if not any(nom for nom, _ in groupes):
        return Markup('<tr><th scope="col">{}</th>{}</tr>').format(entete, titres)
    haut = Markup("").join(Markup('<th scope="colgroup" colspan="{}">{}</th>').format(n, nom) for nom, n in groupes)
    return Markup('<tr><th scope="col" rowspan="2">{}</th>{}</tr><tr>{}</tr>').format(entete, haut, titres)


def _rangee(rangee: Rangee) -> Markup:
    cases = Markup("").join(Markup("<td>{}</td>").format(case) for case in rangee.cases)
    classe = Markup(' class="inconnue"') if rangee.inconnue else ""
    return Markup('<tr{}><th scope="row">{}</th>{}</tr>').format(classe, rangee.libelle, cases)


_COMPOSITIONS: dict[str, Callable[[Vue, _Ecrivain], tuple[list[EnTete], list[Rangee], str]]] = {
    "historique": _historique,
    "matrice": _matrice,
    "serie": _serie,
    "territoires": _ventile,
    "totaux": _totaux,
    "ventile": _ventile,
}
