"""La synthèse d'une association : ce que le carnet de synthèse appelle, partie par partie.

import observatoire as obs
synthese = obs.synthese("mon-association", 2022, "interne")
synthese.entete()
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import Any

from markupsafe import Markup

from observatoire.campagne.changements import Changements, Sujet, lire_changements
from observatoire.campagne.donnees_types import Definition
from observatoire.campagne.fiche import imprime, table_protegee
from observatoire.campagne.origine import Origine, origine_document
from observatoire.classeurs.synthese import classeur_synthese
from observatoire.espace import Espace
from observatoire.restitution import changements, locale, page, tableaux
from observatoire.restitution.cellules import Cellule, Vue, _cellule
from observatoire.restitution.etats import etat, raison
from observatoire.restitution.figure import figure
from observatoire.restitution.gabarit import style_propre
from observatoire.restitution.listes import tableau_a_lire
from observatoire.restitution.locale import INSECABLE
from observatoire.restitution.provenance import parametres_carnet, versions
from observatoire.restitution.rapport import Fragment, Provenance, _styles
from observatoire.restitution.tuiles import chiffre, pourquoi, tendance, tuiles
from observatoire.syntheses import SERVICES_MINIMAUX, nom_synthese
from observatoire.syntheses.parametres import controler_parametres
from observatoire.syntheses.personnes import DISTINCTES, MULTI, SOMME, seuils_communs
from observatoire.syntheses.preparation import BLOQUE, DonneesSynthese, ServiceResume, preparer_synthese

_ETATS = {
    "publiable": ("données publiables", "bon"),
    "partiel": ("publication partielle", "alerte"),
    "bloque": ("bloqué par la qualité", "grave"),
    "non_recu": ("rien reçu pour l'année", "grave"),
}
_SECTIONS = (
    ("personnes", "Personnes aidées"),
    ("services", "Chaque service en bref"),
    ("qualite", "Qualité des données"),
    ("definitions", "Définitions"),
)


@dataclass(frozen=True)
class Synthese:
    """La synthèse d'une association et d'une année ; chaque méthode rend une partie à afficher."""

    donnees: DonneesSynthese
    origine: Origine = field(default_factory=Origine)
    depuis: Changements | None = None  # ce qui a changé depuis l'édition précédente, s'il y en a une

    def entete(self) -> Fragment:
        """Le bandeau de tête : l'association tient la place du service."""
        d = self.donnees
        modele = d.services[0].service
        tous = sorted({s.service.territoire for s in d.services if s.service.territoire})
        # « Lens » n'ajoute rien à côté de « Hénin et Lens ».
        territoires = [t for t in tous if not any(t != autre and t in autre for autre in tous)]
        tete = replace(
            modele,
            libelle=d.association,
            association=d.couverture,
            territoire=locale.enumeration(territoires),
            presentation="Les personnes aidées, comptées une fois, et chaque service en quelques chiffres.",
        )
        bandeau = page.bandeau(
            tete, d.parametres.annee, str(d.parametres.annee), d.parametres.diffusion, d.etat, "Synthèse"
        )
        return Fragment(_styles() + style_propre("synthese") + bandeau, "bandeau")

    def sommaire(self) -> Fragment:
        """La table des matières."""
        entrees = list(_SECTIONS)
        if self.depuis:
            entrees.insert(2, (changements.CLE, changements.TITRE))
        items = Markup("").join(Markup('<li><a href="#{}">{}</a></li>').format(c, t) for c, t in entrees)
        return Fragment(
            Markup(
                '<p class="titre-sommaire" id="titre-sommaire">Sommaire</p>'
                '<details class="repli-mobile" open><summary>Sommaire</summary><ol>{}</ol></details>'
            ).format(items),
            "sommaire",
        )

    def personnes(self) -> Fragment:
        """Le compte distinct et la somme des services, côte à côte, et ce qui les sépare."""
        d = self.donnees
        vue = Vue(d.personnes)
        bloc = replace(d.par_service, reglage={**d.par_service.reglage, **self._constat_services()})
        return _section(
            "personnes",
            tuiles(vue)
            + Markup('<p class="accord">{}</p>').format(self._accord(vue))
            + self._manquants()
            + figure(bloc)
            + self._par_nombre(),
        )

    def services(self) -> Fragment:
        """Chaque service publié : son état, ses chiffres clés et leur tendance, le lien vers son rapport."""
        items = Markup("").join(self._resume(s) for s in self.donnees.presents)
        return _section("services", Markup('<ul class="resumes">{}</ul>').format(items))

    def changements(self) -> Fragment:
        """Ce qui a changé depuis la dernière édition, et pourquoi ; rien pour une première."""
        return Fragment(changements.section(_sujet(self.donnees), self.depuis), "ce qui a changé")

    def qualite(self) -> Fragment:
        """Ce qui manque, ce qui est retenu et ce qui alerte, service par service."""
        lignes = Markup("").join(_ligne_qualite(s) for s in self.donnees.services)
        return _section(
            "qualite",
            tableau_a_lire(
                "controles alertes-services",
                "Ce qu'il faut savoir avant de citer un chiffre",
                ("Service", "État", "Alertes", "La première"),
                lignes,
                region="Qualité des données, par service",
            ),
        )

    def definitions(self) -> Fragment:
        """Ce que comptent les chiffres de l'association ; ceux d'un service sont définis dans son rapport."""
        imprimees = dict.fromkeys((*self.donnees.personnes.definitions, *self.donnees.par_service.definitions))
        items = Markup("").join(_definition(d) for d in imprimees)
        return _section("definitions", Markup('<dl class="glossaire">{}</dl>').format(items))

    def provenance(self) -> Fragment:
        """De quelles données vient la synthèse ; porte aussi la table protégée."""
        d = self.donnees
        champs = (
            ("Association", d.association),
            ("Services comptés", locale.enumeration(s.service.libelle_court for s in d.presents)),
            ("Année", str(d.parametres.annee)),
            ("Diffusion", page.DIFFUSIONS[d.parametres.diffusion].lower()),
            ("Édition", changements.edition(self.depuis)),
            ("Empreinte des données", Markup('<code title="{}">{}</code>').format(d.empreinte, d.empreinte[:16])),
            ("Version du logiciel", d.version_code),
            ("Définitions", versions(x for bloc in d.blocs for x in bloc.definitions)),
            ("Paramètres du carnet", parametres_carnet(d.parametres.en_dict())),
            ("Livraisons", "celles de chaque service sont au pied de son rapport"),
        )
        items = Markup("").join(Markup("<div><dt>{}</dt><dd>{}</dd></div>").format(n, v) for n, v in champs)
        html = Markup(
            '<h2 id="provenance">Provenance</h2><dl class="provenance">{}</dl>'
            "<p>Ce document ne contient que des agrégats{}: aucune donnée de personne. Le rapprochement des services "
            "se fait sur des pseudonymes, dans la seule association.</p>"
        ).format(items, INSECABLE)
        return Provenance(html, "provenance", self.fiche(), classeur_synthese(d))

    def fiche(self) -> dict[str, Any]:
        """Ce que la campagne range à côté de la page : état, empreinte, versions, chiffre clé, table protégée."""
        return {**fiche_synthese(self.donnees), **self.origine.en_dict()}

    # Personnes

    def _accord(self, vue: Vue) -> str:
        """La phrase qui explique pourquoi le tout est plus petit que la somme."""
        if self.donnees.compteurs < SERVICES_MINIMAUX:
            return locale.typographie(self._sans_croisement())
        distinctes, somme, part = (vue.total(d.nom) for d in (DISTINCTES, SOMME, MULTI))
        if not (distinctes.publiee and somme.publiee):
            return "Le compte distinct ou la somme n'est pas publiable ici : l'un révélerait un trop petit effectif."
        if distinctes.valeur == somme.valeur:
            return "Aucune personne n'a été suivie par deux services : le compte est égal à la somme."
        ecart = somme.valeur - distinctes.valeur
        texte = (
            f"Les services additionnent {_personnes(somme.valeur)} ; comptées une fois, elles sont "
            f"{locale.nombre(distinctes.valeur)}. L'écart de {locale.nombre(ecart)} vient des personnes passées "
            "d'un service à l'autre dans l'année."
        )
        if part.publiee:
            texte += f" {_personnes(part.numerateur).capitalize()} en ont vu au moins deux."
        if not self.donnees.comparable:
            avant = self.donnees.parametres.annee - 1
            texte += f" Pas de tendance : les mêmes services ne sont pas tous publiables en {avant}."
        return locale.typographie(texte)

    def _sans_croisement(self) -> str:
        """Pourquoi on ne peut pas dire qui est suivi par plusieurs services."""
        if self.donnees.recus == 1:
            return "Un seul service a transmis ses données : le croisement ne se mesure pas."
        if self.donnees.compteurs:
            return "Un seul service compte des personnes publiables : le croisement ne se mesure pas."
        return "Aucun service ne compte de personnes publiables : le croisement ne se mesure pas."

    def _constat_services(self) -> dict[str, str]:
        lignes = [x for x in self.donnees.par_service.table.to_dicts() if x["ventilation_1"] and x["etat"] == "publie"]
        if not lignes:
            return {"constat": "Personnes suivies, service par service"}
        tete = max(lignes, key=lambda x: x["valeur"])
        constat = f"{tete['libelle_1']}{INSECABLE}: {_personnes(tete['valeur'])}"
        phrase = "Le total du tableau est la somme des services, pas un nombre de personnes."
        return {"constat": constat, "phrase": locale.typographie(phrase + self._hors_compte())}

    def _hors_compte(self) -> str:
        """Les services qui manquent au compte des personnes, et pourquoi : rien à y compter, ou la qualité."""
        retenus = self.donnees.retenus
        vides = [s.libelle_court for s in self.donnees.hors_compte if s.id not in retenus]
        verbe = locale.pluriel(len(vides), "n'y est pas", "n'y sont pas")
        texte = f" {locale.enumeration(vides)} {verbe} : aucune personne n'y est comptée." if vides else ""
        for service in self.donnees.hors_compte:
            if motif := retenus.get(service.id):
                texte += f" {service.libelle_court} n'y est pas, retenu par le contrôle de la qualité : "
                texte += raison([motif])
        return texte

    def _par_nombre(self) -> Markup:
        """Les personnes par nombre de services qui les ont suivies."""
        lignes = self.donnees.par_nombre.to_dicts()
        if len(lignes) < 2 or all(x["etat"] != "publie" for x in lignes):
            return Markup("")
        rangees = Markup("").join(
            Markup('<tr><th scope="row">{}</th><td>{}</td></tr>').format(x["libelle_1"], _lisible(_cellule(x)))
            for x in lignes
        )
        return Markup(
            '<div class="relais"><table><caption>Personnes, par nombre de services qui les ont suivies</caption>'
            '<thead><tr><th scope="col">Dans l\'année</th><th scope="col">Personnes</th></tr></thead>'
            "<tbody>{}</tbody></table></div>"
        ).format(rangees)

    def _manquants(self) -> Markup:
        """Les services que la synthèse ne compte pas, nommés."""
        if not self.donnees.manquants:
            return Markup("")
        items = Markup("").join(
            Markup("<li><b>{}</b> manque{}: {}.</li>").format(
                s.service.libelle_court, INSECABLE, locale.typographie(_raison(s))
            )
            for s in self.donnees.manquants
        )
        return Markup('<ul class="manque">{}</ul>').format(items)

    # Services

    def _resume(self, resume: ServiceResume) -> Markup:
        libelle, ton = _ETATS[resume.etat]
        vue = Vue(resume.chiffres)
        chiffres = Markup("").join(_mini(vue, d) for d in vue.definitions)
        adresse = f"{resume.service.id}.html"
        return Markup(
            '<li class="resume"><h3><a href="{}">{}</a> <span class="etat-service ton-{}">{}</span></h3>'
            '<ul class="mini">{}</ul><p class="lien"><a href="{}">Lire le rapport{}: {}</a></p></li>'
        ).format(
            adresse,
            resume.service.libelle_court,
            ton,
            libelle,
            chiffres,
            adresse,
            INSECABLE,
            locale.typographie(resume.service.libelle),
        )


