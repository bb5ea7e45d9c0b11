"""« observatoire explorer » : ouvre le carnet d'exploration de l'espace dans JupyterLab, sur cette machine seulement.

JupyterLab tourne avec un dossier de réglages jetable, lu avant ceux du compte : adresse locale, jeton, interface
française, ni nouvelles ni gestionnaire d'extensions, et un noyau qui est le Python d'Observatoire. La vue demandée
passe au noyau en JSON, par une variable d'environnement ; `demande_recue` la relit, `controler_demande` la contrôle.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from observatoire.erreurs import ErreurFichier, ErreurObservatoire, ErreurParametre
from observatoire.espace import VARIABLE_ESPACE, Espace, racine_gabarit
from observatoire.exploration.reglages_lab import CARNET, OUVERTURE, ecrire_json, ecrire_reglages

VARIABLE_DEMANDE = "OBSERVATOIRE_DEMANDE"
ADRESSE_LOCALE = "127.0.0.1"
PORT = 8888
ESSAIS_DE_PORT = 50
DELAI_DEMARRAGE = 90.0
DELAI_ARRET = 15.0


class ErreurLaboratoire(ErreurObservatoire):
    """JupyterLab ne démarre pas."""


@dataclass(frozen=True)
class Laboratoire:
    """Un JupyterLab en marche : `adresse` est celle du carnet, jeton compris."""

    url: str
    jeton: str
    processus: subprocess.Popen

    @property
    def adresse(self) -> str:
        return f"{self.url.rstrip('/')}{OUVERTURE}?token={self.jeton}"


def ouvrir(
    espace: Espace,
    demande: Mapping[str, Any] | None = None,
    navigateur: bool = True,
    port: int | None = None,
    dire: Callable[[str], object] = print,
) -> None:
    """Ouvre le carnet d'exploration et attend que JupyterLab s'arrête (Ctrl+C, ou son menu).

    Paramètres : `demande` (la vue de départ, mêmes noms que l'explorateur ; vide, l'explorateur propose la sienne),
    `navigateur` (ouvre la page), `port` (8888 ou le premier libre ensuite, sinon), `dire` (où vont les phrases).
    Lève `ErreurParametre` (demande, port), `ErreurFichier` (pas de carnet), `ErreurLaboratoire` (démarrage).
    """
    with (
        _arret_demande_par_signal(),
        lancer(espace, demande, navigateur=navigateur, port=port) as laboratoire,
        contextlib.suppress(KeyboardInterrupt),
    ):
        dire(f"Carnet d'exploration : {laboratoire.adresse}")
        dire("Cette adresse ne répond que sur cette machine. Ctrl+C arrête JupyterLab.")
        # Dormir et regarder : polars, chargé, rend une attente de processus sourde à Ctrl+C.
        while laboratoire.processus.poll() is None:
            time.sleep(0.25)
    dire("JupyterLab est arrêté. Les carnets enregistrés sont dans notebooks/.")


@contextlib.contextmanager
def lancer(
    espace: Espace,
    demande: Mapping[str, Any] | None = None,
    *,
    navigateur: bool = False,
    port: int | None = None,
    environnement: Mapping[str, str] | None = None,
) -> Iterator[Laboratoire]:
    """Démarre JupyterLab, le rend prêt à répondre, l'arrête avec ses noyaux à la sortie du bloc.

    Paramètres : ceux d'`ouvrir`, et `environnement` (variables en plus pour JupyterLab).
    Lève les mêmes erreurs qu'`ouvrir`.
    """
    _exiger_carnet(espace)
    _exiger_port(port)
    controlee = _controler(espace, demande)
    with tempfile.TemporaryDirectory(prefix="observatoire-lab-", ignore_cleanup_errors=True) as nom:
        prive, jeton = Path(nom), secrets.token_urlsafe(32)
        _preparer(prive, espace, controlee, jeton, navigateur=navigateur, port=port)
        with (prive / "journal.txt").open("wb") as journal:
            processus = subprocess.Popen(
                [sys.executable, "-m", "jupyterlab", f"--ServerApp.ip={ADRESSE_LOCALE}"],
                cwd=prive,  # Jupyter exécute les réglages de son dossier : jamais ceux qu'un espace apporterait
                env=_environnement(prive, environnement),
                stdin=subprocess.DEVNULL,  # sans clavier, JupyterLab ne pose pas de question à l'arrêt
                stdout=journal,
                stderr=journal,
            )
            try:
                yield _attendre(processus, prive, jeton)
            finally:
                _arreter(processus)


def demande_recue() -> dict[str, Any]:
    """La vue passée au noyau par « observatoire explorer », telle quelle ; vide si le carnet est ouvert autrement.

    Ce n'est que du texte : `controler_demande` la contrôle comme tout paramètre.
    Lève `ErreurParametre` si la variable n'est pas un objet JSON.
    """
    texte = os.environ.get(VARIABLE_DEMANDE, "")
    if not texte.strip():
        return {}
    try:
        recue = json.loads(texte)
    except ValueError:
        recue = None
    if not isinstance(recue, dict):
        raise ErreurParametre(
            f"La variable {VARIABLE_DEMANDE} n'est pas une vue écrite en JSON.",
            "Fermez JupyterLab et relancez « observatoire explorer ».",
        )
    return recue


def _controler(espace: Espace, demande: Mapping[str, Any] | None) -> dict[str, Any]:
    """La demande complétée et contrôlée, prête pour JSON ; rien si rien n'est demandé."""
    recus = {nom: valeur for nom, valeur in (demande or {}).items() if valeur not in (None, "", [], ())}
    if not recus:
        return {}
    from observatoire.exploration.demande import controler_demande
    from observatoire.exploration.depart import completer

    return controler_demande(espace, completer(espace, recus)).en_dict()


