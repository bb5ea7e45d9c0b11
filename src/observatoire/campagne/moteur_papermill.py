"""Le moteur papermill : exécuter un carnet dans le processus courant, sans noyau.

papermill le trouve par son point d'entrée (`papermill.engine`) ; il sert aussi à la commande
`papermill --engine observatoire`. Ce module ne s'importe pas directement : papermill s'en charge.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from papermill.engines import Engine

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


class MoteurChaud(Engine):
    """Exécute un carnet dans le processus courant, cellule par cellule, dans un espace de noms vide."""

    @classmethod
    def execute_managed_notebook(cls, nb_man, kernel_name, log_output=False, **options) -> None:
        """Remplit les sorties de chaque cellule ; s'arrête à la première qui échoue, comme un noyau."""
        interprete = _interprete()
        interprete.reset(new_session=True)
        numero = 0
        for rang, cellule in enumerate(nb_man.nb.cells):
            if cellule.cell_type != "code" or not cellule.source.strip():
                continue
            numero += 1
            nb_man.cell_start(cellule, rang)
            cellule.execution_count = numero
            cellule.outputs, reussie = _executer_cellule(interprete, cellule.source, numero)
            if not reussie:
                nb_man.cell_exception(cellule, rang)
            nb_man.cell_complete(cellule, cell_index=rang)
            if not reussie:
                break
        interprete.reset(new_session=True)


def _interprete() -> InteractiveShell:
    """L'interpréteur du processus, dont les affichages sont recueillis ; créé au premier appel."""
    from IPython.core.displayhook import DisplayHook
    from IPython.core.displaypub import DisplayPublisher
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets import Type
    from traitlets.config import Config

    if InteractiveShell.initialized():
        return InteractiveShell.instance()

    class Valeur(DisplayHook):
        """La valeur de la dernière expression d'une cellule."""

        def __call__(self, result: Any = None) -> None:
            if result is not None:
                donnees, metadonnees = self.shell.display_formatter.format(result)
                self.shell.sorties.append(("execute_result", donnees, metadonnees))

        def flush(self) -> None:
            """Rien à vider : aucune valeur n'est gardée d'une cellule à l'autre."""

    class Affichage(DisplayPublisher):
        """Ce qu'une cellule affiche par `display`."""

        def publish(self, data, metadata=None, **options) -> None:
            self.shell.sorties.append(("display_data", data, metadata or {}))

    class Interprete(InteractiveShell):
        displayhook_class = Type(Valeur)
        display_pub_class = Type(Affichage)

    reglages = Config()
    # L'historique est une base partagée : deux travailleurs s'y bloqueraient.
    reglages.HistoryManager.enabled = False
    reglages.InteractiveShell.colors = "nocolor"
    interprete = Interprete.instance(config=reglages)
    interprete.sorties = []
    return interprete


def _executer_cellule(interprete: InteractiveShell, source: str, numero: int) -> tuple[list[Any], bool]:
    """Les sorties d'une cellule au format des carnets, et si elle a réussi."""
    from IPython.utils.capture import capture_output
    from nbformat.v4 import new_output

    interprete.sorties = []
    with capture_output(stdout=True, stderr=True, display=False) as ecrit:
        resultat = interprete.run_cell(source, store_history=False)
    erreur = resultat.error_before_exec or resultat.error_in_exec
    sorties = []
    for nom, texte in (("stdout", ecrit.stdout if not erreur else ""), ("stderr", ecrit.stderr)):
        if texte:
            sorties.append(new_output("stream", name=nom, text=texte))
    for genre, donnees, metadonnees in interprete.sorties:
        propres = {"execution_count": numero} if genre == "execute_result" else {}
        sorties.append(new_output(genre, data=donnees, metadata=metadonnees, **propres))
    if erreur is not None:
        sorties.append(
            new_output("error", ename=type(erreur).__name__, evalue=str(erreur), traceback=[f"{erreur}"]),
        )
    return sorties, erreur is None
