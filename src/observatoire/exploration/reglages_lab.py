"""Les réglages de JupyterLab pour explorer : en français, sans nouvelles ni mises à jour, sans appel au-dehors.

Ils s'écrivent dans un dossier de configuration de Jupyter : celui, jetable, d'« observatoire explorer »,
ou celui d'un hôte qui sert l'échantillon (`postBuild`, à la racine, l'appelle par `python -m`).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from observatoire.erreurs import ErreurFichier

CARNET = "notebooks/exploration.ipynb"

# Ce qui vaut d'office ; les préférences de chacun (thème, police) restent les siennes.
PREFERENCES = {
    "@jupyterlab/translation-extension:plugin": {"locale": "fr_FR"},
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/extensionmanager-extension:plugin": {"enabled": False},
    # Sans question sur le noyau, même à qui exécute avant qu'il soit prêt.
    "@jupyterlab/notebook-extension:tracker": {"autoStartDefaultKernel": True},
    # L'état des outils interactifs n'entre jamais dans un carnet enregistré.
    "@jupyter-widgets/jupyterlab-manager:plugin": {"saveState": False},
}
PAGE = {
    "disabledExtensions": {
        "@jupyterlab/apputils-extension:announcements": True,
        "@jupyterlab/extensionmanager-extension": True,
        # L'aide à la programmation par serveur de langage : rien à explorer, et un processus de plus.
        "@jupyterlab/lsp-extension": True,
        "@jupyterlab/notebook-extension:language-server": True,
        "@jupyterlab/fileeditor-extension:language-server": True,
    }
}
OUVERTURE = f"/lab/tree/{CARNET}"
REGLAGES: dict[str, dict[str, Any]] = {
    "ServerApp": {"jpserver_extensions": {"jupyterlab": True, "jupyter_lsp": False}, "default_url": OUVERTURE},
    "LabApp": {
        "default_url": OUVERTURE,
        "news_url": None,
        "check_for_updates_class": "jupyterlab.handlers.announcements.NeverCheckForUpdate",
        "extension_manager": "readonly",
    },
    # Certains hôtes lancent « jupyter notebook ».
    "JupyterNotebookApp": {"default_url": OUVERTURE},
}


def ecrire_reglages(dossier: Path, sections: dict[str, dict[str, Any]] | None = None) -> None:
    """Écrit dans `dossier` ce que JupyterLab lit à son démarrage.

    Paramètres : `dossier` (un dossier de configuration de Jupyter, créé s'il manque) et `sections`
    (réglages en plus, par nom de classe de Jupyter).
    Lève `ErreurFichier` si le dossier ne s'écrit pas.
    """
    en_plus = sections or {}
    reglages = {nom: REGLAGES.get(nom, {}) | en_plus.get(nom, {}) for nom in {**REGLAGES, **en_plus}}
    # Jupyter lit un fichier pour le serveur et un pour JupyterLab : le même, pour qu'aucun autre ne l'emporte.
    for nom, contenu in (
        ("jupyter_server_config.json", reglages),
        ("jupyter_lab_config.json", reglages),
        ("labconfig/default_setting_overrides.json", PREFERENCES),
        ("labconfig/page_config.json", PAGE),
    ):
        ecrire_json(dossier / nom, contenu)


def ecrire_json(fichier: Path, contenu: dict[str, Any]) -> None:
    """Écrit un réglage en JSON, dossier compris. Lève `ErreurFichier` si le disque le refuse."""
    try:
        fichier.parent.mkdir(parents=True, exist_ok=True)
        fichier.write_text(json.dumps(contenu, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    except OSError as erreur:
        raise ErreurFichier(
            f"Impossible d'écrire « {fichier} » : {erreur.strerror or erreur}.", "Vérifiez le dossier et les droits."
        ) from erreur


if __name__ == "__main__":
    ecrire_reglages(Path(sys.argv[1]))
