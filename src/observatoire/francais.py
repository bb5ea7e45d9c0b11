"""La ligne de commande en français : aide et erreurs d'usage de typer, qui n'en a pas de traduction."""

from __future__ import annotations

import typer
from typer import _click, core, rich_utils

rich_utils.ARGUMENTS_PANEL_TITLE = "Arguments"
rich_utils.OPTIONS_PANEL_TITLE = "Options"
rich_utils.COMMANDS_PANEL_TITLE = "Commandes"
rich_utils.ERRORS_PANEL_TITLE = "Erreur"
rich_utils.DEFAULT_STRING = "[défaut : {}]"
rich_utils.ENVVAR_STRING = "[variable : {}]"
rich_utils.REQUIRED_LONG_STRING = "[obligatoire]"


class _EnFrancais:
    """Aide en français, commune aux commandes et au groupe."""

    def get_help_option(self, ctx):
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = "Affiche cette aide."
        return option

    def get_usage(self, ctx) -> str:
        return super().get_usage(ctx).replace("Usage:", "Utilisation :", 1)


class Commande(_EnFrancais, core.TyperCommand):
    """Une commande dont l'aide est en français."""


class Groupe(_EnFrancais, core.TyperGroup):
    """Le groupe des commandes, en français ; elles sont listées dans l'ordre de déclaration."""


def message_usage(erreur: Exception) -> str:
    """Le message français d'une erreur d'usage (option inconnue, argument manquant, valeur illisible)."""
    exceptions = _click.exceptions
    if isinstance(erreur, exceptions.NoSuchOption):
        proches = ", ".join(erreur.possibilities or ())
        return f"Option inconnue : {erreur.option_name}." + (f" Vouliez-vous dire {proches} ?" if proches else "")
    if isinstance(erreur, exceptions.MissingParameter):
        return f"Il manque : {_nom(erreur.param)}."
    if isinstance(erreur, exceptions.BadParameter):
        return f"Valeur illisible pour {_nom(erreur.param)}."
    texte = erreur.format_message() if hasattr(erreur, "format_message") else str(erreur)
    for anglais, francais in (
        ("No such command", "Commande inconnue :"),
        ("Missing command", "Il manque une commande"),
        ("Did you mean", "Vouliez-vous dire"),
        ("Got unexpected extra argument(s)", "Argument en trop :"),
        ("requires an argument", "attend une valeur"),
        ("Option", "L'option"),
    ):
        texte = texte.replace(anglais, francais)
    return texte


def _nom(parametre) -> str:
    if parametre is None:
        return "un paramètre"
    option = next((o for o in parametre.opts if o.startswith("--")), None)
    return f"l'option {option}" if option else f"l'argument {(parametre.metavar or parametre.name).upper()}"


ErreurUsage = (typer.BadParameter, _click.exceptions.UsageError)
Interruption = typer.Abort
