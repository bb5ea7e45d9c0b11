"""Ce qui a changé dans un rapport depuis son édition précédente, et pourquoi.

On compare deux tables protégées de même diffusion. En diffusion publique, l'ancienne valeur n'est redite que si ce
qu'elle apprend en plus ne porte sur aucun petit nombre ; une valeur masquée ou retenue depuis ne l'est jamais.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from observatoire.campagne.donnees_types import Bloc, DonneesRapport
from observatoire.campagne.editions import (
    DEFINITIONS,
    DEROGATIONS,
    DONNEES,
    LOGICIEL,
    MASQUE,
    NOUVEAU,
    PUBLIE,
    REGLAGES,
    RETENU,
    RETIRE,
    REVISE,
    Edition,
    causes,
    ecarts_depuis,
    edition_de,
    lire_editions,
    lire_table,
    precedente,
)
from observatoire.campagne.origine import CAHIERS, PRESENTATION, Origine
from observatoire.campagne.reglages_lisibles import nom_lisible, valeur_lisible
from observatoire.erreurs import ErreurObservatoire
from observatoire.espace import Espace
from observatoire.indicateurs.registre import REGISTRE, applicables
from observatoire.qualite.derives import DeriveLivraison, Lignes, Mouvement, Retouche, derive_livraison
from observatoire.restitution.locale import enumeration, majuscule, minuscule
from observatoire.services import Parametres, lire_service

TARDIVES, AJOUTEES, COMPLETEES, CORRIGEES = (
    *("lignes arrivées tard", "lignes ajoutées", "lignes complétées", "lignes corrigées"),
)
LIVRAISON_RETIREE, PURGE = "livraison retirée", "purge des données anciennes"
RECUS = "chiffres reçus modifiés"
NOUVELLE_DEFINITION, QUALITE, REGLAGE = "définition modifiée", "contrôle de la qualité", "réglage modifié"
DEROGATION_ACCORDEE, DEROGATION_FINIE = "dérogation accordée", "dérogation finie"
SECRET, VERSION_LOGICIEL, AUTRE_DONNEE = "secret statistique", "logiciel mis à jour", "données modifiées"
_RIEN = "Rien n'a changé."
_ORDRE_DONNEES = (TARDIVES, AJOUTEES, COMPLETEES, CORRIGEES, LIVRAISON_RETIREE, PURGE, RECUS, AUTRE_DONNEE)


@dataclass(frozen=True)
class Sujet:
    """Le document dont on compare deux éditions.

    `nom`, `annee`, `diffusion` : ce qui le désigne dans `reports/` ; `parametres` : ses seuils ; `blocs` : l'ancre de
    chacun de ses tableaux ; `noms` : ce que la page dit d'un code de territoire ou de service.
    """

    nom: str
    annee: int
    diffusion: str
    parametres: Parametres
    blocs: tuple[tuple[str, Bloc], ...] = ()
    noms: Mapping[str, str] = field(default_factory=dict)

    @property
    def interne(self) -> bool:
        return self.diffusion == "interne"


def sujet_rapport(donnees: DonneesRapport, nom: str = "") -> Sujet:
    """Le rapport d'un service ; `nom` : celui du document, si ce n'est pas l'identifiant du service."""
    cles, *autres = donnees.blocs
    blocs = (("chiffres-cles", cles), *((bloc.cle, bloc) for bloc in autres))
    service = donnees.service
    return Sujet(nom or service.id, donnees.annee, donnees.diffusion, service.parametres, blocs)


@dataclass(frozen=True)
class Cote:
    """Une cellule dans une des deux éditions ; `etat` vide si elle n'y était pas."""

    etat: str = ""
    valeur: float | None = None
    numerateur: float | None = None
    denominateur: float | None = None
    base: float | None = None
    version: str = ""

    @property
    def publiee(self) -> bool:
        return self.etat == "publie" and (self.valeur is not None or self.base is not None)


@dataclass(frozen=True)
class Ecart:
    """Une cellule qui n'est plus la même. `cellule` : territoire, année et modalités ; `pourquoi` : les causes lues."""

    indicateur: str
    cellule: Mapping[str, Any]
    nature: str
    avant: Cote
    apres: Cote
    pourquoi: tuple[str, ...] = ()

    @property
    def total(self) -> bool:
        """Vrai pour un ensemble : ni territoire, ni ventilation."""
        return not any(self.cellule[c] for c in ("territoire", "ventilation_1", "ventilation_2"))

    def redite(self, seuil: int) -> bool:
        """Vrai si l'ancienne valeur peut être imprimée à côté de la nouvelle.

        `seuil` : le plus petit nombre de cas qu'un écart puisse révéler (1 en interne). Une valeur qui n'est plus
        publiée n'est jamais redite.
        """
        if not (self.avant.publiee and self.apres.publiee):
            return False
        ecarts = self._ecarts()
        return bool(ecarts) and all(not 0 < ecart < seuil for ecart in ecarts)

    def _ecarts(self) -> list[float]:
        """Ce qui sépare les deux cellules en nombre de cas, autant que la table le dit ; rien si elle ne le dit pas."""
        noms = ("numerateur", "denominateur", "base")
        paires = [(getattr(self.avant, n), getattr(self.apres, n)) for n in noms]
        connus = [abs(b - a) for a, b in paires if a is not None and b is not None]
        if connus or None in (self.apres.valeur, self.avant.valeur):
            return connus
        return [abs(self.apres.valeur - self.avant.valeur)]