def _exiger_carnet(espace: Espace) -> None:
    if (espace.racine / CARNET).is_file():
        return
    raise ErreurFichier(
        f"L'espace « {espace.racine} » n'a pas de carnet {CARNET}.",
        f"Recopiez-y celui de la bibliothèque : {racine_gabarit() / CARNET}",
    )


def _exiger_port(port: int | None) -> None:
    """Refuse un port hors bornes, ou déjà pris."""
    if port is None:
        return
    if not 1024 <= port <= 65535:
        raise ErreurParametre(f"Port {port} hors des bornes.", "Prenez un nombre de 1024 à 65535, ou omettez --port.")
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as prise:
        if os.name != "nt":  # sinon un port quitté à l'instant paraît pris
            prise.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            prise.bind((ADRESSE_LOCALE, port))
        except OSError as erreur:
            raise ErreurParametre(
                f"Le port {port} est déjà pris.", "Donnez-en un autre, ou omettez --port : le premier libre est pris."
            ) from erreur


def _preparer(
    prive: Path, espace: Espace, demande: dict[str, Any], jeton: str, *, navigateur: bool, port: int | None
) -> None:
    """Le dossier jetable : réglages du serveur, et le noyau avec l'espace et la vue."""
    serveur = {
        "port": port or PORT,
        "port_retries": 0 if port else ESSAIS_DE_PORT,
        "root_dir": str(espace.racine),
        "open_browser": navigateur,
        "allow_remote_access": False,
        "allow_origin": "",
        # Jupyter refuse de tourner sous root, seul compte de bien des conteneurs ; ici il ne sert que cette machine.
        "allow_root": hasattr(os, "geteuid") and os.geteuid() == 0,
    }
    ecrire_reglages(
        prive / "config",
        {
            "ServerApp": serveur,
            "IdentityProvider": {"token": jeton},
            "LabApp": {"workspaces_dir": str(prive / "dispositions")},
        },
    )
    noyau = {
        "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": "Python (Observatoire)",
        "language": "python",
        "env": {
            VARIABLE_ESPACE: str(espace.racine),
            VARIABLE_DEMANDE: json.dumps(demande, ensure_ascii=False) if demande else "",
        },
    }
    ecrire_json(prive / "jupyter" / "kernels" / "python3" / "kernel.json", noyau)
    (prive / "execution").mkdir(mode=0o700)


