"""Les parties d'un rapport hors figures : bandeau, sommaire, qualité, chiffres clés, définitions, provenance."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from observatoire.campagne.donnees_types import Bloc, Definition, DonneesRapport, SectionRapport
from observatoire.indicateurs.reglages import compte_du_service
from observatoire.restitution import locale, replis, retenues
from observatoire.restitution.cellules import Vue
from observatoire.restitution.figure import derogations, figure
from observatoire.restitution.listes import tableau_a_lire
from observatoire.restitution.locale import INSECABLE
from observatoire.restitution.provenance import provenance as provenance
from observatoire.restitution.qualite_parties import ou
from observatoire.restitution.tableaux import repli_mobile
from observatoire.restitution.tuiles import tuiles
from observatoire.services import Service

if TYPE_CHECKING:
    from observatoire.qualite import ResultatRegle

AVERTISSEMENT_INTERNE = "Usage interne — ne pas diffuser"
ETATS_VERDICT = {
    "publiable": ("Données publiables", "bon"),
    "partiel": ("Publication partielle", "alerte"),
    "bloque": ("Publication bloquée", "grave"),
}
DIFFUSIONS = {"interne": "Usage interne", "public": "Diffusion publique"}
_ANCRES = {"chiffres-cles": "Chiffres clés", "qualite": "Qualité des données", "definitions": "Définitions"}


def ancre(texte: str) -> str:
    """Identifiant d'ancre d'un titre : minuscules, sans accent, tirets."""
    sans_accent = texte.lower().translate(str.maketrans("àâäéèêëîïôöùûüç'’", "aaaeeeeiioouuuc--"))
    return re.sub(r"[^a-z0-9]+", "-", sans_accent).strip("-") or "section"


def titre_page(service: Service, annee: int) -> str:
    """Titre de la page et de l'onglet."""
    return f"{service.libelle_court} {annee} — rapport d'activité"


def bandeau(
    service: Service, annee: int, periode: object, diffusion: str, etat: str, surtitre: str = "Rapport d'activité"
) -> Markup:
    """Le bandeau de tête : qui, quoi, quand, pour qui, dans quel état. Porte le seul h1 de la page."""
    libelle_etat, ton = ETATS_VERDICT.get(etat, (etat, "alerte"))
    interne = diffusion == "interne"
    lieu = " · ".join(t for t in (service.association, service.territoire) if t)
    return Markup(
        '{}<div class="bandeau"><p class="lieu">{}</p><h1><span class="surtitre">{}</span> {} '
        '<span class="annee">{}</span></h1><p class="presentation">{}</p>'
        '<ul class="fiche"><li>Période{}: {}</li><li class="diffusion">{}</li><li class="ton-{}">{}</li></ul></div>'
    ).format(
        Markup('<p class="interdit" role="note">{}</p>').format(AVERTISSEMENT_INTERNE) if interne else "",
        lieu,
        surtitre,
        service.libelle,
        annee,
        service.presentation,
        INSECABLE,
        str(periode),
        DIFFUSIONS.get(diffusion, diffusion),
        ton,
        libelle_etat,
    )


def sommaire(sections: tuple[SectionRapport, ...], autres: Sequence[tuple[str, str]] = ()) -> Markup:
    """La table des matières : sections et figures, dans l'ordre du service ; puis `autres` (ancre, titre)."""
    entrees = [("chiffres-cles", _ANCRES["chiffres-cles"], ())]
    entrees += [(ancre(s.titre), s.titre, s.blocs) for s in sections]
    entrees += [(cle, titre, ()) for cle, titre in autres]
    entrees += [(cle, _ANCRES[cle], ()) for cle in ("qualite", "definitions")]
    items = Markup("").join(
        Markup('<li><a href="#{}">{}</a>{}</li>').format(cle, locale.typographie(titre), _sous_sommaire(blocs))
        for cle, titre, blocs in entrees
    )
    return Markup(
        '<p class="titre-sommaire" id="titre-sommaire">Sommaire</p>'
        '<details class="repli-mobile" open><summary>Sommaire</summary><ol>{}</ol></details>'
    ).format(items)


def _sous_sommaire(blocs: tuple[Bloc, ...]) -> Markup:
    if not blocs:
        return Markup("")
    return Markup("<ol>{}</ol>").format(
        Markup("").join(
            Markup('<li><a href="#{}">{}</a></li>').format(b.cle, locale.typographie(b.titre)) for b in blocs
        )
    )


