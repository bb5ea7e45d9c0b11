"""Le PDF d'une page publiée : l'impression de Chromium, balisée, avec ses signets.

Le PDF est la page telle qu'un lecteur l'imprime depuis son navigateur : mêmes règles (`impression.css`), mêmes
cellules protégées. Rien n'est recalculé. Chromium est facultatif : sans lui, on imprime depuis un navigateur.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector
from typing import Any

from observatoire.erreurs import ErreurObservatoire
from observatoire.restitution.gabarit import ecrire_atomique

VARIABLE_CHROMIUM = "OBSERVATOIRE_CHROMIUM"
NOMS_CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
DELAI = 120.0
_OPTIONS = (
    "--headless",
    "--remote-debugging-pipe",
    "--disable-gpu",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-default-browser-check",
    "--no-first-run",
    "--hide-scrollbars",
    "--user-agent=observatoire",  # ce que le PDF donne pour son créateur
)
_IMPRESSION = {
    "preferCSSPageSize": True,
    "printBackground": True,
    "displayHeaderFooter": False,
    "generateTaggedPDF": True,
    "generateDocumentOutline": True,
}
# Un dessin est balisé comme une image, décrit par sa description. La figure qui le contient ne l'est pas :
# un lecteur d'écran s'arrêterait au texte de remplacement et tairait le tableau. Un lien vers un fichier voisin
# garderait l'adresse de cette machine : il redevient du texte.
_BALISES = """(() => {
  for (const lien of document.querySelectorAll("a[href]"))
    if (!/^(#|https?:|mailto:)/.test(lien.getAttribute("href"))) lien.removeAttribute("href");
  for (const figure of document.querySelectorAll("figure")) figure.setAttribute("role", "group");
  for (const dessin of document.querySelectorAll(".graphique [role=img]")) {
    const dite = dessin.closest("figure")?.querySelector("figcaption p")?.textContent;
    const texte = dite || dessin.getAttribute("aria-label");
    dessin.removeAttribute("role");
    dessin.removeAttribute("aria-label");
    for (const image of dessin.querySelectorAll(".fixe")) {
      image.removeAttribute("aria-hidden");
      const svg = image.querySelector("svg");
      if (!svg) continue;
      svg.setAttribute("role", "img");
      svg.setAttribute("aria-label", texte.trim());
    }
  }
})()"""


class ErreurImpression(ErreurObservatoire):
    """Chromium manque, ne démarre pas, ou n'imprime pas une page."""


def trouver_chromium(cherche: Callable[[str], str | None] = shutil.which) -> Path | None:
    """Le Chromium de cette machine, ou `None`.

    La variable OBSERVATOIRE_CHROMIUM passe avant la recherche ; lève `ErreurImpression` si elle ne désigne
    aucun programme. `cherche` rend le chemin d'un programme d'après son nom.
    """
    if voulu := os.environ.get(VARIABLE_CHROMIUM):
        if not (trouve := cherche(voulu)):
            raise ErreurImpression(
                f"{VARIABLE_CHROMIUM} vaut « {voulu} », qui n'est pas un programme exécutable.",
                "Donnez le chemin complet de Chromium, de Chrome ou d'Edge, ou retirez cette variable.",
            )
        return Path(trouve)
    return next((Path(trouve) for nom in NOMS_CHROMIUM if (trouve := cherche(nom))), None)


def imprimer(pages: Iterable[Path]) -> list[Path]:
    """Imprime chaque page HTML en PDF, à côté d'elle, et rend les chemins écrits, dans le même ordre.

    Un seul Chromium sert à toutes. Lève `ErreurImpression` s'il manque, s'il ne démarre pas, ou si une page
    n'existe pas ou ne s'imprime pas ; les PDF déjà écrits restent.
    """
    with Imprimante() as imprimante:
        return [imprimante.imprimer(page, page.with_suffix(".pdf")) for page in pages]


class Imprimante:
    """Un Chromium sans fenêtre, ouvert le temps d'un `with`, qui imprime des pages l'une après l'autre.

    `chromium` : le programme, cherché s'il n'est pas donné. `delai` : secondes laissées à chaque réponse.
    Lève `ErreurImpression`.
    """

    def __init__(self, chromium: Path | None = None, delai: float = DELAI) -> None:
        self._programme = chromium or trouver_chromium()
        self._delai = delai
        if self._programme is None:
            raise ErreurImpression(
                "Chromium n'est pas installé : aucun PDF n'a été écrit.",
                "Installez Chromium, Chrome ou Edge (ou désignez-le par OBSERVATOIRE_CHROMIUM), ou ouvrez la page "
                "dans un navigateur et imprimez-la : la mise en page est la même.",
            )
        if os.name != "posix":
            raise ErreurImpression(
                "Sous Windows, l'observatoire ne pilote pas l'impression.",
                "Ouvrez la page dans Chrome ou Edge et imprimez-la en PDF : la mise en page est la même.",
            )

    def __enter__(self) -> Imprimante:
        self._profil = tempfile.mkdtemp(prefix="observatoire-pdf-")
        try:
            self._canal = _Canal(self._programme, Path(self._profil), self._delai)
            self._canal.demander("Browser.getVersion")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if canal := self.__dict__.pop("_canal", None):
            canal.fermer()
        shutil.rmtree(self._profil, ignore_errors=True)

    def imprimer(self, page: Path, cible: Path) -> Path:
        """Imprime la page `page` dans le fichier `cible`, écrit d'un seul geste, et rend `cible`."""
        if not page.is_file():
            raise ErreurImpression(f"La page {page} n'existe pas.", "Publiez-la d'abord : observatoire rendre.")
        onglet = self._canal.demander("Target.createTarget", url="about:blank")["targetId"]
        try:
            pdf = self._imprimer_dans(onglet, page)
        finally:
            with suppress(ErreurImpression):
                self._canal.demander("Target.closeTarget", targetId=onglet)
        return ecrire_atomique(cible, pdf)

    def _imprimer_dans(self, onglet: str, page: Path) -> bytes:
        canal = self._canal
        session = canal.demander("Target.attachToTarget", targetId=onglet, flatten=True)["sessionId"]
        canal.demander("Page.enable", session)
        # Les images fixes s'impriment : le moteur de graphiques n'a pas à démarrer.
        canal.demander("Emulation.setScriptExecutionDisabled", session, value=True)
        refus = canal.demander("Page.navigate", session, url=page.resolve().as_uri()).get("errorText")
        if refus:
            raise ErreurImpression(f"Chromium n'ouvre pas {page} ({refus}).", "Vérifiez les droits de ce fichier.")
        canal.attendre("Page.loadEventFired", session)
        canal.demander("Runtime.evaluate", session, expression=_BALISES)
        return base64.b64decode(canal.demander("Page.printToPDF", session, **_IMPRESSION)["data"])


class _Canal:
    """Le dialogue avec Chromium : du JSON sur deux tubes, un octet nul après chaque message."""

    def __init__(self, programme: Path, profil: Path, delai: float) -> None:
        self._delai, self._reste, self._rang = delai, b"", 0
        self._evenements: list[dict[str, Any]] = []
        # Chromium ne veut pas de son bac à sable sous le compte root ; la page, elle, n'a accès à rien.
        options = [*_OPTIONS, *(["--no-sandbox"] if os.geteuid() == 0 else []), f"--user-data-dir={profil}"]
        self._journal = (profil / "chromium.log").open("w+b")
        # Chromium lit et écrit sur les descripteurs 3 et 4 : l'interprète de commandes y place les deux tubes.
        self._processus = subprocess.Popen(
            ["/bin/sh", "-c", 'exec "$0" "$@" 3<&0 4>&1 0</dev/null 1>&2', str(programme), *options, "about:blank"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._journal,
        )
        self._ecrire, self._lire = self._processus.stdin.fileno(), self._processus.stdout.fileno()
        self._selecteur = DefaultSelector()
        self._selecteur.register(self._lire, EVENT_READ)

    def demander(self, methode: str, session: str | None = None, **parametres: Any) -> dict[str, Any]:
        """Envoie une commande et rend son résultat ; lève `ErreurImpression` si Chromium la refuse ou se tait."""
        self._rang += 1
        message = {"id": self._rang, "method": methode, "params": parametres}
        octets = json.dumps(message | ({"sessionId": session} if session else {})).encode() + b"\0"
        try:
            while octets:
                octets = octets[os.write(self._ecrire, octets) :]
        except BrokenPipeError:
            raise self._panne(methode) from None
        reponse = self._recevoir(methode, lambda m: m.get("id") == self._rang)
        if erreur := reponse.get("error"):
            raise ErreurImpression(
                f"Chromium a refusé d'imprimer ({methode} : {erreur.get('message', erreur)}).",
                "Mettez Chromium à jour, ou imprimez la page depuis un navigateur.",
            )
        return reponse["result"]

    def attendre(self, evenement: str, session: str) -> None:
        """Attend qu'un évènement arrive à cet onglet."""

        def voulu(message: dict[str, Any]) -> bool:
            return message.get("method") == evenement and message.get("sessionId") == session

        if not any(map(voulu, self._evenements)):
            self._recevoir(evenement, voulu)
        self._evenements.clear()

    def _recevoir(self, attendu: str, voulu: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        limite = time.monotonic() + self._delai
        while True:
            message = self._suivant(attendu, limite)
            if voulu(message):
                return message
            self._evenements.append(message)

    def _suivant(self, attendu: str, limite: float) -> dict[str, Any]:
        morceaux = [self._reste]
        while b"\0" not in morceaux[-1]:
            if not self._selecteur.select(max(0.0, limite - time.monotonic())):
                raise ErreurImpression(
                    f"Chromium n'a pas répondu en {self._delai:.0f} secondes ({attendu}).",
                    "Recommencez quand la machine est moins chargée, ou imprimez la page depuis un navigateur.",
                )
            if not (lu := os.read(self._lire, 1 << 20)):
                raise self._panne(attendu)
            morceaux.append(lu)
        message, _, self._reste = b"".join(morceaux).partition(b"\0")
        return json.loads(message)

    def _panne(self, attendu: str) -> ErreurImpression:
        with suppress(subprocess.TimeoutExpired):
            self._processus.wait(5)
        self._journal.seek(0)
        lignes = self._journal.read().decode("utf-8", "replace").strip().splitlines()
        dit = f" : {lignes[-1][:300]}" if lignes else ""
        return ErreurImpression(
            f"Chromium s'est arrêté ({attendu}){dit}.",
            f"Lancez-le à la main pour voir ce qui lui manque, ou désignez-en un autre par {VARIABLE_CHROMIUM}.",
        )

    def fermer(self) -> None:
        """Ferme le navigateur, sans l'attendre plus de quelques secondes."""
        self._delai = min(self._delai, 5.0)
        try:
            self.demander("Browser.close")
        except (ErreurImpression, OSError):
            self._processus.kill()
        for tube in (self._processus.stdin, self._processus.stdout):
            with suppress(OSError):
                tube.close()
        try:
            self._processus.wait(5)
        except subprocess.TimeoutExpired:
            self._processus.kill()
            self._processus.wait()
        self._selecteur.close()
        self._journal.close()
