"""Relire les nombres tapés à la main : ceux qu'un tableau contredit, ceux qu'il confirme, ceux qu'il ignore.

Un nombre tapé se rapproche de la cellule dont ses mots voisins portent le libellé. S'il ne l'égale pas, il la
contredit. Sans libellé reconnu, il est cherché parmi les valeurs de la section ; à défaut il est à vérifier.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from observatoire.campagne.donnees_types import Bloc, Definition, DonneesRapport
from observatoire.commentaires.expressions import est_repere
from observatoire.commentaires.lecture import CHIFFRES_CLES, plier
from observatoire.commentaires.nombres import Nombre, nombres_tapes, sans_autres
from observatoire.commentaires.rendu import ParagraphesPartie
from observatoire.restitution import locale, phrases
from observatoire.restitution.cellules import Cellule, Modalite, Vue

CONTREDIT = "contredit"
_VIDES = frozenset(
    [
        *(
            "les",
            "des",
            "une",
            "dans",
            "par",
            "pour",
            "sur",
            "avec",
            "sans",
            "qui",
            "que",
            "dont",
            "est",
            "ont",
            "sont",
        ),
        *(
            "aux",
            "leur",
            "leurs",
            "cette",
            "ces",
            "nous",
            "vous",
            "mais",
            "plus",
            "moins",
            "total",
            "annee",
            "ensemble",
        ),
        *("selon", "entre", "vers", "tous", "toutes", "tout", "part", "taux", "nombre", "cours", "fin", "debut"),
        *("soit", "contre"),
    ]
)
_RACINE = 5  # lettres qui suffisent à reconnaître un mot et ses accords
_RESSEMBLANCE = 0.6
_MARGE = 0.1
_ACCORDS = re.compile(r"(?<=\w{3})e?[sx]?$")
_COUPES = re.compile(r"[,;:()«»–](?=\s|$)")
_FINS = re.compile(r"[.;!?]+(?=\s|$)|\n+")


@dataclass(frozen=True)
class Remarque:
    """Ce qu'un nombre tapé a de douteux : `niveau` vaut contredit, retenu, a_injecter ou a_verifier."""

    niveau: str
    ligne: int
    section: str
    extrait: str
    message: str
    remede: str = ""


@dataclass(frozen=True)
class _Repere:
    """Une cellule que le texte peut désigner : ses mots, ses valeurs, et comment l'injecter."""

    mots: frozenset[str]
    libelle: str
    cellule: Cellule
    avant: Cellule
    definition: Definition
    section: str
    injection: str
    detail: bool
    part: float | None


