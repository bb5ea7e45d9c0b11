"""Rendre une campagne : un carnet exécuté, une page et une table par service et par année, et les documents.

Les carnets tournent à plusieurs, dans des processus gardés au chaud ; le verdict de qualité est calculé
avant, une fois, et seulement lu ensuite. L'échec d'un rapport n'arrête pas les autres.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from observatoire.campagne.documents import Document
from observatoire.campagne.editions import garder, lire_table
from observatoire.campagne.fiche import lire_fiche
from observatoire.campagne.formats import (
    FORMATS,
    GENRES_A_REMPLIR,
    HTML,
    PDF,
    ecrire_formats,
    exiger_imprimante,
    imprimer_pages,
    reprendre_sur_place,
)
from observatoire.campagne.moteur import Equipe, equipe
from observatoire.campagne.origine import empreinte_donnees, sources_document
from observatoire.campagne.parametres import ParametresRapport, controler_parametres
from observatoire.campagne.portail import LIBELLES_ETATS, QUALITE, ecrire_portail
from observatoire.campagne.publier import publier
from observatoire.erreurs import ErreurObservatoire, ErreurParametre
from observatoire.espace import VARIABLE_ESPACE, Espace
from observatoire.qualite import Verdict, verdict
from observatoire.restitution.gabarit import ecrire_atomique
from observatoire.restitution.page import titre_page
from observatoire.services import lire_service

CARNET_RAPPORT, CARNET_QUALITE = "rapport_service.ipynb", "qualite.ipynb"
ETATS = {"publiable": "publie", "partiel": "partiel", "bloque": "bloque"}


@dataclass(frozen=True)
class ResultatRendu:
    """Ce qu'il est advenu d'un rapport : `etat` ∈ publie, partiel, bloque, erreur."""

    service: str
    annee: int
    diffusion: str
    etat: str
    html: Path | None = None
    carnet: Path | None = None
    table: Path | None = None
    message: str = ""
    fiche: dict[str, Any] | None = None  # son entrée au manifeste

    @property
    def reussi(self) -> bool:
        return self.etat != "erreur"


def rendre(
    espace: Espace,
    couples: Iterable[tuple[str, int | str]],
    diffusion: str,
    travailleurs: int = 2,
    suivi: Callable[[str], None] | None = None,
    documents: Sequence[Document] = (),
    formats: Sequence[str] = (HTML,),
    modele: Path | None = None,
) -> list[ResultatRendu]:
    """Rend le rapport de chaque couple (service, année) et chaque document, puis le portail et le manifeste.

    `formats` : ceux de `campagne.formats`, la page toujours comprise ; `modele` : les styles du Word.
    `suivi` reçoit une ligne à la fin de chaque rapport (« ltiae 2022 : publié »). Rend les résultats dans
    l'ordre demandé, documents à la fin. Lève `ErreurParametre` avant tout travail si un paramètre est mauvais ;
    ensuite, une erreur ne touche que son rapport et se lit dans son `message`.
    """
    if travailleurs < 1:
        raise ErreurParametre(f"travailleurs = {travailleurs} : il en faut au moins un.", "Donnez 1 ou plus.")
    demandes = list(
        dict.fromkeys(
            controler_parametres(espace, {"service": s, "annee": a, "diffusion": diffusion}) for s, a in couples
        )
    )
    if PDF in formats:
        exiger_imprimante()
    verdicts = {d: _verdict(espace, d) for d in demandes}
    resultats: list[ResultatRendu | None] = [None] * (len(demandes) + len(documents))
    with (
        _environnement(espace),
        equipe(min(travailleurs, max(1, len(resultats)))) as atelier,
        # Deux fils par travailleur : pendant qu'une page se publie, un autre carnet s'exécute.
        ThreadPoolExecutor(2 * travailleurs, thread_name_prefix="rapport") as fils,
    ):
        habits = _Habits(tuple(formats), modele)
        travaux = [partial(_rendre_un, espace, d, verdicts[d], atelier, habits) for d in demandes]
        travaux += [partial(_rendre_document, espace, d, atelier, habits) for d in documents]
        taches = {fils.submit(travail): rang for rang, travail in enumerate(travaux)}
        for tache in as_completed(taches):
            resultat = resultats[taches[tache]] = tache.result()
            if suivi is not None:
                suivi(f"{resultat.service} {resultat.annee} : {LIBELLES_ETATS[resultat.etat]}")
    imprimer_pages([r.html for r in resultats if r.html and r.reussi], formats)
    ecrire_portail(espace, [r.fiche for r in resultats if r.fiche])
    return resultats


@dataclass(frozen=True)
class _Habits:
    """Les formats où paraît chaque document, et les styles de son Word."""

    formats: tuple[str, ...]
    modele: Path | None


def _verdict(espace: Espace, demande: ParametresRapport) -> Verdict | ErreurObservatoire:
    """Le verdict, calculé ici une fois pour que les carnets n'aient qu'à le lire ; ou l'erreur qui l'empêche."""
    try:
        return verdict(espace, demande.service, demande.annee)
    except ErreurObservatoire as erreur:
        return erreur


@contextmanager
def _environnement(espace: Espace) -> Iterator[None]:
    """Ce que les noyaux héritent : leur espace et aucun envoi de mesure."""
    voulu = {
        VARIABLE_ESPACE: str(espace.racine),
        "GX_ANALYTICS_ENABLED": "false",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }
    avant = {nom: os.environ.get(nom) for nom in voulu}
    os.environ.update(voulu)
    try:
        yield
    finally:
        for nom, valeur in avant.items():
            if valeur is None:
                os.environ.pop(nom, None)
            else:
                os.environ[nom] = valeur


def _rendre_un(
    espace: Espace, demande: ParametresRapport, juge: Verdict | ErreurObservatoire, atelier: Equipe, habits: _Habits
) -> ResultatRendu:
    """Rend un rapport ; toute erreur devient un résultat, pour que les autres continuent."""
    try:
        if isinstance(juge, ErreurObservatoire):
            raise juge
        if juge.etat == "bloque":
            return _rendre_bloque(espace, demande, juge, atelier)
        return _rendre_rapport(espace, demande, atelier, habits)
    except ErreurObservatoire as erreur:
        return _echec(demande.en_dict(), str(erreur))
    except Exception as erreur:
        return _echec(demande.en_dict(), expliquer(erreur))


def _rendre_rapport(espace: Espace, demande: ParametresRapport, atelier: Equipe, habits: _Habits) -> ResultatRendu:
    titre = titre_page(lire_service(espace, demande.service), demande.annee)
    rendu = _publier_carnet(espace, CARNET_RAPPORT, demande.en_dict(), demande.en_dict(), titre, atelier)
    ecrire_formats(espace, rendu.carnet, demande.en_dict(), habits.formats, modele=habits.modele)
    return replace(rendu, message=_annoncer(rendu.fiche))


def _rendre_document(espace: Espace, document: Document, atelier: Equipe, habits: _Habits) -> ResultatRendu:
    """Rend un document ; toute erreur devient un résultat, pour que les autres continuent."""
    identite = document.identite
    try:
        gardee = document.genre != QUALITE
        dits = _reprendre(espace, document)
        rendu = _publier_carnet(espace, document.carnet, document.parametres, identite, document.titre, atelier, gardee)
        rendu.fiche.update(genre=document.genre, titre=document.titre)
        if document.genre == QUALITE:  # cette page-là paraît quoi qu'elle dise du rapport
            rendu.fiche["etat"] = "publie"
            return replace(rendu, etat="publie")
        dits += ecrire_formats(espace, rendu.carnet, identite, habits.formats, document.genre, habits.modele)
        return replace(rendu, message=" ".join(filter(None, [*dits, _annoncer(rendu.fiche)])))
    except ErreurObservatoire as erreur:
        echec = _echec(identite, str(erreur))
    except Exception as erreur:
        echec = _echec(identite, expliquer(erreur))
    echec.fiche.update(genre=document.genre, titre=document.titre)
    return echec


def _reprendre(espace: Espace, document: Document) -> list[str]:
    """Garde ce que la fédération a écrit dans le Word déjà là, avant que la page ne l'imprime."""
    word = espace.dossier_rapports(document.diffusion, document.annee) / f"{document.nom}.docx"
    return reprendre_sur_place(espace, word, document.identite) if document.genre in GENRES_A_REMPLIR else []


