"""Les portails et le manifeste : ce qui est publié, dans quel état, de quelles données, et ce qui vient de changer.

    reports/index.html            le portail interne : tout
    reports/public/index.html     le portail public : ses seuls rapports, sans lien vers ce qui est interne
    reports/glossaire.html        les définitions, leurs versions et qui les imprime ; le public a le sien
    reports/manifeste.json        ce que disent les portails, pour une machine ; le public a le sien

Le dossier `reports/public` se suffit : il se dépose tel quel sur un site.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, time
from pathlib import PurePosixPath
from typing import Any

from markupsafe import Markup

from observatoire.campagne.donnees import ancre
from observatoire.campagne.editions import DEFINITIONS, DEROGATIONS, DONNEES, LOGICIEL, REGLAGES
from observatoire.campagne.fraicheur import Fraicheur
from observatoire.campagne.glossaire import page_glossaire
from observatoire.campagne.habillage import ressources_portail
from observatoire.campagne.recherche import index_recherche
from observatoire.erreurs import ErreurObservatoire
from observatoire.espace import Espace
from observatoire.restitution import locale
from observatoire.restitution.figure import json_sur
from observatoire.restitution.gabarit import ecrire_atomique, rendre_gabarit
from observatoire.services import lire_service

VERSION_MANIFESTE = 2
LIBELLES_ETATS = {
    "publie": "publié",
    "partiel": "parties retenues",
    "bloque": "bloqué",
    "erreur": "en erreur",
    "perime": "périmé",
    "absent": "absent",
}
GENRES = {"synthese": "Synthèses", "cahier": "Cahiers régionaux", "plan": "Plans d'action"}
_LIRE = {"synthese": "Lire la synthèse", "cahier": "Lire le cahier", "plan": "Lire le plan"}
QUALITE = "qualite"  # le genre des pages de contrôle, rangées avec leur service et non parmi les documents
INTERNE, PUBLIC = "interne", "public"
FORMATS = {".docx": "Word", ".xlsx": "Excel", ".ods": "ODS", ".pdf": "PDF", ".csv": "CSV"}
CHANGEMENTS_MONTRES = 8
_CAUSES = {
    DONNEES: "données",
    DEROGATIONS: "dérogations",
    DEFINITIONS: "définitions",
    REGLAGES: "réglages",
    LOGICIEL: "logiciel",
}
_NOMS = {
    "": ("rapport", "rapports"),
    "cahier": ("cahier régional", "cahiers régionaux"),
    "plan": ("plan d'action", "plans d'action"),
    "synthese": ("synthèse", "synthèses"),
    QUALITE: ("page de qualité", "pages de qualité"),
}
_CHAPEAUX = {
    INTERNE: "Sans masquage : ces rapports ne sortent pas de l'association et de ses financeurs.",
    PUBLIC: "Les petits effectifs y sont masqués : ces rapports peuvent circuler.",
}


def lire_manifeste(espace: Espace) -> dict[str, Any]:
    """Le manifeste de l'espace ; vide s'il n'existe pas ou ne se lit pas."""
    try:
        lu = json.loads((espace.rapports / "manifeste.json").read_text(encoding="utf-8"))
        return lu if isinstance(lu.get("rapports"), list) else {"rapports": []}
    except (OSError, ValueError, AttributeError):
        return {"rapports": []}


def rapports_internes(espace: Espace, service: str, annees: Iterable[int]) -> tuple[str, ...]:
    """Les pages internes déjà rendues de ces années qui lisent un service : rapport, synthèse, cahier, plan.

    Chemins depuis `reports/`, triés, lus au manifeste.
    """
    voulues = set(annees)
    return tuple(
        sorted(
            f["html"]
            for f in lire_manifeste(espace)["rapports"]
            if f.get("html")
            and f["diffusion"] == INTERNE
            and f["annee"] in voulues
            and (f["service"] == service or service in (f.get("sources") or ()))
        )
    )