@dataclass(frozen=True)
class Changements:
    """Ce qui a bougé entre l'édition précédente et celle-ci, et ce qui l'explique.

    `causes` : ce qui distingue leurs origines ; `phrases` : ces causes en toutes lettres ; `seuil` : le plus petit
    nombre de cas qui puisse s'y lire.
    """

    precedente: Edition
    ecarts: tuple[Ecart, ...]
    causes: tuple[str, ...]
    phrases: tuple[tuple[str, tuple[str, ...]], ...]
    seuil: int = 1
    cellules: int = 0  # imprimées par cette édition
    precedente_le: str = ""  # le jour de l'édition précédente, et l'heure si une autre est du même jour

    def de(self, nature: str) -> int:
        """Combien de cellules ont changé ainsi."""
        return sum(e.nature == nature for e in self.ecarts)


def lire_changements(espace: Espace, sujet: Sujet, origine: Origine, fiche: Mapping[str, Any]) -> Changements | None:
    """Ce qui a changé dans un document depuis son édition précédente ; rien s'il n'en a pas.

    `fiche` : celle du document qui vient d'être calculé, table comprise.
    """
    editions = lire_editions(espace, sujet.diffusion, sujet.annee, sujet.nom)
    avant = precedente(editions, fiche["empreinte"], fiche["sha256_table"])
    if avant is None:
        return None
    deja = editions[-1] if editions[-1].identique(fiche["empreinte"], fiche["sha256_table"]) else None
    apres = edition_de({**fiche, **origine.en_dict()}, None, jour=deja.date if deja else None)
    table = lire_table(fiche["table"])
    comparaison = _Comparaison(espace, sujet, origine, avant, apres)
    ecarts = [_ecart(ligne) for ligne in ecarts_depuis(avant, table).iter_rows(named=True)]
    return Changements(
        precedente=avant,
        ecarts=tuple(comparaison.expliquer(e) for e in ecarts),
        causes=comparaison.raisons,
        phrases=tuple((titre, phrases) for titre, phrases in comparaison.phrases() if phrases),
        seuil=comparaison.seuil,
        cellules=table.height,
        precedente_le=avant.dater([apres.date, *(e.date for e in editions if e is not avant and e is not deja)]),
    )


def _ecart(ligne: Mapping[str, Any]) -> Ecart:
    cotes = (
        Cote(
            etat=ligne[f"etat_{cote}"] or "",
            version=ligne[f"version_definition_{cote}"] or "",
            **{m: ligne[f"{m}_{cote}"] for m in ("valeur", "numerateur", "denominateur", "base")},
        )
        for cote in ("avant", "apres")
    )
    lieu = ("service", "territoire", "annee", "ventilation_1", "modalite_1", "ventilation_2", "modalite_2")
    return Ecart(ligne["indicateur"], {c: ligne[c] for c in lieu}, ligne["nature"], *cotes)


