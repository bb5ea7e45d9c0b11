"""Les dérogations : un échec connu et admis, jusqu'à un jour dit.

`data/derogations.toml` liste des `[[derogation]]` : la règle, le service, l'année ou la période, le motif, la
fonction de qui a décidé et le jour d'expiration. Une dérogation lève l'effet de l'échec, pas l'échec : le rapport
l'imprime, et la règle s'applique à nouveau dès le lendemain de l'expiration. Une règle structurelle (table
absente, clé vide ou en double) ne se lève pas. Le fichier se lit à chaque verdict : il n'y a rien à recalculer.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from observatoire.erreurs import ErreurDefinition, ErreurObservatoire, defaut_toml, suggestion
from observatoire.espace import Espace
from observatoire.nettoyage.personnel import FORMES
from observatoire.periode import Periode
from observatoire.qualite.suites import Regle, lire_suites
from observatoire.restitution.locale import enumeration, jour
from observatoire.services import Service, exiger_annee, lire_service

if TYPE_CHECKING:
    from observatoire.qualite.verdict import Verdict

FICHIER = "derogations.toml"
TABLEAU = "derogation"
EN_VIGUEUR, SANS_EFFET, EXPIREE = "en vigueur", "sans effet", "expirée"
TEXTES = ("regle", "service", "motif", "fonction")
CLES = (*TEXTES, "annee", "periode", "expire")

# Un mot qui commence ainsi dit une fonction ou une instance, et non le nom d'une personne.
_FONCTION = re.compile(
    r"direct|chef|coord|resp|referent|gestion|charge|delegu|president|secret|comit|conseil|bureau|commission|copil|pilot"
    r"|admin|cadre|adjoint|pole|service|mission|qualite|observatoire|analyst|statist|assembl|instance|equipe|dsi|dpo"
    r"|donnees|animat|travail|social|insertion|hebergement|logement|financeur|departement"
)
_NOM_PROPRE = re.compile(
    r"[^\W\d_a-zà-ÿ][\w'’-]+(?:\s+(?:(?:d[eu]|des|la|le|ben|el|van|von)\s+|d['’])*[^\W\d_a-zà-ÿ][\w'’-]+){1,3}"
)


@dataclass(frozen=True)
class Derogation:
    """Une dérogation lue du fichier.

    `annees` : celles du service qu'elle couvre entières ; `periode` : ce que le fichier en dit, en français ;
    `expire` : son dernier jour ; `ligne` : où elle est écrite (0 si le fichier ne le dit pas).
    """

    regle: str
    service: str
    annees: tuple[int, ...]
    motif: str
    fonction: str
    expire: date
    periode: str = ""
    ligne: int = field(default=0, compare=False)

    def en_vigueur(self, au: date) -> bool:
        """Vrai jusqu'au jour d'expiration compris."""
        return au <= self.expire

    def couvre(self, regle: str, service: str, annee: int) -> bool:
        """Vrai si elle porte sur cette règle, ce service et cette année, expirée ou non."""
        return (self.regle, self.service) == (regle, service) and annee in self.annees

    @property
    def phrase(self) -> str:
        """Ce que le rapport imprime : jusqu'à quand, qui a décidé, pourquoi."""
        return f"Dérogation jusqu'au {jour(self.expire)}, décidée par : {self.fonction}. Motif : {_finir(self.motif)}"


@dataclass(frozen=True)
class Suivi:
    """Où en est une dérogation pour un verdict.

    `etat` : « en vigueur » (elle lève un échec), « sans effet » (la règle est respectée, elle peut être retirée) ou
    « expirée » ; `en_echec` : la règle échoue, que la dérogation la lève ou non.
    """

    derogation: Derogation
    etat: str
    en_echec: bool
    explication: str

    @property
    def phrase(self) -> str:
        """L'état de la dérogation en une phrase."""
        d = self.derogation
        if self.etat == EN_VIGUEUR:
            return d.phrase
        if self.etat == SANS_EFFET:
            return f"La règle est respectée : la dérogation accordée jusqu'au {jour(d.expire)} peut être retirée."
        suite = "la règle s'applique à nouveau" if self.en_echec else "la règle est respectée"
        return f"Dérogation expirée depuis le {jour(d.expire)} : {suite}. Motif d'alors : {_finir(d.motif)}"