def _annoncer(fiche: dict[str, Any]) -> str:
    """Ce qu'une page publiée porte de chiffres écrits à la main que ses tableaux contredisent."""
    from observatoire.commentaires import annoncer_contradictions

    return annoncer_contradictions(fiche)


def _publier_carnet(
    espace: Espace,
    nom: str,
    parametres: dict[str, Any],
    identite: dict[str, Any],
    titre: str,
    atelier: Equipe,
    gardee: bool = True,
) -> ResultatRendu:
    """Exécute un carnet, publie sa page, range sa table protégée et rend sa fiche pour le manifeste.

    `gardee` : si l'édition publiée est rangée pour que la suivante dise ce qui a changé.
    """
    diffusion = identite["diffusion"]
    base = espace.dossier_rapports(diffusion, identite["annee"]) / identite["service"]
    carnet, execute = executer_carnet(espace, nom, parametres, base.with_suffix(".ipynb"), atelier)
    html = publier(carnet, base.with_suffix(".html"), titre, diffusion)
    lue = dict(lire_fiche(execute))
    table = lue.pop("table")
    csv = ecrire_atomique(base.with_suffix(".csv"), table)
    etat = ETATS[lue.pop("etat")]
    if gardee:
        lue.setdefault("sources", sources_document(espace, parametres, set(lire_table(table)["service"])))
        lue["edition"] = garder(espace, identite, lue, table)
    fiche = {**lue, **_identite(espace, identite, etat, html), "table": csv.relative_to(espace.rapports).as_posix()}
    return ResultatRendu(**identite, etat=etat, html=html, carnet=carnet, table=csv, fiche=fiche)