def fiche_synthese(donnees: DonneesSynthese) -> dict[str, Any]:
    """La fiche en types JSON : état, empreinte, versions, chiffre clé, et la table protégée en CSV."""
    d, table = donnees, table_protegee(donnees)
    uniques = {x.nom: x.version for bloc in d.blocs for x in bloc.definitions}
    cellule = Vue(d.personnes).total(DISTINCTES.nom)
    cle = {"valeur": "".join(chiffre(cellule)), "libelle": DISTINCTES.libelle} if cellule.publiee else None
    return {
        "etat": d.etat,
        "empreinte": d.empreinte,
        "versions": {"code": d.version_code, "definitions": dict(sorted(uniques.items()))},
        "chiffre_cle": cle,
        "imprime": imprime([(_SECTIONS[0][1], [replace(d.personnes, cle=_SECTIONS[0][0]), d.par_service])]),
        "sha256_table": hashlib.sha256(table.encode("utf-8")).hexdigest(),
        "table": table,
    }


def _sujet(donnees: DonneesSynthese) -> Sujet:
    """La synthèse, pour la comparer à son édition d'avant."""
    lus = donnees.parametres
    detail = tuple(("services", s.chiffres) for s in donnees.presents)
    return Sujet(
        nom=nom_synthese(lus.association),
        annee=lus.annee,
        diffusion=lus.diffusion,
        parametres=seuils_communs([s.service for s in donnees.presents]),
        blocs=(("personnes", donnees.personnes), ("personnes", donnees.par_service), *detail),
        noms={s.service.id: s.service.libelle_court for s in donnees.services},
    )


