"""La section « Ce qui a changé depuis la dernière édition » : combien de chiffres, lesquels, et pourquoi."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from markupsafe import Markup

from observatoire.campagne.changements import NATURES, Changements, Cote, Ecart, Sujet
from observatoire.campagne.donnees_types import Definition
from observatoire.restitution import locale
from observatoire.restitution.cellules import Cellule
from observatoire.restitution.etats import etat
from observatoire.restitution.listes import tableau_a_lire
from observatoire.restitution.locale import INSECABLE
from observatoire.restitution.tableaux import valeur_lisible

CLE, TITRE = "changements", "Ce qui a changé"
DETAILS_MONTRES = 60  # au-delà, les cellules sont comptées ; la table protégée les a toutes


def section(sujet: Sujet, changements: Changements | None) -> Markup:
    """La section entière, pour un rapport, un cahier, un plan ou une synthèse ; vide pour une première édition."""
    if changements is None:
        return Markup("")
    return Markup(
        '<section id="{}" aria-labelledby="{}-t"><h2 id="{}-t">{} depuis l\'édition du {}</h2>'
        '<p class="chapeau">{}</p><div class="carte">{}{}</div></section>'
    ).format(
        CLE,
        CLE,
        CLE,
        TITRE,
        _precedente_le(changements),
        resume(changements),
        _pourquoi(changements),
        _Lecture(sujet, changements).tableaux(),
    )


def edition(changements: Changements | None) -> str:
    """Ce que le pied de page dit de l'édition : la première, ou celle qu'elle remplace."""
    if changements is None:
        return "première édition gardée"
    return f"remplace celle du {_precedente_le(changements)}"


def _precedente_le(changements: Changements) -> str:
    return changements.precedente_le or locale.jour(changements.precedente.date)


def resume(changements: Changements) -> str:
    """« 14 chiffres ont changé, pour 320 imprimés par cette édition : 9 chiffres révisés… », ou que rien n'a bougé."""
    nombre = len(changements.ecarts)
    if not nombre:
        return "Aucun chiffre n'a changé."
    comptes = [(changements.de(nature), *noms) for nature, noms in NATURES.items()]
    detail = [f"{locale.nombre(n)} {locale.pluriel(n, un, plusieurs)}" for n, un, plusieurs in comptes if n]
    imprimes = f"pour {locale.nombre(changements.cellules)} imprimés par cette édition"
    if len(detail) == 1:
        return f"{detail[0]}, {imprimes}."
    return f"{locale.nombre(nombre)} chiffres ont changé, {imprimes}{INSECABLE}: {locale.enumeration(detail)}."


def _pourquoi(changements: Changements) -> Markup:
    items = Markup("").join(
        Markup("<div><dt>{}</dt>{}</div>").format(
            locale.typographie(titre),
            Markup("").join(Markup("<dd>{}</dd>").format(locale.typographie(p)) for p in phrases),
        )
        for titre, phrases in changements.phrases
    )
    if not items:
        return Markup("")
    return Markup('<h3 class="rubrique">Pourquoi</h3><dl class="causes">{}</dl>').format(items)


