"""D'où vient un document : les services lus, leurs données, leurs livraisons, leurs réglages.

La provenance imprimée, l'édition gardée et l'état « périmé » du portail lisent tous ceci.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, time
from typing import Any

from observatoire.campagne.reglages_lisibles import dire_reglage
from observatoire.empreintes import reunir
from observatoire.entrepot import lire_entrepot
from observatoire.espace import Espace
from observatoire.livraisons import livraisons
from observatoire.restitution.locale import INSECABLE, enumeration
from observatoire.services import Parametres, Service, lire_service

PRESENTATION = "présentation du rapport"  # sections, tableaux et chiffres clés que le service déclare
CAHIERS, COMMENTAIRES = "data/cahiers", "data/commentaires"


@dataclass(frozen=True)
class Reception:
    """Une livraison active dont le document lit les données ; `lignes` : celles de toutes ses tables."""

    service: str
    id: str
    recue: date
    lignes: int
    purgee: bool = False
    heure: time | None = None


@dataclass(frozen=True)
class Origine:
    """Ce dont un rapport dépend.

    `sources` : empreinte des données de chaque service lu, le sien d'abord ; `receptions` : leurs livraisons actives ;
    `reglages` : ce qui s'écarte du réglage commun, en toutes lettres ; `regles` : empreinte de ce qui a contrôlé ;
    `textes` : empreinte du fichier de commentaires de l'année, vide s'il n'existe pas ; `derogations` : celles en
    vigueur, chacune avec l'empreinte de ce qu'elle dit ; `reglages_dits` : les réglages dans les mots d'un lecteur.
    """

    sources: dict[str, str] = field(default_factory=dict)
    receptions: tuple[Reception, ...] = ()
    reglages: dict[str, str] = field(default_factory=dict)
    regles: str = ""
    textes: dict[str, str] = field(default_factory=dict)
    derogations: dict[str, str] = field(default_factory=dict)
    reglages_dits: tuple[str, ...] = ()

    def en_dict(self) -> dict[str, Any]:
        """Ce que la fiche du document en garde, en types JSON."""
        par_service: dict[str, list[str]] = {service: [] for service in services_de(self.sources)}
        for reception in self.receptions:
            par_service[reception.service].append(reception.id)
        return {
            "sources": {**self.sources, **self.textes},
            "livraisons": par_service,
            "reglages": dict(self.reglages),
            "regles": self.regles,
            "derogations": dict(self.derogations),
        }


def services_de(sources: Iterable[str]) -> list[str]:
    """Les services parmi les sources d'un document ; les autres sont des chemins de l'espace."""
    return [nom for nom in sources if "/" not in nom]


def services_lus(fiche: Service) -> tuple[str, ...]:
    """Le service et ceux que nomment ses réglages (`services_lies`), ceux d'un seul tableau compris."""
    blocs = (b for section in fiche.sections for b in section.blocs)
    propres = (lie for b in blocs for lie in (b.get("reglages") or {}).get("services_lies", ()))
    return tuple(dict.fromkeys((fiche.id, *fiche.parametres.services_lies, *propres)))


def empreinte_donnees(espace: Espace, fiche: Service) -> str:
    """L'empreinte de toutes les données que lit le rapport d'un service : les siennes et celles des services liés."""
    sources = empreintes(espace, services_lus(fiche))
    return next(iter(sources.values())) if len(sources) == 1 else reunir(sources)


def empreintes(espace: Espace, services: Iterable[str]) -> dict[str, str]:
    """L'empreinte des données de chaque service ; vide pour celui que l'espace ne déclare pas ou plus."""
    connus = set(espace.services())
    return {s: lire_entrepot(espace, s).empreinte if s in connus else "" for s in services}


def lire_origine(espace: Espace, fiche: Service, regles: str = "", annee: int | None = None) -> Origine:
    """L'origine du rapport d'un service, à cet instant.

    `regles` : l'empreinte de ce qui a jugé ses données ; `annee` : celle dont le rapport imprime les commentaires.
    """
    commentaires = [] if annee is None else [f"{COMMENTAIRES}/{fiche.id}/{annee}.md"]
    lus, reglages = services_lus(fiche), reglages_propres(fiche)
    return Origine(
        sources=empreintes(espace, lus),
        receptions=_receptions(espace, lus),
        reglages=reglages,
        regles=regles,
        textes={chemin: empreinte_fichiers(espace, chemin) for chemin in commentaires},
        derogations=derogations_lues(espace, lus, annee),
        reglages_dits=tuple(dire_reglage(espace, n, v) for n, v in reglages.items() if n != PRESENTATION),
    )


