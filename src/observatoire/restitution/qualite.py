"""La page de qualité d'un service : ce que le carnet de qualité appelle, partie par partie.

from observatoire.restitution.qualite import qualite
page = qualite("mon-service", 2022, "interne")
page.entete()
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import polars as pl
from markupsafe import Markup

from observatoire.campagne.parametres import controler_parametres
from observatoire.campagne.qualite import DonneesQualite, preparer_qualite
from observatoire.entrepot import sans_formules
from observatoire.espace import Espace
from observatoire.qualite import ResultatRegle
from observatoire.qualite.derogations import EXPIREE
from observatoire.qualite.historique import ALERTES
from observatoire.restitution import locale, page
from observatoire.restitution import qualite_parties as parties
from observatoire.restitution.gabarit import style_propre
from observatoire.restitution.locale import INSECABLE, typographie
from observatoire.restitution.rapport import Fragment, Provenance, _styles

SURTITRE, SURTITRE_BLOQUE = "Qualité des données", "Rapport d'activité non publié"
CORRECTIONS_MONTREES = 10
_SECTIONS = {
    "etat": "Ce qui peut se publier",
    "annees": "Année par année",
    "corrections": "À corriger d'abord",
    "remplissage": "Colonnes renseignées",
    "livraisons": "D'une livraison à l'autre",
    "evolution": "D'une année à l'autre",
    "derogations": "Dérogations",
    "controles": "Contrôles, fichier par fichier",
}
_TITRES_BLOQUE = {"etat": "Pourquoi ce rapport n'est pas publié", "corrections": "À corriger ensuite"}
_SCHEMA = {
    "service": pl.String,
    "annee": pl.Int64,
    "table": pl.String,
    "regle": pl.String,
    "colonnes": pl.String,
    "severite": pl.String,
    "issue": pl.String,
    "lignes": pl.Int64,
    "echecs": pl.Int64,
    "explication": pl.String,
    "remede": pl.String,
}


@dataclass(frozen=True)
class Qualite:
    """La page de qualité d'un service et d'une année ; chaque méthode rend une partie à afficher."""

    donnees: DonneesQualite

    @property
    def _secret(self) -> parties.Secret:
        return parties.Secret.de(self.donnees)

    def entete(self) -> Fragment:
        """Le bandeau de tête."""
        d = self.donnees
        surtitre = SURTITRE_BLOQUE if d.bloque else SURTITRE
        bandeau = page.bandeau(d.service, d.annee, d.periode, d.diffusion, d.etat, surtitre)
        return Fragment(_styles() + style_propre("qualite") + bandeau, "bandeau")

    def sommaire(self) -> Fragment:
        """La table des matières."""
        items = Markup("").join(Markup('<li><a href="#{}">{}</a></li>').format(c, self._titre(c)) for c in _SECTIONS)
        return Fragment(
            Markup(
                '<p class="titre-sommaire" id="titre-sommaire">Sommaire</p>'
                '<details class="repli-mobile" open><summary>Sommaire</summary><ol>{}</ol></details>'
            ).format(items),
            "sommaire",
        )

    def _titre(self, cle: str) -> str:
        return _TITRES_BLOQUE.get(cle, _SECTIONS[cle]) if self.donnees.bloque else _SECTIONS[cle]

    def _section(self, cle: str, corps: Markup, chapeau: str = "") -> Fragment:
        titre = self._titre(cle)
        tete = Markup('<p class="chapeau">{}</p>').format(typographie(chapeau)) if chapeau else ""
        return Fragment(
            Markup('<section id="{}" aria-labelledby="{}-t"><h2 id="{}-t">{}</h2>{}{}</section>').format(
                cle, cle, cle, titre, tete, corps
            ),
            titre,
        )

    def etat(self) -> Fragment:
        """L'état en toutes lettres : ce qui bloque d'abord, sinon ce qui se publie et ce qui est retenu."""
        d = self.donnees
        libelle, ton = page.ETATS_VERDICT[d.etat]
        tete = Markup('<p class="verdict ton-{}">{}</p><p class="chapeau">{}</p>').format(
            ton, libelle, typographie(self._constat())
        )
        if d.bloque:
            bloquantes = parties.cartes([c for c in d.corrections if c.bloque_tout], self._secret)
            return self._section("etat", tete + bloquantes + parties.QUE_FAIRE + parties.tuiles(d))
        return self._section("etat", tete + parties.tuiles(d) + parties.retenues(d.corrections) + self._lien())

    def _lien(self) -> Markup:
        """Vers le rapport, que la campagne range à côté de la page de qualité."""
        if self.donnees.diffusion != "interne":
            return Markup("")
        service = self.donnees.service
        return Markup('<p class="lien-rapport"><a href="{}.html">Lire le rapport {} {}</a></p>').format(
            service.id, service.libelle_court, self.donnees.annee
        )

    def _constat(self) -> str:
        d = self.donnees
        if d.bloque:
            return (
                "Un défaut de structure rend les chiffres faux, pas seulement incomplets : aucun chiffre de "
                f"{d.annee} n'est imprimé tant qu'il n'est pas corrigé.{self._en_attendant()}"
            )
        if not d.retenus.tous:
            return f"Tous les chiffres du rapport {d.annee} peuvent se publier.{self._prudence()}"
        return f"Le rapport {d.annee} se publie en partie. {self._retenus()} {self._fiables()}{self._prudence()}"

    def _retenus(self) -> str:
        """« 3 chiffres sont retenus, 2 autres perdent une part de leur détail. »"""
        entiers, details = len(self.donnees.retenus.entiers), len(self.donnees.retenus.details)
        nom = "autre" if entiers else "chiffre"
        morceaux = [parties.compter(entiers, "chiffre est retenu", "chiffres sont retenus")] if entiers else []
        if details:
            perd = f"{nom} perd une part de son détail"
            morceaux.append(parties.compter(details, perd, f"{nom}s perdent une part de leur détail"))
        return f"{locale.majuscule(', '.join(morceaux))}."

    def _fiables(self) -> str:
        autres = len(self.donnees.publiables)
        if not autres:
            return "Aucun autre chiffre n'est publiable."
        if autres == 1:
            return "Le seul autre ne lit aucune des colonnes en cause : on peut s'y fier."
        return f"Les {autres} autres ne lisent aucune des colonnes en cause : on peut s'y fier."

    def _prudence(self) -> str:
        nombre = self.donnees.comptes[self.donnees.annee][ALERTES]
        if not nombre:
            return ""
        sujet = locale.majuscule(parties.compter(nombre, "avertissement dit", "avertissements disent"))
        return f" {sujet} lesquels lire avec prudence."

    def _en_attendant(self) -> str:
        autres = [a for a, juge in self.donnees.verdicts.items() if a != self.donnees.annee and not juge.bloquants]
        if not autres:
            return ""
        rapports = locale.pluriel(len(autres), "le rapport", "les rapports")
        peut = locale.pluriel(len(autres), "peut", "peuvent")
        return f" En attendant, {rapports} {locale.enumeration(autres)} {peut} se publier."

    def annees(self) -> Fragment:
        """La fiche de score : une ligne par année."""
        return self._section("annees", parties.fiche_de_score(self.donnees))

    def corrections(self) -> Fragment:
        """Les dix corrections qui comptent le plus, sans aucune ligne nommée."""
        # Sur une page bloquée, ce qui bloque est déjà dit en tête.
        toutes = [c for c in self.donnees.corrections if not c.bloque_tout]
        if not toutes:
            autre = "d'autre " if self.donnees.bloque else ""
            rien = f"Aucun {autre}contrôle n'est en échec : rien {autre}à corriger."
            return self._section("corrections", Markup("<p>{}</p>").format(typographie(rien)))
        suite = [self._autres_corrections(len(toutes) - CORRECTIONS_MONTREES)]
        if self.donnees.diffusion == "interne":
            suite.append(
                "Le fichier de corrections du service donne chaque ligne à reprendre, avec son fichier et son numéro : "
                f"reports/corrections/{self.donnees.service.id}.xlsx. Il ne quitte pas le service."
            )
        notes = " ".join(filter(None, suite))
        return self._section(
            "corrections",
            parties.cartes(toutes[:CORRECTIONS_MONTREES], self._secret)
            + (Markup('<p class="notes">{}</p>').format(typographie(notes)) if notes else ""),
            "Dans l'ordre où les corriger : celles qui libèrent le plus de chiffres viennent d'abord.",
        )

    @staticmethod
    def _autres_corrections(reste: int) -> str:
        if reste < 1:
            return ""
        nom = locale.pluriel(reste, "autre correction compte", "autres corrections comptent")
        return f"{'Une' if reste == 1 else locale.nombre(reste)} {nom} moins."

    def remplissage(self) -> Fragment:
        """La carte des taux de remplissage, et les colonnes que le service ne fournit pas."""
        d = self.donnees
        if not d.remplissages:
            vide = Markup("<p>Aucune colonne n'a de ligne à remplir.</p>")
            return self._section("remplissage", vide + parties.non_recues(d.verdict))
        return self._section(
            "remplissage",
            parties.carte_de_remplissage(d, self._secret) + parties.non_recues(d.verdict),
            "Seules comptent les lignes qui entrent dans les chiffres de l'année. Plus la case ressort, plus il manque "
            "de réponses.",
        )

    def livraisons(self) -> Fragment:
        """Les contrôles après chaque livraison, et ce que la dernière a changé."""
        d = self.donnees
        corps = parties.livraisons(d.etapes)
        if d.derive_livraison is not None:
            phrases = d.derive_livraison.phrases(d.annee, self._secret.seuil)
            corps += Markup('<h3 class="partie">{}</h3>').format(typographie(d.derive_livraison.titre))
            corps += parties.phrases(phrases)
        return self._section("livraisons", corps)

    def evolution(self) -> Fragment:
        """Ce qui distingue l'année de la précédente : effectifs, remplissage, contrôles."""
        derive = self.donnees.derive_annees
        if derive is None:
            texte = f"Pas de verdict pour {self.donnees.annee - 1} : rien à quoi comparer {self.donnees.annee}."
            return self._section("evolution", Markup("<p>{}</p>").format(typographie(texte)))
        textes = parties.changements(derive, self._secret)
        corps = parties.effectifs(derive, self._secret)
        corps += parties.phrases(textes or ["Ni le remplissage ni les contrôles n'ont changé de façon notable."])
        return self._section("evolution", corps)

    def derogations(self) -> Fragment:
        """Les échecs admis, pourquoi, par quelle fonction et jusqu'à quand ; et les dérogations expirées."""
        suivis = self.donnees.derogations
        if not suivis:
            aucune = Markup("<p>Aucune dérogation{}: tous les contrôles s'appliquent.</p>").format(INSECABLE)
            return self._section("derogations", aucune)
        items = Markup("").join(
            Markup('<li{}><p class="gravite">{}</p><p>{}</p><p>{}</p></li>').format(
                Markup(' class="expiree"') if s.etat == EXPIREE else "",
                locale.majuscule(s.etat),
                typographie(s.explication) or s.derogation.regle,
                typographie(s.phrase),
            )
            for s in suivis
        )
        return self._section(
            "derogations",
            Markup('<ul class="admises">{}</ul>').format(items),
            "Une dérogation lève l'effet d'un échec, pas l'échec : le contrôle continue de le compter.",
        )

    def controles(self) -> Fragment:
        """Combien de contrôles passent, fichier par fichier."""
        return self._section("controles", parties.par_fichier(self.donnees))

    def provenance(self) -> Fragment:
        """Les données jugées et ce qui les a jugées ; porte aussi la table des contrôles, que la campagne range."""
        d = self.donnees
        champs = (
            ("Service", f"{d.service.libelle} ({d.service.id})"),
            ("Période", str(d.periode)),
            ("Empreinte des données jugées", _empreinte(d.verdict.empreinte)),
            ("Empreinte des règles", _empreinte(d.verdict.empreinte_regles)),
            ("Version du logiciel", d.version_code),
        )
        items = Markup("").join(Markup("<div><dt>{}</dt><dd>{}</dd></div>").format(n, v) for n, v in champs if v)
        html = Markup(
            '<h2 id="provenance">Provenance</h2><dl class="provenance">{}</dl>'
            "<p>Les contrôles ne gardent aucune valeur{}: des règles et des comptes.</p>"
        ).format(items, INSECABLE)
        return Provenance(html, "provenance", self._fiche())

    def _fiche(self) -> dict[str, Any]:
        """Ce que le manifeste garde de la page, et la table des contrôles en CSV."""
        juge, table = self.donnees.verdict, self._table()
        cle = {"valeur": f"{parties.reussis(juge)} sur {len(juge.resultats)}", "libelle": "Contrôles réussis"}
        return {
            "etat": juge.etat,
            "empreinte": juge.empreinte,
            "versions": {"code": self.donnees.version_code, "regles": juge.empreinte_regles},
            "chiffre_cle": cle,
            "sha256_table": hashlib.sha256(table.encode("utf-8")).hexdigest(),
            "table": table,
        }

    def _table(self) -> str:
        """Une ligne par contrôle, triée : ce qui est jugé, l'issue et, au-dessus du seuil, les comptes."""
        tries = sorted(self.donnees.verdict.resultats, key=lambda r: (r.table, r.regle))
        return sans_formules(pl.DataFrame([self._ligne(r) for r in tries], schema=_SCHEMA)).write_csv()

    def _ligne(self, r: ResultatRegle) -> dict[str, Any]:
        tus = self._secret.tait(r.lignes, r.echecs)
        return {
            "service": self.donnees.service.id,
            "annee": self.donnees.annee,
            "table": r.table,
            "regle": r.regle,
            "colonnes": " ".join(r.colonnes),
            "severite": r.severite,
            "issue": "réussi" if r.reussie else "admis" if r.derogation else "échec",
            "lignes": None if tus else r.lignes,
            "echecs": None if tus else r.echecs,
            "explication": "" if r.reussie else r.explication,
            "remede": "" if r.reussie else r.remede,
        }


def qualite(service: str, annee: int, diffusion: str = "interne") -> Qualite:
    """La page de qualité d'un service et d'une année, dans l'espace courant.

    Lève `ErreurParametre` pour un paramètre inconnu ou mal typé.
    """
    espace = Espace.ouvrir()
    lus = controler_parametres(espace, {"service": service, "annee": annee, "diffusion": diffusion})
    return Qualite(preparer_qualite(espace, lus.service, lus.annee, lus.diffusion))


def _empreinte(valeur: str) -> Markup | str:
    return Markup('<code title="{}">{}</code>').format(valeur, valeur[:16]) if valeur else ""