def section(
    contenu: SectionRapport, rang: int | None = None, commentaire: Callable[[str], Markup] | None = None
) -> Markup:
    """Une section du rapport : son titre, sa présentation, ses figures, et leur commentaire.

    `commentaire` rend ce qui est écrit sous une figure, par son titre, ou sous la section si le titre est vide.
    """
    commente = commentaire or (lambda figure: Markup(""))
    cle = ancre(contenu.titre)
    numero = Markup('<span class="numero" aria-hidden="true">{}</span> ').format(rang) if rang else ""
    presentation = locale.typographie(contenu.presentation)
    chapeau = Markup('<p class="chapeau">{}</p>').format(presentation) if presentation else Markup("")
    retenus = locale.typographie(retenues.resume(contenu.blocs))
    chapeau += Markup('<p class="retenue resume-retenues" role="note">{}</p>').format(retenus) if retenus else ""
    titre, (montrees, masquees) = locale.typographie(contenu.titre), replis.trier(contenu.blocs)
    figures = Markup("").join(figure(b) + commente(b.titre) for b in montrees)
    figures += replis.phrase(masquees) + Markup("").join(commente(b.titre) for b in masquees)
    return Markup('<section id="{}" aria-labelledby="{}-t"><h2 id="{}-t">{}{}</h2>{}{}{}</section>').format(
        cle, cle, cle, numero, titre, chapeau, figures, commente("")
    )


# Chiffres clés


def chiffres_cles(bloc: Bloc) -> Markup:
    """Les tuiles : la valeur, ce qu'elle compte, et l'écart à l'année précédente."""
    alertes = Markup("").join(Markup("<li>{}</li>").format(locale.typographie(a)) for a in bloc.alertes)
    alertes = Markup('<ul class="alertes">{}</ul>').format(alertes) if alertes else ""
    return Markup(
        '<section id="chiffres-cles" aria-labelledby="chiffres-cles-t"><h2 id="chiffres-cles-t">{}</h2>'
        "{}{}{}{}</section>"
    ).format(
        bloc.titre or _ANCRES["chiffres-cles"],
        tuiles(Vue(bloc)),
        retenues.encart(bloc),
        alertes,
        derogations(bloc.derogations),
    )


# Qualité


def qualite(donnees: DonneesRapport) -> Markup:
    """Le panneau de qualité : l'état, les contrôles, ce qui est retenu et où, ce qui alerte, ce qui est admis."""
    verdict = donnees.verdict
    libelle, ton = ETATS_VERDICT.get(donnees.etat, (donnees.etat, "alerte"))
    comptes = Counter(_issue(r) for r in verdict.resultats)
    echecs = [r for r in verdict.resultats if r.active]
    seuil = 1 if donnees.diffusion == "interne" else donnees.service.parametres.seuil_diffusion
    return Markup(
        '<section id="qualite" class="qualite" aria-labelledby="qualite-t"><h2 id="qualite-t">{}</h2>'
        '<p class="verdict ton-{}">{}</p><p>{}</p>{}{}{}</section>'
    ).format(
        _ANCRES["qualite"],
        ton,
        libelle,
        _resume_controles(len(verdict.resultats), comptes),
        _ce_qui_est_retenu(donnees),
        tableau_controles(echecs, "Contrôles qui n'ont pas réussi", seuil) if echecs else "",
        tableau_derogations(verdict.derogees),
    )


def _issue(resultat: ResultatRegle) -> str:
    if resultat.reussie:
        return "reussi"
    return "admis" if resultat.derogation else resultat.severite


def _ce_qui_est_retenu(donnees: DonneesRapport) -> Markup:
    """Chaque raison de retenir, et les figures de ce rapport qu'elle touche."""
    motifs = dict.fromkeys(m for motifs in donnees.verdict.colonnes_retenues.values() for m in motifs)
    if not motifs:
        return Markup("")
    items = Markup("").join(
        Markup("<li>{} {}</li>").format(locale.typographie(motif), _figures_touchees(donnees, motif))
        for motif in motifs
    )
    return Markup('<div class="retenue"><p class="quoi">Ce qui est retenu, et où</p><ul>{}</ul></div>').format(items)


def _figures_touchees(donnees: DonneesRapport, motif: str) -> Markup:
    touchees = [
        (b.cle if b is not donnees.chiffres_cles else "chiffres-cles", b.titre)
        for b in donnees.blocs
        if any(motif in r.motifs and r.annee == donnees.annee for r in b.retenues)
    ]
    if not touchees:
        return Markup('<span class="ou">Aucune figure de ce rapport ne lit cette donnée.</span>')
    liens = Markup(", ").join(Markup('<a href="#{}">{}</a>').format(c, locale.typographie(t)) for c, t in touchees)
    return Markup('<span class="ou">Touche{}: {}.</span>').format(INSECABLE, liens)


def tableau_derogations(resultats: Sequence[ResultatRegle]) -> Markup:
    """Toutes les dérogations en cours : où, le défaut admis, le motif, qui en a décidé et jusqu'à quand."""
    if not resultats:
        return Markup("")
    titre = "Défauts admis par dérogation"
    lignes = Markup("").join(
        Markup(
            '<tr><th scope="row">{}</th><td class="texte" data-colonne="Ce qui ne va pas">{}</td>'
            '<td class="texte" data-colonne="Dérogation">{}</td></tr>'
        ).format(ou(r), locale.typographie(r.explication), locale.typographie(r.derogation))
        for r in resultats
    )
    return tableau_a_lire("controles derogees", titre, ("Où", "Ce qui ne va pas", "Dérogation"), lignes)