def _environnement(prive: Path, en_plus: Mapping[str, str] | None) -> dict[str, str]:
    """Les variables du compte, et les dossiers jetables que Jupyter lit avant les siens."""
    variables = {**os.environ, **(en_plus or {})}
    for variable in ("JUPYTER_NO_CONFIG", "JUPYTER_TOKEN", "JUPYTER_TOKEN_FILE"):
        variables.pop(variable, None)
    for variable, dossier in (("JUPYTER_CONFIG_PATH", "config"), ("JUPYTER_PATH", "jupyter")):
        variables[variable] = os.pathsep.join(filter(None, (str(prive / dossier), variables.get(variable))))
    return {**variables, "JUPYTER_RUNTIME_DIR": str(prive / "execution"), "PYTHONUNBUFFERED": "1"}


def _attendre(processus: subprocess.Popen, prive: Path, jeton: str) -> Laboratoire:
    """Attend que JupyterLab réponde. Lève `ErreurLaboratoire` s'il s'arrête ou tarde trop."""
    fiche = prive / "execution" / f"jpserver-{processus.pid}.json"
    limite = time.monotonic() + DELAI_DEMARRAGE
    while time.monotonic() < limite:
        if processus.poll() is not None:
            raise ErreurLaboratoire(
                f"JupyterLab s'est arrêté au démarrage. {_derniere_ligne(prive)}".strip(),
                "Essayez « python -m jupyterlab » dans le même environnement ; s'il échoue aussi, réinstallez-le.",
            )
        with contextlib.suppress(OSError, ValueError, KeyError):
            url = json.loads(fiche.read_text(encoding="utf-8"))["url"]
            if _repond(url):
                return Laboratoire(url, jeton, processus)
        time.sleep(0.1)
    raise ErreurLaboratoire(
        f"JupyterLab n'a pas répondu en {DELAI_DEMARRAGE:.0f} secondes. {_derniere_ligne(prive)}".strip(),
        "Relancez ; si la machine est très occupée, attendez qu'elle se libère.",
    )


def _repond(url: str) -> bool:
    """Vrai si le serveur répond ; « /api » ne demande pas de jeton. Jamais par un mandataire : c'est local."""
    ouvreur = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with contextlib.suppress(urllib.error.URLError), ouvreur.open(f"{url.rstrip('/')}/api", timeout=2) as reponse:
        return reponse.status == 200
    return False


def _derniere_ligne(prive: Path) -> str:
    """La dernière ligne du journal de JupyterLab, en anglais comme lui, pour qui voudra la chercher."""
    with contextlib.suppress(OSError):
        lignes = (prive / "journal.txt").read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return f"Sa dernière ligne : {lignes[-1].strip()}" if lignes else ""
    return ""


def _arreter(processus: subprocess.Popen) -> None:
    """Demande l'arrêt, qui ferme aussi les noyaux ; le force si rien ne vient."""
    if processus.poll() is None:
        processus.terminate()
    try:
        processus.wait(DELAI_ARRET)
    except subprocess.TimeoutExpired:
        processus.kill()
        processus.wait()


@contextlib.contextmanager
def _arret_demande_par_signal() -> Iterator[None]:
    """Un arrêt demandé par le système (SIGTERM) vaut Ctrl+C : JupyterLab ne survit pas à la commande."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrompre(*_: object) -> None:
        raise KeyboardInterrupt

    avant = signal.signal(signal.SIGTERM, interrompre)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, avant)