def fichier_derogations(espace: Espace) -> Path:
    """Le fichier des dérogations d'un espace ; il peut ne pas exister."""
    return espace.donnees / FICHIER


def lire_derogations(espace: Espace) -> tuple[Derogation, ...]:
    """Les dérogations de l'espace, dans l'ordre du fichier ; aucune s'il n'y a pas de fichier.

    Lève `ErreurDefinition`, qui nomme le fichier et la ligne : TOML illisible, clé inconnue ou absente, règle ou
    service inconnus (avec suggestion), règle structurelle, période sans année entière, date mal écrite, personne
    nommée ou joignable dans `motif` ou `fonction`.
    """
    fichier = fichier_derogations(espace)
    if not fichier.is_file():
        return ()
    brutes, lignes = _lire_toml(fichier)
    regles = {r.regle: r for suite in lire_suites(espace).values() for r in suite}
    services: dict[str, Service] = {}
    return tuple(
        _derogation(espace, _Lieu(fichier, rang, lignes), brute, regles, services)
        for rang, brute in enumerate(brutes, start=1)
    )


def deroger(verdict: Verdict, derogations: Iterable[Derogation], au: date) -> Verdict:
    """Le même verdict, chaque échec que couvre une dérogation en vigueur `au` jour dit portant sa phrase.

    Une règle structurelle ou respectée n'en porte jamais ; une dérogation posée plus tôt et expirée s'efface. Quand
    plusieurs couvrent le même échec, celle qui expire la dernière est dite.
    """
    vigueur = sorted((d for d in derogations if d.en_vigueur(au)), key=lambda d: d.expire, reverse=True)
    resultats = []
    for resultat in verdict.resultats:
        couvrantes = (d for d in vigueur if d.couvre(resultat.regle, verdict.service, verdict.annee))
        levable = not (resultat.reussie or resultat.structurelle)
        choisie = next(couvrantes, None) if levable else None
        resultats.append(replace(resultat, derogation=choisie.phrase if choisie else ""))
    return replace(verdict, resultats=tuple(resultats))


def suivre(verdict: Verdict, derogations: Iterable[Derogation], au: date) -> tuple[Suivi, ...]:
    """L'état, au jour dit, de chaque dérogation qui porte sur ce service et cette année, expirées comprises.

    Une dérogation expirée qu'une autre, en vigueur, renouvelle n'est plus listée. Une règle que le verdict n'a pas
    jugée (colonne non reçue) compte comme respectée.
    """
    resultats = {r.regle: r for r in verdict.resultats}
    concernees = [d for d in derogations if d.couvre(d.regle, verdict.service, verdict.annee)]
    renouvelees = {d.regle for d in concernees if d.en_vigueur(au)}
    suivis = []
    for derogation in concernees:
        vaut = derogation.en_vigueur(au)
        if not vaut and derogation.regle in renouvelees:
            continue
        resultat = resultats.get(derogation.regle)
        en_echec = resultat is not None and not resultat.reussie
        etat = (EN_VIGUEUR if en_echec else SANS_EFFET) if vaut else EXPIREE
        suivis.append(Suivi(derogation, etat, en_echec, resultat.explication if resultat else ""))
    return tuple(suivis)


def empreinte_derogations(derogations: Iterable[Derogation], service: str, annee: int, au: date) -> str:
    """Ce qui change quand les dérogations d'un service et d'une année changent, ou que l'une expire."""
    textes = sorted(
        f"{d.regle}\0{d.expire}\0{d.en_vigueur(au)}\0{d.motif}\0{d.fonction}"
        for d in derogations
        if d.couvre(d.regle, service, annee)
    )
    return hashlib.sha256("\n".join(textes).encode()).hexdigest() if textes else ""