def ecrire_portail(espace: Espace, fiches: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Ajoute les fiches au manifeste, puis récrit les manifestes, les portails et leurs glossaires.

    Une fiche remplace celle du même service, de la même année et de la même diffusion. Un rapport dont la
    page a disparu quitte le manifeste. Rend les fiches retenues, triées.
    """
    toutes = {_cle(f): f for f in lire_manifeste(espace)["rapports"]}
    toutes.update({_cle(f): f for f in fiches})
    retenues = [f for _, f in sorted(toutes.items()) if _existe(espace, f)]
    fraicheur = Fraicheur(espace)
    datees = [{**f, "perime": fraicheur.raison(f)} for f in retenues]
    publiques = [_publique(f) for f in datees if f["diffusion"] == PUBLIC]
    _ecrire(espace, "", retenues, datees, INTERNE)
    if publiques or (espace.rapports / PUBLIC / "index.html").exists():
        _ecrire(espace, PUBLIC, [_publique(f) for f in retenues if f["diffusion"] == PUBLIC], publiques, PUBLIC)
    return retenues


def rafraichir_portail(espace: Espace) -> bool:
    """Récrit les portails d'un espace dont les données viennent de bouger ; faux s'il n'en a pas encore."""
    if not (espace.rapports / "manifeste.json").is_file():
        return False
    ecrire_portail(espace, [])
    return True


def _ecrire(
    espace: Espace, dossier: str, fiches: list[dict[str, Any]], datees: list[dict[str, Any]], diffusion: str
) -> None:
    racine = espace.rapports / dossier
    manifeste = {"version": VERSION_MANIFESTE, "rapports": fiches}
    texte = json.dumps(manifeste, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    ecrire_atomique(racine / "manifeste.json", texte)
    ecrire_atomique(racine / "index.html", page_portail(espace, datees, diffusion))
    ecrire_atomique(racine / "glossaire.html", page_glossaire(_imprimeurs(espace, datees), diffusion))


def _cle(fiche: dict[str, Any]) -> tuple[str, int, str]:
    return fiche["service"], fiche["annee"], fiche["diffusion"]


def _existe(espace: Espace, fiche: dict[str, Any]) -> bool:
    return fiche["etat"] == "erreur" or (espace.rapports / fiche["html"]).is_file()


def _publique(fiche: dict[str, Any]) -> dict[str, Any]:
    """La fiche telle que le dossier public la porte : chemins relatifs à lui, sans message d'erreur technique."""
    copie = {c: v.removeprefix(f"{PUBLIC}/") if c in ("html", "table") else v for c, v in fiche.items()}
    if fiche["etat"] == "erreur":
        copie["message"] = "Ce rapport n'a pas pu être rendu."
    return copie


def _imprimeurs(espace: Espace, fiches: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    """Indicateur → libellés courts des services qui l'impriment."""
    noms: dict[str, set[str]] = {}
    for fiche in fiches:
        if not fiche.get("genre"):
            court = _fiche_service(espace, fiche["service"])["court"]
            for indicateur in (fiche.get("versions") or {}).get("definitions") or {}:
                noms.setdefault(indicateur, set()).add(court)
    return {indicateur: sorted(services) for indicateur, services in noms.items()}


# --- La page --------------------------------------------------------------------------------------------------


def page_portail(espace: Espace, fiches: Sequence[dict[str, Any]], diffusion: str = INTERNE) -> str:
    """La page d'accueil d'une diffusion : recherche, derniers changements, documents d'ensemble, services par année.

    `fiches` : celles du manifeste, chacune avec ce qui la périme (`perime`). Le portail interne montre aussi la
    version publique de chaque rapport ; le public n'a que les siennes.
    """
    controles = [f for f in fiches if f.get("genre") == QUALITE]
    rapports = [f for f in fiches if not f.get("genre")]
    documents = [f for f in fiches if f.get("genre") in GENRES]
    lecture = _Lecture(espace, diffusion)
    return rendre_gabarit(
        "portail.html.j2",
        page=ressources_portail("Observatoire — rapports d'activité", diffusion),
        diffusion=diffusion,
        chapeau=locale.typographie(_CHAPEAUX[diffusion]),
        public_aussi=diffusion == INTERNE and any(f["diffusion"] == PUBLIC for f in fiches),
        etats=_comptes([*rapports, *documents]),
        changements=_changements(lecture, [*rapports, *documents]),
        documents=_documents(lecture, documents),
        associations=_associations(lecture, rapports, controles),
        resume=_resume(rapports, documents),
        index=Markup(json_sur(index_recherche([(f, lecture.nom(f)) for f in [*rapports, *documents]]))),
    )


class _Lecture:
    """Ce qu'il faut pour écrire les liens d'un portail : où sont les fichiers, et le nom des services."""

    def __init__(self, espace: Espace, diffusion: str) -> None:
        self.diffusion, self._espace = diffusion, espace
        self._racine = espace.rapports / (PUBLIC if diffusion == PUBLIC else "")
        self._services: dict[str, dict[str, str]] = {}

    def service(self, nom: str) -> dict[str, str]:
        if nom not in self._services:
            self._services[nom] = _fiche_service(self._espace, nom)
        return self._services[nom]

    def nom(self, fiche: Mapping[str, Any]) -> str:
        """« CLLAJ », « Pays de la Loire — hébergement »."""
        return _sujet(fiche) if fiche.get("genre") else self.service(fiche["service"])["court"]

    def version(self, fiche: Mapping[str, Any], seule: bool) -> dict[str, Any]:
        """Un rapport à lire : son lien, et ses autres formats s'ils sont à côté de la page."""
        adresse = fiche.get("html", "")
        bloque = "Voir les contrôles" if fiche["etat"] == "bloque" else _LIRE.get(fiche.get("genre"), "Lire le rapport")
        nom = bloque if seule else "Version publique" if fiche["diffusion"] == PUBLIC else "Version interne"
        page = PurePosixPath(adresse)
        formats = [
            {"nom": libelle, "adresse": page.with_suffix(suffixe).as_posix()}
            for suffixe, libelle in FORMATS.items()
            if adresse and self._du_meme_rendu(page, page.with_suffix(suffixe))
        ]
        return {"nom": nom, "adresse": adresse, "formats": formats, "etat": fiche["etat"]}

    def _du_meme_rendu(self, page: PurePosixPath, voisin: PurePosixPath) -> bool:
        """Vrai si le fichier voisin est là et suit la page : un Word laissé par un rendu plus ancien ne se lit pas."""
        fichiers = [self._racine / page, self._racine / voisin]
        if not all(f.is_file() for f in fichiers):
            return False
        de_la_page, du_voisin = (f.stat().st_mtime_ns for f in fichiers)
        return du_voisin >= de_la_page


def _fiche_service(espace: Espace, service: str) -> dict[str, str]:
    try:
        fiche = lire_service(espace, service)
    except ErreurObservatoire:  # un service retiré de l'espace garde ses rapports
        return {"libelle": service, "court": service, "association": "", "territoire": "", "type": ""}
    libelle, association = (locale.typographie(t) for t in (fiche.libelle, fiche.association))
    return {
        "libelle": libelle,
        "court": fiche.libelle_court,
        "association": association,
        "territoire": locale.typographie(fiche.territoire),
        "type": fiche.type_service,
    }


def _resume(rapports: Sequence[Mapping[str, Any]], documents: Sequence[Mapping[str, Any]]) -> str:
    """« 84 rapports de 24 services, 6 cahiers régionaux et 5 synthèses, de 2017 à 2022. »"""
    toutes = [*rapports, *documents]
    if not toutes:
        return "Aucun rapport rendu pour l'instant."
    comptes = denombrer(toutes)
    if rapports:
        comptes[0] += f" de {_compte(len({f['service'] for f in rapports}), 'service', 'services')}"
    annees = sorted({f["annee"] for f in toutes})
    quand = f"de {annees[0]} à {annees[-1]}" if len(annees) > 1 else f"pour {annees[0]}"
    return locale.majuscule(f"{locale.enumeration(comptes)}, {quand}.")


def denombrer(fiches: Iterable[Mapping[str, Any]]) -> list[str]:
    """« 31 rapports », « 6 cahiers régionaux »… : un compte par genre, les deux diffusions d'un même pour un.

    `fiches` : celles du manifeste ; seuls y sont lus le genre, le nom et l'année.
    """
    distincts = {(f.get("genre") or "", f["service"], f["annee"]) for f in fiches}
    nombres = {genre: sum(d[0] == genre for d in distincts) for genre in _NOMS}
    return [_compte(n, *_NOMS[genre]) for genre, n in nombres.items() if n]


def _compte(nombre: int, un: str, plusieurs: str) -> str:
    return f"{locale.nombre(nombre)}{locale.INSECABLE}{locale.pluriel(nombre, un, plusieurs)}"


def _comptes(fiches: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Les rapports et documents par état, ceux qui existent seulement ; un périmé compte aussi dans son état."""
    par_couple = _par(fiches, lambda f: (f["service"], f["annee"]))
    tetes = [_tete(memes) for memes in par_couple.values()]
    nombres = {etat: sum(f["etat"] == etat for f in tetes) for etat in LIBELLES_ETATS}
    nombres["perime"] = sum(bool(f.get("perime")) for f in tetes)
    return [{"etat": e, "libelle": LIBELLES_ETATS[e], "nombre": n} for e, n in nombres.items() if n]


def _tete(fiches: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """De plusieurs diffusions d'un même rapport, celle dont on dit l'état : l'interne, qui a tout."""
    return min(fiches, key=lambda f: f["diffusion"] != INTERNE)


def _changements(lecture: _Lecture, fiches: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Les dernières éditions, de la plus récente à la plus ancienne ; les premières d'un même jour sont réunies.

    L'heure se dit quand deux éditions d'un même document sont du même jour.
    """
    datees = [f for f in fiches if f.get("edition") and f["diffusion"] == lecture.diffusion and f.get("html")]
    refaites = [f for f in datees if f["edition"].get("precedente")]
    lignes = [
        {
            "jour": _quand(f["edition"], "date", "heure"),
            "date": f["edition"]["date"],
            "tri": f["edition"]["date"] + f["edition"].get("heure", ""),
            "sujet": f"{lecture.nom(f)} {f['annee']}",
            "adresse": f"{f['html']}#changements",
            "texte": locale.typographie(_ampleur(f["edition"])),
        }
        for f in refaites
    ]
    for jour, memes in _par([f for f in datees if f not in refaites], lambda f: f["edition"]["date"]).items():
        nombre = len(memes)
        texte = f"{locale.nombre(nombre)} premières éditions." if nombre > 1 else "Une première édition."
        quand = locale.jour(date.fromisoformat(jour))
        lignes.append({"jour": quand, "date": jour, "tri": jour, "sujet": "", "adresse": "", "texte": texte})
    return sorted(lignes, key=lambda ligne: ligne["tri"], reverse=True)[:CHANGEMENTS_MONTRES]


def _quand(edition: Mapping[str, Any], cle_jour: str, cle_heure: str) -> str:
    """« 12 janvier 2026 », avec l'heure si l'édition et celle qu'elle remplace sont du même jour."""
    dit = locale.jour(date.fromisoformat(edition[cle_jour]))
    if edition["date"] == edition.get("precedente") and (heure := edition.get(cle_heure)):
        return f"{dit} à {locale.heure(time.fromisoformat(heure))}"
    return dit


def _ampleur(edition: Mapping[str, Any]) -> str:
    """« 14 chiffres ont changé depuis l'édition du 12 janvier 2026 (données, définitions). »"""
    nombre = edition.get("cellules", 0)
    quoi = {0: "aucun chiffre n'a changé", 1: "un seul chiffre a changé"}.get(
        nombre, f"{locale.nombre(nombre)} chiffres ont changé"
    )
    causes = [_CAUSES[c] for c in edition.get("causes", ()) if c in _CAUSES]
    suite = f" ({', '.join(causes)})" if causes else ""
    return f"{quoi} depuis l'édition du {_quand(edition, 'precedente', 'precedente_heure')}{suite}."


def _documents(lecture: _Lecture, fiches: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Les documents d'ensemble, par genre ; un document et ses années font une ligne."""
    genres = []
    for genre, titre in GENRES.items():
        du_genre = [f for f in fiches if f["genre"] == genre]
        lignes = []
        for memes in _par(du_genre, lambda f: f["service"]).values():
            annees = _par(memes, lambda f: f["annee"])
            cases = [_case(lecture, annees[a], a) for a in sorted(annees)]
            _plier(cases)
            sujet = locale.typographie(_sujet(memes[0]))
            nom = memes[0]["service"]
            lignes.append({"nom": nom, "libelle": sujet, "cases": cases, "etats": _etats(cases), "genre": titre})
        if lignes:
            genres.append({"titre": titre, "lignes": lignes})
    return genres


def _sujet(fiche: Mapping[str, Any]) -> str:
    """Le titre d'un document sans son année ni son genre, que la rubrique dit déjà : « Pays de la Loire »."""
    titre = re.sub(rf"\s*\b{fiche['annee']}\b", "", fiche.get("titre") or fiche["service"])
    sujet, _, suite = titre.partition(" — ")
    precision = suite.partition(", ")[2]
    return f"{sujet}{f' — {precision}' if precision else ''}"


def _associations(
    lecture: _Lecture, fiches: Sequence[dict[str, Any]], controles: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Les rapports de service, par association : ses services en lignes, ses années en colonnes.

    `controles` : les pages de qualité ; la plus récente d'un service se lit sous son nom.
    """
    qualite = {f["service"]: f.get("html", "") for f in sorted(controles, key=lambda f: f["annee"])}
    rangees = []
    for association, siennes in sorted(_par(fiches, lambda f: lecture.service(f["service"])["association"]).items()):
        annees = sorted({f["annee"] for f in siennes}, reverse=True)
        par_service = _par(siennes, lambda f: f["service"])
        lignes = []
        for nom in sorted(par_service, key=lambda s: lecture.service(s)["libelle"]):
            index = _par(par_service[nom], lambda f: f["annee"])
            cases = [_case(lecture, index.get(annee, []), annee) for annee in annees]
            lignes.append(
                {
                    **lecture.service(nom),
                    "nom": nom,
                    "qualite": qualite.get(f"{QUALITE}_{nom}", ""),
                    "cases": cases,
                    "etats": _etats(cases),
                }
            )
        ancre_association = f"a-{ancre(association)}"
        rangees.append({"titre": association, "ancre": ancre_association, "annees": annees, "lignes": lignes})
    for cases in [ligne["cases"] for rangee in rangees for ligne in rangee["lignes"]]:
        _plier(cases)
    return rangees


def _plier(cases: Sequence[dict[str, Any]]) -> None:
    """Dit anciennes les années d'avant la dernière rendue : un téléphone les replie."""
    derniere = max((c["annee"] for c in cases if c["etat"] != "absent"), default=0)
    for case in cases:
        case["ancienne"] = case["annee"] < derniere


def _etats(cases: Iterable[Mapping[str, Any]]) -> str:
    """Les états d'une ligne, pour le filtre."""
    etats = {c["etat"] for c in cases} | {"perime" for c in cases if c["perime"]}
    return " ".join(e for e in LIBELLES_ETATS if e in etats)


def _case(lecture: _Lecture, fiches: Sequence[Mapping[str, Any]], annee: int) -> dict[str, Any]:
    """Un service et une année : l'état, le chiffre clé, ce qui périme, et chaque version à lire."""
    if not fiches:
        return {"annee": annee, "etat": "absent", "libelle_etat": LIBELLES_ETATS["absent"], **_VIDE}
    tete = _tete(fiches)
    autres = [f for f in fiches if f is not tete]
    lisibles = [f for f in (tete, *autres) if f.get("html")]
    return {
        "annee": annee,
        "etat": tete["etat"],
        "libelle_etat": LIBELLES_ETATS[tete["etat"]],
        "perime": locale.typographie(tete.get("perime") or next((f["perime"] for f in autres if f.get("perime")), "")),
        "cles": (tete.get("chiffres_cles") or [c for c in [tete.get("chiffre_cle")] if c])[:2],
        "message": locale.typographie(tete.get("message", "")),
        "versions": [lecture.version(f, len(lisibles) == 1) for f in lisibles],
    }


_VIDE: dict[str, Any] = {"perime": "", "cles": [], "message": "", "versions": []}


def _par(fiches: Iterable[Any], cle: Callable[[Any], Any]) -> dict[Any, list[Any]]:
    groupes: dict[Any, list[Any]] = {}
    for fiche in fiches:
        groupes.setdefault(cle(fiche), []).append(fiche)
    return groupes
