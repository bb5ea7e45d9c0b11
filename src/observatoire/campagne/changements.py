"""Ce qui a changé dans un rapport depuis son édition précédente, et pourquoi.

On compare deux tables protégées de même diffusion. En diffusion publique, l'ancienne valeur n'est redite que si ce
qu'elle apprend en plus ne porte sur aucun petit nombre ; une valeur masquée ou retenue depuis ne l'est jamais.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from observatoire.campagne.donnees_types import DonneesRapport
from observatoire.campagne.editions import (
    DEFINITIONS,
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
    comparer,
    edition_de,
    lire_editions,
    lire_table,
    precedente,
)
from observatoire.campagne.origine import PRESENTATION, Origine
from observatoire.erreurs import ErreurObservatoire
from observatoire.espace import Espace
from observatoire.indicateurs.registre import REGISTRE, applicables
from observatoire.qualite.derives import DeriveLivraison, Lignes, Mouvement, Retouche, derive_livraison

TARDIVES, CORRIGEES, AJOUTEES = "lignes arrivées tard", "lignes corrigées", "lignes ajoutées"
NOUVELLE_DEFINITION, QUALITE, REGLAGE = "définition modifiée", "contrôle de la qualité", "réglage modifié"
SECRET, VERSION_LOGICIEL, AUTRE_DONNEE = "secret statistique", "logiciel mis à jour", "données modifiées"


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
        return self.etat == "publie" and self.valeur is not None


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
        return all(not 0 < ecart < seuil for ecart in self._ecarts())

    def _ecarts(self) -> list[float]:
        """Ce qui sépare les deux cellules en nombre de cas, autant que la table le dit."""
        noms = ("numerateur", "denominateur", "base")
        paires = [(getattr(self.avant, n), getattr(self.apres, n)) for n in noms]
        connus = [abs(b - a) for a, b in paires if a is not None and b is not None]
        return connus or [abs(self.apres.valeur - self.avant.valeur)]


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

    def de(self, nature: str) -> int:
        """Combien de cellules ont changé ainsi."""
        return sum(e.nature == nature for e in self.ecarts)


def lire_changements(
    espace: Espace, donnees: DonneesRapport, origine: Origine, fiche: Mapping[str, Any]
) -> Changements | None:
    """Ce qui a changé dans le rapport depuis son édition précédente ; rien s'il n'en a pas.

    `fiche` : celle du rapport qui vient d'être calculé, table comprise.
    """
    editions = lire_editions(espace, donnees.diffusion, donnees.annee, donnees.service.id)
    avant = precedente(editions, fiche["empreinte"], fiche["sha256_table"])
    if avant is None:
        return None
    seuil = 1 if donnees.diffusion == "interne" else donnees.service.parametres.seuil_diffusion
    apres = edition_de({**fiche, **origine.en_dict()}, None)
    derives = _derives(espace, avant, origine)
    raisons = causes(avant, apres)
    table = lire_table(fiche["table"])
    ecarts = [_ecart(ligne) for ligne in comparer(lire_table(avant.table), table).iter_rows(named=True)]
    touches = [t for derive in derives for t in (*derive.mouvements, *derive.retouches, *derive.lignes)]
    return Changements(
        precedente=avant,
        ecarts=tuple(_expliquer(e, raisons, touches) for e in ecarts),
        causes=raisons,
        phrases=tuple(_phrases(avant, apres, raisons, derives, donnees.annee, seuil)),
        seuil=seuil,
        cellules=table.height,
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
    lieu = ("territoire", "annee", "ventilation_1", "modalite_1", "ventilation_2", "modalite_2")
    return Ecart(ligne["indicateur"], {c: ligne[c] for c in lieu}, ligne["nature"], *cotes)


def _derives(espace: Espace, avant: Edition, origine: Origine) -> list[DeriveLivraison]:
    """Ce que chaque livraison reçue depuis l'édition précédente a changé ; une première n'a rien à quoi se comparer."""
    neuves = [r for r in origine.receptions if r.id not in avant.livraisons.get(r.service, ())]
    derives = []
    for reception in neuves:
        try:
            derives.append(derive_livraison(espace, reception.service, reception.id))
        except ErreurObservatoire:  # retirée entre-temps : il n'en reste rien à dire
            continue
    return [d for d in derives if d is not None]


def _expliquer(ecart: Ecart, raisons: Sequence[str], touches: Iterable[Mouvement | Retouche | Lignes]) -> Ecart:
    """L'écart et ses causes : ce que la cellule dit d'elle-même, puis les données qu'elle lit, puis le reste."""
    siennes: dict[str, None] = {}
    if ecart.avant.version and ecart.apres.version and ecart.avant.version != ecart.apres.version:
        siennes[NOUVELLE_DEFINITION] = None
    if RETENU in (ecart.avant.etat, ecart.apres.etat):
        siennes[QUALITE] = None
    if ecart.nature == MASQUE:
        siennes[SECRET] = None
    if DONNEES in raisons:
        siennes.update(dict.fromkeys(_donnees(ecart, touches)))
    if REGLAGES in raisons:
        siennes[REGLAGE] = None
    if not siennes:
        siennes[VERSION_LOGICIEL if LOGICIEL in raisons else AUTRE_DONNEE] = None
    return Ecart(ecart.indicateur, ecart.cellule, ecart.nature, ecart.avant, ecart.apres, tuple(siennes))