# --- Lire le fichier -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Lieu:
    """Où se trouve une dérogation, pour la nommer dans une erreur."""

    fichier: Path
    rang: int
    lignes: Sequence[int]

    @property
    def ligne(self) -> int:
        # Un tableau écrit autrement que par [[derogation]] ne donne pas ses lignes.
        return self.lignes[self.rang - 1] if self.rang <= len(self.lignes) else 0

    def refuser(self, message: str, remede: str = "") -> ErreurDefinition:
        ou = f"ligne {self.ligne}" if self.ligne else f"dérogation {self.rang}"
        return ErreurDefinition(f"{self.fichier}, {ou} : {message}", remede)


def _lire_toml(fichier: Path) -> tuple[list[dict[str, Any]], list[int]]:
    """Les tableaux du fichier, et la ligne où chacun commence."""
    try:
        texte = fichier.read_text(encoding="utf-8-sig")
        brut = tomllib.loads(texte)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as erreur:
        raise ErreurDefinition(
            defaut_toml(fichier, erreur), "Les textes vont entre guillemets, les dates sans."
        ) from erreur
    for cle in brut:
        if cle != TABLEAU:
            raise ErreurDefinition(f"{fichier} : clé « {cle} » inconnue.", f"Écrivez [[{TABLEAU}]].")
    brutes = brut.get(TABLEAU, [])
    if not isinstance(brutes, list) or not all(isinstance(b, dict) for b in brutes):
        raise ErreurDefinition(f"{fichier} : « {TABLEAU} » n'est pas une liste.", f"Écrivez [[{TABLEAU}]].")
    lignes = [n for n, ligne in enumerate(texte.splitlines(), start=1) if re.match(rf"\s*\[\[\s*{TABLEAU}\s*]]", ligne)]
    return brutes, lignes if len(lignes) == len(brutes) else []


def _derogation(
    espace: Espace, lieu: _Lieu, brute: Mapping[str, Any], regles: Mapping[str, Regle], services: dict[str, Service]
) -> Derogation:
    _exiger_cles(lieu, brute)
    textes = {cle: _texte(lieu, cle, brute[cle]) for cle in TEXTES}
    _exiger_levable(lieu, textes["regle"], regles)
    if textes["service"] not in espace.services():
        connus = espace.services()
        aide = f"{suggestion(textes['service'], connus)} Services déclarés : {', '.join(connus)}.".strip()
        raise lieu.refuser(f"service « {textes['service']} » inconnu.", aide)
    _exiger_anonyme(lieu, "motif", textes["motif"])
    _exiger_anonyme(lieu, "fonction", textes["fonction"])
    _exiger_fonction(lieu, textes["fonction"])
    id_service = textes["service"]
    service = services.setdefault(id_service, lire_service(espace, id_service))
    annees, periode = _annees(lieu, brute, service)
    expire = _jour(lieu, "expire", brute["expire"])
    return Derogation(**textes, annees=annees, periode=periode, expire=expire, ligne=lieu.ligne)


def _exiger_cles(lieu: _Lieu, brute: Mapping[str, Any]) -> None:
    for cle in brute:
        if cle not in CLES:
            raise lieu.refuser(f"clé « {cle} » inconnue.", suggestion(cle, CLES) or f"Clés : {', '.join(CLES)}.")
    absentes = [cle for cle in (*TEXTES, "expire") if cle not in brute]
    if absentes:
        raise lieu.refuser(f"il manque {enumeration(absentes)}.", "Une dérogation dit tout, ou elle n'est pas reçue.")
    if ("annee" in brute) == ("periode" in brute):
        raise lieu.refuser(
            "il faut « annee » ou « periode », et une seule des deux.",
            "Écrivez annee = 2022, ou periode = { debut = 2021-01-01, fin = 2022-12-31 }.",
        )


def _texte(lieu: _Lieu, cle: str, valeur: Any) -> str:
    texte = " ".join(valeur.split()) if isinstance(valeur, str) else ""
    if not texte:
        raise lieu.refuser(f"{cle} = {valeur!r} n'est pas un texte.", "Écrivez-le entre guillemets.")
    return texte