class Relecteur:
    """Compare les nombres tapés d'un commentaire aux cellules d'un rapport."""

    def __init__(self, annee: int, blocs: Iterable[tuple[str, Bloc]]) -> None:
        """`blocs` : chaque tableau du document et le titre de sa section, dans l'ordre."""
        self.annee, self.blocs = annee, tuple(blocs)

    @classmethod
    def de_rapport(cls, donnees: DonneesRapport) -> Relecteur:
        """Le relecteur du rapport d'un service."""
        sections = [(s.titre, b) for s in donnees.sections for b in s.blocs]
        return cls(donnees.annee, [*sections, (CHIFFRES_CLES, donnees.chiffres_cles)])

    @cached_property
    def _reperes(self) -> list[_Repere]:
        return [r for titre, bloc in self.blocs for r in _de(bloc, titre)]

    @cached_property
    def _an_passe(self) -> re.Pattern[str]:
        """Ce qui dit que l'on parle de l'année précédente."""
        return re.compile(
            rf"\b{self.annee - 1}\b|\ban(?:née)? (?:passée?|derni[eè]re?|précédente?)\b|\bun an plus tôt\b",
            re.I,
        )

    def relire(self, rendue: ParagraphesPartie) -> Iterator[Remarque]:
        """Les remarques sur une partie, dans l'ordre du texte."""
        for paragraphe in rendue.paragraphes:
            yield from self.relire_texte(paragraphe.texte, rendue.partie.section, paragraphe.ligne)

    def relire_texte(self, texte: str, section: str, ligne: int = 0) -> Iterator[Remarque]:
        """Les remarques sur un texte d'une section ; `ligne` : où il commence, nulle s'il n'a pas de ligne."""
        for phrase in _phrases(texte):
            for nombre, designes, precises, passe in self._rapprocher(phrase, section):
                yield self._juger(nombre, designes, precises, passe, section, ligne, _extrait(phrase, nombre))

    def confirme(self, texte: str, section: str) -> bool:
        """Chaque nombre tapé est-il celui d'une cellule publiée que ses mots nomment ? Vrai s'il n'y en a pas."""
        return all(
            any(_egale(nombre, r.avant if passe else r.cellule, r) for r in [*precises, *designes])
            for phrase in _phrases(texte)
            for nombre, designes, precises, passe in self._rapprocher(phrase, section)
        )

    def _rapprocher(self, phrase: str, section: str) -> Iterator[tuple[Nombre, list[_Repere], list[_Repere], bool]]:
        """Chaque nombre tapé, les cellules qu'il désigne, leurs modalités que la phrase nomme, et s'il est d'avant."""
        precedent: list[_Repere] = []
        tapes = nombres_tapes(phrase)
        for rang, nombre in enumerate(tapes):
            avant, apres = _autour(phrase, tapes, rang)
            # Ce qu'un nombre compte le suit d'ordinaire (« 12 femmes seules ») ; sinon toute la proposition le dit.
            designes = self._designes(apres, section, nombre) or self._designes(f"{avant} {apres}", section, nombre)
            depuis = tapes[rang - 1].fin if rang else 0
            passe = bool(self._an_passe.search(apres) or self._an_passe.search(phrase[depuis : nombre.debut]))
            if not designes and (passe or avant.rstrip().endswith("contre")):
                designes = precedent  # « 25 ménages accompagnés, contre 24 en 2021 »
            precedent = designes
            yield nombre, designes, self._precises(designes, f"{phrase[: nombre.debut]} {apres}", nombre), passe

    def _precises(self, designes: Sequence[_Repere], contexte: str, nombre: Nombre) -> list[_Repere]:
        """Les modalités des mêmes indicateurs que la phrase nomme : « En Sarthe, 106 ménages accompagnés »."""
        noms, mots = {r.definition.nom for r in designes if not r.detail}, _mots(contexte)
        candidats = (r for r in self._reperes if r.detail and r.mots and r.definition.nom in noms)
        return [r for r in candidats if r.mots <= mots and nombre.genre in _genres(r)]

    def _designes(self, contexte: str, section: str, nombre: Nombre) -> list[_Repere]:
        """Les cellules dont le contexte porte le mieux le libellé ; vide si aucune ne ressemble assez."""
        mots = _mots(contexte)
        notes = []
        for repere in self._reperes:
            if not repere.mots or nombre.genre not in _genres(repere):
                continue
            communs = len(repere.mots & mots)
            part = communs / len(repere.mots)
            if part >= _RESSEMBLANCE:
                notes.append(((communs * part, repere.section == section), repere))
        meilleure = max((n for n, _ in notes), default=None)
        return [r for n, r in notes if n == meilleure]

    def _juger(
        self,
        nombre: Nombre,
        designes: Sequence[_Repere],
        precises: Sequence[_Repere],
        passe: bool,
        section: str,
        ligne: int,
        extrait: str,
    ) -> Remarque:
        """Ce que vaut un nombre, face aux cellules désignées, puis à celles de sa section."""
        for repere in [*precises, *designes]:
            if _egale(nombre, repere.avant if passe else repere.cellule, repere):
                return _a_injecter(nombre, repere, passe, section, ligne, extrait)
        designes = precises or designes
        muettes = [r for r in designes if not (r.avant if passe else r.cellule).publiee]
        if designes and len(muettes) < len(designes):
            repere = next(r for r in designes if r not in muettes)
            return _contredit(nombre, repere, passe, self.annee, section, ligne, extrait)
        if muettes:
            message = f"« {nombre.ecrit} » : le rapport ne publie pas « {muettes[0].libelle} »."
            return Remarque("retenu", ligne, section, extrait, message, f"Écrivez {{{{ {muettes[0].injection} }}}}.")
        # Un petit compte se retrouve partout : sans libellé reconnu, l'égalité ne dit rien.
        parlant = nombre.genre != "compte" or abs(nombre.valeur) >= phrases.BASE_POURCENTAGE
        for repere in self._reperes if parlant else ():
            for cellule in (repere.cellule, repere.avant) if repere.section == section else ():
                if _egale(nombre, cellule, repere):
                    return _a_injecter(nombre, repere, cellule is repere.avant, section, ligne, extrait)
        return Remarque(
            "a_verifier",
            ligne,
            section,
            extrait,
            f"« {nombre.ecrit} » n'est dans aucun tableau de la section.",
            f"S'il vient d'ailleurs, écrivez {{{{ libre(\"{nombre.ecrit}\") }}}}.",
        )