def origine_document(
    espace: Espace, parametres: Mapping[str, Any], services: Iterable[str], textes: Iterable[str] = ()
) -> Origine:
    """L'origine d'un document de plusieurs services ; `textes` : les fichiers de l'espace qu'il reprend."""
    sources = sources_document(espace, parametres, services)
    lus = services_de(sources)
    return Origine(
        sources=sources,
        receptions=_receptions(espace, lus),
        textes={chemin: empreinte_fichiers(espace, chemin) for chemin in textes},
        derogations=derogations_lues(espace, lus, parametres.get("annee")),
    )


def _receptions(espace: Espace, services: Iterable[str]) -> tuple[Reception, ...]:
    """Les livraisons actives de ces services."""
    connus = set(espace.services())
    return tuple(
        Reception(service, livree.id, livree.date.date(), livree.lignes, livree.purgee is not None, livree.date.time())
        for service in services
        if service in connus
        for livree in livraisons(espace, service)
        if livree.active
    )


def derogations_lues(espace: Espace, services: Iterable[str], annee: int | None = None) -> dict[str, str]:
    """Les dérogations en vigueur aujourd'hui qui touchent ces services : leur nom → l'empreinte de ce qu'elles disent.

    `annee` : la dernière que le document imprime ; une dérogation aux seules années d'après ne le touche pas. Lève
    `ErreurDefinition` si le fichier des dérogations est mal écrit.
    """
    from observatoire.qualite.derogations import lire_derogations

    lus, lues = set(services), {}
    for d in lire_derogations(espace):
        atteint = annee is None or any(a <= annee for a in d.annees)
        if d.service in lus and atteint and d.en_vigueur(date.today()):
            quand = d.periode or enumeration(map(str, d.annees))
            dit = repr((d.motif, d.fonction, d.expire.isoformat()))
            lues[f"{d.service}, {d.regle}, {quand}"] = hashlib.sha256(dit.encode()).hexdigest()[:16]
    return lues


def sources_document(espace: Espace, parametres: Mapping[str, Any], services: Iterable[str]) -> dict[str, str]:
    """Les empreintes de ce que lit un document : service, association ou région demandés, et services de sa table."""
    from observatoire.syntheses.parametres import associations

    connus = espace.services()
    nommes = {*services, parametres.get("service")} & set(connus)
    nommes.update(s.id for s in associations(espace).get(parametres.get("association", ""), ()))
    lus = {lu for nom in nommes for lu in services_lus(lire_service(espace, nom))}
    sources = empreintes(espace, sorted(lus))
    if region := parametres.get("region"):
        sources[f"{CAHIERS}/{region}"] = empreinte_fichiers(espace, f"{CAHIERS}/{region}")
    return sources


def empreinte_source(espace: Espace, nom: str) -> str:
    """L'empreinte d'une source nommée par une fiche, à cet instant : un service, ou un chemin de l'espace."""
    return empreinte_fichiers(espace, nom) if "/" in nom else empreintes(espace, [nom])[nom]


def empreinte_fichiers(espace: Espace, chemin: str) -> str:
    """L'empreinte d'un fichier de l'espace, ou de ceux d'un dossier, noms compris ; vide s'il n'existe pas."""
    dossier = espace.racine / chemin
    if dossier.is_file():
        return hashlib.sha256(dossier.read_bytes()).hexdigest()
    if not dossier.is_dir():
        return ""
    fichiers = (f for f in dossier.rglob("*") if f.is_file() and not f.name.startswith("."))
    return reunir({f.relative_to(dossier).as_posix(): hashlib.sha256(f.read_bytes()).hexdigest() for f in fichiers})


def reglages_propres(fiche: Service) -> dict[str, str]:
    """Les réglages d'un service qui s'écartent du commun, ceux d'un seul tableau compris, et sa présentation."""
    defaut, siens = Parametres(), fiche.parametres
    ecarts = {
        f.name: en_lettres(getattr(siens, f.name))
        for f in fields(Parametres)
        if getattr(siens, f.name) != getattr(defaut, f.name)
    }
    for section in fiche.sections:
        for bloc in section.blocs:
            titre = bloc.get("titre") or section.titre
            for nom, valeur in (bloc.get("reglages") or {}).items():
                ecarts[f"{nom} (tableau « {titre} »)"] = en_lettres(valeur)
    contenu = repr(([(s.titre, s.blocs) for s in fiche.sections], fiche.chiffres_cles))
    return {**ecarts, PRESENTATION: hashlib.sha256(contenu.encode()).hexdigest()[:16]}


def en_lettres(valeur: object) -> str:
    """Un réglage tel qu'un lecteur le lit : « oui », « 18, 25, 30 »."""
    if isinstance(valeur, bool):
        return "oui" if valeur else "non"
    if isinstance(valeur, list | tuple):
        return ", ".join(map(en_lettres, valeur)) or "aucun"
    if isinstance(valeur, dict):
        return f"{INSECABLE}; ".join(f"{c} ({en_lettres(v)})" for c, v in valeur.items())
    return str(valeur)
