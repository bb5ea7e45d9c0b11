"""Le plan d'un ODS, lu dans `content.xml` par morceaux, sans le charger."""

from __future__ import annotations

import re
import zipfile
from html import unescape

from observatoire.collecte.entete import Fusion
from observatoire.collecte.plan import REMEDE_TROP_GRAND, TEXTE_MAXIMAL, Feuille, Plan, refuser_etendue
from observatoire.collecte.plan_xlsx import morceaux
from observatoire.erreurs import ErreurFichier

_BALISE = re.compile(
    rb"<(/?)table:(table|table-row|table-column|table-cell|covered-table-cell|null-date)(?=[\s/>])([^>]*?)(/?)>"
)
_ATTRIBUT = re.compile(rb"""([\w-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_ESPACES = re.compile(rb"""text:c\s*=\s*["'](\d+)["']""")
_ESPACES_MAXIMUM = 10_000
_MASQUEE = ("collapse", "filter")


def lire_plan_ods(archive: zipfile.ZipFile, nom: str) -> Plan:
    """Le plan d'un ODS. Lève `ErreurFichier` s'il est abîmé ou si l'ouvrir remplirait la mémoire."""
    lecteur = _Lecteur(nom)
    for xml in morceaux(archive, "content.xml", nom):
        lecteur.lire(xml)
    for info in archive.infolist():
        if info.filename in ("styles.xml", "META-INF/manifest.xml", "settings.xml"):
            for _ in morceaux(archive, info.filename, nom):
                pass
    return Plan(lecteur.feuilles, lecteur.date_1904)


class _Lecteur:
    """Suit les balises d'un ODS : où en sont la feuille, la ligne et la colonne."""

    def __init__(self, nom: str) -> None:
        self.nom, self.feuilles, self.date_1904 = nom, dict[str, Feuille](), False
        self.feuille = Feuille("")
        self.ligne = self.colonne = 1
        self.colonne_declaree = 1
        self.fois = 1  # répétitions de la ligne en cours
        self.derniere = 0  # dernière colonne remplie de la ligne en cours
        self.texte_ligne = self.texte_total = 0
        self.ouverte = 0  # répétitions de la cellule dont on lit le texte
        self.longueur = 0

    def lire(self, xml: bytes) -> None:
        for espaces in _ESPACES.findall(xml):
            if int(espaces) > _ESPACES_MAXIMUM:
                raise ErreurFichier(f"{self.nom} : une cellule contient {int(espaces)} espaces.", REMEDE_TROP_GRAND)
        position = 0
        for balise in _BALISE.finditer(xml):
            self.longueur += balise.start() - position
            position = balise.end()
            ferme, sorte, bruts, seule = balise.groups()
            attributs = {n.decode(): (d or s) for n, d, s in _ATTRIBUT.findall(bruts)}
            if ferme:
                self._fermer(sorte)
            else:
                self._ouvrir(sorte, attributs, bool(seule))
        self.longueur += len(xml) - position

    def _ouvrir(self, sorte: bytes, attributs: dict[str, bytes], seule: bool) -> None:
        if sorte == b"table":
            self.feuille = Feuille(unescape(attributs.get("name", b"").decode("utf-8", "replace")))
            self.feuilles[self.feuille.nom] = self.feuille
            self.ligne, self.colonne_declaree, self.texte_total = 1, 1, 0
        elif sorte == b"null-date":
            self.date_1904 = attributs.get("date-value", b"").startswith(b"1904")
        elif sorte == b"table-column":
            fois = _entier(attributs, "number-columns-repeated")
            if attributs.get("visibility", b"").decode() in _MASQUEE:
                fin = min(self.colonne_declaree + fois, 16_385)
                self.feuille.colonnes_masquees.update(range(self.colonne_declaree, fin))
            self.colonne_declaree += fois
        elif sorte == b"table-row":
            self.fois = _entier(attributs, "number-rows-repeated")
            self.colonne, self.derniere, self.texte_ligne = 1, 0, 0
            if attributs.get("visibility", b"").decode() in _MASQUEE:
                self.feuille.lignes_masquees.append((self.ligne, self.ligne + self.fois - 1))
            if seule:
                self._finir_ligne()
        else:
            self._cellule(attributs, seule)

    def _cellule(self, attributs: dict[str, bytes], seule: bool) -> None:
        fois = _entier(attributs, "number-columns-repeated")
        largeur, hauteur = _entier(attributs, "number-columns-spanned"), _entier(attributs, "number-rows-spanned")
        if largeur * hauteur > 1:
            self.feuille.fusions.append(
                Fusion(self.ligne, self.colonne, self.ligne + hauteur - 1, self.colonne + largeur - 1)
            )
        if "formula" in attributs and "value-type" not in attributs:
            self.feuille.jamais_calculees.append((self.ligne, self.colonne))
        if "value-type" in attributs or not seule:
            self.derniere = self.colonne + fois - 1
            self.texte_ligne += sum(map(len, attributs.values())) * fois
        self.colonne += fois
        self.ouverte, self.longueur = (0 if seule else fois), 0

    def _fermer(self, sorte: bytes) -> None:
        if sorte == b"table-row":
            self._finir_ligne()
        elif sorte.endswith(b"cell"):
            self.texte_ligne += self.longueur * self.ouverte
            self.ouverte = self.longueur = 0

    def _finir_ligne(self) -> None:
        if self.derniere:
            self.feuille.etendre(self.ligne + self.fois - 1, self.derniere)
            self.texte_total += self.texte_ligne * self.fois
            refuser_etendue(self.nom, self.feuille)
            if self.texte_total > TEXTE_MAXIMAL:
                raise ErreurFichier(
                    f"{self.nom}, feuille « {self.feuille.nom} » : plus de 1 Go de texte une fois ouverte.",
                    REMEDE_TROP_GRAND,
                )
        self.ligne += self.fois


def _entier(attributs: dict[str, bytes], nom: str) -> int:
    brut = attributs.get(nom, b"1")
    return max(1, int(brut)) if brut.isdigit() and len(brut) < 10 else 1
