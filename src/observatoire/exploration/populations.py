"""Comparer deux populations : l'écart, ce que le hasard en expliquerait, et les raisons de s'en méfier.

Les chiffres comparés sortent par la même porte que ceux des rapports. Une part se juge sur ses effectifs publiés ; une
moyenne ou une médiane, sur les valeurs de chacun, et seulement si les deux chiffres sont publiés. Sources : test exact
de Fisher, test de permutation, test de Mann et Whitney, khi-deux par simulation, correction de Holm pour les tests
répétés, intervalle exact du rapport des cotes, intervalle de Newcombe pour une différence de parts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import polars as pl
from markupsafe import Markup

from observatoire.campagne.filtres import calculer_filtre, garder_filtre, retenir_filtre
from observatoire.erreurs import ErreurParametre, exiger_connu
from observatoire.espace import Espace
from observatoire.exploration import solidite
from observatoire.exploration.mots import valeur_ecrite
from observatoire.exploration.outils_rendu import Titre, cadre, paragraphes, part, tableau
from observatoire.exploration.solidite import FRAGILE, HASARD, MUET, NET, REPONSES, TROP_PEU, Ecart
from observatoire.indicateurs.calcul import Calculateur, retenir
from observatoire.indicateurs.formes import Citations, Mediane, Moyenne, Rapport, Repartition
from observatoire.indicateurs.libelles import decrire, titre_variable
from observatoire.indicateurs.registre import Indicateur, applicables, en_vigueur, noms
from observatoire.modele import NON_RENSEIGNE
from observatoire.protection import DIFFUSIONS, proteger
from observatoire.qualite import Verdict, verdict
from observatoire.restitution import locale
from observatoire.restitution.cellules import Cellule, est_inconnu
from observatoire.restitution.comparaison import BASE_CONCLUSION, RISQUE, probabilite_exacte
from observatoire.restitution.etats import etat as etat_de
from observatoire.restitution.locale import INSECABLE
from observatoire.services import lire_service
from observatoire.univers import trouver_univers

if TYPE_CHECKING:
    from observatoire.exploration.demande import Demande

CONFIANCE = 0.95
TIRAGES = 9_999
GRAINE = 20_221_231  # les mêmes données donnent toujours la même probabilité
MASQUEE = "masquee"
# Les réglages qui changent ce qu'un même indicateur compte d'un service à l'autre.
REGLAGES_QUI_COMPTENT = {
    "unite_profil": "l'unité du profil",
    "moment_profil": "le moment du profil",
    "population_age": "la population dont on compte l'âge",
    "denominateur_sortie": "le dénominateur des sorties",
    "base_sorties": "la base des sorties",
    "sorties_logement": "ce qui vaut une sortie vers le logement",
    "regle_mois": "la règle des mois",
    "cohorte_suivi": "la cohorte suivie",
}


@dataclass(frozen=True)
class Population:
    """Ceux que l'on compare : un service, une année, et les modalités qui les retiennent.

    `filtres` : colonne de la population de l'indicateur → modalités gardées ; `nom` : comment elle se nomme, tiré du
    reste s'il est vide.
    """

    service: str
    annee: int
    filtres: Mapping[str, Sequence[str]] = field(default_factory=dict)
    nom: str = ""


@dataclass(frozen=True)
class LigneComparee:
    """Une modalité comparée : ses deux cellules, l'écart en points et sa probabilité, corrigée des tests répétés."""

    libelle: str
    a: Cellule
    b: Cellule
    probabilite: float | None

    @property
    def ecart(self) -> float | None:
        """B moins A, en points ; vide si l'une des deux cellules n'est pas publiée."""
        if not (self.a.publiee and self.b.publiee):
            return None
        return (self.b.valeur or 0.0) - (self.a.valeur or 0.0)


