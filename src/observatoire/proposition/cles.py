"""Donner à chaque table ses identifiants, ses dates et ses colonnes obligatoires, ou un « ? » à leur place."""

from __future__ import annotations

from typing import Any

import polars as pl

from observatoire import modele
from observatoire.collecte.indecis import MARQUE
from observatoire.proposition.candidats import Colonnes
from observatoire.proposition.personnel import NOM, PRENOM
from observatoire.proposition.plan import CLE_PROPRE, DATE_PRINCIPALE, DATES_DE_REPLI, DECIDE, Alimente, entetes_dans
from observatoire.proposition.profils import Profil

LIBELLE_COURT = 40  # longueur moyenne, en caractères, d'une colonne qui ventile des chiffres
CONTRADICTIONS_TOLEREES = 0.1  # part des lignes


class Cles(Colonnes):
    """Ce qui manque aux tables proposées pour être importables."""

    def identifier(self) -> None:
        """Donne à chaque table ses identifiants : colonnes reconnues, composition, ou « ? »."""
        for alimente in self.plan.tables:
            declaree = modele.TABLES[alimente.table]
            for entete, (colonne, raison) in self.identifiants.items():
                if colonne in declaree.colonnes and colonne not in alimente.colonnes:
                    alimente.poser(colonne, entete, raison)
        for alimente in self.plan.tables:
            self._identifiants_manquants(alimente)
        self._relier()

    def identite(self) -> list[str]:
        """Nom, prénom et naissance de l'export : de quoi reconnaître une personne sans garder son nom."""
        ecartees = {e.raison: e.entete for e in reversed(self.plan.ecartees)}
        noms = [ecartees[r] for r in (NOM, PRENOM) if r in ecartees]
        naissance = next(
            (e for e, cs in self.candidats.items() if any(c.colonne == "naissance" and c.note >= DECIDE for c in cs)),
            "",
        )
        return [*noms, naissance] if noms and naissance else []

    def _identifiants_manquants(self, alimente: Alimente) -> None:
        table = modele.TABLES[alimente.table]
        if "id_personne" in table.colonnes and "id_personne" not in alimente.colonnes:
            self._identifier_personne(alimente, table.colonnes["id_personne"].obligatoire)
        if (
            "id_menage" in table.colonnes
            and "id_menage" not in alimente.colonnes
            and table.colonnes["id_menage"].obligatoire
        ):
            alimente.poser("id_menage", "?", self._choix_menage())
        propre = CLE_PROPRE.get(alimente.table)
        if propre and propre not in alimente.colonnes and propre not in ("id_personne", "id_menage"):
            self._composer_cle(alimente, propre)

    def _identifier_personne(self, alimente: Alimente, obligatoire: bool) -> None:
        identite = self.identite()
        menage = self.entete_identifiant("id_menage")
        if identite and obligatoire:
            raison = "nom, prénom et naissance servent d'identifiant : ils sont hachés à l'import, jamais rangés"
            alimente.poser("id_personne", identite, raison)
        elif obligatoire and menage and self.profils[menage].presque_unique:
            alimente.poser(
                "id_personne",
                {"compose": [menage], "suffixe": "référent"},
                "une ligne par ménage et pas de numéro de personne : la personne de référence du ménage",
            )
        elif obligatoire:
            alimente.poser(
                "id_personne",
                "?",
                "aucune colonne ne numérote les personnes : l'en-tête qui le fait, "
                'ou une liste comme ["Nom", "Prénom", "Date de naissance"]',
            )

    def _choix_menage(self) -> str:
        personne, identite = self.entete_identifiant("id_personne"), self.identite()
        if personne:
            return f'pas de numéro de ménage : écrire "{personne}" si chaque personne est son propre ménage'
        if identite:
            liste = ", ".join(f'"{e}"' for e in identite)
            return f"pas de numéro de dossier : écrire [{liste}] si chaque personne est son propre ménage"
        return "aucune colonne ne numérote les ménages : l'en-tête qui le fait"

    def _composer_cle(self, alimente: Alimente, propre: str) -> None:
        """Une clé faite des colonnes qui distinguent les lignes, numérotées s'il reste des lignes semblables."""
        date = alimente.colonnes.get(DATE_PRINCIPALE.get(alimente.table, ""))
        rattache = alimente.colonnes.get("id_menage") or alimente.colonnes.get("id_personne")
        autres = [v for c, v in alimente.colonnes.items() if isinstance(v, str) and not c.startswith("id_")]
        parts = [p for p in (rattache, date) if isinstance(p, str) and p != "?"] or autres[:2]
        if not parts:
            alimente.poser(propre, "?", "aucune colonne ne numérote ces lignes : l'en-tête qui le fait")
            return
        pleines = [p for p in parts if self.profils[p].remplies == self.profils[p].lignes] or parts
        facultatives = [p for p in parts if p not in pleines]
        for candidat in autres:
            if self.distingue([*pleines, *facultatives]):
                break
            if candidat not in (*pleines, *facultatives):
                facultatives.append(candidat)
        composee: dict[str, Any] = {"compose": pleines}
        if facultatives:
            composee["facultatives"] = facultatives
        if not self.distingue([*pleines, *facultatives]):
            composee["rang"] = True
        raison = "pas de numéro dans l'export : clé composée des colonnes qui distinguent les lignes"
        alimente.poser(
            propre, composee, raison + (" (les lignes semblables sont numérotées)" if "rang" in composee else "")
        )

    def _relier(self) -> None:
        """Rattache les photos, actes et relogements d'une feuille à la mesure ou au séjour de la même ligne."""
        for origine, cle in (("demande", "id_demande"), ("mesure", "id_mesure"), ("sejour", "id_sejour")):
            source = self.plan.table(origine)
            if source is None or source.colonnes.get(cle, "?") == "?":
                continue
            for alimente in self.plan.tables:
                attend = modele.TABLES[alimente.table].colonnes
                if alimente is not source and cle in attend and cle not in alimente.colonnes:
                    alimente.poser(cle, source.colonnes[cle], f"{origine} de la même ligne")

    def dater(self) -> None:
        """Donne une date aux photos et aux relogements qui n'en ont pas : celle de l'épisode de la même ligne."""
        for alimente in self.plan.tables:
            principale = DATE_PRINCIPALE.get(alimente.table)
            declaree = modele.TABLES[alimente.table].colonnes
            if principale is None or principale in alimente.colonnes or not declaree[principale].obligatoire:
                continue
            moment = alimente.constantes.get("moment", "")
            for table, colonne in DATES_DE_REPLI.get((alimente.table, moment), ()):
                entete = self.plan.entete_de(table, colonne)
                if isinstance(entete, str):
                    alimente.poser(principale, entete, f"{table}.{colonne} de la même ligne")
                    alimente.si_renseigne = [entete]
                    break
            else:
                alimente.poser(principale, "?", self._choix_dates())
        for alimente in self.plan.tables:
            # Une ligne sans relogement, sans demande ou sans photo de sortie ne concerne pas la table secondaire.
            if alimente is not self.plan.tables[0] and not alimente.si_renseigne:
                self._conditionner(alimente)

    def _conditionner(self, alimente: Alimente) -> None:
        date = alimente.colonnes.get(DATE_PRINCIPALE.get(alimente.table, ""))
        if isinstance(date, str) and date in self.profils and self.profils[date].remplies < self.profils[date].lignes:
            alimente.si_renseigne = [date]
        elif alimente.table == "relogement":
            distinctif = next((alimente.colonnes[c] for c in ("parc", "bailleur") if c in alimente.colonnes), None)
            if isinstance(distinctif, str):
                alimente.si_renseigne = [distinctif]

    def _choix_dates(self) -> str:
        datees = [e for e, p in self.profils.items() if max(p.dates, p.jours_excel * 0.9) > 0.7]
        return "la date manque : " + (
            " ou ".join(f'"{e}"' for e in datees) or "aucune colonne de dates dans la feuille"
        )

    def distinguer_chiffres(self) -> None:
        """Nomme chaque chiffre reçu par son indicateur et, s'il le faut, par les colonnes qui le ventilent."""
        serie = self.plan.table("serie_agregee")
        if serie is None:
            return
        prises = {p for v in serie.colonnes.values() for p in entetes_dans(v)}
        indicateur = serie.colonnes.get("indicateur") or next(
            (e for e, cs in self.candidats.items() if e not in prises and any(c.colonne == "indicateur" for c in cs)),
            "",
        )
        if not indicateur:
            return
        cle = [e for c in ("source", "annee", "territoire") if isinstance(e := serie.colonnes.get(c), str)]
        ventilations, contraires = self._ventiler(
            [*cle, indicateur], serie.colonnes.get("valeur"), {*prises, indicateur}
        )
        if contraires:
            serie.notes.append(
                f"{contraires} lignes portent le même nom avec des valeurs différentes : l'import les rejettera en les "
                "nommant, sauf si une colonne de plus dans facultatives les distingue."
            )
        if not ventilations:
            serie.poser("indicateur", indicateur, serie.raisons.get("indicateur", "en-tête voisin : à vérifier"))
            return
        serie.poser(
            "indicateur",
            {"compose": [indicateur], "facultatives": ventilations, "separateur": "."},
            "plusieurs chiffres par indicateur : son nom est suivi de ce qui le ventile",
        )

    def _ventiler(self, cle: list[str], valeur: Any, prises: set[str]) -> tuple[list[str], int]:
        """Les colonnes qui ventilent des chiffres, et le nombre de lignes qui se contredisent encore.

        Une colonne vide sur les totaux laisse à ceux-ci le nom de l'indicateur : elle passe avant les autres, qui ne
        servent que s'il reste beaucoup de contradictions.
        """
        donnees = self.groupe.donnees

        def contraires(colonnes: list[str]) -> int:
            if valeur is None or valeur == MARQUE:
                return donnees.height - donnees.select(colonnes).n_unique()
            lignes = donnees.group_by(colonnes).agg(n=pl.len(), differentes=pl.col(valeur).n_unique())
            return int(lignes.filter(pl.col("differentes") > 1)["n"].sum())

        libres = [e for e in self.candidats if e not in prises and self._ventile(self.profils[e])]
        retenues: list[str] = []
        restent = contraires(cle)
        for partielle in (True, False):
            choix = [e for e in libres if (self.profils[e].remplies < self.profils[e].lignes) == partielle]
            while restent > (0 if partielle else CONTRADICTIONS_TOLEREES * donnees.height):
                essais = {e: contraires([*cle, *retenues, e]) for e in choix if e not in retenues}
                meilleure = min(essais, key=lambda e: essais[e], default="")
                if not meilleure or essais[meilleure] >= restent:
                    break
                retenues.append(meilleure)
                restent = essais[meilleure]
        return [e for e in self.groupe.colonnes if e in retenues], restent

    @staticmethod
    def _ventile(profil: Profil) -> bool:
        """Vrai pour des libellés courts et variés : ni nombres, ni extraits de texte."""
        longueur = profil.valeurs["valeur"].str.len_chars().mean() or 0
        return profil.distinctes > 1 and profil.nombres < 0.9 and longueur < LIBELLE_COURT

    def exiger_obligatoires(self) -> None:
        """Un « ? » pour chaque colonne obligatoire que la feuille ne donne pas."""
        for alimente in self.plan.tables:
            for colonne in modele.TABLES[alimente.table].colonnes.values():
                if not colonne.obligatoire or colonne.nom in {*alimente.colonnes, *alimente.constantes, "id_service"}:
                    continue
                if colonne.variable.nomenclature:
                    codes = " ; ".join(f"{c} {t}" for c, t in self.lecteur.vocabulaire(colonne).libelles.items())
                    alimente.constantes[colonne.nom] = "?"
                    alimente.notes.append(f"{colonne.nom}, le même pour toutes les lignes, au choix : {codes}")
                else:
                    alimente.poser(colonne.nom, "?", f"obligatoire : {colonne.variable.description}")