def _donnees(ecart: Ecart, touches: Iterable[Mouvement | Retouche | Lignes]) -> Iterable[str]:
    """Ce que les livraisons ont fait aux colonnes que lit l'indicateur."""
    if ecart.indicateur not in REGISTRE:
        return (AUTRE_DONNEE,)
    annee = ecart.cellule["annee"]
    lues = {c for variante in applicables(ecart.indicateur, annee) for c in variante.colonnes_modele()}
    tables = {c.split(".")[0] for c in lues}
    trouvees: dict[str, None] = {}
    for t in touches:
        if isinstance(t, Lignes):
            if t.ajoutees and t.table in tables:
                trouvees[AJOUTEES] = None
            continue
        if f"{t.table}.{t.colonne}" not in lues:
            continue
        if isinstance(t, Retouche):
            trouvees[CORRIGEES] = None
        else:
            trouvees.update(dict.fromkeys(_mouvement(t)))
    # Une ligne arrivée tard est aussi une ligne ajoutée : la première raison suffit.
    if TARDIVES in trouvees:
        trouvees.pop(AJOUTEES, None)
    return sorted(trouvees, key=(TARDIVES, CORRIGEES, AJOUTEES).index) or (AUTRE_DONNEE,)


def _mouvement(mouvement: Mouvement) -> Iterable[str]:
    if mouvement.tardifs:
        yield TARDIVES
    if mouvement.corriges or mouvement.effaces:
        yield CORRIGEES
    if mouvement.ajoutes > mouvement.tardifs:
        yield AJOUTEES


def _phrases(
    avant: Edition,
    apres: Edition,
    raisons: Sequence[str],
    derives: Sequence[DeriveLivraison],
    annee: int,
    seuil: int,
) -> Iterable[tuple[str, tuple[str, ...]]]:
    """Chaque cause et ce qu'on en sait."""
    if DONNEES in raisons:
        yield from _phrases_donnees(avant, apres, derives, annee, seuil)
    if DEFINITIONS in raisons:
        communs = sorted(avant.definitions.keys() & apres.definitions.keys())
        yield (
            "Définitions",
            tuple(
                f"{_libelle(nom)} : version {apres.definitions[nom]}, au lieu de {avant.definitions[nom]}."
                for nom in communs
                if avant.definitions[nom] != apres.definitions[nom]
            ),
        )
    if REGLAGES in raisons:
        yield "Réglages", tuple(_phrases_reglages(avant.reglages, apres.reglages))
    if LOGICIEL in raisons:
        yield "Logiciel", (f"Version {apres.code}, au lieu de {avant.code or 'inconnue'}.",)


def _phrases_donnees(
    avant: Edition, apres: Edition, derives: Sequence[DeriveLivraison], annee: int, seuil: int
) -> Iterable[tuple[str, tuple[str, ...]]]:
    for derive in derives:
        if not derive.precedente:
            yield derive.titre, ("Première livraison de ce service : rien à quoi la comparer.",)
            continue
        dites = list(derive.phrases(annee, seuil))
        autres = [a for a in derive.annees if a != annee]
        if autres and dites == ["Rien n'a changé."]:
            dites = [f"Rien n'a changé en {annee}."]
        if autres:
            dites.append(f"D'autres années ont bougé : {', '.join(map(str, autres))}.")
        yield derive.titre, tuple(dites)
    retirees = [i for s, ids in avant.livraisons.items() for i in ids if i not in apres.livraisons.get(s, ())]
    if retirees:
        accord = "Une livraison a été retirée" if len(retirees) == 1 else f"{len(retirees)} livraisons ont été retirées"
        yield "Livraisons retirées", (f"{accord} depuis l'édition précédente.",)
    if not derives and not retirees:
        texte = "Les données ont changé sans livraison nouvelle : purge, ou livraison remise devant une autre."
        yield "Données", (texte,)


def _phrases_reglages(avant: Mapping[str, str], apres: Mapping[str, str]) -> Iterable[str]:
    for nom in sorted(avant.keys() | apres.keys()):
        ancien, nouveau = avant.get(nom), apres.get(nom)
        if ancien == nouveau:
            continue
        if nom == PRESENTATION:
            yield "Les sections, les tableaux ou les chiffres clés du rapport ont changé."
        else:
            yield f"{nom} : {nouveau or 'réglage commun'}, au lieu de {ancien or 'réglage commun'}."


def _libelle(nom: str) -> str:
    return REGISTRE[nom][-1].definition.libelle if nom in REGISTRE else nom


NATURES = {
    REVISE: ("chiffre révisé", "chiffres révisés"),
    NOUVEAU: ("nouveau chiffre", "nouveaux chiffres"),
    PUBLIE: ("chiffre désormais publié", "chiffres désormais publiés"),
    MASQUE: ("chiffre désormais masqué", "chiffres désormais masqués"),
    RETENU: ("chiffre désormais retenu", "chiffres désormais retenus"),
    RETIRE: ("chiffre qui n'est plus imprimé", "chiffres qui ne sont plus imprimés"),
    "autre": ("chiffre dont l'absence a changé de raison", "chiffres dont l'absence a changé de raison"),
}