@dataclass(frozen=True)
class Comparaison:
    """Ce que deux populations permettent d'affirmer ; s'affiche de lui-même dans un carnet.

    `verdict` : net, fragile, hasard, trop_peu, muet ou masquee. `probabilite` : celle d'un écart au moins aussi grand
    par le seul hasard. `intervalle` : la différence à 95 %, dans l'unité du chiffre (en points pour une part) ;
    `cotes` : l'intervalle exact du rapport des cotes. `lignes` : modalité par modalité, pour une répartition.
    """

    libelle: str
    unite: str
    noms: tuple[str, str]
    a: Cellule
    b: Cellule
    verdict: str
    reponse: str
    constat: str
    raisons: tuple[str, ...]
    alertes: tuple[str, ...]
    probabilite: float | None = None
    intervalle: tuple[float, float] | None = None
    cotes: tuple[float, float] | None = None
    lignes: tuple[LigneComparee, ...] = ()

    def __repr__(self) -> str:
        return f"<comparaison : {self.libelle}>"

    @property
    def phrase(self) -> str:
        """La réponse et son constat, d'une traite : « L'écart est net : de 12 % … à 19 % … »."""
        return f"{self.reponse}{INSECABLE}: {locale.minuscule(self.constat)}"

    def html(self) -> Markup:
        """La réponse, les alertes, les raisons, et le tableau des deux populations."""
        return cadre(
            Markup("<p><strong>{}</strong></p>").format(locale.typographie(self.phrase)),
            paragraphes(self.alertes, "alerte"),
            self._tableau(),
            paragraphes(self.raisons),
        )

    def _repr_html_(self) -> str:
        return self.html()

    def _tableau(self) -> Markup:
        legende = f"{self.libelle} : {self.noms[0]} et {self.noms[1]}"
        if self.lignes:
            titres = [Titre("Modalité", True), *(Titre(n) for n in self.noms), Titre("Écart"), Titre("Hasard")]
            return tableau(legende, titres, [_rangee(ligne) for ligne in self.lignes])
        titres = [Titre("Population", True), Titre(locale.majuscule(self.libelle)), Titre("Sans réponse")]
        rangees = [(n, _valeur(c), _sans_reponse(c)) for n, c in zip(self.noms, (self.a, self.b), strict=True)]
        return tableau(legende, titres, rangees)


def comparer_populations(
    espace: Espace,
    a: Population,
    b: Population,
    indicateur: str,
    *,
    diffusion: str = "interne",
    calculateur: Callable[[str, int], Calculateur] | None = None,
    juge: Callable[[str, int], Verdict] | None = None,
) -> Comparaison:
    """Compare deux populations pour un indicateur, avec le test exact qui convient, en mots simples.

    Une part : test exact de Fisher ; une moyenne : permutation ; une médiane : Mann et Whitney ; une répartition :
    khi-deux par simulation, puis chaque modalité corrigée par Holm. `calculateur`, `juge` : de quoi retrouver ce qui
    est déjà lu d'un service et d'une année (ceux de l'atelier). En diffusion publique, seules deux cellules publiées
    se comparent. Lève `ErreurParametre` pour un indicateur qui ne se teste pas, un filtre inconnu ou deux populations
    identiques.
    """
    exiger_connu(diffusion, DIFFUSIONS, "Diffusion")
    exiger_connu(indicateur, noms(), "Indicateur")
    declare, rupture = _definition_commune(indicateur, a.annee, b.annee)
    _exiger_testable(declare)
    if (a.service, a.annee, _normes(a.filtres)) == (b.service, b.annee, _normes(b.filtres)):
        raise ErreurParametre("Les deux populations sont les mêmes.", "Changez l'année, le service ou un filtre.")
    lire = calculateur or (lambda service, annee: Calculateur(espace, lire_service(espace, service), annee))
    dire = juge or (lambda service, annee: verdict(espace, service, annee))
    cotes = [
        _Cote(p, declare, diffusion, lire(p.service, p.annee), lambda p=p: dire(p.service, p.annee)) for p in (a, b)
    ]
    nommes = _noms(cotes)
    alertes = tuple(filter(None, (rupture, *_alertes(cotes, diffusion))))
    comparee = _comparer(declare, cotes, nommes, diffusion)
    return replace(comparee, alertes=alertes)