def _rendre_bloque(espace: Espace, demande: ParametresRapport, juge: Verdict, atelier: Equipe) -> ResultatRendu:
    """La page de qualité prend la place du rapport ; une table d'un rendu passé n'y survit pas."""
    base = espace.dossier_rapports(demande.diffusion, demande.annee) / demande.service
    fiche_service = lire_service(espace, demande.service)
    carnet, _ = executer_carnet(espace, CARNET_QUALITE, demande.en_dict(), base.with_suffix(".ipynb"), atelier)
    html = publier(carnet, base.with_suffix(".html"), titre_page(fiche_service, demande.annee), demande.diffusion)
    for perime in ("csv", *FORMATS[1:]):
        base.with_suffix(f".{perime}").unlink(missing_ok=True)
    message = juge.bloquants[0].explication
    fiche = {
        **_identite(espace, demande.en_dict(), "bloque", html),
        "empreinte": empreinte_donnees(espace, fiche_service),
        "sources": sources_document(espace, demande.en_dict(), ()),
        "message": message,
    }
    return ResultatRendu(**demande.en_dict(), etat="bloque", html=html, carnet=carnet, message=message, fiche=fiche)


def _echec(identite: dict[str, Any], message: str) -> ResultatRendu:
    fiche = {**identite, "etat": "erreur", "message": message}
    return ResultatRendu(**identite, etat="erreur", message=message, fiche=fiche)


def _identite(espace: Espace, identite: dict[str, Any], etat: str, html: Path) -> dict[str, Any]:
    return {**identite, "etat": etat, "html": html.relative_to(espace.rapports).as_posix()}


# Carnets


def executer_carnet(
    espace: Espace, nom: str, parametres: dict[str, Any], cible: Path, atelier: Equipe
) -> tuple[Path, Any]:
    """Exécute un carnet par papermill, dans un travailleur de l'équipe, et l'écrit d'un seul geste.

    Rend le fichier écrit et le carnet lui-même. Lève `ErreurObservatoire` si l'espace n'a pas ce carnet, et
    l'erreur du carnet s'il en échoue une cellule.
    """
    import nbformat

    source = espace.ressource(f"notebooks/{nom}")
    if not source.is_file():
        raise ErreurObservatoire(f"Le carnet notebooks/{nom} manque.", "Recréez-le avec « observatoire init ».")
    execute = _sans_traces(nbformat.reads(atelier.executer(source, parametres), as_version=4))
    return ecrire_atomique(cible, nbformat.writes(execute) + "\n"), execute


def _sans_traces(carnet: Any) -> Any:
    """Retire les heures, les durées, les chemins et les identifiants de hasard : mêmes données, mêmes octets."""
    carnet.metadata.pop("papermill", None)
    for rang, cellule in enumerate(carnet.cells):
        cellule["id"] = f"cellule-{rang:02d}"
        for trace in ("papermill", "execution", "exec_info"):
            cellule.metadata.pop(trace, None)
    return carnet


_CITATION = re.compile(r'"[^"]*"|(?<!\w)\'[^\']*\'(?!\w)|`[^`]*`|\[[^\]]*\]|\([^)]*\)')


def expliquer(erreur: Exception) -> str:
    """La dernière ligne utile d'une erreur, sans trace d'exécution.

    Un message qui n'est pas de nous peut citer une donnée (une clé absente, une date illisible) : ce qu'il cite
    est tu, car le manifeste le garde.
    """
    nom, valeur = getattr(erreur, "ename", ""), getattr(erreur, "evalue", "")
    texte = f"{valeur or erreur}".strip()
    if nom.startswith("Erreur") or nom == "RapportBloque":
        return (texte or nom).splitlines()[0]
    espece = nom or type(erreur).__name__
    if espece == "KeyError":  # son message n'est que la valeur
        return f"{espece} : une clé attendue manque."
    return f"{espece} : {_CITATION.sub('…', texte).splitlines()[0]}" if texte else espece