class _Lecture:
    """Écrit les écarts d'un document avec ses libellés et ses ancres."""

    def __init__(self, sujet: Sujet, changements: Changements) -> None:
        self.annee, self.noms, self.changements = sujet.annee, sujet.noms, changements
        self.seuils = (changements.seuil, changements.seuil)
        if not sujet.interne:
            self.seuils = (changements.seuil, sujet.parametres.seuil_diffusion_montant)
        self.definitions: dict[str, Definition] = {}
        self.blocs: dict[str, str] = {}
        self.libelles: dict[tuple[str, str], str] = {}
        for cle, bloc in sujet.blocs:
            for definition in bloc.definitions:
                self.definitions.setdefault(definition.nom, definition)
                self.blocs.setdefault(definition.nom, cle)
            for rang in ("1", "2"):
                noms = bloc.cellules.select(f"ventilation_{rang}", f"modalite_{rang}", f"libelle_{rang}")
                self.libelles.update({(v, m): lib for v, m, lib in noms.unique().iter_rows() if lib})

    def tableaux(self) -> Markup:
        """Les ensembles de l'année, puis tout le reste, replié."""
        ensembles = [e for e in self.changements.ecarts if self._ensemble(e)]
        autres = [e for e in self.changements.ecarts if not self._ensemble(e)]
        ordre = list(self.definitions)
        ensembles.sort(key=lambda e: ordre.index(e.indicateur) if e.indicateur in ordre else len(ordre))
        return self._ensembles(ensembles) + self._details(autres)

    def _ensemble(self, ecart: Ecart) -> bool:
        return ecart.total and ecart.cellule["annee"] == self.annee

    def _ensembles(self, ecarts: Sequence[Ecart]) -> Markup:
        if not ecarts:
            return Markup("")
        return self._tableau(f"Les chiffres d'ensemble de {self.annee} qui ont changé", ecarts)

    def _details(self, ecarts: Sequence[Ecart]) -> Markup:
        if not ecarts:
            return Markup("")
        nombre = len(ecarts)
        invite = f"Le détail : {locale.nombre(nombre)} {locale.pluriel(nombre, 'cellule', 'cellules')}"
        corps = self._tableau("Détails, territoires et autres années", ecarts[:DETAILS_MONTRES])
        if nombre > DETAILS_MONTRES:
            reste = locale.nombre(nombre - DETAILS_MONTRES)
            corps += Markup('<p class="base">{}</p>').format(f"Et {reste} autres cellules, non imprimées ici.")
        return Markup('<details class="repli"><summary>{}</summary>{}</details>').format(
            locale.typographie(invite), corps
        )

    def _tableau(self, titre: str, ecarts: Iterable[Ecart]) -> Markup:
        lignes = Markup("").join(self._ligne(e) for e in ecarts)
        titre = locale.typographie(titre)
        titres = ("Chiffre", "Avant", "Maintenant", "Pourquoi")
        return tableau_a_lire("controles derogees changements", titre, titres, lignes)

    def _ligne(self, ecart: Ecart) -> Markup:
        return Markup(
            '<tr><th scope="row">{}</th><td class="texte" data-colonne="Avant">{}</td>'
            '<td class="texte" data-colonne="Maintenant">{}</td><td class="texte" data-colonne="Pourquoi">{}</td></tr>'
        ).format(
            self._nom(ecart),
            self._avant(ecart),
            self._apres(ecart),
            locale.majuscule(locale.enumeration(ecart.pourquoi)),
        )

    def _nom(self, ecart: Ecart) -> Markup:
        definition = self.definitions.get(ecart.indicateur)
        libelle = locale.typographie(definition.libelle if definition else ecart.indicateur)
        nom = Markup('<a href="#{}">{}</a>').format(self.blocs[ecart.indicateur], libelle) if definition else libelle
        precision = ", ".join(self._precisions(ecart))
        return (
            Markup('{} <span class="sur">{}</span>').format(nom, precision) if precision else Markup("{}").format(nom)
        )

    def _precisions(self, ecart: Ecart) -> Iterable[str]:
        cellule = ecart.cellule
        if nom := self.noms.get(cellule.get("service", "")):
            yield nom
        if cellule["territoire"]:
            yield self.noms.get(cellule["territoire"], cellule["territoire"])
        for rang in ("1", "2"):
            variable, code = cellule[f"ventilation_{rang}"], cellule[f"modalite_{rang}"]
            if variable:
                yield self.libelles.get((variable, code), code or variable)
        if cellule["annee"] != self.annee:
            yield str(cellule["annee"])

    def _avant(self, ecart: Ecart) -> Markup | str:
        """L'ancienne valeur, si elle peut être redite ; sinon ce qu'on peut en dire."""
        definition = self.definitions.get(ecart.indicateur)
        montant = definition is not None and definition.unite.startswith("€")
        if ecart.redite(self.seuils[montant]):
            return self._valeur(ecart, ecart.avant)
        if not ecart.avant.etat:
            return "non imprimé"
        if not ecart.avant.publiee:
            return etat(ecart.avant.etat).lettres
        if not ecart.apres.publiee:
            return "était publié"
        return f"écart de moins de {self.seuils[montant]} cas"

    def _apres(self, ecart: Ecart) -> Markup | str:
        if not ecart.apres.etat:
            return "n'est plus imprimé"
        if not ecart.apres.publiee:
            return etat(ecart.apres.etat).lettres
        return self._valeur(ecart, ecart.apres)

    def _valeur(self, ecart: Ecart, cote: Cote) -> str:
        definition = self.definitions.get(ecart.indicateur)
        unite = definition.unite if definition else ""
        if cote.valeur is None:
            return f"{locale.nombre(cote.base)} en tout"
        cellule = Cellule(cote.etat, cote.valeur, cote.numerateur, cote.base, unite)
        if unite == "%" and ecart.total and cote.valeur == 100 and cote.base is not None:
            return f"{locale.nombre(cote.base)} en tout"
        if unite == "%" and "en euros" in definition.denominateur and cote.publiee:
            return locale.pourcentage(cote.valeur, cote.base, euros=True)
        texte = valeur_lisible(cellule)
        if unite == "%" and " sur " not in texte and cote.numerateur is not None and cote.denominateur is not None:
            return f"{texte} ({locale.nombre(cote.numerateur)} sur {locale.nombre(cote.denominateur)})"
        return texte