class _Comparaison:
    """Deux éditions d'un document : ce qui les distingue, et ce que les livraisons reçues entre-temps ont touché."""

    def __init__(self, espace: Espace, sujet: Sujet, origine: Origine, avant: Edition, apres: Edition) -> None:
        self.espace, self.sujet, self.avant, self.apres = espace, sujet, avant, apres
        self.raisons = causes(avant, apres)
        self.seuil = 1 if sujet.interne else sujet.parametres.seuil_diffusion
        self.derives = self._derives(origine)
        self.purge = any(r.purgee for r in origine.receptions)
        self.recus = any(source.startswith(f"{CAHIERS}/") for source in origine.sources)
        self._touches = [t for d in self.derives for t in (*d.mouvements, *d.retouches, *d.lignes)]

    def _derives(self, origine: Origine) -> list[DeriveLivraison]:
        """Ce que chaque livraison reçue depuis a changé ; une première n'a rien à quoi se comparer."""
        neuves = [r for r in origine.receptions if r.id not in self.avant.livraisons.get(r.service, ())]
        derives = []
        for reception in neuves if DONNEES in self.raisons else ():
            try:
                derives.append(derive_livraison(self.espace, reception.service, reception.id))
            except ErreurObservatoire:  # retirée entre-temps : il n'en reste rien à dire
                continue
        return [d for d in derives if d is not None]

    @property
    def retirees(self) -> list[str]:
        """Les livraisons que l'édition précédente lisait et que celle-ci ne lit plus."""
        siennes = self.apres.livraisons
        return [i for s, ids in self.avant.livraisons.items() for i in ids if i not in siennes.get(s, ())]

    # Une cellule

    def expliquer(self, ecart: Ecart) -> Ecart:
        """L'écart et ses causes : ce que la cellule dit d'elle-même, puis les données qu'elle lit, puis le reste."""
        siennes: dict[str, None] = {}
        if ecart.avant.version and ecart.apres.version and ecart.avant.version != ecart.apres.version:
            siennes[NOUVELLE_DEFINITION] = None
        if RETENU in (ecart.avant.etat, ecart.apres.etat):
            siennes[self._retenue(ecart)] = None
        if ecart.nature == MASQUE:
            siennes[SECRET] = None
        if DONNEES in self.raisons:
            siennes.update(dict.fromkeys(self._donnees(ecart)))
        if REGLAGES in self.raisons:
            siennes[REGLAGE] = None
        if not siennes:
            siennes[VERSION_LOGICIEL if LOGICIEL in self.raisons else AUTRE_DONNEE] = None
        return replace(ecart, pourquoi=tuple(siennes))

    def _retenue(self, ecart: Ecart) -> str:
        """Ce qui retient la cellule ou cesse de la retenir ; si les données ont changé aussi, le contrôle suffit."""
        if DEROGATIONS not in self.raisons or DONNEES in self.raisons:
            return QUALITE
        return DEROGATION_FINIE if ecart.apres.etat == RETENU else DEROGATION_ACCORDEE

    def _donnees(self, ecart: Ecart) -> Iterable[str]:
        """Ce que les livraisons ont fait aux colonnes que lit l'indicateur, d'abord dans l'année de la cellule."""
        annee = ecart.cellule["annee"]
        touches = list(self._lues(ecart.indicateur, annee))
        siennes = [t for t in touches if t.annee in (annee, None)]
        trouvees = {cause for t in siennes or touches for cause in _causes_de(t)}
        # Une ligne arrivée tard est aussi une ligne ajoutée : la première raison suffit.
        if TARDIVES in trouvees:
            trouvees.discard(AJOUTEES)
        return sorted(trouvees, key=_ORDRE_DONNEES.index) or (self._sans_livraison(),)

    def _lues(self, indicateur: str, annee: int) -> Iterable[Mouvement | Retouche | Lignes]:
        """Ce qui touche une table ou une colonne que lit l'indicateur."""
        if indicateur not in REGISTRE:
            return
        lues = {c for variante in applicables(indicateur, annee) for c in variante.colonnes_modele()}
        tables = {c.split(".")[0] for c in lues}
        for t in self._touches:
            if t.table in tables if isinstance(t, Lignes) else f"{t.table}.{t.colonne}" in lues:
                yield t

    def _sans_livraison(self) -> str:
        """La cause d'un écart qu'aucune livraison n'explique."""
        if self.retirees:
            return LIVRAISON_RETIREE
        if self.derives or not (self.recus or self.purge):
            return AUTRE_DONNEE
        return RECUS if self.recus else PURGE

    # En toutes lettres

    def phrases(self) -> Iterable[tuple[str, tuple[str, ...]]]:
        """Chaque cause et ce qu'on en sait."""
        avant, apres = self.avant, self.apres
        if DONNEES in self.raisons:
            yield from self._phrases_donnees()
        if DEROGATIONS in self.raisons:
            yield "Dérogations", tuple(_phrases_derogations(avant.derogations or {}, apres.derogations or {}))
        if DEFINITIONS in self.raisons:
            communs = sorted(avant.definitions.keys() & apres.definitions.keys())
            yield (
                "Définitions",
                tuple(
                    f"{_libelle(nom)} : version {apres.definitions[nom]}, au lieu de {avant.definitions[nom]}."
                    for nom in communs
                    if avant.definitions[nom] != apres.definitions[nom]
                ),
            )
        if REGLAGES in self.raisons:
            yield "Réglages", tuple(_phrases_reglages(self.espace, avant.reglages, apres.reglages))
        if LOGICIEL in self.raisons:
            yield "Logiciel", (f"Version {apres.code}, au lieu de {avant.code or 'inconnue'}.",)

    def _phrases_donnees(self) -> Iterable[tuple[str, tuple[str, ...]]]:
        lues = [(self._titre(derive), tuple(self._phrases_livraison(derive))) for derive in self.derives]
        # Une livraison sans effet ne se dit que si aucune n'en a eu.
        yield from [(titre, dites) for titre, dites in lues if dites != (_RIEN,)] or lues
        if nombre := len(self.retirees):
            accord = "Une livraison a été retirée" if nombre == 1 else f"{nombre} livraisons ont été retirées"
            yield "Livraisons retirées", (f"{accord} depuis l'édition précédente : ses lignes n'y comptent plus.",)
        if not self.derives and not self.retirees:
            yield "Données", (_SANS_LIVRAISON[self._sans_livraison()],)

    def _titre(self, derive: DeriveLivraison) -> str:
        """Le titre de la livraison ; le service est nommé si ce n'est pas celui du document."""
        if derive.service == self.sujet.nom:
            return derive.titre
        return f"{lire_service(self.espace, derive.service).libelle_court}, {minuscule(derive.titre)}"

    def _phrases_livraison(self, derive: DeriveLivraison) -> Iterable[str]:
        if not derive.precedente:
            return ["Première livraison de ce service : rien à quoi la comparer."]
        annee = self.sujet.annee
        dites = list(derive.phrases(annee, self.seuil))
        autres = [a for a in derive.annees if a != annee]
        if autres and dites == [_RIEN]:
            dites = [f"Rien n'a changé en {annee}."]
        if autres:
            reste = "D'autres années ont bougé" if annee in derive.annees else "Des années ont bougé"
            dites.append(f"{reste} : {enumeration(map(str, autres))}.")
        return dites