def synthese(association: str, annee: int, diffusion: str = "public") -> Synthese:
    """La synthèse d'une association, dans l'espace courant.

    `association` : son nom, ou son ancre. Lève `ErreurParametre` pour un paramètre inconnu, `RapportBloque` si aucun
    de ses services n'est publiable.
    """
    espace = Espace.ouvrir()
    lus = controler_parametres(espace, {"association": association, "annee": annee, "diffusion": diffusion})
    donnees = preparer_synthese(espace, lus)
    origine = origine_document(espace, lus.en_dict(), (s.service.id for s in donnees.services))
    depuis = lire_changements(espace, _sujet(donnees), origine, fiche_synthese(donnees))
    return Synthese(donnees, origine, depuis)


# Écriture


def _section(cle: str, corps: Markup) -> Fragment:
    titre = dict(_SECTIONS)[cle]
    return Fragment(
        Markup('<section id="{}" aria-labelledby="{}-t"><h2 id="{}-t">{}</h2>{}</section>').format(
            cle, cle, cle, titre, corps
        ),
        titre,
    )


def _personnes(nombre: float) -> str:
    return locale.compte(nombre, ("personne", "personnes", True))


def _lisible(cellule: Cellule) -> Markup | str:
    if cellule.publiee:
        return tableaux.valeur_lisible(cellule)
    return Markup('<span class="etat">{}</span>').format(etat(cellule.etat).marque)


