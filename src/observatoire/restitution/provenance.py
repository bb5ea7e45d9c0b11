"""Le pied d'un rapport : de quelles données, livraisons, définitions, règles et réglages il vient."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import time

from markupsafe import Markup

from observatoire.campagne.donnees_types import Definition, DonneesRapport
from observatoire.campagne.origine import Origine, Reception
from observatoire.restitution import locale
from observatoire.restitution.locale import INSECABLE

PREMIERE_VERSION = "1"
LIVRAISONS_NOMMEES = 6  # au-delà, les plus anciennes sont seulement comptées


def provenance(donnees: DonneesRapport, origine: Origine | None = None, edition: str = "", table: str = "") -> Markup:
    """Le pied de page d'un rapport.

    `origine` : les données et les réglages lus ; `edition` : ce qu'elle remplace, en toutes lettres ; `table` :
    empreinte de la table protégée écrite à côté de la page. Ce qui n'est pas connu n'est pas imprimé.
    """
    origine = origine or Origine()
    parametres = {"service": donnees.service.id, "annee": donnees.annee, "diffusion": donnees.diffusion}
    champs = (
        ("Service", f"{donnees.service.libelle} ({donnees.service.id})"),
        ("Période", str(donnees.periode)),
        ("Diffusion", _seuil(donnees)),
        ("Édition", edition),
        ("Empreinte des données", _donnees(donnees, origine)),
        ("Livraisons", _livraisons(donnees, origine.receptions)),
        ("Empreinte des règles de contrôle", empreinte(origine.regles)),
        ("Empreinte de la table publiée", empreinte(table)),
        ("Commentaires", Markup(", ").join(empreinte(e) for e in origine.textes.values() if e)),
        ("Version du logiciel", donnees.version_code),
        ("Définitions", versions(d for bloc in donnees.blocs for d in bloc.definitions)),
        ("Paramètres du carnet", parametres_carnet(parametres)),
        ("Réglages propres au service", _reglages(origine)),
    )
    items = Markup("").join(Markup("<div><dt>{}</dt><dd>{}</dd></div>").format(n, v) for n, v in champs if v)
    return Markup(
        '<h2 id="provenance">Provenance</h2><dl class="provenance">{}</dl>'
        "<p>Ce document ne contient que des agrégats{}: aucune donnée de personne.</p>"
    ).format(items, INSECABLE)


def parametres_carnet(parametres: Mapping[str, object]) -> Markup:
    """Ce qu'il faut donner au carnet pour refaire ce document."""
    return Markup("<code>{}</code>").format(
        ", ".join(f"{nom} = {valeur}" for nom, valeur in parametres.items() if valeur)
    )


def empreinte(valeur: str) -> Markup | str:
    """Une empreinte abrégée à l'écran, entière au survol ; rien si elle est vide."""
    return Markup('<code title="{}">{}</code>').format(valeur, valeur[:16]) if valeur else ""


def _seuil(donnees: DonneesRapport) -> str:
    parametres = donnees.service.parametres
    if donnees.diffusion == "interne":
        return "interne, sans masquage"
    return (
        f"publique, effectifs masqués sous {parametres.seuil_diffusion} "
        f"({parametres.seuil_diffusion_montant} pour les montants)"
    )


def _donnees(donnees: DonneesRapport, origine: Origine) -> Markup | str:
    """L'empreinte de l'ensemble, et celle de chaque service s'il s'en lit plusieurs."""
    ensemble = empreinte(donnees.empreinte)
    if len(origine.sources) < 2:
        return ensemble
    parts = Markup(", ").join(Markup("{} {}").format(s, empreinte(e)) for s, e in origine.sources.items())
    return Markup("{} ({}{}: {})").format(ensemble, "services liés compris", INSECABLE, parts)


def _livraisons(donnees: DonneesRapport, receptions: tuple[Reception, ...]) -> Markup | str:
    """Les livraisons actives, de la plus récente à la plus ancienne."""
    if not receptions:
        return ""
    triees = sorted(receptions, key=lambda r: (r.recue, r.heure or time.min), reverse=True)
    jours = Counter((r.service, r.recue) for r in receptions)
    items = Markup("").join(_reception(donnees, r, jours[r.service, r.recue] > 1) for r in triees[:LIVRAISONS_NOMMEES])
    if (reste := len(triees) - LIVRAISONS_NOMMEES) > 0:
        anciennes = locale.pluriel(reste, "plus ancienne", "plus anciennes")
        items += Markup("<li>et {} {}</li>").format(locale.nombre(reste), anciennes)
    return Markup("<ul>{}</ul>").format(items)


def _reception(donnees: DonneesRapport, reception: Reception, a_l_heure: bool = False) -> Markup:
    ailleurs = f" pour {reception.service}" if reception.service != donnees.service.id else ""
    purge = ", purgée depuis" if reception.purgee else ""
    lignes = f"{locale.nombre(reception.lignes)}{INSECABLE}{locale.pluriel(reception.lignes, 'ligne', 'lignes')}"
    quand = f" à {locale.heure(reception.heure)}" if a_l_heure and reception.heure else ""
    return Markup("<li>{}{}{}: {}{} <code>{}</code></li>").format(
        locale.jour(reception.recue) + quand, ailleurs, INSECABLE, lignes, purge, reception.id
    )


def versions(definitions: Iterable[Definition]) -> Markup | str:
    """Combien de définitions, en quelle version ; celles qui en ont changé sont nommées."""
    uniques = {(d.nom, d.version): d for d in definitions}
    comptes = Counter(version for _, version in uniques)
    morceaux = []
    for version, nombre in sorted(comptes.items()):
        noms = [nom for nom, v in uniques if v == version]
        dits = f" ({locale.enumeration(sorted(noms))})" if version not in ("", PREMIERE_VERSION) else ""
        morceaux.append(f"{nombre} en version {version}{dits}" if version else f"{nombre} sans version")
    return locale.enumeration(morceaux)


def _reglages(origine: Origine) -> str:
    if not origine.reglages:
        return ""
    return f"{INSECABLE}; ".join(origine.reglages_dits) or "aucun"