def comparer(
    espace: Espace,
    demande_a: Demande,
    demande_b: Demande,
    *,
    calculateur: Callable[[str, int], Calculateur] | None = None,
    juge: Callable[[str, int], Verdict] | None = None,
) -> Comparaison:
    """Compare deux vues de l'explorateur pour le même indicateur ; leur diffusion est la plus protectrice des deux.

    Lève `ErreurParametre` si les deux vues ne montrent pas le même indicateur.
    """
    if demande_a.indicateur != demande_b.indicateur:
        raise ErreurParametre(
            f"Les deux vues montrent deux indicateurs : « {demande_a.indicateur} » et « {demande_b.indicateur} ».",
            "Choisissez le même dans les deux.",
        )
    diffusion = "public" if "public" in (demande_a.diffusion, demande_b.diffusion) else "interne"
    a, b = (Population(d.service, d.annee, d.filtres_tous) for d in (demande_a, demande_b))
    return comparer_populations(
        espace, a, b, demande_a.indicateur, diffusion=diffusion, calculateur=calculateur, juge=juge
    )


def _normes(filtres: Mapping[str, Sequence[str]]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple(sorted((colonne, tuple(sorted(set(m)))) for colonne, m in filtres.items()))


def _definition_commune(nom: str, annee_a: int, annee_b: int) -> tuple[Indicateur, str]:
    """La définition en vigueur la plus ancienne des deux années, qui sert aux deux ; et ce qu'il faut en dire."""
    ancienne, recente = (en_vigueur(nom, annee) for annee in sorted((annee_a, annee_b)))
    if ancienne.definition.version == recente.definition.version:
        return recente, ""
    commune = next((i for i in applicables(nom, max(annee_a, annee_b)) if i == ancienne), ancienne)
    return commune, (f"La définition a changé en {recente.valable_depuis} : les deux années sont lues avec l'ancienne.")


def _exiger_testable(declare: Indicateur) -> None:
    forme = declare.forme
    if isinstance(forme, Rapport | Moyenne | Mediane | Citations):
        return
    if isinstance(forme, Repartition) and forme.poids is None:
        return
    raise ErreurParametre(
        f"« {declare.definition.libelle} » ne se compare pas par un test : ce n'est ni une part ni une moyenne.",
        "Choisissez une part, une moyenne, une médiane ou une répartition ; pour une durée, une courbe de cohorte.",
    )


# Une population


class _Cote:
    """Une des deux populations : ses lignes, et ses cellules telles que la protection les laisse."""

    def __init__(
        self,
        population: Population,
        declare: Indicateur,
        diffusion: str,
        calculateur: Calculateur,
        juge: Callable[[], Verdict],
    ) -> None:
        self.population, self.declare, self._calculateur = population, declare, calculateur
        self.espace, self.service = calculateur.espace, calculateur.service
        if not calculateur.recu(declare):
            raise ErreurParametre(
                f"{self.service.libelle_court} {population.annee} : rien n'a été reçu pour cet indicateur.",
                "Importez ses données, ou choisissez une autre année.",
            )
        self.juge = juge()
        self.cellules = proteger(self._calculer(diffusion), diffusion, self.service.parametres)
        if population.filtres:
            self.cellules = garder_filtre(self.cellules)
        self.cellules = self.cellules.filter(pl.col("territoire").is_null())

    def _calculer(self, diffusion: str) -> pl.DataFrame:
        filtres = dict(self.population.filtres)
        if not filtres:
            lignes = self._calculateur.calculer(self.declare)
            return retenir(lignes, self.declare, self.juge, self.service.parametres)
        complement = diffusion == "public"
        lignes = calculer_filtre(self._calculateur, self.declare, (), filtres, complement=complement)
        return retenir_filtre(lignes, self.declare, self.juge, filtres)

    @property
    def total(self) -> Cellule:
        return self._cellule(None)

    def modalites(self) -> dict[str, str]:
        """Les modalités connues d'une répartition : code → libellé, dans l'ordre d'impression."""
        lignes = self.cellules.filter(pl.col("modalite_1").is_not_null()).sort("ordre_1", "modalite_1")
        return {
            code: libelle
            for code, libelle in lignes.select("modalite_1", "libelle_1").iter_rows()
            if not est_inconnu(code)
        }

    def modalite(self, code: str) -> Cellule:
        """La cellule d'une modalité ; sans ligne, un vrai zéro si le total est publié."""
        trouvee = self._cellule(code)
        if trouvee.etat != "absente" or not self.total.publiee:
            return trouvee
        return Cellule("publie", 0.0, 0.0, self.total.base, "%")

    def _cellule(self, code: str | None) -> Cellule:
        voulue = pl.col("modalite_1").is_null() if code is None else pl.col("modalite_1") == code
        lignes = self.cellules.filter(voulue).to_dicts()
        if not lignes:
            return Cellule("absente")
        c = lignes[0]
        version = str(c["version_definition"] or "")
        return Cellule(
            c["etat"], c["valeur"], c["numerateur"], c["base"], c["unite"] or "", c["non_renseignes"], version
        )

    @property
    def lignes(self) -> pl.DataFrame:
        """Les lignes de la population, filtrées comme ses cellules."""
        toutes = self._calculateur.population(self.declare.definition.univers)
        for colonne, modalites in self.population.filtres.items():
            toutes = toutes.filter(pl.col(colonne).fill_null(NON_RENSEIGNE).is_in(list(modalites)))
        return toutes

    def valeurs(self) -> pl.Series:
        """Les valeurs connues d'une moyenne ou d'une médiane, une par unité."""
        forme = self.declare.forme
        connues = self.lignes.filter(forme.retenues()).select(forme.grandeur.cast(pl.Float64).alias("v"))
        return connues["v"].drop_nulls() / forme.diviseur

    def modalites_du_filtre(self) -> dict[str, str]:
        """Chaque colonne filtrée, et ses modalités gardées en français : « Homme ou Femme »."""
        univers = trouver_univers(self.declare.definition.univers)
        ecrites = {}
        for colonne, codes in self.population.filtres.items():
            decrites = decrire(self.espace, self.service, univers, colonne, list(codes))
            ecrites[colonne] = " ou ".join(decrites[c][0] for c in codes)
        return ecrites


def _noms(cotes: Sequence[_Cote]) -> tuple[str, str]:
    """Ce qui distingue les deux populations : le service s'il change, l'année si elle change, les filtres qui changent.

    Une variable que les deux filtrent se tait, seule sa modalité se dit.
    """
    services = {c.population.service for c in cotes}
    annees = {c.population.annee for c in cotes}
    filtres = [c.modalites_du_filtre() for c in cotes]
    ecrits = []
    for cote, siens, autres in zip(cotes, filtres, reversed(filtres), strict=True):
        morceaux = [cote.service.libelle_court] if len(services) > 1 else []
        morceaux += [str(cote.population.annee)] if len(annees) > 1 else []
        morceaux += [
            modalite if colonne in autres else f"{titre_variable(colonne)} {modalite}"
            for colonne, modalite in siens.items()
            if autres.get(colonne) != modalite
        ]
        ecrits.append(cote.population.nom or ", ".join(morceaux) or "l'ensemble")
    return ecrits[0], ecrits[1]


# Le jugement


def _comparer(declare: Indicateur, cotes: Sequence[_Cote], nommes: tuple[str, str], diffusion: str) -> Comparaison:
    a, b = (c.total for c in cotes)
    if isinstance(declare.forme, Repartition | Citations):
        return _repartitions(declare, cotes, nommes)
    vide = Comparaison(
        declare.definition.libelle, declare.definition.unite, nommes, a, b, MUET, REPONSES[MUET], "", (), ()
    )
    if not (a.publiee and b.publiee):
        return _sans_chiffre(vide)
    if isinstance(declare.forme, Rapport):
        return _parts(vide, declare)
    return _grandeurs(vide, declare, cotes, diffusion)


def _sans_chiffre(comparee: Comparaison) -> Comparaison:
    """Une cellule masquée, retenue ou sans objet ne se compare pas, et l'on dit pourquoi."""
    manques = [
        f"{nom} : {etat_de(c.etat).phrase}"
        for nom, c in zip(comparee.noms, (comparee.a, comparee.b), strict=True)
        if not c.publiee
    ]
    masquee = any(c.masquee for c in (comparee.a, comparee.b))
    return replace(
        comparee,
        verdict=MASQUEE if masquee else MUET,
        reponse="Ces deux populations ne se comparent pas",
        constat="l'un des deux chiffres n'est pas publié.",
        raisons=tuple(manques),
    )


def _parts(comparee: Comparaison, declare: Indicateur) -> Comparaison:
    """Deux taux : le même examen que l'explorateur, puis les intervalles."""
    a, b = comparee.a, comparee.b
    examen = solidite.examiner(declare.definition, Ecart(a, b, _lieux(comparee.noms)))
    if examen is None:
        return _sans_chiffre(comparee)
    comparee = replace(comparee, verdict=examen.verdict, reponse=examen.reponse, constat=examen.constat)
    if examen.verdict not in (NET, FRAGILE, HASARD):
        return replace(comparee, raisons=examen.raisons)
    effectifs = (int(a.numerateur), int(a.base), int(b.numerateur), int(b.base))
    difference, cotes = _difference_de_parts(*effectifs), _rapport_des_cotes(*effectifs)
    return replace(
        comparee,
        raisons=(*examen.raisons, *_dire_intervalles(difference, cotes, comparee.noms)),
        probabilite=probabilite_exacte(*effectifs),
        intervalle=difference,
        cotes=cotes,
    )


def _difference_de_parts(a: int, n: int, b: int, m: int) -> tuple[float, float]:
    """L'intervalle à 95 % de b/m − a/n, en points. Source : Newcombe (1998), méthode 10, d'après Wilson."""
    from scipy.stats import binomtest

    (bas_a, haut_a), (bas_b, haut_b) = (
        binomtest(k, total).proportion_ci(CONFIANCE, method="wilson") for k, total in ((a, n), (b, m))
    )
    p, q = a / n, b / m
    bas = (q - p) - ((q - bas_b) ** 2 + (haut_a - p) ** 2) ** 0.5
    haut = (q - p) + ((haut_b - q) ** 2 + (p - bas_a) ** 2) ** 0.5
    return float(100 * bas), float(100 * haut)


def _rapport_des_cotes(a: int, n: int, b: int, m: int) -> tuple[float, float] | None:
    """L'intervalle exact à 95 % du rapport des cotes de B à A ; `None` si nul ou total des deux côtés."""
    from scipy.stats.contingency import odds_ratio

    if a + b in (0, n + m):
        return None
    intervalle = odds_ratio([[b, m - b], [a, n - a]]).confidence_interval(CONFIANCE)
    return float(intervalle.low), float(intervalle.high)


def _dire_intervalles(
    difference: tuple[float, float], cotes: tuple[float, float] | None, nommes: tuple[str, str]
) -> Iterable[str]:
    bas, haut = (locale.signe(d, 0 if abs(d) >= 1 else 1) for d in difference)
    yield f"La différence réelle est vraisemblablement entre {bas} et {haut} points (intervalle à 95 %, Newcombe)."
    if cotes is not None:
        lus = ["l'infini" if c == float("inf") else locale.nombre(c, 2) for c in cotes]
        yield f"Rapport des cotes de {nommes[1]} à {nommes[0]} : entre {lus[0]} et {lus[1]} (intervalle exact à 95 %)."


def _grandeurs(comparee: Comparaison, declare: Indicateur, cotes: Sequence[_Cote], diffusion: str) -> Comparaison:
    """Deux moyennes par permutation, deux médianes par Mann et Whitney, sur les valeurs de chacun."""
    import numpy as np

    a, b = (c.valeurs().to_numpy() for c in cotes)
    constat = _constat(comparee)
    if min(len(a), len(b)) < BASE_CONCLUSION:
        petite = min(len(a), len(b))
        raison = f"La plus petite des deux bases est de {petite}, il en faut dix."
        return replace(comparee, verdict=TROP_PEU, reponse=REPONSES[TROP_PEU], constat=constat, raisons=(raison,))
    moyenne = isinstance(declare.forme, Moyenne)
    resume = np.mean if moyenne else np.median
    p, test = _permutation(a, b) if moyenne else _mann_whitney(a, b)
    raisons = [_dire_hasard(p, test)]
    intervalle = _tirages(a, b, resume) if diffusion == "interne" else None
    if intervalle is not None:
        bas, haut = (_signee(d, comparee.unite) for d in intervalle)
        raisons.append(f"La différence réelle est vraisemblablement entre {bas} et {haut} (intervalle à 95 %).")
    raisons.append(_manques(comparee))
    verdict_ = HASARD if p >= RISQUE else NET
    return replace(
        comparee,
        verdict=verdict_,
        reponse=REPONSES[verdict_],
        constat=constat,
        raisons=tuple(filter(None, raisons)),
        probabilite=p,
        intervalle=intervalle,
    )


def _permutation(a, b) -> tuple[float, str]:
    """Exacte quand les deux groupes sont petits, sinon sur dix mille répartitions tirées au sort."""
    import numpy as np
    from scipy.stats import permutation_test

    def ecart(x, y, axis=-1):
        return np.mean(x, axis=axis) - np.mean(y, axis=axis)

    rendu = permutation_test((a, b), ecart, n_resamples=TIRAGES, vectorized=True, rng=np.random.default_rng(GRAINE))
    return float(rendu.pvalue), "test de permutation"


def _mann_whitney(a, b) -> tuple[float, str]:
    from scipy.stats import mannwhitneyu

    return float(mannwhitneyu(a, b, method="auto").pvalue), "test de Mann et Whitney, sur les rangs"


def _tirages(a, b, resume) -> tuple[float, float]:
    """L'intervalle à 95 % de la différence, par deux mille tirages avec remise dans chaque population."""
    import numpy as np

    hasard = np.random.default_rng(GRAINE)
    x, y = (resume(hasard.choice(v, (2_000, len(v))), axis=1) for v in (a, b))
    bas, haut = np.quantile(y - x, [(1 - CONFIANCE) / 2, (1 + CONFIANCE) / 2])
    return float(bas), float(haut)


def _repartitions(declare: Indicateur, cotes: Sequence[_Cote], nommes: tuple[str, str]) -> Comparaison:
    """Toute la répartition d'abord, puis chaque modalité, corrigée pour avoir été essayée avec les autres."""
    a, b = cotes
    codes = {**a.modalites(), **b.modalites()}
    lignes = [LigneComparee(libelle, a.modalite(c), b.modalite(c), None) for c, libelle in codes.items()]
    jugees = [probabilite_exacte(*_effectifs(ligne)) if _se_teste(ligne) else None for ligne in lignes]
    corrigees = _holm(jugees)
    lignes = [replace(ligne, probabilite=p) for ligne, p in zip(lignes, corrigees, strict=True)]
    comparee = Comparaison(
        declare.definition.libelle,
        "%",
        nommes,
        a.total,
        b.total,
        MUET,
        REPONSES[MUET],
        "",
        (),
        (),
        lignes=tuple(lignes),
    )
    publiees = [ligne for ligne in lignes if _se_teste(ligne)]
    if not publiees:
        trop_peu = any(c.publiee and (c.base or 0) < BASE_CONCLUSION for c in (a.total, b.total))
        if not trop_peu:
            return _sans_chiffre(comparee)
        raison = "L'une des deux bases est sous dix : aucune part ne s'y compare."
        return replace(
            comparee, verdict=TROP_PEU, reponse=REPONSES[TROP_PEU], constat="base trop petite.", raisons=(raison,)
        )
    return _juger_repartitions(comparee, declare, lignes, publiees)


def _juger_repartitions(
    comparee: Comparaison, declare: Indicateur, lignes: Sequence[LigneComparee], publiees: Sequence[LigneComparee]
) -> Comparaison:
    citations = isinstance(declare.forme, Citations)
    raisons = []
    if citations or len(publiees) < 2:
        p = min(ligne.probabilite for ligne in publiees)
        if citations:
            raisons.append("Une même réponse peut citer plusieurs modalités : elles se jugent une à une.")
    else:
        p = _khi_deux([_effectifs(ligne) for ligne in publiees])
        raisons.append(_dire_hasard(p, "khi-deux par simulation sur toute la répartition"))
    essais = len(publiees)
    raisons.append(
        f"{essais} modalités essayées d'un coup : chaque probabilité est corrigée (Holm), sans quoi une sur vingt "
        "paraîtrait nette par hasard."
        if essais > 1
        else "Une seule modalité se compare."
    )
    if len(publiees) < len(lignes):
        muettes = len(lignes) - len(publiees)
        mots = locale.pluriel(muettes, "modalité n'est pas comparée", "modalités ne sont pas comparées")
        raisons.append(f"{muettes} {mots} : cellule non publiée.")
    raisons.append(_manques(comparee))
    fort = max(publiees, key=lambda ligne: abs(ligne.ecart or 0.0))
    verdict_ = HASARD if p >= RISQUE else NET
    lieu_a, lieu_b = _lieux(comparee.noms)
    constat = (
        f"le plus grand écart porte sur « {fort.libelle} », {_valeur_courte(fort.a)} {lieu_a} et "
        f"{_valeur_courte(fort.b)} {lieu_b}."
    )
    return replace(
        comparee,
        verdict=verdict_,
        reponse="Les deux répartitions diffèrent nettement" if verdict_ == NET else REPONSES[HASARD],
        constat=constat,
        raisons=tuple(filter(None, raisons)),
        probabilite=p,
    )


def _se_teste(ligne: LigneComparee) -> bool:
    return all(
        c.publiee and c.numerateur is not None and c.base and c.base >= BASE_CONCLUSION for c in (ligne.a, ligne.b)
    )


def _effectifs(ligne: LigneComparee) -> tuple[int, int, int, int]:
    return int(ligne.a.numerateur), int(ligne.a.base), int(ligne.b.numerateur), int(ligne.b.base)


def _khi_deux(effectifs: Sequence[tuple[int, int, int, int]]) -> float:
    """La probabilité d'un khi-deux au moins aussi grand, à marges fixées, par simulation."""
    import numpy as np
    from scipy.stats import MonteCarloMethod, chi2_contingency

    table = np.array([[a for a, _, _, _ in effectifs], [b for _, _, b, _ in effectifs]])
    table = table[:, table.sum(axis=0) > 0]
    if table.shape[1] < 2 or (table.sum(axis=1) == 0).any():
        return 1.0
    methode = MonteCarloMethod(n_resamples=TIRAGES, rng=np.random.default_rng(GRAINE))
    return float(chi2_contingency(table, correction=False, method=methode).pvalue)


def _holm(probabilites: Sequence[float | None]) -> list[float | None]:
    """Chaque probabilité, corrigée du nombre d'essais, dans l'ordre reçu. Source : Holm (1979)."""
    rangs = sorted((p, i) for i, p in enumerate(probabilites) if p is not None)
    corrigees: list[float | None] = [None] * len(probabilites)
    plancher = 0.0
    for rang, (p, i) in enumerate(rangs):
        plancher = max(plancher, min(1.0, p * (len(rangs) - rang)))
        corrigees[i] = plancher
    return corrigees


# Les mots


def _lieux(nommes: tuple[str, str]) -> tuple[str, str]:
    """« en 2021 » pour une année, « pour Genre, Femme » pour le reste."""
    a, b = (f"en {n}" if n.isdigit() else f"pour {n}" for n in nommes)
    return a, b


def _alertes(cotes: Sequence[_Cote], diffusion: str) -> Iterable[str]:
    """Ce qui rend la comparaison douteuse avant tout calcul : unités communes, réglages différents."""
    yield _communes(cotes, diffusion)
    a, b = (c.service for c in cotes)
    if a.id != b.id:
        differents = [
            mots
            for nom, mots in REGLAGES_QUI_COMPTENT.items()
            if getattr(a.parametres, nom) != getattr(b.parametres, nom)
        ]
        if differents:
            yield f"{a.libelle_court} et {b.libelle_court} ne règlent pas de même {locale.enumeration(differents)}."


def _communes(cotes: Sequence[_Cote], diffusion: str) -> str:
    """Les ménages ou les personnes que les deux populations ont en commun : les groupes ne sont pas indépendants."""
    colonne, mots = _unite(cotes)
    if not colonne:
        return ""
    a, b = (set(c.lignes[colonne].drop_nulls()) for c in cotes)
    communs = len(a & b)
    if not communs:
        return ""
    # Leur nombre n'est pas un chiffre protégé : il ne se dit qu'en interne.
    combien = locale.nombre(communs) if diffusion == "interne" else "Des"
    pluriels = communs > 1 or diffusion != "interne"
    return (
        f"{combien} {mots if pluriels else mots.removesuffix('s')} {'sont' if pluriels else 'est'} dans les deux "
        "populations : elles ne sont pas indépendantes, la probabilité n'est qu'approchée."
    )


def _unite(cotes: Sequence[_Cote]) -> tuple[str, str]:
    """L'identifiant qui dit si une unité est des deux côtés : celui d'une ligne, sinon celui du ménage.

    Un ménage n'a le même pseudonyme que dans son service ; une personne l'a partout.
    """
    meme_service = len({c.population.service for c in cotes}) == 1
    tables = [c.lignes for c in cotes]
    portees = [
        (colonne, mots)
        for colonne, mots in (("id_personne", "personnes"), ("id_menage", "ménages"))
        if all(colonne in t.columns for t in tables) and (meme_service or colonne == "id_personne")
    ]
    uniques = [p for p in portees if all(t[p[0]].n_unique() == t.height for t in tables)]
    return (uniques or portees[-1:] or [("", "")])[0]


def _dire_hasard(p: float, test: str) -> str:
    if p >= RISQUE:
        fois = "presque toujours" if p > 0.995 else f"environ {round(p * 100)} fois sur 100"
        return f"Sans aucune différence réelle, un écart au moins aussi grand arriverait {fois} ({test})."
    rare = "que moins d'une fois sur 1 000" if p < 0.001 else f"qu'environ {round(p * 1000)} fois sur 1 000"
    return f"Sans aucune différence réelle, un écart aussi grand n'arriverait {rare} ({test})."


def _constat(comparee: Comparaison) -> str:
    a, b = comparee.a, comparee.b
    lus = [f"{_valeur_courte(c)} {lieu}" for c, lieu in zip((a, b), _lieux(comparee.noms), strict=True)]
    return f"{lus[0]}, {lus[1]}, soit {_signee((b.valeur or 0.0) - (a.valeur or 0.0), comparee.unite)}."


def _signee(valeur: float, unite: str) -> str:
    texte = locale.valeur_unite(abs(round(valeur, 1)), unite)
    return texte if not round(valeur, 1) else ("+" if valeur > 0 else locale.MOINS) + texte


def _manques(comparee: Comparaison) -> str:
    """Combien n'ont pas répondu, de chaque côté ; vide si tout le monde a répondu."""
    dites = []
    for lieu, cellule in zip(_lieux(comparee.noms), (comparee.a, comparee.b), strict=True):
        if cellule.non_renseignes is None:
            dites.append(f"nombre non publié {lieu}")
        elif cellule.non_renseignes:
            dites.append(f"{_sans_reponse(cellule)} {lieu}")
    return f"Sans réponse : {locale.enumeration(dites)}." if dites else ""


def _sans_reponse(cellule: Cellule) -> str:
    if cellule.non_renseignes is None:
        return etat_de("masque").marque if cellule.publiee or cellule.masquee else ""
    return part(cellule.non_renseignes, cellule.non_renseignes + int(cellule.base or 0))


def _valeur(cellule: Cellule) -> str:
    if not cellule.publiee:
        return etat_de(cellule.etat).marque
    if cellule.unite != "%" or cellule.numerateur is None or not cellule.base:
        base = f" (sur {locale.nombre(cellule.base)})" if cellule.base else ""
        return _valeur_courte(cellule) + base
    return valeur_ecrite(cellule)


def _valeur_courte(cellule: Cellule) -> str:
    return locale.valeur_unite(cellule.valeur or 0.0, cellule.unite, cellule.base)


def _rangee(ligne: LigneComparee) -> tuple[str, ...]:
    ecart = ligne.ecart
    lu = "" if ecart is None else f"{locale.signe(ecart, 0)} {'point' if abs(ecart) < 1.5 else 'points'}"
    return ligne.libelle, _valeur(ligne.a), _valeur(ligne.b), lu, _hasard_court(ligne.probabilite)


def _hasard_court(p: float | None) -> str:
    if p is None:
        return "non testé"
    if p < RISQUE:
        return "net"
    return "peut tenir au hasard"