def _causes_de(touche: Mouvement | Retouche | Lignes) -> Iterable[str]:
    """Ce qu'une livraison a fait à ces lignes : arrivées tard, ajoutées, complétées ou corrigées."""
    if isinstance(touche, Lignes):
        faits = {AJOUTEES: touche.ajoutees}
    elif isinstance(touche, Retouche):
        faits = {COMPLETEES: touche.completees, CORRIGEES: touche.corrigees + touche.effacees}
    else:
        neuves = touche.ajoutes - touche.completes
        faits = {
            TARDIVES: touche.lignes_tardives,
            AJOUTEES: neuves - touche.lignes_tardives,
            COMPLETEES: touche.completes,
            CORRIGEES: touche.corriges + touche.effaces,
        }
    return [cause for cause, nombre in faits.items() if nombre]


def _phrases_derogations(avant: Mapping[str, str], apres: Mapping[str, str]) -> Iterable[str]:
    """Les dérogations accordées, finies ou modifiées ; leur motif se lit dans le tableau des défauts admis."""
    for nom in sorted(avant.keys() | apres.keys()):
        if nom not in avant:
            yield f"Accordée : {nom}."
        elif nom not in apres:
            yield f"Finie : {nom}."
        elif avant[nom] != apres[nom]:
            yield f"Modifiée : {nom}."


def _phrases_reglages(espace: Espace, avant: Mapping[str, str], apres: Mapping[str, str]) -> Iterable[str]:
    for nom in sorted(avant.keys() | apres.keys()):
        ancien, nouveau = avant.get(nom), apres.get(nom)
        if ancien == nouveau:
            continue
        if nom == PRESENTATION:
            yield "Les sections, les tableaux ou les chiffres clés du rapport ont changé."
        else:
            dits = [valeur_lisible(espace, nom, v) if v else "réglage commun" for v in (nouveau, ancien)]
            yield f"{majuscule(nom_lisible(nom))} : {dits[0]}, au lieu de {dits[1]}."


def _libelle(nom: str) -> str:
    return REGISTRE[nom][-1].definition.libelle if nom in REGISTRE else nom


_SANS_LIVRAISON = {
    RECUS: "Aucune livraison nouvelle : les chiffres reçus, les fiches ou le réglage du cahier ont changé.",
    PURGE: "Les ménages partis à la fin de leur durée de conservation n'y comptent plus.",
    AUTRE_DONNEE: "Ce que lit ce document a changé sans livraison nouvelle.",
}
NATURES = {
    REVISE: ("chiffre révisé", "chiffres révisés"),
    NOUVEAU: ("nouveau chiffre", "nouveaux chiffres"),
    PUBLIE: ("chiffre désormais publié", "chiffres désormais publiés"),
    MASQUE: ("chiffre désormais masqué", "chiffres désormais masqués"),
    RETENU: ("chiffre désormais retenu", "chiffres désormais retenus"),
    RETIRE: ("chiffre qui n'est plus imprimé", "chiffres qui ne sont plus imprimés"),
    "autre": ("chiffre dont l'absence a changé de raison", "chiffres dont l'absence a changé de raison"),
}