def _resume_controles(nombre: int, comptes: Counter) -> str:
    if not nombre:
        return "Aucun contrôle n'a été passé sur ces données."
    reussis = comptes["reussi"]
    texte = f"{reussis} {locale.pluriel(reussis, 'contrôle réussi', 'contrôles réussis')} sur {nombre}"
    autres = [
        f"{n} {locale.pluriel(n, un, plusieurs)}"
        for cle, un, plusieurs in (
            ("critical", "échec critique", "échecs critiques"),
            ("warning", "avertissement", "avertissements"),
            ("info", "information", "informations"),
            ("admis", "défaut admis par dérogation", "défauts admis par dérogation"),
        )
        if (n := comptes[cle])
    ]
    suite = f"{INSECABLE}: {locale.enumeration(autres)}" if autres else ""
    return f"{texte}{suite}. Les contrôles ont été passés sur les données mêmes de ce rapport."


_SEVERITES = {"critical": "Critique", "warning": "Avertissement", "info": "Information"}


def tableau_controles(resultats: Sequence[ResultatRegle], titre: str, seuil: int = 1) -> Markup:
    """Le tableau des contrôles : gravité, où, combien de lignes, explication, remède. Aucune valeur brute.

    `seuil` : le plus petit compte de lignes qui peut se lire ; un compte plus petit s'écrit « moins de ».
    """
    lignes = Markup("").join(
        Markup(
            '<tr><th scope="row"><span class="gravite {}">{}</span></th><td class="texte" data-colonne="Où">{}</td>'
            '<td data-colonne="Lignes">{}</td><td class="texte" data-colonne="Ce qui ne va pas">{}</td>'
            '<td class="texte" data-colonne="Remède">{}</td></tr>'
        ).format(
            r.severite,
            _SEVERITES.get(r.severite, r.severite),
            ou(r),
            f"moins de {seuil}" if 0 < r.echecs < seuil else locale.nombre(r.echecs),
            locale.typographie(r.explication),
            locale.typographie(r.remede),
        )
        for r in resultats
    )
    return tableau_a_lire("controles", titre, ("Gravité", "Où", "Lignes", "Ce qui ne va pas", "Remède"), lignes)


# Définitions


def definitions(donnees: DonneesRapport) -> Markup:
    """Le glossaire des indicateurs que ce rapport emploie, par ordre alphabétique."""
    uniques: dict[str, Definition] = {}
    for definition in (d for bloc in donnees.blocs for d in bloc.definitions):
        uniques.setdefault(definition.nom, definition)  # d'une série, la première citée est celle de l'année
    triees = sorted(uniques.values(), key=lambda d: ancre(d.libelle))
    return Markup(
        '<section id="definitions" aria-labelledby="definitions-t"><h2 id="definitions-t">{}</h2>'
        '<dl class="glossaire">{}</dl></section>'
    ).format(
        _ANCRES["definitions"],
        Markup("").join(_definition(d, _compte_propre(donnees, d)) for d in triees),
    )


def _compte_propre(donnees: DonneesRapport, definition: Definition) -> str:
    """Ce que le service compte à sa façon ; vide pour un cahier, qui réunit plusieurs services."""
    service = getattr(donnees, "service", None)
    return compte_du_service(service.parametres, definition.univers) if service else ""


def _definition(definition: Definition, propre: str = "") -> Markup:
    """`propre` : ce que le service compte à la place, s'il s'écarte de la définition commune."""
    champs = (
        ("Numérateur", definition.numerateur),
        ("Dénominateur", "" if definition.denominateur == "sans objet" else definition.denominateur),
        ("Unité", definition.unite),
        ("Précautions", definition.pieges),
        ("Source", definition.source),
    )
    details = Markup("").join(
        Markup("<li><b>{}</b>{}: {}</li>").format(nom, INSECABLE, _en_ligne(valeur)) for nom, valeur in champs if valeur
    )
    version = f" · version {definition.version}" if definition.version else ""
    details += Markup("<li><code>{}</code>{}</li>").format(definition.nom, version)
    reglage = Markup("<p><b>Dans ce service</b>{}: {}</p>").format(INSECABLE, locale.minuscule(propre))
    return Markup('<div id="def-{}"><dt>{}</dt><dd><p>{}</p>{}{}</dd></div>').format(
        definition.nom,
        locale.typographie(definition.libelle),
        _en_ligne(_sans_exemple(definition.description)),
        reglage if propre else "",
        repli_mobile("Calcul et source", Markup("<ul>{}</ul>").format(details), definition.libelle),
    )


def _en_ligne(texte: str) -> Markup:
    """Un texte de définition : espaces insécables, et noms de réglage entre accents graves en police de code."""
    morceaux = re.split(r"`([^`]+)`", locale.typographie(texte))
    return Markup("").join(
        Markup("<code>{}</code>").format(m) if rang % 2 else escape(m) for rang, m in enumerate(morceaux)
    )


def _sans_exemple(description: str) -> str:
    """Le texte d'une définition sans l'exemple de code qui peut le suivre."""
    texte = re.split(r"\s+(?:Exemples?\s*:|>>>)", description)[0]
    return " ".join(texte.split())