def _exiger_levable(lieu: _Lieu, nom: str, regles: Mapping[str, Regle]) -> None:
    if nom not in regles:
        aide = suggestion(nom, regles) or "Les règles sont listées dans expectations/<table>.json."
        raise lieu.refuser(f"règle « {nom} » inconnue.", aide)
    if regles[nom].structurelle:
        raise lieu.refuser(
            f"la règle « {nom} » est structurelle : elle ne se lève pas.",
            f"Sans elle aucun chiffre n'est juste. {regles[nom].remede}",
        )


def _exiger_anonyme(lieu: _Lieu, cle: str, texte: str) -> None:
    """Refuse ce qui désigne une personne ; le message ne répète pas le texte."""
    for quoi, motif in FORMES.items():
        if pl.select(pl.lit(texte).str.contains(motif)).item():
            raise lieu.refuser(
                f"{cle} semble porter une donnée personnelle ({quoi}).",
                "Le rapport l'imprime : écrivez une fonction et une raison, jamais une personne ni ses coordonnées.",
            )


def _exiger_fonction(lieu: _Lieu, texte: str) -> None:
    for morceau in (m.strip() for m in re.split(r"[,;:/()–—]", texte)):
        mots = [_sans_accent(mot) for mot in re.split(r"[\s'’-]+", morceau)]
        if _NOM_PROPRE.fullmatch(morceau) and not any(_FONCTION.match(m) for m in mots):
            raise lieu.refuser(
                "« fonction » ressemble au nom d'une personne.",
                "Écrivez la fonction en minuscules : « directrice du pôle logement ».",
            )


def _sans_accent(mot: str) -> str:
    return unicodedata.normalize("NFD", mot.lower()).encode("ascii", "ignore").decode()


def _annees(lieu: _Lieu, brute: Mapping[str, Any], service: Service) -> tuple[tuple[int, ...], str]:
    """Les années couvertes, et ce que le fichier en dit."""
    if "annee" in brute:
        try:
            annee = exiger_annee(brute["annee"])
        except ErreurObservatoire as erreur:
            raise lieu.refuser(erreur.message, erreur.remede) from erreur
        return (annee,), str(annee)
    debut, fin = _bornes(lieu, brute["periode"])
    entieres = tuple(
        periode.annee
        for periode in (service.periode(a) for a in range(debut.year, fin.year + 2))
        if debut <= periode.debut and periode.dernier_jour <= fin
    )
    if not entieres:
        exemple = Periode.de_l_annee(fin.year, service.parametres.periode_debut)
        raise lieu.refuser(
            f"la période du {debut:%d/%m/%Y} au {fin:%d/%m/%Y} ne contient aucune année entière du service.",
            f"Un verdict juge une année entière, par exemple {exemple}.",
        )
    return entieres, f"du {jour(debut)} au {jour(fin)}"


def _bornes(lieu: _Lieu, valeur: Any) -> tuple[date, date]:
    if not isinstance(valeur, dict) or set(valeur) != {"debut", "fin"}:
        raise lieu.refuser("« periode » s'écrit { debut = …, fin = … }.", "debut et fin : premier et dernier jours.")
    debut, fin = (_jour(lieu, f"periode.{borne}", valeur[borne]) for borne in ("debut", "fin"))
    if fin < debut:
        raise lieu.refuser(f"la période finit le {fin:%d/%m/%Y}, avant d'avoir commencé.", "Échangez les deux dates.")
    return debut, fin


def _jour(lieu: _Lieu, cle: str, valeur: Any) -> date:
    if isinstance(valeur, datetime) or not isinstance(valeur, date) or not 1990 <= valeur.year <= 2100:
        raise lieu.refuser(
            f"{cle} = {valeur!s} n'est pas une date.", "Écrivez AAAA-MM-JJ, sans guillemets : 2023-06-30."
        )
    return valeur


def _finir(texte: str) -> str:
    return texte if texte.endswith((".", "!", "?", "…")) else f"{texte}."