def _a_injecter(nombre: Nombre, repere: _Repere, passe: bool, section: str, ligne: int, extrait: str) -> Remarque:
    message = f"« {nombre.ecrit} » est tapé à la main : il ne suivra pas une correction de « {repere.libelle} »."
    return Remarque(
        "a_injecter", ligne, section, extrait, message, f"Écrivez {{{{ {_selon(nombre, repere, passe)} }}}}."
    )


def _contredit(
    nombre: Nombre, repere: _Repere, passe: bool, annee: int, section: str, ligne: int, extrait: str
) -> Remarque:
    cellule = repere.avant if passe else repere.cellule
    dit = phrases.total_ecrit(cellule)
    message = f"« {nombre.ecrit} » contredit le tableau : « {repere.libelle} » y vaut {dit} en {annee - passe}."
    return Remarque(CONTREDIT, ligne, section, extrait, message, f"Écrivez {{{{ {_selon(nombre, repere, passe)} }}}}.")


def _selon(nombre: Nombre, repere: _Repere, passe: bool) -> str:
    """L'injection qui écrirait ce nombre : une part, un effectif, ou la valeur de l'an passé."""
    arguments = repere.injection.partition("(")[2].rstrip(")") or f'"{repere.injection}"'
    if passe:
        return f"precedent({arguments})"
    if repere.detail:
        return f"part({arguments})" if nombre.genre == "part" else f"nombre({arguments})"
    return repere.injection


# Les cellules d'un rapport


def _de(bloc: Bloc, section: str) -> Iterator[_Repere]:
    """Les cellules d'un tableau : ses totaux et ses modalités."""
    if bloc.graphique in ("territoires", "historique") or not bloc.definitions:
        return
    vue = Vue(bloc)
    zoom = _mots(bloc.titre) if bloc.reglage.get("zoom") else frozenset()
    for definition in vue.definitions:
        total, avant = vue.total(definition.nom), vue.total_precedent(definition.nom)
        if total.etat != "absente":
            mots = _mots(definition.libelle) | zoom
            yield _Repere(mots, definition.libelle, total, avant, definition, section, definition.nom, False, None)
        if vue.ventilation and not vue.croisement[1]:
            for modalite in vue.modalites():
                yield _modalite(vue, definition, modalite, total, section, zoom)


def _modalite(
    vue: Vue, definition: Definition, modalite: Modalite, total: Cellule, section: str, zoom: frozenset[str]
) -> _Repere:
    cellule, avant = vue.ligne(definition.nom, modalite), vue.ligne_precedente(definition.nom, modalite)
    injection = f'nombre("{definition.nom}", "{modalite.libelle}")'
    libelle = f"{definition.libelle}, {modalite.libelle}"
    part = cellule.valeur if cellule.unite == "%" else None
    if (
        part is None
        and cellule.publiee
        and total.publiee
        and total.valeur
        and definition.forme in ("effectif", "serie")
    ):
        part = 100 * cellule.effectif / total.valeur
    mots = _mots(modalite.libelle) | zoom
    return _Repere(mots, libelle, cellule, avant, definition, section, injection, True, part)