def _mini(vue: Vue, definition: Definition) -> Markup:
    """Un chiffre clé d'un service : la valeur, ce qu'elle compte, sa tendance."""
    cellule, avant = vue.total(definition.nom), vue.total_precedent(definition.nom)
    if not cellule.publiee:
        # Le mot « masqué » se suffit ; les autres absences disent pourquoi.
        raison = Markup("") if cellule.masquee else Markup('<span class="tendance">{}</span>')
        return Markup('<li class="muette"><b>{}</b><span class="quoi">{}</span>{}</li>').format(
            etat(cellule.etat).mot, definition.libelle, raison.format(pourquoi(vue, definition))
        )
    nombre, unite = chiffre(cellule)
    return Markup(
        '<li><b>{}<span>{}</span></b><span class="quoi">{}</span><span class="tendance">{}</span></li>'
    ).format(nombre, unite, definition.libelle, tendance(cellule, avant, vue.annee, definition))


def _raison(resume: ServiceResume) -> str:
    if resume.etat == BLOQUE and resume.verdict is not None:
        explication = locale.minuscule(resume.verdict.bloquants[0].explication.rstrip("."))
        return f"la qualité de ses données interdit de publier ({explication})"
    return "aucune donnée reçue pour cette année"


def _ligne_qualite(resume: ServiceResume) -> Markup:
    libelle, ton = _ETATS[resume.etat]
    alertes = _alertes(resume)
    premiere = alertes[0] if alertes else "Rien à signaler."
    return Markup(
        '<tr><th scope="row">{}</th><td class="texte" data-colonne="État">'
        '<span class="etat-service ton-{}">{}</span></td>'
        '<td data-colonne="Alertes">{}</td><td class="texte" data-colonne="La première">{}</td></tr>'
    ).format(resume.service.libelle_court, ton, libelle, locale.nombre(len(alertes)), locale.typographie(premiere))


def _alertes(resume: ServiceResume) -> list[str]:
    """Ce qui bloque, puis ce qui est retenu, puis ce qui alerte : une phrase par cause, sans doublon."""
    juge = resume.verdict
    if juge is None:
        return ["Aucune donnée n'est arrivée pour cette année."]
    textes = [r.explication for r in juge.bloquants]
    textes += [t for motifs in juge.colonnes_retenues.values() for t in motifs]
    textes += [r.explication for r in juge.avertissements()]
    return list(dict.fromkeys(textes))


def _definition(definition: Definition) -> Markup:
    return Markup('<div id="def-{}"><dt>{}</dt><dd><p>{} {}</p></dd></div>').format(
        definition.nom,
        definition.libelle,
        locale.typographie(definition.description),
        locale.typographie(definition.pieges),
    )