def _genres(repere: _Repere) -> tuple[str, ...]:
    """Les genres de nombres qui peuvent désigner une cellule : une moyenne ne se compare pas à un compte."""
    unite = repere.cellule.unite
    if unite.startswith(("€", "euro")) or "en euros" in repere.definition.denominateur:
        return ("montant", "part") if unite == "%" else ("montant",)
    if unite in ("mois", "jours", "ans") and repere.definition.forme in ("moyenne", "mediane", "maximum", "minimum"):
        return ("duree",)
    if unite == "%":
        return ("part", "compte")
    return ("compte", "part") if repere.part is not None else ("compte", "duree")


def _egale(nombre: Nombre, cellule: Cellule, repere: _Repere) -> bool:
    """Le nombre dit-il cette cellule, à la précision où il est écrit et selon son approche ?"""
    if not cellule.publiee:
        return False
    if nombre.genre == "part":
        part = cellule.valeur if cellule.unite == "%" else repere.part if cellule is repere.cellule else None
        valeurs = [part] if part is not None else []
    elif cellule.unite == "%":
        valeurs = [v for v in (cellule.numerateur, cellule.base) if v is not None]
    else:
        valeurs = [cellule.valeur]
    return any(_proche(nombre, v) for v in valeurs)


def _proche(nombre: Nombre, valeur: float) -> bool:
    n = nombre.valeur
    if nombre.approche == "environ":
        return abs(n - valeur) <= _MARGE * max(abs(valeur), 1)
    if nombre.approche == "plus":
        return n <= valeur <= n * (1 + 2 * _MARGE) + 1
    if nombre.approche == "moins":
        return n * (1 - 2 * _MARGE) - 1 <= valeur <= n
    return locale.nombre(n, nombre.decimales) == locale.nombre(valeur, nombre.decimales)


# Le texte autour d'un nombre


def _phrases(texte: str) -> Iterator[str]:
    debut = 0
    for fin in [m.end() for m in _FINS.finditer(texte)] + [len(texte)]:
        if texte[debut:fin].strip():
            yield texte[debut:fin]
        debut = fin


def _autour(phrase: str, tapes: Sequence[Nombre], rang: int) -> tuple[str, str]:
    """Les mots avant et après un nombre, jusqu'au nombre voisin (tapé ou injecté) ou au bout de la proposition."""
    autres = [(n.debut, n.fin) for n in tapes] + [(i, i + 1) for i, c in enumerate(phrase) if est_repere(c)]
    autres += [m.span() for m in _COUPES.finditer(phrase)]
    debut, fin = tapes[rang].debut, tapes[rang].fin
    gauche = max((f for _, f in autres if f <= debut), default=0)
    droite = min((d for d, _ in autres if d >= fin), default=len(phrase))
    return phrase[gauche:debut], phrase[fin:droite]


def _mots(texte: str) -> frozenset[str]:
    """Les racines des mots qui comptent : « accompagnés » et « accompagnée » en ont une seule."""
    mots = (m for m in plier(sans_autres(texte)).split() if len(m) > 2 and m not in _VIDES and not m.isdigit())
    return frozenset(_ACCORDS.sub("", m)[:_RACINE] for m in mots)


def _extrait(phrase: str, nombre: Nombre) -> str:
    """Le nombre et les mots autour."""
    lue = "".join("…" if est_repere(c) else c for c in phrase)
    debut, fin = max(0, nombre.debut - 40), min(len(lue), nombre.fin + 40)
    return ("…" if debut else "") + " ".join(lue[debut:fin].split()) + ("…" if fin < len(lue) else "")
